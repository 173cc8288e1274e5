//! Killed at any instant, the application loses nothing it acknowledged and invents nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use acceptance::{App, Client, Folder, Random};
use serde_json::{Value, json};

const BINARY: &str = env!("CARGO_BIN_EXE_acceptance");
const ROUNDS: u64 = 50;
const WRITERS: u64 = 8;

/// What one writer was told, and what it asked without being told.
#[derive(Default)]
struct Ledger {
    /// Acknowledged: name to the record's latest acknowledged body; none once a delete was acknowledged.
    certain: BTreeMap<String, Option<Value>>,
    /// Asked for and not answered when the process died: may have happened or not.
    open: BTreeMap<String, Open>,
}

enum Open {
    Create,
    Patch(i64),
    Delete,
}

#[test]
fn every_acknowledged_write_survives_kill_9_exactly_once() {
    let folder = Folder::new(env!("CARGO_TARGET_TMPDIR"), "kill");
    let data = folder.join("data");
    let mut truth: BTreeMap<String, Value> = BTreeMap::new();
    let mut acknowledged = 0;
    for round in 0..ROUNDS {
        let app = App::start(BINARY, &data).expect("the application recovers");
        let seen = read_all(&mut app.client());
        assert_eq!(seen, truth, "round {round}: what was recovered");

        let ledgers = load_until_killed(app, round, &truth);
        let app = App::start(BINARY, &data).expect("the application recovers");
        let recovered = read_all(&mut app.client());
        for ledger in ledgers {
            acknowledged += ledger.certain.len();
            check(round, &ledger, &recovered);
            for name in ledger.certain.keys().chain(ledger.open.keys()) {
                match recovered.get(name) {
                    Some(record) => truth.insert(name.clone(), record.clone()),
                    None => truth.remove(name),
                };
            }
        }
        app.kill();
    }
    assert!(acknowledged > 50 * 20, "the rounds wrote something: {acknowledged}");
}

/// Eight writers write until the process dies under them, which it does after a random number of acknowledgements.
fn load_until_killed(app: App, round: u64, truth: &BTreeMap<String, Value>) -> Vec<Ledger> {
    let enough = 20 + Random::new(round).below(300);
    let answers = Arc::new(AtomicU64::new(0));
    let address = app.address();
    let victim = Arc::new(Mutex::new(Some(app)));
    std::thread::scope(|scope| {
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let (answers, victim) = (Arc::clone(&answers), Arc::clone(&victim));
                let mine = records_of(writer, truth);
                scope.spawn(move || {
                    let mut client = Client::connect(address).expect("connects");
                    let mut random = Random::new(round * WRITERS + writer);
                    let mut ledger = Ledger::default();
                    let mut mine = mine;
                    let mut step = 0;
                    loop {
                        step += 1;
                        let name = format!("w{writer}-r{round}-{step}");
                        if write(&mut client, &mut random, &mut ledger, &mut mine, name).is_none() {
                            return ledger;
                        }
                        if answers.fetch_add(1, Ordering::SeqCst) + 1 == enough
                            && let Some(app) = victim.lock().expect("nobody panics with it").take()
                        {
                            app.kill();
                        }
                    }
                })
            })
            .collect();
        writers.into_iter().map(|writer| writer.join().expect("a writer ends")).collect()
    })
}

/// One write; `None` when the connection broke before the answer.
fn write(
    client: &mut Client,
    random: &mut Random,
    ledger: &mut Ledger,
    mine: &mut BTreeMap<String, Value>,
    new_name: String,
) -> Option<()> {
    let choice = random.below(10);
    let existing = mine.keys().next().cloned();
    if choice < 6 || existing.is_none() {
        ledger.open.insert(new_name.clone(), Open::Create);
        let answer = client.send("POST", "/api/accounts", &json!({"name": new_name, "balance": 1})).ok()?;
        assert_eq!(answer.status, 201, "{}", String::from_utf8_lossy(&answer.body));
        ledger.open.remove(&new_name);
        mine.insert(new_name.clone(), answer.json());
        ledger.certain.insert(new_name, Some(answer.json()));
        return Some(());
    }
    let name = existing?;
    let id = mine[&name]["id"].as_str()?.to_owned();
    if choice < 9 {
        let balance = i64::try_from(random.below(1_000_000)).ok()?;
        ledger.open.insert(name.clone(), Open::Patch(balance));
        let answer = client.send("PATCH", &format!("/api/accounts/{id}"), &json!({"balance": balance})).ok()?;
        assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
        ledger.open.remove(&name);
        mine.insert(name.clone(), answer.json());
        ledger.certain.insert(name, Some(answer.json()));
    } else {
        ledger.open.insert(name.clone(), Open::Delete);
        let answer = client.request("DELETE", &format!("/api/accounts/{id}"), &[], b"").ok()?;
        assert_eq!(answer.status, 204, "{}", String::from_utf8_lossy(&answer.body));
        ledger.open.remove(&name);
        mine.remove(&name);
        ledger.certain.insert(name, None);
    }
    Some(())
}

/// What a writer knows against what was recovered.
fn check(round: u64, ledger: &Ledger, recovered: &BTreeMap<String, Value>) {
    for (name, record) in &ledger.certain {
        if ledger.open.contains_key(name) {
            continue;
        }
        assert_eq!(recovered.get(name), record.as_ref(), "round {round}: {name} was acknowledged");
    }
    for (name, open) in &ledger.open {
        let found = recovered.get(name);
        let before = ledger.certain.get(name);
        let fine = match open {
            Open::Create => found.is_none_or(|record| record["_rev"] == 1),
            Open::Patch(balance) => found.is_some_and(|record| {
                record["balance"] == *balance || before.is_none_or(|certain| certain.as_ref() == Some(record))
            }),
            Open::Delete => found.is_none() || before.is_none_or(|certain| certain.as_ref() == found),
        };
        assert!(fine, "round {round}: {name} is neither as before nor as asked: {found:?}");
    }
}

fn records_of(writer: u64, truth: &BTreeMap<String, Value>) -> BTreeMap<String, Value> {
    let prefix = format!("w{writer}-");
    truth
        .iter()
        .filter(|(name, _)| name.starts_with(&prefix))
        .map(|(name, record)| (name.clone(), record.clone()))
        .collect()
}

/// All accounts by name, page by page; a name or an id that comes twice fails here.
fn read_all(client: &mut Client) -> BTreeMap<String, Value> {
    let mut all = BTreeMap::new();
    let mut ids = BTreeSet::new();
    let mut path = "/api/accounts?limit=500".to_owned();
    loop {
        let page = client.get(&path).expect("the list answers").json();
        for record in page["items"].as_array().expect("items") {
            assert!(ids.insert(record["id"].to_string()), "an id comes twice");
            let name = record["name"].as_str().expect("a name").to_owned();
            assert!(all.insert(name, record.clone()).is_none(), "a name comes twice");
        }
        match page["next_cursor"].as_str() {
            Some(cursor) => path = format!("/api/accounts?limit=500&cursor={cursor}"),
            None => return all,
        }
    }
}
