//! The `lithair` command, run as people run it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use lithair_core::prelude::*;
use lithair_core::testing::TestServer;
use serde_json::{Value, json};

const BINARY: &str = env!("CARGO_BIN_EXE_lithair");

/// A folder of its own for one test, gone when dropped.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a temporary folder can be made");
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn lithair(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(BINARY).args(arguments).current_dir(folder).output().expect("the command runs")
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Builds a project without the network, with the packages that this workspace has locked and, mostly, has built already.
fn build(project: &Path) -> Output {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    std::fs::copy(root.join("Cargo.lock"), project.join("Cargo.lock")).expect("the workspace has a lock file");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("the target folder");
    let mut cargo = Command::new(cargo);
    cargo.args(["build", "--offline", "--quiet"]).current_dir(project).env("CARGO_TARGET_DIR", target);
    // The workspace's own: with another one, every package would be built again.
    cargo.env("CARGO_PROFILE_DEV_DEBUG", "line-tables-only");
    cargo.output().expect("cargo runs")
}

#[test]
fn a_new_project_compiles() {
    let folder = Folder::new("new");
    let core = Path::new(env!("CARGO_MANIFEST_DIR")).join("../lithair-core");
    let core = core.to_str().expect("the path of the checkout is UTF-8");
    let made = lithair(&folder.0, &["new", "tracker", "--core", core]);
    assert_eq!(made.status.code(), Some(0), "{}", stderr(&made));
    let built = build(&folder.0.join("tracker"));
    assert!(built.status.success(), "{}", stderr(&built));

    let again = lithair(&folder.0, &["--json", "new", "tracker"]);
    assert_eq!(again.status.code(), Some(4), "what is there is not written over");
    assert!(stderr(&again).contains("\"exit\":4"), "{}", stderr(&again));
}

#[test]
fn the_template_is_the_example() {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/hello/src/main.rs");
    let example = std::fs::read_to_string(example).expect("the example is there");
    let template = include_str!("../template/main.rs");
    let rest = example.strip_prefix(template).expect("the example begins like the template");
    assert!(
        rest.is_empty() || rest.starts_with("\n#[cfg(test)]"),
        "the rest of the example is about its tests: {rest}"
    );
    let program = template.split("\n#[cfg(test)]").next().expect("there is a first part");
    assert!(program.lines().filter(|line| !line.is_empty()).count() <= 20);
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
struct Note {
    #[db(primary_key, auto = sequence)]
    number: i64,
    #[http(rename = "theText")]
    text: String,
    due: Option<Date>,
}

#[test]
fn a_log_is_shown_and_checked_without_its_program() {
    let mut server = TestServer::start(DeclarativeServer::new("127.0.0.1:0").model::<Note>());
    assert_eq!(server.send("POST", "/api/notes", &json!({ "theText": "a", "due": "2026-01-31" })).status, 201);
    assert_eq!(server.send("PATCH", "/api/notes/1", &json!({ "theText": "b" })).status, 200);
    assert_eq!(server.client().request("DELETE", "/api/notes/1", &[], "").expect("answers").status, 204);
    server.kill();
    let data = server.data().to_str().expect("is UTF-8");

    // The server holds the directory; looking needs no lock.
    let dumped = lithair(Path::new("."), &["log", "dump", data]);
    assert_eq!(dumped.status.code(), Some(0), "{}", stderr(&dumped));
    let text = String::from_utf8(dumped.stdout).expect("is UTF-8");
    let entries: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("a line is JSON")).collect();
    let changes: Vec<&Value> = entries.iter().map(|entry| &entry["changes"][0]).collect();
    assert_eq!(changes[0]["schema"], "notes");
    let record = json!({ "number": 1, "text": "a", "due": "2026-01-31" });
    assert_eq!(changes[1], &json!({ "put": "notes", "key": [1], "rev": 1, "record": record }));
    assert_eq!(changes[2], &json!({ "patch": "notes", "key": [1], "rev": 2, "fields": { "text": "b" } }));
    assert_eq!(changes[3], &json!({ "delete": "notes", "key": [1] }));
    assert!(text.starts_with("{\"position\":1,\"at\":\"20"), "people read the position first: {text}");

    let tail = lithair(Path::new("."), &["log", "dump", data, "--from", "4"]);
    assert_eq!(String::from_utf8_lossy(&tail.stdout).lines().collect::<Vec<_>>(), [text.lines().last().expect("four")]);

    let verified = lithair(Path::new("."), &["--json", "log", "verify", data]);
    let report: Value = serde_json::from_slice(&verified.stdout).expect("is JSON");
    assert_eq!((verified.status.code(), &report["ok"], &report["entries"]), (Some(0), &json!(true), &json!(4)));
}

#[test]
fn a_damaged_log_fails_the_check_by_file_and_offset() {
    let server = TestServer::start(DeclarativeServer::new("127.0.0.1:0").model::<Note>());
    for text in ["the-first-note", "b", "c"] {
        assert_eq!(server.send("POST", "/api/notes", &json!({ "theText": text })).status, 201);
    }
    let folder = Folder::new("damaged");
    for entry in std::fs::read_dir(server.data()).expect("is read") {
        let entry = entry.expect("is read");
        std::fs::copy(entry.path(), folder.0.join(entry.file_name())).expect("is copied");
    }
    let path = folder.0.join("log-00000001.segment");
    let mut bytes = std::fs::read(&path).expect("the log begins with it");
    let place = bytes.windows(14).position(|text| text == b"the-first-note").expect("the note is in it");
    bytes[place] ^= 1;
    std::fs::write(&path, bytes).expect("is written");
    let verified = lithair(&folder.0, &["--json", "log", "verify", "."]);
    assert_eq!(verified.status.code(), Some(1), "{}", String::from_utf8_lossy(&verified.stdout));
    assert!(stderr(&verified).contains("log-00000001.segment at byte"), "{}", stderr(&verified));
    assert!(verified.stdout.is_empty());
}

#[test]
fn what_cannot_be_is_refused_with_the_exit_code_of_its_kind() {
    let folder = Folder::new("refused");
    for (arguments, code, words) in [
        (&["new", "1st"][..], 2, "begin with a letter"),
        (&["new", "a", "--core", "nowhere"], 2, "nowhere"),
        (&["log", "verify", "nowhere"], 4, "nowhere"),
        (&["log", "dump", "."], 4, "not a data directory"),
        (&["log"], 2, "dump"),
        (&["lgo"], 2, "unrecognized subcommand"),
        (&[], 2, "Usage"),
    ] {
        let refused = lithair(&folder.0, arguments);
        assert_eq!(refused.status.code(), Some(code), "{arguments:?}");
        assert!(stderr(&refused).contains(words) && refused.stdout.is_empty(), "{arguments:?}: {}", stderr(&refused));
    }
    assert_eq!(std::fs::read_dir(&folder.0).expect("is read").count(), 0, "nothing was made");
    assert_eq!(lithair(&folder.0, &["--help"]).status.code(), Some(0));
}
