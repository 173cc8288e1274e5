use std::mem::discriminant;

use super::super::relations::place_of;
use super::Report;
use crate::{Kind, ModelSchema, OnDelete, RelationSchema};

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

fn on_delete(relation: &RelationSchema, report: &mut Report<'_>) {
    let (word, lacking) = match relation.on_delete {
        OnDelete::Restrict | OnDelete::Cascade => return,
        OnDelete::SetNull => ("set_null", "is not optional"),
        OnDelete::SetDefault => ("set_default", "has no default"),
    };
    for &place in relation.fields {
        let field = &report.schema.fields[place];
        let can = match relation.on_delete {
            OnDelete::SetNull => field.optional,
            _ => field.default.is_some(),
        };
        if report.schema.key.contains(&place) {
            report.field(place, format!("`on_delete = {word}` would change the key"));
        } else if !can {
            report.field(place, format!("`on_delete = {word}`, and the field {lacking}"));
        }
    }
}
