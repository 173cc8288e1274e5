//! Computed fields can be computed, and are not set in other ways.

use super::Report;
use crate::computed::{compile, order};
use crate::{ComputedSchema, FieldSchema, ModelSchema, Mutability, SchemaProblem};

/// Computed fields can be computed, and nothing else sets them or leans on what is not stored.
pub(super) fn check(model: usize, schemas: &[&'static ModelSchema], report: &mut Report<'_>) {
    for (place, field) in report.schema.fields.iter().enumerate() {
        let Some(computed) = &field.computed else { continue };
        if let Some(word) = sets(field) {
            report.field(place, format!("the field is computed, and `{word}` cannot be there too"));
        }
        if let Some(what) = leaned_on(report.schema, place, computed) {
            report.field(
                place,
                format!("the field is computed when it is read, so {what} cannot have it: let it be `stored`"),
            );
        }
        if let Err(detail) = compile(model, place, schemas) {
            report.field(place, format!("`computed`: {detail}"));
        }
    }
}

/// Nothing is computed from itself.
pub(super) fn cycles(schemas: &[&'static ModelSchema], problems: &mut Vec<SchemaProblem>) {
    for ((model, place), detail) in order(schemas).err().unwrap_or_default() {
        let schema = schemas[model];
        problems.push(SchemaProblem { model: schema.name, field: Some(schema.fields[place].name), detail });
    }
}

/// What else says what the value is.
fn sets(field: &FieldSchema) -> Option<&'static str> {
    let words = [
        ("auto", field.auto.is_some()),
        ("default", field.default.is_some()),
        ("on_update", field.on_update.is_some()),
        ("backfill", field.backfill.is_some()),
        ("upcast", field.upcast.is_some()),
        ("states", field.states.is_some()),
        ("validate", !field.rules.is_empty()),
        ("normalize", !field.normalizers.is_empty()),
        ("lifecycle", field.mutability != Mutability::Free),
    ];
    words.into_iter().find_map(|(word, is_there)| is_there.then_some(word))
}

/// What needs a value that is stored, and has the field.
fn leaned_on(schema: &ModelSchema, place: usize, computed: &ComputedSchema) -> Option<&'static str> {
    if schema.key.contains(&place) {
        return Some("a key");
    }
    if schema.relations.iter().any(|relation| relation.fields.contains(&place)) {
        return Some("a reference");
    }
    if computed.stored {
        return None;
    }
    let has = |mut fields: Box<dyn Iterator<Item = usize>>| fields.any(|field| field == place);
    let uniques = schema.uniques.iter().flat_map(|unique| unique.fields).copied();
    let indexes = schema.indexes.iter().flat_map(|index| index.terms).map(|term| term.field);
    let places: [(&str, Box<dyn Iterator<Item = usize>>); 4] = [
        ("a unique constraint", Box::new(uniques)),
        ("an index", Box::new(indexes)),
        ("the search", Box::new(schema.fulltext.iter().map(|field| field.field))),
        ("the order of lists", Box::new(schema.order.iter().map(|term| term.field))),
    ];
    places.into_iter().find_map(|(what, fields)| has(fields).then_some(what))
}
