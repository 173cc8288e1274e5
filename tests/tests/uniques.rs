//! Unique values that take no notice of case, among some of the records.

use acceptance::{App, Client, Folder};
use lithair_core::prelude::*;
use lithair_core::testing::TestServer;
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
    assert_eq!(post(client, json!({"team": 1, "name": "Ada Lovelace", "mark": "A"})).0, 201);
    let (status, problem) = post(client, json!({"team": 1, "name": "ada lovelace", "mark": "a", "house": "none"}));
    let errors = problem["errors"].as_array().expect("errors").iter();
    let told: Vec<String> = errors.map(|error| format!("{} {}", error["pointer"], error["code"])).collect();
    let expected = ["\"/mark\" \"unique\"", "\"/team\" \"unique\"", "\"/name\" \"unique\"", "\"/house\" \"reference\""];
    assert_eq!((status, told), (409, expected.map(str::to_owned).to_vec()));
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
#[db(unique(place, slot))]
struct Desk {
    #[db(primary_key, auto = sequence)]
    id: i64,
    #[db(default = "hall")]
    #[http(hidden)]
    place: String,
    #[db(default = 1)]
    #[http(hidden)]
    slot: i64,
    #[db(unique)]
    name: Option<String>,
}

/// The sentence ended where the names of the fields would stand.
#[test]
fn of_what_callers_may_not_know_only_that_it_is_taken_is_told() {
    let server = TestServer::start(DeclarativeServer::new("127.0.0.1:0").model::<Desk>());
    let post = |body: Value| server.send("POST", "/api/desks", &body).json().expect("is JSON");
    assert_eq!(post(json!({"name": "a"}))["id"], 1);
    let hidden = post(json!({"name": "b"}));
    assert_eq!((&hidden["code"], &hidden["errors"]), (&json!("unique-violation"), &Value::Null));
    assert_eq!(hidden["detail"], "another record has the same values");
    assert_eq!(post(json!({"name": "a"}))["detail"], "another record has the same name");
}
