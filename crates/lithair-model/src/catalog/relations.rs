//! Which model a relation leads to, and which models lead to one.

use std::ptr;

use super::entry::Referrer;
use crate::{ModelSchema, OnDelete, RelationSchema};

/// The place of a model among these. Compared by table: one constant may have several addresses.
pub(super) fn place_of(schema: &ModelSchema, schemas: &[&'static ModelSchema]) -> Option<usize> {
    schemas.iter().position(|other| ptr::eq(*other, schema) || other.table == schema.table)
}

/// Whether a record goes out of sight with the one that it refers to: it says so, or the target does, or a delete of the target
/// deletes it and its own deletes are soft.
pub(super) fn is_soft(target: &ModelSchema, referrer: &ModelSchema, relation: &RelationSchema) -> bool {
    let Some(soft) = target.lifecycle.soft_delete else { return false };
    let is_deleted_softly = referrer.lifecycle.soft_delete.is_some();
    relation.on_delete == OnDelete::Soft
        || soft.cascade.contains(&referrer.table)
        || relation.on_delete == OnDelete::Cascade && is_deleted_softly
}

/// The relations of all models whose target is the model at `place`, and which hold it: a projection's lead somewhere and hold nothing, for
/// its rows say what was, and are there whatever became of it.
pub(super) fn referrers(place: usize, schemas: &[&'static ModelSchema]) -> Vec<Referrer> {
    let target_is = |schema: &ModelSchema| place_of(schema, schemas) == Some(place);
    let models = schemas.iter().enumerate().filter(|(_, schema)| schema.projection.is_none());
    models
        .flat_map(|(model, schema)| {
            let relations = schema.relations.iter().enumerate();
            relations.filter(|(_, relation)| target_is((relation.target)())).map(move |(relation, schema)| Referrer {
                model,
                relation,
                on_delete: schema.on_delete,
                is_soft: is_soft(schemas[place], schemas[model], schema),
            })
        })
        .collect()
}
