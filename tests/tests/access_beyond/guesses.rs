//! Guesses: what somebody does not see is not told by how a guess of it is answered, whatever the way it is sent by.

use acceptance::who::{Who, check, text};
use lithair_core::client::Response;
use lithair_core::model::Backend as _;
use lithair_core::prelude::*;
use lithair_core::testing::TestServer;
use serde_json::{Value, json};

const ANN: Who = Who::of("ann", &[]);
const BOB: Who = Who::of("bob", &[]);
const EDITOR: Who = Who::of("eda", &["Editor"]);

/// What is answered, and how many entries the log has grown by. An import is answered with its report.
fn asked(server: &TestServer, who: Who, (method, path): (&str, &str), body: &Value) -> (u16, Value, u64) {
    let before = server.engine().position().get();
    let media = if path.ends_with(":import") { "application/x-ndjson" } else { "application/json" };
    let answer = who.send(&server.url(), method, path, media, body.to_string());
    (answer.status, plain(&answer), server.engine().position().get() - before)
}

/// The body without what no two answers have in common.
fn plain(answer: &Response) -> Value {
    let mut body: Value = answer.json().unwrap_or_else(|error| panic!("{error}: {}", text(answer)));
    if let Some(members) = body.as_object_mut() {
        members.remove("request_id");
    }
    body
}

/// Every way to send a field of the record 1, beside `note`, which is the caller's to set.
fn ways(collection: &str, field: &str, guess: &Value) -> Vec<((&'static str, String), Value)> {
    let (part, whole) = (json!({ field: guess }), json!({ "note": "n", field: guess }));
    let op = |op: &str, data: &Value| json!({ "ops": [{ "op": op, "collection": collection, "id": 1, "data": data }] });
    let (path, batch) = (format!("/api/{collection}/1"), "/api/_batch".to_owned());
    vec![
        (("PATCH", path.clone()), part.clone()),
        (("PUT", path), whole.clone()),
        (("POST", batch.clone()), op("patch", &part)),
        (("POST", batch), op("replace", &whole)),
        (("POST", format!("/api/{collection}:import")), json!({ "number": 1, "note": "n", field: guess })),
    ]
}

/// Everybody changes it, and its owner alone sees what is in it: one field for each reason to compare what is sent with what is.
#[derive(DeclarativeModel)]
#[lifecycle(timestamps)]
#[permission(all = authenticated)]
struct Vault {
    #[db(primary_key, auto = sequence)]
    number: i64,
    note: String,
    #[permission(owner, read = owner)]
    holder: String,
    #[permission(read = owner)]
    #[lifecycle(immutable)]
    pin: String,
    #[permission(read = owner)]
    #[lifecycle(write_once)]
    code: Option<String>,
    #[permission(read = owner)]
    #[lifecycle(monotonic)]
    height: i64,
    #[permission(read = owner)]
    #[http(read_only)]
    #[db(default = 7)]
    score: i64,
    #[permission(read = owner, write = owner)]
    cost: i64,
    #[computed(cost > 3, stored)]
    #[permission(read = owner)]
    is_dear: bool,
    #[permission(read = owner)]
    created_at: Timestamp,
    updated_at: Timestamp,
}

#[test]
fn a_right_guess_is_answered_as_a_wrong_one_by_every_way() {
    let server = TestServer::start(DeclarativeServer::new("127.0.0.1:0").model::<Vault>());
    let url = server.url();
    let vault = json!({ "note": "n", "pin": "7734", "code": "c", "height": 5, "cost": 5 });
    check(&ANN.ask(&url, "POST", "/api/vaults", &vault), "201");
    let is = ANN.get(&url, "/api/vaults/1").json().expect("is JSON");
    let mut compared = 0;
    for (field, wrong) in [
        ("holder", json!("bob")),
        ("pin", json!("0000")),
        ("code", json!("d")),
        ("height", json!(4)),
        ("height", json!(6)),
        ("score", json!(8)),
        ("cost", json!(6)),
        ("is_dear", json!(false)),
        ("created_at", json!("2020-01-01T00:00:00Z")),
    ] {
        assert_ne!(is[field], wrong, "{field}");
        for ((way, path), body) in ways("vaults", field, &wrong) {
            let right = ways("vaults", field, &is[field]).remove(compared % 5);
            assert_eq!((way, &path), (right.0.0, &right.0.1), "the same way");
            let wrong = asked(&server, BOB, (way, &path), &body);
            assert_eq!(wrong, asked(&server, BOB, (way, &path), &right.1), "{field}: {way} {path} {body}");
            // An import passes over what is computed.
            let is_refused = wrong.0 == 422 || wrong.1["failed"] == 1 || field == "is_dear";
            assert!(is_refused && wrong.2 == 0, "{field}: {way} {path}: {wrong:?}");
            compared += 1;
        }
    }
    assert_eq!(compared, 9 * 5);
}

/// Everybody sees it, and its owner alone changes it.
#[derive(DeclarativeModel)]
#[permission(read = authenticated, create = authenticated, update = owner, delete = owner)]
struct Plan {
    #[db(primary_key, auto = sequence)]
    number: i64,
    note: String,
    #[permission(owner)]
    holder: String,
    #[permission(read = owner)]
    #[lifecycle(immutable)]
    pin: String,
}

#[test]
fn who_may_not_change_a_record_is_told_that_and_nothing_of_a_guess() {
    let server = TestServer::start(DeclarativeServer::new("127.0.0.1:0").model::<Plan>());
    check(&ANN.ask(&server.url(), "POST", "/api/plans", &json!({ "note": "n", "pin": "7734" })), "201");
    for (field, guess) in
        [("pin", json!("7734")), ("pin", json!("1")), ("holder", json!("ann")), ("holder", json!("bob"))]
    {
        for ((method, path), body) in ways("plans", field, &guess) {
            let (status, said, entries) = asked(&server, BOB, (method, &path), &body);
            let code = if path.ends_with(":import") { &said["errors"][0]["code"] } else { &said["code"] };
            assert_eq!((code, entries), (&json!("forbidden"), 0), "{method} {path} {body}: {status} {said}");
        }
    }
}

#[derive(DeclarativeEnum, PartialEq)]
enum Stage {
    Open,
    Review,
    Out,
    Archived,
}

/// Everybody changes it, and editors alone know how far it is.
#[derive(DeclarativeModel)]
#[permission(roles(Editor), all = authenticated)]
struct Column {
    #[db(primary_key, auto = sequence)]
    number: i64,
    note: String,
    #[permission(read = role(Editor), write = role(Editor))]
    #[lifecycle(states(
        initial = Open, submit: Open -> Review, publish: Review -> Out, archive: Open | Out -> Archived
    ))]
    stage: Stage,
}

/// The same, and everybody leads it on without knowing how far it is.
#[derive(DeclarativeModel)]
#[permission(roles(Editor), all = authenticated)]
struct Letter {
    #[db(primary_key, auto = sequence)]
    number: i64,
    note: String,
    #[permission(read = role(Editor))]
    #[lifecycle(states(
        initial = Open, submit: Open -> Review if note != "none", publish: Review -> Out, archive: Open | Out -> Archived
    ))]
    stage: Stage,
}

/// A record of each collection in each state, and nothing of them for Bob.
const STAGES: [(&str, &[&str]); 4] =
    [("Open", &[]), ("Review", &["submit"]), ("Out", &["submit", "publish"]), ("Archived", &["archive"])];

#[test]
fn a_state_that_is_not_the_callers_to_set_is_refused_as_such_wherever_the_record_is() {
    for guess in ["Open", "Review", "Out", "Archived"] {
        let mut answers = Vec::new();
        for (stage, ways_there) in STAGES {
            let server = TestServer::start(DeclarativeServer::new("127.0.0.1:0").model::<Column>());
            let url = server.url();
            check(&EDITOR.ask(&url, "POST", "/api/columns", &json!({ "note": "n" })), "201");
            for way in ways_there {
                check(&EDITOR.ask(&url, "POST", &format!("/api/columns/1:{way}"), &Value::Null), "200");
            }
            assert_eq!(EDITOR.get(&url, "/api/columns/1").json().expect("is JSON")["stage"], stage);
            let sent = ways("columns", "stage", &json!(guess)).into_iter();
            let said = sent.map(|((method, path), body)| asked(&server, BOB, (method, &path), &body));
            answers.push(said.collect::<Vec<_>>());
        }
        for (other, (stage, _)) in answers.iter().zip(STAGES) {
            assert_eq!(other, &answers[0], "{guess} of a record that is {stage}");
        }
        assert!(answers[0].iter().all(|(status, said, _)| *status == 422 || said["failed"] == 1), "{answers:?}");
    }
}

#[test]
fn where_a_record_is_in_its_states_is_told_to_who_sees_it() {
    let server = TestServer::start(DeclarativeServer::new("127.0.0.1:0").model::<Letter>());
    let url = server.url();
    for (place, (stage, ways_there)) in STAGES.iter().enumerate() {
        let number = place + 1;
        check(&EDITOR.ask(&url, "POST", "/api/letters", &json!({ "note": "n" })), "201");
        for way in *ways_there {
            check(&EDITOR.ask(&url, "POST", &format!("/api/letters/{number}:{way}"), &Value::Null), "200");
        }
        assert_eq!(EDITOR.get(&url, &format!("/api/letters/{number}")).json().expect("is JSON")["stage"], *stage);
        let path = format!("/api/letters/{number}");
        let mut refused = 0;
        let asked = ["submit", "publish", "archive"].map(|way| ("POST", format!("{path}:{way}"), Value::Null));
        let set = ["Open", "Review", "Out"].map(|stage| ("PATCH", path.clone(), json!({ "stage": stage })));
        for (method, path, body) in asked.into_iter().chain(set) {
            // What goes through moves the record on: only what does not is asked here.
            let leads = |to: &str| match (*stage, to) {
                ("Open", "submit" | "archive" | "Review") | ("Review", "publish" | "Out") | ("Out", "archive") => true,
                (is, to) => is == to,
            };
            let to = body["stage"].as_str().unwrap_or_else(|| path.rsplit(':').next().expect("a name"));
            if leads(to) {
                continue;
            }
            let (bob, eda) = (BOB.ask(&url, method, &path, &body), EDITOR.ask(&url, method, &path, &body));
            check(&bob, "409 state-transition");
            check(&eda, "409 state-transition");
            assert_eq!(eda.json().expect("is JSON")["from"], *stage, "{}", text(&eda));
            let said = plain(&bob);
            assert!(said.get("from").is_none() && said.get("errors").is_none(), "{said}");
            assert!(!said["detail"].as_str().expect("a text").contains(stage), "{said}");
            refused += 1;
        }
        assert!(refused >= 2, "{stage}: {refused}");
    }
    // A guard that does not hold names the way, which begins somewhere.
    check(&EDITOR.ask(&url, "POST", "/api/letters", &json!({ "note": "none" })), "201");
    let guarded = BOB.ask(&url, "POST", "/api/letters/5:submit", &Value::Null);
    check(&guarded, "409 state-transition");
    assert!(!text(&guarded).contains("Open"), "{}", text(&guarded));
}
