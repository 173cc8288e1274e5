//! The models of credentials: every program has them, and a log learns of them with the first record.
//!
//! So a directory that has no keys looks as it would without them, and a server on it can be given one while it runs.

use lithair_auth::SCHEMAS;
use lithair_model::{ModelSchema, Numbers, SchemaChange};

/// The models, and those of credentials that the log knows.
pub(crate) fn with_known(mut schemas: Vec<&'static ModelSchema>, numbers: &Numbers) -> Vec<&'static ModelSchema> {
    schemas.extend(SCHEMAS.into_iter().filter(|schema| numbers.model(schema.table).is_some()));
    schemas
}

/// Adds those that the log does not know, with the numbers that they will have once it does.
pub(crate) fn add_unused(schemas: &mut Vec<&'static ModelSchema>, numbers: &mut Numbers) -> Vec<SchemaChange> {
    let unused = SCHEMAS.into_iter().filter(|schema| numbers.model(schema.table).is_none());
    let unused: Vec<&'static ModelSchema> = unused.collect();
    let changes = numbers.assign(&unused);
    changes.iter().for_each(|change| numbers.learn(change));
    schemas.extend(unused);
    changes
}
