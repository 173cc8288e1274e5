//! The collection of requests by which the RealWorld project tests its implementations, run by newman: twice, on one database.
//!
//! The collection is not part of this project. `LITHAIR_TEST_DATA` names the folder that holds `realworld/`; newman is `CONDUIT_NEWMAN`, or
//! comes from npm. Without one of them the test prints SKIP.

use std::env::var_os;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use acceptance::{App, Folder, skip};
use serde_json::Value;

const BINARY: &str = env!("CARGO_BIN_EXE_conduit");
const NEWMAN: &str = "newman@6.2.2";

#[test]
fn the_collection_passes_twice_on_one_database() {
    let (collection, newman) = match collection().and_then(|collection| Ok((collection, newman()?))) {
        Ok(found) => found,
        Err(reason) => return skip("the_collection_passes_twice_on_one_database", &reason),
    };
    let folder = Folder::new(env!("CARGO_TARGET_TMPDIR"), "conduit-postman");
    let app = App::start(BINARY, &folder.join("data")).expect("starts");
    let expected = items(&read(&collection)["item"]);
    for run in ["first", "second"] {
        let report = folder.join(&format!("{run}.json"));
        let output = run_collection(&newman, &collection, &app, run, &report);
        let told = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{run}: {told}{}", String::from_utf8_lossy(&output.stderr));
        let stats = read(&report)["run"]["stats"].clone();
        println!("{run} run: {} requests, {} assertions", stats["requests"]["total"], stats["assertions"]["total"]);
        assert_eq!(stats["requests"]["total"].as_u64(), Some(expected), "each request is sent");
        assert!(stats["assertions"]["total"].as_u64() > Some(expected), "and its answer looked at");
        for kind in ["requests", "assertions", "testScripts", "prerequestScripts"] {
            assert_eq!(stats[kind]["failed"], 0, "{run}: {kind}: {told}");
        }
    }
}

fn run_collection(newman: &Path, collection: &Path, app: &App, user: &str, report: &Path) -> Output {
    let mut command = Command::new(newman);
    command.arg("run").arg(collection).args(["--reporters", "cli,json", "--color", "off", "--disable-unicode"]);
    command.arg("--reporter-json-export").arg(report);
    // The users of one run stay, so the next one has others.
    for (name, value) in [
        ("APIURL", format!("http://{}/conduit", app.address())),
        ("USERNAME", user.to_owned()),
        ("EMAIL", format!("{user}@example.org")),
        ("PASSWORD", "correct horse".to_owned()),
    ] {
        command.arg("--global-var").arg(format!("{name}={value}"));
    }
    command.output().expect("newman runs")
}

fn collection() -> Result<PathBuf, String> {
    let root = var_os("LITHAIR_TEST_DATA").ok_or("LITHAIR_TEST_DATA is not set")?;
    let path = Path::new(&root).join("realworld/Conduit.postman_collection.json");
    if path.is_file() { Ok(path) } else { Err(format!("{} is not there", path.display())) }
}

/// The program newman: one that is given, or one that was installed for an earlier run, or one that is installed now.
fn newman() -> Result<PathBuf, String> {
    if let Some(given) = var_os("CONDUIT_NEWMAN") {
        return Ok(PathBuf::from(given));
    }
    let found = |program: &str| Command::new(program).arg("--version").output().is_ok_and(|told| told.status.success());
    if let Some(missing) = ["node", "npm"].into_iter().find(|program| !found(program)) {
        return Err(format!("{missing} is not there"));
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(NEWMAN);
    let program = folder.join("node_modules/.bin/newman");
    if !found(&program.to_string_lossy()) {
        let mut install = Command::new("npm");
        install.args(["install", "--no-audit", "--no-fund", "--no-save", "--prefix"]).arg(&folder).arg(NEWMAN);
        let told = install.output().map_err(|error| error.to_string())?;
        if !told.status.success() {
            return Err(format!("npm does not install {NEWMAN}: {}", String::from_utf8_lossy(&told.stderr)));
        }
    }
    Ok(program)
}

fn read(path: &Path) -> Value {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).expect("is JSON")
}

/// How many requests a collection has, folders and all.
fn items(list: &Value) -> u64 {
    let count = |item: &Value| if item["item"].is_array() { items(&item["item"]) } else { 1 };
    list.as_array().expect("a list").iter().map(count).sum()
}
