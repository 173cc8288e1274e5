//! What is refused before anything is read: to whom no record of a model can be, and whom nobody knows.

use acceptance::who::{Who, check};
use lithair_core::prelude::*;
use lithair_core::testing::TestServer;
use serde_json::{Value, json};

#[derive(DeclarativeModel)]
#[permission(roles(Keeper), all = role(Keeper))]
struct Vault {
    #[db(primary_key, auto = sequence)]
    number: i64,
    text: String,
    #[relation(has_many = Coin, via = vault_id)]
    coins: Many<Coin>,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
struct Coin {
    #[db(primary_key, auto = sequence)]
    number: i64,
    vault_id: Id<Vault>,
}

const KEEPER: Who = Who::of("kay", &["Keeper"]);
const BOB: Who = Who::of("bob", &[]);

#[test]
fn who_can_have_no_record_is_refused_at_the_door_and_who_is_unknown_is_asked() {
    let server = TestServer::start(DeclarativeServer::new("127.0.0.1:0").model::<Vault>().model::<Coin>());
    let url = server.url();
    check(&KEEPER.ask(&url, "POST", "/api/vaults", &json!({ "text": "t" })), "201");
    check(&KEEPER.ask(&url, "POST", "/api/coins", &json!({ "vault_id": 1 })), "201");
    let null = Value::Null;
    // Bodies are wrong on purpose: what is not to be read is not judged either.
    for (method, rest, body, allowed, known) in [
        ("GET", "", null.clone(), "200", "403 forbidden"),
        ("POST", "", json!({ "nowhere": 1 }), "422 validation-failed", "403 forbidden"),
        ("GET", "/1", null.clone(), "200", "404 record-not-found"),
        ("GET", "/1/coins", null.clone(), "200", "404 record-not-found"),
        ("GET", "/1/history", null.clone(), "200", "404 record-not-found"),
        ("PATCH", "/1", json!({ "nowhere": 1 }), "422 validation-failed", "404 record-not-found"),
        ("PUT", "/1", json!({ "nowhere": 1 }), "422 validation-failed", "404 record-not-found"),
        ("POST", "/1:restore", json!({ "rev": 9 }), "404 revision-not-found", "404 record-not-found"),
        ("DELETE", "/1", null.clone(), "409 reference-violation", "404 record-not-found"),
    ] {
        let path = format!("/api/vaults{rest}");
        check(&KEEPER.ask(&url, method, &path, &body), allowed);
        check(&BOB.ask(&url, method, &path, &body), known);
        check(&BOB.ask(&url, method, &path.replace('1', "77"), &body), known);
        let unknown = Who::NOBODY.ask(&url, method, &path, &body);
        check(&unknown, "401 authentication-required");
        assert_eq!(unknown.header("www-authenticate"), Some("Bearer realm=\"lithair\""), "{method} {path}");
        check(&Who::NOBODY.ask(&url, method, &path.replace('1', "77"), &body), "401 authentication-required");
    }
}

#[derive(DeclarativeEnum, PartialEq)]
enum State {
    Open,
    Closed,
}

/// Nobody changes a ticket but by the way that says who.
#[derive(DeclarativeModel)]
#[permission(roles(Keeper), read = public, create = public)]
struct Ticket {
    #[db(primary_key, auto = sequence)]
    number: i64,
    #[lifecycle(states(initial = Open, close: Open -> Closed by role(Keeper)))]
    state: State,
}

#[test]
fn what_says_itself_who_may_needs_no_other_rule() {
    let server = TestServer::start(DeclarativeServer::new("127.0.0.1:0").model::<Ticket>());
    let url = server.url();
    check(&BOB.ask(&url, "POST", "/api/tickets", &json!({})), "201");
    check(&BOB.ask(&url, "POST", "/api/tickets/1:close", &Value::Null), "403 forbidden");
    check(&KEEPER.ask(&url, "PATCH", "/api/tickets/1", &json!({ "state": "Closed" })), "403 forbidden");
    check(&KEEPER.ask(&url, "POST", "/api/tickets/1:close", &Value::Null), "200");
}

/// Denied to be changed where it is locked, and no more than that.
#[derive(DeclarativeModel)]
#[lifecycle(soft_delete)]
#[permission(read = public, create = public, update = public, delete = public, deny(update, when = locked))]
struct Shut {
    #[db(primary_key, auto = sequence)]
    number: i64,
    locked: bool,
    #[db(default = 0)]
    ticks: i64,
    deleted_at: Option<Timestamp>,
}

/// Denied to be deleted where it is locked, and no more than that.
#[derive(DeclarativeModel)]
#[lifecycle(soft_delete)]
#[permission(read = public, create = public, update = public, delete = public, deny(delete, when = locked))]
struct Kept {
    #[db(primary_key, auto = sequence)]
    number: i64,
    locked: bool,
    #[db(default = 0)]
    ticks: i64,
    deleted_at: Option<Timestamp>,
}

#[derive(CommandError)]
enum NoTick {
    #[error(status = 422, "it does not tick")]
    #[expect(dead_code, reason = "an error that never happens is enough here")]
    Silent,
}

#[commands]
impl Shut {
    #[command]
    fn tick(&mut self, _: &Context) -> Result<(), NoTick> {
        self.ticks += 1;
        Ok(())
    }
}

#[commands]
impl Kept {
    #[command]
    fn tick(&mut self, _: &Context) -> Result<(), NoTick> {
        self.ticks += 1;
        Ok(())
    }
}

#[test]
fn a_deny_is_of_what_it_names_by_every_name_of_it() {
    let server = TestServer::start(DeclarativeServer::new("127.0.0.1:0").model::<Shut>().model::<Kept>());
    let url = server.url();
    let ask = |method: &str, path: &str, body: Value| BOB.ask(&url, method, path, &body);
    let [shut, kept] = [Shut::SCHEMA, Kept::SCHEMA].map(|schema| format!("/api/{}", schema.path));
    for collection in [&shut, &kept] {
        for locked in [true, false] {
            check(&ask("POST", collection, json!({ "locked": locked })), "201");
        }
    }
    let tick = json!({ "ticks": 5 });
    for (collection, changed, deleted) in [(&shut, "403 forbidden", "204"), (&kept, "200", "403 forbidden")] {
        check(&ask("PATCH", &format!("{collection}/1"), tick.clone()), changed);
        check(&ask("POST", &format!("{collection}/1:tick"), Value::Null), changed);
        check(&ask("DELETE", &format!("{collection}/1"), Value::Null), deleted);
        check(&ask("PATCH", &format!("{collection}/2"), tick.clone()), "200");
        check(&ask("POST", &format!("{collection}/2:tick"), Value::Null), "200");
        check(&ask("DELETE", &format!("{collection}/2"), Value::Null), "204");
        check(&ask("POST", &format!("{collection}/2:restore"), json!({})), "200");
    }
    // To bring back, and to remove for good, is to delete under another name: the deny of changes is not of it.
    check(&ask("POST", &format!("{shut}/1:restore"), json!({})), "200");
    check(&ask("DELETE", &format!("{shut}/1"), Value::Null), "204");
    let purged = ask("POST", &format!("{shut}/1:purge"), Value::Null);
    assert!(purged.status < 300, "{}", purged.status);
}
