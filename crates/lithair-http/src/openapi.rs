//! `openapi.json` (3.1): what is there, from the schemas that the server itself goes by.

mod paths;
mod record;
mod rules;

use lithair_model::Catalog;
use serde_json::{Map, Value, json};

use crate::HttpConfig;
use crate::rejection::Problem;

/// The schema of problems. A model may be a `Problem`, too.
const PROBLEM: &str = "Lithair.Problem";

/// The OpenAPI document of a server with these models.
///
/// Its schemas accept what the rules accept, as far as JSON Schema can say it: rules with a condition, rules on values
/// that are normalized first, and functions of the application are left to the server.
pub fn openapi_document(catalog: &Catalog, config: &HttpConfig) -> Value {
    let mut schemas = Map::new();
    for model in &catalog.models {
        record::schemas(catalog, model, &mut schemas);
    }
    schemas.insert(PROBLEM.to_owned(), problem());
    json!({
        "openapi": "3.1.0",
        "info": { "title": "Lithair", "version": env!("CARGO_PKG_VERSION") },
        "paths": paths::all(catalog, config),
        "components": { "schemas": schemas, "responses": responses(), "securitySchemes": security_schemes() },
        // Without a credential a request is the anonymous's.
        "security": [{}, { "bearer": [] }],
    })
}

fn security_schemes() -> Value {
    let bearer = "A signed token of the issuer that the server trusts, or an API key of the server.";
    json!({ "bearer": { "type": "http", "scheme": "bearer", "description": bearer } })
}

/// RFC 9457, with what ours have.
fn problem() -> Value {
    let codes: Vec<_> = Problem::ALL.iter().map(|problem| problem.code()).collect();
    let error = json!({
        "type": "object",
        "properties": {
            "pointer": { "type": "string", "description": "JSON pointer into the body (RFC 6901)." },
            "parameter": { "type": "string", "description": "Query parameter." },
            "code": { "type": "string" },
            "detail": { "type": "string" },
            "params": { "type": "object" },
        },
        "required": ["code", "detail"],
    });
    json!({
        "type": "object",
        "properties": {
            "type": { "type": "string", "format": "uri-reference" },
            "title": { "type": "string" },
            "status": { "type": "integer" },
            "detail": { "type": "string" },
            "code": { "type": "string", "enum": codes },
            "request_id": { "type": "string" },
            "errors": { "type": "array", "items": error },
        },
        "required": ["type", "title", "status", "detail", "code", "request_id"],
    })
}

/// One response a status code, which says which problems it may be.
fn responses() -> Value {
    let mut responses = Map::new();
    for problem in Problem::ALL {
        let name = format!("Problem{}", problem.status());
        let same = Problem::ALL.iter().filter(|other| other.status() == problem.status());
        let described: Vec<_> = same.map(|other| format!("`{}`: {}.", other.code(), other.title())).collect();
        let schema = json!({ "$ref": format!("#/components/schemas/{PROBLEM}") });
        let response = json!({
            "description": described.join(" "),
            "content": { "application/problem+json": { "schema": schema } },
        });
        responses.insert(name, response);
    }
    Value::Object(responses)
}
