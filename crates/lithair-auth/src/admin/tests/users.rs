//! Users: made, reset and disabled by administrators who have no less.

use super::*;

#[test]
fn a_user_without_a_password_gets_a_token_to_choose_one() {
    let world = World::new();
    let with = world.root(json!({
        "do": "user.create", "email": "ada@example.org", "name": "Ada", "roles": ["Clerk"], "tenant": "acme",
        "password": "correct horse",
    }));
    assert!(with.get("token").is_none());
    let shown = world.root(json!({ "do": "user.list" }))["items"][0].clone();
    assert_eq!(shown, with);
    assert_eq!(
        (&with["email"], &with["name"], &with["tenant"]),
        (&json!("ada@example.org"), &json!("Ada"), &json!("acme"))
    );
    assert_eq!((&with["roles"], &with["verified_at"]), (&json!(["Clerk"]), &json!(at(0).to_string())));
    assert_eq!((&with["created_at"], &with["disabled_at"]), (&json!(at(0).to_string()), &Json::Null));
    let without = world.root(json!({ "do": "user.create", "email": "bob@example.org" }));
    let asked = world.root(json!({ "do": "user.reset", "email": "ada@example.org" }));
    assert_eq!(asked["email"], json!("ada@example.org"));
    for made in [&without, &asked] {
        let token = made["token"].as_str().expect("a token");
        let reset = world.accounts.reset(&*world.backend, token, "another horse".to_owned(), at(1));
        run(reset).expect("the token is good");
    }
    world.is_invalid(json!({ "do": "user.create", "email": "ada@example.org" }), "a user has it already");
    world.is_invalid(json!({ "do": "user.create", "email": "eve" }), "email: expected");
    for (member, value) in [("roles", json!([""])), ("tenant", json!("a\nb"))] {
        let mut request = json!({ "do": "user.create", "email": "eve@example.org" });
        request[member] = value;
        world.is_invalid(request, "expected roles and tenant");
    }
    is_not_found(
        world.administer(json!({ "do": "user.reset", "email": "eve@example.org" }), &ROOT),
        "there is no user",
    );
    is_not_found(
        world.administer(json!({ "do": "user.disable", "email": "eve@example.org" }), &ROOT),
        "there is no user",
    );
    *world.backend.refuses.lock() = Some(RefusalReason::Unavailable(Unavailable::Stopping));
    let refused = world.administer(json!({ "do": "user.reset", "email": "ada@example.org" }), &ROOT);
    assert!(matches!(refused, Err(AdminError::Store(StoreError::Refused(_)))));
}

#[test]
fn nobody_is_made_or_reset_by_who_has_less() {
    let world = World::new();
    let user = |email: &str, roles: &[&str], tenant: Json, by: &Principal| {
        world.administer(json!({ "do": "user.create", "email": email, "roles": roles, "tenant": tenant }), by)
    };
    let amy = of_acme();
    is_forbidden(user("a@example.org", &["Chief"], Json::Null, &amy), "the role \"Chief\"");
    is_forbidden(user("a@example.org", &[], json!("other"), &amy), "the tenant \"acme\" alone");
    let made = user("a@example.org", &["Clerk"], Json::Null, &amy).expect("is made");
    assert_eq!(made["tenant"], json!("acme"));
    user("chief@example.org", &["Chief"], json!("acme"), &ROOT).expect("is made");
    user("other@example.org", &[], json!("other"), &ROOT).expect("is made");
    user("free@example.org", &[], Json::Null, &ROOT).expect("is made");
    for (word, member) in [("user.reset", "token"), ("user.disable", "disabled_at")] {
        let act = |email: &str| world.administer(json!({ "do": word, "email": email }), &amy);
        is_forbidden(act("chief@example.org"), "the role \"Chief\"");
        is_not_found(act("other@example.org"), "there is no user");
        is_not_found(act("free@example.org"), "there is no user");
        assert!(act(" A@example.org").expect("is done")[member].is_string());
    }
    // Nor if they are granted it, anywhere, while it lasts.
    let id = made["id"].as_str().expect("a text");
    let grant = json!({ "do": "rbac.grant", "subject": format!("user:{id}"), "role": "Chief", "tenant": "other", "expires_seconds": 60 });
    world.root(grant);
    let reset = json!({ "do": "user.reset", "email": "a@example.org" });
    is_forbidden(world.administer_at(reset.clone(), &amy, at(59)), "the role \"Chief\"");
    assert!(world.administer_at(reset, &amy, at(60)).is_ok());
    let listed = world.administer(json!({ "do": "user.list" }), &amy).expect("a list");
    let emails: Vec<&str> =
        listed["items"].as_array().expect("a list").iter().filter_map(|user| user["email"].as_str()).collect();
    assert_eq!(emails, ["a@example.org", "chief@example.org"]);
    let enable = json!({ "do": "user.disable", "email": "a@example.org", "enable": true });
    let enabled = world.administer_at(enable, &amy, at(60));
    assert_eq!(enabled.expect("is done")["disabled_at"], Json::Null);
}

#[test]
fn a_user_is_granted_and_asked_about_by_the_id_as_it_is_written() {
    let world = World::new();
    let made = world.root(json!({ "do": "user.create", "email": "ada@example.org", "roles": ["Clerk"] }));
    let id = made["id"].as_str().expect("a text");
    let grant = |id: &str| {
        world.administer(json!({ "do": "rbac.grant", "subject": format!("user:{id}"), "role": "Chief" }), &ROOT)
    };
    is_not_found(grant(&id.to_uppercase()), "`user list` has their ids");
    assert!(grant(id).is_ok());
    let read = json!({ "do": "rbac.explain", "as": { "sub": format!("user:{id}") }, "can": "read", "of": "Report" });
    let answer = world.root(read.clone());
    assert_eq!((&answer["who"], &answer["allowed"]), (&json!(format!("user:{id}")), &json!("yes")));
    world.root(json!({ "do": "user.disable", "email": "ada@example.org" }));
    world.is_invalid(read, "is kept out");
}

/// The session of a user is for everything, and so has to be the credential by which one is made or handed on.
#[test]
fn a_user_is_made_and_handed_on_by_who_has_every_scope() {
    let world = World::new();
    world.root(json!({ "do": "user.create", "email": "ada@example.org" }));
    let by = |credential: Credential, scopes: &[&str]| -> Principal {
        let scopes = Scopes::Only(scopes.iter().map(|scope| (*scope).to_owned()).collect());
        Identity::new(credential, "k").with_scopes(scopes).into()
    };
    let (key, token) = (Credential::ApiKey, Credential::Token);
    let gives = [
        json!({ "do": "user.create", "email": "bob@example.org" }),
        json!({ "do": "user.reset", "email": "ada@example.org" }),
        json!({ "do": "user.disable", "email": "ada@example.org", "enable": true }),
    ];
    for (by, lacking) in [
        (by(key, &["write", "admin", "reports"]), "read"),
        (by(key, &["read", "admin", "reports"]), "write"),
        (by(key, &["read", "write", "reports"]), "admin"),
        (by(key, &["read", "write", "admin"]), "reports"),
        (by(token, &["reports"]), "write:reports"),
    ] {
        for request in &gives {
            is_forbidden(world.administer(request.clone(), &by), &format!("the scope {lacking:?}"));
        }
        // Who is only seen or kept out is given nothing.
        assert!(world.administer(json!({ "do": "user.list" }), &by).is_ok(), "{lacking}");
        let disable = json!({ "do": "user.disable", "email": "ada@example.org" });
        assert!(world.administer(disable, &by).is_ok(), "{lacking}");
    }
    for request in gives {
        assert!(world.administer(request, &by(key, &["read", "write", "admin", "reports"])).is_ok());
    }
}

/// Their sessions have ended, and so has what is done for them.
#[test]
fn a_key_for_somebody_who_is_kept_out_is_not_good() {
    let world = World::new();
    let ada = world.root(json!({ "do": "user.create", "email": "ada@example.org" }));
    let made = world.root(json!({ "do": "keys.create", "expires_seconds": 60, "subject": ada["id"] }));
    let (key, id) = (made["key"].as_str().expect("a key"), made["id"].as_str().expect("an id"));
    let verify = || world.keys.verify(&*world.backend, key, at(0));
    let explain = json!({ "do": "rbac.explain", "as": { "sub": format!("key:{id}") }, "can": "read", "of": "Report" });
    let disable = |enable: bool| {
        world.root(json!({ "do": "user.disable", "email": "ada@example.org", "enable": enable }));
    };
    disable(false);
    assert_eq!(verify(), Err(Refused::Disabled));
    world.is_invalid(explain.clone(), "is not good any more");
    disable(true);
    assert!(verify().is_ok());
    world.root(explain);
}
