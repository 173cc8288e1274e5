//! What a key is for: one collection is that one alone, by whatever way its records would come.

use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context as Task, Poll, Wake, Waker};
use std::thread::{Thread, current, park};

use acceptance::Folder;
use lithair_core::Db;
use lithair_core::client::Response;
use lithair_core::model::{Credential, Identity, Principal, Scopes};
use lithair_core::prelude::*;
use lithair_core::testing::TestServer;
use serde_json::{Value, json};

const BINARY: &str = env!("CARGO_BIN_EXE_acceptance");

/// Open to everybody: what keeps a key out is what it is for.
#[derive(Debug, DeclarativeModel)]
#[permission(all = public)]
struct Author {
    #[db(primary_key, auto = sequence)]
    number: i64,
    #[http(filter)]
    name: String,
    #[relation(has_many = Article, via = author_id)]
    articles: Many<Article>,
}

#[derive(Debug, DeclarativeModel)]
#[permission(all = public)]
struct Article {
    #[db(primary_key, auto = sequence)]
    number: i64,
    #[http(filter, sort)]
    title: String,
    #[relation(belongs_to = Author, on_delete = cascade)]
    author_id: Option<i64>,
    #[relation(has_many = Comment, via = article_id)]
    comments: Many<Comment>,
}

#[commands]
impl Article {
    #[command]
    fn shout(&mut self, _: &Context) -> Result<(), Infallible> {
        self.title = self.title.to_uppercase();
        Ok(())
    }
}

/// Not open: who sees an article sees its comments, whatever the key is for.
#[derive(Debug, DeclarativeModel)]
#[permission(read = check(article, read), create = authenticated, update = authenticated, delete = authenticated, history = authenticated, export = authenticated)]
struct Comment {
    #[db(primary_key, auto = sequence)]
    number: i64,
    #[relation(belongs_to = Article, on_delete = cascade)]
    article_id: Option<i64>,
    #[http(filter)]
    text: String,
}

const CANARY: &str = "canary";

fn start() -> TestServer {
    let program = DeclarativeServer::new("127.0.0.1:0").model::<Author>().model::<Article>().model::<Comment>();
    let server = TestServer::start(program.setting("auth.admin_role", "Root"));
    let everybody = Keys { server: &server, bearer: String::new() };
    for (path, body) in [
        ("/api/authors", json!({ "name": format!("{CANARY} author") })),
        ("/api/articles", json!({ "title": "a", "author_id": 1 })),
    ] {
        assert_eq!(everybody.send("POST", path, &body).status, 201);
    }
    let comment = json!({ "text": format!("{CANARY} comment"), "article_id": 1 });
    let known = Keys::of(&server, &["write"]);
    assert_eq!(known.send("POST", "/api/comments", &comment).status, 201);
    server
}

/// Requests with a key.
struct Keys<'s> {
    server: &'s TestServer,
    bearer: String,
}

impl<'s> Keys<'s> {
    fn of(server: &'s TestServer, scopes: &[&str]) -> Self {
        let made = made(server, scopes);
        assert_eq!(made.status, 200, "{:?}", made.json());
        let made = made.json().expect("JSON");
        Self { server, bearer: format!("Bearer {}", made["key"].as_str().expect("a key")) }
    }

    fn ask(&self, method: &str, path: &str, media: (&str, &str), body: String) -> Response {
        let mut headers = vec![("accept", media.0), ("content-type", media.1)];
        if !self.bearer.is_empty() {
            headers.push(("authorization", &self.bearer));
        }
        self.server.client().request(method, path, &headers, body).expect("answers")
    }

    fn send(&self, method: &str, path: &str, body: &Value) -> Response {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.ask(method, path, ("application/json", "application/json"), body)
    }

    fn get(&self, path: &str) -> Response {
        self.send("GET", path, &Value::Null)
    }
}

fn made(server: &TestServer, scopes: &[&str]) -> Response {
    let headers =
        [("lithair-test-principal", r#"{"sub":"root","roles":["Root"]}"#), ("content-type", "application/json")];
    let body = json!({ "do": "keys.create", "scopes": scopes, "expires_seconds": 600 });
    server.client().request("POST", "/_lithair/admin", &headers, body.to_string()).expect("answers")
}

#[track_caller]
fn out_of_scope(answer: &Response, scope: &str) {
    let json = answer.json().unwrap_or_default();
    assert_eq!((answer.status, &json["code"]), (403, &json!("insufficient-scope")), "{json}");
    let challenge = answer.header("www-authenticate").unwrap_or_default().to_owned();
    assert!(challenge.contains(&format!("scope=\"{scope}\"")), "{challenge}");
}

#[track_caller]
fn tells_nothing(answer: &Response) {
    let text = String::from_utf8_lossy(&answer.body).into_owned();
    assert!(!text.contains(CANARY), "{text}");
}

#[test]
fn a_key_for_reading_one_collection_reads_that_one_alone() {
    let server = start();
    let key = Keys::of(&server, &["read:articles"]);
    let position = key.get("/api/articles").json().expect("JSON")["as_of"].to_string();
    for path in [
        "/api/articles",
        "/api/articles/1",
        "/api/articles?filter=title=%22a%22&count=exact",
        "/api/articles/1/history",
        "/api/articles/1?rev=1",
        "/api/articles/1?as_of=NOW",
        "/api/articles?as_of=NOW",
    ] {
        let answer = key.get(&path.replace("NOW", &position));
        assert_eq!(answer.status, 200, "{path}: {:?}", answer.json());
        tells_nothing(&answer);
    }
    let exported = key.ask("GET", "/api/articles", ("application/x-ndjson", "application/json"), String::new());
    assert_eq!(exported.status, 200);

    // Nothing else, by no way.
    for path in [
        "/api/authors",
        "/api/authors/1",
        "/api/authors/1/history",
        "/api/authors/1/articles",
        "/api/authors?as_of=1000000",
        "/api/comments",
        "/api/comments/1",
    ] {
        let answer = key.get(path);
        out_of_scope(&answer, if path.contains("comments") { "read:comments" } else { "read:authors" });
        tells_nothing(&answer);
    }
    out_of_scope(&key.get("/api/articles/1/author"), "read:authors");
    out_of_scope(&key.get("/api/articles/1/comments"), "read:comments");
    out_of_scope(
        &key.ask("GET", "/api/authors", ("application/x-ndjson", "application/json"), String::new()),
        "read:authors",
    );
    out_of_scope(&key.send("POST", "/api/authors:query", &json!({})), "read:authors");
    // Asked about by the way, it is as if it were not there.
    for path in [
        "/api/articles/1?expand=author",
        "/api/articles?expand=comments",
        "/api/articles?expand=author.articles",
        "/api/articles?filter=author.name=%22canary%20author%22",
        "/api/articles?filter=any(comments,.text=%22canary%20comment%22)",
    ] {
        let answer = key.get(path);
        assert_eq!(answer.status, 400, "{path}: {:?}", answer.json());
        tells_nothing(&answer);
    }
    // And changes nothing.
    for (method, path, body) in [
        ("POST", "/api/articles", json!({ "title": "b" })),
        ("PUT", "/api/articles/1", json!({ "title": "b" })),
        ("PATCH", "/api/articles/1", json!({ "title": "b" })),
        ("DELETE", "/api/articles/1", Value::Null),
        ("POST", "/api/articles/1:shout", json!({})),
        ("POST", "/api/articles/1:restore", json!({ "rev": 1 })),
        ("POST", "/api/articles:import", Value::Null),
    ] {
        out_of_scope(&key.send(method, path, &body), "write:articles");
    }
    let batch = json!({ "ops": [{ "op": "patch", "collection": "articles", "id": 1, "data": { "title": "b" } }] });
    out_of_scope(&key.send("POST", "/api/_batch", &batch), "write:articles");
    assert_eq!(key.get("/api/articles/1").json().expect("JSON")["title"], "a");
    // Whether somebody may see a comment is asked of its article, which is shown to nobody.
    let of_comments = Keys::of(&server, &["read:comments"]);
    assert_eq!(of_comments.get("/api/comments/1").json().expect("JSON")["text"], "canary comment");
    out_of_scope(&of_comments.get("/api/comments/1/article"), "read:articles");
    assert_eq!(of_comments.get("/api/comments/1?expand=article").status, 400);
}

/// The whole of `read` and `write` is what it was.
#[test]
fn a_key_for_all_collections_is_for_each() {
    let server = start();
    let key = Keys::of(&server, &["read", "write"]);
    let expanded = key.get("/api/articles/1?expand=author,comments").json().expect("JSON");
    assert!(
        expanded.to_string().contains("canary author") && expanded.to_string().contains("canary comment"),
        "{expanded}"
    );
    assert_eq!(key.get("/api/authors/1/articles").status, 200);
    assert_eq!(key.send("POST", "/api/articles/1:shout", &json!({})).json().expect("JSON")["title"], "A");
    let two = Keys::of(&server, &["read:articles", "read:authors"]);
    assert_eq!(two.get("/api/articles/1?expand=author").json().expect("JSON")["author"]["name"], "canary author");
    assert_eq!(two.get("/api/articles/1?expand=comments").status, 400);
    assert_eq!(two.get("/api/authors/1/articles").status, 200);
}

#[test]
fn a_key_for_changing_one_collection_changes_that_one_and_is_shown_nothing() {
    let server = start();
    let key = Keys::of(&server, &["write:articles"]);
    let made = key.send("POST", "/api/articles", &json!({ "title": "b" }));
    assert_eq!((made.status, made.body.len()), (201, 0), "{:?}", made.json());
    assert_eq!(made.header("location"), Some("/api/articles/2"));
    let patched = key.send("PATCH", "/api/articles/2", &json!({ "title": "canary" }));
    assert_eq!((patched.status, patched.body.len()), (204, 0));
    assert_eq!(key.send("POST", "/api/articles/2:shout", &json!({})).status, 204);
    let batch = json!({ "ops": [
        { "op": "create", "collection": "articles", "data": { "title": "canary" } },
        { "op": "patch", "collection": "articles", "id": 2, "data": { "title": "canary" } },
    ] });
    let answer = key.send("POST", "/api/_batch", &batch);
    assert_eq!(answer.status, 200);
    tells_nothing(&answer);
    let lines = "{\"number\":7,\"title\":\"g\"}\n{\"number\":2,\"title\":\"h\"}\n";
    let imported =
        key.ask("POST", "/api/articles:import", ("application/json", "application/x-ndjson"), lines.to_owned());
    assert_eq!(imported.status, 200, "{:?}", imported.json());
    assert_eq!(
        (&imported.json().expect("JSON")["created"], &imported.json().expect("JSON")["updated"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(key.send("DELETE", "/api/articles/2", &Value::Null).status, 204);
    out_of_scope(&key.get("/api/articles/1"), "read:articles");
    // What it is not for is not there: not to be changed, not to be referred to, not in a batch of others.
    out_of_scope(&key.send("POST", "/api/authors", &json!({ "name": "x" })), "write:authors");
    out_of_scope(&key.send("DELETE", "/api/comments/1", &Value::Null), "write:comments");
    let (there, gone) =
        [1, 77].map(|author| key.send("POST", "/api/articles", &json!({ "title": "c", "author_id": author }))).into();
    assert_eq!(
        (there.status, there.json().expect("JSON")["code"].clone()),
        (gone.status, gone.json().expect("JSON")["code"].clone())
    );
    assert_eq!(there.status, 409, "a reference to what it does not know of: {:?}", there.json());
    let batch = json!({ "ops": [
        { "op": "create", "collection": "articles", "data": { "title": "d" } },
        { "op": "create", "collection": "authors", "data": { "name": "d" } },
    ] });
    out_of_scope(&key.send("POST", "/api/_batch", &batch), "write:authors");
    assert_eq!(
        Keys::of(&server, &["write:articles", "read:authors"])
            .send("POST", "/api/articles", &json!({ "title": "c", "author_id": 1 }))
            .status,
        201
    );
    // All collections, and shown nothing either.
    let all = Keys::of(&server, &["write"]);
    assert_eq!(all.send("PATCH", "/api/articles/1", &json!({ "title": "z" })).status, 204);
    assert_eq!(all.send("POST", "/api/articles", &json!({ "title": "c", "author_id": 1 })).status, 201);
}

/// Handlers of the program's own act for whoever asks, and a key is for no more with them than with the API.
#[test]
fn code_that_acts_for_a_key_is_held_to_what_it_is_for() {
    let server = start();
    let db = Db::new(Arc::clone(server.engine()));
    let key = |scopes: &[&str]| {
        let scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        let identity = Identity::new(Credential::ApiKey, "k").with_credential_id("k").with_scopes(Scopes::Only(scopes));
        db.by(Principal::from(identity))
    };
    let reader = key(&["read:articles"]);
    assert_eq!(reader.repo::<Article>().find().list().expect("reads").len(), 1);
    assert!(reader.repo::<Article>().get(&1).expect("reads").is_some());
    assert!(reader.repo::<Author>().get(&1).expect("is not there").is_none());
    assert_eq!(reader.repo::<Author>().find().count().expect("none"), 0);
    assert!(reader.repo::<Comment>().find().list().expect("none").is_empty());
    assert!(reader.repo::<Article>().find().filter("author.name = \"canary author\"").list().is_err());
    block_on(async {
        let new = Article { number: 0, title: "x".to_owned(), author_id: None, comments: Many::default() };
        assert!(reader.repo::<Article>().create(&new).await.is_err());
        assert!(reader.repo::<Article>().update(1, |article| article.title.push('!')).await.is_err());
        assert!(reader.repo::<Article>().delete(1).await.is_err());
        assert!(reader.repo::<Article>().run(&1, "shout", "{}").await.is_err());
        let sees = |db: &Db| {
            let db = db.clone();
            async move {
                db.transaction(|cx: &Context<'_>| {
                    Ok::<_, Infallible>((cx.get::<Article>(&1).is_some(), cx.get::<Author>(&1).is_some()))
                })
                .await
            }
        };
        assert_eq!(sees(&reader).await.expect("reads"), (true, false));
        let writer = key(&["write:articles"]);
        assert_eq!(sees(&writer).await.expect("reads nothing"), (false, false));
        assert!(writer.repo::<Article>().create(&new).await.is_ok());
        assert!(writer.repo::<Article>().get(&1).expect("is not shown").is_none());
    });
}

#[test]
fn a_scope_of_a_collection_that_there_is_not_is_refused() {
    let server = start();
    for (scope, words) in [
        ("read:article", "did you mean `read:articles`?"),
        ("write:Authors", "did you mean `write:authors`?"),
        ("read:", "no collection"),
        ("read:*", "no collection"),
        ("read:lithair/api-keys", "no collection"),
        ("read:articles:old", "no collection"),
    ] {
        let answer = made(&server, &[scope]);
        let json = answer.json().expect("JSON");
        assert_eq!(answer.status, 422, "{json}");
        assert!(json["detail"].as_str().is_some_and(|detail| detail.contains(words)), "{json}");
    }
    assert_eq!(
        made(&server, &["read:articles", "write:authors", "reports", "run:reports"]).status,
        200,
        "other words are the program's"
    );
    let output = std::process::Command::new(BINARY)
        .args(["keys", "create", "--expires", "1h", "--scope", "read:binder", "--data"])
        .arg(Folder::new(env!("CARGO_TARGET_TMPDIR"), "scopes-cli").join("data"))
        .output()
        .expect("runs");
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!((output.status.code(), error.contains("did you mean `read:binders`?")), (Some(2), true), "{error}");
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

fn block_on<F: Future>(future: F) -> F::Output {
    let waker = Waker::from(Arc::new(Unpark(current())));
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Task::from_waker(&waker)) {
            Poll::Ready(output) => return output,
            Poll::Pending => park(),
        }
    }
}
