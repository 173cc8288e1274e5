//! `schema.json`: everything a program declares, for tools and people.

use serde_json::{Value as Document, json};

use crate::ModelSchema;

/// One model, as `schema.json` shows it.
pub(crate) fn model_document(schema: &ModelSchema) -> Document {
    let fields = schema.fields.iter().map(|field| {
        json!({ "name": field.name, "wire": field.wire, "type": field.kind.word(), "optional": field.optional })
    });
    json!({ "name": schema.name, "table": schema.table, "path": schema.path, "fields": fields.collect::<Vec<_>>() })
}
