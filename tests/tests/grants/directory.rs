//! Grants by whoever has the data directory.

use super::*;

#[test]
fn whoever_has_the_directory_may_grant_everything() {
    let server = TestServer::start(program());
    let (exit, made, error) = rbac(server.data(), "grant --to token:ann --role Owner --tenant acme --expires 30d");
    assert_eq!(exit, 0, "{error}");
    assert_eq!(made[0]["granted_by"], "system:command-line");
    assert!(made[0]["expires_at"].is_string());
    assert_eq!(reads(&server, &who("ann", &[], Some("acme"))), 200);
    let (_, listed, _) = rbac(server.data(), "list --to token:ann");
    assert_eq!(listed, made);
    assert!(rbac(server.data(), "list --role Editor").1.is_empty());
    let id = made[0]["id"].as_str().expect("an id").to_owned();
    assert_eq!(rbac(server.data(), &format!("revoke {id}")).0, 0);
    assert_eq!(reads(&server, &who("ann", &[], Some("acme"))), 403);
    for (words, exit, expected) in [
        (format!("revoke {id}"), 1, "there is no grant"),
        ("grant --to token:ann --role Readr".to_owned(), 2, "did you mean `Reader`"),
        ("grant --to token:ann --role Reader --expires soon".to_owned(), 2, "--expires"),
        ("grant --to token:ann".to_owned(), 2, "--role"),
        ("list --url http://127.0.0.1:1".to_owned(), 2, "two places"),
        ("list --token-file x".to_owned(), 2, "--url"),
    ] {
        let (found, _, error) = rbac(server.data(), &words);
        assert_eq!((found, error.contains(expected)), (exit, true), "{words}: {error}");
    }
}

#[test]
fn grants_survive_a_kill_and_are_given_to_a_directory_that_nobody_runs_on() {
    let folder = Folder::new(env!("CARGO_TARGET_TMPDIR"), "grants-kill");
    let data = folder.join("data");
    let start = || {
        let mut command = Command::new(BINARY);
        command.env("LITHAIR_AUTH__ADMIN_ROLE", "Root");
        command.args(["serve", "--addr", "127.0.0.1:0", "--data"]).arg(&data);
        App::spawn(command).expect("starts")
    };
    let scopes = ["--scope", "admin", "--scope", "read", "--scope", "write"];
    let keys = Command::new(BINARY)
        .args(["keys", "create", "--expires", "1h", "--json"])
        .args(scopes)
        .arg("--data")
        .arg(&data)
        .output()
        .expect("runs");
    let key: Value = serde_json::from_slice(&keys.stdout).expect("a key");
    let (bearer, identity) = (
        format!("Bearer {}", key["key"].as_str().expect("a key")),
        format!("key:{}", key["id"].as_str().expect("an id")),
    );
    let administers = |app: &App| {
        let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
        app.client().request("POST", "/_lithair/admin", &headers, br#"{"do":"rbac.list"}"#).expect("answers").status
    };
    let app = start();
    assert_eq!(administers(&app), 403);
    let (exit, made, error) = rbac(&data, &format!("grant --to {identity} --role Root"));
    assert_eq!((exit, administers(&app)), (0, 200), "{error}");
    app.kill();
    let app = start();
    assert_eq!(administers(&app), 200, "it was durable when it was granted");
    app.kill();
    // Nobody runs on it.
    let id = made[0]["id"].as_str().expect("an id").to_owned();
    assert_eq!(rbac(&data, &format!("revoke {id}")).0, 0);
    let app = start();
    assert_eq!(administers(&app), 403);
    app.kill();
    assert_eq!(rbac(&data, &format!("grant --to {identity} --role Root")).0, 0);
    let app = start();
    assert_eq!(administers(&app), 200);

    // The same over HTTP, as an administrator.
    let token = folder.join("token");
    fs::write(&token, bearer.trim_start_matches("Bearer ")).expect("is written");
    let over_http = |words: &[&str]| {
        let url = format!("http://{}", app.address());
        let command =
            Command::new(BINARY).arg("rbac").args(words).args(["--url", &url, "--token-file"]).arg(&token).output();
        let output = command.expect("runs");
        (
            output.status.code().expect("ends"),
            String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned(),
        )
    };
    let (exit, text) = over_http(&["list"]);
    assert_eq!(exit, 0, "{text}");
    assert!(text.contains("system:command-line") && text.contains(&identity) && text.contains("for good"), "{text}");
    let (exit, text) = over_http(&["grant", "--to", "token:ann", "--role", "Root"]);
    assert_eq!(exit, 0, "{text}");
    let (exit, text) = over_http(&["grant", "--to", &identity, "--role", "Root"]);
    assert_eq!((exit, text.contains("of their own")), (4, true), "{text}");
    drop(app);
    // No path leads to them, and no document knows of them.
    let app = start();
    assert_eq!(app.client().get("/api/lithair/grants").expect("answers").status, 404);
    assert!(!app.client().get("/_lithair/schema.json").expect("answers").json().to_string().contains("lithair_grants"));
}
