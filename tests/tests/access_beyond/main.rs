//! Who may do what with what is computed, embedded, folded from the log, asked of an earlier moment, or done by code of the application.

mod consequences;
mod guesses;

use std::future::Future as _;
use std::sync::Arc;

use acceptance::who::{Who, check, text};
use lithair_core::Db;
use lithair_core::model::{Backend as _, Credential, Identity};
use lithair_core::prelude::*;
use lithair_core::testing::TestServer;
use serde_json::{Value, json};

const NOBODY: Who = Who::NOBODY;
const ANN: Who = Who::of("ann", &[]);
const BOB: Who = Who::of("bob", &[]);
const ADA: Who = Who::of("ada", &["Root"]);

#[derive(Debug, DeclarativeStruct)]
struct Address {
    city: String,
    zip: String,
}

#[derive(Debug, DeclarativeModel)]
#[permission(read = public, create = authenticated, update = owner, delete = owner, history = public)]
struct Post {
    #[db(primary_key, auto = sequence)]
    number: i64,
    #[permission(owner)]
    #[http(filter)]
    author: String,
    #[permission(read = owner)]
    #[http(filter(guarded))]
    address: Option<Address>,
    #[relation(has_many = Comment, via = post_id)]
    comments: Many<Comment>,
    /// Kept by whoever comments, who may not change the post.
    #[computed(count(comments), stored)]
    comment_count: u32,
    /// For the author alone.
    #[computed(count(comments where hidden))]
    #[permission(read = owner)]
    #[http(filter(guarded))]
    hidden_count: u32,
    #[permission(read = owner)]
    #[http(filter(guarded))]
    cost: i64,
    /// What everybody may know of the cost.
    #[computed(cost > 100)]
    #[http(filter)]
    is_dear: bool,
    #[permission(read = owner)]
    #[lifecycle(immutable)]
    pin: Option<String>,
}

#[derive(DeclarativeModel)]
#[permission(
    read = !hidden || owner || any(post where owner),
    create = authenticated && any(post where comment_count < 3),
    update = owner,
    delete = owner,
    history = owner
)]
struct Comment {
    #[db(primary_key, auto = sequence)]
    number: i64,
    #[relation(on_delete = cascade)]
    post_id: Id<Post>,
    #[permission(owner)]
    by: String,
    #[db(default = false)]
    hidden: bool,
}

fn server() -> TestServer {
    let program = DeclarativeServer::new("127.0.0.1:0").setting("auth.admin_role", "Root");
    TestServer::start(program.model::<Post>().model::<Comment>())
}

/// Ann's post 1 with an address, a cost, a pin and two comments of Bob's, the second hidden.
fn posts() -> TestServer {
    let server = server();
    let url = server.url();
    let post = json!({ "address": { "city": "Rome", "zip": "1" }, "cost": 120, "pin": "7734" });
    check(&ANN.ask(&url, "POST", "/api/posts", &post), "201");
    check(&BOB.ask(&url, "POST", "/api/comments", &json!({ "post_id": 1 })), "201");
    check(&BOB.ask(&url, "POST", "/api/comments", &json!({ "post_id": 1, "hidden": true })), "201");
    server
}

#[test]
fn what_others_come_to_is_the_records_own_field_and_kept_without_a_right_to_the_record() {
    let server = posts();
    let url = server.url();
    // Bob may not change the post, and his comments count; it counts what the reader does not see, as it is declared.
    for who in [NOBODY, ANN, BOB] {
        assert_eq!(who.get(&url, "/api/posts/1").json().expect("is JSON")["comment_count"], 2);
    }
    assert_eq!(NOBODY.numbers(&url, "/api/comments"), [1]);
    // The field's own rule holds of what is computed when it is read: shown, asked, and by name.
    assert_eq!(ANN.get(&url, "/api/posts/1").json().expect("is JSON")["hidden_count"], 1);
    let others = BOB.get(&url, "/api/posts/1").json().expect("is JSON");
    assert_eq!(others.get("hidden_count"), None);
    assert!(others["_redacted"].as_array().expect("names").contains(&json!("hidden_count")));
    for filter in ["hidden_count=1", "hidden_count!=1", "hidden_count%3C5", "(hidden_count=0|hidden_count!=0)"] {
        let path = format!("/api/posts?filter={}", filter.replace('|', "%20or%20"));
        assert_eq!(BOB.numbers(&url, &path), [0_i64; 0], "{filter}");
    }
    assert_eq!(ANN.numbers(&url, "/api/posts?filter=hidden_count=1"), [1]);
}

#[test]
fn what_a_field_is_computed_from_may_be_kept_back_where_the_field_is_not() {
    let server = posts();
    let url = server.url();
    let others = BOB.get(&url, "/api/posts/1").json().expect("is JSON");
    assert_eq!((&others["is_dear"], others.get("cost")), (&json!(true), None));
    assert_eq!(BOB.numbers(&url, "/api/posts?filter=is_dear=true"), [1]);
    assert_eq!(BOB.numbers(&url, "/api/posts?filter=cost%3E100"), [0_i64; 0]);
}

#[test]
fn what_is_inside_of_a_field_is_seen_and_asked_about_where_the_field_is() {
    let server = posts();
    let url = server.url();
    assert_eq!(BOB.get(&url, "/api/posts/1").json().expect("is JSON").get("address"), None);
    assert_eq!(ANN.numbers(&url, "/api/posts?filter=address.city='Rome'"), [1]);
    for filter in ["address.city='Rome'", "address.city!='Rome'", "address.zip='1'"] {
        assert_eq!(BOB.numbers(&url, &format!("/api/posts?filter={filter}")), [0_i64; 0], "{filter}");
    }
    // An order would tell, so there is none by it for anybody, in the words for what does not exist.
    let said = |path: &str| text(&BOB.get(&url, path)).replace("address.city", "x.y").replace("nowhere.city", "x.y");
    let detail = |path: &str| {
        let body: Value = serde_json::from_str(&said(path)).expect("is JSON");
        (body["status"].clone(), body["detail"].clone())
    };
    assert_eq!(detail("/api/posts?sort=address.city"), detail("/api/posts?sort=nowhere.city"));
}

#[test]
fn operations_of_one_command_see_what_the_others_come_to() {
    let server = posts();
    let url = server.url();
    let comment = json!({ "op": "create", "collection": "comments", "data": { "post_id": 1 } });
    let both = json!({ "ops": [comment, comment] });
    check(&BOB.ask(&url, "POST", "/api/_batch", &both), "403 forbidden");
    check(&BOB.ask(&url, "POST", "/api/_batch", &json!({ "ops": [comment] })), "200");
    check(&BOB.ask(&url, "POST", "/api/comments", &json!({ "post_id": 1 })), "403 forbidden");
}

#[test]
fn nothing_is_compared_for_who_does_not_see_it() {
    let server = posts();
    let url = server.url();
    // Ann sees the pin: sending it back as it is changes nothing.
    check(&ANN.ask(&url, "PATCH", "/api/posts/1", &json!({ "pin": "7734" })), "200");
    let program = DeclarativeServer::new("127.0.0.1:0").model::<Safe>();
    let server = TestServer::start(program);
    let url = server.url();
    check(&ANN.ask(&url, "POST", "/api/safes", &json!({ "pin": "7734", "cost": 5 })), "201");
    let guess = |field: &str, value: Value| {
        let said = BOB.ask(&url, "PATCH", "/api/safes/1", &json!({ field: value }));
        (said.status, said.json().expect("is JSON")["errors"].clone())
    };
    assert_eq!(guess("pin", json!("7734")), guess("pin", json!("1")));
    assert_eq!(guess("is_dear", json!(true)), guess("is_dear", json!(false)));
    assert_eq!(guess("pin", json!("7734")).0, 422);
}

/// Everybody changes it, and its owner alone sees what is in it.
#[derive(DeclarativeModel)]
#[permission(all = authenticated)]
struct Safe {
    #[db(primary_key, auto = sequence)]
    number: i64,
    #[permission(owner)]
    by: String,
    #[permission(read = owner)]
    #[lifecycle(immutable)]
    pin: String,
    #[permission(read = owner)]
    cost: i64,
    #[computed(cost > 3, stored)]
    #[permission(read = owner)]
    is_dear: bool,
}

#[test]
fn an_earlier_moment_is_not_asked_through_what_a_policy_keeps_back() {
    let server = posts();
    let url = server.url();
    for path in ["/api/posts?as_of=2&expand=comments", "/api/posts?as_of=2&filter=any(comments,hidden)"] {
        let answer = ANN.get(&url, path);
        assert_eq!(answer.status, 400, "{path}: {}", text(&answer));
    }
    let then = ANN.get(&url, "/api/posts?as_of=2").json().expect("is JSON");
    assert_eq!(then["items"].as_array().map(Vec::len), Some(1), "{then}");
    let then = BOB.get(&url, "/api/posts?as_of=2").json().expect("is JSON");
    assert_eq!(then["items"][0].get("hidden_count"), None, "{then}");
    assert_eq!(then["items"][0].get("address"), None, "{then}");
}

#[test]
fn what_a_record_led_to_is_shown_to_who_sees_both_ends_today_and_then() {
    let server = posts();
    let url = server.url();
    for (moment, comments) in [(2, &[][..]), (3, &[1]), (4, &[1, 2])] {
        assert_eq!(BOB.numbers(&url, &format!("/api/posts/1/comments?as_of={moment}")), comments, "{moment}");
    }
    // She sees both comments of her post, and the past of neither.
    assert_eq!(ANN.numbers(&url, "/api/posts/1/comments"), [1, 2]);
    assert_eq!(ANN.numbers(&url, "/api/posts/1/comments?as_of=4"), [0_i64; 0]);
    check(&NOBODY.get(&url, "/api/posts/1/comments?as_of=4"), "401 authentication-required");
    check(&BOB.get(&url, "/api/posts/1/comments?as_of=1"), "404 record-not-found");

    let post = BOB.get(&url, "/api/comments/2/post?as_of=4").json().expect("is JSON");
    assert_eq!((&post["number"], post.get("address")), (&json!(1), None), "{post}");
    check(&ANN.get(&url, "/api/comments/1/post?as_of=4"), "403 forbidden");
    check(&BOB.ask(&url, "DELETE", "/api/comments/2", &Value::Null), "204");
    check(&BOB.get(&url, "/api/comments/2/post?as_of=4"), "200");
    // Who may not know that it was there is told what is told of what never was.
    let told = |number: i64| ANN.get(&url, &format!("/api/comments/{number}/post?as_of=4")).json().expect("is JSON");
    assert_eq!((&told(2)["status"], &told(2)["detail"]), (&json!(404), &told(9)["detail"]));
}

#[derive(DeclarativeModel)]
#[permission(create = authenticated)]
struct Vote {
    #[db(primary_key, auto = sequence)]
    number: i64,
    party: String,
}

#[derive(DeclarativeModel)]
#[permission(read = role(Counter))]
#[http(ops(list, get))]
struct Tally {
    #[db(primary_key)]
    party: String,
    votes: i64,
}

#[projection]
impl Tally {
    #[fold(of = Vote, after(create))]
    fn counted(rows: &mut Rows<Self>, vote: &Vote, _fact: &Fact) {
        rows.upsert(&vote.party, || Self { party: vote.party.clone(), votes: 0 }, |tally| tally.votes += 1);
    }
}

#[test]
fn folds_write_what_nobody_may_and_its_readers_alone_see_it() {
    let program = DeclarativeServer::new("127.0.0.1:0").setting("auth.admin_role", "Root");
    let server = TestServer::start(program.model::<Vote>().model::<Tally>());
    let url = server.url();
    check(&ANN.ask(&url, "POST", "/api/votes", &json!({ "party": "red" })), "201");
    check(&ANN.get(&url, "/api/votes/1"), "404 record-not-found");
    let counter = Who::of("cy", &["Counter"]);
    let began = std::time::Instant::now();
    while counter.get(&url, "/api/tallies/red").status != 200 {
        assert!(began.elapsed().as_secs() < 60, "the fold does not come");
        std::thread::yield_now();
    }
    assert_eq!(counter.get(&url, "/api/tallies/red").json().expect("is JSON")["votes"], 1);
    check(&ANN.get(&url, "/api/tallies/red"), "404 record-not-found");
    check(&NOBODY.get(&url, "/api/tallies"), "401 authentication-required");
    // How far it is, and why it does not go on, is for administrators; so is to begin again.
    check(&counter.get(&url, "/api/lithair/projections"), "403 forbidden");
    check(&counter.ask(&url, "POST", "/api/lithair/projections/tallies:rebuild", &json!({})), "404 record-not-found");
    // What the server keeps of itself is of all tenants: an administrator of one has no more right to it than anybody.
    let of_one = ADA.at("acme");
    check(&of_one.get(&url, "/api/lithair/projections"), "403 forbidden");
    check(&of_one.get(&url, "/api/lithair/projections/tallies"), "404 record-not-found");
    check(&of_one.ask(&url, "POST", "/api/lithair/projections/tallies:rebuild", &json!({})), "404 record-not-found");
    check(&ADA.get(&url, "/api/lithair/projections/tallies"), "200");
    check(&ADA.ask(&url, "POST", "/api/lithair/projections/tallies:rebuild", &json!({})), "200");
}

#[test]
fn credentials_are_nobodys_to_see() {
    let server = posts();
    let paths: Vec<String> =
        server.engine().catalog().models.iter().map(|model| format!("/api/{}", model.schema.path)).collect();
    assert!(paths.len() > 3, "credentials are models too");
    for path in paths.iter().filter(|path| !["/api/posts", "/api/comments"].contains(&path.as_str())) {
        for who in [NOBODY, ANN, ADA] {
            check(&who.get(&server.url(), path), "404 no-such-path");
        }
    }
}

async fn as_code(db: &Db) -> Result<(), lithair_core::DbError> {
    let posts = db.repo::<Post>();
    let new = |author: &str| Post {
        number: 0,
        author: author.to_owned(),
        address: None,
        comments: Many::default(),
        comment_count: 0,
        hidden_count: 0,
        cost: 3,
        is_dear: false,
        pin: None,
    };
    let bob = db.by(Identity::new(Credential::Session, "bob").into());
    let own = bob.repo::<Post>().create(&new("somebody else")).await?;
    assert_eq!((own.author.as_str(), own.number), ("bob", 2), "whose it is, is the server's to say");
    // Ann's has fields that Bob does not see, and a struct has all of them.
    assert_eq!(bob.repo::<Post>().get(&1).expect_err("is refused").document().status(), 403);
    assert_eq!(bob.repo::<Post>().find().filter("author = 'bob'").list()?.len(), 1);
    assert_eq!(bob.repo::<Post>().find().filter("cost > 100").count()?, 0);
    let refused = bob.repo::<Post>().update(1, |post: &mut Post| post.cost = 0).await.expect_err("is refused");
    assert_eq!(refused.document().status(), 403);
    assert_eq!(bob.repo::<Post>().delete(1).await.expect_err("is refused").document().status(), 403);
    let taken = bob.repo::<Post>().update(2, |post: &mut Post| post.author = "ann".to_owned()).await;
    assert_eq!(taken.expect_err("is refused").document().status(), 422);
    assert_eq!(bob.repo::<Post>().update(2, |post: &mut Post| post.cost = 9).await?.map(|post| post.cost), Some(9));
    let in_one = bob.transaction(|records| {
        records.delete::<Post>(&1);
        Ok::<_, std::convert::Infallible>(())
    });
    assert_eq!(in_one.await.expect_err("is refused").document().status(), 403);
    // Where the program says so, it is the program that acts.
    assert_eq!(bob.as_program().repo::<Post>().get(&1)?.map(|post| post.cost), Some(120));
    assert_eq!(posts.update(1, |post: &mut Post| post.cost = 1).await?.map(|post| post.cost), Some(1));
    Ok(())
}

#[test]
fn code_that_acts_for_somebody_is_held_to_what_they_may_do() {
    let server = posts();
    let db = Db::new(Arc::clone(server.engine()));
    let runtime = std::thread::spawn(move || {
        let mut work = std::pin::pin!(as_code(&db));
        let waker = std::task::Waker::from(Arc::new(Unpark(std::thread::current())));
        let mut context = std::task::Context::from_waker(&waker);
        loop {
            match work.as_mut().poll(&mut context) {
                std::task::Poll::Ready(done) => return done.map_err(|error| error.to_string()),
                std::task::Poll::Pending => std::thread::park(),
            }
        }
    });
    runtime.join().expect("does not panic").expect("is as it should be");
}

struct Unpark(std::thread::Thread);

impl std::task::Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}
