//! Values that the server gives, and the spellings of the public crate of this name.

use acceptance::{App, Client, Folder};
use serde_json::{Value, json};

const BINARY: &str = env!("CARGO_BIN_EXE_acceptance");

fn start(name: &str) -> (Folder, App) {
    let folder = Folder::new(env!("CARGO_TARGET_TMPDIR"), name);
    let app = App::start(BINARY, &folder.join("data")).expect("starts");
    (folder, app)
}

fn create(client: &mut Client, body: &Value) -> Value {
    let made = client.send("POST", "/api/letters", body).expect("answers");
    assert_eq!(made.status, 201, "{}", made.json());
    made.json()
}

#[test]
fn identifiers_are_ulids_in_the_order_of_creation() {
    let (_folder, app) = start("given-ulid");
    let client = &mut app.client();
    let ids: Vec<String> = (0..50)
        .map(|_| create(client, &json!({"sender": "ada@example.org"}))["id"].as_str().expect("a text").to_owned())
        .collect();
    assert!(ids.is_sorted_by(|before, after| before < after), "{ids:?}");
    for id in &ids {
        assert_eq!(id.len(), 26);
        assert!(id.bytes().all(|digit| b"0123456789ABCDEFGHJKMNPQRSTVWXYZ".contains(&digit)), "{id}");
        assert!(id.as_bytes()[0] <= b'7', "128 bits and no more: {id}");
    }
    let given = client.send("POST", "/api/letters", &json!({"id": ids[0], "sender": "ada@example.org"}));
    assert_eq!(given.expect("answers").status, 422, "the server gives them, nobody else");
}

#[test]
fn a_change_that_leaves_the_field_alone_sets_it() {
    let (_folder, app) = start("given-on-update");
    let client = &mut app.client();
    let made = create(client, &json!({"sender": "ada@example.org"}));
    assert_eq!(made["touched"], 0);
    let path = format!("/api/letters/{}", made["id"].as_str().expect("a text"));
    let change = |client: &mut Client, body: &Value| client.send("PATCH", &path, body).expect("answers").json();
    let same = change(client, &json!({"sender": "ada@example.org"}));
    assert_eq!((&same["touched"], &same["seen_at"]), (&json!(0), &made["seen_at"]), "nothing changed");
    let changed = change(client, &json!({"sender": "eve@example.org"}));
    assert_eq!(changed["touched"], 7);
    assert_ne!(changed["seen_at"], made["seen_at"]);
    let chosen = change(client, &json!({"sender": "ida@example.org", "touched": 3}));
    assert_eq!(chosen["touched"], 3, "what is supplied stands");
}

#[test]
fn the_public_spellings_mean_what_the_own_ones_mean() {
    let (_folder, app) = start("given-spellings");
    let client = &mut app.client();
    let refused = |client: &mut Client, body: &Value| {
        let answer = client.send("POST", "/api/letters", body).expect("answers");
        (answer.status, answer.json()["errors"][0]["pointer"].as_str().unwrap_or_default().to_owned())
    };
    assert_eq!(refused(client, &json!({"sender": "no address"})), (422, "/sender".to_owned()));
    assert_eq!(refused(client, &json!({"sender": "a@b.org", "note": "x"})), (422, "/note".to_owned()));
    let orphan = client.send("POST", "/api/letters", &json!({"sender": "a@b.org", "postage_in": "XXX"}));
    assert_eq!(orphan.expect("answers").status, 409);
    let made = create(client, &json!({"sender": "a@b.org"}));
    let path = format!("/api/letters/{}", made["id"].as_str().expect("a text"));
    for sender in ["c@b.org", "d@b.org"] {
        assert_eq!(client.send("PATCH", &path, &json!({"sender": sender})).expect("answers").status, 200);
    }
    let revision =
        |client: &mut Client, number: u64| client.get(&format!("{path}?rev={number}")).expect("answers").status;
    assert_eq!((revision(client, 3), revision(client, 2), revision(client, 1)), (200, 200, 410), "two versions");
    let schema = client.get("/_lithair/schema.json").expect("answers").json();
    let models = schema["models"].as_array().expect("models");
    let letter = models.iter().find(|model| model["name"] == "Letter").expect("the model");
    assert_eq!(letter["indexes"].as_array().map(Vec::len), Some(1));
    assert_eq!(letter["relations"][0]["target"], "Currency");
    let open = client.get("/_lithair/openapi.json").expect("answers").json();
    let properties = &open["components"]["schemas"]["Letter"]["properties"];
    assert_eq!(properties["sender"]["examples"], json!(["ada@example.org"]));
    assert_eq!(properties["touched"]["deprecated"], true);
}
