//! Deleting softly: out of sight, back, and gone for good.

use std::process::Command;
use std::thread;

use acceptance::{App, Client, Folder, Response};
use lithair_core::prelude::*;
use lithair_core::testing::TestServer;
use serde_json::{Value, json};

const BINARY: &str = env!("CARGO_BIN_EXE_acceptance");

fn start(name: &str) -> (Folder, App) {
    let folder = Folder::new(env!("CARGO_TARGET_TMPDIR"), name);
    let app = App::start(BINARY, &folder.join("data")).expect("starts");
    (folder, app)
}

fn create(client: &mut Client, collection: &str, body: &Value) -> Value {
    let made = client.send("POST", &format!("/api/{collection}"), body).expect("answers");
    assert_eq!(made.status, 201, "{}", made.json());
    made.json()
}

/// Two papers in a binder, and a stamp on each.
fn fill(client: &mut Client) {
    create(client, "binders", &json!({"name": "taxes"}));
    for paper in 1..=2 {
        create(client, "papers", &json!({"binder_id": 1, "title": format!("p{paper}")}));
        create(client, "stamps", &json!({"paper_id": paper}));
    }
}

fn delete(client: &mut Client, path: &str) -> Response {
    client.request("DELETE", &format!("/api/{path}"), &[], b"").expect("answers")
}

fn act(client: &mut Client, path: &str) -> Response {
    client.request("POST", &format!("/api/{path}"), &[], b"").expect("answers")
}

fn code(answer: &Response) -> (u16, String) {
    (answer.status, answer.json()["code"].as_str().unwrap_or_default().to_owned())
}

fn count(client: &mut Client, query: &str) -> u64 {
    let separator = if query.contains('?') { '&' } else { '?' };
    let page = client.get(&format!("/api/{query}{separator}count=exact")).expect("answers").json();
    let (items, total) =
        (page["items"].as_array().expect("items").len() as u64, page["total"].as_u64().expect("a total"));
    assert_eq!(items, total, "{page}");
    total
}

#[test]
fn what_is_deleted_is_out_of_sight_and_comes_back_as_it_was() {
    let (_folder, app) = start("trash-restore");
    let client = &mut app.client();
    fill(client);
    let before = client.get("/api/papers/1").expect("answers").json();
    assert_eq!(delete(client, "papers/1").status, 204);
    assert_eq!(code(&client.get("/api/papers/1").expect("answers")), (410, "record-deleted".to_owned()));
    let shown = client.get("/api/papers/1?include_deleted=true").expect("answers").json();
    assert!(shown["deleted_at"].is_string() && shown["title"] == before["title"]);
    assert_eq!((count(client, "papers"), count(client, "papers?include_deleted=true")), (1, 2));
    assert_eq!(count(client, "papers?include_deleted=only"), 1);
    assert_eq!(count(client, "papers?filter=title%3D%22p1%22"), 0, "a filter does not see it either");
    for (method, path) in [("PATCH", "papers/1"), ("PUT", "papers/1")] {
        let body = json!({"binder_id": 1, "title": "new"});
        let answer = client.send(method, &format!("/api/{path}"), &body).expect("answers");
        assert_eq!(code(&answer), (410, "record-deleted".to_owned()), "{method}");
    }
    assert_eq!(code(&delete(client, "papers/1")).0, 410, "once is enough");
    let back = act(client, "papers/1:restore");
    assert_eq!((back.status, &back.json()["deleted_at"], &back.json()["title"]), (200, &Value::Null, &before["title"]));
    assert_eq!(client.get("/api/papers/1").expect("answers").status, 200);
    assert_eq!(act(client, "papers/1:restore").status, 200, "restoring what is there is no mistake");
    assert_eq!(act(client, "papers/9:restore").status, 404);
    let chosen = client.send("POST", "/api/papers", &json!({"binder_id": 1, "title": "x", "deleted_at": null}));
    assert_eq!(chosen.expect("answers").status, 422, "the time is the server's");
    assert_eq!(client.get("/api/letters?include_deleted=true").expect("answers").status, 400);
    assert_eq!(client.get("/api/papers?include_deleted=maybe").expect("answers").status, 400);
}

#[test]
fn what_belongs_to_it_goes_and_comes_with_it_three_levels_deep() {
    let (_folder, app) = start("trash-cascade");
    let client = &mut app.client();
    fill(client);
    assert_eq!(delete(client, "papers/2").status, 204, "earlier, by itself");
    let entry = delete(client, "binders/1");
    assert_eq!(entry.status, 204);
    let position = entry.position();
    let log = app.client().get("/api/stamps?include_deleted=only").expect("answers");
    assert_eq!(log.position(), position, "one entry");
    for collection in ["binders", "papers", "stamps"] {
        assert_eq!(count(client, collection), 0, "{collection}");
    }
    assert_eq!(act(client, "binders/1:restore").status, 200);
    assert_eq!((count(client, "papers"), count(client, "stamps")), (1, 1), "what went by itself stays away");
    assert_eq!(act(client, "papers/2:restore").status, 200);
    assert_eq!((count(client, "papers"), count(client, "stamps")), (2, 2));
}

#[test]
fn nothing_refers_to_what_is_deleted() {
    let (_folder, app) = start("trash-references");
    let client = &mut app.client();
    fill(client);
    create(client, "loans", &json!({"binder_id": 1}));
    assert_eq!(code(&delete(client, "binders/1")), (409, "reference-violation".to_owned()), "a loan holds it");
    assert_eq!(delete(client, "loans/1").status, 204);
    assert_eq!(delete(client, "binders/1").status, 204, "one that is deleted does not");
    let orphan = client.send("POST", "/api/papers", &json!({"binder_id": 1, "title": "late"})).expect("answers");
    assert_eq!(code(&orphan), (409, "reference-violation".to_owned()));
    assert_eq!(code(&act(client, "papers/1:restore")).0, 409, "its binder is not there");
    assert_eq!(code(&act(client, "loans/1:restore")).0, 409);
    create(client, "binders", &json!({"name": "taxes"}));
    assert_eq!(
        code(&act(client, "binders/1:restore")),
        (409, "unique-violation".to_owned()),
        "the name is taken by now"
    );
}

#[test]
fn purging_is_for_good_and_for_what_is_deleted() {
    let (folder, app) = start("trash-purge");
    let client = &mut app.client();
    fill(client);
    assert_eq!(code(&act(client, "binders/1:purge")), (409, "not-deleted".to_owned()));
    delete(client, "binders/1");
    assert_eq!(act(client, "binders/1:purge").status, 204);
    for collection in ["binders", "papers", "stamps"] {
        assert_eq!(count(client, &format!("{collection}?include_deleted=true")), 0, "{collection}");
    }
    assert_eq!(act(client, "binders/1:restore").status, 404);
    app.kill();
    let app = App::start(BINARY, &folder.join("data")).expect("starts");
    assert_eq!(count(&mut app.client(), "papers?include_deleted=true"), 0);
}

#[test]
fn a_batch_and_an_export_have_the_deleted_too() {
    let (folder, app) = start("trash-export");
    let client = &mut app.client();
    fill(client);
    let batch = json!({"ops": [
        {"op": "delete", "collection": "papers", "id": 1},
        {"op": "create", "collection": "papers", "data": {"binder_id": 1, "title": "p3"}},
    ]});
    let done = client.send("POST", "/api/_batch", &batch).expect("answers").json();
    assert_eq!(done["results"][0], json!({"status": 204}), "{done}");
    let lines = |client: &mut Client, query: &str| {
        let headers = [("accept", "application/x-ndjson")];
        let answer = client.request("GET", &format!("/api/papers{query}"), &headers, b"").expect("answers");
        String::from_utf8(answer.body).expect("text").lines().count()
    };
    assert_eq!((lines(client, ""), lines(client, "?include_deleted=true")), (2, 3));
    app.stop();
    let (data, out) = (folder.join("data"), folder.join("out"));
    let run = |words: &[&str]| Command::new(BINARY).args(words).output().expect("runs");
    let path = |path: &std::path::Path| path.to_str().expect("a path").to_owned();
    let done = run(&["export", &path(&out), "--data", &path(&data)]);
    assert!(done.status.success(), "{done:?}");
    let copy = folder.join("copy");
    let done = run(&["import", &path(&out), "--data", &path(&copy)]);
    assert!(done.status.success(), "{done:?}");
    let app = App::start(BINARY, &copy).expect("starts");
    let client = &mut app.client();
    assert_eq!((count(client, "papers"), count(client, "papers?include_deleted=true")), (2, 3));
    assert_eq!(act(client, "papers/1:restore").status, 200, "with the time at which it went");
}

/// An import takes nothing along, and what would stay in sight below the record is in its way.
#[test]
fn an_import_does_not_delete_over_the_heads_of_others() {
    let (_folder, app) = start("trash-import");
    let client = &mut app.client();
    let binder = create(client, "binders", &json!({"name": "b"}))["number"].clone();
    let paper = create(client, "papers", &json!({"binder_id": binder, "title": "p"}))["number"].clone();
    let stamp = create(client, "stamps", &json!({"paper_id": paper}))["number"].clone();
    let before = client.get("/api/stamps").expect("answers").position();
    let mut import = |collection: &str, line: Value| {
        let headers = [("content-type", "application/x-ndjson")];
        let path = format!("/api/{collection}:import");
        client.request("POST", &path, &headers, line.to_string().as_bytes()).expect("answers")
    };
    let gone = "2026-01-31T12:00:00Z";
    let binder = json!({"number": binder, "name": "b", "made_at": gone, "changed_at": gone, "deleted_at": gone});
    let paper = json!({"number": paper, "binder_id": binder["number"], "title": "p", "deleted_at": gone});
    let stamp = json!({"number": stamp, "paper_id": paper["number"], "deleted_at": gone});
    for (collection, line) in [("binders", &binder), ("papers", &paper)] {
        let done = import(collection, line.clone());
        assert_eq!(done.json()["errors"][0]["code"], "reference-violation", "{}", done.json());
        assert_eq!(done.position(), before, "nothing is in the log");
    }
    for (collection, line) in [("stamps", stamp), ("papers", paper), ("binders", binder)] {
        assert_eq!(import(collection, line).json()["updated"], 1, "from below it goes");
    }
}

#[test]
fn what_a_record_claims_on_its_way_to_the_trash_is_judged() {
    let (_folder, app) = start("trash-claims");
    let client = &mut app.client();
    let binder = create(client, "binders", &json!({"name": "b"}))["number"].clone();
    let paper = create(client, "papers", &json!({"binder_id": binder, "title": "p"}))["number"].clone();
    let before = client.get("/api/papers").expect("answers").position();
    let batch = json!({"ops": [
        {"op": "patch", "collection": "papers", "id": paper, "data": {"binder_id": 99}},
        {"op": "delete", "collection": "papers", "id": paper},
    ]});
    let moved = client.send("POST", "/api/_batch", &batch).expect("answers");
    assert_eq!(moved.json()["code"], "reference-violation", "{}", moved.json());
    assert_eq!(moved.position(), before, "nothing is in the log");
}

#[test]
fn no_writer_leaves_a_child_of_a_deleted_parent() {
    let (_folder, app) = start("trash-race");
    for round in 1..=20 {
        let client = &mut app.client();
        let binder = create(client, "binders", &json!({"name": format!("b{round}")}))["number"].clone();
        thread::scope(|scope| {
            scope.spawn(|| delete(&mut app.client(), &format!("binders/{binder}")));
            for _ in 0..4 {
                scope.spawn(|| {
                    let body = json!({"binder_id": binder, "title": "t"});
                    let answer = app.client().send("POST", "/api/papers", &body).expect("answers");
                    assert!([201, 409].contains(&answer.status), "{}", answer.json());
                });
            }
        });
        assert_eq!(client.get(&format!("/api/binders/{binder}")).expect("answers").status, 410);
        assert_eq!(count(client, &format!("papers?filter=binder_id%3D{binder}")), 0, "round {round}");
    }
}

/// Only the program deletes these.
#[derive(DeclarativeModel)]
#[permission(all = public)]
#[http(ops(create, get))]
#[lifecycle(soft_delete)]
struct Relic {
    #[db(primary_key)]
    id: i64,
    deleted_at: Option<Timestamp>,
}

#[commands]
impl Relic {
    /// Hides a relic.
    #[command]
    fn hide(&mut self, cx: &Context, id: i64) -> Result<(), std::convert::Infallible> {
        cx.delete::<Self>(&id);
        Ok(())
    }
}

/// It was offered for every model with soft deletes, so that anybody removed for good what nobody could delete.
#[test]
fn what_callers_do_not_delete_they_do_not_purge() {
    let server = TestServer::start(DeclarativeServer::new("127.0.0.1:0").model::<Relic>());
    for id in [1, 2] {
        assert_eq!(server.send("POST", "/api/relics", &json!({"id": id})).status, 201);
    }
    assert_eq!(server.send("POST", "/api/relics/1:hide", &json!({"id": 2})).status, 200);
    for action in ["purge", "restore"] {
        let refused = server.send("POST", &format!("/api/relics/2:{action}"), &json!({}));
        assert!([404, 405].contains(&refused.status), "{action}: {}", refused.status);
    }
    let get = |path: &str| server.client().request("GET", path, &[], "").expect("answers");
    assert_eq!(get("/api/relics/2?include_deleted=true").status, 200);
    let open = get("/_lithair/openapi.json").json().expect("is JSON");
    assert!(open["paths"]["/api/relics/{key}:hide"].is_object() && open["paths"]["/api/relics/{key}:purge"].is_null());
}
