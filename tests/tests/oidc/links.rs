//! Logins that a user links to the account in a session, and everybody who would like theirs to be linked to somebody else's.

use acceptance::notes::PASSWORD;
use acceptance::who::Who;
use lithair_core::client::Response;
use lithair_core::prelude::Timestamp;
use serde_json::{Value, json};

use super::provider::Provider;
use super::{BEGIN, Browser, World, ada, is};

const LINK: &str = "/_lithair/auth/oidc/first/link";
const UNLINK: &str = "/_lithair/auth/oidc/first/unlink";

/// Begins a link of the first provider; its page.
fn begin(browser: &mut Browser<'_>, path: &str, body: &Value) -> String {
    let begun = browser.post(path, body);
    assert_eq!(begun.status, 200, "{:?}", begun.json());
    begun.json().expect("JSON")["location"].as_str().expect("a page").to_owned()
}

fn with_password() -> Value {
    json!({ "password": PASSWORD })
}

/// Links a login to the account of the browser's session.
fn link(browser: &mut Browser<'_>, provider: &Provider, claims: &Value) -> Response {
    let page = begin(browser, LINK, &with_password());
    browser.get(&provider.authorize(&page, claims))
}

fn links(browser: &mut Browser<'_>) -> Value {
    let links = browser.get("/_lithair/auth/links");
    assert_eq!(links.status, 200, "{:?}", links.json());
    links.json().expect("JSON")
}

/// The names of the providers that lead to the account of the browser's session.
fn linked(browser: &mut Browser<'_>) -> Vec<String> {
    let links = links(browser);
    let items = links["items"].as_array().expect("a list");
    items.iter().map(|link| link["provider"].as_str().expect("a name").to_owned()).collect()
}

#[test]
fn a_login_is_linked_to_the_account_of_the_session_and_taken_off_again() {
    let provider = Provider::start();
    let world = World::start(&[&provider], &[("create_users", "false")]);
    let mut owner = world.registered("ada@example.org");
    let account = owner.me()["id"].clone();
    let session = owner.cookie("__Host-lithair").expect("a session").to_owned();
    assert_eq!(links(&mut owner), json!({ "has_password": true, "items": [] }));
    is(&world.browser().log_in(&provider, &ada()), 403, "no-account");

    let page = begin(&mut owner, LINK, &json!({ "password": PASSWORD, "return_to": "/settings?tab=logins" }));
    // Whatever the provider calls them: no address has to fit, and none is taken over.
    let claims = json!({ "sub": "248", "email": "another@example.org", "email_verified": true, "name": "Other" });
    let back = owner.get(&provider.authorize(&page, &claims));
    assert_eq!((back.status, back.header("location")), (303, Some("/settings?tab=logins")), "{:?}", back.json());
    assert_eq!(owner.cookie("__Host-lithair-login"), None, "it comes back once");
    assert_eq!(owner.cookie("__Host-lithair"), Some(session.as_str()), "the session goes on");
    let items = links(&mut owner)["items"].clone();
    assert_eq!((&items[0]["provider"], &items[0]["issuer"]), (&json!("first"), &json!(provider.url)));
    let linked_at = items[0]["linked_at"].as_str().expect("a text").parse::<Timestamp>();
    assert!(linked_at.is_ok() && items[1].is_null(), "{linked_at:?}");
    let me = owner.me();
    assert_eq!((&me["email"], &me["name"]), (&json!("ada@example.org"), &json!("ada")));

    let mut elsewhere = world.browser();
    assert_eq!(elsewhere.log_in(&provider, &json!({ "sub": "248" })).status, 303);
    assert_eq!(elsewhere.me()["id"], account);
    is(&world.browser().log_in(&provider, &json!({ "sub": "249" })), 403, "no-account");
    // What is linked already is linked.
    assert_eq!(link(&mut owner, &provider, &claims).status, 303);
    assert_eq!(linked(&mut owner), ["first"]);

    assert_eq!(owner.post(UNLINK, &json!({})).status, 204);
    assert!(linked(&mut owner).is_empty());
    is(&world.browser().log_in(&provider, &claims), 403, "no-account");
    is(&owner.post(UNLINK, &json!({})), 404, "record-not-found");
    is(&owner.post(UNLINK, &json!({ "sub": "248" })), 400, "malformed-json");
}

/// Login CSRF, turned around: who gets their own login linked to a victim's account comes back as the victim whenever they like.
#[test]
fn nobodys_login_is_linked_to_an_account_in_which_the_link_was_not_begun() {
    let provider = Provider::start();
    let world = World::start(&[&provider], &[]);
    let mut victim = world.registered("ada@example.org");
    let mut attacker = world.registered("eve@example.org");
    let page = begin(&mut attacker, LINK, &with_password());
    let back = provider.authorize(&page, &json!({ "sub": "evil" }));
    // The victim's browser is made to go where the attacker's was sent back to.
    is(&victim.get(&back), 403, "login-not-begun");
    // The same while the victim links a login of their own.
    let own = begin(&mut victim, LINK, &with_password());
    is(&victim.get(&back), 403, "login-not-begun");
    // The same with what the attacker's browser keeps, and nothing else.
    let mut planted = victim.clone();
    planted.cookies.retain(|(name, _)| name == "__Host-lithair");
    planted.cookies.extend(attacker.cookies.iter().filter(|(name, _)| name == "__Host-lithair-login").cloned());
    assert_eq!(planted.cookies.len(), 2);
    is(&planted.get(&back), 403, "login-not-begun");
    // Without a session, and with one that is none.
    planted.cookies.retain(|(name, _)| name != "__Host-lithair");
    is(&planted.get(&back), 403, "login-not-begun");
    planted.cookies.push(("__Host-lithair".to_owned(), "a".repeat(52)));
    is(&planted.get(&back), 403, "login-not-begun");
    assert_eq!(provider.asked_for("/token"), 0, "no code was shown to the provider");
    assert!(linked(&mut victim).is_empty());
    // A login that was begun to log in is not linked to whoever is logged in already.
    let mut visitor = victim.clone();
    assert_eq!(visitor.log_in(&provider, &json!({ "sub": "evil" })).status, 303);
    assert_ne!(visitor.me()["email"], "ada@example.org");
    // The former session of that browser ended with it, so the victim logs in again: nothing leads to the account.
    let mut victim = world.browser();
    let login = json!({ "email": "ada@example.org", "password": PASSWORD });
    assert_eq!(victim.post("/_lithair/auth/login", &login).status, 200);
    assert!(linked(&mut victim).is_empty());
    is(&victim.get(&provider.authorize(&own, &ada())), 403, "login-not-begun");
}

#[test]
fn a_link_is_begun_by_a_page_of_this_site_for_whoever_is_logged_in_and_knows_the_password() {
    let provider = Provider::start();
    let world = World::start(&[&provider], &[("return_to", "/app")]);
    let mut owner = world.registered("ada@example.org");
    let cookies = owner.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ");
    let send = |headers: &[(&str, &str)]| {
        let mut all = vec![("content-type", "application/json"), ("cookie", cookies.as_str())];
        all.extend(headers);
        world.server.client().request("POST", LINK, &all, with_password().to_string()).expect("answers")
    };
    let proof = ("lithair-request", "1");
    for headers in [&[][..], &[proof, ("origin", "https://evil.example")], &[proof, ("sec-fetch-site", "cross-site")]] {
        is(&send(headers), 403, "cross-site");
    }
    // A browser that is sent there does nothing.
    for path in [LINK, UNLINK] {
        assert_eq!(owner.get(path).status, 405);
    }
    for (body, status, code) in [
        (json!({}), 401, "login-failed"),
        (json!({ "password": "wrong" }), 401, "login-failed"),
        (json!({ "password": PASSWORD, "return_to": "//evil.example" }), 422, "validation-failed"),
        (json!({ "password": PASSWORD, "return_to": "/" }), 422, "validation-failed"),
        (json!({ "password": PASSWORD, "user": "x" }), 400, "malformed-json"),
    ] {
        is(&owner.post(LINK, &body), status, code);
        assert_eq!(owner.cookie("__Host-lithair-login"), None, "{body}");
    }
    // Only a session is a user's own.
    is(&world.browser().post(LINK, &with_password()), 401, "no-session");
    is(&world.browser().post(UNLINK, &json!({})), 401, "no-session");
    is(&world.browser().get("/_lithair/auth/links"), 401, "no-session");
    let token = Who::of("root", &["Root"]).ask(&world.server.url(), "POST", LINK, &with_password());
    is(&token, 401, "no-session");
    is(&owner.post("/_lithair/auth/oidc/other/link", &with_password()), 404, "no-such-path");
    assert_eq!(link(&mut owner, &provider, &ada()).header("location"), Some("/app"), "the first, if nobody says");
}

#[test]
fn a_link_is_of_the_session_and_the_provider_in_which_it_was_begun_and_taken_once() {
    let (first, second) = (Provider::start(), Provider::start());
    first.state().takes_codes_again = true;
    let world = World::start(&[&first, &second], &[("create_users", "false")]);
    let mut owner = world.registered("ada@example.org");
    let page = begin(&mut owner, LINK, &with_password());
    let back = first.authorize(&page, &ada());
    // Another session of the same user is another one: whose it is, is not known for longer than it lasts.
    let mut again = owner.clone();
    let login = json!({ "email": "ada@example.org", "password": PASSWORD });
    let mut fresh = world.browser();
    assert_eq!(fresh.post("/_lithair/auth/login", &login).status, 200);
    let kept = again.cookie("__Host-lithair-login").expect("is kept").to_owned();
    fresh.cookies.push(("__Host-lithair-login".to_owned(), kept));
    is(&fresh.get(&back), 403, "login-not-begun");
    is(&owner.clone().get(&back.replace("/first/", "/second/")), 403, "login-not-begun");

    assert_eq!(owner.get(&back).status, 303);
    assert_eq!(linked(&mut owner), ["first"]);
    // Whoever has read cookies and address links nothing with them, also when the login was taken off.
    is(&again.get(&back), 403, "login-not-begun");
    assert_eq!(owner.post(UNLINK, &json!({})).status, 204);
    let mut copy = owner.clone();
    copy.cookies
        .push(("__Host-lithair-login".to_owned(), fresh.cookie("__Host-lithair-login").expect("is kept").to_owned()));
    is(&copy.get(&back), 403, "login-not-begun");
    assert!(linked(&mut owner).is_empty());

    // A session that is over takes nothing.
    let page = begin(&mut owner, LINK, &with_password());
    let back = first.authorize(&page, &ada());
    let mut copy = owner.clone();
    assert_eq!(owner.post("/_lithair/auth/logout", &json!({ "everywhere": true })).status, 204);
    is(&copy.get(&back), 403, "login-not-begun");
    is(&world.browser().log_in(&first, &ada()), 403, "no-account");
}

#[test]
fn a_login_leads_to_one_account() {
    let provider = Provider::start();
    let world = World::start(&[&provider], &[]);
    let mut owner = world.registered("ada@example.org");
    let account = owner.me()["id"].clone();
    assert_eq!(link(&mut owner, &provider, &json!({ "sub": "248" })).status, 303);
    let mut other = world.registered("bob@example.org");
    let refused = link(&mut other, &provider, &json!({ "sub": "248" }));
    is(&refused, 409, "linked-elsewhere");
    assert_eq!(other.cookie("__Host-lithair-login"), None, "it is over");
    assert!(linked(&mut other).is_empty());
    let mut browser = world.browser();
    assert_eq!(browser.log_in(&provider, &json!({ "sub": "248" })).status, 303);
    assert_eq!(browser.me()["id"], account);
    // An account may have several of one provider; they go together.
    assert_eq!(link(&mut owner, &provider, &json!({ "sub": "249" })).status, 303);
    assert_eq!(linked(&mut owner), ["first", "first"]);
    // What is taken off leads to whoever links it next.
    assert_eq!(owner.post(UNLINK, &json!({})).status, 204);
    assert!(linked(&mut owner).is_empty());
    assert_eq!(link(&mut other, &provider, &json!({ "sub": "248" })).status, 303);
    let mut browser = world.browser();
    assert_eq!(browser.log_in(&provider, &json!({ "sub": "248" })).status, 303);
    assert_eq!(browser.me()["email"], "bob@example.org");
}

#[test]
fn the_last_way_in_stays() {
    let (first, second) = (Provider::start(), Provider::start());
    let world = World::start(&[&first, &second], &[]);
    let mut browser = world.browser();
    assert_eq!(browser.log_in(&first, &ada()).status, 303);
    let account = browser.me()["id"].clone();
    assert_eq!(links(&mut browser)["has_password"], false);
    assert_eq!(linked(&mut browser), ["first"]);
    is(&browser.post(UNLINK, &json!({})), 409, "last-way-in");
    assert_eq!(linked(&mut browser), ["first"]);
    // Who has no password is asked for none.
    let page = begin(&mut browser, "/_lithair/auth/oidc/second/link", &json!({}));
    assert_eq!(browser.get(&second.authorize(&page, &json!({ "sub": "x" }))).status, 303);
    assert_eq!(linked(&mut browser).len(), 2);
    assert_eq!(browser.post(UNLINK, &json!({})).status, 204);
    assert_eq!(linked(&mut browser), ["second"]);
    is(&browser.post("/_lithair/auth/oidc/second/unlink", &json!({})), 409, "last-way-in");
    let mut elsewhere = world.browser();
    let page = elsewhere.begin("/_lithair/auth/oidc/second");
    assert_eq!(elsewhere.get(&second.authorize(&page, &json!({ "sub": "x" }))).status, 303);
    assert_eq!(elsewhere.me()["id"], account);
    // Nobody else's account has a new way in: the first provider leads to an account of its own again.
    let mut other = world.browser();
    assert_eq!(other.log_in(&first, &json!({ "sub": "248" })).status, 303);
    assert_ne!(other.me()["id"], account);
    assert_eq!(BEGIN, LINK.trim_end_matches("/link"));
}

/// A login at a provider that is not in the settings any more is shown, without a name, and is no way in.
#[test]
fn a_provider_that_is_gone_is_no_way_in() {
    let (first, second) = (Provider::start(), Provider::start());
    let mut world = World::start(&[&first, &second], &[]);
    let mut browser = world.browser();
    assert_eq!(browser.log_in(&first, &ada()).status, 303);
    let page = begin(&mut browser, "/_lithair/auth/oidc/second/link", &json!({}));
    assert_eq!(browser.get(&second.authorize(&page, &json!({ "sub": "x" }))).status, 303);
    let cookies = browser.cookies.clone();
    let program = world.program(&[&first], &[]);
    world.server.upgrade(program);
    let mut browser = Browser { server: &world.server, cookies };
    let items = links(&mut browser)["items"].clone();
    let names: Vec<&Value> = items.as_array().expect("a list").iter().map(|link| &link["provider"]).collect();
    assert!(names.len() == 2 && names.contains(&&json!("first")) && names.contains(&&Value::Null), "{items}");
    is(&browser.post(UNLINK, &json!({})), 409, "last-way-in");
}
