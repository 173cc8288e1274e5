//! Thirty-two writers at once over HTTP: exactly one winner, no orphan, no lost update.

use std::sync::Barrier;

use acceptance::{App, Client, Folder};
use serde_json::{Value, json};

const BINARY: &str = env!("CARGO_BIN_EXE_acceptance");
const WRITERS: usize = 32;

/// Runs `act` in 32 threads that begin together; the statuses they were answered.
fn race(app: &App, act: impl Fn(usize, &mut Client) -> u16 + Sync) -> Vec<u16> {
    let barrier = Barrier::new(WRITERS);
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let (barrier, act) = (&barrier, &act);
                let mut client = app.client();
                scope.spawn(move || {
                    barrier.wait();
                    act(writer, &mut client)
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().expect("a writer ends")).collect()
    })
}

fn count(statuses: &[u16], status: u16) -> usize {
    statuses.iter().filter(|&&found| found == status).count()
}

fn started(folder: &Folder) -> App {
    App::start(BINARY, &folder.join("data")).expect("the application starts")
}

fn account(client: &mut Client, name: &str) -> Value {
    let answer = client.send("POST", "/api/accounts", &json!({"name": name})).expect("answers");
    assert_eq!(answer.status, 201);
    answer.json()
}

#[test]
fn one_unique_value_has_one_winner() {
    let folder = Folder::new(env!("CARGO_TARGET_TMPDIR"), "races-unique");
    let app = started(&folder);
    for turn in 0..20 {
        let name = format!("secret-name-{turn}");
        let statuses = race(&app, |writer, client| {
            let answer =
                client.send("POST", "/api/accounts", &json!({"name": name, "balance": writer})).expect("answers");
            if answer.status == 409 {
                let text = String::from_utf8_lossy(&answer.body).into_owned();
                assert!(!text.contains(&name), "a conflict does not echo the value: {text}");
                assert_eq!(answer.json()["code"], "unique-violation");
            }
            answer.status
        });
        assert_eq!((count(&statuses, 201), count(&statuses, 409)), (1, WRITERS - 1), "turn {turn}: {statuses:?}");
    }
    let list = app.client().get("/api/accounts?limit=500&count=exact").expect("answers").json();
    assert_eq!(list["total"], 20);
}

#[test]
fn one_revision_has_one_winner() {
    let folder = Folder::new(env!("CARGO_TARGET_TMPDIR"), "races-revision");
    let app = started(&folder);
    let id = account(&mut app.client(), "one")["id"].as_str().expect("an id").to_owned();
    let path = format!("/api/accounts/{id}");
    for revision in 1..=20 {
        let tag = format!("\"{revision}\"");
        let statuses = race(&app, |writer, client| {
            let body = json!({"balance": revision * 1_000 + writer}).to_string();
            let headers = [("content-type", "application/merge-patch+json"), ("if-match", tag.as_str())];
            client.request("PATCH", &path, &headers, body.as_bytes()).expect("answers").status
        });
        assert_eq!(
            (count(&statuses, 200), count(&statuses, 412)),
            (1, WRITERS - 1),
            "revision {revision}: {statuses:?}"
        );
    }
    assert_eq!(app.client().get(&path).expect("answers").json()["_rev"], 21);
}

#[test]
fn unconditional_patches_all_count() {
    let folder = Folder::new(env!("CARGO_TARGET_TMPDIR"), "races-patch");
    let app = started(&folder);
    let id = account(&mut app.client(), "one")["id"].as_str().expect("an id").to_owned();
    let path = format!("/api/accounts/{id}");
    let statuses = race(&app, |writer, client| {
        client.send("PATCH", &path, &json!({"balance": 1 + writer})).expect("answers").status
    });
    assert_eq!(count(&statuses, 200), WRITERS, "{statuses:?}");
    assert_eq!(app.client().get(&path).expect("answers").json()["_rev"], 1 + WRITERS);
}

#[test]
fn a_deleted_parent_leaves_no_orphan() {
    let folder = Folder::new(env!("CARGO_TARGET_TMPDIR"), "races-parent");
    let app = started(&folder);
    for turn in 0..20 {
        let id = account(&mut app.client(), &format!("parent-{turn}"))["id"].as_str().expect("an id").to_owned();
        // Half of the writers add children that restrict, one deletes the parent.
        let statuses = race(&app, |writer, client| {
            if writer == 7 {
                return client.request("DELETE", &format!("/api/accounts/{id}"), &[], b"").expect("answers").status;
            }
            client.send("POST", "/api/transfers", &json!({"account_id": id, "amount": "1.00"})).expect("answers").status
        });
        let parent = app.client().get(&format!("/api/accounts/{id}")).expect("answers").status;
        let children = app
            .client()
            .get(&format!("/api/transfers?count=exact&filter=account_id%3D%22{id}%22"))
            .expect("answers")
            .json()["total"]
            .as_u64()
            .expect("a total");
        match statuses[7] {
            204 => assert_eq!((parent, children, count(&statuses, 201)), (404, 0, 0), "turn {turn}: {statuses:?}"),
            409 => assert_eq!((parent, children), (200, count(&statuses, 201) as u64), "turn {turn}: {statuses:?}"),
            other => panic!("turn {turn}: the delete was answered {other}"),
        }
    }
}

#[test]
fn a_batch_is_seen_whole_or_not_at_all() {
    let folder = Folder::new(env!("CARGO_TARGET_TMPDIR"), "races-batch");
    let app = started(&folder);
    let mut setup = app.client();
    let ids: Vec<String> =
        ["left", "right"].map(|name| account(&mut setup, name)["id"].as_str().expect("an id").to_owned()).into();
    let statuses = race(&app, |writer, client| {
        if writer % 2 == 0 {
            for amount in 0..20 {
                let balance = i64::try_from(writer * 100 + amount).expect("small");
                let ops: Vec<Value> = ids
                    .iter()
                    .zip([balance, -balance])
                    .map(|(id, balance)| {
                        json!({"op": "patch", "collection": "accounts", "id": id, "data": {"balance": balance}})
                    })
                    .collect();
                let answer = client.send("POST", "/api/_batch", &json!({"atomic": true, "ops": ops})).expect("answers");
                assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
            }
        } else {
            for _ in 0..40 {
                let page = client.get("/api/accounts").expect("answers").json();
                let sum: i64 = page["items"]
                    .as_array()
                    .expect("items")
                    .iter()
                    .map(|item| item["balance"].as_i64().expect("a balance"))
                    .sum();
                assert_eq!(sum, 0, "half a batch was seen: {page}");
            }
        }
        0
    });
    assert_eq!(statuses.len(), WRITERS);
}
