use lithair_model::{RefusalReason, Unavailable};
use serde_json::json;

use crate::client::Service;

#[test]
fn a_record_is_created_read_changed_and_deleted() {
    let service = Service::start();
    let created = service.send("POST /api/products\n\n{\"name\":\"Lamp\",\"price\":\"9.50\",\"extra\":{\"a\":[1, 2]}}");
    assert_eq!(created.status, 201);
    let path = created.header("location").to_owned();
    assert_eq!(created.header("etag"), "\"1\"");
    assert_eq!(created.header("lithair-seq"), "1");
    let mut record = created.json();
    let id = record["id"].take();
    assert_eq!(path, format!("/api/products/{}", id.as_str().expect("an id")));
    assert_eq!(
        record,
        json!({ "id": null, "name": "Lamp", "price": "9.50", "stock": 0, "status": "draft", "blurb": null,
            "extra": { "a": [1, 2] }, "seen_at": null, "origin": null, "_rev": 1 })
    );

    let read = service.send(&format!("GET {path}"));
    assert_eq!((read.status, read.header("etag"), &read.body), (200, "\"1\"", &created.body));

    let patched = service.send(&format!("PATCH {path}\n\n{{\"stock\":3}}"));
    assert_eq!((patched.status, patched.header("etag"), patched.header("lithair-seq")), (200, "\"2\"", "2"));
    assert_eq!(patched.json()["stock"], 3);
    assert_eq!(patched.json()["name"], "Lamp");

    let replaced = service.send(&format!("PUT {path}\n\n{{\"name\":\"Light\"}}"));
    assert_eq!((replaced.status, replaced.header("etag")), (200, "\"3\""));
    assert_eq!(
        (&replaced.json()["stock"], &replaced.json()["price"]),
        (&json!(0), &json!(null)),
        "left out: its default"
    );

    let same = service.send(&format!("PATCH {path}\n\n{{}}"));
    assert_eq!((same.status, same.header("etag"), same.header("lithair-seq")), (200, "\"3\"", "3"), "nothing changed");

    let deleted = service.send(&format!("DELETE {path}"));
    assert_eq!((deleted.status, deleted.body.len()), (204, 0));
    let requests = [format!("GET {path}"), format!("DELETE {path}"), format!("PATCH {path}\n\n{{}}")];
    for request in requests {
        assert_eq!(service.send(&request).verdict(), "404 record-not-found", "{request}");
    }
}

#[test]
fn a_head_is_a_get_without_its_body() {
    let service = Service::start();
    let path = service.create("products", r#"{"name":"Lamp"}"#);
    for path in [path.as_str(), "/api/products", "/health/live", "/_lithair/schema.json", "/api/products/7", "/metrics"]
    {
        let mut client = service.client();
        let (get, head) = (client.send(&format!("GET {path}")), client.send(&format!("HEAD {path}")));
        assert_eq!(head.status, get.status, "{path}");
        assert!(head.body.is_empty(), "{path}");
        for name in ["content-type", "etag", "lithair-seq"] {
            assert_eq!(head.header(name), get.header(name), "{path} {name}");
        }
        // The metrics have changed in between.
        if path != "/metrics" && get.status == 200 {
            assert_eq!(head.header("content-length"), get.header("content-length"), "{path}");
        }
    }
}

#[test]
fn conditions_hold_or_stop_the_request() {
    let service = Service::start();
    let path = service.create("products", r#"{"name":"Lamp"}"#);
    service.send(&format!("PATCH {path}\n\n{{\"stock\":1}}"));
    let check = |method: &str, header: &str, verdict: &str| {
        let body = if matches!(method, "PATCH" | "PUT") { "\n\n{\"name\":\"Lamp\",\"stock\":1}" } else { "" };
        let request = format!("{method} {path}\n{header}{body}");
        let response = service.send(&request);
        assert_eq!(response.verdict(), verdict, "{request}");
        if response.status == 412 {
            assert_eq!(response.header("etag"), "\"2\"");
            assert_eq!(response.json()["revision"], 2);
        }
    };
    for method in ["GET", "HEAD"] {
        check(method, "if-none-match: \"1\"", "200");
        check(method, "if-none-match: \"2\"", "304");
        check(method, "if-none-match: W/\"2\"", "304");
        check(method, "if-none-match: \"1\", \"2\"", "304");
        check(method, "if-none-match: *", "304");
        check(method, "if-match: \"2\"", "200");
        check(method, "if-match: *", "200");
    }
    check("GET", "if-match: \"1\"", "412 precondition-failed");
    check("GET", "if-match: W/\"2\"", "412 precondition-failed");
    check("GET", "if-none-match: 2", "400 invalid-header");
    check("GET", "if-none-match: *, \"2\"", "400 invalid-header");
    for method in ["PATCH", "PUT"] {
        check(method, "if-match: \"1\"", "412 precondition-failed");
        check(method, "if-match: W/\"2\"", "412 precondition-failed");
        check(method, "if-match: \"02\"", "412 precondition-failed");
        check(method, "if-match: \"nothing\"", "412 precondition-failed");
        check(method, "if-match: two", "400 invalid-header");
        check(method, "if-match: \"2\"\nif-none-match: *", "400 invalid-header");
        check(method, "if-match: \"1\",\"2\"", "200");
        check(method, "if-match: \"1\"\nif-match: \"2\"", "200");
        check(method, "if-match: *", "200");
    }
    check("DELETE", "if-match: \"7\"", "412 precondition-failed");
    check("DELETE", "if-match: \"2\"", "204");
    let gone = service.send(&format!("DELETE {path}\nif-match: *"));
    assert_eq!((gone.verdict().as_str(), gone.header("etag")), ("412 precondition-failed", ""));
    service.check([
        ("POST /api/tags\nif-match: *\n\n{\"name\":\"a\"}", "400 invalid-header"),
        ("POST /api/tags\nif-none-match: *\n\n{\"name\":\"a\"}", "400 invalid-header"),
    ]);
}

#[test]
fn a_not_modified_answer_has_the_tag_and_no_body() {
    let service = Service::start();
    let path = service.create("tags", r#"{"name":"a"}"#);
    let response = service.send(&format!("GET {path}\nif-none-match: \"1\""));
    assert_eq!((response.status, response.header("etag"), response.header("content-type")), (304, "\"1\"", ""));
}

#[test]
fn put_creates_only_where_callers_give_the_key() {
    let service = Service::start();
    let product = service.create("products", r#"{"name":"Lamp"}"#);
    let created = service.send("PUT /api/tags/red\nif-none-match: *\n\n{\"label\":\"Red\"}");
    assert_eq!((created.status, created.header("location")), (201, "/api/tags/red"));
    assert_eq!(created.json(), json!({ "name": "red", "label": "Red", "_rev": 1 }));
    service.check([
        ("PUT /api/tags/red\nif-none-match: *\n\n{\"label\":\"Red\"}", "412 precondition-failed"),
        ("PUT /api/tags/blue\n\n{\"label\":\"Blue\"}", "404 record-not-found"),
        ("PUT /api/tags/blue\nif-match: *\n\n{\"label\":\"Blue\"}", "412 precondition-failed"),
        ("PUT /api/tags/blue\nif-none-match: *\n\n{\"name\":\"green\"}", "422 validation-failed"),
        ("PUT /api/tags/blue\nif-none-match: *\n\n{\"name\":\"blue\"}", "201"),
        ("POST /api/tags\n\n{\"name\":\"blue\"}", "409 key-taken"),
        (&format!("PUT {product}\nif-none-match: *\n\n{{\"name\":\"x\"}}"), "422 server-assigned-key"),
    ]);
}

#[test]
fn a_conflict_names_fields_and_never_values() {
    let service = Service::start();
    let path = service.create("products", r#"{"name":"canary-4711"}"#);
    let id = path.rsplit('/').next().expect("a path has a last part").to_owned();
    let taken = service.send("POST /api/products\n\n{\"name\":\"canary-4711\"}");
    assert_eq!(taken.verdict(), "409 unique-violation");
    assert_eq!(taken.json()["errors"][0]["pointer"], "/name");
    assert!(!taken.text().contains("canary") && !taken.text().contains(&id), "{}", taken.text());

    service.create("tags", r#"{"name":"red"}"#);
    service.create("product-tags", &format!(r#"{{"product_id":"{id}","tag_name":"red"}}"#));
    let kept = service.send("DELETE /api/tags/red");
    assert_eq!(kept.verdict(), "409 reference-violation");
    assert!(kept.json()["detail"].as_str().is_some_and(|detail| detail.contains("product-tags")));
    let missing = service.send(&format!("POST /api/product-tags\n\n{{\"product_id\":\"{id}\",\"tag_name\":\"blue\"}}"));
    assert_eq!(missing.verdict(), "409 reference-violation");
    assert_eq!(missing.json()["errors"][0]["pointer"], "/tag_name");
    assert!(!missing.text().contains("blue"));
}

#[test]
fn every_mistake_of_a_body_is_named_at_once() {
    let service = Service::start();
    let response = service.send(
        "POST /api/products\n\n{\"titel\":1,\"stock\":-1,\"id\":\"x\",\"secret\":\"s\",\"seen_at\":null,\"name\":7}",
    );
    assert_eq!(response.verdict(), "422 validation-failed");
    let errors = response.json()["errors"].clone();
    let mut pointers: Vec<_> =
        errors.as_array().expect("errors").iter().map(|error| error["pointer"].clone()).collect();
    pointers.sort_by_key(ToString::to_string);
    assert_eq!(pointers, ["/id", "/name", "/secret", "/seen_at", "/stock", "/titel"]);
}

#[test]
fn an_answer_may_be_minimal() {
    let service = Service::start();
    let created = service.send("POST /api/tags\nprefer: return=minimal\n\n{\"name\":\"a\"}");
    assert_eq!((created.status, created.header("location"), created.body.len()), (201, "/api/tags/a", 0));
    assert_eq!(created.header("preference-applied"), "return=minimal");
    let patched = service.send("PATCH /api/tags/a\nprefer: respond-async, return=minimal\n\n{\"label\":\"A\"}");
    assert_eq!((patched.status, patched.header("etag"), patched.body.len()), (204, "\"2\"", 0));
    assert_eq!(service.send("PATCH /api/tags/a\nprefer: return=representation\n\n{}").status, 200);
}

#[test]
fn what_the_store_refuses_has_its_own_answer() {
    let service = Service::start();
    for (reason, verdict) in [
        (RefusalReason::Contended, "409 contended"),
        (RefusalReason::TooLarge { bytes: 9, limit: 8 }, "413 entry-too-large"),
        (RefusalReason::Unavailable(Unavailable::Overloaded), "503 overloaded"),
        (RefusalReason::Unavailable(Unavailable::DiskFull), "503 disk-full"),
        (RefusalReason::Unavailable(Unavailable::Poisoned), "503 storage-failed"),
        (RefusalReason::Unavailable(Unavailable::Stopping), "503 stopping"),
        (RefusalReason::Unavailable(Unavailable::Unknown), "503 outcome-unknown"),
    ] {
        *service.backend.refuses.lock().expect("no one panicked") = Some(reason);
        let response = service.send("POST /api/tags\n\n{\"name\":\"a\"}");
        assert_eq!(response.verdict(), verdict);
        assert_eq!(response.header("retry-after").is_empty(), response.status != 503, "{verdict}");
    }
}

#[test]
fn one_record_shows_the_fields_that_are_asked_for() {
    let service = Service::start();
    let path = service.create("products", r#"{"name":"Lamp","password":"p"}"#);
    let read = service.send(&format!("GET {path}?fields=stock,name"));
    assert_eq!(read.text(), r#"{"name":"Lamp","stock":0,"_rev":1}"#);
    let refused = |field: &str| service.send(&format!("GET {path}?fields={field}"));
    for hidden in ["secret", "password", "nothing", ""] {
        assert_eq!(refused(hidden).verdict(), "400 invalid-parameter", "{hidden}");
    }
    let detail = |field: &str| refused(field).json()["detail"].as_str().expect("a detail").replace(field, "x");
    assert_eq!(detail("secret"), detail("nothing"), "what is hidden is as unknown as what is not there");
}

/// `PUT` with `If-None-Match: *` created records of a model that offers only changing them.
#[test]
fn a_replace_creates_only_where_creating_is_offered() {
    let service = Service::start();
    let refused = service.send("PUT /api/limits/a\nif-none-match: *\n\n{\"most\":1}");
    assert_eq!(refused.verdict(), "405 method-not-allowed");
    assert_eq!(refused.header("allow"), "GET, HEAD, PUT, PATCH, OPTIONS");
    let imported = service.send("POST /api/limits:import\ncontent-type: application/x-ndjson\n\n{\"name\":\"a\"}");
    assert_eq!(imported.json()["created"], 1);
    assert_eq!(service.send("PUT /api/limits/a\n\n{\"most\":1}").status, 200);
}

#[test]
fn all_references_that_are_missing_are_told() {
    let service = Service::start();
    let id = "01890a5d-ac96-774b-bcce-b302099a8057";
    let response = service.send(&format!("POST /api/product-tags\n\n{{\"product_id\":\"{id}\",\"tag_name\":\"a\"}}"));
    assert_eq!(response.verdict(), "409 reference-violation");
    let pointers: Vec<_> =
        response.json()["errors"].as_array().expect("errors").iter().map(|error| error["pointer"].clone()).collect();
    assert_eq!(pointers, ["/product_id", "/tag_name"]);
    assert!(!response.text().contains(id), "{}", response.text());
}

#[test]
fn a_key_that_is_not_the_one_in_the_path_is_pointed_to() {
    let service = Service::start();
    let response = service.send("PUT /api/tags/a\nif-none-match: *\n\n{\"name\":\"b\"}");
    assert_eq!(response.verdict(), "422 validation-failed");
    assert_eq!(response.json()["errors"][0]["pointer"], "/name");
    assert_eq!(service.send("PUT /api/tags/a\nif-none-match: *\n\n{\"name\":\"a\"}").status, 201);
}
