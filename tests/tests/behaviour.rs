//! Commands, states and hooks: what the application decides, and what holds whatever it decides.

use std::process::Command;
use std::thread;

use acceptance::{App, Client, Folder, Response};
use serde_json::{Value, json};

const BINARY: &str = env!("CARGO_BIN_EXE_acceptance");

fn start(name: &str) -> (Folder, App) {
    let folder = Folder::new(env!("CARGO_TARGET_TMPDIR"), name);
    let app = App::start(BINARY, &folder.join("data")).expect("starts");
    (folder, app)
}

fn create(client: &mut Client, body: &Value) -> Value {
    let made = client.send("POST", "/api/essays", body).expect("answers");
    assert_eq!(made.status, 201, "{}", made.json());
    made.json()
}

fn act(client: &mut Client, action: &str, body: &Value) -> Response {
    client.send("POST", &format!("/api/essays/1:{action}"), body).expect("answers")
}

fn read(client: &mut Client, number: i64) -> Value {
    client.get(&format!("/api/essays/{number}")).expect("answers").json()
}

/// The status, the code, and the application's reason or the place of the first fault.
fn refusal(answer: &Response) -> (u16, String, String) {
    let problem = answer.json();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let reason = if problem["reason"].is_null() { &problem["errors"][0]["pointer"] } else { &problem["reason"] };
    (answer.status, text(&problem["code"]), text(reason))
}

fn refused(status: u16, code: &str, reason: &str) -> (u16, String, String) {
    (status, code.to_owned(), reason.to_owned())
}

#[test]
fn a_record_walks_the_declared_ways_and_no_other() {
    let (_folder, app) = start("behaviour-states");
    let client = &mut app.client();
    let ways = [
        ("submit", "Draft", "Review"),
        ("reject", "Review", "Draft"),
        ("publish", "Review", "Published"),
        ("archive", "Draft", "Archived"),
        ("archive", "Review", "Archived"),
        ("archive", "Published", "Archived"),
    ];
    let to = |state: &str| match state {
        "Draft" => vec![],
        "Review" => vec!["submit"],
        "Published" => vec!["submit", "publish"],
        _ => vec!["archive"],
    };
    let mut number = 0;
    for from in ["Draft", "Review", "Published", "Archived"] {
        for name in ["submit", "reject", "publish", "archive"] {
            number += 1;
            assert_eq!(create(client, &json!({"title": "t", "words": 100}))["progress"], "Draft");
            let path = format!("/api/essays/{number}");
            for step in to(from) {
                assert_eq!(client.send("POST", &format!("{path}:{step}"), &json!({})).expect("answers").status, 200);
            }
            let before = client.get(&path).expect("answers").json();
            assert_eq!(before["progress"], from);
            let answer = client.send("POST", &format!("{path}:{name}"), &json!({})).expect("answers");
            match ways.iter().find(|way| (way.0, way.1) == (name, from)) {
                Some((.., to)) => assert_eq!((answer.status, &answer.json()["progress"]), (200, &json!(to))),
                None => {
                    assert_eq!(refusal(&answer), refused(409, "state-transition", "/progress"), "{from}:{name}");
                    assert_eq!(client.get(&path).expect("answers").json(), before, "nothing was written");
                }
            }
        }
    }
}

#[test]
fn every_way_in_is_held_to_the_states() {
    let (_folder, app) = start("behaviour-ways-in");
    let client = &mut app.client();
    create(client, &json!({"title": "t", "words": 99}));
    let patch = |client: &mut Client, body: Value| client.send("PATCH", "/api/essays/1", &body).expect("answers");
    assert_eq!(patch(client, json!({"progress": "Published"})).status, 409);
    assert_eq!(patch(client, json!({"progress": "Review"})).status, 200, "a declared way, without a guard");
    let short = act(client, "publish", &json!({}));
    assert_eq!(refusal(&short), refused(409, "state-transition", "/progress"), "99 words are too few");
    assert_eq!(patch(client, json!({"progress": "Published"})).status, 409, "the guard stands here too");
    assert_eq!(patch(client, json!({"progress": "Published", "words": 100})).status, 200, "judged as it would be");
    let batch = json!({"ops": [{"op": "patch", "collection": "essays", "id": 1, "data": {"progress": "Draft"}}]});
    assert_eq!(client.send("POST", "/api/_batch", &batch).expect("answers").status, 409);
    let mut record = read(client, 1);
    record["progress"] = json!("Review");
    let headers = [("content-type", "application/x-ndjson")];
    let line = record.to_string();
    let import = client.request("POST", "/api/essays:import", &headers, line.as_bytes()).expect("answers");
    assert_eq!(import.json()["failed"], 1, "{}", import.json());
    let born = client.send("POST", "/api/essays", &json!({"title": "t", "progress": "Published"})).expect("answers");
    assert_eq!(refusal(&born), refused(409, "state-transition", "/progress"));
    let with_body = act(client, "archive", &json!({"why": "old"}));
    assert_eq!(with_body.status, 422, "a transition has no parameters");
}

#[test]
fn a_command_decides_and_its_errors_are_the_contract() {
    let (_folder, app) = start("behaviour-commands");
    let client = &mut app.client();
    create(client, &json!({"title": "On Rust"}));
    assert_eq!(refusal(&act(client, "praise", &json!({"points": 3}))), refused(409, "command-refused", "draft"));
    act(client, "submit", &json!({}));
    let praised = act(client, "praise", &json!({"points": 3, "by": "  ada "}));
    assert_eq!(
        (praised.status, &praised.json()["praise"]),
        (200, &json!(3)),
        "what callers only read is the code's to set"
    );
    assert!(praised.header("etag").is_some() && praised.header("lithair-seq").is_some());
    let bad = act(client, "praise", &json!({"points": 9}));
    assert_eq!(refusal(&bad), refused(422, "command-refused", "out-of-range"));
    assert_eq!(bad.json()["detail"], "praise is 1 to 5 points, not 9");
    let fields = act(client, "praise", &json!({"points": "many", "by": "", "colour": 1}));
    let problem = fields.json();
    let mut pointers: Vec<_> =
        problem["errors"].as_array().expect("errors").iter().map(|e| e["pointer"].clone()).collect();
    pointers.sort_by_key(ToString::to_string);
    assert_eq!((fields.status, pointers), (422, vec![json!("/by"), json!("/colour"), json!("/points")]));
    assert_eq!(refusal(&act(client, "praise", &json!({}))), refused(422, "validation-failed", "/points"));
    assert_eq!(refusal(&act(client, "prase", &json!({}))).1, "no-such-path");
    assert_eq!(client.send("POST", "/api/essays/7:praise", &json!({"points": 1})).expect("answers").status, 404);
    let stale = [("if-match", "\"1\""), ("content-type", "application/json")];
    let stale = client.request("POST", "/api/essays/1:praise", &stale, b"{\"points\": 1}").expect("answers");
    assert_eq!(stale.status, 412);
    assert_eq!(read(client, 1)["praise"], 3, "nothing refused was stored");
}

#[test]
fn what_a_command_decides_is_held_to_the_rules() {
    let (_folder, app) = start("behaviour-rules");
    let client = &mut app.client();
    create(client, &json!({"title": "one", "words": 10, "language": "en"}));
    create(client, &json!({"title": "two", "words": 0}));
    assert_eq!(act(client, "give", &json!({"to": 2, "words": 4})).status, 200);
    assert_eq!((&read(client, 1)["words"], &read(client, 2)["words"]), (&json!(6), &json!(4)));
    let too_many = act(client, "give", &json!({"to": 2, "words": 7}));
    assert_eq!(refusal(&too_many), refused(422, "validation-failed", ""), "the check of the record");
    let taken = act(client, "give", &json!({"to": 2, "words": -5}));
    assert_eq!(taken.status, 422, "the check of the other record: {}", taken.json());
    assert_eq!(refusal(&act(client, "give", &json!({"to": 9, "words": 1}))).2, "no-other");
    let own = act(client, "give", &json!({"to": 1, "words": 1}));
    assert_eq!(
        (own.status, &own.json()["errors"][0]["code"]),
        (422, &json!("twice")),
        "neither change is lost in silence"
    );
    assert_eq!((&read(client, 1)["words"], &read(client, 2)["words"]), (&json!(6), &json!(4)), "neither changed");
    let other = act(client, "translate", &json!({"language": "fr"}));
    assert_eq!(refusal(&other), refused(422, "validation-failed", "/language"), "immutable for commands too");
}

#[test]
fn a_bug_of_a_command_is_one_answer_and_no_end() {
    let (_folder, app) = start("behaviour-bug");
    let client = &mut app.client();
    create(client, &json!({"title": "one", "words": 10}));
    let bug = act(client, "divide", &json!({"by": 0}));
    assert_eq!(refusal(&bug).1, "internal-error");
    assert!(!bug.json()["detail"].as_str().expect("a detail").contains("nothing is divided"), "{}", bug.json());
    assert_eq!(act(client, "divide", &json!({"by": 2})).json()["words"], 5, "the next one is carried out");
}

#[test]
fn a_hook_has_its_say_in_every_way_in() {
    let (_folder, app) = start("behaviour-hooks");
    let client = &mut app.client();
    assert_eq!(create(client, &json!({"title": "On  Rust"}))["slug"], "on--rust");
    let renamed = client.send("PATCH", "/api/essays/1", &json!({"title": "On Time"})).expect("answers").json();
    assert_eq!(renamed["slug"], "on-time");
    let chosen = client.send("PATCH", "/api/essays/1", &json!({"slug": "mine"})).expect("answers");
    assert_eq!(chosen.status, 422, "read only for callers");
    let batch = json!({"ops": [{"op": "create", "collection": "essays", "data": {"title": "In Batches"}}]});
    assert_eq!(client.send("POST", "/api/_batch", &batch).expect("answers").status, 200);
    assert_eq!(read(client, 2)["slug"], "in-batches");
}

#[test]
fn commands_of_many_writers_lose_nothing() {
    let (_folder, app) = start("behaviour-race");
    let client = &mut app.client();
    create(client, &json!({"title": "one", "words": 0}));
    create(client, &json!({"title": "two", "words": 320}));
    act(client, "submit", &json!({}));
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let client = &mut app.client();
                for _ in 0..10 {
                    assert_eq!(act(client, "praise", &json!({"points": 1})).status, 200);
                    let give =
                        client.send("POST", "/api/essays/2:give", &json!({"to": 1, "words": 4})).expect("answers");
                    assert_eq!(give.status, 200, "{}", give.json());
                }
            });
        }
    });
    assert_eq!((&read(client, 1)["praise"], &read(client, 1)["words"]), (&json!(80), &json!(320)));
    assert_eq!(read(client, 2)["words"], 0);
}

#[test]
fn what_happened_is_in_the_log_after_a_kill() {
    let (folder, app) = start("behaviour-log");
    let client = &mut app.client();
    create(client, &json!({"title": "one"}));
    act(client, "submit", &json!({}));
    act(client, "praise", &json!({"points": 2, "by": "ada"}));
    let before = read(client, 1);
    app.kill();
    let app = App::start(BINARY, &folder.join("data")).expect("starts");
    assert_eq!(read(&mut app.client(), 1), before);
    drop(app);
    let data = folder.join("data");
    let dump = Command::new(BINARY).args(["log", "dump", "--json", "--data"]).arg(&data).output().expect("runs");
    let lines = String::from_utf8(dump.stdout).expect("text");
    let lines = lines.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    let events: Vec<Value> = lines.flat_map(|line| line["events"].as_array().cloned().unwrap_or_default()).collect();
    let key = &events[0]["key"];
    let submit = json!({"event": "submit", "of": "essays", "key": key, "payload": {"from": "Draft", "to": "Review"}});
    let praised = json!({"event": "Praised", "of": "essays", "key": key, "payload": {"points": 2, "by": "ada"}});
    assert_eq!(events, [submit, praised]);
}

#[test]
fn documents_show_the_commands() {
    let (_folder, app) = start("behaviour-documents");
    let client = &mut app.client();
    let open = client.get("/_lithair/openapi.json").expect("answers").json();
    let praise = &open["paths"]["/api/essays/{key}:praise"]["post"];
    assert_eq!(praise["description"], "Praises the essay.");
    assert_eq!(praise["x-reasons"][0]["reason"], "out-of-range");
    let input = &open["components"]["schemas"]["Essay.praise"];
    assert_eq!(input["required"], json!(["points"]));
    assert!(!open["paths"]["/api/essays/{key}:publish"]["post"].is_null());
    let schema = client.get("/_lithair/schema.json").expect("answers").json();
    let essay =
        schema["models"].as_array().expect("models").iter().find(|model| model["name"] == "Essay").expect("it").clone();
    assert_eq!(essay["commands"][0]["event"], "Praised");
    let options = client.request("OPTIONS", "/api/essays/1:praise", &[], b"").expect("answers");
    assert_eq!(options.header("allow"), Some("POST, OPTIONS"));
}

#[test]
fn state_machines_are_drawn() {
    let draw = |argument: &str| {
        let drawn = std::process::Command::new(BINARY).args(["schema", argument]).output().expect("runs");
        assert!(drawn.status.success(), "{}", String::from_utf8_lossy(&drawn.stderr));
        String::from_utf8(drawn.stdout).expect("text")
    };
    let text = draw("--chart");
    assert!(text.contains("Essay.progress\n  * -> Draft\n  Draft -> Review: submit\n"), "{text}");
    assert!(text.contains("  Review -> Published: publish if words >= 100\n"), "{text}");
    assert!(text.contains("  Archived -> *\n"), "{text}");
    let mermaid = draw("--chart=mermaid");
    assert!(mermaid.contains("%% Essay.progress\nstateDiagram-v2\n    [*] --> Draft\n"), "{mermaid}");
    let open: serde_json::Value = serde_json::from_str(&draw("--openapi")).expect("is JSON");
    let told = &open["components"]["schemas"]["Essay"]["properties"]["progress"]["description"];
    assert!(
        told.as_str().is_some_and(|told| told.starts_with("New: Draft. Ways: Draft -> Review (submit),")),
        "{told}"
    );
}
