//! Grants: where and while they hold, and that nobody grants what they lack.

use super::*;

#[test]
fn a_grant_holds_where_and_while_it_says() {
    let world = World::new();
    let granted =
        world.root(json!({ "do": "rbac.grant", "subject": "token:ann", "role": "Clerk", "expires_seconds": 60 }));
    assert_eq!((&granted["subject"], &granted["role"]), (&json!("token:ann"), &json!("Clerk")));
    assert_eq!((&granted["tenant"], &granted["granted_by"]), (&Json::Null, &json!(ROOT.actor())));
    assert_eq!(
        (&granted["granted_at"], &granted["expires_at"]),
        (&json!(at(0).to_string()), &json!(at(60).to_string()))
    );
    world.root(json!({ "do": "rbac.grant", "subject": "token:ann", "role": "Chief", "tenant": "acme" }));
    assert_eq!(world.roles(token("ann"), at(59)), ["Clerk"]);
    assert_eq!(world.roles(token("ann").of_tenant("acme"), at(59)), ["Chief", "Clerk"]);
    assert_eq!(world.roles(token("ann").of_tenant("other"), at(59)), ["Clerk"]);
    assert_eq!(world.roles(token("ann"), at(60)), [""; 0]);
    assert_eq!(world.roles(token("bob"), at(0)), [""; 0]);
    // The same again is the same grant, and may be given again when it is over.
    let again = json!({ "do": "rbac.grant", "subject": "token:ann", "role": "Clerk", "expires_seconds": 60 });
    world.is_invalid(again.clone(), "token:ann has it already: it is the grant ");
    let renewed = world.administer_at(again, &ROOT, at(60)).expect("it was over");
    assert_eq!((&renewed["id"], world.roles(token("ann"), at(119))), (&granted["id"], vec!["Clerk".to_owned()]));
    run(world.grants.sweep(&*world.backend, at(119))).expect("is swept");
    assert_eq!(world.backend.count("lithair_grants"), 2);
    run(world.grants.sweep(&*world.backend, at(120))).expect("is swept");
    assert_eq!(world.backend.count("lithair_grants"), 1);
    let id = renewed["id"].as_str().expect("a text");
    assert_eq!((id.len(), id.bytes().all(|byte| byte.is_ascii_alphanumeric())), (16, true));
    let chief = world.root(json!({ "do": "rbac.list", "role": "Chief" }))["items"][0]["id"].clone();
    let revoked = world.root(json!({ "do": "rbac.revoke", "id": chief }));
    assert_eq!(revoked, json!({ "id": chief, "subject": "token:ann", "role": "Chief", "revoked": true }));
    assert_eq!(world.roles(token("ann").of_tenant("acme"), at(0)), [""; 0]);
    is_not_found(world.administer(json!({ "do": "rbac.revoke", "id": chief }), &ROOT), "there is no grant");
}

#[test]
fn roles_come_from_where_the_setting_says() {
    let claimed = || token("ann").with_roles(["Claimed".to_owned()]);
    let key = || Identity::new(Credential::ApiKey, "ann").with_roles(["Made".to_owned()]);
    for (source, of_token, of_key) in [
        (RoleSource::Both, &["Claimed", "Clerk"][..], &["Made"][..]),
        (RoleSource::Store, &["Clerk"], &["Made"]),
        (RoleSource::Claims, &["Claimed"], &["Made"]),
    ] {
        let world = World::new();
        world.root(json!({ "do": "rbac.grant", "subject": "token:ann", "role": "Clerk" }));
        let world = World { grants: Grants::new(world.backend.catalog(), source), ..world };
        assert_eq!(world.roles(claimed(), at(0)), of_token, "{source:?}");
        assert_eq!(world.roles(key(), at(0)), of_key, "{source:?}");
        let anonymous = world.grants.complete(&*world.backend, Principal::Anonymous, at(0));
        assert!(anonymous.is_anonymous());
    }
    // Where nothing is granted a claim is none all the same.
    assert_eq!(World::of(RoleSource::Store).roles(claimed(), at(0)), [""; 0]);
    let claims = World::of(RoleSource::Claims);
    let grant = json!({ "do": "rbac.grant", "subject": "token:ann", "role": "Clerk" });
    claims.is_invalid(grant, "`auth.roles` is `claims`");
    for (word, source) in [("claims", RoleSource::Claims), ("store", RoleSource::Store), ("both", RoleSource::Both)] {
        assert_eq!(word.parse(), Ok(source));
        assert!(RoleSource::WORDS.contains(&word));
    }
    assert_eq!("all".parse::<RoleSource>(), Err(()));
}

#[test]
fn a_grant_that_cannot_be_is_not_given() {
    let world = World::new();
    let grant = |subject: &str, role: &str| json!({ "do": "rbac.grant", "subject": subject, "role": role });
    world.is_invalid(grant("token:ann", "Clerc"), "did you mean `Clerk`?");
    let with = |member: &str, value: Json| {
        let mut request = grant("token:ann", "Clerk");
        request[member] = value;
        request
    };
    world.is_invalid(with("tenant", json!("")), "expected a tenant");
    for seconds in [0, 5 * 366 * 86_400 + 1] {
        world.is_invalid(with("expires_seconds", json!(seconds)), "expected a time");
    }
    for (subject, words) in [
        ("ann", "expected who it is as the history says it"),
        ("token:", "expected who it is"),
        ("tokn:ann", "did you mean `token:ann`?"),
        ("zzzzzz:ann", "expected who it is"),
        ("system:code", "may do everything"),
        ("token:a\nb", "without control characters"),
        (&format!("token:{}", "a".repeat(256)), "without control characters"),
    ] {
        world.is_invalid(grant(subject, "Clerk"), words);
    }
    assert!(
        !matches!(world.administer(grant("zzzzzz:ann", "Clerk"), &ROOT), Err(AdminError::Invalid(words)) if words.contains("did you mean"))
    );
    world.root(grant(&format!("token:{}", "a".repeat(255)), "Clerk"));
    is_not_found(world.administer(grant("key:nothing", "Clerk"), &ROOT), "there is no key");
    is_not_found(
        world.administer(grant("user:0198a4b2-0000-7000-8000-000000000001", "Clerk"), &ROOT),
        "there is no user",
    );
    let made = world.root(json!({ "do": "keys.create", "expires_seconds": 60 }));
    let key = format!("key:{}", made["id"].as_str().expect("a text"));
    world.root(grant(&key, "Clerk"));
    world.administer_at(grant(&key, "Chief"), &ROOT, at(59)).expect("it is good");
    let late = world.administer_at(grant(&key, "Chief"), &ROOT, at(60));
    assert!(matches!(late, Err(AdminError::Invalid(words)) if words.contains("is not good any more")));
    world.root(json!({ "do": "keys.revoke", "id": made["id"] }));
    world.is_invalid(grant(&key, "Chief"), "is not good any more");
}

#[test]
fn nobody_grants_what_they_lack_or_to_themselves() {
    let world = World::new();
    let amy = of_acme();
    let grant = |subject: &str, role: &str, tenant: Json| json!({ "do": "rbac.grant", "subject": subject, "role": role, "tenant": tenant });
    is_forbidden(world.administer(grant("token:bob", "Chief", Json::Null), &amy), "the role \"Chief\"");
    is_forbidden(world.administer(grant("token:bob", "Clerk", json!("other")), &amy), "the tenant \"acme\" alone");
    is_forbidden(world.administer(grant("token:amy", "Clerk", Json::Null), &amy), "of their own");
    is_forbidden(world.administer(grant("user:amy", "Clerk", Json::Null), &amy), "of their own");
    let granted = world.administer(grant("token:bob", "Clerk", Json::Null), &amy).expect("is granted");
    assert_eq!(granted["tenant"], json!("acme"), "their own is meant");
    let elsewhere = world.root(grant("token:bob", "Clerk", json!("other")));
    let everywhere = world.root(grant("token:bob", "Clerk", Json::Null));
    let higher = world.root(grant("token:bob", "Chief", json!("acme")));
    for grant in [&elsewhere, &everywhere] {
        is_not_found(world.administer(json!({ "do": "rbac.revoke", "id": grant["id"] }), &amy), "there is no grant");
    }
    is_forbidden(world.administer(json!({ "do": "rbac.revoke", "id": higher["id"] }), &amy), "the role \"Chief\"");
    let listed = world.administer(json!({ "do": "rbac.list" }), &amy).expect("a list");
    assert_eq!(listed["items"].as_array().map(Vec::len), Some(2));
    world.administer(json!({ "do": "rbac.revoke", "id": granted["id"] }), &amy).expect("is taken back");
    let own = world.root(grant("token:amy", "Clerk", json!("acme")));
    is_forbidden(world.administer(json!({ "do": "rbac.revoke", "id": own["id"] }), &amy), "of their own");
    // Of two who take back the same, one is told that it is gone.
    *world.backend.refuses.lock() = Some(RefusalReason::NotFound);
    is_not_found(world.administer(json!({ "do": "rbac.revoke", "id": elsewhere["id"] }), &ROOT), "there is no grant");
    *world.backend.refuses.lock() = Some(RefusalReason::KeyTaken);
    world.is_invalid(grant("token:eve", "Clerk", Json::Null), "has it already");
    *world.backend.refuses.lock() = Some(RefusalReason::Unavailable(Unavailable::Stopping));
    let refused = world.administer(json!({ "do": "rbac.revoke", "id": elsewhere["id"] }), &ROOT);
    assert!(matches!(refused, Err(AdminError::Store(StoreError::Refused(_)))));
    let refused = world.administer(grant("token:eve", "Clerk", Json::Null), &ROOT);
    assert!(matches!(refused, Err(AdminError::Store(StoreError::Refused(_)))));
}

/// Whoever has a key has those that were made with it.
#[test]
fn nobody_grants_to_themselves_by_a_key_that_they_have_made() {
    let world = World::new();
    let made_by = |by: &Principal| {
        let request = json!({ "do": "keys.create", "expires_seconds": 60, "roles": ["Clerk"] });
        let made = world.administer(request, by).expect("is made");
        let key = world.keys.verify(&*world.backend, made["key"].as_str().expect("a key"), at(0));
        (format!("key:{}", made["id"].as_str().expect("an id")), key.expect("is good"))
    };
    let (first_id, first) = made_by(&with_roles(&["Clerk"]));
    let (second_id, second) = made_by(&first);
    let grant = |subject: &str, by: &Principal| {
        world.administer(json!({ "do": "rbac.grant", "subject": subject, "role": "Clerk" }), by)
    };
    for (subject, by) in [
        (first_id.as_str(), &first),
        ("token:ida", &first),
        (&second_id, &second),
        (&first_id, &second),
        ("token:ida", &second),
    ] {
        is_forbidden(grant(subject, by), "of their own");
    }
    for (subject, by) in [("token:ann", &first), ("token:bob", &second)] {
        assert!(grant(subject, by).is_ok(), "{subject}");
    }
}

#[test]
fn a_key_gives_a_role_if_it_is_for_the_whole_of_it() {
    let world = World::new();
    let grant = |credential: Credential, scopes: &[&str]| {
        let scopes = Scopes::Only(scopes.iter().map(|scope| (*scope).to_owned()).collect());
        let by = Identity::new(credential, "k").with_roles(["Clerk".to_owned()]).with_scopes(scopes);
        world.administer(json!({ "do": "rbac.grant", "subject": "token:ann", "role": "Clerk" }), &by.into())
    };
    is_forbidden(grant(Credential::ApiKey, &["read"]), "the scope \"write\"");
    is_forbidden(grant(Credential::ApiKey, &["write", "admin"]), "the scope \"read\"");
    let granted = grant(Credential::ApiKey, &["read", "write"]).expect("is granted");
    world.root(json!({ "do": "rbac.revoke", "id": granted["id"] }));
    assert!(grant(Credential::Token, &[]).is_ok(), "nobody else is held to these words");
}

#[test]
fn somebody_has_so_many_grants_at_most_in_a_tenant() {
    let world = World::new();
    let former = |number: usize| Grant {
        id: format!("former-{number}"),
        subject: "token:ann".to_owned(),
        // The program named more roles once.
        role: format!("Former{number}"),
        tenant: Some("acme".to_owned()),
        granted_at: at(0),
        granted_by: None,
        expires_at: Some(at(60)),
    };
    let table = crate::table::Table::<Grant>::new(world.backend.catalog());
    for number in 0..256 {
        run(table.create(&*world.backend, &former(number), &ROOT, at(0))).expect("is stored");
    }
    let grant = |subject: &str, tenant: &str, now: Timestamp| {
        let request = json!({ "do": "rbac.grant", "subject": subject, "role": "Clerk", "tenant": tenant });
        world.administer_at(request, &ROOT, now)
    };
    let more = grant("token:ann", "acme", at(0));
    assert!(matches!(more, Err(AdminError::Invalid(words)) if words.contains("256 grants in the tenant \"acme\"")));
    grant("token:bob", "acme", at(0)).expect("others have their own");
    grant("token:ann", "beta", at(0)).expect("other tenants have theirs");
    grant("token:ann", "acme", at(60)).expect("what is over does not count");
}

#[test]
fn grants_are_listed_a_page_at_a_time_and_by_what_is_asked() {
    let world = World::new();
    for (subject, role, tenant) in
        [("token:ann", "Clerk", None), ("token:ann", "Chief", Some("acme")), ("token:bob", "Clerk", Some("acme"))]
    {
        world.root(json!({ "do": "rbac.grant", "subject": subject, "role": role, "tenant": tenant }));
    }
    let list = |more: Json| {
        let mut request = json!({ "do": "rbac.list" });
        request.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        let listed = world.root(request);
        (listed["items"].as_array().expect("a list").len(), listed["next"].clone())
    };
    assert_eq!(list(json!({})), (3, Json::Null));
    assert_eq!(list(json!({ "subject": "token:ann" })).0, 2);
    assert_eq!(list(json!({ "role": "Clerk" })).0, 2);
    assert_eq!(list(json!({ "tenant": "acme" })).0, 2);
    assert_eq!(list(json!({ "tenant": "acme", "role": "Clerk" })).0, 1);
    let (count, next) = list(json!({ "limit": 2 }));
    assert!(count == 2 && next.is_string());
    assert_eq!(list(json!({ "limit": 2, "after": next })), (1, Json::Null));
    assert_eq!(list(json!({ "limit": 500 })).0, 3);
    for limit in [0, 501] {
        world.is_invalid(json!({ "do": "rbac.list", "limit": limit }), "from 1 to 500");
    }
    for number in 0..100 {
        world.root(json!({ "do": "rbac.grant", "subject": format!("token:{number}"), "role": "Clerk" }));
    }
    let (count, next) = list(json!({}));
    assert!(count == 100 && next.is_string(), "a hundred if nothing is said");
}

#[test]
fn somebody_who_is_asked_about_has_what_their_record_says_and_what_they_are_granted() {
    let world = World::new();
    let made = world.root(json!({ "do": "keys.create", "expires_seconds": 60, "scopes": ["read"], "tenant": "acme" }));
    let id = made["id"].as_str().expect("a text").to_owned();
    let explain =
        |who: Json| world.administer(json!({ "do": "rbac.explain", "as": who, "can": "read", "of": "Report" }), &ROOT);
    let allowed = |who: Json| explain(who).expect("an answer")["allowed"].clone();
    let key = json!({ "sub": format!("key:{id}") });
    assert_eq!(allowed(key.clone()), json!("no"));
    world.root(json!({ "do": "rbac.grant", "subject": format!("key:{id}"), "role": "Clerk" }));
    assert_eq!(allowed(key.clone()), json!("yes"));
    assert_eq!(allowed(json!({ "sub": format!("key:{id}"), "scopes": ["write"] })), json!("no"), "said of it");
    for sub in ["token:ann", "ann"] {
        assert_eq!(allowed(json!({ "sub": sub })), json!("no"));
    }
    world.root(json!({ "do": "rbac.grant", "subject": "token:ann", "role": "Clerk" }));
    for sub in ["token:ann", "ann"] {
        assert_eq!(allowed(json!({ "sub": sub })), json!("yes"));
        assert_eq!(allowed(json!({ "sub": sub, "roles": ["Chief"] })), json!("yes"));
    }
    assert_eq!(allowed(json!({ "sub": "other:ann" })), json!("no"));
    is_not_found(explain(json!({ "sub": "key:nothing" })), "there is no key");
    is_not_found(explain(json!({ "sub": "user:nothing" })), "there is no user");
    let said_twice = explain(json!({ "sub": format!("key:{id}"), "key": true }));
    assert!(matches!(said_twice, Err(AdminError::Invalid(words)) if words.contains("by what they are known")));
    let plain = explain(json!({ "sub": "ann", "key": true, "scopes": ["write"] })).expect("an answer");
    assert_eq!((&plain["who"], &plain["allowed"]), (&json!("key:ann"), &json!("no")));
    let late = json!({ "do": "rbac.explain", "as": key, "can": "read", "of": "Report" });
    assert!(world.administer_at(late.clone(), &ROOT, at(59)).is_ok());
    assert!(matches!(world.administer_at(late.clone(), &ROOT, at(60)), Err(AdminError::Invalid(_))));
    world.root(json!({ "do": "keys.revoke", "id": id }));
    assert!(matches!(world.administer(late, &ROOT), Err(AdminError::Invalid(words)) if words.contains("is 401")));
    // And the matrix of them; who can at all; nobody in particular.
    let matrix = |who: Json| world.root(json!({ "do": "rbac.matrix", "as": who, "of": "Report" }));
    assert_eq!(matrix(json!({ "sub": "ann" }))["who"], json!("token:ann"));
    assert!(matrix(Json::Null)["columns"].is_array());
    let who_can = world.root(json!({ "do": "rbac.who-can", "can": "read", "of": "Report" }));
    assert_eq!((&who_can["can"], &who_can["of"]), (&json!("read"), &json!("Report")));
    let anonymous = world.root(json!({ "do": "rbac.explain", "can": "read", "of": "Report" }));
    assert_eq!(anonymous["who"], json!("anonymous"));
}
