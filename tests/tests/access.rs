//! Who may do what, asked over HTTP as several callers.

use acceptance::who::{Who, check, text};
use lithair_core::client::Response;
use lithair_core::prelude::*;
use lithair_core::testing::TestServer;
use serde_json::{Value, json};

#[derive(DeclarativeEnum, PartialEq)]
enum Status {
    Draft,
    Published,
    Archived,
}

#[derive(DeclarativeModel)]
#[permission(
    roles(Admin > Editor > Reader),
    read = status == Status::Published || owner || role(Editor),
    create = authenticated,
    update = owner && status != Status::Archived || role(Editor),
    delete = role(Admin),
    deny(update, when = locked && !role(Admin), message = "the article is locked"),
    after(update, before.section == section, message = "an article stays in its section"),
    history = role(Editor),
    export = role(Admin)
)]
struct Article {
    #[db(primary_key, auto = sequence)]
    number: i64,
    #[permission(owner)]
    author: String,
    #[db(default = Status::Draft, index)]
    status: Status,
    #[http(filter)]
    title: String,
    #[db(default = "news")]
    section: String,
    #[db(default = false)]
    #[permission(write = role(Editor))]
    locked: bool,
    #[permission(read = owner || role(Editor), write = role(Editor))]
    #[http(filter(guarded))]
    note: Option<String>,
    #[relation(has_many = Remark, via = article_id)]
    remarks: Many<Remark>,
}

#[derive(DeclarativeModel)]
#[permission(read = check(article, read), create = check(article, read), update = owner, delete = owner || check(article, delete))]
struct Remark {
    #[db(primary_key, auto = sequence)]
    number: i64,
    #[relation(on_delete = cascade)]
    article_id: Id<Article>,
    #[permission(owner)]
    by: String,
    #[http(filter)]
    text: String,
}

const NOBODY: Who = Who::NOBODY;
const ANN: Who = Who::of("ann", &[]);
const BOB: Who = Who::of("bob", &[]);
const ED: Who = Who::of("ed", &["Editor"]);
const ADA: Who = Who::of("ada", &["Admin"]);

fn server() -> TestServer {
    let program = DeclarativeServer::new("127.0.0.1:0").model::<Article>().model::<Remark>();
    TestServer::start(program.setting("auth.admin_role", "Admin"))
}

/// 1: Ann's draft, 2: Ann's published, 3: Bob's draft, 4: Bob's published with a note and locked.
fn articles() -> TestServer {
    let server = server();
    for (who, title) in [(ANN, "one"), (ANN, "two"), (BOB, "three"), (BOB, "four")] {
        check(&who.ask(&server.url(), "POST", "/api/articles", &json!({ "title": title })), "201");
    }
    for number in [2, 4] {
        check(
            &ED.ask(&server.url(), "PATCH", &format!("/api/articles/{number}"), &json!({ "status": "Published" })),
            "200",
        );
    }
    let noted = json!({ "note": "canary", "locked": true });
    check(&ADA.ask(&server.url(), "PATCH", "/api/articles/4", &noted), "200");
    server
}

#[test]
fn lists_counts_and_filters_are_of_what_is_seen() {
    let server = articles();
    assert_eq!(NOBODY.numbers(&server.url(), "/api/articles"), [2, 4]);
    assert_eq!(ANN.numbers(&server.url(), "/api/articles"), [1, 2, 4]);
    assert_eq!(BOB.numbers(&server.url(), "/api/articles"), [2, 3, 4]);
    assert_eq!(ED.numbers(&server.url(), "/api/articles"), [1, 2, 3, 4]);
    let counted = ANN.get(&server.url(), "/api/articles?count=exact&limit=1").json().expect("is JSON");
    assert_eq!(counted["total"], 3);
    assert_eq!(ANN.numbers(&server.url(), "/api/articles?filter=title='three'%20or%20title='one'"), [1]);
    assert_eq!(ANN.numbers(&server.url(), "/api/articles?filter=not(title='one')"), [2, 4]);
}

#[test]
fn what_is_not_seen_is_answered_as_what_is_not_there() {
    let server = articles();
    let hidden = ANN.get(&server.url(), "/api/articles/3");
    let absent = ANN.get(&server.url(), "/api/articles/99");
    let less = |response: &Response| {
        let mut body = response.json().expect("is JSON");
        body.as_object_mut().expect("an object").remove("request_id");
        (response.status, body)
    };
    assert_eq!(less(&hidden), less(&absent));
    for (method, path, body) in [
        ("PATCH", "/api/articles/", json!({ "title": "x" })),
        ("DELETE", "/api/articles/", Value::Null),
        ("PUT", "/api/articles/", json!({ "title": "x" })),
    ] {
        let hidden = ANN.ask(&server.url(), method, &format!("{path}3"), &body);
        let absent = ANN.ask(&server.url(), method, &format!("{path}99"), &body);
        assert_eq!(less(&hidden), less(&absent), "{method}");
        check(&hidden, "404 record-not-found");
    }
    check(&ANN.get(&server.url(), "/api/articles/3/remarks"), "404 record-not-found");
    check(&ANN.get(&server.url(), "/api/articles/3/history"), "403 forbidden");
    check(&NOBODY.get(&server.url(), "/api/articles/3"), "404 record-not-found");
}

#[test]
fn what_is_seen_and_not_to_be_changed_is_forbidden() {
    let server = articles();
    check(&ANN.ask(&server.url(), "PATCH", "/api/articles/4", &json!({ "title": "x" })), "403 forbidden");
    check(&ANN.ask(&server.url(), "DELETE", "/api/articles/1", &Value::Null), "403 forbidden");
    check(&NOBODY.ask(&server.url(), "POST", "/api/articles", &json!({ "title": "x" })), "401 authentication-required");
    check(
        &NOBODY.ask(&server.url(), "PATCH", "/api/articles/2", &json!({ "title": "x" })),
        "401 authentication-required",
    );
    check(&ED.ask(&server.url(), "DELETE", "/api/articles/1", &Value::Null), "403 forbidden");
    check(&ADA.ask(&server.url(), "DELETE", "/api/articles/1", &Value::Null), "204");
    let locked = ED.ask(&server.url(), "PATCH", "/api/articles/4", &json!({ "title": "x" }));
    check(&locked, "403 forbidden");
    assert_eq!(locked.json().expect("is JSON")["detail"], "the article is locked");
    check(&ADA.ask(&server.url(), "PATCH", "/api/articles/4", &json!({ "title": "x" })), "200");
    let moved = ED.ask(&server.url(), "PATCH", "/api/articles/2", &json!({ "section": "sport" }));
    assert_eq!(moved.json().expect("is JSON")["detail"], "an article stays in its section");
    check(&ANN.ask(&server.url(), "PATCH", "/api/articles/2", &json!({ "status": "Archived" })), "403 forbidden");
    check(&ED.ask(&server.url(), "PATCH", "/api/articles/2", &json!({ "status": "Archived" })), "200");
    check(&ANN.ask(&server.url(), "PATCH", "/api/articles/2", &json!({ "status": "Published" })), "403 forbidden");
}

#[test]
fn a_field_is_shown_to_who_may_see_it_and_named_to_the_others() {
    let server = articles();
    let shown = |who: Who, path: &str| who.get(&server.url(), path).json().expect("is JSON");
    assert_eq!(shown(BOB, "/api/articles/4")["note"], "canary");
    let others = shown(ANN, "/api/articles/4");
    assert_eq!((others.get("note"), &others["_redacted"]), (None, &json!(["note"])));
    assert!(shown(ED, "/api/articles/4").get("_redacted").is_none());
    let list = text(&ANN.get(&server.url(), "/api/articles"));
    assert!(!list.contains("canary"));
    // Asked only where it is seen, whichever way round.
    assert_eq!(BOB.numbers(&server.url(), "/api/articles?filter=note='canary'"), [4]);
    assert_eq!(ANN.numbers(&server.url(), "/api/articles?filter=note='canary'"), [0_i64; 0]);
    assert_eq!(ANN.numbers(&server.url(), "/api/articles?filter=not(note='canary')"), [1, 2, 4]);
    assert_eq!(ANN.numbers(&server.url(), "/api/articles?filter=not(note='other')"), [1, 2, 4]);
    // To who never sees it, it is as unknown as one that does not exist.
    let forbidden = NOBODY.get(&server.url(), "/api/articles?filter=note='canary'").json().expect("is JSON");
    let unknown = NOBODY.get(&server.url(), "/api/articles?filter=nope='canary'").json().expect("is JSON");
    assert_eq!(
        forbidden["detail"].as_str().map(|text| text.replace("note", "nope")),
        unknown["detail"].as_str().map(str::to_owned)
    );
    check(&NOBODY.get(&server.url(), "/api/articles?fields=note"), "400 invalid-parameter");
    check(&ED.get(&server.url(), "/api/articles?sort=note"), "400 invalid-parameter");
}

#[test]
fn fields_that_are_not_the_callers_are_refused_and_nothing_is_stored() {
    let server = articles();
    for body in
        [json!({ "author": "bob" }), json!({ "locked": false }), json!({ "note": "mine" }), json!({ "number": 9 })]
    {
        check(&ANN.ask(&server.url(), "PATCH", "/api/articles/1", &body), "422 validation-failed");
        let mut whole = json!({ "title": "x" });
        whole.as_object_mut().expect("an object").extend(body.as_object().expect("an object").clone());
        check(&ANN.ask(&server.url(), "PUT", "/api/articles/1", &whole), "422 validation-failed");
        check(&ANN.ask(&server.url(), "POST", "/api/articles", &whole), "422 validation-failed");
        let batch = json!({ "ops": [{ "op": "create", "collection": "articles", "data": whole }] });
        check(&ANN.ask(&server.url(), "POST", "/api/_batch", &batch), "422 validation-failed");
    }
    let kept = ANN.get(&server.url(), "/api/articles/1").json().expect("is JSON");
    assert_eq!((&kept["author"], &kept["title"], &kept["locked"]), (&json!("ann"), &json!("one"), &json!(false)));
    assert_eq!(ADA.numbers(&server.url(), "/api/articles"), [1, 2, 3, 4]);
    // What the caller does not see or set keeps its value when the rest is replaced.
    check(&ED.ask(&server.url(), "PATCH", "/api/articles/1", &json!({ "note": "kept" })), "200");
    check(&ANN.ask(&server.url(), "PUT", "/api/articles/1", &json!({ "title": "new" })), "200");
    let kept = ED.get(&server.url(), "/api/articles/1").json().expect("is JSON");
    assert_eq!((&kept["note"], &kept["title"]), (&json!("kept"), &json!("new")));
}

#[test]
fn relations_lead_to_what_is_seen() {
    let server = articles();
    for (who, article, verdict) in
        [(ANN, 4, "201"), (BOB, 3, "201"), (ANN, 3, "403 forbidden"), (ANN, 99, "403 forbidden")]
    {
        let remark = json!({ "article_id": article, "text": format!("of {article}") });
        check(&who.ask(&server.url(), "POST", "/api/remarks", &remark), verdict);
    }
    assert_eq!(ANN.numbers(&server.url(), "/api/remarks"), [1]);
    assert_eq!(BOB.numbers(&server.url(), "/api/remarks"), [1, 2]);
    assert_eq!(ED.numbers(&server.url(), "/api/articles?filter=any(remarks,.text='of%203')"), [3]);
    assert_eq!(ANN.numbers(&server.url(), "/api/articles?filter=any(remarks,.text='of%203')"), [0_i64; 0]);
    assert_eq!(ED.numbers(&server.url(), "/api/remarks?filter=article.title='three'"), [2]);
    assert_eq!(ANN.numbers(&server.url(), "/api/remarks?filter=article.title!='three'"), [1]);
    let expanded = NOBODY.get(&server.url(), "/api/articles/4?expand=remarks").json().expect("is JSON");
    assert_eq!(expanded["remarks"].as_array().map(Vec::len), Some(1));
    assert!(!text(&NOBODY.get(&server.url(), "/api/remarks?expand=article")).contains("canary"));
    // A reference to what is not seen is one to what is not there.
    let to_hidden = ANN.ask(&server.url(), "PATCH", "/api/remarks/1", &json!({ "article_id": 3 }));
    let to_absent = ANN.ask(&server.url(), "PATCH", "/api/remarks/1", &json!({ "article_id": 99 }));
    check(&to_hidden, "409 reference-violation");
    assert_eq!(to_hidden.json().expect("is JSON")["errors"], to_absent.json().expect("is JSON")["errors"]);
}

#[test]
fn the_past_is_for_who_may_see_it_then_and_today() {
    let server = articles();
    check(&ANN.get(&server.url(), "/api/articles/1/history"), "403 forbidden");
    check(&NOBODY.get(&server.url(), "/api/articles/1?rev=1"), "401 authentication-required");
    check(&ANN.get(&server.url(), "/api/articles?as_of=3"), "403 forbidden");
    let history = ED.get(&server.url(), "/api/articles/4/history").json().expect("is JSON");
    assert_eq!(history["items"].as_array().map(Vec::len), Some(3));
    check(&ED.get(&server.url(), "/api/articles/4?rev=1"), "200");
    assert_eq!(ED.numbers(&server.url(), "/api/articles?as_of=3").len(), 2);
    check(&ED.ask(&server.url(), "POST", "/api/articles/2:restore", &json!({ "rev": 1 })), "200");
}

#[derive(DeclarativeModel)]
#[permission(all = public, read = shared || owner)]
struct Letter {
    #[db(primary_key, auto = sequence)]
    number: i64,
    #[permission(owner)]
    by: String,
    shared: bool,
    text: String,
}

#[test]
fn a_record_is_not_led_back_to_what_the_caller_did_not_see() {
    let server = TestServer::start(DeclarativeServer::new("127.0.0.1:0").model::<Letter>());
    let url = server.url();
    check(&ANN.ask(&url, "POST", "/api/letters", &json!({ "shared": false, "text": "then" })), "201");
    check(&ANN.ask(&url, "PATCH", "/api/letters/1", &json!({ "shared": true, "text": "today" })), "200");
    let restore = |who: Who| who.ask(&url, "POST", "/api/letters/1:restore", &json!({ "rev": 1 }));
    check(&BOB.get(&url, "/api/letters/1"), "200");
    check(&BOB.get(&url, "/api/letters/1?rev=1"), "404 record-not-found");
    check(&restore(BOB), "404 record-not-found");
    assert!(text(&BOB.get(&url, "/api/letters/1")).contains("today"));
    check(&restore(ANN), "200");
    check(&BOB.get(&url, "/api/letters/1"), "404 record-not-found");
}

#[derive(DeclarativeModel)]
#[permission(all = public, history = owner)]
struct Diary {
    #[db(primary_key, auto = sequence)]
    number: i64,
    #[permission(owner)]
    writer: Option<String>,
    text: String,
}

#[test]
fn a_right_to_the_past_of_some_records_is_none_to_that_of_others() {
    let server = TestServer::start(DeclarativeServer::new("127.0.0.1:0").model::<Diary>());
    let url = server.url();
    for who in [ANN, BOB] {
        check(&who.ask(&url, "POST", "/api/diaries", &json!({ "text": "before" })), "201");
    }
    for number in [1, 2] {
        check(&ED.ask(&url, "PATCH", &format!("/api/diaries/{number}"), &json!({ "text": "after" })), "200");
    }
    assert_eq!(ANN.numbers(&url, "/api/diaries?as_of=3"), [1]);
    check(&ANN.get(&url, "/api/diaries/2?rev=1"), "403 forbidden");
    // What is gone has a past, for the same people.
    for number in [1, 2] {
        check(&ED.ask(&url, "DELETE", &format!("/api/diaries/{number}"), &Value::Null), "204");
    }
    assert_eq!(ANN.numbers(&url, "/api/diaries?as_of=3"), [1]);
    check(&ANN.get(&url, "/api/diaries/1?as_of=3"), "200");
    check(&ANN.get(&url, "/api/diaries/2?as_of=3"), "404 record-not-found");
    check(&ANN.get(&url, "/api/diaries/2/history"), "404 record-not-found");
    check(&BOB.get(&url, "/api/diaries/2/history"), "200");
}

#[test]
fn an_export_is_a_right_of_its_own() {
    let server = articles();
    let export = |who: Who| {
        let said = who.said().unwrap_or_default();
        let headers = [("accept", "application/x-ndjson"), ("lithair-test-principal", said.as_str())];
        server.client().request("GET", "/api/articles", &headers, "").expect("the server answers")
    };
    check(&export(ED), "403 forbidden");
    assert_eq!(text(&export(ADA)).lines().count(), 4);
}

#[test]
fn an_operator_is_told_why() {
    let server = articles();
    let told = |sub: &str, role: Option<&str>, can: &str, of: &str| {
        let who = json!({ "sub": sub, "roles": role.into_iter().collect::<Vec<_>>() });
        let question = json!({ "do": "rbac.explain", "as": who, "can": can, "of": of });
        let answer = ADA.ask(&server.url(), "POST", "/_lithair/admin", &question);
        check(&answer, "200");
        let said = answer.json().expect("is JSON");
        (said["allowed"].clone(), said["decided_by"]["clause"].clone(), said["would_change"].clone())
    };
    let (allowed, clause, change) = told("ann", None, "read", "Article/3");
    assert_eq!((allowed, clause), (json!("no"), json!("Article: read")));
    let owner = "being the owner: the subject that `author` names";
    assert_eq!(change, json!([["status = Published"], [owner], ["role Editor, or Admin above it"]]));
    let (allowed, clause, change) = told("bob", None, "update", "Article/4");
    assert_eq!((allowed, clause), (json!("no"), json!("Article: deny(update)")));
    assert_eq!(change, json!([["!(locked)"], ["role Admin"]]));
    assert_eq!(told("ada", Some("Admin"), "update", "Article/4").0, "yes");
}
