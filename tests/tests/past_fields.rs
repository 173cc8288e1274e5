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

/// Seen by everybody while it is open, its price while it is for sale, what is said of it while that is not hidden.
#[derive(DeclarativeModel)]
#[permission(read = open || owner, create = authenticated, update = owner, delete = owner)]
struct Story {
    #[db(primary_key, auto = sequence)]
    number: i64,
    #[permission(owner)]
    holder: String,
    open: bool,
    #[db(default = true)]
    for_sale: bool,
    #[http(filter)]
    title: String,
    #[permission(read = for_sale || owner)]
    #[http(filter(guarded))]
    price: i64,
    #[relation(has_many = Remark, via = story_id)]
    remarks: Many<Remark>,
}

#[derive(DeclarativeModel)]
#[permission(read = !hidden || owner, create = authenticated, update = owner)]
struct Remark {
    #[db(primary_key, auto = sequence)]
    number: i64,
    #[permission(owner)]
    holder: String,
    #[relation(on_delete = cascade)]
    story_id: Id<Story>,
    #[db(default = false)]
    hidden: bool,
}

fn stories(program: DeclarativeServer) -> TestServer {
    let server = TestServer::start(program.model::<Story>().model::<Remark>());
    let url = server.url();
    for number in 1..=8 {
        let story = json!({ "open": true, "title": format!("t{number}"), "price": number });
        check(&ANN.ask(&url, "POST", "/api/stories", &story), "201");
        check(&ANN.ask(&url, "POST", "/api/remarks", &json!({ "story_id": number })), "201");
    }
    server
}

/// The list that a path begins, from its page of one record on: by pages of this many, back and forth.
fn rest(who: Who, url: &str, path: &str, limit: usize, change: impl FnOnce()) -> Vec<Value> {
    let page = |cursor: &str, limit: usize| {
        let answer = who.get(url, &format!("{path}&limit={limit}{cursor}"));
        assert_eq!(answer.status, 200, "{path}: {}", text(&answer));
        answer.json().expect("is JSON")
    };
    let items = |page: &Value| page["items"].as_array().expect("a list").clone();
    let cursor = |page: &Value, side: &str| page[side].as_str().map(|cursor| format!("&cursor={cursor}"));
    let first = page("", 1);
    change();
    let (mut all, mut last) = (Vec::new(), first.clone());
    while let Some(next) = cursor(&last, "next_cursor") {
        let found = page(&next, limit);
        if items(&found).is_empty() {
            assert_eq!(found["next_cursor"], Value::Null, "a cursor stands at a record that is shown");
            break;
        }
        all.extend(items(&found));
        last = found;
    }
    // The way back has the same records, and the first of all.
    let mut back = items(&last);
    while let Some(previous) = cursor(&last, "prev_cursor") {
        last = page(&previous, limit);
        back.splice(0..0, items(&last));
    }
    let tail = back.len().saturating_sub(all.len());
    assert_eq!(back[tail..], all[..], "{path} by {limit}");
    all
}

/// A cursor showed what was taken out of sight since the first page, for as long as its moment was kept.
#[test]
fn a_later_page_shows_what_its_reader_sees_today_too() {
    for limit in [1, 2, 500] {
        let server = stories(DeclarativeServer::new("127.0.0.1:0"));
        let url = server.url();
        let ann = |method: &str, path: &str, body: Value| {
            let answer = ANN.ask(&url, method, path, &body);
            assert!(answer.status < 300, "{method} {path}: {}", text(&answer));
        };
        let shown = rest(BOB, &url, "/api/stories?sort=number&expand=remarks", limit, || {
            ann("PATCH", "/api/stories/2", json!({ "open": false }));
            ann("PATCH", "/api/stories/3", json!({ "open": false }));
            ann("DELETE", "/api/stories/4", Value::Null);
            ann("PATCH", "/api/stories/5", json!({ "for_sale": false, "title": "later" }));
            ann("PATCH", "/api/remarks/6", json!({ "hidden": true }));
            ann("PATCH", "/api/stories/8", json!({ "open": false }));
        });
        check(&BOB.get(&url, "/api/stories/2"), "404 record-not-found");
        let told: Vec<_> = shown
            .iter()
            .map(|story| (story["number"].as_i64(), story["price"].as_i64(), story["remarks"].as_array().map(Vec::len)))
            .collect();
        let seen = [(Some(5), None, Some(1)), (Some(6), Some(6), Some(0)), (Some(7), Some(7), Some(1))];
        assert_eq!(told, seen, "by {limit}");
        // What is seen is shown as it was.
        assert_eq!(shown[0]["title"], "t5");
        assert!(shown[0]["_redacted"].as_array().expect("names").contains(&json!("price")), "{}", shown[0]);
        // A filter asks what is seen then and today.
        let asked = rest(BOB, &url, "/api/stories?sort=number&filter=price%3E0", limit, || {
            ann("PATCH", "/api/stories/7", json!({ "for_sale": false }));
        });
        assert_eq!(asked.iter().map(|story| story["number"].as_i64()).collect::<Vec<_>>(), [Some(6)]);
        // What is gone is asked nothing any more.
        let all = rest(ANN, &url, "/api/remarks?sort=number", limit, || ann("DELETE", "/api/stories/7", Value::Null));
        assert_eq!(all.iter().map(|remark| remark["number"].as_i64()).collect::<Vec<_>>(), [2, 3, 5, 6, 8].map(Some));
    }
}

/// A moment went when the next write came, and nobody need write.
#[test]
fn a_moment_is_over_by_the_clock() {
    let server = stories(DeclarativeServer::new("127.0.0.1:0").setting("store.keep_moments", "0s"));
    let url = server.url();
    let first = BOB.get(&url, "/api/stories?limit=1").json().expect("is JSON");
    let next = format!("/api/stories?limit=500&cursor={}", first["next_cursor"].as_str().expect("a cursor"));
    assert_eq!(BOB.numbers(&url, &next), [2, 3, 4, 5, 6, 7, 8], "the present is never over");
    check(&ANN.ask(&url, "PATCH", "/api/stories/1", &json!({ "title": "later" })), "200");
    check(&BOB.get(&url, &next), "410 horizon-gone");
}
