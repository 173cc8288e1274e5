//! What one model generates, as data: the routes, the table, the rules, the permissions.
//!
//! All of it is read from the schema that the server itself reads; nothing is kept twice.

#[cfg(test)]
mod tests;

use serde_json::{Map, Value as Document, json};

use crate::document::{model_document, operation_word};
use crate::{Exposure, LinkKind, ModelSchema, OperationKind};

/// A method and a path that the server answers for a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The method: `GET`.
    pub method: &'static str,
    /// The path below the API's prefix, with `{key}` for the record's key: `/articles/{key}`.
    pub path: String,
    /// The operation that has to be offered for it; below a record, by the model that the relation leads to.
    pub operation: OperationKind,
}

/// Every route there is, by operation: the method and what follows the path of the collection.
const ROUTES: [(OperationKind, &str, &str); 12] = [
    (OperationKind::List, "GET", ""),
    (OperationKind::List, "QUERY", ""),
    (OperationKind::List, "POST", ":query"),
    (OperationKind::Export, "GET", ""),
    (OperationKind::Create, "POST", ""),
    (OperationKind::Bulk, "POST", ":import"),
    (OperationKind::Get, "GET", "/{key}"),
    (OperationKind::Update, "PUT", "/{key}"),
    (OperationKind::Update, "PATCH", "/{key}"),
    (OperationKind::Delete, "DELETE", "/{key}"),
    (OperationKind::History, "GET", "/{key}/history"),
    (OperationKind::History, "POST", RESTORE),
];

/// To an earlier revision, which is a change, or from the trash.
const RESTORE: &str = "/{key}:restore";

/// The routes that a model offers. `HEAD` goes with every `GET`, `OPTIONS` with every path.
pub fn routes(schema: &ModelSchema) -> Vec<Route> {
    let offers = |operation: &OperationKind| schema.operations.contains(operation);
    let restores = offers(&OperationKind::History) && offers(&OperationKind::Update)
        || schema.lifecycle.soft_delete.is_some() && offers(&OperationKind::Delete);
    let is_offered = |operation: &OperationKind, rest: &str| if rest == RESTORE { restores } else { offers(operation) };
    let offered = ROUTES.iter().filter(|(operation, _, rest)| is_offered(operation, rest));
    let route = |&(operation, method, rest): &(OperationKind, &'static str, &str)| Route {
        method,
        path: format!("/{}{rest}", schema.path),
        operation,
    };
    offered.map(route).chain(related(schema)).collect()
}

/// The routes below a record: one for each relation to records that may be read. Of many, that they are listed; of one, that
/// it is read.
fn related(schema: &ModelSchema) -> Vec<Route> {
    if !schema.operations.contains(&OperationKind::Get) {
        return Vec::new();
    }
    let is_shown = |field: &usize| matches!(schema.fields[*field].exposure, Exposure::Open | Exposure::ReadOnly);
    let references = schema.relations.iter().filter(|relation| relation.fields.iter().all(is_shown));
    let references = references.map(|relation| (relation.name, relation.target, OperationKind::Get));
    let links = schema.links.iter().map(|link| match link.kind {
        LinkKind::HasOne { .. } => (link.wire, link.target, OperationKind::Get),
        LinkKind::HasMany { .. } | LinkKind::ManyToMany { .. } => (link.wire, link.target, OperationKind::List),
    });
    let offered = references.chain(links).filter(|(_, target, operation)| target().operations.contains(operation));
    let path = |name: &str| format!("/{}/{{key}}/{name}", schema.path);
    offered.map(|(name, _, operation)| Route { method: "GET", path: path(name), operation }).collect()
}

/// The API: its routes and limits.
pub(crate) fn api(schema: &ModelSchema) -> Document {
    let route = |route: Route| json!({ "method": route.method, "path": route.path, "operation": operation_word(&route.operation) });
    json!({
        "routes": routes(schema).into_iter().map(route).collect::<Vec<_>>(),
        "page": { "default": schema.page.default, "max": schema.page.max },
        "body_bytes_max": schema.body_bytes_max,
    })
}

/// What of a field is about the values it takes.
const ABOUT_VALUES: [&str; 11] = [
    "type",
    "optional",
    "decimal",
    "default",
    "auto",
    "computed",
    "normalize",
    "rules",
    "immutable",
    "write_once",
    "monotonic",
];

/// The rules: of each field by its name in JSON, and of whole records.
pub(crate) fn validation(schema: &ModelSchema) -> Document {
    let document = model_document(schema);
    let fields = document["fields"].as_array().into_iter().flatten().zip(schema.fields);
    let fields: Map<String, Document> =
        fields.map(|(document, field)| (field.wire.to_owned(), members(document, &ABOUT_VALUES))).collect();
    let mut out = json!({ "fields": fields });
    for part in ["checks", "uniques", "relations"] {
        if let Some(parts) = document.get(part) {
            out[part] = parts.clone();
        }
    }
    out
}

/// Who may do what.
pub(crate) fn permissions(schema: &ModelSchema) -> Document {
    model_document(schema)["permission"].clone()
}

/// These members of an object, as far as it has them.
fn members(object: &Document, names: &[&str]) -> Document {
    names.iter().filter_map(|&name| Some((name.to_owned(), object.get(name)?.clone()))).collect::<Map<_, _>>().into()
}
