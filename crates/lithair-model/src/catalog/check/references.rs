//! References lead to keys, and what they say about deletes can be done.

use std::mem::discriminant;

use super::super::relations::{is_soft, place_of};
use super::Report;
use crate::{Auto, Kind, ModelSchema, OnDelete, RelationSchema};

/// Each relation leads to the key of a registered model, and `on_delete` can be carried out.
pub(super) fn check(schemas: &[&'static ModelSchema], report: &mut Report<'_>) {
    for relation in report.schema.relations {
        let target = (relation.target)();
        match (relation.fields.first(), place_of(target, schemas)) {
            (None, _) => report.model(format!("the relation `{}` has no fields", relation.name)),
            (Some(&place), None) => {
                report.field(place, format!("refers to `{}`, which is not registered with the server", target.name));
            }
            (Some(&place), Some(_)) => {
                key_fits(relation, place, target, report);
                on_delete(relation, report);
                soft(relation, place, target, report);
            }
        }
    }
}

fn key_fits(relation: &RelationSchema, place: usize, target: &ModelSchema, report: &mut Report<'_>) {
    if relation.fields.len() != target.key.len() {
        let (fields, key) = (relation.fields.len(), target.key.len());
        return report.field(place, format!("refers to `{}` by {fields} fields, and its key has {key}", target.name));
    }
    for (&place, &key) in relation.fields.iter().zip(target.key) {
        // A key that is out of range is reported as the target's.
        let Some(key) = target.fields.get(key) else { continue };
        let kind = &report.schema.fields[place].kind;
        if !is_same(kind, &key.kind) {
            let (own, other) = (kind.word(), key.kind.word());
            let target = target.name;
            let detail = format!("is of type {own} and refers to `{target}.{}`, which is of type {other}", key.name);
            report.field(place, detail);
        }
    }
}

/// Integers of any width are one type: their keys are the same bytes.
fn is_same(one: &Kind, other: &Kind) -> bool {
    match (one, other) {
        (Kind::Enum(one), Kind::Enum(other)) => one.name == other.name,
        (one, other) => discriminant(one) == discriminant(other),
    }
}

/// What goes out of sight with its target can come back with it.
fn soft(relation: &RelationSchema, place: usize, target: &ModelSchema, report: &mut Report<'_>) {
    let own = report.schema.lifecycle.soft_delete.is_some();
    if relation.on_delete == OnDelete::Soft && target.lifecycle.soft_delete.is_none() {
        report.field(place, format!("`on_delete = soft`, and `{}` has no `soft_delete`", target.name));
    } else if is_soft(target, report.schema, relation) && !own {
        report.field(place, "goes out of sight with its target, so the model needs `lifecycle(soft_delete)` too");
    }
}

/// Every table that `soft_delete(cascade(..))` names has records that refer to the model.
pub(super) fn cascades(schemas: &[&'static ModelSchema], report: &mut Report<'_>) {
    let Some(soft) = report.schema.lifecycle.soft_delete else { return };
    if !report.schema.fields.iter().any(|field| field.auto == Some(Auto::Deleted)) {
        report.model("`soft_delete` needs a field `deleted_at: Option<Timestamp>`");
    }
    for table in soft.cascade {
        let refers = |schema: &&&'static ModelSchema| {
            schema.table == *table
                && schema.relations.iter().any(|relation| (relation.target)().table == report.schema.table)
        };
        if !schemas.iter().any(|schema| refers(&schema)) {
            report.model(format!("`soft_delete(cascade({table}))`: no model of this table refers to this one"));
        }
    }
}

fn on_delete(relation: &RelationSchema, report: &mut Report<'_>) {
    let (word, lacking) = match relation.on_delete {
        OnDelete::Restrict | OnDelete::Cascade | OnDelete::Soft => return,
        OnDelete::SetNull => ("set_null", "is not optional"),
        OnDelete::SetDefault => ("set_default", "has no default"),
    };
    let can = |place: &&usize| {
        let field = &report.schema.fields[**place];
        match relation.on_delete {
            OnDelete::SetNull => field.optional,
            _ => field.default.is_some(),
        }
    };
    let mut able = relation.fields.iter().filter(can);
    let is_key = |place: &&usize| report.schema.key.contains(place);
    match (able.clone().next(), able.find(|place| !is_key(place))) {
        (_, Some(_)) => {}
        (Some(&place), None) => report.field(place, format!("`on_delete = {word}` would change the key")),
        (None, None) if relation.fields.len() == 1 && is_key(&&relation.fields[0]) => {
            report.field(relation.fields[0], format!("`on_delete = {word}` would change the key"));
        }
        (None, None) => report.field(relation.fields[0], format!("`on_delete = {word}`, and the field {lacking}")),
    }
}
