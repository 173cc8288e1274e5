//! How a provider is reached: by TLS, or not at all, and what comes of that.

use std::fs;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use acceptance::Folder;
use acceptance::notes::{Note, PATIENCE};
use lithair_core::prelude::*;
use lithair_core::testing::{Algorithm, Issuer, TestServer};
use lithair_core::users::Users;
use serde_json::json;

use super::provider::{Odd, Provider};
use super::{BEGIN, Browser, World, ada, is, seconds};

#[test]
fn a_provider_is_reached_by_tls_if_its_certificate_is_signed_by_who_is_trusted() {
    let provider = Provider::start_tls();
    let world = World::start(&[&provider], &[]);
    let mut browser = world.browser();
    assert_eq!(browser.log_in(&provider, &ada()).status, 303);
    assert_eq!(browser.me()["name"], "Ada");
    let mut past = provider.state().asked.clone();
    // Where its pages are is known before its keys: a browser may be back before these are.
    past[1..].sort();
    assert_eq!(past, ["/.well-known/openid-configuration", "/keys", "/token"]);

    // Somebody else's authority.
    let mut other = Provider::start_tls();
    other.ca.clone_from(&provider.ca);
    let world = World::start(&[&other], &[]);
    world.ready(|check| check.is_some_and(|reason| reason.contains("certificate")));
    is(&world.browser().get(BEGIN), 503, "provider-unavailable");
    assert!(other.state().asked.is_empty(), "nothing was said to it");

    // The right authority, and another name.
    let mut misnamed = Provider::start_tls();
    misnamed.url = misnamed.url.replace("localhost", "127.0.0.1");
    let world = World::start(&[&misnamed], &[]);
    world.ready(|check| check.is_some_and(|reason| reason.contains("certificate")));
    assert!(misnamed.state().asked.is_empty());
}

#[test]
fn keys_of_tokens_are_had_by_tls() {
    let provider = Provider::start_tls();
    let folder = Folder::new(env!("CARGO_TARGET_TMPDIR"), "oidc-keys");
    let ca = folder.join("ca.pem");
    fs::write(&ca, &provider.ca).expect("is written");
    let program = |ca: &str| {
        DeclarativeServer::new("127.0.0.1:0")
            .model::<Note>()
            .with_users(Users::new())
            .setting("auth.jwt.algorithm", "ES256")
            .setting("auth.jwt.issuer", &provider.url)
            .setting("auth.jwt.audience", "notes")
            .setting("auth.jwt.jwks_url", format!("{}/keys", provider.url))
            .setting("auth.ca_file", ca)
    };
    let server = TestServer::start(program(ca.to_str().expect("Unicode")));
    assert_eq!(server.get("/health/ready").status, 200, "the start has asked for them");
    let claims = json!({ "iss": provider.url, "aud": "notes", "sub": "alice", "exp": seconds() + 60 });
    let token = provider.state().issuer.sign(r#"{"alg":"ES256","kid":"k"}"#, &claims.to_string());
    let authorization = format!("Bearer {token}");
    let answer = server.client().request("GET", "/api/notes", &[("authorization", &authorization)], "");
    assert_eq!(answer.expect("answers").status, 200);

    let other = folder.join("other.pem");
    fs::write(&other, Provider::start_tls().ca).expect("is written");
    let untrusting = TestServer::start(program(other.to_str().expect("Unicode")));
    let checks = untrusting.get("/health/ready").json().expect("JSON");
    assert!(checks["checks"]["keys"].as_str().is_some_and(|reason| reason.contains("certificate")), "{checks}");
    for (ca, expected) in [("/nowhere/ca.pem", "/nowhere/ca.pem"), (file!(), "ca_file")] {
        let error = TestServer::try_start(program(ca)).err().expect("no authorities").to_string();
        assert!(error.contains(expected), "{error}");
    }
}

/// A program on a runtime of its own starts as any other: what is asked at the start is asked on another thread.
#[test]
fn a_server_that_asks_for_keys_starts_on_an_async_runtime() {
    let provider = Provider::start();
    let folder = Folder::new(env!("CARGO_TARGET_TMPDIR"), "oidc-runtime");
    let program = DeclarativeServer::new("127.0.0.1:0")
        .data(folder.join("data"))
        .setting("auth.jwt.algorithm", "ES256")
        .setting("auth.jwt.issuer", "issuer")
        .setting("auth.jwt.audience", "notes")
        .setting("auth.jwt.jwks_url", format!("{}/keys", provider.url));
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let server = runtime.block_on(program.start()).expect("starts");
    assert_eq!(provider.asked_for("/keys"), 1);
    server.stop();
}

#[test]
fn a_provider_that_is_another_or_not_there_keeps_nobody_waiting_and_is_found_later() {
    let provider = Provider::start();
    let document = provider.state().document.clone();
    provider.state().document["issuer"] = json!("https://evil.example");
    let world = World::start(&[&provider], &[]);
    world.ready(|check| check.is_some_and(|reason| reason.contains("evil.example")));
    let began = Instant::now();
    let unavailable = world.browser().get(BEGIN);
    is(&unavailable, 503, "provider-unavailable");
    assert!(unavailable.header("retry-after").is_some() && began.elapsed() < Duration::from_secs(10));
    assert_eq!(world.server.get("/api/notes").status, 200, "everything else goes on");

    provider.odd("/.well-known/openid-configuration", Odd::Says(500, String::new()));
    world.ready(|check| check.is_some_and(|reason| reason.contains("the answer is 500")));
    provider.odd("/.well-known/openid-configuration", Odd::Redirects("/elsewhere"));
    world.ready(|check| check.is_some_and(|reason| reason.contains("the answer is 307")));
    assert_eq!(provider.asked_for("/elsewhere"), 0, "a redirect is not followed");
    provider.odd("/.well-known/openid-configuration", Odd::Floods);
    world.ready(|check| check.is_some_and(|reason| reason.contains("more than 262144 bytes")));
    {
        let mut state = provider.state();
        state.document = document;
        state.odd.clear();
    }
    world.ready(|check| check.is_none());
    assert_eq!(world.browser().log_in(&provider, &ada()).status, 303);

    // One that stops answering after that.
    for odd in [
        Odd::Says(500, String::new()),
        Odd::Says(200, "<html>".to_owned()),
        Odd::Says(401, r#"{"error":"invalid_client"}"#.to_owned()),
        Odd::Redirects("/elsewhere"),
        Odd::Floods,
        Odd::Hangs,
    ] {
        provider.odd("/token", odd);
        let mut browser = world.browser();
        let began = Instant::now();
        is(&browser.log_in(&provider, &ada()), 503, "provider-unavailable");
        assert!(began.elapsed() < Duration::from_secs(30), "it is not waited for");
    }
    assert_eq!(provider.asked_for("/elsewhere"), 0);
    assert_eq!(world.refused("unavailable"), 7);
}

/// As many as the server asks the provider about at once.
const EXCHANGES_MAX: usize = 64;

#[test]
fn one_login_more_than_can_be_under_way_comes_again_later() {
    let provider = Provider::start();
    let world = World::start(&[&provider], &[("roles_claim", "groups")]);
    let mut claims = ada();
    claims["groups"] = json!(["Root"]);
    let gate = Arc::new(Mutex::new(()));
    provider.odd("/token", Odd::Waits(Arc::clone(&gate)));
    let log_in = |mut browser: Browser<'_>| browser.log_in(&provider, &claims).status;
    thread::scope(|scope| {
        let closed = gate.lock().expect("is whole");
        let browsers = (0..EXCHANGES_MAX).map(|_| world.browser());
        let under_way: Vec<_> = browsers.map(|browser| scope.spawn(|| log_in(browser))).collect();
        let began = Instant::now();
        while provider.asked_for("/token") < EXCHANGES_MAX {
            assert!(began.elapsed() < PATIENCE, "{} logins are under way", provider.asked_for("/token"));
        }
        let mut late = world.browser();
        let page = late.begin(BEGIN);
        let back = provider.authorize(&page, &claims);
        let busy = late.get(&back);
        is(&busy, 503, "overloaded");
        assert!(busy.header("retry-after").is_some() && busy.header("set-cookie").is_none(), "the login is not over");
        assert_eq!(provider.asked_for("/token"), EXCHANGES_MAX);
        drop(closed);
        for login in under_way {
            assert_eq!(login.join().expect("is whole"), 303);
        }
        assert_eq!(late.get(&back).status, 303);
        assert_eq!(late.me()["roles"], json!(["Root"]));
    });
}

#[test]
fn nobody_there_is_told_and_not_waited_for() {
    // A port that was free a moment ago.
    let free = std::net::TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port");
    let mut provider = Provider::start();
    provider.url = format!("http://{free}");
    let world = World::start(&[&provider], &[]);
    world.ready(|check| check.is_some_and(|reason| reason.contains("refused")));
    is(&world.browser().get(BEGIN), 503, "provider-unavailable");
}

/// A login after the provider has changed its key: the new one is looked for at once.
#[test]
fn a_new_key_of_the_provider_is_found_when_it_is_needed() {
    let provider = Provider::start();
    let world = World::start(&[&provider], &[]);
    assert_eq!(world.browser().log_in(&provider, &ada()).status, 303);
    let (issuer, header) = (Issuer::new(Algorithm::Es256), r#"{"alg":"ES256","kid":"k2"}"#);
    let keys = json!({ "keys": [issuer.jwk("k2")] }).to_string();
    provider.odd("/keys", Odd::Says(200, keys));
    let began = Instant::now();
    loop {
        let mut browser = world.browser();
        let page = browser.begin(BEGIN);
        let nonce = page.split("nonce=").nth(1).and_then(|rest| rest.split('&').next()).expect("a nonce");
        let claims = json!({
            "iss": provider.url, "aud": "shop", "sub": "248", "nonce": nonce, "iat": seconds(), "exp": seconds() + 60,
        });
        provider.state().forged = Some(issuer.sign(header, &claims.to_string()));
        if browser.get(&provider.authorize(&page, &ada())).status == 303 {
            break;
        }
        assert!(began.elapsed() < PATIENCE, "the new key is found");
    }
}
