//! What somebody may not see is answered as what is not there: the same to the byte, whatever is asked of it.

use std::collections::BTreeMap;

use lithair_core::client::Response;
use lithair_core::model::Backend as _;
use lithair_core::testing::TestServer;
use serde_json::{Value, json};

use super::callers::Caller;
use super::cases::{CASES, Known, filled, program};
use super::{ACME, CALLERS, standing};
use acceptance::who::{Who, check, text};

/// No case, and no note, has this number.
const ABSENT: usize = 777;

/// An answer without what is of the request alone, and with one name for the record that it is about.
fn told(response: &Response, number: usize) -> (u16, BTreeMap<String, String>, String) {
    let mut headers: BTreeMap<String, String> = response
        .headers
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_str().expect("a text").to_owned()))
        .collect();
    let id = headers.remove("x-request-id").unwrap_or_default();
    for name in ["date", "content-length"] {
        headers.remove(name);
    }
    (response.status, headers, named(&text(response).replace(&id, "ID"), number))
}

/// A text with a word instead of a number, where it stands alone.
fn named(text: &str, number: usize) -> String {
    let mut pieces: Vec<String> = vec![String::new()];
    for letter in text.chars() {
        let last = pieces.last_mut().expect("there is one");
        match last.chars().last() {
            Some(before) if before.is_ascii_digit() != letter.is_ascii_digit() => pieces.push(letter.into()),
            _ => last.push(letter),
        }
    }
    let number = number.to_string();
    pieces.into_iter().map(|piece| if piece == number { "NUMBER".to_owned() } else { piece }).collect()
}

/// What is asked of one case that somebody does not see, and of its note.
fn asked(number: usize) -> Vec<(&'static str, String, Value)> {
    let mut asked = Vec::new();
    for rest in ["", "?expand=notes", "?rev=1", "?rev=99", "?as_of=50", "/history", "/notes", "?fields=title"] {
        for method in ["GET", "HEAD"] {
            asked.push((method, format!("/api/cases/{number}{rest}"), Value::Null));
        }
    }
    for rest in ["", "/case", "/history"] {
        asked.push(("GET", format!("/api/notes/{number}{rest}"), Value::Null));
    }
    let data = json!({ "open": true, "title": "t", "body": "b", "secret": "s", "account": "a" });
    let op = |op: &str, data: Value| json!({ "op": op, "collection": "cases", "id": number, "data": data });
    let ops = [op("patch", json!({ "open": true })), op("replace", data.clone())];
    let case = format!("/api/cases/{number}");
    asked.extend([
        ("PATCH", case.clone(), json!({ "open": true })),
        ("PATCH", case.clone(), json!({ "open": 7 })),
        ("PUT", case.clone(), data),
        ("DELETE", case.clone(), Value::Null),
        ("POST", format!("{case}:restore"), json!({ "rev": 1 })),
        ("POST", format!("{case}:restore"), json!({ "rev": 99 })),
        ("POST", "/api/notes".to_owned(), json!({ "case_id": number, "words": "w" })),
    ]);
    asked.extend(ops.map(|op| ("POST", "/api/_batch".to_owned(), json!({ "ops": [op] }))));
    let delete = json!({ "op": "delete", "collection": "cases", "id": number });
    asked.push(("POST", "/api/_batch".to_owned(), json!({ "ops": [delete] })));
    asked
}

#[test]
fn what_is_not_seen_is_answered_as_what_is_not_there_whatever_is_asked() {
    let server = TestServer::start(program());
    let (url, engine) = (server.url(), server.engine());
    let known = filled(&url);
    // What is gone was not there for those who did not see it.
    for gone in [3, 7] {
        check(
            &Who::of("olga", &["Chief"]).at("other").ask(&url, "DELETE", &format!("/api/cases/{gone}"), &Value::Null),
            "204",
        );
    }
    let before = engine.position();
    let (mut compared, mut tells) = (0, Vec::new());
    for (who, standing) in CALLERS {
        let (caller, seen) = (Caller::named(who, standing), Known::seen(&known, standing));
        let unseen: Vec<usize> = (1..=CASES).filter(|number| !seen.contains(number)).collect();
        let Some(&first) = unseen.first() else { continue };
        for number in unseen {
            for ((method, path, body), (_, other_path, other_body)) in asked(number).into_iter().zip(asked(ABSENT)) {
                let some = [&[][..], &[("if-match", "\"1\"")], &[("if-match", "*")], &[("if-none-match", "*")]];
                // One record is asked under every condition, the others plainly.
                let count = if number == first { some.len() } else { 1 };
                for conditions in &some[..count] {
                    let hidden = caller.ask(&url, method, &path, conditions, &body);
                    let absent = caller.ask(&url, method, &other_path, conditions, &other_body);
                    let (hidden, absent) = (told(&hidden, number), told(&absent, ABSENT));
                    if hidden != absent {
                        tells.push(format!("{method} {path} {body} {conditions:?} of {who:?}: {hidden:?}, {absent:?}"));
                    }
                    compared += 1;
                }
            }
        }
    }
    assert!(tells.is_empty(), "{} answers tell: {:#?}", tells.len(), &tells[..tells.len().min(10)]);
    eprintln!("{compared} pairs of answers");
    assert!(compared > 3_000);
    assert_eq!(engine.position(), before, "nothing is stored");
}

/// A note is for who may change its case. Of a case that is not seen, nobody is told whether it is there.
#[test]
fn below_a_parent_that_is_not_seen_nothing_is_added_and_nothing_is_told() {
    let server = TestServer::start(program());
    let url = server.url();
    let known = filled(&url);
    let bob = Caller::named(Who::of("bob", &[]).at("acme"), standing(ACME, "bob", ""));
    let note = |number: usize| json!({ "case_id": number, "words": "w" });
    let add = |number: usize| told(&bob.ask(&url, "POST", "/api/notes", &[], &note(number)), number);
    let seen = Known::seen(&known, bob.standing);
    let absent = add(ABSENT);
    assert!((400..500).contains(&absent.0), "{absent:?}");
    for number in (1..=CASES).filter(|number| !seen.contains(number)) {
        assert_eq!(add(number), absent, "{number}");
    }
    // Seen and not Bob's to change: that it is there is no secret, and still nothing is added.
    let others = known.iter().find(|case| seen.contains(&case.number) && !case.canaries(bob.standing)[2].1);
    let others = others.expect("an open case of somebody else");
    assert_eq!(add(others.number).0, 403);
}
