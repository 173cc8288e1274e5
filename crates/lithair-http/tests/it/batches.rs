use serde_json::{Value, json};

use crate::client::{Response, Service};

fn batch(service: &Service, ops: &Value) -> Response {
    service.send(&format!("POST /api/_batch\n\n{}", json!({ "ops": ops })))
}

#[test]
fn a_batch_is_one_entry_and_may_refer_to_itself() {
    let service = Service::start();
    service.create("tags", r#"{"name":"old"}"#);
    let response = batch(
        &service,
        &json!([
            { "op": "create", "collection": "products", "ref": "p", "data": { "name": "Lamp" } },
            { "op": "create", "collection": "tags", "ref": "t", "data": { "name": "new" } },
            { "op": "create", "collection": "product-tags", "data": { "product_id": "$p.id", "tag_name": "$t.name" } },
            { "op": "patch", "collection": "products", "id": "$p", "data": { "stock": 5 } },
            { "op": "replace", "collection": "tags", "id": "old", "if_match": 1, "data": { "label": "Old" } },
            { "op": "delete", "collection": "tags", "id": "old", "if_match": "\"1\", \"2\"" },
        ]),
    );
    assert_eq!(response.status, 200, "{}", response.text());
    assert_eq!((response.header("lithair-seq"), &response.json()["as_of"]), ("2", &json!(2)));
    let results = response.json()["results"].clone();
    let statuses: Vec<_> = results.as_array().expect("results").iter().map(|result| result["status"].clone()).collect();
    assert_eq!(statuses, [201, 201, 201, 200, 200, 204]);
    let id = results[0]["data"]["id"].as_str().expect("an id");
    assert_eq!(results[0]["location"], format!("/api/products/{id}"));
    assert_eq!(service.send(&format!("GET /api/product-tags/{id},new")).status, 200);
    assert_eq!(service.send(&format!("GET /api/products/{id}")).json()["stock"], 5);
}

#[test]
fn a_batch_that_fails_did_nothing_and_names_the_operation() {
    let service = Service::start();
    service.create("tags", r#"{"name":"a"}"#);
    let good = json!({ "op": "create", "collection": "tags", "data": { "name": "z" } });
    let check = |bad: Value, verdict: &str, pointer: Option<&str>| {
        let response = batch(&service, &json!([good, bad]));
        assert_eq!(response.verdict(), verdict, "{bad} {}", response.text());
        assert_eq!(response.json()["index"], 1, "{bad}");
        assert_eq!(response.json()["errors"][0]["pointer"].as_str(), pointer, "{bad}");
        assert_eq!(service.send("GET /api/tags/z").status, 404, "{bad}");
    };
    check(json!({ "op": "create", "collection": "tags", "data": { "name": "a" } }), "409 key-taken", None);
    check(
        json!({ "op": "create", "collection": "tags", "data": { "nmae": "a" } }),
        "422 validation-failed",
        Some("/ops/1/data/nmae"),
    );
    let told = batch(&service, &json!([good, { "op": "create", "collection": "tags", "data": { "name": 5 } }])).json();
    let detail = told["detail"].as_str().expect("a text");
    assert!(detail.starts_with("/ops/1/data/name: "), "the words and the pointer agree: {detail}");
    check(json!({ "op": "patch", "collection": "tags", "id": "b", "data": {} }), "404 record-not-found", None);
    check(json!({ "op": "delete", "collection": "tags", "id": "a", "if_match": 2 }), "412 precondition-failed", None);
    check(json!({ "op": "create", "collection": "tgas", "data": {} }), "404 no-such-path", None);
    check(json!({ "op": "delete", "collection": "facts", "id": 1 }), "405 method-not-allowed", None);
    check(json!({ "op": "delete", "collection": "tags" }), "400 malformed-json", None);
    check(json!({ "op": "create", "collection": "tags" }), "400 malformed-json", None);
    check(json!({ "op": "create", "collection": "tags", "id": "b", "data": {} }), "400 malformed-json", None);
    check(json!({ "op": "delete", "collection": "tags", "id": "a", "data": {} }), "400 malformed-json", None);
    check(json!({ "op": "delete", "collection": "tags", "id": "a", "ref": "x" }), "400 malformed-json", None);
    check(json!({ "op": "delete", "collection": "tags", "id": "a", "if_match": "x" }), "400 malformed-json", None);
    check(
        json!({ "op": "create", "collection": "tags", "ref": "$", "data": { "name": "b" } }),
        "400 malformed-json",
        None,
    );
    check(json!({ "op": "delete", "collection": "products", "id": "no-uuid" }), "404 record-not-found", None);
}

#[test]
fn the_envelope_is_strict() {
    let service = Service::start();
    let many: Vec<Value> = (0..1_001)
        .map(|n| json!({ "op": "create", "collection": "tags", "data": { "name": n.to_string() } }))
        .collect();
    assert_eq!(batch(&service, &json!(many)).verdict(), "400 malformed-json");
    assert_eq!(batch(&service, &json!(many[..1_000])).status, 200);
    service.check([
        ("POST /api/_batch\n\n{}", "400 malformed-json"),
        ("POST /api/_batch\n\n{\"ops\":[]}", "400 malformed-json"),
        ("POST /api/_batch\n\n{\"ops\":{}}", "400 malformed-json"),
        ("POST /api/_batch\n\n{\"ops\":[],\"ops\":[]}", "400 malformed-json"),
        ("POST /api/_batch\n\n{\"ops\":[],\"extra\":1}", "400 malformed-json"),
        ("POST /api/_batch\n\n{\"ops\":[{\"op\":\"upsert\",\"collection\":\"tags\"}]}", "400 malformed-json"),
        ("POST /api/_batch\n\n[]", "400 malformed-json"),
        // What serde takes for an object, too.
        ("POST /api/_batch\n\n[true,[{\"op\":\"delete\",\"collection\":\"tags\",\"id\":\"1\"}]]", "400 malformed-json"),
        ("POST /api/_batch\n\n{\"ops\":[[\"delete\",\"tags\",\"1\",null,null,null]]}", "400 malformed-json"),
    ]);
}

#[test]
fn an_operation_that_cannot_be_read_is_named() {
    let service = Service::start();
    let good = json!({ "op": "create", "collection": "tags", "data": { "name": "a" } });
    let check = |operation: Value, detail: &str| {
        let response = batch(&service, &json!([good, operation]));
        assert_eq!(response.verdict(), "400 malformed-json");
        assert_eq!(response.json()["index"], 1, "{}", response.text());
        let told = response.json()["detail"].as_str().expect("a text").to_owned();
        assert!(told.contains(detail) && !told.contains("enum") && !told.contains("struct"), "{told}");
    };
    check(json!({ "op": "upsert", "collection": "tags" }), "unknown variant `upsert`");
    check(json!({ "op": "delete", "collection": "tags", "id": {} }), "`id` is a text");
    check(json!({ "op": "delete", "collection": "tags", "id": "a", "if_match": -1 }), "`if_match` is a revision");
    check(json!({ "op": "delete", "collection": "tags", "key": "a" }), "unknown field `key`");
    check(json!(5), "expected an operation");
}

/// A model's limit held for a record alone and not for the same record in a batch.
#[test]
fn a_record_of_a_batch_is_no_larger_than_alone() {
    let service = Service::start();
    let data = json!({ "name": "a", "label": "x".repeat(64 * 1024) });
    let response = batch(&service, &json!([{ "op": "create", "collection": "tags", "data": data }]));
    assert_eq!((response.verdict().as_str(), &response.json()["index"]), ("413 body-too-large", &json!(0)));
}

#[test]
fn keys_in_a_batch_are_values_and_not_parts_of_paths() {
    let service = Service::start();
    let product = service.create("products", r#"{"name":"Lamp"}"#);
    let id = product.rsplit('/').next().expect("an id");
    service.create("tags", r#"{"name":"50%,a/b"}"#);
    service.create("facts", r#"{"text":"a"}"#);
    service.create("product-tags", &format!(r#"{{"product_id":"{id}","tag_name":"50%,a/b"}}"#));
    let response = batch(
        &service,
        &json!([
            { "op": "patch", "collection": "product-tags", "id": [id, "50%,a/b"], "data": { "weight": 1 } },
            { "op": "patch", "collection": "tags", "id": "50%,a/b", "data": { "label": "L" } },
        ]),
    );
    assert_eq!(response.status, 200, "{}", response.text());
    let wrong = batch(&service, &json!([{ "op": "delete", "collection": "product-tags", "id": [id] }]));
    assert_eq!(wrong.verdict(), "404 record-not-found");
}

#[test]
fn a_text_that_refers_to_nothing_is_a_text() {
    let service = Service::start();
    let response =
        batch(&service, &json!([{ "op": "create", "collection": "tags", "data": { "name": "$x.id", "label": "$5" } }]));
    assert_eq!(response.json()["results"][0]["data"]["name"], "$x.id", "{}", response.text());
}

/// A reference to a hidden or write-only field copied its value to where it could be read.
#[test]
fn a_reference_reads_no_field_that_answers_do_not_show() {
    let service = Service::start();
    let product = json!({ "name": "Lamp", "password": "open sesame", "origin": "here" });
    let label = |field: &str| {
        let label = format!("$a.{field}");
        let tag = json!({ "name": field, "label": label });
        let response = batch(
            &service,
            &json!([
                { "op": "create", "collection": "products", "data": product, "ref": "a" },
                { "op": "create", "collection": "tags", "data": tag },
                { "op": "delete", "collection": "products", "id": "$a" },
            ]),
        );
        let told = response.json();
        match response.status {
            200 => told["results"][1]["data"]["label"].clone(),
            _ => json!(told["errors"][0]["detail"].to_string().replace(field, "..")),
        }
    };
    assert_eq!(label("origin"), "here");
    let none = label("no_field");
    assert!(none.as_str().is_some_and(|none| none.contains("`$a...`: the record has no field `..`")), "{none}");
    assert_eq!(label("password"), none, "the same as for a field that there is not");
    assert_eq!(label("secret"), none);
}

#[test]
fn a_record_that_an_earlier_operation_made_is_named_by_its_key() {
    let service = Service::start();
    let batch = |id: &str| {
        let product = json!({ "name": "Lamp" });
        let made = json!({ "op": "create", "collection": "products", "data": product, "ref": "a" });
        batch(&service, &json!([made, { "op": "delete", "collection": "products", "id": id }])).status
    };
    assert_eq!((batch("$a"), batch("$a.id"), batch("$a.name"), batch("$a.nope")), (200, 200, 400, 400));
}
