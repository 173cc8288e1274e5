//! Faults that a public program of this kind shipped, and its users met. Each is a test here; see also `restart.rs`
//! (deleted records come back), `kill.rs` (writes acknowledged too early) and `races.rs` (lost updates).

use std::fs::{self, OpenOptions};
use std::path::{Path, PathBuf};
use std::process::Command;

use acceptance::{App, Client, Folder};
use serde_json::{Value, json};

const BINARY: &str = env!("CARGO_BIN_EXE_acceptance");
const MIB: &str = "1MiB";

fn open(name: &str) -> (Folder, PathBuf) {
    let folder = Folder::new(env!("CARGO_TARGET_TMPDIR"), name);
    let data = folder.join("data");
    (folder, data)
}

/// Small files and frequent snapshots, so that a test sees many of both.
fn start_with_small_files(data: &Path) -> App {
    let mut command = Command::new(BINARY);
    command.args(["serve", "--addr", "127.0.0.1:0", "--data"]).arg(data);
    command.env("LITHAIR_STORE__SEGMENT", MIB).env("LITHAIR_STORE__SNAPSHOT_AFTER", MIB);
    App::spawn(command).expect("starts")
}

fn create(client: &mut Client, body: &Value) -> u16 {
    client.send("POST", "/api/accounts", body).expect("answers").status
}

fn total(client: &mut Client) -> u64 {
    client.get("/api/accounts?limit=1&count=exact").expect("answers").json()["total"].as_u64().expect("a total")
}

/// The entries that `log dump` shows, oldest first.
fn dumped(data: &Path) -> Vec<Value> {
    let output = Command::new(BINARY).args(["log", "dump", "--json", "--data"]).arg(data).output().expect("runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let lines = String::from_utf8(output.stdout).expect("the dump is text");
    lines.lines().map(|line| serde_json::from_str(line).expect("each line is JSON")).collect()
}

/// The files of a data directory whose names begin so, in order.
fn files(data: &Path, prefix: &str) -> Vec<PathBuf> {
    let mut files: Vec<_> = fs::read_dir(data).expect("lists").map(|entry| entry.expect("reads").path()).collect();
    files.retain(|file| file.file_name().is_some_and(|name| name.to_string_lossy().starts_with(prefix)));
    files.sort();
    files
}

/// The file that is written to.
fn newest_log(data: &Path) -> PathBuf {
    files(data, "log-").pop().expect("a log")
}

#[test]
fn rotation_and_snapshots_lose_no_history() {
    let (_folder, data) = open("faults-rotation");
    let app = start_with_small_files(&data);
    let mut client = app.client();
    let note = "n".repeat(60_000);
    for number in 0..100 {
        assert_eq!(create(&mut client, &json!({"name": format!("account {number}"), "note": note})), 201);
    }
    let last = client.get("/api/accounts?limit=1").expect("answers").position();
    assert!(app.stop().success());

    let entries = dumped(&data);
    let positions: Vec<_> = entries.iter().map(|entry| entry["position"].as_u64().expect("a position")).collect();
    assert_eq!(positions, (1..=last).collect::<Vec<_>>(), "the first entry and every other is there");
    let text = entries.iter().map(Value::to_string).collect::<String>();
    for number in 0..100 {
        assert!(text.contains(&format!("account {number}\"")), "account {number} is in the history");
    }

    // Without its snapshots the log alone says the same.
    let snapshots = files(&data, "snapshot-");
    assert!(!snapshots.is_empty() && files(&data, "log-").len() > 3, "there were rotations and snapshots");
    snapshots.iter().for_each(|file| fs::remove_file(file).expect("is removed"));
    let app = start_with_small_files(&data);
    assert_eq!(total(&mut app.client()), 100);
}

#[test]
fn what_follows_a_torn_tail_is_kept() {
    let (_folder, data) = open("faults-torn");
    let app = App::start(BINARY, &data).expect("starts");
    assert_eq!(create(&mut app.client(), &json!({"name": "before"})), 201);
    app.kill();
    // Half a frame, as a power cut in the middle of a write leaves it: its header says more than there is.
    let log = newest_log(&data);
    let bytes = fs::read(&log).expect("reads");
    let end = bytes.len() - bytes.iter().rev().take_while(|&&byte| byte == 0).count();
    let free = end.next_multiple_of(512);
    let frame = &bytes[free - 512..free];
    let file = OpenOptions::new().write(true).open(&log).expect("opens");
    std::os::unix::fs::FileExt::write_all_at(&file, &frame[..40], free as u64).expect("is written");
    drop(file);

    for name in ["first after", "second after"] {
        let app = App::start(BINARY, &data).expect("starts: what is torn was never acknowledged");
        assert_eq!(create(&mut app.client(), &json!({"name": name})), 201);
        app.kill();
    }
    let app = App::start(BINARY, &data).expect("starts");
    assert_eq!(total(&mut app.client()), 3);
}

#[test]
fn damage_is_not_skipped_while_health_says_ready() {
    let (_folder, data) = open("faults-damage");
    let app = App::start(BINARY, &data).expect("starts");
    let mut client = app.client();
    for number in 0..5 {
        assert_eq!(create(&mut client, &json!({"name": format!("account {number}")})), 201);
    }
    app.kill();
    let log = newest_log(&data);
    let mut bytes = fs::read(&log).expect("reads");
    let at = bytes.windows(9).position(|window| window == b"account 2").expect("is in the log as text");
    bytes[at + 8] = b'7';
    fs::write(&log, bytes).expect("is written");
    let told = App::start(BINARY, &data).expect_err("a damaged log is refused");
    let name = log.file_name().expect("a name").to_string_lossy().into_owned();
    assert!(told.contains(&name) && told.contains("at byte"), "the file and the place are named: {told}");
}

#[test]
fn rules_references_and_unique_fields_are_enforced() {
    let (_folder, data) = open("faults-rules");
    let app = App::start(BINARY, &data).expect("starts");
    let mut client = app.client();
    assert_eq!(create(&mut client, &json!({"name": ""})), 422, "a rule");
    assert_eq!(create(&mut client, &json!({"name": "a", "colour": "red"})), 422, "a field that is not there");
    assert_eq!(create(&mut client, &json!({"name": "a"})), 201);
    assert_eq!(create(&mut client, &json!({"name": "a"})), 409, "a unique field");
    let nobody = json!({"account_id": "00000000-0000-7000-8000-000000000000", "amount": "1.00"});
    let refused = client.send("POST", "/api/transfers", &nobody).expect("answers");
    assert_eq!((refused.status, refused.json()["errors"][0]["pointer"].clone()), (409, json!("/account_id")));
    assert_eq!(total(&mut client), 1);
}

#[test]
fn a_record_is_not_overwritten_by_a_create() {
    let (_folder, data) = open("faults-overwrite");
    let app = App::start(BINARY, &data).expect("starts");
    let mut client = app.client();
    let first = json!({"code": "CHF", "name": "Swiss franc"});
    assert_eq!(client.send("POST", "/api/currencies", &first).expect("answers").status, 201);
    let second = json!({"code": "CHF", "name": "somebody else's"});
    assert_eq!(client.send("POST", "/api/currencies", &second).expect("answers").status, 409);
    let kept = client.get("/api/currencies/CHF").expect("answers").json();
    assert_eq!((kept["name"].as_str(), kept["_rev"].as_i64()), (Some("Swiss franc"), Some(1)));
}

#[test]
fn no_body_ends_the_process() {
    let (_folder, data) = open("faults-bodies");
    let app = App::start(BINARY, &data).expect("starts");
    let deep = "[".repeat(100_000);
    for body in ["42", "null", "\"text\"", "[]", "{", "", "\u{0}", &deep] {
        let answer =
            app.client().request("POST", "/api/accounts", &[("content-type", "application/json")], body.as_bytes());
        let status = answer.expect("answers").status;
        assert!((400..500).contains(&status), "{:.20}: {status}", body);
    }
    assert_eq!(create(&mut app.client(), &json!({"name": "still there"})), 201);
}

#[test]
fn directories_share_nothing() {
    let folder = Folder::new(env!("CARGO_TARGET_TMPDIR"), "faults-shared");
    let apps = ["one", "two"].map(|name| App::start(BINARY, &folder.join(name)).expect("starts"));
    assert_eq!(create(&mut apps[0].client(), &json!({"name": "only in one"})), 201);
    assert_eq!([0, 1].map(|place| total(&mut apps[place].client())), [1, 0]);
    apps.into_iter().for_each(App::kill);
    // A file of the other directory is not taken for one's own.
    let [one, two] = ["one", "two"].map(|name| newest_log(&folder.join(name)));
    fs::copy(one, two).expect("is copied");
    let told = App::start(BINARY, &folder.join("two")).expect_err("a foreign log is refused");
    assert!(told.contains("log-"), "{told}");
}
