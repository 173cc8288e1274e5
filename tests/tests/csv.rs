//! CSV out and in again: the same records, whatever their texts hold.

use std::path::Path;
use std::process::Command;

use acceptance::who::Who;
use acceptance::{App, Client, Folder};
use lithair_core::prelude::*;
use lithair_core::testing::TestServer;
use serde_json::{Value, json};

const BINARY: &str = env!("CARGO_BIN_EXE_acceptance");

/// Texts that programs stumble over: those that spreadsheets run, that CSV has signs for, and that look like something else.
const TEXTS: [&str; 20] = [
    "",
    " ",
    "\"",
    "\"\"",
    ",",
    "a,b",
    "a\nb",
    "a\r\nb",
    "\r",
    "\n",
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "null",
    "true",
    "1e3",
    "\u{FEFF}x",
    "a\u{0}b",
    "'\"; drop",
];

fn lithair(arguments: &[&str]) -> String {
    let output = Command::new(BINARY).args(arguments).output().expect("runs");
    let told = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{arguments:?}: {told}");
    told
}

fn text(path: &Path) -> &str {
    path.to_str().expect("is UTF-8")
}

fn export(client: &mut Client, path: &str, media: &str) -> String {
    let answer = client.request("GET", path, &[("accept", media)], b"").expect("answers");
    assert_eq!((answer.status, answer.header("content-type")), (200, Some(media)), "{path}");
    String::from_utf8(answer.body).expect("is UTF-8")
}

#[test]
fn what_was_exported_as_csv_and_imported_is_the_same() {
    let folder = Folder::new(env!("CARGO_TARGET_TMPDIR"), "csv-round");
    let app = App::start(BINARY, &folder.join("data")).expect("starts");
    let client = &mut app.client();
    let notes = TEXTS.iter().map(|text| json!(text)).chain([Value::Null]);
    let documents =
        [json!(null), json!({}), json!("null"), json!(""), json!(1.50), json!([1, "a,\"b\"\n"]), json!(false)];
    for (number, note) in notes.enumerate() {
        let document = &documents[number % documents.len()];
        let record = json!({"name": format!("{number}, {note}"), "note": note, "document": document});
        assert_eq!(client.send("POST", "/api/accounts", &record).expect("answers").status, 201, "{record}");
        let story = json!({"number": number, "title": note.as_str().unwrap_or("x"), "tags": ["a", note.as_str().unwrap_or("b")]});
        assert_eq!(client.send("POST", "/api/stories", &story).expect("answers").status, 201, "{story}");
    }
    for (model, path) in [("Account", "/api/accounts"), ("Story", "/api/stories")] {
        let file = folder.join(&format!("{model}.csv"));
        std::fs::write(&file, export(client, path, "text/csv")).expect("is written");
        let (data, out) = (folder.join(model), folder.join(&format!("{model}-out")));
        lithair(&["import", text(&file), "--data", text(&data)]);
        lithair(&["export", text(&out), "--data", text(&data)]);
        let again = std::fs::read_to_string(out.join(format!("{model}.ndjson"))).expect("is read");
        assert_eq!(again, export(client, path, "application/x-ndjson"), "{model}");
        // The same bytes, also from the directory.
        lithair(&["export", text(&out), "--data", text(&data), "--format", "csv"]);
        let sheet = std::fs::read_to_string(out.join(format!("{model}.csv"))).expect("is read");
        assert_eq!(sheet, std::fs::read_to_string(&file).expect("is read"), "{model}");
    }
}

#[test]
fn a_csv_has_the_fields_that_are_asked_for_and_nothing_and_empty_are_two() {
    let folder = Folder::new(env!("CARGO_TARGET_TMPDIR"), "csv-cells");
    let app = App::start(BINARY, &folder.join("data")).expect("starts");
    let client = &mut app.client();
    assert_eq!(export(client, "/api/accounts?fields=name,note", "text/csv"), "name,note,_rev\r\n");
    for (name, note) in [("a", json!("")), ("b", json!(null)), ("=c", json!("x\"y"))] {
        client.send("POST", "/api/accounts", &json!({"name": name, "note": note, "balance": 7})).expect("answers");
    }
    let cells = export(client, "/api/accounts?fields=name,note&filter=balance%3D7", "text/csv");
    assert_eq!(cells, "name,note,_rev\r\na,\"\",1\r\nb,,1\r\n=c,\"x\"\"y\",1\r\n");
    let refused = client.request("GET", "/api/accounts?sort=name", &[("accept", "text/csv")], b"").expect("answers");
    assert_eq!(
        refused.json()["errors"][0]["detail"],
        "not with `text/csv`, which is every record in the order of the keys"
    );
}

#[derive(DeclarativeModel)]
#[permission(roles(Chief), all = public)]
#[http(path = "staff")]
struct Employee {
    #[db(primary_key, auto = sequence)]
    number: i64,
    #[permission(read = role(Chief))]
    salary: Option<i64>,
    #[permission(read = role(Chief))]
    #[security(mask(last = 2))]
    card: Option<String>,
    note: Option<String>,
}

#[test]
fn what_a_caller_does_not_see_is_an_empty_cell_and_named() {
    let server = TestServer::start(DeclarativeServer::new("127.0.0.1:0").model::<Employee>());
    let url = server.url();
    let chief = Who::of("ada", &["Chief"]);
    let record = json!({"salary": 90_001, "card": "5105105105105117", "note": ""});
    assert_eq!(chief.ask(&url, "POST", "/api/staff", &record).status, 201);
    let export = |who: Who| {
        let said = who.said();
        let mut headers = vec![("accept", "text/csv")];
        headers.extend(said.as_deref().map(|said| ("lithair-test-principal", said)));
        let answer = server.client().request("GET", "/api/staff", &headers, "").expect("answers");
        assert_eq!(answer.status, 200);
        String::from_utf8(answer.body.to_vec()).expect("is UTF-8")
    };
    let head = "number,salary,card,note,_redacted,_rev\r\n";
    assert_eq!(export(chief), format!("{head}1,90001,5105105105105117,\"\",,1\r\n"));
    let seen = export(Who::NOBODY);
    let row = seen.strip_prefix(head).expect("the same columns");
    assert!(row.starts_with("1,,") && row.ends_with("17,\"\",\"[\"\"salary\"\",\"\"card\"\"]\",1\r\n"), "{row}");
    assert!(!row.contains("90001") && !row.contains("5105"), "{row}");
}
