//! What is over: sessions, tokens and keys by their times, which a test says itself.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use acceptance::notes::{PASSWORD, now};
use lithair_auth::{
    AccountError, Accounts, AdminRequest, Administered, ApiKeys, Grants, NewApiKey, Refused, RevokedTokens, RoleSource,
    administer,
};
use lithair_core::model::{Backend, Credential, Identity, Principal, System};
use lithair_core::prelude::*;
use lithair_core::testing::TestServer;
use lithair_core::users::{Notice, Users};
use serde_json::{Value, json};

use super::{page, start};

const SECOND: i64 = 1_000_000;
const MINUTE: i64 = 60 * SECOND;

/// So many seconds after a moment of tomorrow: what the server removes by itself is over today.
fn at(seconds: i64) -> Timestamp {
    static TOMORROW: LazyLock<Timestamp> = LazyLock::new(|| now().plus_micros(24 * 60 * MINUTE));
    TOMORROW.plus_micros(seconds * SECOND)
}

fn run<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime").block_on(future)
}

/// The records of a kind.
fn count(backend: &dyn Backend, table: &str) -> usize {
    page(backend, table, None).rows.len()
}

struct World {
    server: TestServer,
    accounts: Accounts,
}

impl World {
    /// Sessions may be idle for sixteen minutes and last for an hour.
    fn new() -> Self {
        let (server, _sent) = start();
        let users = Users::new().sessions(Duration::from_secs(16 * 60), Duration::from_secs(60 * 60));
        let backend: &dyn Backend = &**server.engine();
        let accounts = Accounts::new(users, backend.catalog(), &backend.cursor_secret());
        Self { server, accounts }
    }

    fn backend(&self) -> &dyn Backend {
        &**self.server.engine()
    }

    fn administer(&self, request: Value) -> Result<Value, lithair_auth::AdminError> {
        let backend = self.backend();
        let keys = ApiKeys::new(backend.catalog(), &backend.cursor_secret());
        let grants = Grants::new(backend.catalog(), RoleSource::Both);
        let administered = Administered { keys: &keys, accounts: Some(&self.accounts), grants: &grants };
        let request: AdminRequest = serde_json::from_value(request).expect("a request");
        run(administer(backend, administered, request, &Principal::System(System::Code), at(0)))
    }

    fn log_in(&self, now: Timestamp) -> String {
        let login = self.accounts.login(self.backend(), "ada@example.org", PASSWORD.to_owned(), None, now);
        run(login).expect("logs in").1.id
    }

    fn verify(&self, id: &str, now: Timestamp) -> Result<(), Refused> {
        run(self.accounts.verify_session(self.backend(), id, now)).map(drop)
    }
}

#[test]
fn a_session_ends_when_it_is_idle_or_old_and_is_written_when_it_was_used_a_while_ago() {
    let world = World::new();
    world
        .administer(json!({ "do": "user.create", "email": "ada@example.org", "password": PASSWORD }))
        .expect("is made");
    let id = world.log_in(at(0));
    let writes = |now: Timestamp| {
        let before = world.backend().position();
        assert_eq!(world.verify(&id, now), Ok(()));
        before != world.backend().position()
    };
    // A sixteenth of the time that it may be idle is a minute.
    assert_eq!([at(0), at(59), at(60)].map(&writes), [false; 3]);
    assert!(writes(at(61)));
    assert!(!writes(at(121)), "it was used a minute ago");
    // Sixteen minutes after it was used last as far as is written.
    assert_eq!(world.verify(&id, at(61 + 16 * 60)), Err(Refused::Expired));
    assert_eq!(world.verify(&id, Timestamp::from_micros(at(61).micros() + 16 * MINUTE - 1)), Ok(()));
    // An hour after it began, however it was used.
    let id = world.log_in(at(0));
    for minutes in [15, 30, 45, 59] {
        assert_eq!(world.verify(&id, at(minutes * 60)), Ok(()));
    }
    assert_eq!(world.verify(&id, at(60 * 60)), Err(Refused::Expired));
}

#[test]
fn what_is_over_is_removed_and_nothing_else() {
    let world = World::new();
    world
        .administer(json!({ "do": "user.create", "email": "ada@example.org", "password": PASSWORD }))
        .expect("is made");
    let sweep = |now: Timestamp| {
        run(world.accounts.sweep(world.backend(), now)).expect("is swept");
        count(world.backend(), "lithair_sessions")
    };
    let (idle, used, late) = (world.log_in(at(0)), world.log_in(at(0)), world.log_in(at(15 * 60)));
    assert_eq!(world.verify(&used, at(15 * 60)), Ok(()));
    assert_eq!(sweep(at(16 * 60 - 1)), 3, "none is over");
    assert_eq!(sweep(at(16 * 60)), 2, "one was idle");
    assert_eq!(world.verify(&idle, at(0)), Err(Refused::Unknown));
    for minutes in [30, 45, 59] {
        assert_eq!((world.verify(&used, at(minutes * 60)), world.verify(&late, at(minutes * 60))), (Ok(()), Ok(())));
    }
    assert_eq!(sweep(at(60 * 60)), 1, "one is an hour old, though it is used");
    assert_eq!(world.verify(&late, at(60 * 60)), Ok(()));

    // A token for a new password is good for an hour.
    let tickets = |now: Timestamp| {
        run(world.accounts.sweep(world.backend(), now)).expect("is swept");
        count(world.backend(), "lithair_tickets")
    };
    run(world.accounts.reset_token(world.backend(), "ada@example.org", at(0))).expect("is made");
    assert_eq!((tickets(at(60 * 60 - 1)), tickets(at(60 * 60))), (1, 0));
    let reset = |now: Timestamp| {
        let token = run(world.accounts.reset_token(world.backend(), "ada@example.org", at(0))).expect("is made");
        run(world.accounts.reset(world.backend(), &token, "another horse".to_owned(), now))
    };
    assert_eq!(reset(at(60 * 60)), Err(AccountError::Ticket));
    assert_eq!(reset(at(60 * 60 - 1)), Ok(()));
}

#[test]
fn a_token_that_was_taken_back_is_remembered_until_it_is_over_anyway() {
    let world = World::new();
    let revoked = RevokedTokens::new(world.backend().catalog());
    let who = |seconds: i64| Principal::from(Identity::new(Credential::Token, "ada").until(at(seconds)));
    for (token, seconds) in [("first", 60), ("second", 120)] {
        run(revoked.add(world.backend(), token, &who(seconds), at(0))).expect("is stored");
    }
    let kept = |since_over: Timestamp| {
        // Imports that were begun with them may go on for days.
        let now = since_over.plus_micros(14 * 86_400 * 1_000_000);
        run(revoked.sweep(world.backend(), now)).expect("is swept");
        ["first", "second"].map(|token| revoked.contain(world.backend(), token))
    };
    assert_eq!(kept(at(59)), [true, true]);
    assert_eq!(kept(at(60)), [false, true]);
    assert_eq!(kept(at(120)), [false, false]);
    // Twice is once.
    for _ in 0..2 {
        run(revoked.add(world.backend(), "third", &who(60), at(0))).expect("is stored");
    }
}

/// A key of theirs went on when they did not.
#[test]
fn a_key_that_acts_for_somebody_is_refused_while_they_are_kept_out() {
    let world = World::new();
    let user = json!({ "do": "user.create", "email": "ada@example.org", "password": PASSWORD });
    let user = world.administer(user).expect("is made")["id"].as_str().expect("an id").to_owned();
    let key = |subject: Option<&str>| {
        let key = json!({ "do": "keys.create", "subject": subject, "expires_seconds": 600 });
        world.administer(key).expect("is made")["key"].as_str().expect("a key").to_owned()
    };
    let keys = ApiKeys::new(world.backend().catalog(), &world.backend().cursor_secret());
    let all = [key(Some(&user)), key(Some(&user.to_uppercase())), key(Some("somebody")), key(None)];
    let verify = || all.clone().map(|key| keys.verify(world.backend(), &key, at(1)).map(drop));
    assert_eq!(verify(), [Ok(()); 4]);
    let disable = |enable: bool| {
        let disable = json!({ "do": "user.disable", "email": "ada@example.org", "enable": enable });
        world.administer(disable).expect("is there");
    };
    disable(false);
    assert_eq!(verify(), [Err(Refused::Disabled), Err(Refused::Disabled), Ok(()), Ok(())]);
    disable(true);
    assert_eq!(verify(), [Ok(()); 4]);
}

/// Whoever registers with an address of somebody else's kept it for ever.
#[test]
fn whoever_never_proved_their_address_is_removed_with_the_token_for_it() {
    let world = World::new();
    let backend = Arc::clone(world.server.engine()) as Arc<dyn Backend>;
    let messenger = |_: Notice| async { Ok::<(), HookError>(()) };
    let users = Users::new().open_registration(messenger);
    let accounts = Arc::new(Accounts::new(users, backend.catalog(), &backend.cursor_secret()));
    let emails = || {
        let mut users = accounts.list(&*backend);
        users.sort_by(|first, second| first.email.cmp(&second.email));
        users.into_iter().map(|user| user.email).collect::<Vec<_>>()
    };
    let register = |email: &str, now: Timestamp| {
        run(async {
            accounts.register(&backend, email, None, PASSWORD.to_owned(), now).await.expect("is heard");
            while !emails().contains(&email.to_owned()) {
                tokio::task::yield_now().await;
            }
        });
    };
    let day = 24 * 60 * 60;
    for email in ["eve@example.org", "kept@example.org", "asked@example.org"] {
        register(email, at(0));
    }
    world
        .administer(json!({ "do": "user.create", "email": "ada@example.org", "password": PASSWORD }))
        .expect("is made");
    world.administer(json!({ "do": "user.disable", "email": "kept@example.org" })).expect("is there");
    register("late@example.org", at(1));
    let sweep = |now: Timestamp| run(accounts.sweep(&*backend, now)).expect("is swept");
    sweep(at(day - 1));
    assert_eq!(emails().len(), 5, "the tokens are good");
    // A token for a password proves the address, too.
    let token = run(accounts.reset_token(&*backend, "asked@example.org", at(day - 1))).expect("is made");
    sweep(at(day));
    assert_eq!(emails(), ["ada@example.org", "asked@example.org", "kept@example.org", "late@example.org"]);
    assert_eq!(count(&*backend, "lithair_user_secrets"), 4, "nothing is left of them");
    run(accounts.reset(&*backend, &token, "another horse".to_owned(), at(day))).expect("is good");
    sweep(at(2 * day));
    assert_eq!(emails(), ["ada@example.org", "asked@example.org", "kept@example.org"]);
    // The address is its owner's to register with.
    register("eve@example.org", at(2 * day));
}

/// They are read a page after the other.
#[test]
fn all_keys_are_listed_however_many_there_are() {
    let world = World::new();
    let keys = ApiKeys::new(world.backend().catalog(), &world.backend().cursor_secret());
    let by = Principal::System(System::Code);
    for _ in 0..1_001 {
        let new = NewApiKey { expires_in: Duration::from_secs(60), ..NewApiKey::default() };
        run(keys.create(world.backend(), new, &by, at(0))).expect("is made");
    }
    let ids: std::collections::BTreeSet<String> = keys.list(world.backend()).into_iter().map(|key| key.id).collect();
    assert_eq!(ids.len(), 1_001);
}

#[test]
fn a_key_has_so_many_words_and_a_user_without_a_password_gets_a_token_to_choose_one() {
    let world = World::new();
    let key = |count: usize| {
        let scopes: Vec<String> = (0..count).map(|number| format!("word{number}")).collect();
        world.administer(json!({ "do": "keys.create", "scopes": scopes, "expires_seconds": 60 }))
    };
    assert!(key(64).is_ok());
    assert!(key(65).is_err_and(|error| error.to_string().contains("64 in all")));

    let with = json!({ "do": "user.create", "email": "ada@example.org", "password": PASSWORD });
    assert_eq!(world.administer(with).expect("is made").get("token"), None);
    let without = world.administer(json!({ "do": "user.create", "email": "bob@example.org" })).expect("is made");
    let asked = world.administer(json!({ "do": "user.reset", "email": "ada@example.org" })).expect("is made");
    assert_eq!(asked["email"], "ada@example.org");
    for (made, email) in [(&without, "bob@example.org"), (&asked, "ada@example.org")] {
        let token = made["token"].as_str().expect("a token");
        let reset = world.accounts.reset(world.backend(), token, "another horse".to_owned(), at(1));
        run(reset).expect("the token is good");
        let login = world.accounts.login(world.backend(), email, "another horse".to_owned(), None, at(2));
        run(login).expect("logs in");
    }
}
