//! The past of fields that not everybody sees: which revisions are told of, what of events, and what an earlier moment is asked.

use acceptance::who::{Who, check, text};
use lithair_core::model::Backend as _;
use lithair_core::prelude::*;
use lithair_core::testing::TestServer;
use serde_json::{Value, json};

#[derive(DeclarativeModel)]
#[permission(read = authenticated, create = authenticated, update = owner, delete = owner, history = authenticated)]
struct Paper {
    #[db(primary_key, auto = sequence)]
    number: i64,
    #[permission(owner)]
    holder: String,
    #[http(filter)]
    title: String,
    #[permission(read = owner)]
    #[http(filter(guarded))]
    secret: String,
}

#[derive(DomainEvent)]
struct Signed {
    words: String,
}

#[derive(CommandError)]
enum NotSigned {
    #[error(status = 422, "these are no words")]
    NoWords,
}

#[commands]
impl Paper {
    #[command]
    fn sign(&mut self, _: &Context, words: String) -> Result<Signed, NotSigned> {
        if words.is_empty() {
            return Err(NotSigned::NoWords);
        }
        self.title.push('!');
        Ok(Signed { words })
    }
}

const ANN: Who = Who::of("ann", &[]);
const BOB: Who = Who::of("bob", &[]);

#[test]
fn of_the_past_as_much_is_told_as_of_the_present() {
    let server = TestServer::start(DeclarativeServer::new("127.0.0.1:0").model::<Paper>());
    let url = server.url();
    let ann = |method: &str, path: &str, body: Value| {
        let answer = ANN.ask(&url, method, path, &body);
        assert!(answer.status < 300, "{method} {path}: {}", text(&answer));
    };
    ann("POST", "/api/papers", json!({ "title": "t", "secret": "one" }));
    ann("PATCH", "/api/papers/1", json!({ "secret": "two" }));
    ann("PATCH", "/api/papers/1", json!({ "title": "u" }));
    ann("POST", "/api/papers/1:sign", json!({ "words": "canary" }));

    // The second changed nothing that Bob sees, and what the event says may be of anything.
    let history = |who: Who| who.get(&url, "/api/papers/1/history").json().expect("is JSON")["items"].clone();
    let revisions = |items: &Value| -> Vec<u64> {
        items.as_array().expect("a list").iter().map(|item| item["rev"].as_u64().expect("a number")).collect()
    };
    let (anns, bobs) = (history(ANN), history(BOB));
    assert_eq!((revisions(&anns), revisions(&bobs)), (vec![4, 3, 2, 1], vec![4, 3, 1]));
    assert_eq!(
        (&anns[0]["events"][0]["name"], &anns[0]["events"][0]["data"]["words"]),
        (&json!("Signed"), &json!("canary"))
    );
    assert_eq!((&bobs[0]["events"][0]["name"], &bobs[0]["events"][0]["data"]), (&json!("Signed"), &Value::Null));
    assert_eq!((&anns[2]["patch"]["secret"], bobs[2]["patch"].get("secret")), (&json!("two"), None));
    assert_eq!((&bobs[1]["patch"]["title"], bobs[1]["patch"].get("secret")), (&json!("u"), None));

    // A moment is asked by a field where it is seen.
    let now = server.engine().position();
    for (who, found) in [(ANN, vec![1]), (BOB, Vec::new())] {
        assert_eq!(who.numbers(&url, &format!("/api/papers?as_of={now}&filter=secret='two'")), found, "{who:?}");
    }
    assert_eq!(BOB.numbers(&url, &format!("/api/papers?as_of={now}&filter=title='u!'")), [1]);
}

/// Every field is everybody's who sees the record; which records those are has changed.
#[derive(DeclarativeModel)]
#[permission(read = open || owner, create = authenticated, update = owner, delete = owner, history = authenticated)]
struct Note {
    #[db(primary_key, auto = sequence)]
    number: i64,
    #[permission(owner)]
    holder: String,
    open: bool,
    text: String,
}

#[test]
fn what_a_record_was_before_somebody_saw_it_stays_unseen() {
    let server = TestServer::start(DeclarativeServer::new("127.0.0.1:0").model::<Note>());
    let url = server.url();
    check(&ANN.ask(&url, "POST", "/api/notes", &json!({ "open": false, "text": "canary" })), "201");
    check(&ANN.ask(&url, "PATCH", "/api/notes/1", &json!({ "open": true, "text": "open" })), "200");
    for (who, revisions) in [(ANN, 2), (BOB, 1)] {
        let history = who.get(&url, "/api/notes/1/history");
        assert_eq!(history.json().expect("is JSON")["items"].as_array().map(Vec::len), Some(revisions), "{who:?}");
        assert_eq!(text(&history).contains("canary"), revisions == 2, "{who:?}");
    }
    check(&ANN.get(&url, "/api/notes/1?rev=1"), "200");
    check(&BOB.get(&url, "/api/notes/1?rev=1"), "404 record-not-found");
}

/// A page of the past need not reach back to where the record was last said whole: what it was before is found out.
#[test]
fn a_page_of_the_past_shows_what_was_seen_then_wherever_it_begins() {
    let server = TestServer::start(DeclarativeServer::new("127.0.0.1:0").model::<Note>().model::<Paper>());
    let url = server.url();
    let page = |who: Who, path: &str| -> Vec<Value> {
        let answer = who.get(&url, path);
        assert_eq!(answer.status, 200, "{path}: {}", text(&answer));
        answer.json().expect("is JSON")["items"].as_array().expect("a list").clone()
    };
    let newest = |who: Who| page(who, "/api/notes/1/history?limit=1").iter().map(|item| item["rev"].clone()).collect();
    let change = |body: Value| check(&ANN.ask(&url, "PATCH", "/api/notes/1", &body), "200");
    check(&ANN.ask(&url, "POST", "/api/notes", &json!({ "open": false, "text": "canary" })), "201");
    change(json!({ "open": true }));
    let (two, three): (Vec<Value>, Vec<Value>) = (vec![json!(2)], vec![json!(3)]);
    assert_eq!((newest(ANN), newest(BOB)), (two.clone(), two));
    change(json!({ "text": "said by many" }));
    assert_eq!((newest(ANN), newest(BOB)), (three.clone(), three));
    change(json!({ "open": false }));
    check(&BOB.get(&url, "/api/notes/1/history?limit=1"), "404 record-not-found");
    change(json!({ "open": true }));
    check(&ANN.ask(&url, "DELETE", "/api/notes/1", &Value::Null), "204");
    let gone = |who: Who| page(who, "/api/notes/1/history?limit=1").iter().map(|item| item["op"].clone()).collect();
    let deleted: Vec<Value> = vec![json!("delete")];
    assert_eq!((gone(ANN), gone(BOB)), (deleted.clone(), deleted));

    // Who sees a part of each sees the first and the last of them all the same.
    check(&ANN.ask(&url, "POST", "/api/papers", &json!({ "title": "t", "secret": "one" })), "201");
    check(&ANN.ask(&url, "PATCH", "/api/papers/1", &json!({ "secret": "two" })), "200");
    check(&ANN.ask(&url, "DELETE", "/api/papers/1", &Value::Null), "204");
    let all =
        |who: Who| -> Vec<Value> { page(who, "/api/papers/1/history").iter().map(|item| item["op"].clone()).collect() };
    assert_eq!(all(ANN), ["delete", "update", "create"]);
    assert_eq!(all(BOB), ["delete", "create"]);
}
