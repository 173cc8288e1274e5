//! Unique values that take no notice of case, among some of the records.

use acceptance::{App, Client, Folder};
use serde_json::{Value, json};

const BINARY: &str = env!("CARGO_BIN_EXE_acceptance");

fn post(client: &mut Client, body: Value) -> (u16, Value) {
    let answer = client.send("POST", "/api/nicknames", &body).expect("answers");
    (answer.status, answer.json())
}

#[test]
fn case_is_folded_as_unicode_says_within_the_condition() {
    let folder = Folder::new(env!("CARGO_TARGET_TMPDIR"), "uniques-folded");
    let app = App::start(BINARY, &folder.join("data")).expect("starts");
    let client = &mut app.client();
    assert_eq!(post(client, json!({"team": 1, "name": "Straße"})).0, 201);
    let (status, problem) = post(client, json!({"team": 1, "name": "STRASSE"}));
    assert_eq!((status, &problem["code"]), (409, &json!("unique-violation")));
    let pointers: Vec<_> =
        problem["errors"].as_array().expect("errors").iter().map(|error| &error["pointer"]).collect();
    assert_eq!(pointers, ["/team", "/name"]);
    assert_eq!(post(client, json!({"team": 2, "name": "STRASSE"})).0, 201, "another team");
    assert_eq!(
        post(client, json!({"team": 1, "name": "strasse", "left": true})).0,
        201,
        "not among those of the condition"
    );
    let back = client.send("PATCH", "/api/nicknames/4", &json!({"left": false})).expect("answers");
    assert_eq!(back.status, 409, "coming back claims the name");
    assert_eq!(client.send("PATCH", "/api/nicknames/1", &json!({"left": true})).expect("answers").status, 200);
    assert_eq!(client.send("PATCH", "/api/nicknames/4", &json!({"left": false})).expect("answers").status, 200);
    assert_eq!(post(client, json!({"team": 3, "name": "Zoe\u{308}lle", "mark": "ΌΣΟΣ"})).0, 201);
    assert_eq!(post(client, json!({"team": 3, "name": "ZOËLLE"})).0, 409, "composed or not");
    assert_eq!(post(client, json!({"team": 4, "name": "other", "mark": "όσος"})).0, 409);
}

#[test]
fn what_is_taken_and_what_is_missing_is_told_at_once() {
    let folder = Folder::new(env!("CARGO_TARGET_TMPDIR"), "uniques-both");
    let app = App::start(BINARY, &folder.join("data")).expect("starts");
    let client = &mut app.client();
    let mut send =
        |collection: &str, body: Value| client.send("POST", &format!("/api/{collection}"), &body).expect("answers");
    assert_eq!(send("houses", json!({"code": "a"})).status, 201);
    assert_eq!(send("orders", json!({"house": "a", "number": 1})).status, 201);
    assert_eq!(send("invoices", json!({"house": "a", "order_number": 1})).status, 201);
    assert_eq!(send("authors", json!({"name": "Ada"})).status, 201);
    assert_eq!(send("profiles", json!({"author_id": 1, "city": "Bern"})).status, 201);
    let batch = json!({"ops": [
        {"op": "delete", "collection": "authors", "id": 1},
        {"op": "create", "collection": "profiles", "data": {"author_id": 7, "city": "Bern"}},
        {"op": "create", "collection": "profiles", "data": {"author_id": 7, "city": "Thun"}},
    ]});
    let answer = send("_batch", batch);
    let problem = answer.json();
    let told: Vec<_> = problem["errors"].as_array().expect("errors").iter().map(|error| &error["code"]).collect();
    assert_eq!((answer.status, told), (409, vec![&json!("unique"), &json!("reference")]), "{problem}");
}
