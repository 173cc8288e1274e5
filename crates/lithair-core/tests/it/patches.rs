//! What a merge patch (RFC 7396) leaves of a record.

use std::sync::Arc;

use lithair_core::Engine;
use lithair_core::model::{Backend as _, OperationResult, Value as Field};
use lithair_core::prelude::*;
use lithair_core::store::MemoryMedia;
use serde_json::json;

use crate::engine::{create, options, patch, submit};

#[derive(DeclarativeModel)]
#[permission(all = public)]
pub(crate) struct Page {
    #[db(primary_key)]
    pub(crate) id: i64,
    pub(crate) data: Option<Json>,
    pub(crate) title: Option<String>,
}

/// A patch of one member took the others of the object away.
#[test]
fn a_patch_reaches_into_a_json_value() {
    let media = Arc::new(MemoryMedia::default());
    let engine = Engine::open(media, vec![Page::SCHEMA], options(), Box::new(|_| {})).expect("starts");
    let page = json!({ "id": 1, "data": { "a": { "b": 1, "c": 2 }, "d": [3] }, "title": "t" });
    submit(&engine, vec![create(&engine, 0, &page)]).expect("is created");
    let check = |change: serde_json::Value, data: Field| {
        let results = submit(&engine, vec![patch(&engine, 0, "1", &change)]).expect("is patched");
        let OperationResult::Updated(row) = &results[0] else { panic!("{change} changes nothing") };
        let values = engine.catalog().models[0].decode_row(&row.bytes).expect("rows are ours");
        assert_eq!(values[1..], [data, Field::Text("t".to_owned())], "{change}");
    };
    let json = |text: &str| Field::Json(Json::parse(text).expect("is JSON"));
    check(json!({ "data": { "a": { "b": null, "e": 4 } } }), json(r#"{"a":{"c":2,"e":4},"d":[3]}"#));
    check(json!({ "data": { "d": [] } }), json(r#"{"a":{"c":2,"e":4},"d":[]}"#));
    check(json!({ "data": "x" }), json(r#""x""#));
    check(json!({ "data": null }), Field::Null);
    check(json!({ "data": { "a": null, "b": 1 } }), json(r#"{"b":1}"#));
}
