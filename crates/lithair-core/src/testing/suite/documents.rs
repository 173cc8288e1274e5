//! `schema.json` and OpenAPI: what is declared is said.

use lithair_model::{Exposure, OperationKind, schema_document};

use super::{Suite, ensure, json};

pub(super) fn test(suite: &mut Suite, model: usize) -> Result<(), String> {
    let (name, expected) = (suite.schema(model).name, schema_document(suite.factory.catalog()));
    // Of the program as it is, with its networks and limits.
    let answer = suite.guarded()?.try_get("/_lithair/schema.json")?;
    let found = json(&answer);
    let of = |document: &serde_json::Value| {
        let models = document["models"].as_array().into_iter().flatten();
        models.into_iter().find(|model| model["name"] == name).cloned()
    };
    ensure(of(&expected).is_some() && of(&expected) == of(&found), || {
        format!("schema.json says {:?}, and the model is {:?}", of(&found), of(&expected))
    })?;
    let openapi = suite.openapi()?;
    let paths = &openapi["paths"];
    let collection = suite.collection(model);
    for (operation, method, path) in
        [(OperationKind::List, "get", collection.clone()), (OperationKind::Create, "post", collection.clone())]
    {
        let is_said = !paths[&path][method].is_null();
        let is_offered = suite.offers(model, &[operation]);
        let also = method == "get" && suite.offers(model, &[OperationKind::Export]);
        ensure(is_said == (is_offered || also), || format!("OpenAPI: {method} {path}: {is_said}"))?;
    }
    let shown = &openapi["components"]["schemas"][name]["properties"];
    for field in suite.schema(model).fields {
        let is_shown = matches!(field.exposure, Exposure::Open | Exposure::ReadOnly);
        ensure(shown[field.wire].is_null() != is_shown, || format!("OpenAPI: {name}.{}", field.wire))?;
    }
    Ok(())
}
