//! Paths and their operations.

mod auth;
mod past;
mod refusals;

use lithair_model::{Catalog, EXPAND_DEPTH_MAX, EXPAND_PATHS_MAX, ModelEntry, NamedAction, OperationKind, WORDS_MAX};
use serde_json::{Map, Value, json};

use crate::endpoint::Tool;
use crate::endpoint::below_collection::{HISTORY, IMPORT, QUERY, RECORD, RESTORE};
use crate::{HttpConfig, Limits};

/// Statuses that any request may be answered with.
const ALWAYS: [u16; 7] = [400, 401, 406, 414, 417, 431, 500];

pub(super) fn all(catalog: &Catalog, config: &HttpConfig) -> Value {
    let mut paths = Map::new();
    for model in catalog.shown() {
        let mut own = Map::new();
        of_model(model, config, &mut own);
        of_relations(catalog, model, config, &mut own);
        refusals::add(&refusals::of(catalog, model), &mut own);
        paths.extend(own);
    }
    let prefixes = &config.prefixes;
    let mut batches = Map::new();
    add(&mut batches, format!("{}/_batch", prefixes.api), "post", batch(&config.limits));
    catalog.models.iter().for_each(|model| refusals::add(&refusals::of(catalog, model), &mut batches));
    paths.extend(batches);
    for (tool, path) in Tool::DOCUMENTS {
        add(&mut paths, format!("{}/{path}", prefixes.tools), "get", document(tool));
    }
    auth::paths(catalog, config, &mut paths);
    for (tool, path) in Tool::CHECKS {
        add(&mut paths, format!("{}/{path}", prefixes.health), "get", check(tool));
    }
    add(&mut paths, prefixes.metrics.clone(), "get", plain("Counters for Prometheus.", &["text/plain"], &[404]));
    refusals::add(&refusals::of_server(&config.firewall), &mut paths);
    Value::Object(paths)
}

fn add(paths: &mut Map<String, Value>, path: String, method: &str, operation: Value) {
    let item = paths.entry(path).or_insert_with(|| json!({}));
    item[method] = operation;
}

fn document(tool: Tool) -> Value {
    let page = ["application/json", "text/html"];
    match tool {
        Tool::Problems => plain("Every kind of problem.", &page, &[]),
        Tool::Problem(_) => {
            let mut problem = plain("What a problem means and what to do about it.", &page, &[404]);
            let code = json!({ "name": "code", "in": "path", "required": true, "schema": { "type": "string" } });
            problem["parameters"] = json!([code]);
            problem
        }
        _ => plain("A document.", &["application/json"], &[]),
    }
}

fn check(tool: Tool) -> Value {
    let mut health = plain("All is well.", &["application/json"], &[]);
    if tool == Tool::Ready {
        health["responses"]["503"] = json!({ "description": "What fails.", "content": { "application/json": {} } });
    }
    health
}

fn of_model(model: &ModelEntry, config: &HttpConfig, paths: &mut Map<String, Value>) {
    let offers = |kind| model.schema.operations.contains(&kind);
    let collection = format!("{}/{}", config.prefixes.api, model.schema.path);
    let one = format!("{collection}{RECORD}");
    if offers(OperationKind::List) || offers(OperationKind::Export) {
        add(paths, collection.clone(), "get", list(model));
    }
    if offers(OperationKind::List) {
        add(paths, format!("{collection}{QUERY}"), "post", query(model));
    }
    if offers(OperationKind::Create) {
        let operation = change(model, "create", 201, &reference(model, ".Create"), &[408, 409, 413, 415, 422, 503]);
        add(paths, collection.clone(), "post", operation);
    }
    if offers(OperationKind::Bulk) {
        add(paths, format!("{collection}{IMPORT}"), "post", import(model));
    }
    if offers(OperationKind::Get) {
        add(paths, one.clone(), "get", read(model));
    }
    if offers(OperationKind::History) {
        add(paths, format!("{collection}{HISTORY}"), "get", past::history(model));
    }
    let restore = format!("/{}{RESTORE}", model.schema.path);
    if lithair_model::routes(model.schema).iter().any(|route| route.path == restore) {
        add(paths, format!("{collection}{RESTORE}"), "post", past::restore(model));
    }
    if offers(OperationKind::Update) {
        let statuses = [404, 408, 409, 412, 413, 415, 422, 503];
        let mut replace = change(model, "replace", 200, &reference(model, ".Replace"), &statuses);
        if offers(OperationKind::Create) {
            replace["responses"]["201"] = record(model, "The new record, with `If-None-Match: *`.");
        }
        add(paths, one.clone(), "put", keyed(model, replace));
        let mut patch = change(model, "patch", 200, &reference(model, ".Patch"), &statuses);
        let content = patch["requestBody"]["content"].take();
        let schema = content["application/json"].clone();
        patch["requestBody"]["content"] = json!({ "application/merge-patch+json": schema, "application/json": schema });
        add(paths, one.clone(), "patch", keyed(model, patch));
    }
    for name in model.actions() {
        add(paths, format!("{one}:{name}"), "post", act(model, name));
    }
    if offers(OperationKind::Delete) {
        let mut operation = operation(model, "delete", &[404, 409, 412, 503]);
        operation["responses"]["204"] = json!({ "description": "The record is gone." });
        add(paths, one, "delete", keyed(model, operation));
    }
}

/// The paths below a record: those that the model's routes have.
fn of_relations(catalog: &Catalog, model: &ModelEntry, config: &HttpConfig, paths: &mut Map<String, Value>) {
    let routes = lithair_model::routes(model.schema);
    for link in &model.links {
        let path = format!("/{}{RECORD}/{}", model.schema.path, link.wire);
        if !routes.iter().any(|route| route.path == path) {
            continue;
        }
        let target = &catalog.models[link.target];
        let mut operation = if link.is_many { list(target) } else { read(target) };
        operation["operationId"] = format!("{}_of_{}", link.wire, model.schema.table).into();
        operation["tags"] = json!([model.schema.name]);
        operation["responses"]["404"] = json!({ "$ref": "#/components/responses/Problem404" });
        if link.is_many {
            operation["responses"]["200"] = page(target, false);
        } else {
            operation["responses"]["200"]["headers"] =
                json!({ "Content-Location": { "schema": { "type": "string" } } });
            for status in ["304", "412"] {
                operation["responses"].as_object_mut().map(|responses| responses.remove(status));
            }
        }
        if !link.is_many {
            operation["parameters"] = read_parameters(target).into();
        }
        // An earlier moment is asked of both ends.
        let parameters = operation["parameters"].as_array_mut().expect("a read has parameters");
        parameters.retain(|parameter| parameter["name"] != "as_of");
        if offers_history(model) && offers_history(target) {
            parameters.push(in_query("as_of", past::as_of()));
        }
        add(paths, format!("{}{path}", config.prefixes.api), "get", keyed(model, operation));
    }
}

fn operation(model: &ModelEntry, verb: &str, problems: &[u16]) -> Value {
    json!({
        "operationId": format!("{verb}_{}", model.schema.table),
        "tags": [model.schema.name],
        "responses": responses_of(model, problems),
    })
}

/// Where not everybody may do everything, there are answers to who may not.
fn responses_of(model: &ModelEntry, problems: &[u16]) -> Value {
    let denied: &[u16] = if model.access.is_open() { &[] } else { &[401, 403, 404] };
    problem_responses(&[problems, denied].concat())
}

fn problem_responses(problems: &[u16]) -> Value {
    let all = ALWAYS.iter().chain(problems);
    let responses =
        all.map(|status| (status.to_string(), json!({ "$ref": format!("#/components/responses/Problem{status}") })));
    Value::Object(responses.collect())
}

fn reference(model: &ModelEntry, kind: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{}{kind}", model.schema.name) })
}

fn plain(description: &str, media: &[&str], problems: &[u16]) -> Value {
    let mut responses = problem_responses(problems);
    let content: Map<_, _> = media.iter().map(|&media| (media.to_owned(), json!({}))).collect();
    responses["200"] = json!({ "description": description, "content": content });
    json!({ "responses": responses })
}

fn list(model: &ModelEntry) -> Value {
    let mut operation = operation(model, "list", &[410, 422, 503]);
    let parameters = list_parameters(model).into_iter();
    let parameters: Vec<_> =
        parameters.map(|(name, schema)| json!({ "name": name, "in": "query", "schema": schema })).collect();
    operation["parameters"] = parameters.into();
    operation["responses"]["200"] = page(model, model.schema.operations.contains(&OperationKind::Export));
    operation
}

fn query(model: &ModelEntry) -> Value {
    let mut operation = operation(model, "query", &[408, 410, 413, 415, 422, 503]);
    // Where a URL has commas, a body may have a list.
    let of_body = |name, schema| match name {
        "sort" | "fields" | "expand" => json!({ "type": ["string", "array"], "items": { "type": "string" } }),
        _ => schema,
    };
    let parameters = list_parameters(model).into_iter();
    let properties: Map<_, _> = parameters.map(|(name, schema)| (name.to_owned(), of_body(name, schema))).collect();
    let schema = json!({ "type": "object", "properties": properties, "additionalProperties": false });
    operation["requestBody"] = body("application/json", &schema);
    operation["responses"]["200"] = page(model, model.schema.operations.contains(&OperationKind::Export));
    operation
}

fn list_parameters(model: &ModelEntry) -> Vec<(&'static str, Value)> {
    let page = model.schema.page;
    let text = || json!({ "type": "string" });
    let as_of = offers_history(model).then(|| ("as_of", past::as_of()));
    let include_deleted = model.deleted_at.map(|_| ("include_deleted", include_deleted()));
    let always = [
        ("filter", text()),
        ("sort", text()),
        ("fields", text()),
        ("expand", expand(model)),
        ("limit", json!({ "type": "integer", "minimum": 1, "maximum": page.max, "default": page.default })),
        ("offset", json!({ "type": "integer", "minimum": 0 })),
        ("cursor", text()),
        ("count", json!({ "type": "string", "enum": ["none", "exact"], "default": "none" })),
    ];
    always.into_iter().chain(search(model)).chain(as_of).chain(include_deleted).collect()
}

/// Words to search for, where there are any.
fn search(model: &ModelEntry) -> Option<(&'static str, Value)> {
    let wires: Vec<_> = model.schema.fulltext.iter().map(|term| model.schema.fields[term.field].wire).collect();
    let description = format!(
        "At most {WORDS_MAX} words, all of which have to be in: {}. `word*` is every word that begins so; \"words in quotes\" \
         stand one behind the other. Without `sort`, the best come first.",
        wires.join(", ")
    );
    (!wires.is_empty()).then(|| ("search", json!({ "type": "string", "description": description })))
}

fn include_deleted() -> Value {
    json!({ "type": "string", "enum": ["false", "true", "only"], "default": "false" })
}

/// Relations to show within records.
fn expand(model: &ModelEntry) -> Value {
    let wires: Vec<_> = model.links.iter().map(|link| link.wire).collect();
    let description = match wires.as_slice() {
        [] => "There are no relations.".to_owned(),
        wires => format!(
            "At most {EXPAND_PATHS_MAX} paths of at most {EXPAND_DEPTH_MAX} relations, joined by commas. They begin with: {}.",
            wires.join(", ")
        ),
    };
    json!({ "type": "string", "description": description })
}

fn page(model: &ModelEntry, exports: bool) -> Value {
    let cursor = json!({ "type": ["string", "null"] });
    let schema = json!({
        "type": "object",
        "properties": {
            "items": { "type": "array", "items": reference(model, "") },
            "next_cursor": cursor,
            "prev_cursor": cursor,
            "as_of": { "type": "integer" },
            "total": { "type": "integer" },
        },
        "required": ["items", "next_cursor", "prev_cursor", "as_of"],
    });
    let mut content = json!({ "application/json": { "schema": schema } });
    if exports {
        content["application/x-ndjson"] = json!({});
        content["text/csv"] = json!({ "schema": { "type": "string" } });
    }
    json!({ "description": "A page, or all records one a line.", "content": content })
}

fn read(model: &ModelEntry) -> Value {
    let offers_history = offers_history(model);
    let may_be_gone = offers_history || model.deleted_at.is_some();
    let problems: &[u16] = if may_be_gone { &[404, 410, 412, 503] } else { &[404, 412, 503] };
    let mut operation = operation(model, "read", problems);
    let if_none_match = json!({ "name": "If-None-Match", "in": "header", "schema": { "type": "string" } });
    let past = if offers_history { past::read_parameters() } else { Vec::new() };
    let trash = model.deleted_at.map(|_| in_query("include_deleted", include_deleted()));
    let shown = read_parameters(model).into_iter();
    operation["parameters"] = shown.chain(past).chain(trash).chain([if_none_match]).collect();
    operation["responses"]["200"] = record(model, "The record.");
    operation["responses"]["304"] =
        json!({ "description": "The record is at one of the revisions of `If-None-Match`." });
    keyed(model, operation)
}

fn offers_history(model: &ModelEntry) -> bool {
    model.schema.operations.contains(&OperationKind::History)
}

fn read_parameters(model: &ModelEntry) -> Vec<Value> {
    vec![in_query("fields", json!({ "type": "string" })), in_query("expand", expand(model))]
}

fn in_query(name: &str, schema: Value) -> Value {
    json!({ "name": name, "in": "query", "schema": schema })
}

fn record(model: &ModelEntry, description: &str) -> Value {
    json!({
        "description": description,
        "headers": { "ETag": { "schema": { "type": "string" } } },
        "content": { "application/json": { "schema": reference(model, "") } },
    })
}

fn change(model: &ModelEntry, verb: &str, status: u16, schema: &Value, problems: &[u16]) -> Value {
    let mut operation = operation(model, verb, problems);
    operation["requestBody"] = body("application/json", schema);
    operation["responses"][status.to_string()] = record(model, "The record as it is now.");
    if status == 200 {
        operation["responses"]["204"] = json!({ "description": "Done, with `Prefer: return=minimal`." });
    }
    operation
}

fn body(media: &str, schema: &Value) -> Value {
    json!({ "required": true, "content": { media: { "schema": schema } } })
}

/// A command or a transition.
fn act(model: &ModelEntry, name: &str) -> Value {
    let schema = match model.action(name) {
        Some(NamedAction::Command(_)) => reference(model, &format!(".{name}")),
        _ => json!({ "type": "object", "additionalProperties": false }),
    };
    let statuses = [404, 408, 409, 412, 413, 415, 422, 503];
    let mut operation = change(model, name, 200, &schema, &statuses);
    operation["requestBody"]["required"] = false.into();
    if model.action(name) == Some(NamedAction::Purge) {
        operation["responses"]["204"] = json!({ "description": "The record is gone for good." });
    }
    let Some(NamedAction::Command(place)) = model.action(name) else { return keyed(model, operation) };
    let command = &model.schema.commands[place];
    if !command.summary.is_empty() {
        operation["description"] = command.summary.into();
    }
    let reasons = command
        .errors
        .iter()
        .map(|error| json!({ "status": error.status, "reason": error.code, "detail": error.detail }));
    operation["x-reasons"] = reasons.collect();
    for error in command.errors {
        let status = error.status.to_string();
        if operation["responses"][&status].is_null() {
            operation["responses"][&status] =
                json!({ "description": error.detail, "content": { "application/problem+json": {} } });
        }
    }
    keyed(model, operation)
}

/// With the parameters of a path that names a record.
fn keyed(model: &ModelEntry, mut operation: Value) -> Value {
    let parts: Vec<_> = model.schema.key.iter().map(|&place| model.schema.fields[place].wire).collect();
    let key = json!({
        "name": "key",
        "in": "path",
        "required": true,
        "description": format!("`{}`", parts.join(",")),
        "schema": { "type": "string" },
    });
    let mut parameters = vec![key];
    if let Some(Value::Array(others)) = operation.get_mut("parameters").map(Value::take) {
        parameters.extend(others);
    } else {
        parameters.push(json!({ "name": "If-Match", "in": "header", "schema": { "type": "string" } }));
    }
    operation["parameters"] = parameters.into();
    operation
}

fn import(model: &ModelEntry) -> Value {
    let mut operation = operation(model, "import", &[408, 413, 415, 503]);
    operation["requestBody"] = json!({ "required": true, "content": { "application/x-ndjson": {} } });
    let count = json!({ "type": "integer" });
    let schema = json!({
        "type": "object",
        "properties": { "created": count, "updated": count, "unchanged": count, "failed": count, "errors": { "type": "array" } },
    });
    operation["responses"]["200"] =
        json!({ "description": "What became of the lines.", "content": { "application/json": { "schema": schema } } });
    operation
}

fn batch(limits: &Limits) -> Value {
    let operation = json!({
        "type": "object",
        "properties": {
            "op": { "type": "string", "enum": ["create", "replace", "patch", "delete"] },
            "collection": { "type": "string" },
            "id": {},
            "if_match": { "type": ["integer", "string"] },
            "data": { "type": "object" },
            "ref": { "type": "string" },
        },
        "required": ["op", "collection"],
        "additionalProperties": false,
    });
    let ops = json!({ "type": "array", "minItems": 1, "maxItems": limits.batch_operations_max, "items": operation });
    let schema = json!({
        "type": "object",
        "properties": { "atomic": { "const": true }, "ops": ops },
        "required": ["ops"],
        "additionalProperties": false,
    });
    let mut responses = problem_responses(&[404, 405, 408, 409, 412, 413, 415, 422, 503]);
    responses["200"] = json!({ "description": "All of it happened.", "content": { "application/json": {} } });
    json!({ "operationId": "batch", "requestBody": body("application/json", &schema), "responses": responses })
}
