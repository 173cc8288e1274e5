//! Real data, whole: the Chinook data set in by the command line and over HTTP, and out again, equal field by field.
//!
//! The data is not part of this project. `LITHAIR_TEST_DATA` names the folder that holds `chinook/`; without it the tests
//! that need it print SKIP.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use acceptance::{App, Folder, skip};
use serde_json::{Map, Value, json};

const BINARY: &str = env!("CARGO_BIN_EXE_music");
const ROWS: u64 = 15_607;
const MODELS: [&str; 11] = [
    "Album",
    "Artist",
    "Customer",
    "Employee",
    "Genre",
    "Invoice",
    "InvoiceLine",
    "MediaType",
    "Playlist",
    "PlaylistTrack",
    "Track",
];

fn chinook(test: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("LITHAIR_TEST_DATA").map(|root| Path::new(&root).join("chinook"));
    match folder {
        Some(folder) if folder.is_dir() => Some(folder),
        Some(folder) => {
            skip(test, &format!("{} is not a folder", folder.display()));
            None
        }
        None => {
            skip(test, "LITHAIR_TEST_DATA is not set");
            None
        }
    }
}

fn music(arguments: &[&str]) -> Output {
    Command::new(BINARY).args(arguments).output().expect("the program runs")
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a path of this test is Unicode")
}

/// The counts of an import's `--json` report.
fn import(arguments: &[&str]) -> (u64, u64) {
    let output = music(&[&["import", "--json"], arguments].concat());
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{stdout}{}", String::from_utf8_lossy(&output.stderr));
    let report: Value = serde_json::from_str(stdout.trim()).unwrap_or_else(|error| panic!("{error}: {stdout}"));
    (report["created"].as_u64().expect("created"), report["unchanged"].as_u64().expect("unchanged"))
}

#[test]
fn the_command_line_imports_and_exports_every_row() {
    let Some(source) = chinook("the_command_line_imports_and_exports_every_row") else { return };
    let folder = Folder::new(env!("CARGO_TARGET_TMPDIR"), "chinook-cli");
    let (data, out) = (folder.join("data"), folder.join("out"));
    assert_eq!(import(&[text(&source), "--data", text(&data)]), (ROWS, 0));
    assert_eq!(import(&[text(&source), "--data", text(&data)]), (0, ROWS), "a second import changes nothing");
    assert!(music(&["export", text(&out), "--data", text(&data)]).status.success());
    assert_equal(&source, &out);
    assert_csv_is_the_records(&source, &folder, &["--data", text(&data)]);
    assert!(music(&["log", "verify", "--data", text(&data)]).status.success());
}

#[test]
fn a_running_server_imports_and_exports_every_row() {
    let Some(source) = chinook("a_running_server_imports_and_exports_every_row") else { return };
    let folder = Folder::new(env!("CARGO_TARGET_TMPDIR"), "chinook-http");
    let (data, out) = (folder.join("data"), folder.join("out"));
    let app = App::start(BINARY, &data).expect("the server starts");
    let url = format!("http://{}", app.address());
    assert_eq!(import(&[text(&source), "--url", &url]), (ROWS, 0));
    let position = app.client().get("/api/artists/1").expect("answers").position();
    assert_eq!(import(&[text(&source), "--url", &url]), (0, ROWS), "a second import changes nothing");
    assert_eq!(app.client().get("/api/artists/1").expect("answers").position(), position, "and writes nothing");
    assert!(music(&["export", text(&out), "--url", &url]).status.success());
    assert_equal(&source, &out);
    assert_csv_is_the_records(&source, &folder, &["--url", &url]);

    let mut client = app.client();
    let page = client
        .get("/api/tracks?filter=AlbumId%3D1%20and%20Milliseconds%3E240000&sort=-Milliseconds&count=exact")
        .expect("answers")
        .json();
    assert_eq!(page["total"], expected_long_tracks(&source), "{page}");
    let composite = client.get("/api/playlist-tracks/1,3402").expect("answers");
    assert_eq!(composite.json()["TrackId"], 3402);
    let employee = client.request("DELETE", "/api/artists/1", &[], b"").expect("answers");
    assert_eq!(employee.status, 409, "albums refer to the artist");
}

/// Exports as CSV, imports that into an empty directory, and looks whether it has every row.
fn assert_csv_is_the_records(source: &Path, folder: &Folder, from: &[&str]) {
    let (sheets, again, back) = (folder.join("sheets"), folder.join("again"), folder.join("back"));
    let exported = music(&[&["export", text(&sheets), "--format", "csv", "--json"], from].concat());
    let report: Value = serde_json::from_slice(&exported.stdout).expect("JSON");
    assert_eq!(report["records"], ROWS, "{report}");
    assert_eq!(import(&[text(&sheets), "--data", text(&again)]), (ROWS, 0));
    assert!(music(&["export", text(&back), "--data", text(&again)]).status.success());
    assert_equal(source, &back);
}

#[test]
fn bad_lines_are_named_by_file_and_line() {
    let folder = Folder::new(env!("CARGO_TARGET_TMPDIR"), "chinook-bad");
    let source = folder.join("in");
    std::fs::create_dir_all(&source).expect("a folder");
    let genres = [
        "{\"GenreId\":1,\"Name\":\"Rock\"}",
        "{\"GenreId\":2,",
        "{\"GenreId\":3,\"Name\":\"\"}",
        "",
        "{\"GenreId\":4,\"Nome\":\"Jazz\"}",
    ];
    std::fs::write(source.join("Genre.ndjson"), genres.join("\n")).expect("written");
    std::fs::write(source.join("Album.ndjson"), "{\"AlbumId\":1,\"Title\":\"x\",\"ArtistId\":99}\n").expect("written");
    let output = music(&["import", text(&source), "--data", text(&folder.join("data"))]);
    let told = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(1), "{told}");
    for place in ["Genre.ndjson:2", "Genre.ndjson:3", "Genre.ndjson:5", "Album.ndjson:1"] {
        assert!(told.contains(place), "{place} is missing in: {told}");
    }
    let out = folder.join("out");
    assert!(music(&["export", text(&out), "--data", text(&folder.join("data"))]).status.success());
    assert_eq!(read(&out.join("Genre.ndjson")), [json!({"GenreId": 1, "Name": "Rock"})], "the good line is there");
}

fn expected_long_tracks(source: &Path) -> usize {
    read(&source.join("Track.ndjson"))
        .iter()
        .filter(|track| track["AlbumId"] == 1 && track["Milliseconds"].as_i64() > Some(240_000))
        .count()
}

fn assert_equal(source: &Path, exported: &Path) {
    let mut rows = 0;
    for model in MODELS {
        let file = format!("{model}.ndjson");
        let (left, right) = (by_line(&source.join(&file)), by_line(&exported.join(&file)));
        rows += left.values().sum::<u64>();
        assert_eq!(left, right, "{file}");
    }
    assert_eq!(rows, ROWS);
}

/// Rows in one spelling, with how often each occurs.
fn by_line(file: &Path) -> BTreeMap<String, u64> {
    let mut lines = BTreeMap::new();
    for row in read(file) {
        *lines.entry(canonical(&row)).or_default() += 1;
    }
    lines
}

fn read(file: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    text.lines()
        .map(|line| serde_json::from_str(line).expect("a row is JSON"))
        .map(|mut row: Value| {
            // Revisions are ours; the source has none.
            row.as_object_mut().expect("a row is an object").remove("_rev");
            row
        })
        .collect()
}

/// The source writes decimals as numbers and times as `2021-01-01 00:00:00`; ours are strings and RFC 3339.
fn canonical(row: &Value) -> String {
    let fields: Map<String, Value> = row
        .as_object()
        .expect("a row is an object")
        .iter()
        .map(|(name, value)| {
            let value = match (name.as_str(), value) {
                ("UnitPrice" | "Total", Value::Number(number)) => {
                    json!(format!("{:.2}", number.as_f64().expect("a number")))
                }
                ("BirthDate" | "HireDate" | "InvoiceDate", Value::String(text)) if !text.ends_with('Z') => {
                    json!(format!("{}Z", text.replace(' ', "T")))
                }
                (_, other) => other.clone(),
            };
            (name.clone(), value)
        })
        .collect();
    Value::Object(fields).to_string()
}

#[test]
fn what_is_wrong_is_told_to_machines_too() {
    for arguments in [&["rotues", "--json"][..], &["--json", "rotues"], &["routes", "--json", "--nope"]] {
        let output = music(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let told: Value =
            serde_json::from_slice(&output.stderr).unwrap_or_else(|error| panic!("{arguments:?}: {error}"));
        assert_eq!(told["exit"], 2, "{arguments:?}");
    }
}

/// A document that was written to a full disk was cut off, and the program said that all was well.
#[cfg(target_os = "linux")]
#[test]
fn data_that_did_not_arrive_is_a_failure() {
    let full = std::fs::File::options().write(true).open("/dev/full").expect("Linux has one");
    let output = Command::new(BINARY).arg("routes").stdout(full).output().expect("the program runs");
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("stdout: "), "{output:?}");
}

/// Passed over without a word, and all was well.
#[cfg(unix)]
#[test]
fn a_link_that_leads_nowhere_is_not_passed_over() {
    let folder = Folder::new(env!("CARGO_TARGET_TMPDIR"), "chinook-link");
    let source = folder.join("in");
    std::fs::create_dir_all(&source).expect("a folder");
    std::fs::write(source.join("Genre.ndjson"), "{\"GenreId\":1,\"Name\":\"Rock\"}\n").expect("written");
    std::os::unix::fs::symlink(folder.join("nothing"), source.join("Album.ndjson")).expect("linked");
    let output = music(&["import", text(&source), "--data", text(&folder.join("data"))]);
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && told.contains("Album.ndjson"), "{told}");
}
