//! What is asked about credentials themselves.

use lithair_model::Catalog;
use serde_json::{Map, Value, json};

use super::{add, problem_responses};
use crate::HttpConfig;
use crate::endpoint::{AuthAction, Verb};

/// The paths that a server with these models has.
pub(super) fn paths(catalog: &Catalog, config: &HttpConfig, paths: &mut Map<String, Value>) {
    for (action, path, verb) in AuthAction::of(catalog) {
        let method = if verb == Verb::Get { "get" } else { "post" };
        add(paths, format!("{}/{path}", config.prefixes.tools), method, operation(action, verb));
    }
    for (action, path) in AuthAction::of_providers(&config.auth.providers) {
        let path = format!("{}/{path}", config.prefixes.tools);
        match action.verb() {
            Verb::Get => add(paths, path, "get", navigation(action, &config.auth.providers)),
            verb => add(paths, path, "post", of_account(action, verb, &config.auth.providers)),
        }
    }
}

/// What a browser is sent to.
fn navigation(action: AuthAction, providers: &[String]) -> Value {
    let parameter = |name: &str| json!({ "name": name, "in": "query", "schema": { "type": "string" } });
    let (word, place, description, parameters) = match action {
        AuthAction::FinishLogin(place) => {
            ("finish", place, "A session begins.", ["state", "code", "iss", "error"].map(parameter).to_vec())
        }
        AuthAction::BeginLogin(place) => ("begin", place, "To the provider's page.", vec![parameter("return_to")]),
        _ => unreachable!("others are no navigation"),
    };
    let mut operation = json!({
        "operationId": format!("{word}_login_{}", providers[place]),
        "tags": ["credentials"],
        "parameters": parameters,
        "responses": problem_responses(&[403, 404, 409, 429, 503]),
    });
    operation["responses"]["303"] = json!({ "description": description });
    operation
}

/// What a user does with the account: of each provider one, by its name.
fn of_account(action: AuthAction, verb: Verb, providers: &[String]) -> Value {
    let mut operation = operation(action, verb);
    if let (AuthAction::Link(place) | AuthAction::Unlink(place), Some(id)) = (action, operation["operationId"].as_str())
    {
        operation["operationId"] = format!("{id}_{}", providers[place]).into();
    }
    operation
}

fn operation(action: AuthAction, verb: Verb) -> Value {
    let (id, status, description, body) = described(action);
    let mut operation = json!({
        "operationId": id,
        "tags": ["credentials"],
        "responses": problem_responses(&[403, 404, 408, 409, 413, 415, 422, 429, 503]),
    });
    operation["responses"][status] = match status {
        "204" => json!({ "description": description }),
        _ => json!({ "description": description, "content": { "application/json": {} } }),
    };
    if verb == Verb::Post {
        operation["requestBody"] = json!({ "required": true, "content": { "application/json": { "schema": body } } });
    }
    operation
}

/// Name, status, what the answer says, and the form of the body.
fn described(action: AuthAction) -> (&'static str, &'static str, &'static str, Value) {
    match action {
        AuthAction::Admin => ("administer", "200", "What was done. What is secret is shown this once.", admin()),
        AuthAction::Login => {
            ("login", "200", "The user; the cookie is the session.", form(&["email", "password"], &["code"]))
        }
        AuthAction::Logout => {
            let body = json!({ "type": "object", "properties": { "everywhere": { "type": "boolean" } }, "additionalProperties": false });
            ("logout", "204", "The session is over.", body)
        }
        AuthAction::Me => ("me", "200", "Whose session it is.", Value::Null),
        AuthAction::Register => {
            ("register", "202", "A message to the address says how to go on.", form(&["email", "password"], &["name"]))
        }
        AuthAction::Verify => ("verify_address", "204", "The user may log in.", form(&["token"], &[])),
        AuthAction::AskForReset => {
            ("ask_for_reset", "202", "A message to the address says how to go on.", form(&["email"], &[]))
        }
        AuthAction::Reset => {
            ("reset_password", "204", "The password is another one.", form(&["token", "password"], &[]))
        }
        AuthAction::Password => {
            ("change_password", "204", "All other sessions are over.", form(&["former", "password"], &[]))
        }
        AuthAction::Enroll => {
            ("enroll_device", "200", "A secret for a device, shown this once.", form(&["password"], &[]))
        }
        AuthAction::Confirm => {
            ("confirm_device", "200", "Codes that stand in for the device, shown this once.", form(&["code"], &[]))
        }
        AuthAction::Remove => ("remove_device", "204", "A login needs no code any more.", form(&["password"], &[])),
        AuthAction::Links => ("links", "200", "How the user can log in.", Value::Null),
        AuthAction::Link(_) => (
            "link_login",
            "200",
            "`location` is the page of the provider: the browser goes there next.",
            form(&[], &["password", "return_to"]),
        ),
        AuthAction::Unlink(_) => {
            ("unlink_login", "204", "The provider does not lead to the account any more.", form(&[], &[]))
        }
        AuthAction::BeginLogin(_) | AuthAction::FinishLogin(_) => unreachable!("a browser is sent there"),
    }
}

/// An object of texts.
fn form(required: &[&str], optional: &[&str]) -> Value {
    let members = required.iter().chain(optional).map(|name| ((*name).to_owned(), json!({ "type": "string" })));
    let properties: Map<String, Value> = members.collect();
    json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
}

fn admin() -> Value {
    let text = json!({ "type": "string" });
    let texts = json!({ "type": "array", "items": text });
    let form = |word: &str, mut properties: Value, required: &[&str]| {
        properties["do"] = json!({ "const": word });
        let required: Vec<&str> = ["do"].iter().chain(required).copied().collect();
        json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
    };
    let key = json!({
        "roles": texts, "tenant": text, "scopes": texts, "expires_seconds": { "type": "integer", "minimum": 1 },
        "subject": text, "name": text, "environment": text,
    });
    let user = json!({ "email": text, "name": text, "roles": texts, "tenant": text, "password": text });
    let seconds = json!({ "type": "integer", "minimum": 1 });
    let grant = json!({ "subject": text, "role": text, "tenant": text, "expires_seconds": seconds });
    let page = json!({ "type": "integer", "minimum": 1, "maximum": 500 });
    let grants = json!({ "subject": text, "role": text, "tenant": text, "after": text, "limit": page });
    json!({ "oneOf": [
        form("keys.create", key, &["expires_seconds"]),
        form("keys.list", json!({}), &[]),
        form("keys.revoke", json!({ "id": text }), &["id"]),
        form("user.create", user, &["email"]),
        form("user.list", json!({}), &[]),
        form("user.disable", json!({ "email": text, "enable": { "type": "boolean" } }), &["email"]),
        form("user.reset", json!({ "email": text }), &["email"]),
        form("rbac.grant", grant, &["subject", "role"]),
        form("rbac.list", grants, &[]),
        form("rbac.revoke", json!({ "id": text }), &["id"]),
    ] })
}
