//! Routes of the application's own over models that are not for everybody: a handler's `Repo` is the caller's, whatever the handler does with it.

use acceptance::who::{Who, check, text};
use axum::extract::{Json, Path};
use axum::routing::{get, post};
use lithair_core::prelude::*;
use lithair_core::testing::TestServer;
use lithair_core::{Db, DbError, Repo};
use serde_json::{Value, json};

#[derive(DeclarativeModel)]
#[permission(read = open || owner, create = authenticated, update = owner, delete = owner)]
struct Letter {
    #[db(primary_key, auto = sequence)]
    number: i64,
    #[permission(owner)]
    writer: String,
    open: bool,
    #[http(filter)]
    text: String,
    #[permission(read = owner)]
    #[http(filter(guarded))]
    draft: Option<String>,
}

async fn all(letters: Repo<Letter>) -> Result<String, DbError> {
    Ok(letters.find().list()?.len().to_string())
}

async fn count(letters: Repo<Letter>) -> Result<String, DbError> {
    Ok(letters.find().count()?.to_string())
}

async fn read(letters: Repo<Letter>, Path(number): Path<i64>) -> Result<String, DbError> {
    letters.get(&number)?.map(|letter| letter.text).ok_or_else(DbError::not_found)
}

async fn guess(letters: Repo<Letter>, Path(guess): Path<String>) -> Result<String, DbError> {
    Ok(letters.find().filter(format!("draft = '{guess}'").as_str()).count()?.to_string())
}

async fn write(letters: Repo<Letter>, Path(number): Path<i64>, Json(text): Json<String>) -> Result<String, DbError> {
    let letter = letters.update(number, move |letter: &mut Letter| letter.text.clone_from(&text)).await?;
    letter.map(|letter| letter.text).ok_or_else(DbError::not_found)
}

async fn sent(letters: Repo<Letter>) -> Result<String, DbError> {
    let new = Letter { number: 0, writer: "somebody else".to_owned(), open: true, text: "new".to_owned(), draft: None };
    Ok(letters.create(&new).await?.writer)
}

async fn by_the_program(db: Db, Path(number): Path<i64>) -> Result<String, DbError> {
    db.as_program().repo::<Letter>().get(&number)?.map(|letter| letter.text).ok_or_else(DbError::not_found)
}

const ANN: Who = Who::of("ann", &[]);
const BOB: Who = Who::of("bob", &[]);

/// Ann's letters: 1 is open and has a draft, 2 is neither; Bob's 3 is open and has no draft.
fn letters() -> TestServer {
    let router = axum::Router::new()
        .route("/letters", get(all).post(sent))
        .route("/count", get(count))
        .route("/letters/{number}", get(read).post(write))
        .route("/guesses/{guess}", get(guess))
        .route("/program/{number}", post(by_the_program));
    let server = TestServer::start(DeclarativeServer::new("127.0.0.1:0").model::<Letter>().routes(router));
    for (who, letter) in [
        (ANN, json!({ "open": true, "text": "one", "draft": "canary" })),
        (ANN, json!({ "open": false, "text": "two" })),
        (BOB, json!({ "open": true, "text": "three" })),
    ] {
        check(&who.ask(&server.url(), "POST", "/api/letters", &letter), "201");
    }
    server
}

#[test]
fn what_a_handler_takes_is_held_to_what_its_caller_may() {
    let server = letters();
    let url = server.url();
    let ask = |who: Who, method: &str, path: &str, body: Value| {
        let answer = who.ask(&url, method, path, &body);
        assert!(answer.status < 500 && !text(&answer).contains("canary"), "{path}: {}", text(&answer));
        (answer.status, text(&answer))
    };
    let get = |who: Who, path: &str| ask(who, "GET", path, Value::Null);
    for (who, number) in [(ANN, "3"), (BOB, "2"), (Who::NOBODY, "2")] {
        assert_eq!(get(who, "/count"), (200, number.to_owned()), "{who:?}");
        // Of Bob's letter Ann does not see the draft, and of hers he does not.
        assert_eq!(get(who, "/letters").0, 403, "{who:?}");
    }
    assert_eq!(get(ANN, "/letters/2"), (200, "two".to_owned()));
    // A struct has all its fields, and of Bob's own he sees them all.
    assert_eq!(get(BOB, "/letters/3"), (200, "three".to_owned()));
    assert_eq!(get(BOB, "/letters/1").0, 403);
    for who in [BOB, Who::NOBODY] {
        let (hidden, absent) = (get(who, "/letters/2"), get(who, "/letters/77"));
        assert_eq!((hidden.0, absent.0), (404, 404));
        assert_eq!(get(who, "/guesses/canary"), (200, "0".to_owned()));
        assert_eq!(get(who, "/guesses/other"), (200, "0".to_owned()));
    }
    assert_eq!(get(ANN, "/guesses/canary"), (200, "1".to_owned()));

    assert_eq!(ask(ANN, "POST", "/letters/2", json!("changed")), (200, "changed".to_owned()));
    for (who, number, status) in [(BOB, 1, 403), (BOB, 2, 404), (BOB, 77, 404), (Who::NOBODY, 2, 404)] {
        assert_eq!(ask(who, "POST", &format!("/letters/{number}"), json!("x")).0, status, "{who:?} {number}");
    }
    assert_eq!(get(ANN, "/letters/2"), (200, "changed".to_owned()));
    assert_eq!(ask(BOB, "POST", "/letters", Value::Null), (200, "bob".to_owned()), "whose it is, the server says");
    assert!([401, 403].contains(&ask(Who::NOBODY, "POST", "/letters", Value::Null).0));
    // Only what says so acts for the program.
    assert_eq!(ask(BOB, "POST", "/program/2", Value::Null), (200, "changed".to_owned()));
}
