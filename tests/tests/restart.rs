//! What a client held before a kill is still true after it: bodies, ETags, positions, cursors.

use std::borrow::Cow;

use acceptance::{App, Client, Folder, Response};
use serde_json::json;

const BINARY: &str = env!("CARGO_BIN_EXE_acceptance");

fn fill(client: &mut Client) {
    for number in 0..60 {
        let body = json!({"name": format!("account {number:03}"), "balance": number % 7, "document": {"n": [number, null, "x"]}});
        assert_eq!(client.send("POST", "/api/accounts", &body).expect("answers").status, 201);
    }
}

/// What does not depend on the moment of asking.
fn facts(response: &Response) -> (u16, Option<&str>, Option<&str>, Cow<'_, str>) {
    (response.status, response.header("etag"), response.header("lithair-seq"), String::from_utf8_lossy(&response.body))
}

#[test]
fn bodies_etags_positions_and_cursors_outlive_a_kill() {
    let folder = Folder::new(env!("CARGO_TARGET_TMPDIR"), "restart");
    let data = folder.join("data");
    let app = App::start(BINARY, &data).expect("starts");
    let mut client = app.client();
    fill(&mut client);
    let first = client.get("/api/accounts?limit=20&sort=-balance").expect("answers");
    let cursor = first.json()["next_cursor"].as_str().expect("a next page").to_owned();
    let id = first.json()["items"][0]["id"].as_str().expect("an id").to_owned();

    // Writes behind the page: the cursor still shows page one's moment.
    for turn in 0..5 {
        let body = json!({"balance": 100 + turn});
        assert_eq!(client.send("PATCH", &format!("/api/accounts/{id}"), &body).expect("answers").status, 200);
    }
    let paths = [
        format!("/api/accounts/{id}"),
        "/api/accounts?limit=20&sort=-balance".to_owned(),
        format!("/api/accounts?limit=20&sort=-balance&cursor={cursor}"),
        "/api/accounts?count=exact&filter=balance%3E3".to_owned(),
    ];
    let before: Vec<Response> = paths.iter().map(|path| client.get(path).expect("answers")).collect();
    app.kill();

    let app = App::start(BINARY, &data).expect("recovers");
    let mut client = app.client();
    for (path, before) in paths.iter().zip(&before) {
        let after = client.get(path).expect("answers");
        assert_eq!(before.status, 200, "{path}");
        assert_eq!(facts(&after), facts(before), "{path}");
    }
    let etag = before[0].header("etag").expect("an etag").to_owned();
    let cached = client.request("GET", &paths[0], &[("if-none-match", &etag)], b"").expect("answers");
    assert_eq!(cached.status, 304);
}

#[test]
fn a_clean_stop_answers_zero_and_loses_nothing() {
    let folder = Folder::new(env!("CARGO_TARGET_TMPDIR"), "stop");
    let data = folder.join("data");
    let app = App::start(BINARY, &data).expect("starts");
    fill(&mut app.client());
    let before = app.client().get("/api/accounts?limit=100").expect("answers");
    assert!(app.stop().success());
    let app = App::start(BINARY, &data).expect("starts again");
    let after = app.client().get("/api/accounts?limit=100").expect("answers");
    assert_eq!(facts(&after), facts(&before));
}

#[test]
fn a_second_process_on_the_directory_is_told_why() {
    let folder = Folder::new(env!("CARGO_TARGET_TMPDIR"), "two");
    let data = folder.join("data");
    let app = App::start(BINARY, &data).expect("starts");
    let told = App::start(BINARY, &data).expect_err("the directory is taken");
    assert!(told.contains("data") && told.contains(&app.process_id().to_string()), "it is told who holds it: {told}");
    assert_eq!(app.client().get("/health/ready").expect("answers").status, 200, "and the first goes on");
}

#[test]
fn a_deleted_record_stays_deleted() {
    let folder = Folder::new(env!("CARGO_TARGET_TMPDIR"), "deleted");
    let data = folder.join("data");
    let app = App::start(BINARY, &data).expect("starts");
    let mut client = app.client();
    let made = client.send("POST", "/api/accounts", &json!({"name": "gone"})).expect("answers").json();
    let path = format!("/api/accounts/{}", made["id"].as_str().expect("an id"));
    assert_eq!(client.request("DELETE", &path, &[], b"").expect("answers").status, 204);
    app.kill();
    let app = App::start(BINARY, &data).expect("recovers");
    let mut client = app.client();
    assert_eq!(client.get(&path).expect("answers").status, 404);
    assert_eq!(
        client.send("POST", "/api/accounts", &json!({"name": "gone"})).expect("answers").status,
        201,
        "the name is free"
    );
}

#[test]
fn a_sequence_never_gives_a_number_twice() {
    let folder = Folder::new(env!("CARGO_TARGET_TMPDIR"), "sequence");
    let data = folder.join("data");
    let app = App::start(BINARY, &data).expect("starts");
    let mut client = app.client();
    let account = client.send("POST", "/api/accounts", &json!({"name": "a"})).expect("answers").json()["id"].clone();
    let transfer = json!({"account_id": account, "amount": "3.50"});
    let first = client.send("POST", "/api/transfers", &transfer).expect("answers").json()["number"].as_i64();
    let last = client.send("POST", "/api/transfers", &transfer).expect("answers").json()["number"].as_i64();
    assert_eq!((first, last), (Some(1), Some(2)));
    assert_eq!(client.request("DELETE", "/api/transfers/2", &[], b"").expect("answers").status, 204);
    app.kill();
    let app = App::start(BINARY, &data).expect("recovers");
    let next = app.client().send("POST", "/api/transfers", &transfer).expect("answers").json()["number"].as_i64();
    assert_eq!(next, Some(3));
}
