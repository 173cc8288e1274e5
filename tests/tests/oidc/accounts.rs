//! Who somebody is here whom a provider knows.

use acceptance::Folder;
use acceptance::notes::{PASSWORD, PATIENCE};
use lithair_core::prelude::*;
use lithair_core::testing::{TestServer, one_time_code};
use lithair_core::users::About;
use serde_json::{Value, json};

use super::provider::Provider;
use super::{BEGIN, World, ada, is, seconds};

#[test]
fn somebody_logs_in_through_a_provider_and_is_the_same_the_next_time() {
    let provider = Provider::start();
    let world = World::start(&[&provider], &[("roles_claim", "groups"), ("tenant_claim", "org")]);
    let mut browser = world.browser();
    let page = browser.begin(&format!("{BEGIN}?return_to=/app%3Fa=b"));
    assert!(page.contains("redirect_uri=https%3A%2F%2Fshop.example%2F_lithair%2Fauth%2Foidc%2Ffirst%2Fcallback&"));
    let sealed = browser.cookie("__Host-lithair-login").expect("is kept").to_owned();
    let mut claims = ada();
    claims["groups"] = json!(["Editor"]);
    claims["org"] = json!("acme");
    let back = browser.get(&provider.authorize(&page, &claims));
    assert_eq!((back.status, back.header("location")), (303, Some("/app?a=b")), "{:?}", back.json());
    assert_eq!(back.header("cache-control"), Some("no-store"));
    assert_eq!(browser.cookie("__Host-lithair-login"), None, "it comes back once");
    let session = browser.cookie("__Host-lithair").expect("a session").to_owned();
    assert!(session.len() == 52 && sealed.len() > 52);

    let me = browser.me();
    assert_eq!((&me["email"], &me["name"]), (&json!("ada@example.org"), &json!("Ada")));
    assert_eq!((&me["roles"], &me["tenant"]), (&json!(["Editor"]), &json!("acme")));
    assert!(me["verified_at"].is_string());
    assert_eq!(browser.post("/api/notes", &json!({ "text": "a" })).status, 201);
    let past = world.server.get("/api/notes/1/history").json().expect("JSON");
    assert_eq!(past["items"][0]["actor"], format!("user:{}", me["id"].as_str().expect("a text")));

    // The next login is another session of the same user, with what the provider says now; the former one is over.
    let mut old = browser.clone();
    let changed = json!({
        "sub": "248", "groups": "Reader", "org": null, "email": "other@example.org", "email_verified": true,
    });
    assert_eq!(browser.log_in(&provider, &changed).header("location"), Some("/"));
    assert_ne!(browser.cookie("__Host-lithair"), Some(session.as_str()));
    let again = browser.me();
    assert_eq!((&again["id"], &again["email"]), (&me["id"], &me["email"]));
    assert_eq!((&again["roles"], &again["tenant"]), (&json!(["Reader"]), &Value::Null));
    assert_eq!(old.get("/_lithair/auth/me").status, 401);
    // Each by itself, too.
    let told = |groups: &str, org: &str| json!({ "sub": "248", "groups": groups, "org": org });
    for (groups, org) in [("Reader", "acme"), ("Editor", "acme"), ("Editor", "other")] {
        assert_eq!(browser.log_in(&provider, &told(groups, org)).status, 303);
        let me = browser.me();
        assert_eq!((&me["roles"], &me["tenant"]), (&json!([groups]), &json!(org)));
    }
    // One that says nothing of a tenant would have taken them out of theirs.
    let silent = json!({ "sub": "248", "groups": "Editor" });
    is(&world.browser().log_in(&provider, &silent), 401, "provider-refused");
    assert_eq!(world.refused("missing_claim"), 1);
    assert_eq!(browser.me()["tenant"], "other");
    // No password logs in there, and a reset is not a way around.
    let login = json!({ "email": "ada@example.org", "password": PASSWORD });
    is(&world.browser().post("/_lithair/auth/login", &login), 401, "login-failed");

    assert_eq!(browser.post("/_lithair/auth/logout", &json!({})).status, 204);
    assert_eq!(
        world.browser().log_in(&provider, &json!({ "sub": "249", "org": null })).status,
        303,
        "another subject is another user"
    );
    for path in [BEGIN.to_owned(), format!("{BEGIN}/callback")] {
        assert_eq!(browser.send("HEAD", &path, None).status, 405, "whoever asks, does");
        assert_eq!(browser.post(&path, &json!({})).status, 405);
    }
    for path in ["/_lithair/auth/oidc", "/_lithair/auth/oidc/", "/_lithair/auth/oidc/other", &format!("{BEGIN}/other")]
    {
        is(&browser.get(path), 404, "no-such-path");
    }
    assert!(world.server.get("/_lithair/openapi.json").json().expect("JSON")["paths"][BEGIN]["get"].is_object());
}

#[test]
fn an_address_is_no_account_unless_everybody_vouches_for_it() {
    let provider = Provider::start();
    // An account with a password, a proven address, and a session.
    let world = World::start(&[&provider], &[]);
    let mut owner = world.registered("ada@example.org");
    let account = owner.me()["id"].clone();
    is(&world.browser().log_in(&provider, &ada()), 403, "no-account");
    // Somebody who has typed her address into a form of the provider's is somebody else.
    let unverified = json!({ "sub": "666", "email": "ada@example.org", "email_verified": false });
    let mut thief = world.browser();
    assert_eq!(thief.log_in(&provider, &unverified).status, 303);
    let theirs = thief.me();
    assert_ne!(theirs["id"], account);
    let address = theirs["email"].as_str().expect("a text").to_owned();
    assert!(address.ends_with("@first.invalid") && theirs["verified_at"].is_null(), "{address}");
    // That address is nobody's to be written to.
    assert_eq!(world.browser().post("/_lithair/auth/ask-for-reset", &json!({ "email": address })).status, 202);

    let world = World::start(&[&provider], &[("link_by_email", "true"), ("create_users", "false")]);
    let mut owner = world.registered("ada@example.org");
    let account = owner.me()["id"].clone();
    is(&world.browser().log_in(&provider, &unverified), 403, "no-account");
    is(&world.browser().log_in(&provider, &json!({ "sub": "1", "email": "ada@example.org" })), 403, "no-account");
    let other = json!({ "sub": "1", "email": "ada@example.org.evil.example", "email_verified": true });
    is(&world.browser().log_in(&provider, &other), 403, "no-account");
    let mut browser = world.browser();
    assert_eq!(browser.log_in(&provider, &ada()).status, 303);
    assert_eq!(browser.me()["id"], account);
    assert_eq!(owner.me()["id"], account, "the other session goes on");
    // However the provider composes its letters.
    let mut zoe = world.registered("zo\u{e9}@example.org");
    let composed = json!({ "sub": "zoe", "email": "ZOE\u{301}@Example.org", "email_verified": true });
    let mut browser = world.browser();
    assert_eq!(browser.log_in(&provider, &composed).status, 303);
    assert_eq!(browser.me()["id"], zoe.me()["id"]);
    // From then on it is the subject that counts.
    assert_eq!(world.browser().log_in(&provider, &json!({ "sub": "248" })).status, 303);
    // Whose address it is now does not matter: one account has one subject of a provider, or several, and a subject has one account.
    let mut second = world.registered("eve@example.org");
    assert_eq!(
        world
            .browser()
            .log_in(&provider, &json!({ "sub": "248", "email": "eve@example.org", "email_verified": true }))
            .status,
        303
    );
    assert_ne!(second.me()["id"], account);

    // An account with a device: an address is less than that.
    let mut carol = world.registered("carol@example.org");
    let enrolled = carol.post("/_lithair/auth/totp", &json!({ "password": PASSWORD })).json().expect("JSON");
    let secret = enrolled["secret"].as_str().expect("a text");
    let micros = i64::try_from(seconds() * 1_000_000).expect("before the year 9999");
    let code = one_time_code(secret, Timestamp::from_micros(micros));
    assert_eq!(carol.post("/_lithair/auth/totp/confirm", &json!({ "code": code })).status, 200);
    let carol = json!({ "sub": "carol", "email": "carol@example.org", "email_verified": true });
    is(&world.browser().log_in(&provider, &carol), 403, "no-account");
    assert_eq!(world.refused("no_account"), 4);
}

/// An administrator has typed the address, and may know the password: nobody has proven to read mail there.
#[test]
fn an_account_that_an_administrator_made_is_had_by_its_address_once_its_user_has_proven_it() {
    let provider = Provider::start();
    let world = World::start(&[&provider], &[("link_by_email", "true"), ("create_users", "false")]);
    world.admin(&json!({ "do": "user.create", "email": "ada@example.org", "password": PASSWORD }));
    is(&world.browser().log_in(&provider, &ada()), 403, "no-account");
    // A token that the administrator was shown proves nothing either.
    let shown = world.asked(&json!({ "do": "user.reset", "email": "ada@example.org" }));
    let reset = |token: &Value| json!({ "token": token, "password": PASSWORD });
    assert_eq!(world.browser().post("/_lithair/auth/reset", &reset(&shown["token"])).status, 204);
    is(&world.browser().log_in(&provider, &ada()), 403, "no-account");
    // The one in the mail does.
    assert_eq!(
        world.browser().post("/_lithair/auth/ask-for-reset", &json!({ "email": "ada@example.org" })).status,
        202
    );
    let About::Reset(token) = world.sent.recv_timeout(PATIENCE).expect("is sent").about else { panic!("a token") };
    assert_eq!(world.browser().post("/_lithair/auth/reset", &reset(&json!(token))).status, 204);
    let mut browser = world.browser();
    assert_eq!(browser.log_in(&provider, &ada()).status, 303);
    assert_eq!(browser.me()["email"], "ada@example.org");
}

/// Who vouches for an address at a provider that may give accounts away vouches for it at the others.
#[test]
fn an_account_that_a_provider_made_is_had_by_its_address_if_that_one_may_say_so() {
    let [first, second] = [Provider::start(), Provider::start()];
    for (links, status) in [("false", 403), ("true", 303)] {
        let folder = Folder::new(env!("CARGO_TARGET_TMPDIR"), "oidc-two");
        let (program, sent) = super::program_with(&folder, &[&first, &second], &[("link_by_email", links)]);
        let program = program.setting("auth.oidc.second.link_by_email", "true");
        let world = World { server: TestServer::start(program), sent, folder };
        assert_eq!(world.browser().log_in(&first, &ada()).status, 303);
        let mut browser = world.browser();
        let page = browser.begin(&BEGIN.replace("first", "second"));
        assert_eq!(browser.get(&second.authorize(&page, &ada())).status, status, "{links}");
    }
}

/// Whoever registers with another's address has no account, and kept its owner from having one.
#[test]
fn an_account_that_nobody_has_proven_gives_way_to_whoever_owns_the_address() {
    let provider = Provider::start();
    let bob = json!({ "sub": "bob", "email": "bob@example.org", "email_verified": true, "name": "Bob" });
    // Where the provider is not asked whose an address is, nothing changes.
    let world = World::start(&[&provider], &[]);
    world.register("bob@example.org");
    world.sent.recv_timeout(PATIENCE).expect("is stored, and sent");
    is(&world.browser().log_in(&provider, &bob), 403, "no-account");

    let world = World::start(&[&provider], &[("link_by_email", "true"), ("create_users", "false")]);
    let squat = || {
        world.register("bob@example.org");
        match world.sent.recv_timeout(PATIENCE).expect("is stored, and sent").about {
            About::Verify(token) => token,
            other => panic!("a token to verify: {other:?}"),
        }
    };
    let verify = squat();
    let ask = json!({ "email": "bob@example.org" });
    assert_eq!(world.browser().post("/_lithair/auth/ask-for-reset", &ask).status, 202);
    let About::Reset(reset) = world.sent.recv_timeout(PATIENCE).expect("is sent").about else { panic!("a token") };
    let mut browser = world.browser();
    assert_eq!(browser.log_in(&provider, &bob).status, 303);
    let me = browser.me();
    assert_eq!((&me["email"], &me["name"]), (&json!("bob@example.org"), &json!("Bob")));
    assert!(me["verified_at"].is_string());
    // What was said of it before says nothing any more.
    let login = json!({ "email": "bob@example.org", "password": PASSWORD });
    is(&world.browser().post("/_lithair/auth/login", &login), 401, "login-failed");
    is(&world.browser().post("/_lithair/auth/verify", &json!({ "token": verify })), 422, "bad-token");
    let reset = json!({ "token": reset, "password": PASSWORD });
    is(&world.browser().post("/_lithair/auth/reset", &reset), 422, "bad-token");
    assert_eq!(world.browser().log_in(&provider, &json!({ "sub": "bob" })).status, 303);
    assert_eq!(browser.get("/_lithair/auth/links").json().expect("JSON")["has_password"], false);

    // Who is kept out stays so.
    world.register("eve@example.org");
    world.sent.recv_timeout(PATIENCE).expect("is stored, and sent");
    world.admin(&json!({ "do": "user.disable", "email": "eve@example.org" }));
    let eve = json!({ "sub": "eve", "email": "eve@example.org", "email_verified": true });
    is(&world.browser().log_in(&provider, &eve), 403, "no-account");
}

#[test]
fn nobody_comes_in_who_is_nobody_here_or_is_kept_out() {
    let provider = Provider::start();
    let world = World::start(&[&provider], &[("create_users", "false")]);
    let mut browser = world.browser();
    is(&browser.log_in(&provider, &ada()), 403, "no-account");
    assert!(browser.cookies.is_empty());

    let world = World::start(&[&provider], &[]);
    let mut browser = world.browser();
    assert_eq!(browser.log_in(&provider, &ada()).status, 303);
    world.admin(&json!({ "do": "user.disable", "email": "ada@example.org" }));
    assert_eq!(browser.clone().get("/_lithair/auth/me").status, 401, "at once");
    is(&world.browser().log_in(&provider, &ada()), 403, "no-account");
    world.admin(&json!({ "do": "user.disable", "email": "ada@example.org", "enable": true }));
    assert_eq!(world.browser().log_in(&provider, &ada()).status, 303);
}
