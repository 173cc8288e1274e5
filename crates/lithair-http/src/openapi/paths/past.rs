//! What a collection offers of the past.

use lithair_model::ModelEntry;
use serde_json::{Value, json};

use super::{body, keyed, operation, record};

/// A moment: a position of the log, or a time.
pub(super) fn as_of() -> Value {
    json!({
        "description": "A position of the log, or a time (RFC 3339): what was there then.",
        "anyOf": [{ "type": "integer", "minimum": 0 }, { "type": "string", "format": "date-time" }],
    })
}

/// Of a read of one record.
pub(super) fn read_parameters() -> Vec<Value> {
    let revision = json!({
        "name": "rev", "in": "query", "description": "The record as this revision left it.",
        "schema": { "type": "integer", "minimum": 1 },
    });
    vec![revision, json!({ "name": "as_of", "in": "query", "schema": as_of() })]
}

pub(super) fn history(model: &ModelEntry) -> Value {
    let mut operation = operation(model, "history", &[404, 503]);
    let page = model.schema.page;
    operation["parameters"] = json!([
        { "name": "fields", "in": "query", "schema": { "type": "string" } },
        { "name": "limit", "in": "query", "schema": { "type": "integer", "minimum": 1, "maximum": page.max, "default": page.default } },
        { "name": "cursor", "in": "query", "schema": { "type": "string" } },
    ]);
    let revision = json!({
        "type": "object",
        "properties": {
            "rev": { "type": "integer" },
            "seq": { "type": "integer", "description": "Where it stands in the log." },
            "at": { "type": "string", "format": "date-time" },
            "actor": { "type": ["string", "null"] },
            "op": { "type": "string", "enum": ["create", "update", "delete", "restore"] },
            "events": {
                "type": "array",
                "description": "What commands and transitions said of it.",
                "items": {
                    "type": "object",
                    "properties": { "name": { "type": "string" }, "data": { "type": "object" } },
                    "required": ["name", "data"],
                },
            },
            "whole": { "type": "boolean", "description": "Whether `patch` is the whole record." },
            "patch": {
                "description": "The fields that changed, with what they changed to; null for a delete.",
                "type": ["object", "null"],
            },
        },
        "required": ["rev", "seq", "at", "actor", "op", "events", "whole", "patch"],
    });
    let schema = json!({
        "type": "object",
        "properties": {
            "items": { "type": "array", "items": revision },
            "next_cursor": { "type": ["string", "null"] },
            "as_of": { "type": "integer" },
        },
        "required": ["items", "next_cursor", "as_of"],
    });
    operation["responses"]["200"] =
        json!({ "description": "Revisions, newest first.", "content": { "application/json": { "schema": schema } } });
    keyed(model, operation)
}

pub(super) fn restore(model: &ModelEntry) -> Value {
    let mut operation = operation(model, "restore", &[404, 408, 409, 410, 412, 413, 415, 422, 503]);
    let revision = json!({ "type": "integer", "minimum": 1 });
    // Without a revision: from the trash.
    let required: &[&str] = if model.deleted_at.is_some() { &[] } else { &["rev"] };
    let schema = json!({
        "type": "object", "properties": { "rev": revision }, "required": required, "additionalProperties": false,
    });
    operation["requestBody"] = body("application/json", &schema);
    operation["responses"]["200"] = record(model, "The record as it is now: a new revision.");
    operation["responses"]["204"] = json!({ "description": "Done, with `Prefer: return=minimal`." });
    keyed(model, operation)
}
