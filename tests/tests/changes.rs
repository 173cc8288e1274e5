//! What may be changed: of the record as it is and as it would be, by a state, from elsewhere, from the past, and by code.

use std::convert::Infallible;
use std::future::Future;
use std::sync::Arc;

use acceptance::who::{Who, check, text};
use lithair_core::Db;
use lithair_core::client::Response;
use lithair_core::model::{AccessSchema, Credential, FieldSchema, Identity, Mismatch, Model, ModelSchema};
use lithair_core::prelude::*;
use lithair_core::testing::TestServer;
use serde_json::{Value, json};

#[derive(Debug, DeclarativeEnum, PartialEq)]
enum Stage {
    Open,
    Paid,
    Sent,
}

/// An order of somebody's. A chief changes it without seeing all of it, a clerk without looking back.
#[derive(Debug, DeclarativeModel)]
#[lifecycle(timestamps)]
#[permission(
    roles(Chief, Clerk),
    read = authenticated,
    create = authenticated,
    update = owner || role(Chief) || role(Clerk),
    delete = owner,
    history = owner || role(Chief)
)]
struct Order {
    #[db(primary_key, auto = sequence)]
    number: i64,
    #[permission(owner)]
    holder: String,
    title: String,
    #[db(default = true)]
    open: bool,
    #[permission(update = open)]
    #[db(default = "")]
    note: String,
    #[permission(write = role(Chief))]
    discount: Option<i64>,
    #[permission(read = owner)]
    pin: Option<String>,
    #[permission(read = owner)]
    #[lifecycle(write_once)]
    seal: Option<String>,
    #[permission(read = owner)]
    #[http(read_only)]
    #[db(default = 0)]
    reminders: i64,
    #[lifecycle(states(initial = Open, pay: Open -> Paid, send: Paid -> Sent))]
    stage: Stage,
    #[computed(title.upper(), stored)]
    heading: String,
    /// Follows from what everybody sees, and is not seen.
    #[permission(read = owner)]
    #[computed(title.lower(), stored)]
    slug: String,
    created_at: Timestamp,
    updated_at: Timestamp,
}

#[commands]
impl Order {
    #[command]
    fn send(&mut self, _: &Context) -> Result<(), Infallible> {
        self.stage = Stage::Sent;
        Ok(())
    }

    #[command]
    fn remind(&mut self, _: &Context) -> Result<(), Infallible> {
        self.reminders += 1;
        Ok(())
    }
}

const NOBODY: Who = Who::NOBODY;
const ANN: Who = Who::of("ann", &[]);
const BOB: Who = Who::of("bob", &[]);
const CHIEF: Who = Who::of("cy", &["Chief"]);
const CLERK: Who = Who::of("clara", &["Clerk"]);

/// Ann's order 1.
fn order() -> TestServer {
    let server = TestServer::start(DeclarativeServer::new("127.0.0.1:0").model::<Order>().model::<Note>());
    check(&ANN.ask(&server.url(), "POST", "/api/orders", &json!({ "title": "one" })), "201");
    server
}

fn patch(server: &TestServer, who: Who, body: Value) -> Response {
    who.ask(&server.url(), "PATCH", "/api/orders/1", &body)
}

/// The order as its owner sees it.
fn now(server: &TestServer) -> Value {
    ANN.get(&server.url(), "/api/orders/1").json().expect("is JSON")
}

#[test]
fn a_field_is_set_where_its_rule_holds_before_and_after() {
    let server = order();
    check(&patch(&server, ANN, json!({ "note": "while it is open" })), "200");
    let closing = patch(&server, ANN, json!({ "open": false, "note": "too late" }));
    check(&closing, "422 validation-failed");
    check(&patch(&server, ANN, json!({ "open": false })), "200");
    let opening = patch(&server, ANN, json!({ "open": true, "note": "too early" }));
    check(&opening, "422 validation-failed");
    for answer in [closing, opening] {
        let error = answer.json().expect("is JSON")["errors"][0].clone();
        assert_eq!((&error["pointer"], &error["detail"]), (&json!("/note"), &json!("this field is not yours to set")));
    }
    assert_eq!(now(&server)["note"], "while it is open");
}

#[test]
fn a_state_is_set_like_a_field_on_ways_that_no_command_goes() {
    let server = order();
    check(&patch(&server, ANN, json!({ "stage": "Paid" })), "200");
    assert!(patch(&server, ANN, json!({ "stage": "Sent" })).status >= 400);
    assert_eq!(now(&server)["stage"], "Paid");
    check(&ANN.ask(&server.url(), "POST", "/api/orders/1:send", &Value::Null), "200");
    assert_eq!(now(&server)["stage"], "Sent");
}

/// Whether it is set may be found out by setting it; what it is set to may not.
#[test]
fn what_is_set_once_and_not_seen_is_not_guessed() {
    let server = order();
    check(&patch(&server, CHIEF, json!({ "seal": "7734" })), "200");
    let guess = |seal: &str| {
        let answer = patch(&server, CHIEF, json!({ "seal": seal }));
        (answer.status, answer.json().expect("is JSON")["errors"].clone())
    };
    assert_eq!(guess("7734"), guess("1"));
    assert_eq!(guess("1").0, 422);
    check(&patch(&server, ANN, json!({ "seal": "7734" })), "200");
    assert_eq!(now(&server)["seal"], "7734");
}

#[test]
fn what_comes_from_elsewhere_says_of_whose_it_is_what_is_so_anyway() {
    let server = order();
    let import = |who: Who, line: &Value| {
        let said = who.send(&server.url(), "POST", "/api/orders:import", "application/x-ndjson", line.to_string());
        let report = said.json().unwrap_or_else(|error| panic!("{error}: {}", text(&said)));
        let count = |word: &str| report[word].as_u64().unwrap_or_default();
        (count("created") + count("updated"), report["errors"][0]["code"].as_str().unwrap_or_default().to_owned())
    };
    let (done, refused) = ((1, String::new()), (0, "validation-failed".to_owned()));
    // A new one, and whose it is either left out or said as it will be.
    let new = |title: &str| json!({ "title": title, "open": true, "note": "", "stage": "Open" });
    let of = |mut line: Value, holder: &str| {
        line["holder"] = json!(holder);
        line
    };
    assert_eq!(import(BOB, &new("two")), done);
    assert_eq!(import(BOB, &of(new("three"), "bob")), done);
    assert_eq!(import(BOB, &of(new("four"), "ann")), refused);
    for (number, title) in [(2, "two"), (3, "three")] {
        let order = BOB.get(&server.url(), &format!("/api/orders/{number}")).json().expect("is JSON");
        assert_eq!((&order["holder"], &order["title"], &order["open"]), (&json!("bob"), &json!(title), &json!(true)));
    }
    // One that is there, as it was read but for its title.
    let mut known = now(&server);
    let members = known.as_object_mut().expect("an object");
    members.retain(|name, _| !name.starts_with('_') && !["heading", "slug", "discount"].contains(&name.as_str()));
    known["title"] = json!("again");
    assert_eq!(import(ANN, &of(known.clone(), "bob")), refused);
    assert_eq!(import(ANN, &known), done);
    assert_eq!((&now(&server)["title"], &now(&server)["holder"]), (&json!("again"), &json!("ann")));
}

#[derive(DeclarativeModel)]
#[permission(read = public, create = authenticated && input.words == "I do")]
struct Vow {
    #[db(primary_key, auto = sequence)]
    number: i64,
    #[permission(owner)]
    by: String,
    words: String,
}

#[test]
fn a_rule_about_what_is_sent_holds_of_an_import() {
    let server = TestServer::start(DeclarativeServer::new("127.0.0.1:0").model::<Vow>());
    for (words, created) in [("I do", 1), ("I do not", 0)] {
        let line = json!({ "words": words }).to_string();
        let answer = ANN.send(&server.url(), "POST", "/api/vows:import", "application/x-ndjson", line);
        assert_eq!(answer.json().expect("is JSON")["created"], created, "{words}: {}", text(&answer));
    }
}

#[test]
fn what_comes_back_from_the_past_is_what_the_caller_might_set() {
    let server = order();
    let back =
        |who: Who, revision: u64| who.ask(&server.url(), "POST", "/api/orders/1:restore", &json!({ "rev": revision }));
    let change = |body: Value| check(&patch(&server, ANN, body), "200");
    change(json!({ "title": "two" }));
    // A clerk changes it and does not look back; what follows from the title comes along.
    check(&back(CLERK, 1), "403 forbidden");
    check(&back(CHIEF, 1), "200");
    assert_eq!((&now(&server)["title"], &now(&server)["heading"]), (&json!("one"), &json!("ONE")));
    // What the chief does not see does not come back for the chief: neither what is the caller's to set, nor what the server sets.
    change(json!({ "pin": "7734" }));
    check(&back(CHIEF, 3), "403 forbidden");
    check(&back(ANN, 3), "200");
    assert_eq!(now(&server)["pin"], Value::Null);
    check(&ANN.ask(&server.url(), "POST", "/api/orders/1:remind", &Value::Null), "200");
    check(&back(CHIEF, 5), "403 forbidden");
    assert_eq!(now(&server)["reminders"], 1);
}

/// A suggestion of anybody's, and a complaint that has to be somebody's.
#[derive(DeclarativeModel)]
#[permission(all = public)]
struct Suggestion {
    #[db(primary_key, auto = sequence)]
    number: i64,
    #[permission(owner)]
    by: Option<String>,
    words: String,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
struct Complaint {
    #[db(primary_key, auto = sequence)]
    number: i64,
    #[permission(owner)]
    by: String,
    words: String,
}

#[test]
fn a_record_is_nobodys_where_it_may_be() {
    let program = DeclarativeServer::new("127.0.0.1:0").model::<Suggestion>().model::<Complaint>();
    let server = TestServer::start(program);
    let words = json!({ "words": "more light" });
    let new = NOBODY.ask(&server.url(), "POST", "/api/suggestions", &words);
    check(&new, "201");
    assert_eq!(new.json().expect("is JSON")["by"], Value::Null);
    check(&NOBODY.ask(&server.url(), "POST", "/api/complaints", &words), "403 forbidden");
    assert_eq!(ANN.ask(&server.url(), "POST", "/api/complaints", &words).json().expect("is JSON")["by"], "ann");
}

/// Filled in as long as it has few tags. What connects a page with one of them twice, counts once.
#[derive(DeclarativeModel)]
#[permission(read = public, create = public, update = tag_count < 2)]
struct Page {
    #[db(primary_key, auto = sequence)]
    number: i64,
    text: String,
    #[relation(many_to_many = Tag, through = Tagging)]
    tags: Many<Tag>,
    #[computed(count(tags), stored)]
    tag_count: u32,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
struct Tag {
    #[db(primary_key)]
    name: String,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
struct Tagging {
    #[db(primary_key, auto = sequence)]
    number: i64,
    page_id: Id<Page>,
    tag_id: Id<Tag>,
}

#[test]
fn a_rule_counts_each_of_the_others_once() {
    let program = DeclarativeServer::new("127.0.0.1:0").model::<Page>().model::<Tag>().model::<Tagging>();
    let server = TestServer::start(program);
    let url = server.url();
    let add = |path: &str, body: Value| check(&NOBODY.ask(&url, "POST", path, &body), "201");
    add("/api/pages", json!({ "text": "a" }));
    add("/api/tags", json!({ "name": "red" }));
    add("/api/tags", json!({ "name": "blue" }));
    let tagged = |tags: [&str; 2]| {
        let tagging = |tag: &str| json!({ "page_id": 1, "tag_id": tag });
        let add = |tag: &str| json!({ "op": "create", "collection": "taggings", "data": tagging(tag) });
        let change = json!({ "op": "patch", "collection": "pages", "id": 1, "data": { "text": tags[1] } });
        NOBODY.ask(&url, "POST", "/api/_batch", &json!({ "ops": [add(tags[0]), add(tags[1]), change] }))
    };
    check(&tagged(["red", "blue"]), "403 forbidden");
    check(&tagged(["red", "red"]), "200");
    check(&tagged(["red", "blue"]), "403 forbidden");
}

/// A model of the server's own, as `lithair-auth` has them: no path leads to it.
struct Note(String);

static NOTE: ModelSchema = ModelSchema {
    name: "Note",
    table: "notes",
    path: "notes",
    fields: &[FieldSchema::of::<String>("text")],
    key: &[0],
    access: AccessSchema::Internal,
    ..ModelSchema::PLAIN
};

impl Model for Note {
    type Key = String;
    const SCHEMA: &'static ModelSchema = &NOTE;

    fn value(&self, _: usize) -> lithair_core::model::Value {
        lithair_core::model::Value::Text(self.0.clone())
    }

    fn from_values(values: Vec<lithair_core::model::Value>) -> Result<Self, Mismatch> {
        match values.into_iter().next() {
            Some(lithair_core::model::Value::Text(text)) => Ok(Self(text)),
            other => panic!("{other:?}"),
        }
    }
}

/// Code that acts for somebody writes whole structs: whose a record is the server says, and nothing is said of what is left at nothing.
async fn as_code(db: Db) {
    let by = |subject: &str, roles: &[&str]| {
        let roles = roles.iter().map(|role| (*role).to_owned());
        db.by(Identity::new(Credential::Session, subject).with_roles(roles).into())
    };
    let new = |discount: Option<i64>| Order {
        number: 0,
        holder: "somebody else".to_owned(),
        title: "two".to_owned(),
        open: true,
        note: String::new(),
        discount,
        pin: None,
        seal: None,
        reminders: 0,
        stage: Stage::Open,
        heading: String::new(),
        slug: String::new(),
        created_at: Timestamp::from_micros(0),
        updated_at: Timestamp::from_micros(0),
    };
    let add = |db: Db, discount: Option<i64>| async move {
        let made = db.transaction(move |records| Ok::<_, Infallible>(records.create(&new(discount))));
        made.await.map(|order| (order.holder, order.title, order.discount)).map_err(|error| error.document().status())
    };
    let add_alone = |db: Db, discount: Option<i64>| async move {
        let made = db.repo::<Order>().create(&new(discount)).await;
        made.map(|order| (order.holder, order.title, order.discount)).map_err(|error| error.document().status())
    };
    let made = |holder: &str, discount| Ok((holder.to_owned(), "two".to_owned(), discount));
    assert_eq!(add(by("bob", &[]), None).await, made("bob", None));
    assert_eq!(add(by("bob", &[]), Some(5)).await, Err(422));
    assert_eq!(add(by("cy", &["Chief"]), Some(5)).await, made("cy", Some(5)));
    assert_eq!(add(db.clone(), Some(5)).await, made("somebody else", Some(5)));
    assert_eq!(add_alone(by("bob", &[]), None).await, made("bob", None));
    assert_eq!(add_alone(by("bob", &[]), Some(5)).await, Err(422));
    assert_eq!(add_alone(by("cy", &["Chief"]), Some(5)).await, made("cy", Some(5)));
    assert_eq!(add_alone(db.clone(), Some(5)).await, made("somebody else", Some(5)));
    // Of Ann's order not every field is seen, and a struct has all of them.
    let title = |db: Db| async move {
        let found = db.transaction(|records| Ok::<_, Infallible>(records.get::<Order>(&1).map(|order| order.title)));
        found.await.map_err(|error| error.document().status())
    };
    assert_eq!(title(by("bob", &[])).await, Err(403));
    assert_eq!(title(by("ann", &[])).await, Ok(Some("one".to_owned())));
    // What is done by name is a command, or a way between states.
    let act = |db: Db, name: &'static str| async move {
        let done = db.repo::<Order>().run(&1, name, "{}").await;
        done.map(|order| (order.reminders, order.stage)).map_err(|error| error.document().status())
    };
    assert_eq!(act(by("ann", &[]), "remind").await, Ok((1, Stage::Open)));
    assert_eq!(act(by("ann", &[]), "pay").await, Ok((1, Stage::Paid)));
    assert_eq!(act(by("bob", &[]), "send").await, Err(403));
    assert_eq!(act(by("ann", &[]), "sned").await, Err(404));
    // What is the server's own is the program's to write, and nobody's who asks it.
    assert!(db.repo::<Note>().create(&Note("kept".to_owned())).await.is_ok());
    let refused = by("ann", &[]).repo::<Note>().create(&Note("kept".to_owned())).await;
    assert_eq!(refused.map(|note| note.0).map_err(|error| error.document().status()), Err(403));
}

#[test]
fn code_that_acts_for_somebody_adds_what_is_theirs_and_has_what_they_see_whole() {
    let server = order();
    block_on(as_code(Db::new(Arc::clone(server.engine()))));
}

fn block_on<F: Future>(future: F) -> F::Output {
    struct Unpark(std::thread::Thread);
    impl std::task::Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let mut future = std::pin::pin!(future);
    let waker = std::task::Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut context = std::task::Context::from_waker(&waker);
    loop {
        match future.as_mut().poll(&mut context) {
            std::task::Poll::Ready(done) => return done,
            std::task::Poll::Pending => std::thread::park(),
        }
    }
}
