//! When and how records change: every way in is held to it.

use acceptance::{App, Client, Folder, Response};
use lithair_core::prelude::*;
use lithair_core::testing::TestServer;
use serde_json::{Value, json};

const BINARY: &str = env!("CARGO_BIN_EXE_acceptance");
const CONTRACT: &str = "/api/contracts/1";

fn start(name: &str) -> (Folder, App) {
    let folder = Folder::new(env!("CARGO_TARGET_TMPDIR"), name);
    let app = App::start(BINARY, &folder.join("data")).expect("starts");
    (folder, app)
}

fn create(client: &mut Client, body: &Value) -> Value {
    let made = client.send("POST", "/api/contracts", body).expect("answers");
    assert_eq!(made.status, 201, "{}", made.json());
    made.json()
}

fn patch(client: &mut Client, body: &Value) -> Response {
    let revision = client.get(CONTRACT).expect("answers").header("etag").expect("an etag").to_owned();
    let headers = [("if-match", revision.as_str()), ("content-type", "application/json")];
    client.request("PATCH", CONTRACT, &headers, body.to_string().as_bytes()).expect("answers")
}

/// The status, and the code and pointer of the first error.
fn refusal(answer: &Response) -> (u16, String) {
    let problem = answer.json();
    let error = &problem["errors"][0];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let what = if error.is_null() { text(&problem["code"]) } else { text(&error["code"]) + &text(&error["pointer"]) };
    (answer.status, what)
}

fn import(client: &mut Client, record: &Value) -> Response {
    let headers = [("content-type", "application/x-ndjson")];
    client.request("POST", "/api/contracts:import", &headers, record.to_string().as_bytes()).expect("answers")
}

#[test]
fn what_is_written_once_is_written_once() {
    let (_folder, app) = start("lifecycle-once");
    let client = &mut app.client();
    create(client, &json!({}));
    assert_eq!(patch(client, &json!({"signature": "first"})).status, 200);
    assert_eq!(patch(client, &json!({"signature": "first"})).status, 200, "the same value is no change");
    for other in [json!("second"), json!(null)] {
        assert_eq!(refusal(&patch(client, &json!({"signature": other}))), (422, "write_once/signature".to_owned()));
    }
    let put = client.send("PUT", CONTRACT, &json!({"_rev": 2, "text": "t"})).expect("answers");
    assert_eq!((put.status, put.json()["signature"].as_str()), (200, Some("first")), "what is left out stays");
    let mut record = client.get(CONTRACT).expect("answers").json();
    record["signature"] = json!("third");
    assert_eq!(import(client, &record).json()["failed"], 1);
    assert_eq!(client.get(CONTRACT).expect("answers").json()["signature"], "first");
}

#[test]
fn what_only_grows_does_not_shrink() {
    let (_folder, app) = start("lifecycle-grows");
    let client = &mut app.client();
    create(client, &json!({"pages": 5}));
    assert_eq!(refusal(&patch(client, &json!({"pages": 4}))), (422, "monotonic/pages".to_owned()), "below");
    assert_eq!(patch(client, &json!({"pages": 5})).status, 200, "at");
    assert_eq!(patch(client, &json!({"pages": 6})).status, 200, "above");
    let mut record = client.get(CONTRACT).expect("answers").json();
    record["pages"] = json!(5);
    assert_eq!(import(client, &record).json()["failed"], 1);
    let batch = json!({"ops": [{"op": "patch", "collection": "contracts", "id": 1, "if_match": "\"2\"", "data": {"pages": 0}}]});
    assert_eq!(client.send("POST", "/api/_batch", &batch).expect("answers").status, 422);
    assert_eq!(client.get(CONTRACT).expect("answers").json()["pages"], 6);
}

#[test]
fn a_change_names_its_revision() {
    let (_folder, app) = start("lifecycle-lock");
    let client = &mut app.client();
    create(client, &json!({}));
    let change = json!({"text": "x"});
    for answer in [
        client.send("PATCH", CONTRACT, &change),
        client.send("PUT", CONTRACT, &change),
        client.request("DELETE", CONTRACT, &[], b""),
        client.request("DELETE", CONTRACT, &[("if-match", "*")], b""),
        client.send("POST", "/api/_batch", &json!({"ops": [{"op": "delete", "collection": "contracts", "id": 1}]})),
    ] {
        assert_eq!(refusal(&answer.expect("answers")), (428, "revision-required".to_owned()));
    }
    assert_eq!(client.send("PATCH", CONTRACT, &json!({"text": "x", "_rev": 7})).expect("answers").status, 412);
    assert_eq!(client.send("PATCH", CONTRACT, &json!({"text": "x", "_rev": 1})).expect("answers").status, 200);
    assert_eq!(client.request("DELETE", CONTRACT, &[("if-match", "\"2\"")], b"").expect("answers").status, 204);
}

#[test]
fn times_are_the_servers() {
    let (_folder, app) = start("lifecycle-times");
    let client = &mut app.client();
    let refused =
        client.send("POST", "/api/contracts", &json!({"opened_at": "2026-01-31T12:00:00Z"})).expect("answers");
    assert_eq!(refusal(&refused), (422, "read_only/opened_at".to_owned()));
    let made = create(client, &json!({}));
    assert_eq!(made["opened_at"], made["touched_at"]);
    let same = patch(client, &json!({"text": null})).json();
    assert_eq!((&same["touched_at"], &same["_rev"]), (&made["touched_at"], &json!(1)), "nothing changed");
    let changed = patch(client, &json!({"text": "x"})).json();
    assert_eq!(changed["opened_at"], made["opened_at"]);
    assert!(changed["touched_at"].as_str() > made["touched_at"].as_str(), "{changed}");
    let mut record = changed;
    record["touched_at"] = json!("2020-01-01T00:00:00Z");
    assert_eq!(import(client, &record).json()["updated"], 1, "an import brings the times of elsewhere");
    let brought = client.get(CONTRACT).expect("answers").json();
    assert_eq!(brought["touched_at"], "2020-01-01T00:00:00Z");
}

#[test]
fn a_closed_record_neither_changes_nor_goes() {
    let (_folder, app) = start("lifecycle-closed");
    let client = &mut app.client();
    client.send("POST", "/api/currencies", &json!({"code": "CHF", "name": "franc"})).expect("answers");
    create(client, &json!({"currency": "CHF"}));
    assert_eq!(
        patch(client, &json!({"stage": "Closed", "text": "last words"})).status,
        200,
        "closing is a change of an open one"
    );
    let closed = client.get(CONTRACT).expect("answers").json();
    let immutable = (409, "record-immutable".to_owned());
    assert_eq!(refusal(&patch(client, &json!({"text": "more"}))), immutable);
    assert_eq!(refusal(&patch(client, &json!({"stage": "Open"}))), immutable, "not even back");
    assert_eq!(
        refusal(&client.request("DELETE", CONTRACT, &[("if-match", "\"2\"")], b"").expect("answers")),
        immutable
    );
    let unset = client.request("DELETE", "/api/currencies/CHF", &[], b"").expect("answers");
    assert_eq!(refusal(&unset), immutable, "nor by what it refers to");
    let mut record = closed.clone();
    record["text"] = json!("imported");
    assert_eq!(import(client, &record).json()["failed"], 1);
    let page = client.send("POST", "/api/pages", &json!({"contract": 1})).expect("answers");
    assert_eq!(page.status, 201, "others may refer to it");
    assert_eq!(client.get(CONTRACT).expect("answers").json(), closed);
}

#[derive(DeclarativeEnum, Clone, Copy, PartialEq)]
enum Level {
    Low,
    High,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
#[lifecycle(optimistic_lock, soft_delete)]
struct Lock {
    #[db(primary_key)]
    id: i64,
    #[db(default = 0)]
    boats: i64,
    #[lifecycle(states(initial = Low, rise: Low -> High, fall: High -> Low))]
    level: Level,
    deleted_at: Option<Timestamp>,
}

#[commands]
impl Lock {
    #[command]
    fn pass(&mut self, _cx: &Context) -> Result<(), std::convert::Infallible> {
        self.boats += 1;
        Ok(())
    }
}

/// Commands and transitions were 428, and what the page named was not: going back from the trash, and going for good.
#[test]
fn commands_decide_on_the_record_as_it_is_and_the_trash_is_locked() {
    let server = TestServer::start(DeclarativeServer::new("127.0.0.1:0").model::<Lock>());
    let send = |method: &str, action: &str, revision: Option<&str>| {
        let headers: Vec<_> = revision.map(|revision| ("if-match", revision)).into_iter().collect();
        server.client().request(method, &format!("/api/locks/1{action}"), &headers, "").expect("answers").status
    };
    assert_eq!(server.send("POST", "/api/locks", &json!({"id": 1})).status, 201);
    assert_eq!((send("POST", ":pass", None), send("POST", ":rise", None)), (200, 200));
    assert_eq!((send("POST", ":pass", Some("\"1\"")), send("POST", ":fall", Some("\"1\""))), (412, 412));
    assert_eq!((send("POST", ":pass", Some("\"3\"")), send("POST", ":fall", Some("\"4\""))), (200, 200));
    assert_eq!((send("DELETE", "", None), send("DELETE", "", Some("\"5\""))), (428, 204));
    assert_eq!((send("POST", ":restore", None), send("POST", ":restore", Some("\"6\""))), (428, 200));
    assert_eq!(send("DELETE", "", Some("\"7\"")), 204);
    assert_eq!((send("POST", ":purge", None), send("POST", ":purge", Some("\"8\""))), (428, 204));
}
