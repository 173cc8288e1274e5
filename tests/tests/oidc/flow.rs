//! From the page of this server to that of the provider and back: whose answer it is, and where it leads.

use acceptance::Folder;
use acceptance::notes::in_one_minute;
use aws_lc_rs::hmac;
use lithair_auth::base64;
use lithair_core::testing::{Algorithm, Issuer, TestServer};
use serde_json::{Value, json};

use super::provider::{Odd, Provider};
use super::{BEGIN, Browser, World, ada, is, seconds};

#[test]
fn nobody_ends_a_login_that_another_browser_began() {
    let provider = Provider::start();
    let world = World::start(&[&provider], &[]);
    let (mut victim, mut attacker) = (world.browser(), world.browser());
    let page = attacker.begin(BEGIN);
    let back = provider.authorize(&page, &json!({ "sub": "evil" }));
    // Login CSRF: a page makes the victim's browser go where the attacker's was sent back to.
    is(&victim.get(&back), 403, "login-not-begun");
    // The same while the victim is about to log in: what it keeps is of another login.
    let own = victim.begin(BEGIN);
    is(&victim.get(&back), 403, "login-not-begun");
    // Two cookies: one is planted.
    let planted = attacker.cookies[0].clone();
    victim.cookies.push(planted);
    is(&victim.get(&back), 403, "login-not-begun");
    victim.cookies.pop();
    for path in [format!("{BEGIN}/callback"), back.replace("state=", "state=a"), back.replace("&state=", "&other=")] {
        is(&victim.get(&path), 403, "login-not-begun");
    }
    assert_eq!(provider.asked_for("/token"), 0, "no code was shown to the provider");
    assert_eq!(world.refused("not_begun"), 6);
    // And what the victim has begun goes on.
    assert_eq!(victim.get(&provider.authorize(&own, &ada())).status, 303);
    assert_eq!(victim.me()["name"], "Ada");
}

#[test]
fn a_login_is_taken_once_even_if_the_provider_takes_its_code_twice() {
    let provider = Provider::start();
    provider.state().takes_codes_again = true;
    let world = World::start(&[&provider], &[]);
    let mut browser = world.browser();
    let page = browser.begin(BEGIN);
    let back = provider.authorize(&page, &ada());
    // Somebody who has read both the cookie and the address.
    let mut copy = browser.clone();
    assert_eq!(browser.get(&back).status, 303);
    is(&copy.get(&back), 403, "login-not-begun");
    assert_eq!(provider.asked_for("/token"), 2, "the provider did not mind");
    assert_eq!(world.refused("not_begun"), 1);
    // A browser that goes back has forgotten it.
    is(&browser.get(&back), 403, "login-not-begun");
    assert_eq!(world.refused("not_begun"), 2);
    assert_eq!(browser.me()["name"], "Ada");
    provider.state().takes_codes_again = false;
    let page = browser.begin(BEGIN);
    let back = provider.authorize(&page, &ada());
    let mut copy = browser.clone();
    assert_eq!(browser.get(&back).status, 303);
    is(&copy.get(&back), 401, "provider-denied");
}

#[test]
fn a_provider_does_not_answer_for_another() {
    let (honest, evil) = (Provider::start(), Provider::start());
    let world = World::start(&[&honest, &evil], &[]);
    let mut browser = world.browser();
    let page = browser.begin(BEGIN);
    let back = honest.authorize(&page, &ada());
    let elsewhere = back.replace("/first/", "/second/");
    is(&browser.get(&elsewhere), 403, "login-not-begun");
    let said = format!("{back}&iss={}", evil.url.replace(':', "%3A").replace('/', "%2F"));
    is(&browser.get(&said), 401, "provider-refused");
    assert_eq!((honest.asked_for("/token"), evil.asked_for("/token")), (0, 0), "the code went to neither");
    // The same subject of another issuer is somebody else.
    let mut browser = world.browser();
    assert_eq!(browser.log_in(&honest, &json!({ "sub": "1", "name": "one" })).status, 303);
    let first = browser.me()["id"].clone();
    let page = browser.begin("/_lithair/auth/oidc/second");
    assert_eq!(browser.get(&evil.authorize(&page, &json!({ "sub": "1", "name": "one" }))).status, 303);
    assert_ne!(browser.me()["id"], first);
}

#[test]
fn what_the_provider_says_holds_or_nobody_comes_in() {
    let provider = Provider::start();
    let world = World::start(&[&provider], &[]);
    let with = |name: &str, value: Value| {
        let mut claims = ada();
        claims[name] = value;
        claims
    };
    for (reason, claims) in [
        ("nonce", with("nonce", json!("another"))),
        ("audience", with("aud", json!("bank"))),
        ("audience", with("aud", json!(["shop", "bank"]))),
        ("issuer", with("iss", json!("https://evil.example"))),
        ("expired", with("exp", json!(seconds() - 31))),
        ("bad_claim", with("at_hash", json!("AAAA"))),
    ] {
        let before = world.refused(reason);
        let mut browser = world.browser();
        is(&browser.log_in(&provider, &claims), 401, "provider-refused");
        assert_eq!(browser.cookie("__Host-lithair-login"), None, "it is over");
        assert_eq!(world.refused(reason), before + 1, "{claims}");
    }
    let letters = |text: &str| base64::encode(text.as_bytes());
    let none = |claims: &str| format!("{}.{}.AAAA", letters(r#"{"alg":"none"}"#), letters(claims));
    let confused = |claims: &str| {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &provider.state().issuer.verification_key());
        let text = format!("{}.{}", letters(r#"{"alg":"HS256","kid":"k"}"#), letters(claims));
        format!("{text}.{}", base64::encode(hmac::sign(&key, text.as_bytes()).as_ref()))
    };
    let others = |claims: &str| Issuer::new(Algorithm::Es256).sign(r#"{"alg":"ES256","kid":"k"}"#, claims);
    // What would be good if it were signed by the right key, is.
    let good = |claims: &str| provider.state().issuer.sign(r#"{"alg":"ES256","kid":"k"}"#, claims);
    assert_eq!(world.forged(&provider, &good).status, 303);
    let forgeries: [&dyn Fn(&str) -> String; 3] = [&none, &confused, &others];
    for (reason, forged) in ["algorithm", "algorithm", "signature"].into_iter().zip(forgeries) {
        let before = world.refused(reason);
        is(&world.forged(&provider, forged), 401, "provider-refused");
        assert_eq!(world.refused(reason), before + 1);
    }
}

#[test]
fn who_does_not_log_in_at_the_provider_does_not_here() {
    let provider = Provider::start();
    let world = World::start(&[&provider], &[]);
    for (error, word) in [("access_denied", "access_denied"), ("%3Cscript%3E", "an error")] {
        let mut browser = world.browser();
        let page = browser.begin(BEGIN);
        let state = page.split("state=").nth(1).and_then(|rest| rest.split('&').next()).expect("a state");
        let back = format!("{BEGIN}/callback?error={error}&error_description=a%20b&state={state}");
        let denied = browser.get(&back);
        is(&denied, 401, "provider-denied");
        assert!(denied.json().expect("JSON")["detail"].as_str().is_some_and(|detail| detail.ends_with(word)));
        assert_eq!(browser.cookie("__Host-lithair-login"), None);
    }
    // A code that the provider did not give.
    let mut browser = world.browser();
    let page = browser.begin(BEGIN);
    let back = provider.authorize(&page, &ada()).replace("code=code", "code=nocode");
    is(&browser.get(&back), 401, "provider-denied");
    // Twice in one address: which one is meant?
    let twice = format!("{back}&code=x");
    is(&world.browser().get(&twice), 400, "repeated-parameter");
}

#[test]
fn a_login_leads_to_pages_of_this_server_only() {
    let provider = Provider::start();
    let world = World::start(&[&provider], &[("return_to", "/app, /b/")]);
    let mut browser = world.browser();
    for path in [
        "//evil.example",
        "https:evil.example",
        "https:/evil.example",
        "%00//evil.example",
        "/app%0A//evil.example",
        "/app%7F",
        "///evil.example",
        "/%5Cevil.example",
        "%5C/evil.example",
        "/%09/evil.example",
        "/%0A/evil.example",
        "https://evil.example/app",
        "javascript:alert(1)",
        "/app/..//evil.example",
        "/app/../admin",
        "/app/%252e%252e/admin",
        "/apple",
        "/",
        "",
        "/b",
        "/app%0d%0aset-cookie:a=b",
    ] {
        let answer = browser.get(&format!("{BEGIN}?return_to={path}"));
        is(&answer, 400, "invalid-parameter");
        assert!(answer.header("location").is_none() && browser.cookies.is_empty(), "{path}");
        let detail = answer.json().expect("JSON")["detail"].as_str().expect("a text").to_owned();
        assert!(detail.ends_with("expected a path of this server below /app, /b/"), "{detail}");
    }
    // Where any page of this server is allowed, as it is if nothing is said, that is all that is allowed.
    let anywhere = World::start(&[&provider], &[]);
    for path in [
        "//evil.example",
        "/%5Cevil.example",
        "/%09/evil.example",
        "/a//evil.example",
        "/%0D%0Aset-cookie:a=b",
        "/%00",
        "/a%20b",
        "https:evil.example",
        "https://evil.example",
        "%5C%5Cevil.example",
        "evil.example",
        "/a/../b",
        "",
    ] {
        let answer = anywhere.browser().get(&format!("{BEGIN}?return_to={path}"));
        is(&answer, 400, "invalid-parameter");
    }
    is(&browser.get(&format!("{BEGIN}?return=/app")), 400, "unknown-parameter");
    assert_eq!(browser.log_in(&provider, &ada()).header("location"), Some("/app"), "the first, if nobody says");
    let page = browser.begin(&format!("{BEGIN}?return_to=/b/c%3Fd=e"));
    let back = provider.authorize(&page, &ada());
    // What comes back says nothing of where to go.
    let back = browser.get(&format!("{back}&return_to=//evil.example"));
    assert_eq!(back.header("location"), Some("/b/c?d=e"));
}

#[test]
fn what_was_begun_is_of_this_directory_and_goes_on_after_a_restart() {
    let provider = Provider::start();
    let mut world = World::start(&[&provider], &[]);
    let other = World::start(&[&provider], &[]);
    let mut browser = world.browser();
    let page = browser.begin(BEGIN);
    let cookies = browser.cookies.clone();
    let back = provider.authorize(&page, &ada());
    let mut elsewhere = Browser { server: &other.server, cookies: cookies.clone() };
    is(&elsewhere.get(&back), 403, "login-not-begun");
    world.server.restart();
    // The provider is looked for anew.
    world.ready(|check| check.is_none());
    let mut browser = Browser { server: &world.server, cookies };
    assert_eq!(browser.get(&back).status, 303);
    assert_eq!(browser.me()["name"], "Ada");
}

/// A server that hears three failures a minute from one address.
fn limited(provider: &Provider) -> World {
    let folder = Folder::new(env!("CARGO_TARGET_TMPDIR"), "oidc-limited");
    let (program, sent) = super::program_with(&folder, &[provider], &[]);
    World { server: TestServer::start(program.setting("limits.auth_failures", "3")), sent, folder }
}

#[test]
fn guesses_at_codes_are_limited() {
    let provider = Provider::start();
    provider.odd("/token", Odd::Says(400, r#"{"error":"invalid_grant"}"#.to_owned()));
    let tried = in_one_minute(|| {
        let world = limited(&provider);
        let mut browser = world.browser();
        let tried = [(); 4].map(|()| {
            let page = browser.begin(BEGIN);
            let back = provider.authorize(&page, &ada()).replace("code=code", "code=nocode");
            let asked = provider.asked_for("/token");
            let answer = browser.get(&back);
            (answer.status, provider.asked_for("/token") - asked)
        });
        (tried, [world.refused("denied"), world.refused("too_many")])
    });
    assert_eq!(tried, ([(401, 1), (401, 1), (401, 1), (429, 0)], [3, 1]));
}

#[test]
fn a_token_that_does_not_hold_is_a_guess() {
    let provider = Provider::start();
    let tried = in_one_minute(|| {
        let world = limited(&provider);
        let mut browser = world.browser();
        [(); 4].map(|()| browser.log_in(&provider, &json!({ "sub": "248", "aud": "bank" })).status)
    });
    assert_eq!(tried, [401, 401, 401, 429]);
}

#[test]
fn nobody_has_guessed_where_the_provider_is_not_there_or_the_login_is_of_another_browser() {
    let provider = Provider::start();
    provider.odd("/token", Odd::Says(500, String::new()));
    let tried = in_one_minute(|| {
        let world = limited(&provider);
        let mut browser = world.browser();
        let away = [(); 4].map(|()| browser.log_in(&provider, &ada()).status);
        let page = browser.begin(BEGIN);
        let back = provider.authorize(&page, &ada()).replace("state=", "state=a");
        (away, [(); 4].map(|()| browser.get(&back).status))
    });
    assert_eq!(tried, ([503; 4], [403; 4]));
}
