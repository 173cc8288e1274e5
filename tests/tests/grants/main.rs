//! Roles that somebody has because the log says so: when they hold, who gives them, and that nobody gives what they lack.

mod asking;
mod directory;
mod giving;
mod holding;
mod keys;

use std::fs;
use std::path::Path;
use std::process::Command;

use acceptance::{App, Folder};
use lithair_core::client::Response;
use lithair_core::prelude::*;
use lithair_core::testing::{Algorithm, Issuer, TestServer};
use lithair_core::users::Users;
use serde_json::{Value, json};

const BINARY: &str = env!("CARGO_BIN_EXE_acceptance");

#[derive(DeclarativeModel)]
#[permission(
    roles(Owner > Chief > Editor > Reader),
    read = role(Reader), create = role(Editor), update = role(Editor), delete = "MayDelete", export = scope("reports")
)]
struct Page {
    #[db(primary_key, auto = sequence)]
    number: i64,
    text: String,
}

fn program() -> DeclarativeServer {
    DeclarativeServer::new("127.0.0.1:0")
        .model::<Page>()
        .permission("MayDelete", policy!(role(Chief) || role(Janitor)))
        .with_users(Users::new())
        .setting("auth.admin_role", "Chief")
}

/// Somebody, as a token says it.
fn who(subject: &str, roles: &[&str], tenant: Option<&str>) -> Value {
    json!({ "sub": subject, "roles": roles, "tenant": tenant })
}

fn chief() -> Value {
    who("chaz", &["Chief"], None)
}

fn send(server: &TestServer, who: &Value, method: &str, path: &str, body: &Value) -> Response {
    let who = who.to_string();
    let headers = [("lithair-test-principal", who.as_str()), ("content-type", "application/json")];
    let body = if method == "GET" { String::new() } else { body.to_string() };
    server.client().request(method, path, &headers, body).expect("answers")
}

fn admin(server: &TestServer, who: &Value, body: Value) -> Response {
    send(server, who, "POST", "/_lithair/admin", &body)
}

fn grant(server: &TestServer, by: &Value, subject: &str, role: &str, tenant: Option<&str>) -> Response {
    admin(server, by, json!({ "do": "rbac.grant", "subject": subject, "role": role, "tenant": tenant }))
}

fn id(answer: &Response) -> String {
    assert_eq!(answer.status, 200, "{:?}", answer.json());
    answer.json().expect("JSON")["id"].as_str().expect("an id").to_owned()
}

fn reads(server: &TestServer, who: &Value) -> u16 {
    send(server, who, "GET", "/api/pages", &Value::Null).status
}

fn creates(server: &TestServer, who: &Value) -> u16 {
    send(server, who, "POST", "/api/pages", &json!({ "text": "a" })).status
}

#[track_caller]
fn refused(answer: &Response, status: u16, words: &str) {
    let json = answer.json().expect("JSON");
    assert_eq!(answer.status, status, "{json}");
    assert!(json["detail"].as_str().is_some_and(|detail| detail.contains(words)), "{words}: {json}");
}

/// Whoever has the directory may do everything, with it or by the socket of the server that runs on it.
fn rbac(data: &Path, words: &str) -> (i32, Vec<Value>, String) {
    let output = Command::new(BINARY)
        .env("LITHAIR_AUTH__ADMIN_ROLE", "Root")
        .arg("rbac")
        .args(words.split(' '))
        .args(["--json", "--data"])
        .arg(data)
        .output()
        .expect("runs");
    let lines = output.stdout.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let lines = lines.map(|line| serde_json::from_slice(line).expect("JSON")).collect();
    (output.status.code().expect("ends"), lines, String::from_utf8_lossy(&output.stderr).into_owned())
}
