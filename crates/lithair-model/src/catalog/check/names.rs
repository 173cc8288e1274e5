//! Names of models and fields are there once, and are not taken.

use std::collections::HashSet;

use super::Report;
use crate::{EnumSchema, FieldSchema, Kind, ModelSchema};

/// Names are there once, and are not reserved. `earlier` are the models that were registered before this one.
pub(super) fn check(earlier: &[&'static ModelSchema], report: &mut Report<'_>) {
    let schema = report.schema;
    for other in earlier {
        let same = [
            ("name", schema.name, other.name),
            ("table", schema.table, other.table),
            ("path", schema.path, other.path),
        ];
        for (what, name, _) in same.into_iter().filter(|(_, one, other)| one == other) {
            report.model(format!("the {what} `{name}` is also the one of `{}`", other.name));
        }
    }
    for other in earlier {
        let (short, long) =
            if schema.path.len() < other.path.len() { (schema.path, other.path) } else { (other.path, schema.path) };
        if long.strip_prefix(short).is_some_and(|rest| rest.starts_with('/')) {
            report.model(format!("the path `{long}` is also the one of a record of `{short}`"));
        }
    }
    if !is_path(schema.path) {
        report.model(format!(
            "the path `{}` is not one of letters, digits, `-`, `_`, `.` and `/`, beginning with a letter or digit",
            schema.path
        ));
    }
    if schema.table.is_empty() || schema.table.starts_with('_') {
        report.model(format!("the table `{}` is empty or begins with `_`, which is reserved", schema.table));
    }
    fields(report);
}

fn is_path(path: &str) -> bool {
    let segments = path.split('/');
    segments.into_iter().all(|segment| {
        segment.starts_with(|first: char| first.is_ascii_alphanumeric())
            && segment.chars().all(|next| next.is_ascii_alphanumeric() || matches!(next, '-' | '_' | '.'))
    })
}

fn fields(report: &mut Report<'_>) {
    let (mut names, mut wires) = (HashSet::new(), HashSet::new());
    for (place, field) in report.schema.fields.iter().enumerate() {
        if field.renamed_from.is_some_and(|former| report.schema.fields.iter().any(|field| field.name == former)) {
            report.field(place, "`renamed_from` names a field that is there");
        }
        if !names.insert(field.name) {
            report.field(place, "declared twice");
        }
        if !wires.insert(field.wire) {
            report.field(place, format!("another field is `{}` in JSON too", field.wire));
        }
        if field.wire.is_empty() || field.wire.starts_with('_') {
            report.field(place, format!("`{}` is empty or begins with `_`, which is reserved, in JSON", field.wire));
        }
        if let Some(detail) = inside(&field.kind) {
            report.field(place, detail);
        }
    }
}

/// What is wrong with names of variants, and of the fields of variants and embedded structs.
fn inside(kind: &Kind) -> Option<String> {
    match kind {
        Kind::Enum(schema) => {
            let mut variants = schema.variants.iter();
            variant_names(schema).or_else(|| variants.find_map(|variant| members(variant.name, variant.fields)))
        }
        Kind::Struct(schema) => members(schema.name, schema.fields),
        Kind::List(element) => inside(&element.kind),
        _ => None,
    }
}

fn members(owner: &str, fields: &[FieldSchema]) -> Option<String> {
    let mut names = HashSet::new();
    // The log knows them by name: by the one that they have, and by the one that they had.
    let logged = fields.iter().flat_map(|field| [Some(field.name), field.renamed_from]).flatten();
    let twice =
        logged.into_iter().find(|name| !names.insert(*name)).map(|name| format!("`{owner}` has `{name}` twice"));
    let mut wires = HashSet::new();
    let in_json = fields.iter().find(|field| !wires.insert(field.wire));
    let in_json = in_json.map(|field| format!("two fields of `{owner}` are `{}` in JSON", field.wire));
    twice.or(in_json).or_else(|| fields.iter().find_map(|field| inside(&field.kind)))
}

fn variant_names(schema: &EnumSchema) -> Option<String> {
    if schema.variants.is_empty() {
        return Some(format!("`{}` has no variants, so no value", schema.name));
    }
    let mut wires = HashSet::new();
    let twice = schema.variants.iter().find(|variant| !wires.insert(variant.wire));
    twice.map(|variant| format!("two variants of `{}` are `{}` in JSON", schema.name, variant.wire))
}
