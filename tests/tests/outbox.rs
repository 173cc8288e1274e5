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
    assert!([200, 201].contains(&answer.status), "{}", answer.json());
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
