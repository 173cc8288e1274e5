use lithair_model::Catalog;
use serde_json::{Map, Value, json};

use crate::{HttpConfig, routes};

/// `openapi.json`: the paths and their methods.
pub fn openapi_document(catalog: &Catalog, config: &HttpConfig) -> Value {
    let mut paths = Map::new();
    for (methods, path) in routes(catalog, &config.prefixes) {
        let operations: Map<String, Value> = methods
            .split(", ")
            .map(|method| (method.to_lowercase(), json!({ "responses": { "default": { "description": "" } } })))
            .collect();
        paths.insert(path, Value::Object(operations));
    }
    json!({ "openapi": "3.1.0", "info": { "title": "API", "version": "1" }, "paths": paths })
}
