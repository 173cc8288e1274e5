//! Hooks after a change: at least once, in order, retried, never because a log is replayed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::Command;
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use acceptance::{App, Client, Folder};
use serde_json::{Value, json};

const BINARY: &str = env!("CARGO_BIN_EXE_acceptance");
const ROUNDS: usize = 30;
/// Deliveries that may be repeated after a kill: those since progress was stored last.
const REPEATED_MAX: usize = 64 + 1;

struct Outside {
    folder: Folder,
    file: PathBuf,
}

impl Outside {
    fn new(name: &str) -> Self {
        let folder = Folder::new(env!("CARGO_TARGET_TMPDIR"), name);
        let file = folder.join("outside.txt");
        Self { folder, file }
    }

    fn start(&self, attempts: &str) -> App {
        let mut command = Command::new(BINARY);
        command.args(["serve", "--addr", "127.0.0.1:0", "--data"]).arg(self.folder.join("data"));
        command.env("ACCEPTANCE_OUTBOX", &self.file);
        command.env("LITHAIR_HOOKS__ATTEMPTS", attempts).env("LITHAIR_HOOKS__FIRST_WAIT", "1ms");
        App::spawn(command).expect("starts")
    }

    fn lines(&self) -> Vec<String> {
        let text = std::fs::read_to_string(&self.file).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    fn down(&self) -> PathBuf {
        self.file.with_extension("down")
    }
}

fn post(client: &mut Client, path: &str, body: &Value) -> u64 {
    let answer = client.send("POST", path, body).expect("answers");
    assert!([200, 201, 204].contains(&answer.status), "{}", answer.status);
    answer.position()
}

/// Asks until it is so.
fn until<T>(what: &str, ask: impl Fn() -> Option<T>) -> T {
    let begin = Instant::now();
    loop {
        if let Some(found) = ask() {
            return found;
        }
        assert!(begin.elapsed() < Duration::from_secs(60), "{what}");
        thread::yield_now();
    }
}

/// Waits until a hook has done everything up to a position.
fn delivered(app: &App, hook: &str, position: u64) {
    let done = || {
        let answer = app.client().get(&format!("/api/lithair/deliveries/{hook}")).expect("answers");
        answer.json()["position"].as_u64().filter(|done| *done >= position)
    };
    until(hook, done);
}

fn dead_letters(app: &App) -> Vec<Value> {
    let page = app.client().get("/api/lithair/dead-letters").expect("answers").json();
    page["items"].as_array().expect("a list").clone()
}

/// The lines without what makes each one delivery.
fn words(lines: &[String]) -> Vec<&str> {
    lines.iter().map(|line| line.rsplit_once(' ').expect("a key at the end").0).collect()
}

#[test]
fn what_was_waited_for_runs_in_order_and_may_change_records() {
    let outside = Outside::new("outbox-order");
    let app = outside.start("3");
    let client = &mut app.client();
    post(client, "/api/parcels", &json!({"receiver": "ada"}));
    let batch = json!({"ops": [
        {"op": "create", "collection": "parcels", "data": {"receiver": "bob"}},
        {"op": "create", "collection": "parcels", "data": {"receiver": "cyd"}},
    ]});
    let position = post(client, "/api/_batch", &batch);
    delivered(&app, "parcels.announce", position);
    assert_eq!(words(&outside.lines()), ["create ada", "create bob", "create cyd"]);
    let labelled = post(client, "/api/parcels/1:label", &json!({"text": "fragile"}));
    delivered(&app, "parcels.print", labelled);
    let sent = post(client, "/api/parcels/1:send", &json!({}));
    delivered(&app, "parcels.track", sent);
    assert_eq!(words(&outside.lines())[3..], ["label fragile", "send Packed-Sent"]);
    assert_eq!(client.get("/api/parcels/1").expect("answers").json()["thanks"], 1, "the hook's transaction");
    let keys: BTreeSet<String> =
        outside.lines().iter().filter_map(|line| Some(line.rsplit_once(' ')?.1.into())).collect();
    assert_eq!(keys.len(), 5, "every delivery has a key of its own");
}

#[test]
fn what_is_refused_is_not_delivered() {
    let outside = Outside::new("outbox-refused");
    let app = outside.start("3");
    for number in 1..=8 {
        thread::scope(|scope| {
            for _ in 0..8 {
                // One is first; the entries of others who decided at the same time are in the log, and are refused there.
                scope.spawn(|| {
                    let headers = [("content-type", "application/x-ndjson")];
                    let line = json!({"number": number, "receiver": "ada"}).to_string();
                    let _ = app.client().request("POST", "/api/parcels:import", &headers, line.as_bytes());
                });
            }
        });
    }
    let position = post(&mut app.client(), "/api/parcels", &json!({"receiver": "bob"}));
    delivered(&app, "parcels.announce", position);
    let lines = outside.lines();
    let (last, earlier) = words(&lines).split_last().map(|(last, earlier)| (*last, earlier.to_vec())).expect("lines");
    assert_eq!((last, earlier), ("create bob", vec!["create ada"; 8]));
}

#[test]
fn what_fails_is_tried_again_and_then_a_dead_letter_that_can_be_redriven() {
    let outside = Outside::new("outbox-dead");
    std::fs::write(outside.down(), "").expect("is written");
    let app = outside.start("3");
    let position = post(&mut app.client(), "/api/parcels", &json!({"receiver": "ada"}));
    let letter = until("a dead letter", || dead_letters(&app).pop());
    assert_eq!((&letter["hook"], &letter["attempts"]), (&json!("parcels.announce"), &json!(3)));
    assert_eq!((&letter["error"], &letter["position"]), (&json!("nobody is there"), &json!(position)));
    let retry = format!("/api/lithair/dead-letters/{}:retry", letter["id"].as_str().expect("a text"));
    let tried = post(&mut app.client(), &retry, &json!({}));
    delivered(&app, "parcels.announce", tried);
    assert_eq!(dead_letters(&app)[0]["attempts"], 4, "still nobody");
    std::fs::remove_file(outside.down()).expect("is removed");
    let tried = post(&mut app.client(), &retry, &json!({}));
    delivered(&app, "parcels.announce", tried);
    assert_eq!(words(&outside.lines()), ["create ada"]);
    assert_eq!(dead_letters(&app), [Value::Null; 0]);
    // A hook that panics holds nobody up but itself.
    let labelled = post(&mut app.client(), "/api/parcels/1:label", &json!({"text": "panic"}));
    delivered(&app, "parcels.print", labelled);
    assert_eq!(dead_letters(&app)[0]["error"], "the hook panicked");
    let position = post(&mut app.client(), "/api/parcels", &json!({"receiver": "bob"}));
    delivered(&app, "parcels.announce", position);
    assert_eq!(words(&outside.lines()), ["create ada", "create bob"]);
}

#[test]
fn a_hook_that_waits_goes_on_when_its_receiver_is_back() {
    let outside = Outside::new("outbox-back");
    std::fs::write(outside.down(), "").expect("is written");
    let app = outside.start("1000");
    for receiver in ["ada", "bob"] {
        post(&mut app.client(), "/api/parcels", &json!({"receiver": receiver}));
    }
    app.kill();
    let app = outside.start("1000");
    std::fs::remove_file(outside.down()).expect("is removed");
    let position = post(&mut app.client(), "/api/parcels", &json!({"receiver": "cyd"}));
    delivered(&app, "parcels.announce", position);
    assert_eq!(words(&outside.lines()), ["create ada", "create bob", "create cyd"]);
}

#[test]
fn a_kill_loses_nothing_and_a_replay_delivers_nothing() {
    let outside = Outside::new("outbox-kill");
    let acknowledged = Mutex::new(BTreeSet::new());
    for round in 0..ROUNDS {
        let app = Mutex::new(Some(outside.start("3")));
        let address = app.lock().expect("nobody panics").as_ref().expect("runs").address();
        let enough = acknowledged.lock().expect("nobody panics").len() + 5 + round * 3;
        thread::scope(|scope| {
            for writer in 0..4 {
                let (app, acknowledged) = (&app, &acknowledged);
                scope.spawn(move || {
                    let Ok(mut client) = Client::connect(address) else { return };
                    for number in 0.. {
                        let receiver = format!("r{round}w{writer}n{number}");
                        let body = json!({"receiver": receiver});
                        let Ok(answer) = client.send("POST", "/api/parcels", &body) else { return };
                        if answer.status != 201 {
                            return;
                        }
                        let mut acknowledged = acknowledged.lock().expect("nobody panics");
                        acknowledged.insert(receiver);
                        if acknowledged.len() >= enough
                            && let Some(app) = app.lock().expect("nobody panics").take()
                        {
                            app.kill();
                        }
                    }
                });
            }
        });
    }
    let app = outside.start("3");
    let position = post(&mut app.client(), "/api/parcels", &json!({"receiver": "last"}));
    delivered(&app, "parcels.announce", position);
    app.stop();
    let lines = outside.lines();
    check(&lines, &acknowledged.into_inner().expect("nobody panics"));

    let app = outside.start("3");
    let position = post(&mut app.client(), "/api/parcels", &json!({"receiver": "after"}));
    delivered(&app, "parcels.announce", position);
    assert_eq!(outside.lines().len(), lines.len() + 1, "a replay delivers nothing");
}

#[test]
fn a_hook_is_told_what_became_of_a_record_and_what_it_was() {
    let outside = Outside::new("outbox-changes");
    let app = outside.start("3");
    let client = &mut app.client();
    post(client, "/api/shelves", &json!({"name": "a"}));
    post(client, "/api/books", &json!({"shelf_id": 1, "title": "t"}));
    let patched = client.send("PATCH", "/api/shelves/1", &json!({"name": "b"})).expect("answers").position();
    // What changes nothing is nothing that happened.
    client.send("PATCH", "/api/shelves/1", &json!({"name": "b"})).expect("answers");
    let gone = client.request("DELETE", "/api/shelves/1", &[], b"").expect("answers").position();
    let back = post(client, "/api/shelves/1:restore", &json!({}));
    client.send("PATCH", "/api/books/1", &json!({"title": "u"})).expect("answers");
    let last = client.request("DELETE", "/api/shelves/1", &[], b"").expect("answers").position();
    let ended = post(client, "/api/shelves/1:purge", &json!({}));
    delivered(&app, "shelves.changes", patched);
    delivered(&app, "shelves.goes", last);
    delivered(&app, "shelves.comes", back);
    delivered(&app, "shelves.ends", ended);
    delivered(&app, "books.read", ended);
    let lines = outside.lines();
    let of = |word: &str| words(&lines).into_iter().filter(|line| line.starts_with(word)).collect::<Vec<_>>();
    assert_eq!(of("in "), ["in a", "in b"], "a record that comes back is no update");
    assert_eq!(of("now "), ["now a>b"], "neither are those that go and come back");
    assert_eq!(of("out "), ["out b-trash", "out b-trash"]);
    assert_eq!(of("end "), ["end b"]);
    assert_eq!(of("book "), ["book u", "book u"], "an update, and the cascade of the purge");
    assert!(lines.iter().any(|line| line == &format!("out b-trash {gone}.0")), "{lines:?}");
}

#[test]
fn what_was_is_read_from_the_log_where_memory_does_not_have_it() {
    let outside = Outside::new("outbox-past");
    std::fs::write(outside.down(), "").expect("is written");
    let app = outside.start("1000");
    let client = &mut app.client();
    post(client, "/api/shelves", &json!({"name": "0"}));
    for name in 1..=40 {
        client.send("PATCH", "/api/shelves/1", &json!({"name": name.to_string()})).expect("answers");
    }
    client.request("DELETE", "/api/shelves/1", &[], b"").expect("answers");
    let last = post(client, "/api/shelves/1:purge", &json!({}));
    app.kill();
    std::fs::remove_file(outside.down()).expect("is removed");
    let app = outside.start("1000");
    delivered(&app, "shelves.changes", last - 2);
    delivered(&app, "shelves.ends", last);
    let lines = outside.lines();
    let of = |word: &str| words(&lines).into_iter().filter(|line| line.starts_with(word)).collect::<Vec<_>>();
    let changes: Vec<String> = (0..40).map(|name| format!("now {name}>{}", name + 1)).collect();
    assert_eq!(of("now "), changes);
    assert_eq!(of("end "), ["end 40"]);
}

/// What a writer was told is there, of one shelf: it was made, renamed so often, deleted.
type Steps = BTreeSet<String>;

#[test]
fn a_kill_loses_no_update_and_no_delete() {
    let outside = Outside::new("outbox-kill-changes");
    let acknowledged = Mutex::new(Steps::new());
    for round in 0..ROUNDS {
        let app = Mutex::new(Some(outside.start("3")));
        let address = app.lock().expect("nobody panics").as_ref().expect("runs").address();
        let enough = acknowledged.lock().expect("nobody panics").len() + 8 + round * 3;
        thread::scope(|scope| {
            for writer in 0..3 {
                let (app, acknowledged) = (&app, &acknowledged);
                scope.spawn(move || {
                    let Ok(mut client) = Client::connect(address) else { return };
                    for number in 0.. {
                        let name = format!("r{round}w{writer}n{number}");
                        let told = |line: String| {
                            let mut acknowledged = acknowledged.lock().expect("nobody panics");
                            acknowledged.insert(line);
                            if acknowledged.len() >= enough
                                && let Some(app) = app.lock().expect("nobody panics").take()
                            {
                                app.kill();
                            }
                        };
                        if walk(&mut client, &name, told).is_none() {
                            return;
                        }
                    }
                });
            }
        });
    }
    let app = outside.start("3");
    let client = &mut app.client();
    post(client, "/api/shelves", &json!({"name": "last"}));
    let newest = client.get("/api/shelves?sort=-number&limit=1").expect("answers").json();
    let path = format!("/api/shelves/{}", newest["items"][0]["number"]);
    let renamed = client.send("PATCH", &path, &json!({"name": "renamed"})).expect("answers").position();
    let gone = client.request("DELETE", &path, &[], b"").expect("answers").position();
    delivered(&app, "shelves.changes", renamed);
    delivered(&app, "shelves.goes", gone);
    folded_rightly(&app, gone);
    app.stop();
    let lines = outside.lines();
    let mut keys: BTreeMap<(&str, &str), &str> = BTreeMap::new();
    for line in &lines {
        let (what, key) = line.rsplit_once(' ').expect("a key at the end");
        let word = what.split(' ').next().expect("a word");
        assert_eq!(*keys.entry((word, key)).or_insert(what), what, "a key is one delivery's");
    }
    let delivered: Steps = keys.values().map(|what| (*what).to_owned()).collect();
    let acknowledged = acknowledged.into_inner().expect("nobody panics");
    let lost: Vec<_> = acknowledged.difference(&delivered).collect();
    assert!(lost.is_empty(), "lost: {lost:?}");
    // Three hooks, each of which may repeat as many.
    let repeated = lines.len() - keys.len();
    assert!(repeated <= 3 * ROUNDS * REPEATED_MAX, "{repeated} repeated in {ROUNDS} rounds");

    let app = outside.start("3");
    let position = post(&mut app.client(), "/api/shelves", &json!({"name": "after"}));
    self::delivered(&app, "shelves.comes", position);
    assert_eq!(outside.lines().len(), lines.len() + 1, "a replay delivers nothing");
}

/// After all these kills, the projection is what the shelves say, and what folding the whole log again says.
fn folded_rightly(app: &App, position: u64) {
    let client = &mut app.client();
    let done = |client: &mut Client| {
        let state = client.get("/api/lithair/projections/shelf_names").expect("answers").json();
        let done = state["position"].as_u64().is_some_and(|done| done >= position);
        assert_eq!(state["error"], Value::Null);
        done && state["rebuilding"] == false
    };
    until("the projection", || done(&mut app.client()).then_some(()));
    let shelves =
        client.request("GET", "/api/shelves", &[("accept", "application/x-ndjson")], b"").expect("answers").body;
    let mut expected: BTreeMap<String, i64> = BTreeMap::new();
    for line in String::from_utf8(shelves).expect("text").lines() {
        let shelf: Value = serde_json::from_str(line).expect("JSON");
        *expected.entry(shelf["name"].as_str().expect("a name").to_owned()).or_default() += 1;
    }
    let folded = counted(client);
    let in_sight: BTreeMap<String, i64> = folded.clone().into_iter().filter(|(_, count)| *count != 0).collect();
    assert_eq!(in_sight, expected);
    post(client, "/api/lithair/projections/shelf_names:rebuild", &json!({}));
    until("the rebuild", || done(&mut app.client()).then_some(()));
    assert_eq!(counted(client), folded);
}

/// All rows of the projection.
fn counted(client: &mut Client) -> BTreeMap<String, i64> {
    let (mut rows, mut cursor) = (BTreeMap::new(), String::new());
    loop {
        let page = client.get(&format!("/api/shelf-names?limit=500{cursor}")).expect("answers").json();
        for row in page["items"].as_array().expect("a list") {
            rows.insert(row["name"].as_str().expect("a name").to_owned(), row["count"].as_i64().expect("a number"));
        }
        let Some(next) = page["next_cursor"].as_str() else { return rows };
        cursor = format!("&cursor={next}");
    }
}

/// Makes a shelf, renames it, deletes it, and tells what is acknowledged; none once the server is gone.
fn walk(client: &mut Client, name: &str, told: impl Fn(String)) -> Option<()> {
    let made = client.send("POST", "/api/shelves", &json!({"name": name})).ok()?;
    (made.status == 201).then_some(())?;
    told(format!("in {name}"));
    let path = format!("/api/shelves/{}", made.json()["number"]);
    let renamed = client.send("PATCH", &path, &json!({"name": format!("{name}x")})).ok()?;
    (renamed.status == 200).then_some(())?;
    told(format!("now {name}>{name}x"));
    let gone = client.request("DELETE", &path, &[], b"").ok()?;
    (gone.status == 204).then_some(())?;
    told(format!("out {name}x-trash"));
    Some(())
}

/// Everything that was acknowledged is there, what is there twice has one key, and few are.
fn check(lines: &[String], acknowledged: &BTreeSet<String>) {
    let mut keys: BTreeMap<&str, &str> = BTreeMap::new();
    let mut delivered = BTreeSet::new();
    for line in lines {
        let parts: Vec<&str> = line.split(' ').collect();
        let [_, receiver, key] = parts[..] else { panic!("{line}") };
        assert_eq!(*keys.entry(key).or_insert(receiver), receiver, "a key is one delivery's");
        delivered.insert(receiver.to_owned());
    }
    let lost: Vec<_> = acknowledged.difference(&delivered).collect();
    assert!(lost.is_empty(), "lost: {lost:?}");
    let repeated = lines.len() - delivered.len();
    assert!(repeated <= ROUNDS * REPEATED_MAX, "{repeated} repeated in {ROUNDS} rounds");
    assert_eq!(delivered.len(), keys.len(), "no change is two deliveries");
}
