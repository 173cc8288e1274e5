use std::ptr;

use super::entry::Referrer;
use crate::ModelSchema;

/// The place of a model among these. Compared by table: one constant may have several addresses.
pub(super) fn place_of(schema: &ModelSchema, schemas: &[&'static ModelSchema]) -> Option<usize> {
    schemas.iter().position(|other| ptr::eq(*other, schema) || other.table == schema.table)
}

/// The relations of all models whose target is the model at `place`.
pub(super) fn referrers(place: usize, schemas: &[&'static ModelSchema]) -> Vec<Referrer> {
    let target_is = |schema: &ModelSchema| place_of(schema, schemas) == Some(place);
    let models = schemas.iter().enumerate();
    models
        .flat_map(|(model, schema)| {
            let relations = schema.relations.iter().enumerate();
            relations.filter(|(_, relation)| target_is((relation.target)())).map(move |(relation, schema)| Referrer {
                model,
                relation,
                on_delete: schema.on_delete,
            })
        })
        .collect()
}
