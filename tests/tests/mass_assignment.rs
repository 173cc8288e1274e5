//! What is not a caller's to set is refused by its name, by whatever way it is sent, and nothing is stored.

use acceptance::who::{Who, check, text};
use lithair_core::model::{Backend as _, Model as _};
use lithair_core::prelude::*;
use lithair_core::testing::{self, TestServer};
use serde_json::{Value, json};

#[derive(DeclarativeEnum, PartialEq)]
enum Stage {
    Open,
    Paid,
    Closed,
}

/// One field for each reason why a field is not a caller's.
#[derive(DeclarativeModel)]
#[db(tenant = org)]
#[lifecycle(timestamps, soft_delete)]
#[permission(roles(Chief), all = authenticated)]
struct Sheet {
    #[db(primary_key, auto = sequence)]
    number: i64,
    org: String,
    #[permission(owner)]
    holder: String,
    title: String,
    #[http(read_only)]
    #[db(default = 0)]
    score: i64,
    #[http(hidden)]
    #[db(default = "inside")]
    inside: String,
    #[permission(write = role(Chief))]
    #[db(default = 1)]
    grade: i64,
    #[permission(create = role(Chief))]
    #[db(default = 1)]
    origin: i64,
    #[permission(update = role(Chief))]
    #[db(default = 1)]
    level: i64,
    #[permission(read = role(Chief), write = role(Chief))]
    #[db(default = "none")]
    remark: String,
    #[permission(read = role(Chief))]
    #[security(mask(last = 4))]
    card: Option<String>,
    /// Not seen, and set once: whether it is set is not told.
    #[permission(read = role(Chief))]
    #[lifecycle(write_once)]
    seal: Option<String>,
    #[computed(score + 1)]
    next_score: i64,
    #[computed(count(lines), stored)]
    line_count: u32,
    #[lifecycle(write_once)]
    code: Option<String>,
    #[lifecycle(immutable)]
    kind: String,
    #[lifecycle(monotonic)]
    height: i64,
    #[lifecycle(states(initial = Open, pay: Open -> Paid if level == 1 by role(Chief), close: Paid -> Closed if height >= 5))]
    stage: Stage,
    created_at: Timestamp,
    updated_at: Timestamp,
    deleted_at: Option<Timestamp>,
    #[relation(has_many = Line, via = sheet_id)]
    lines: Many<Line>,
}

#[commands]
impl Sheet {
    #[command]
    fn retitle(&mut self, _: &Context, title: String) -> Result<(), Untitled> {
        self.title = title;
        Ok(())
    }
}

#[derive(CommandError)]
enum Untitled {
    #[error(status = 422, "this is no title")]
    #[expect(dead_code, reason = "an error that never happens is enough here")]
    Untitled,
}

#[derive(DeclarativeModel)]
#[db(tenant = org)]
#[permission(all = authenticated)]
struct Line {
    #[db(primary_key, auto = sequence)]
    number: i64,
    org: String,
    sheet_id: Id<Sheet>,
}

/// When a field is not the caller's.
#[derive(Clone, Copy, PartialEq)]
enum When {
    Always,
    /// It is set, and does not change, or not so.
    Later,
    /// It changes, and is not set at first.
    AtFirst,
}

/// A field, a value that it has not, when that is refused, and what the refusal says.
type Row = (&'static str, Value, When, &'static str);

fn table() -> Vec<Row> {
    let time = json!("2020-01-01T00:00:00Z");
    let (read_only, invalid) = ("422 validation-failed", "422 validation-failed");
    vec![
        ("number", json!(99), When::Always, read_only),
        ("org", json!("other"), When::Always, read_only),
        ("holder", json!("bob"), When::Always, read_only),
        ("score", json!(100), When::Always, read_only),
        ("inside", json!("out"), When::Always, invalid),
        ("grade", json!(9), When::Always, invalid),
        ("origin", json!(9), When::AtFirst, invalid),
        ("level", json!(9), When::Later, invalid),
        ("remark", json!("mine"), When::Always, invalid),
        ("card", json!("••••1234"), When::Always, invalid),
        ("seal", json!("again"), When::Later, invalid),
        ("next_score", json!(8), When::Always, read_only),
        ("line_count", json!(8), When::Always, read_only),
        ("code", json!("B"), When::Later, invalid),
        ("kind", json!("other"), When::Later, invalid),
        ("height", json!(1), When::Later, invalid),
        ("stage", json!("Closed"), When::Always, "409 state-transition"),
        ("stage", json!("Paid"), When::AtFirst, "409 state-transition"),
        // The way is there, and a chief's.
        ("stage", json!("Paid"), When::Later, "403 forbidden"),
        ("created_at", time.clone(), When::Always, read_only),
        ("updated_at", time.clone(), When::Always, read_only),
        ("deleted_at", time, When::Always, read_only),
        ("nowhere", json!(1), When::Always, invalid),
    ]
}

const ANN: Who = Who::of("ann", &[]).at("acme");

fn new_sheet() -> Value {
    json!({ "title": "t", "card": "4000123412341234", "seal": "s", "code": "A", "kind": "k", "height": 5 })
}

/// What is sent of a sheet that is there: not what its owner does not see and cannot change.
fn whole_sheet() -> Value {
    let mut sheet = new_sheet();
    sheet.as_object_mut().expect("an object").remove("seal");
    sheet
}

fn with(mut body: Value, field: &str, value: &Value) -> Value {
    body[field] = value.clone();
    body
}

/// A way to send a field: what is asked, where the field is in it, and whether a record is made.
struct Sent {
    method: &'static str,
    path: &'static str,
    media: &'static str,
    body: String,
    pointer: String,
    makes: bool,
}

/// Every way to send a field with a value.
fn ways(field: &str, value: &Value) -> Vec<Sent> {
    let (made, part) = (with(new_sheet(), field, value), with(json!({}), field, value));
    let whole = with(whole_sheet(), field, value);
    let op = |op: &str, id: Value, data: &Value| json!({ "ops": [{ "op": op, "collection": "sheets", "id": id, "data": data }] });
    let new = json!({ "ops": [{ "op": "create", "collection": "sheets", "data": made }] });
    let send = |method, path, body: &Value, pointer: String, makes| Sent {
        method,
        path,
        media: "application/json",
        body: body.to_string(),
        pointer,
        makes,
    };
    let inside = format!("/ops/0/data/{field}");
    vec![
        send("POST", "/api/sheets", &made, format!("/{field}"), true),
        send("PUT", "/api/sheets/1", &whole, format!("/{field}"), false),
        send("PATCH", "/api/sheets/1", &part, format!("/{field}"), false),
        send("POST", "/api/_batch", &new, inside.clone(), true),
        send("POST", "/api/_batch", &op("replace", json!(1), &whole), inside.clone(), false),
        send("POST", "/api/_batch", &op("patch", json!(1), &part), inside, false),
    ]
}

#[test]
fn what_is_not_a_callers_to_set_is_refused_by_its_name_and_nothing_is_stored() {
    let server = TestServer::start(DeclarativeServer::new("127.0.0.1:0").model::<Sheet>().model::<Line>());
    let (url, engine) = (server.url(), server.engine());
    check(&ANN.ask(&url, "POST", "/api/sheets", &new_sheet()), "201");
    check(&ANN.ask(&url, "POST", "/api/lines", &json!({ "sheet_id": 1 })), "201");
    let chief = Who::of("chaz", &["Chief"]).at("acme");
    let record = || chief.get(&url, "/api/sheets/1").json().expect("is JSON");
    let (before, position) = (record(), engine.position());
    let import = |line: &Value| {
        let answer = ANN.send(&url, "POST", "/api/sheets:import", "application/x-ndjson", line.to_string());
        answer.json().expect("is JSON")
    };
    let (mut refused, mut wrong) = (0, Vec::new());
    let mut judge = |field: &str, answer: (String, Vec<String>), verdict: &str, pointer: &str, way: &str| {
        let (found, pointers) = answer;
        let is_named = verdict.starts_with("403") || pointers.iter().any(|found| found == pointer);
        if found != verdict || !is_named {
            wrong.push(format!("{field} by {way}: {found} {pointers:?}, and not {verdict} {pointer}"));
        }
        assert_eq!(engine.position(), position, "{field} by {way} is stored: {found}");
        refused += 1;
    };
    for (field, value, when, verdict) in table() {
        for Sent { method, path, media, body, pointer, makes } in ways(field, &value) {
            if when == When::Later && makes || when == When::AtFirst && !makes {
                continue;
            }
            let answer = ANN.send(&url, method, path, media, body.clone());
            judge(field, told(&answer), verdict, &pointer, &format!("{method} {path} {body}"));
        }
        // A line of an import is a record by its key, or a new one. Its key is its own to say, and what is computed is what it comes to.
        let is_passed_over = ["number", "next_score", "line_count"].contains(&field);
        let lines = [
            (with(new_sheet(), field, &value), true),
            (with(with(whole_sheet(), "number", &json!(1)), field, &value), false),
        ];
        for (line, makes) in lines.into_iter().filter(|_| !is_passed_over) {
            if when == When::Later && makes || when == When::AtFirst && !makes {
                continue;
            }
            let answer = import(&line);
            let done = [&answer["created"], &answer["updated"], &answer["failed"]];
            assert_eq!(done, [&json!(0), &json!(0), &json!(1)], "{field}: {answer}");
            let mut pointers = Vec::new();
            collect(&answer, &mut pointers);
            let (status, _) = verdict.split_once(' ').expect("a status and a code");
            let found = format!("{status} {}", answer["errors"][0]["code"].as_str().unwrap_or_default());
            judge(field, (found, pointers), verdict, &format!("/{field}"), "import");
        }
        // A command takes its parameters and nothing else.
        let body = with(json!({ "title": "x" }), field, &value);
        let answer = ANN.ask(&url, "POST", "/api/sheets/1:retitle", &body);
        judge(field, told(&answer), "422 validation-failed", &format!("/{field}"), "a command");
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    // A record begins at its first revision, and one that is there is known by its own.
    for (method, path, body, verdict) in [
        ("POST", "/api/sheets", with(new_sheet(), "_rev", &json!(7)), "422 validation-failed"),
        ("PUT", "/api/sheets/1", with(whole_sheet(), "_rev", &json!(7)), "412 precondition-failed"),
        ("PATCH", "/api/sheets/1", json!({ "title": "x", "_rev": 7 }), "412 precondition-failed"),
        ("POST", "/api/sheets/1:retitle", json!({ "title": "x", "_rev": 7 }), "422 validation-failed"),
    ] {
        check(&ANN.ask(&url, method, path, &body), verdict);
        assert_eq!(engine.position(), position, "{method} {path} is stored");
    }
    assert_eq!(record(), before);
    let computed = import(&with(with(new_sheet(), "next_score", &json!(8)), "line_count", &json!(8)));
    assert_eq!(computed["created"], 1);
    let number = *chief.numbers(&url, "/api/sheets").last().expect("two sheets");
    let computed = chief.get(&url, &format!("/api/sheets/{number}")).json().expect("is JSON");
    assert_eq!((&computed["next_score"], &computed["line_count"]), (&json!(1), &json!(0)));
    eprintln!("{refused} refusals");
    assert!(refused > 150, "{refused}");
}

/// Where a record is in its states, an import says for whoever could have led it there: by ways that are theirs, the last of which is open to it.
#[test]
fn an_import_brings_a_record_as_far_as_its_caller_could() {
    let server = TestServer::start(DeclarativeServer::new("127.0.0.1:0").model::<Sheet>().model::<Line>());
    let url = server.url();
    let import = |who: Who, stage: &str, level: i64, height: i64| {
        let sheet = json!({ "title": "t", "kind": "k", "stage": stage, "level": level, "height": height }).to_string();
        let answer = who.send(&url, "POST", "/api/sheets:import", "application/x-ndjson", sheet);
        let answer = answer.json().expect("is JSON");
        (answer["created"] == 1, answer["errors"][0]["code"].as_str().map(str::to_owned))
    };
    let (made, refused) = ((true, None), (false, Some("state-transition".to_owned())));
    let chief = Who::of("chaz", &["Chief"]).at("acme");
    for (who, stage, level, height, verdict) in [
        (ANN, "Open", 1, 5, &made),
        (ANN, "Paid", 1, 5, &refused),
        (ANN, "Closed", 1, 5, &refused),
        (chief, "Open", 2, 1, &made),
        (chief, "Paid", 1, 1, &made),
        (chief, "Paid", 2, 5, &refused),
        (chief, "Closed", 1, 4, &refused),
        (chief, "Closed", 1, 5, &made),
        // It was paid when its level was another.
        (chief, "Closed", 2, 5, &made),
    ] {
        assert_eq!(&import(who, stage, level, height), verdict, "{who:?} {stage} {level} {height}");
    }
}

/// A line that left out what its sender does not see, or may not set, gave it its default: who may not set a grade took it away.
#[test]
fn an_import_leaves_what_is_not_its_callers_as_it_is() {
    let server = TestServer::start(DeclarativeServer::new("127.0.0.1:0").model::<Sheet>().model::<Line>());
    let url = server.url();
    let chief = Who::of("chaz", &["Chief"]).at("acme");
    let card = "4000-1234-5678";
    let sheet =
        json!({ "title": "t", "kind": "k", "height": 1, "grade": 5, "level": 5, "remark": "kept", "card": card });
    check(&chief.ask(&url, "POST", "/api/sheets", &sheet), "201");
    let line = json!({ "number": 1, "title": "by ann", "kind": "k", "height": 1, "stage": "Open" }).to_string();
    let answer = ANN.send(&url, "POST", "/api/sheets:import", "application/x-ndjson", line);
    assert_eq!(answer.json().expect("is JSON")["updated"], 1, "{}", text(&answer));
    let is = chief.get(&url, "/api/sheets/1").json().expect("is JSON");
    let found = ["title", "grade", "level", "remark", "card"].map(|name| is[name].clone());
    assert_eq!(found, [json!("by ann"), json!(5), json!(5), json!("kept"), json!(card)]);
}

/// The same fields, sent by everybody in every way.
#[test]
fn everybody_sets_what_is_theirs() {
    let program = DeclarativeServer::new("127.0.0.1:0").model::<Sheet>().model::<Line>();
    testing::run(&program, &[Sheet::SCHEMA, Line::SCHEMA], testing::Concern::Access);
}

/// Status and code of an answer, and the pointers that it names.
fn told(answer: &lithair_core::client::Response) -> (String, Vec<String>) {
    let body = answer.json().unwrap_or_else(|error| panic!("{error}: {}", text(answer)));
    let mut pointers = Vec::new();
    collect(&body, &mut pointers);
    (format!("{} {}", answer.status, body["code"].as_str().unwrap_or_default()), pointers)
}

fn collect(value: &Value, pointers: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            pointers.extend(members.get("pointer").and_then(Value::as_str).map(str::to_owned));
            members.values().for_each(|value| collect(value, pointers));
        }
        Value::Array(items) => items.iter().for_each(|value| collect(value, pointers)),
        _ => {}
    }
}
