//! Keys: how long they are good, and that nobody makes one with more than they have.

use super::*;

#[test]
fn a_key_is_good_from_when_it_was_made_until_it_ends_or_is_taken_back() {
    let world = World::new();
    let made = world.root(json!({
        "do": "keys.create", "roles": ["Clerk"], "tenant": "acme", "subject": "ann", "name": "ci", "environment": "test",
        "expires_seconds": 60,
    }));
    let (key, id) = (made["key"].as_str().expect("a key"), made["id"].as_str().expect("an id"));
    assert!(key.starts_with(&format!("lth_test_{id}_")), "{key}");
    let verify = |key: &str, now: Timestamp| world.keys.verify(&*world.backend, key, now);
    assert!(!world.keys.remembers(key));
    let principal = verify(key, at(0)).expect("is good");
    let identity = principal.identity().expect("is known");
    assert_eq!((identity.credential(), identity.credential_id()), (Credential::ApiKey, Some(id)));
    assert_eq!((principal.subject(), principal.tenant()), (Some("ann"), Some("acme")));
    assert_eq!(identity.expires(), Some(at(60)));
    assert!(principal.has_role("Clerk") && principal.has_scope("read") && principal.has_scope("write"));
    assert!(!principal.has_scope("admin"));
    // It is remembered to have been good, and no other is.
    let other = world.root(json!({ "do": "keys.create", "expires_seconds": 60, "scopes": ["read"] }));
    let other = other["key"].as_str().expect("a key");
    assert!(world.keys.remembers(key) && !world.keys.remembers(other) && !world.keys.remembers(&"a".repeat(129)));
    let without = verify(other, at(0)).expect("is good");
    assert!(other.starts_with("lth_live_") && !without.has_scope("write") && without.tenant().is_none());
    assert_eq!(without.subject(), other.split('_').nth(2), "it acts for itself");
    assert!(verify(key, Timestamp::from_micros(at(60).micros() - 1)).is_ok());
    assert_eq!(verify(key, at(60)), Err(Refused::Expired));
    // Of the right identifier with another secret.
    let parts: Vec<&str> = key.split('_').collect();
    let guess = format!("lth_test_{id}_{}", "a".repeat(parts[3].len()));
    let guess = format!("{guess}_{:08x}", crc32c::crc32c(guess.as_bytes()));
    assert_eq!(verify(&guess, at(0)), Err(Refused::Secret));
    let nobodys = format!("lth_live_{}_{}", "a".repeat(12), "a".repeat(52));
    let nobodys = format!("{nobodys}_{:08x}", crc32c::crc32c(nobodys.as_bytes()));
    assert_eq!(verify(&nobodys, at(0)), Err(Refused::Unknown));

    let listed = world.root(json!({ "do": "keys.list" }));
    let listed = listed["items"].as_array().expect("a list");
    assert_eq!(listed.len(), 2);
    assert!(!json!(listed).to_string().contains(parts[3]), "the secret is in no list");
    let shown = listed.iter().find(|shown| shown["id"] == id).expect("is listed");
    let mut expected = made.clone();
    expected.as_object_mut().expect("an object").remove("key");
    assert_eq!(*shown, expected);
    assert_eq!((&shown["created_by"], &shown["revoked_at"]), (&json!(ROOT.actor()), &Json::Null));
    let revoked = json!({ "do": "keys.revoke", "id": id });
    assert_eq!(world.root(revoked.clone()), json!({ "id": id, "revoked": true }));
    assert_eq!(verify(key, at(0)), Err(Refused::Revoked));
    let again = world.administer_at(revoked, &ROOT, at(9)).expect("it stays so");
    assert_eq!(again["revoked"], json!(true));
    let shown = world.keys.find(&*world.backend, id).expect("is there");
    assert_eq!(shown.revoked_at, Some(at(0).to_string()));
    is_not_found(world.administer(json!({ "do": "keys.revoke", "id": "nothing" }), &ROOT), "there is no key");
    assert_eq!(run(world.keys.revoke(&*world.backend, "nothing", &ROOT, at(0))), Ok(false));
}

#[test]
fn keys_that_are_remembered_are_so_many_at_most() {
    let world = World::new();
    let new = || NewApiKey { expires_in: Duration::from_secs(60), ..NewApiKey::default() };
    let make = || run(world.keys.create(&*world.backend, new(), &ROOT, at(0))).expect("is made").key;
    let keys = [make(), make(), make(), make()];
    for key in &keys[..3] {
        world.keys.verify(&*world.backend, key, at(0)).expect("is good");
    }
    assert_eq!([0, 1, 2].map(|place| world.keys.remembers(&keys[place])), [true; 3]);
    world.keys.verify(&*world.backend, &keys[3], at(0)).expect("is good");
    assert_eq!([0, 1, 2, 3].map(|place| world.keys.remembers(&keys[place])), [false, false, false, true]);
}

#[test]
fn a_key_that_cannot_be_is_not_made() {
    let world = World::new();
    let key = |member: &str, value: Json| {
        let mut request = json!({ "do": "keys.create", "expires_seconds": 60 });
        request[member] = value;
        request
    };
    for seconds in [0, 5 * 366 * 86_400 + 1] {
        world.is_invalid(key("expires_seconds", json!(seconds)), "a key ends");
    }
    for word in ["", "LIVE", "a_b", &"a".repeat(13)] {
        world.is_invalid(key("environment", json!(word)), "expected an environment");
    }
    for (member, value) in [
        ("roles", json!([""])),
        ("roles", json!(["a".repeat(129)])),
        ("scopes", json!(["a\nb"])),
        ("tenant", json!("")),
        ("subject", json!("")),
        ("name", json!("a\tb")),
        ("roles", json!(vec!["role"; 65])),
    ] {
        world.is_invalid(key(member, value), "64 in all");
    }
    world.is_invalid(key("scopes", json!(["read write"])), "give several");
    world.is_invalid(key("scopes", json!(["read:reprots"])), "reprots");
    for (member, value) in [
        ("environment", json!("a".repeat(12))),
        ("roles", json!(["a".repeat(128)])),
        ("roles", json!(vec!["role"; 64])),
        ("scopes", json!(["read:reports"])),
        ("expires_seconds", json!(5 * 366 * 86_400)),
    ] {
        world.root(key(member, value));
    }
    *world.backend.refuses.lock() = Some(RefusalReason::Unavailable(Unavailable::Stopping));
    let refused = world.administer(key("name", json!("ci")), &ROOT);
    assert!(matches!(refused, Err(AdminError::Store(StoreError::Refused(_)))));
}

#[test]
fn nobody_makes_or_takes_a_key_with_more_than_they_have() {
    let world = World::new();
    let key = |more: Json| {
        let mut request = json!({ "do": "keys.create", "expires_seconds": 60 });
        request.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        request
    };
    let amy = of_acme();
    is_forbidden(world.administer(key(json!({ "roles": ["Chief"] })), &amy), "you have not the role \"Chief\"");
    is_forbidden(world.administer(key(json!({ "tenant": "other" })), &amy), "you administer the tenant \"acme\" alone");
    is_forbidden(world.administer(key(json!({ "subject": "bob" })), &amy), "acts for itself");
    let made = world.administer(key(json!({ "roles": ["Clerk"], "subject": "amy" })), &amy).expect("is made");
    assert_eq!((&made["tenant"], &made["created_by"]), (&json!("acme"), &json!("token:amy")), "their own is meant");
    // A role above has those below it.
    world.administer(key(json!({ "roles": ["Clerk"] })), &with_roles(&["Chief"])).expect("is made");
    // Keys of other tenants, and of all, are not there for them.
    let others = world.root(key(json!({ "tenant": "other" })));
    let alls = world.root(key(json!({})));
    for made in [&others, &alls] {
        is_not_found(world.administer(json!({ "do": "keys.revoke", "id": made["id"] }), &amy), "there is no key");
    }
    let listed = world.administer(json!({ "do": "keys.list" }), &amy).expect("a list");
    assert_eq!(listed["items"].as_array().map(Vec::len), Some(1));
    let chiefs = world.root(key(json!({ "tenant": "acme", "roles": ["Chief"] })));
    is_forbidden(world.administer(json!({ "do": "keys.revoke", "id": chiefs["id"] }), &amy), "the role \"Chief\"");
    world.administer(json!({ "do": "keys.revoke", "id": made["id"] }), &amy).expect("is taken back");

    // A key is held to its scopes: all of a collection is part of all of them. A token has `read` and `write` whatever it says.
    let by_key = |scopes: &[&str]| -> Principal {
        let scopes = Scopes::Only(scopes.iter().map(|scope| (*scope).to_owned()).collect());
        Identity::new(Credential::ApiKey, "k").with_scopes(scopes).into()
    };
    let by_token = |scopes: &[&str]| -> Principal {
        let scopes = Scopes::Only(scopes.iter().map(|scope| (*scope).to_owned()).collect());
        Identity::new(Credential::Token, "t").with_scopes(scopes).into()
    };
    let with = |scopes: &[&str], by: &Principal| world.administer(key(json!({ "scopes": scopes })), by);
    for (scopes, has) in [
        (&["read"][..], &["read"][..]),
        (&["read:reports"], &["read"]),
        (&["read:reports"], &["read:reports"]),
        (&["admin"], &["admin"]),
        (&["reports"], &["reports"]),
    ] {
        assert!(with(scopes, &by_key(has)).is_ok(), "{scopes:?} by {has:?}");
    }
    for (scopes, has) in [
        (&["write"][..], &["read"][..]),
        (&["read"], &["read:reports"]),
        (&["read:reports"], &["write"]),
        (&["admin"], &["read", "write"]),
        (&["reports"], &["read", "write"]),
    ] {
        is_forbidden(with(scopes, &by_key(has)), "your credential has not the scope");
    }
    is_forbidden(world.administer(key(json!({})), &by_key(&["read"])), "the scope \"write\"");
    for scopes in [&["read", "write"][..], &["admin"], &["read:reports"]] {
        assert!(with(scopes, &by_token(&[])).is_ok(), "{scopes:?}");
    }
    is_forbidden(with(&["reports"], &by_token(&["read"])), "the scope \"reports\"");
    // A word of keys that a policy asks for means something for everybody.
    is_forbidden(with(&["write:reports"], &by_token(&["write"])), "the scope \"write:reports\"");
    assert!(with(&["write:reports"], &by_token(&["write:reports"])).is_ok());
    assert!(with(&["reports"], &by_token(&["reports"])).is_ok());
    assert!(with(&["reports"], &ROOT).is_ok());
}

/// They are read a page after the other.
#[test]
fn all_records_are_read_however_many_there_are() {
    let world = World::new();
    for _ in 0..1_001 {
        let new = NewApiKey { expires_in: Duration::from_secs(60), ..NewApiKey::default() };
        run(world.keys.create(&*world.backend, new, &ROOT, at(0))).expect("is made");
    }
    let ids: std::collections::BTreeSet<String> =
        world.keys.list(&*world.backend).into_iter().map(|key| key.id).collect();
    assert_eq!((ids.len(), *world.backend.pages.lock()), (1_001, 3));
}

/// A program without the models keeps nothing, and says so.
#[test]
fn where_no_such_records_are_kept_there_are_none() {
    let world = World::new();
    let empty = lithair_model::Catalog::new(Vec::new(), &lithair_model::Numbers::of(&[])).expect("nothing is right");
    let keys = ApiKeys::new(&empty, &[7; 32]);
    assert!(keys.list(&*world.backend).is_empty() && keys.find(&*world.backend, "a").is_none());
    let new = NewApiKey { expires_in: Duration::from_secs(60), ..NewApiKey::default() };
    let made = run(keys.create(&*world.backend, new, &ROOT, at(0)));
    assert_eq!(made.err(), Some(StoreError::Absent));
}
