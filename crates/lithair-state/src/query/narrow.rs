//! Conditions about related records, turned into lists of keys where few related records are such.
//!
//! `any(comments, .spam = true)` is true of the articles with one of some keys. Where an index leads to the spam, those keys
//! are read from it, and the articles are then found by their keys; otherwise each article is asked about its comments.

use std::collections::BTreeMap;

use lithair_model::{Catalog, Comparison, ModelEntry, Operand, Predicate, Query, Start, Tally, Value, Way, encode_key};

use super::Task;
use super::plan::Choice;
use crate::View;

/// Related records whose keys are listed at most: as many as an index is asked for at once.
const KEYS_MAX: usize = 1_000;

/// The same query with such conditions replaced; none if there is nothing to replace. What is read for it counts.
pub(crate) fn narrowed(view: &View<'_>, query: &Query, tally: &Tally) -> Option<Query> {
    let filter = query.filter.as_ref()?;
    let parts = match filter {
        Predicate::All(parts) => parts.as_slice(),
        part => std::slice::from_ref(part),
    };
    let listed: Vec<Option<Predicate>> = parts.iter().map(|part| listed(view, query.model, part, tally)).collect();
    if listed.iter().all(Option::is_none) {
        return None;
    }
    let parts = listed.into_iter().zip(parts).map(|(listed, part)| listed.unwrap_or_else(|| part.clone()));
    Some(Query { filter: Some(Predicate::All(parts.collect())), ..query.clone() })
}

/// The list of keys that a condition about related records means.
fn listed(view: &View<'_>, model: usize, part: &Predicate, tally: &Tally) -> Option<Predicate> {
    let (way, inner) = about_related(part)?;
    let catalog = view.state().catalog();
    let (related, field) = ends(catalog, &catalog.models[model], way)?;
    // What is in the trash is not there.
    let present = catalog.models[related].trash(Comparison::Equal);
    let query = Query {
        model: related,
        filter: Some(Predicate::All([Some(inner), present].into_iter().flatten().collect())),
        search: None,
        order: Vec::new(),
        start: Start::First,
        limit: KEYS_MAX,
        count: false,
        at: None,
        scan_rows_max: KEYS_MAX as u64,
    };
    let query = narrowed(view, &query, tally).unwrap_or(query);
    let task = Task::new(view, &query, Tally::new(query.scan_rows_max));
    let choice = Choice::of(&task).ok()?;
    // Whoever reads a whole table to find a few keys has not saved anything.
    let entries_max = query.scan_rows_max;
    if choice.path.bounded.is_empty() || choice.path.entries(&task, entries_max) > entries_max {
        return None;
    }
    let page = view.list(&query).ok().filter(|page| !page.more)?;
    tally.take(page.looked_at);
    let related = &catalog.models[related];
    let kind = catalog.models[model].schema.fields[field].kind;
    let mut values = BTreeMap::new();
    for row in &page.rows {
        let (terms, place) = match way {
            Way::Out { .. } => (&related.key_terms, related.schema.key[0]),
            Way::In { relation, .. } => {
                (&related.relation_terms[relation], related.schema.relations[relation].fields[0])
            }
        };
        let value = related.field(row, place);
        if value != Value::Null {
            values.insert(encode_key(terms, [&value]), value);
        }
    }
    Some(Predicate::In { operand: Operand::Field(field), values: values.into_values().collect(), kind })
}

/// The step of a condition that is true only because of a related record, and what that record has to be.
fn about_related(part: &Predicate) -> Option<(Way, Predicate)> {
    let through = |operand: &Operand| match operand {
        Operand::Via(way, inner) => Some((*way, (**inner).clone())),
        _ => None,
    };
    match part {
        Predicate::Related { way, inner } => Some((*way, (**inner).clone())),
        // Without a record the operand is null, which these comparisons are not true of.
        Predicate::Compare { left, comparison, right: Operand::Value(value), kind }
            if *value != Value::Null && !matches!(comparison, Comparison::NotEqual | Comparison::NotContains) =>
        {
            let ((way, left), right) = (through(left)?, Operand::Value(value.clone()));
            Some((way, Predicate::Compare { left, comparison: *comparison, right, kind: *kind }))
        }
        Predicate::In { operand, values, kind } if !values.contains(&Value::Null) => {
            let (way, operand) = through(operand)?;
            Some((way, Predicate::In { operand, values: values.clone(), kind: *kind }))
        }
        Predicate::Flag(operand) => {
            let (way, operand) = through(operand)?;
            Some((way, Predicate::Flag(operand)))
        }
        _ => None,
    }
}

/// The model that a step leads to, and the field of `model` that says where; none if several fields say it together.
fn ends(catalog: &Catalog, model: &ModelEntry, way: Way) -> Option<(usize, usize)> {
    let (related, fields) = match way {
        Way::Out { relation, .. } => (model.targets[relation], model.schema.relations[relation].fields),
        Way::In { model: referring, relation } => {
            let is_single = catalog.models[referring].schema.relations[relation].fields.len() == 1;
            (referring, if is_single { model.schema.key } else { &[] })
        }
    };
    match fields {
        [field] => Some((related, *field)),
        _ => None,
    }
}
