//! What the reference shows is what happens.
//!
//! A Rust block is a program; the `http` blocks behind it are requests to it, each with its answer after an arrow:
//!
//! ```text
//! PATCH /api/notes/1 {"text": "b"}
//! If-Match: "1"
//! → 200 {"text": "b"}
//! ```
//!
//! An answer names a part of what comes: `…` is any value, and objects have other members too. A second Rust block of a section is the
//! next version of the program, on the data of the first.

use std::collections::BTreeSet;

use lithair_core::testing::TestServer;
use reference::PROGRAMS;
use serde_json::Value;

const PAGE: &str = include_str!("../../../docs/reference.md");
const TABLE: &str = include_str!("../../../docs/attributes.md");

/// A request of the page, and what it says comes back.
struct Exchange {
    line: usize,
    method: String,
    path: String,
    headers: Vec<(String, String)>,
    body: Option<Value>,
    status: u16,
    answer: Option<Value>,
}

enum Part {
    /// The place of the program among all.
    Program(usize),
    Exchange(Exchange),
}

/// The sections of the page that have a program: the title, and what happens.
fn sections() -> Vec<(String, Vec<Part>)> {
    let mut sections: Vec<(String, Vec<Part>)> = Vec::new();
    let (mut programs, mut fence) = (0, None::<&str>);
    let mut request: Option<Exchange> = None;
    for (number, text) in (1..).zip(PAGE.lines()) {
        let parts = sections.last_mut().map(|(_, parts)| parts);
        match (fence, text.strip_prefix("```"), parts) {
            (None, Some(info), parts) => {
                fence = Some(info);
                if info == "rust" {
                    parts.expect("a program stands in a section").push(Part::Program(programs));
                    programs += 1;
                }
            }
            (Some(_), Some(_), _) => {
                assert!(request.is_none(), "line {number}: a request has no answer");
                fence = None;
            }
            (Some("http"), None, Some(parts)) => match text.strip_prefix("→ ") {
                Some(answer) => {
                    let mut exchange = request.take().unwrap_or_else(|| panic!("line {number}: an answer to nothing"));
                    let (status, json) =
                        answer.split_once(' ').map_or((answer, None), |(status, json)| (status, Some(json)));
                    exchange.status = status.parse().unwrap_or_else(|_| panic!("line {number}: {status} is no status"));
                    exchange.answer = json.map(|json| value(number, json));
                    parts.push(Part::Exchange(exchange));
                }
                None => match &mut request {
                    Some(exchange) => exchange.headers.push(header(number, text)),
                    None => request = Some(request_of(number, text)),
                },
            },
            (None, None, _) => {
                if let Some(title) = text.strip_prefix("### ") {
                    sections.push((title.to_owned(), Vec::new()));
                }
            }
            _ => {}
        }
    }
    assert_eq!(programs, PROGRAMS.len(), "the page that was compiled is this page");
    sections
}

fn request_of(line: usize, text: &str) -> Exchange {
    let (target, body) = text.find(" {").map_or((text, None), |at| (&text[..at], Some(value(line, &text[at + 1..]))));
    let (method, path) = target.split_once(' ').unwrap_or_else(|| panic!("line {line}: a method and a path"));
    // The page shows what a client is given, before it writes a URL.
    let path = path.replace(' ', "%20").replace('"', "%22").replace('>', "%3E");
    Exchange { line, method: method.to_owned(), path, headers: Vec::new(), body, status: 0, answer: None }
}

fn header(line: usize, text: &str) -> (String, String) {
    let (name, value) = text.split_once(": ").unwrap_or_else(|| panic!("line {line}: neither a header nor an answer"));
    (name.to_ascii_lowercase(), value.to_owned())
}

fn value(line: usize, json: &str) -> Value {
    serde_json::from_str(json).unwrap_or_else(|error| panic!("line {line}: {error}: {json}"))
}

/// Whether this came, and perhaps more.
fn is_part(expected: &Value, found: &Value) -> bool {
    match (expected, found) {
        (Value::String(text), _) if text == "…" => true,
        (Value::Object(expected), Value::Object(found)) => {
            expected.iter().all(|(name, expected)| found.get(name).is_some_and(|found| is_part(expected, found)))
        }
        (Value::Array(expected), Value::Array(found)) => {
            expected.len() == found.len()
                && expected.iter().zip(found).all(|(expected, found)| is_part(expected, found))
        }
        _ => expected == found,
    }
}

/// What is not as the page says, if anything.
fn ask(server: &TestServer, exchange: &Exchange) -> Option<String> {
    let mut headers: Vec<(&str, &str)> =
        exchange.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let body = exchange.body.as_ref().map(Value::to_string).unwrap_or_default();
    if !body.is_empty() && !headers.iter().any(|(name, _)| *name == "content-type") {
        headers.push(("content-type", "application/json"));
    }
    let answer = server.client().request(&exchange.method, &exchange.path, &headers, body).expect("the server answers");
    let found = answer.json().unwrap_or(Value::Null);
    let is_right =
        answer.status == exchange.status && exchange.answer.as_ref().is_none_or(|part| is_part(part, &found));
    let Exchange { line, method, path, .. } = exchange;
    (!is_right).then(|| format!("line {line}: {method} {path}: {} {found}", answer.status))
}

#[test]
fn each_example_does_what_the_page_says() {
    let mut wrong = Vec::new();
    for (title, parts) in sections() {
        let mut server: Option<TestServer> = None;
        for part in &parts {
            match (part, &mut server) {
                (Part::Program(place), None) => server = Some(TestServer::start((PROGRAMS[*place].make)())),
                (Part::Program(place), Some(server)) => server.upgrade((PROGRAMS[*place].make)()),
                (Part::Exchange(exchange), Some(server)) => wrong.extend(ask(server, exchange)),
                (Part::Exchange(exchange), None) => panic!("line {}: there is no program yet", exchange.line),
            }
        }
        let asked = parts.iter().filter(|part| matches!(part, Part::Exchange(_))).count();
        assert!(server.is_none() || asked > 0, "{title}: nothing is asked");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn each_attribute_has_a_section_with_an_example() {
    let words: BTreeSet<String> = TABLE
        .lines()
        .filter(|line| line.contains("| `"))
        .map(|line| {
            let mut cells = line.split('|').map(str::trim).skip(1);
            let (place, word) = (cells.next().expect("a place"), cells.next().expect("a word"));
            format!("{word} on {place}")
        })
        .collect();
    assert!(words.len() > 60, "the table is there");
    let shown: BTreeSet<String> =
        sections().into_iter().filter(|(_, parts)| !parts.is_empty()).map(|(title, _)| title).collect();
    let missing: Vec<&String> = words.difference(&shown).collect();
    assert!(missing.is_empty(), "without a section: {missing:#?}");
    let unknown: Vec<&String> =
        shown.iter().filter(|title| title.contains("` on a") && !words.contains(*title)).collect();
    assert!(unknown.is_empty(), "no attributes: {unknown:#?}");
}
