//! What administrators do, of everywhere and of one tenant, and that nobody hands on what they lack.

mod grants;
mod keys;
#[cfg(feature = "users")]
mod users;

use std::sync::Arc;
use std::time::Duration;

use lithair_model::{
    AccessSchema, Backend as _, Credential, FieldSchema, Identity, ModelSchema, Policy, PolicySchema, Principal,
    RefusalReason, Right, Scopes, System, Timestamp, Unavailable,
};
use serde_json::{Value as Json, json};

use super::*;
use crate::memory::{Memory, at, run};
use crate::records::Grant;
use crate::{Refused, RevokedTokens, RoleSource};

const ROOT: Principal = Principal::System(System::CommandLine);

/// What makes roles and a scope mean something.
static REPORT: ModelSchema = ModelSchema {
    name: "Report",
    table: "reports",
    path: "reports",
    fields: &[FieldSchema::of::<i64>("number")],
    key: &[0],
    access: AccessSchema::Rules(&PolicySchema {
        roles: &[&["Chief", "Clerk"]],
        rules: &[
            (Right::Read, Policy::Role("Clerk")),
            (Right::Export, Policy::Scope("reports")),
            (Right::History, Policy::Scope("write:reports")),
        ],
        ..PolicySchema::CLOSED
    }),
    ..ModelSchema::PLAIN
};

struct World {
    backend: Arc<Memory>,
    keys: ApiKeys,
    grants: Grants,
    #[cfg(feature = "users")]
    accounts: Accounts,
}

impl World {
    fn new() -> Self {
        Self::of(RoleSource::Both)
    }

    fn of(source: RoleSource) -> Self {
        let backend = Memory::new(&[&REPORT]);
        let (keys, grants) = (ApiKeys::new(backend.catalog(), &[7; 32]), Grants::new(backend.catalog(), source));
        #[cfg(feature = "users")]
        let accounts = Accounts::new(crate::Users::new(), backend.catalog(), &[7; 32]);
        Self {
            backend,
            keys,
            grants,
            #[cfg(feature = "users")]
            accounts,
        }
    }

    fn administer_at(&self, request: Json, by: &Principal, now: Timestamp) -> Result<Json, AdminError> {
        #[cfg(feature = "users")]
        let accounts = Some(&self.accounts);
        #[cfg(not(feature = "users"))]
        let accounts = None;
        let administered = Administered { keys: &self.keys, accounts, grants: &self.grants };
        let request: AdminRequest = serde_json::from_value(request).expect("a request");
        run(administer(&*self.backend, administered, request, by, now))
    }

    fn administer(&self, request: Json, by: &Principal) -> Result<Json, AdminError> {
        self.administer_at(request, by, at(0))
    }

    fn root(&self, request: Json) -> Json {
        self.administer(request, &ROOT).expect("is done")
    }

    #[track_caller]
    fn is_invalid(&self, request: Json, words: &str) {
        match self.administer(request, &ROOT) {
            Err(AdminError::Invalid(detail)) if detail.contains(words) => {}
            other => panic!("{words}: {other:?}"),
        }
    }

    /// The roles that somebody with this token has at a time.
    fn roles(&self, identity: Identity, now: Timestamp) -> Vec<String> {
        let principal = self.grants.complete(&*self.backend, identity.into(), now);
        principal.identity().expect("somebody").roles().iter().cloned().collect()
    }
}

fn token(subject: &str) -> Identity {
    Identity::new(Credential::Token, subject).with_scopes(Scopes::All)
}

/// An administrator of acme, who is a clerk.
fn of_acme() -> Principal {
    token("amy").of_tenant("acme").with_roles(["Clerk".to_owned()]).into()
}

/// An administrator of everything with these roles.
fn with_roles(roles: &[&str]) -> Principal {
    token("ida").with_roles(roles.iter().map(|role| (*role).to_owned())).into()
}

#[track_caller]
fn is_forbidden(result: Result<Json, AdminError>, words: &str) {
    match result {
        Err(AdminError::Forbidden(detail)) if detail.contains(words) => {}
        other => panic!("{words}: {other:?}"),
    }
}

#[track_caller]
fn is_not_found(result: Result<Json, AdminError>, words: &str) {
    match result {
        Err(AdminError::NotFound(detail)) if detail.contains(words) => {}
        other => panic!("{words}: {other:?}"),
    }
}

#[test]
fn what_is_given_lasts_a_second_to_five_years() {
    let seconds = |seconds: u64| is_lifetime(Duration::from_secs(seconds));
    assert!(seconds(1) && seconds(5 * 366 * 86_400));
    assert!(!seconds(0) && !seconds(158_112_001));
    assert_eq!(EXPIRES_SECONDS_MAX, 158_112_000);
}

#[test]
fn a_token_that_was_taken_back_is_remembered_until_it_is_over_anyway() {
    let world = World::new();
    let revoked = RevokedTokens::new(world.backend.catalog());
    let who = |seconds: i64| Principal::from(token("ann").until(at(seconds)));
    assert!(!revoked.contain(&*world.backend, "first"), "it is known that there are none");
    for (text, seconds) in [("first", 60), ("second", 120)] {
        run(revoked.add(&*world.backend, text, &who(seconds), at(0))).expect("is stored");
        run(revoked.add(&*world.backend, text, &who(seconds), at(0))).expect("twice is once");
    }
    let kept = |since_over: Timestamp| {
        // Imports that were begun with them may go on for days.
        let now = since_over.plus_micros(14 * 86_400 * 1_000_000);
        run(revoked.sweep(&*world.backend, now)).expect("is swept");
        ["first", "second", "third"].map(|text| revoked.contain(&*world.backend, text))
    };
    assert_eq!(kept(at(59)), [true, true, false]);
    assert_eq!(kept(at(60)), [false, true, false]);
    assert_eq!(kept(at(120)), [false, false, false]);
    *world.backend.refuses.lock() = Some(RefusalReason::Unavailable(Unavailable::Stopping));
    let refused = run(revoked.add(&*world.backend, "first", &who(60), at(0)));
    assert!(matches!(refused, Err(StoreError::Refused(_))));
}

#[cfg(not(feature = "users"))]
#[test]
fn a_program_without_users_says_so() {
    World::new().is_invalid(json!({ "do": "user.list" }), "this program has no users");
}
