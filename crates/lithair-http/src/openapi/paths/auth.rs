//! What is asked about credentials themselves.

use serde_json::{Map, Value, json};

use super::{add, problem_responses};
use crate::HttpConfig;

/// The paths that this server has.
pub(super) fn paths(config: &HttpConfig, paths: &mut Map<String, Value>) {
    if config.auth.admin_role.is_some() {
        add(paths, format!("{}/admin", config.prefixes.tools), "post", admin());
    }
}

fn admin() -> Value {
    let text = json!({ "type": "string" });
    let texts = json!({ "type": "array", "items": text });
    let form = |word: &str, properties: Value, required: &[&str]| {
        let mut properties = properties;
        properties["do"] = json!({ "const": word });
        let required: Vec<&str> = ["do"].iter().chain(required).copied().collect();
        json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
    };
    let create = json!({
        "roles": texts, "tenant": text, "scopes": texts, "expires_seconds": { "type": "integer", "minimum": 1 }, "subject": text,
        "name": text, "environment": text,
    });
    let forms = json!({ "oneOf": [
        form("keys.create", create, &["expires_seconds"]),
        form("keys.list", json!({}), &[]),
        form("keys.revoke", json!({ "id": text }), &["id"]),
    ] });
    operation(
        "administer",
        "What was done. A key that was made is shown this once.",
        &forms,
        &[404, 408, 409, 413, 415, 422, 503],
    )
}

fn operation(id: &str, description: &str, body: &Value, problems: &[u16]) -> Value {
    let mut operation = json!({
        "operationId": id,
        "tags": ["credentials"],
        "requestBody": { "required": true, "content": { "application/json": { "schema": body } } },
        "responses": problem_responses(problems),
    });
    operation["responses"]["200"] = json!({ "description": description, "content": { "application/json": {} } });
    operation
}
