//! `rbac`, and the same questions over HTTP: who may do what, why, and what would change it. Asked of a real program.

use std::process::{Command, Output};

use acceptance::{App, Folder};
use lithair_core::prelude::*;
use lithair_core::testing::TestServer;
use serde_json::{Value, json};

const BINARY: &str = env!("CARGO_BIN_EXE_guarded");

fn rbac(arguments: &[&str]) -> Output {
    Command::new(BINARY).arg("rbac").args(arguments).output().expect("the program runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// What it prints as JSON, one object a line.
fn lines(output: &Output) -> Vec<Value> {
    let printed = text(&output.stdout);
    printed.lines().map(|line| serde_json::from_str(line).expect("a line is JSON")).collect()
}

/// A directory with a file of ann's, which is open, and one of bob's, which is sealed; made by imports of whoever has the machine.
fn directory(name: &str) -> Folder {
    let folder = Folder::new(env!("CARGO_TARGET_TMPDIR"), name);
    let file = |number: i64, holder: &str, stage: &str, sealed: bool| {
        json!({
            "number": number, "org": "acme", "holder": holder, "reference": format!("r{number}"), "stage": stage, "locked": true,
            "sealed": sealed, "title": "a title", "body": "canary-of-the-body", "department": "sales", "team_id": null,
            "secret": "canary-of-the-secret", "rank": 1, "stamps": 0, "deleted_at": null,
        })
    };
    let teams = json!({ "code": "red", "title": "Red", "public_name": true, "budget": "9" });
    std::fs::write(folder.join("Team.ndjson"), format!("{teams}\n")).expect("is written");
    let files = [file(1, "ann", "Open", false), file(2, "bob", "Draft", true)].map(|file| file.to_string());
    std::fs::write(folder.join("File.ndjson"), files.join("\n")).expect("is written");
    let data = folder.join("data");
    for name in ["Team.ndjson", "File.ndjson"] {
        let import = Command::new(BINARY).arg("import").arg(folder.join(name)).arg("--data").arg(&data).output();
        let import = import.expect("the program runs");
        assert!(import.status.success(), "{}", text(&import.stderr));
    }
    folder
}

#[test]
fn the_matrix_says_who_has_which_right_and_under_which_condition() {
    let rows = lines(&rbac(&["matrix", "--json"]));
    let cell = |model: &str, right: &str, who: &str| {
        let row = rows.iter().find(|row| row["model"] == model && row["right"] == right);
        row.unwrap_or_else(|| panic!("{model} {right}"))["who"][who].as_str().expect("a text").to_owned()
    };
    assert_eq!(cell("Team", "read", "anonymous"), "if public_name");
    assert_eq!(cell("Team", "read", "authenticated"), "yes");
    assert_eq!(cell("Team", "create", "role Clerk"), "no");
    assert_eq!(cell("Team", "create", "role Chief"), "yes");
    // What a credential is for is not known of a role.
    assert_eq!(cell("Team", "export", "role Chief"), "if scope(\"reports\")");
    assert_eq!(cell("File", "read", "anonymous"), "no", "nobody is of a tenant who is unknown");
    assert_eq!(cell("File", "read", "role Editor"), "if org = actor.tenant", "the deny spares editors");
    assert_eq!(cell("File", "read", "role Clerk"), "if org = actor.tenant && !(sealed)");
    assert_eq!(
        cell("File", "delete", "role Editor"),
        "if org = actor.tenant && stage = Draft",
        "a permission by name is what is bound to it"
    );
    assert_eq!(cell("File.secret", "read", "role Chief"), "if org = actor.tenant");
    assert!(
        cell("File.secret", "read", "role Clerk").ends_with("&& owner"),
        "{}",
        cell("File.secret", "read", "role Clerk")
    );
    assert!(cell("File", "command(close)", "authenticated") == "no");
    let table = text(&rbac(&["matrix", "--markdown"]).stdout);
    let mut printed = table.lines();
    assert_eq!(
        printed.next(),
        Some("| model | right | anonymous | authenticated | owner | role Chief | role Clerk | role Editor |")
    );
    let bars = |line: &str| line.replace("\\|", "").matches('|').count();
    assert!(table.lines().all(|line| bars(line) == 9), "{table}");
    assert!(table.contains("\\|\\|"), "an `or` does not end the cell: {table}");
    let words = text(&rbac(&["matrix"]).stdout);
    assert!(words.contains("Team read: anonymous: if public_name, authenticated: yes"), "{words}");
}

#[test]
fn the_matrix_of_one_principal_says_yes_no_or_by_record() {
    let folder = directory("matrix-of-one");
    let data = folder.join("data");
    let data = data.to_str().expect("is text");
    let matrix = |arguments: &[&str]| {
        let output = rbac(&[&["matrix", "--data", data], arguments].concat());
        assert!(output.status.success() && output.stderr.is_empty(), "{}", text(&output.stderr));
        text(&output.stdout)
    };
    let ann = ["File", "--as", "ann", "--tenant", "acme"];
    let words = matrix(&ann);
    for line in [
        "File read: by record",
        "File create: yes",
        "File delete: no",
        "File command(stamp): no",
        "File command(touch): by record",
        "File.secret read: by record",
        "File.secret update: no",
        "File.account read: by record, else masked",
    ] {
        assert!(words.lines().any(|printed| printed == line), "{line}: {words}");
    }
    assert!(words.lines().all(|line| line.starts_with("File")), "of one model: {words}");
    // The same words as `explain`; what the credential is for, claims and tenants count.
    assert!(matrix(&["File", "--as", "ann"]).contains("File read: no\n"), "of no tenant");
    assert!(matrix(&[&ann[..], &["--role", "Chief"]].concat()).contains("File update: by record\n"));
    assert!(matrix(&[&ann[..], &["--scope", "write", "--key"]].concat()).contains("File read: no\n"));
    assert!(matrix(&[&ann[..], &["--scope", "others"]].concat()).contains("File export: no\n"));
    assert!(matrix(&[&ann[..], &["--claim", "suspended=true"]].concat()).contains("File create: no\n"));
    let all = matrix(&["--as", "ann", "--role", "Clerk"]);
    assert!(all.contains("Team.phone read: no, masked\n") && all.contains("Team.budget read: yes\n"), "{all}");
    assert!(all.contains("SecureDocument.sensitive_data update: no\n"), "no subject that is a UUID: {all}");
    let uuid = matrix(&["SecureDocument", "--as", "0198a4b2-0000-7000-8000-000000000001"]);
    assert!(uuid.contains("SecureDocument.sensitive_data update: by record\n"), "{uuid}");

    let rows = lines(&rbac(&[&["matrix", "--data", data, "--json"], &ann[..]].concat()));
    let row = rows.iter().find(|row| row["model"] == "File" && row["right"] == "delete").expect("is a line");
    assert_eq!((&row["who"], &row["allowed"]), (&json!("token:ann"), &json!("no")));
    assert_eq!(row["decided_by"]["clause"], "File: delete");
    // Every line is what `explain` says of the same right to no record in particular.
    for row in &rows {
        let (of, right) = (row["model"].as_str().expect("a text"), row["right"].as_str().expect("a text"));
        let mut asked =
            vec!["explain", "--data", data, "--json", "--as", "ann", "--tenant", "acme", "--can", right, "File"];
        asked.extend(of.split_once('.').into_iter().flat_map(|(_, field)| ["--field", field]));
        assert_eq!(lines(&rbac(&asked))[0]["allowed"], row["allowed"], "{of} {right}");
    }
    let table = matrix(&[&ann[..], &["--markdown"]].concat());
    assert!(
        table.starts_with("| model | right | token:ann |\n|---|---|---|\n| File | read | by record |\n"),
        "{table}"
    );

    for (arguments, told) in [
        (&["Fle", "--as", "ann"][..], "of: there is no model `Fle`; did you mean `File`?"),
        (&["--role", "Chief"], "--as"),
        (&["--as", "ann", "--claim", "x"], "--claim \"x\": expected a name and a value"),
        (&["File"], "`--data` has no effect"),
    ] {
        let output = rbac(&[&["matrix", "--data", data], arguments].concat());
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(text(&output.stderr).contains(told), "{arguments:?}: {}", text(&output.stderr));
    }
}

#[test]
fn a_granted_role_counts_in_the_matrix() {
    let folder = directory("matrix-granted");
    let data = folder.join("data");
    let data = data.to_str().expect("is text");
    let matrix = || text(&rbac(&["matrix", "Team", "--data", data, "--as", "ann"]).stdout);
    assert!(matrix().contains("Team create: no\n"), "{}", matrix());
    let granted = rbac(&["grant", "--to", "token:ann", "--role", "Editor", "--data", data]);
    assert!(granted.status.success(), "{}", text(&granted.stderr));
    assert!(matrix().contains("Team create: yes\n"), "{}", matrix());
}

#[derive(DeclarativeModel)]
#[permission(roles(Chief), read = public, write = authenticated && kind == "plain", delete = role(Chief))]
struct Letter {
    #[db(primary_key, auto = sequence)]
    number: i64,
    kind: String,
}

#[hooks]
impl Letter {
    #[hook(before(create))]
    fn plain(&mut self, _: &Context) {
        "plain".clone_into(&mut self.kind);
    }
}

/// What hooks make of a body is not known without running them.
#[test]
fn an_explanation_of_a_body_names_the_hooks_that_did_not_run() {
    let program = DeclarativeServer::new("127.0.0.1:0").model::<Letter>().setting("auth.admin_role", "Chief");
    let server = TestServer::start(program);
    let ask = |who: &str, path: &str, body: &Value| {
        let headers = [("lithair-test-principal", who), ("content-type", "application/json")];
        let answer = server.client().request("POST", path, &headers, body.to_string()).expect("answers");
        (answer.status, answer.json().expect("is JSON"))
    };
    let (ann, chief) = (r#"{"sub":"ann"}"#, r#"{"sub":"cy","roles":["Chief"]}"#);
    let explained = |can: &str, of: &str, body: Value| {
        let mut question = json!({ "do": "rbac.explain", "as": { "sub": "ann" }, "can": can, "of": of });
        if !body.is_null() {
            question["body"] = body;
        }
        let (status, said) = ask(chief, "/_lithair/admin", &question);
        assert_eq!(status, 200, "{said}");
        (said["status"].clone(), said["hooks_not_run"].clone())
    };
    let body = json!({ "kind": "other" });
    // The hook makes it another one; the explanation says what it left out.
    assert_eq!(ask(ann, "/api/letters", &body).0, 201);
    assert_eq!(explained("create", "Letter", body.clone()), (json!(403), json!(["plain"])));
    // No hook runs on an update, and none where nothing is sent.
    assert_eq!(explained("update", "Letter/1", body), (json!(403), Value::Null));
    assert_eq!(explained("create", "Letter", Value::Null).1, Value::Null);
}

#[test]
fn who_can_says_it_of_one_right_and_of_one_field() {
    let of = |arguments: &[&str]| {
        let output = rbac(arguments);
        let item = |item: &Value| {
            let text = |name: &str| item[name].as_str().unwrap_or_default().to_owned();
            (text("who"), text("can"), text("when"))
        };
        lines(&output).iter().map(item).collect::<Vec<_>>()
    };
    let items = of(&["who-can", "read", "Team.budget", "--json"]);
    let expected = [
        ("anonymous", "never"),
        ("authenticated", "never"),
        ("role Chief", "always"),
        ("role Clerk", "always"),
        ("role Editor", "always"),
    ];
    let found: Vec<(&str, &str)> = items.iter().map(|(who, can, _)| (who.as_str(), can.as_str())).collect();
    assert_eq!(found, expected);
    let secret = of(&["who-can", "read", "File.secret", "--json"]);
    let owner = secret.iter().find(|(who, ..)| who == "owner").expect("files have owners");
    assert_eq!((owner.1.as_str(), owner.2.as_str()), ("when", "org = actor.tenant && !(sealed)"));
    let words = text(&rbac(&["who-can", "update", "SecureDocument.sensitive_data"]).stdout);
    assert!(words.contains("anonymous: never\n"), "{words}");
    assert!(words.contains("authenticated: when created_by = actor.id\n"), "{words}");
    assert!(words.contains("role Chief: always\n"), "{words}");
    // Each right to a field has its own rule, beside those of the record; and what is changed has to be seen.
    let said = |right: &str, of: &str| text(&rbac(&["who-can", right, of]).stdout);
    let (create, update, read) = (said("create", "File.rank"), said("update", "File.rank"), said("read", "File.rank"));
    assert!(create.contains("role Clerk: never\n") && create.contains("role Editor: when org"), "{create}");
    assert!(update.contains("role Editor: never\n") && update.contains("role Chief: when org"), "{update}");
    assert!(read.contains("role Editor: when org") && read.contains("authenticated: when org"), "{read}");
    let changed = said("update", "Remark.text");
    assert!(changed.contains("owner: when org = actor.tenant && check(file, read)\n"), "{changed}");
    // What the server sets is nobody's to set.
    assert!(text(&rbac(&["who-can", "update", "File.holder"]).stdout).lines().all(|line| line.ends_with(": never")));
    for (arguments, told) in [
        (["who-can", "reed", "File"], "can: `reed` is no right to `File`; did you mean `read`?"),
        (["who-can", "read", "Fle"], "of: there is no model `Fle`; did you mean `File`?"),
        (["who-can", "read", "File.titel"], "field: `File` has no field `titel`; did you mean `title`?"),
        (["who-can", "delete", "File.title"], "of: `delete` is not about one field"),
    ] {
        let output = rbac(&arguments);
        assert_eq!(output.status.code(), Some(2));
        assert!(text(&output.stderr).contains(told), "{}", text(&output.stderr));
    }
}

#[test]
fn an_explanation_says_what_decided_and_what_would_change_it() {
    let folder = directory("explain-cli");
    let data = folder.join("data");
    let data = data.to_str().expect("is text");
    let ask = |arguments: &[&str]| {
        let output = rbac(&[&["explain", "--data", data, "--json"], arguments].concat());
        let code = output.status.code();
        assert!(output.stderr.is_empty(), "{}", text(&output.stderr));
        assert!(!text(&output.stdout).contains("canary"), "no value of a record is told");
        (lines(&output).remove(0), code)
    };
    let ann = ["--as", "ann", "--tenant", "acme"];
    let (seen, code) = ask(&[&ann[..], &["--can", "read", "File/1"]].concat());
    assert_eq!((&seen["allowed"], &seen["status"], code), (&json!("yes"), &json!(200), Some(0)));
    assert_eq!(seen["decided_by"]["clause"], "File: read");

    // 401, 403, 404, 422 and what is left out.
    let (unknown, code) = ask(&["--can", "read", "File/1"]);
    assert_eq!((&unknown["status"], code), (&json!(401), Some(1)));
    assert_eq!(unknown["decided_by"]["clause"], "File: tenant");
    let (locked, _) = ask(&[&ann[..], &["--can", "update", "File/1"]].concat());
    assert_eq!((&locked["status"], &locked["decided_by"]["clause"]), (&json!(403), &json!("File: deny(update)")));
    assert_eq!(locked["decided_by"]["rule"], "locked && !(role(Chief))");
    assert_eq!(locked["would_change"], json!([["!(locked)"], ["role Chief"]]));
    let (sealed, _) = ask(&[&ann[..], &["--role", "Clerk", "--can", "delete", "File/2"]].concat());
    assert_eq!((&sealed["status"], &sealed["decided_by"]["clause"]), (&json!(404), &json!("File: deny(read)")));
    let (other, _) = ask(&["--as", "olga", "--tenant", "other", "--role", "Chief", "--can", "read", "File/1"]);
    assert_eq!((&other["status"], &other["decided_by"]["clause"]), (&json!(404), &json!("File: tenant")));
    let (absent, _) = ask(&[&ann[..], &["--can", "read", "File/99"]].concat());
    assert_eq!((&absent["status"], &absent["decided_by"]["rule"]), (&json!(404), &json!("there is no such record")));
    let chief = ["--as", "cy", "--tenant", "acme", "--role", "Chief"];
    let (moved, _) = ask(&[&chief[..], &["--can", "update", "File/1", "--body", r#"{"reference":"r7"}"#]].concat());
    assert_eq!((&moved["status"], &moved["decided_by"]["clause"]), (&json!(403), &json!("File: after(update)")));
    assert_eq!(moved["decided_by"]["of"], "the record as it would be");
    let (ranked, _) = ask(&[
        &["--as", "ed", "--tenant", "acme", "--role", "Editor"][..],
        &["--can", "create", "File", "--body", r#"{"reference":"r8","title":"t","body":"b","stamps":7}"#],
    ]
    .concat());
    assert_eq!((&ranked["status"], &ranked["decided_by"]["clause"]), (&json!(422), &json!("File.stamps: create")));
    let bob = ["--as", "bob", "--tenant", "acme"];
    let (left_out, code) = ask(&[&bob[..], &["--can", "read", "File/1", "--field", "secret"]].concat());
    assert_eq!((&left_out["allowed"], &left_out["status"], code), (&json!("no"), &json!(200), Some(1)));
    assert_eq!(left_out["shown"], "`secret` is left out, and named in `_redacted`");
    assert_eq!(left_out["would_change"], json!([["being the owner: the subject that `holder` names"], ["role Chief"]]));
    let (narrow, _) = ask(&[&ann[..], &["--scope", "write", "--key", "--can", "read", "File/1"]].concat());
    assert_eq!((&narrow["status"], &narrow["decided_by"]["clause"]), (&json!(403), &json!("scopes of the key")));

    // Of no record in particular it may depend on the record; claims are part of who asks.
    let (any, code) = ask(&[&bob[..], &["--can", "read", "File"]].concat());
    assert_eq!((&any["allowed"], code), (&json!("depends"), Some(1)));
    let (sales, _) =
        ask(&["--as", "sam", "--tenant", "acme", "--claim", "department=sales", "--can", "read", "File/1"]);
    let held = |said: &Value| said["steps"][1]["any_of"][4]["holds"].clone();
    assert_eq!((held(&sales), held(&seen)), (json!("yes"), json!("no")), "{sales}");

    let words = text(
        &rbac(&["explain", "--data", data, "--as", "ann", "--tenant", "acme", "--can", "update", "File/1"]).stdout,
    );
    for line in [
        "denied: 403",
        "decided by File: deny(update) = locked && !(role(Chief)), of the record as it is",
        "+ File: read = ",
        "would change it: role Chief",
    ] {
        assert!(words.lines().any(|printed| printed.starts_with(line)), "{line}: {words}");
    }
}

#[test]
fn what_is_asked_wrongly_is_named() {
    let folder = directory("explain-wrong");
    let data = folder.join("data");
    let data = data.to_str().expect("is text");
    for (arguments, told) in [
        (&["--can", "read", "File/x"][..], "of: expected"),
        (&["--can", "raed", "File/1"], "can: `raed` is no right to `File`; did you mean `read`?"),
        (&["--can", "read", "File/1", "--field", "nothing"], "field: `File` has no field `nothing`"),
        (&["--can", "delete", "File/1", "--body", "{}"], "body: a `delete` has none"),
        (&["--can", "update", "File", "--body", "{}"], "of: expected a record that is there"),
        (&["--can", "update", "File/1", "--body", "7"], "--body: expected a JSON object"),
        (&["--can", "update", "File/1", "--body", r#"{"rank":"x"}"#], "body/rank: expected"),
        (&["--can", "create", "File/1"], "of: a new record has no key yet"),
        (&["--as", "ann", "--claim", "x", "--can", "read", "File"], "--claim \"x\": expected a name and a value"),
        (&["--role", "Chief", "--can", "read", "File"], "--as"),
    ] {
        let output = rbac(&[&["explain", "--data", data], arguments].concat());
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(text(&output.stderr).contains(told), "{arguments:?}: {}", text(&output.stderr));
    }
}

#[test]
fn a_server_is_asked_over_http_by_its_administrators_alone() {
    let folder = directory("explain-http");
    let data = folder.join("data");
    let app = App::start(BINARY, &data).expect("it starts");
    let url = format!("http://{}", app.address());
    let make = |role: &str, scope: &str| {
        let mut command = Command::new(BINARY);
        command.args(["keys", "create", "--role", role, "--scope", scope, "--expires", "1h", "--json", "--data"]);
        let output = command.arg(&data).output().expect("the program runs");
        lines(&output)[0]["key"].as_str().expect("a key is shown").to_owned()
    };
    let (administrator, clerk) = (make("Administrator", "admin"), make("Clerk", "admin"));
    let post = |key: &str, body: &Value| {
        let authorization = format!("Bearer {key}");
        let mut headers = vec![("content-type", "application/json")];
        headers.extend((!key.is_empty()).then_some(("authorization", authorization.as_str())));
        let mut client = lithair_core::client::Client::new(&url).expect("an address is a URL");
        let answer = client.request("POST", "/_lithair/admin", &headers, body.to_string()).expect("answers");
        (answer.status, answer.json().unwrap_or_default())
    };
    let question = json!({
        "do": "rbac.explain", "as": { "sub": "ann", "tenant": "acme" }, "can": "update", "of": "File/1", "body": { "title": "new" },
    });
    assert_eq!(post("", &question).0, 403);
    assert_eq!(post(&clerk, &question).0, 403);
    assert_eq!(post(&make("Administrator", "read"), &question).0, 403, "a key needs the scope, too");
    let (status, said) = post(&administrator, &question);
    assert_eq!(status, 200, "{said}");
    assert_eq!((&said["status"], &said["decided_by"]["clause"]), (&json!(403), &json!("File: deny(update)")));
    assert!(
        said["asked_by"].as_str().is_some_and(|by| by.starts_with("key:")),
        "who asked is part of the answer: {said}"
    );
    assert!(!said.to_string().contains("canary"), "no value of a record is told");
    let (status, said) = post(&administrator, &json!({ "do": "rbac.who-can", "can": "read", "of": "Team.budget" }));
    assert_eq!((status, &said["items"][0]), (200, &json!({ "who": "anonymous", "can": "never" })));
    let (status, said) = post(&administrator, &json!({ "do": "rbac.matrix" }));
    assert_eq!((status, &said["columns"][0]), (200, &json!("anonymous")));
    let ann = json!({ "sub": "ann", "tenant": "acme" });
    let (status, said) = post(&administrator, &json!({ "do": "rbac.matrix", "as": ann, "of": "File" }));
    assert_eq!((status, &said["who"], &said["items"][0]["allowed"]), (200, &json!("token:ann"), &json!("depends")));
    assert!(said["asked_by"].as_str().is_some_and(|by| by.starts_with("key:")), "{said}");
    assert_eq!(post(&clerk, &json!({ "do": "rbac.matrix", "as": ann })).0, 403);
    assert_eq!(post(&administrator, &json!({ "do": "rbac.matrix", "off": "File" })).0 / 100, 4);
    let (status, said) = post(&administrator, &json!({ "do": "rbac.explain", "can": "read", "of": "Fle/1" }));
    assert_eq!(status, 422);
    assert!(said["detail"].as_str().is_some_and(|detail| detail.contains("did you mean `File`?")), "{said}");
    let (status, said) = post(&administrator, &json!({ "do": "rbac.explain", "can": "read", "off": "File/1" }));
    assert!((400..500).contains(&status) && said.to_string().contains("off"), "{status} {said}");

    // The command line asks the server that runs on the directory, or one at an address; all three say the same.
    let words = ["explain", "--as", "ann", "--tenant", "acme", "--can", "update", "File/1", "--json"];
    let by_socket = rbac(&[&words[..], &["--data", data.to_str().expect("is text")]].concat());
    assert_eq!(by_socket.status.code(), Some(1), "{}", text(&by_socket.stderr));
    let token = folder.join("token");
    std::fs::write(&token, &administrator).expect("is written");
    let by_url = rbac(&[&words[..], &["--url", &url, "--token-file", token.to_str().expect("is text")]].concat());
    assert_eq!(by_url.status.code(), Some(1), "{}", text(&by_url.stderr));
    let decided = |output: &Output| lines(output)[0]["decided_by"].clone();
    assert_eq!(decided(&by_socket), decided(&by_url));
}
