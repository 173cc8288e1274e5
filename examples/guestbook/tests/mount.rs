//! The server in a router of somebody else's.

use acceptance::Folder;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Extension, Request};
use axum::http::StatusCode;
use axum::routing::get;
use lithair_core::prelude::*;
use lithair_core::{MountedServer, Repo};
use serde_json::{Value, json};

#[derive(DeclarativeModel)]
#[permission(all = public)]
struct Note {
    #[db(primary_key, auto = sequence)]
    id: i64,
    #[http(validate(len(1..=5)))]
    text: String,
}

async fn last(notes: Repo<Note>) -> Result<String, lithair_core::DbError> {
    Ok(notes.find().sort("-id").first()?.map_or_else(String::new, |note| note.text))
}

async fn mounted(folder: &Folder) -> (MountedServer, Router) {
    let program = DeclarativeServer::new("127.0.0.1:0").data(folder.join("data")).model::<Note>();
    let server = program.mount().await.expect("starts");
    let router = Router::new()
        .route("/last", get(last))
        .route("/bare", get(|| async { "theirs" }))
        .nest_service("/backend", server.service())
        .layer(Extension(server.db()));
    (server, router)
}

async fn ask(router: &Router, method: &str, path: &str, body: Option<Value>) -> (StatusCode, String) {
    use tower_service::Service as _;
    let request = Request::builder().method(method).uri(path).header("host", "x");
    let request = match body {
        Some(body) => request.header("content-type", "application/json").body(Body::from(body.to_string())),
        None => request.body(Body::empty()),
    };
    let response = router.clone().call(request.expect("a request")).await.expect("never fails");
    let status = response.status();
    let bytes = to_bytes(response.into_body(), 1 << 20).await.expect("a body");
    (status, String::from_utf8(bytes.to_vec()).expect("text"))
}

fn run(test: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(test);
}

#[test]
fn the_server_is_a_service_among_others() {
    run(async {
        let folder = Folder::new(env!("CARGO_TARGET_TMPDIR"), "mount");
        let (server, router) = mounted(&folder).await;
        assert_eq!(ask(&router, "GET", "/bare", None).await, (StatusCode::OK, "theirs".to_owned()));
        let made = ask(&router, "POST", "/backend/api/notes", Some(json!({"text": "one"}))).await;
        assert_eq!(made.0, StatusCode::CREATED, "{}", made.1);
        assert_eq!(ask(&router, "GET", "/last", None).await, (StatusCode::OK, "one".to_owned()));
        let long = ask(&router, "POST", "/backend/api/notes", Some(json!({"text": "longer"}))).await;
        assert!(long.0 == StatusCode::UNPROCESSABLE_ENTITY && long.1.contains("validation-failed"), "{}", long.1);
        let large = ask(&router, "POST", "/backend/api/notes", Some(json!({"text": "a".repeat(70_000)}))).await;
        assert_eq!(large.0, StatusCode::PAYLOAD_TOO_LARGE);
        assert_eq!(ask(&router, "GET", "/backend/health/ready", None).await.0, StatusCode::OK);
        assert_eq!(ask(&router, "GET", "/backend/nowhere", None).await.0, StatusCode::NOT_FOUND);
        server.stop();
        let stopped = ask(&router, "POST", "/backend/api/notes", Some(json!({"text": "two"}))).await;
        assert_eq!(stopped.0, StatusCode::SERVICE_UNAVAILABLE, "{}", stopped.1);
        drop(router);
        let (_server, router) = mounted(&folder).await;
        assert_eq!(ask(&router, "GET", "/last", None).await.1, "one", "it was durable");
    });
}

#[test]
fn a_handler_without_records_says_what_to_do() {
    run(async {
        let router = Router::new().route("/last", get(last));
        let (status, problem) = ask(&router, "GET", "/last", None).await;
        assert!(status == StatusCode::INTERNAL_SERVER_ERROR && problem.contains("Extension(server.db())"), "{problem}");
    });
}
