//! Keys, unique constraints and indexes name fields that can be compared.

use std::collections::HashSet;

use super::Report;
use super::fields::is_comparable;
use crate::{Exposure, Kind, ModelSchema, embedded};

/// Every place that the schema names is one of its fields; without that nothing else can be looked at.
pub(super) fn places(report: &mut Report<'_>) -> bool {
    let fields = report.schema.fields;
    let inside: usize = fields.iter().map(|field| embedded::inside(&field.kind)).sum();
    let reaches_in = |what: &str| ["an index", "the order"].contains(&what);
    let count = fields.len();
    let last = |what: &str| if reaches_in(what) { count + inside } else { count };
    let outside = named_places(report.schema).into_iter().filter(|(what, place)| *place >= last(what));
    let outside: Vec<_> = outside.collect();
    for (what, place) in &outside {
        report.model(format!("{what} names field {place}, and there are {count}"));
    }
    outside.is_empty()
}

fn named_places(schema: &ModelSchema) -> Vec<(&'static str, usize)> {
    let mut places: Vec<(&'static str, usize)> = schema.key.iter().map(|&place| ("the key", place)).collect();
    for unique in schema.uniques {
        places.extend(unique.fields.iter().map(|&place| ("a unique constraint", place)));
    }
    for index in schema.indexes {
        places.extend(index.terms.iter().map(|term| ("an index", term.field)));
    }
    for relation in schema.relations {
        places.extend(relation.fields.iter().map(|&place| ("a relation", place)));
    }
    places.extend(schema.fulltext.iter().map(|term| ("the full text", term.field)));
    places.extend(schema.order.iter().map(|term| ("the order", term.field)));
    places.extend(schema.checks.iter().filter_map(|check| Some(("a check", check.field?))));
    places
}

/// Keys, constraints, indexes, order, page.
pub(super) fn check(report: &mut Report<'_>) {
    let schema = report.schema;
    key(report);
    for unique in schema.uniques {
        comparable("a unique constraint", unique.fields.iter().copied(), report);
    }
    for index in schema.indexes {
        comparable("an index", index.terms.iter().map(|term| term.field), report);
    }
    if !schema.order.is_empty() {
        comparable("the order", schema.order.iter().map(|term| term.field), report);
    }
    fulltext(report);
    if schema.page.default == 0 || schema.page.default > schema.page.max {
        let page = schema.page;
        report.model(format!("page(default = {}, max = {}): at least 1, at most `max`", page.default, page.max));
    }
}

/// Texts, and lists of them, that callers see; each once, with a weight.
fn fulltext(report: &mut Report<'_>) {
    let mut seen = HashSet::new();
    for term in report.schema.fulltext {
        let field = &report.schema.fields[term.field];
        let kind = match &field.kind {
            Kind::List(element) => &element.kind,
            kind => kind,
        };
        if !matches!(kind, Kind::Text) {
            report.field(term.field, format!("full text is of texts, not of type {}", field.kind.word()));
        }
        if matches!(field.exposure, Exposure::Hidden | Exposure::WriteOnly) {
            report.field(term.field, "a field that callers do not see would be read by a search");
        }
        if term.weight == 0 || !seen.insert(term.field) {
            report.field(term.field, "a field is searched once, with a weight of at least 1");
        }
    }
}

fn key(report: &mut Report<'_>) {
    let schema = report.schema;
    comparable("the key", schema.key.iter().copied(), report);
    for &place in schema.key {
        let field = &schema.fields[place];
        if field.optional {
            report.field(place, "a key is never null, so it is not optional");
        }
        if matches!(field.exposure, Exposure::Hidden | Exposure::WriteOnly) {
            report.field(place, "the key is in every record's address, so it cannot be hidden");
        }
    }
}

/// The fields are there, once each, of types that can be compared.
fn comparable(what: &str, fields: impl Iterator<Item = usize>, report: &mut Report<'_>) {
    let mut seen = HashSet::new();
    let members = embedded::members(report.schema.fields);
    for place in fields {
        let own = report.schema.fields.get(place);
        let inner = || &members[place - report.schema.fields.len()];
        let (field, kind) = own.map_or_else(|| (inner().path[0], inner().kind), |field| (place, field.kind));
        let (place, key) = (field, place);
        if !is_comparable(&kind) {
            report.field(place, format!("{what} cannot have a field of type {}", kind.word()));
        }
        if !seen.insert(key) {
            report.field(place, format!("{what} names the field twice"));
        }
    }
    if seen.is_empty() {
        report.model(format!("{what} has no fields"));
    }
}
