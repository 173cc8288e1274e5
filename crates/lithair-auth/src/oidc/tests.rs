//! A login at a provider, and everything that may be wrong with it.

use std::future::ready;

use lithair_model::Timestamp;
use parking_lot::Mutex;
use serde_json::{Value, json};

use super::*;
use crate::testing::Issuer;
use crate::{Algorithm, base64};

const NOW_SECONDS: i64 = 1_800_000_000;
const ISSUER: &str = "https://id.example";
const REDIRECT: &str = "https://shop.example/_lithair/auth/oidc/first/callback";

fn now() -> Timestamp {
    Timestamp::from_micros(NOW_SECONDS * 1_000_000)
}

/// A provider that answers what it is told to, and remembers what it was asked.
#[derive(Debug, Default)]
struct Fake {
    reply: Mutex<Option<Reply>>,
    asked: Mutex<Vec<Ask>>,
}

impl Web for Fake {
    fn send(&self, ask: Ask) -> Sent<'_> {
        let url = ask.url.clone();
        self.asked.lock().push(ask);
        let none = WebError { url, reason: "nobody answers".to_owned() };
        Box::pin(ready(self.reply.lock().clone().ok_or(none)))
    }
}

fn rules(name: &str) -> ProviderRules {
    ProviderRules {
        name: name.to_owned(),
        issuer: ISSUER.to_owned(),
        client_id: "shop".to_owned(),
        scopes: "openid email".to_owned(),
        algorithm: Algorithm::Es256,
        roles_claim: "groups".to_owned(),
        tenant_claim: String::new(),
        return_to: vec!["/".to_owned()],
        creates_users: true,
        links_by_email: false,
    }
}

fn document() -> Value {
    json!({
        "issuer": ISSUER,
        "authorization_endpoint": "https://id.example/authorize?tenant=a",
        "token_endpoint": "https://id.example/token",
        "jwks_uri": "https://id.example/keys",
        "response_types_supported": ["code"],
        "id_token_signing_alg_values_supported": ["RS256", "ES256"],
    })
}

fn ok(json: &Value) -> Reply {
    Reply { status: 200, body: json.to_string().into_bytes() }
}

/// A server with two providers that are one issuer, as two applications of one provider are.
struct World {
    oidc: Oidc,
    web: Arc<Fake>,
    issuer: Issuer,
}

impl World {
    fn new() -> Self {
        Self::of(&document(), Some("s3 cret"))
    }

    fn of(document: &Value, secret: Option<&str>) -> Self {
        let issuer = Issuer::new(Algorithm::Es256);
        let keys = ok(&json!({ "keys": [issuer.jwk("k")] }));
        let providers = ["first", "second"].map(|name| {
            let secret = secret.and_then(ClientSecret::of);
            let provider = Provider::new(rules(name), secret, REDIRECT.replace("first", name));
            let ask = provider.take_metadata(&ok(document)).expect("is taken");
            assert_eq!(ask.url, "https://id.example/keys");
            provider.take_keys(&keys).expect("are taken");
            assert_eq!(provider.failing_check(), None);
            Arc::new(provider)
        });
        let web = Arc::new(Fake::default());
        let oidc = Oidc::new(providers.into(), Arc::clone(&web) as _, &[7; 32]);
        Self { oidc, web, issuer }
    }

    fn provider(&self, place: usize) -> &Provider {
        &self.oidc.providers()[place]
    }

    fn begin(&self) -> Login {
        let begun = run(self.oidc.begin(self.provider(0), "/home", None, now())).expect("is begun");
        let (page, query) = begun.location.split_once('?').expect("a query");
        assert_eq!(page, "https://id.example/authorize");
        let asked = query.split('&').filter_map(|pair| pair.split_once('='));
        let asked = asked.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        Login { cookie: begun.cookie, asked }
    }

    /// The login of somebody for whom the provider says this; what comes of it.
    fn finish(&self, login: &Login, claims: &Value, answer: Value) -> Result<FinishedLogin, LoginError> {
        let mut answer = answer;
        let header = json!({ "alg": "ES256", "kid": "k" });
        if answer.get("id_token").is_none() {
            answer["id_token"] = self.issuer.sign(&header.to_string(), &claims.to_string()).into();
        }
        self.answer(login, ok(&answer))
    }

    fn answer(&self, login: &Login, reply: Reply) -> Result<FinishedLogin, LoginError> {
        *self.web.reply.lock() = Some(reply);
        self.back(0, &login.cookie, &login.returned(), now())
    }

    fn back(
        &self,
        place: usize,
        cookie: &str,
        returned: &Returned,
        now: Timestamp,
    ) -> Result<FinishedLogin, LoginError> {
        run(self.oidc.finish(self.provider(place), cookie, returned, None, now))
    }
}

/// A login that was begun.
struct Login {
    cookie: String,
    asked: Vec<(String, String)>,
}

impl Login {
    fn asked(&self, name: &str) -> &str {
        let mut values = self.asked.iter().filter(|(other, _)| other == name);
        let (_, value) = values.next().expect(name);
        assert!(values.next().is_none(), "{name} once");
        value
    }

    fn returned(&self) -> Returned {
        let text = |text: &str| Some(text.to_owned());
        Returned { state: text(self.asked("state")), code: text("a code&"), ..Returned::default() }
    }

    fn claims(&self) -> Value {
        json!({
            "iss": ISSUER, "aud": "shop", "sub": "248", "iat": NOW_SECONDS, "exp": NOW_SECONDS + 60,
            "nonce": self.asked("nonce"), "email": "Ada@Example.org", "email_verified": true, "name": "Ada",
            "groups": ["Editor"],
        })
    }

    /// The claims with one more, or without it if it is null.
    fn with(&self, name: &str, value: Value) -> Value {
        let mut claims = self.claims();
        match value {
            Value::Null => drop(claims.as_object_mut().expect("an object").remove(name)),
            value => claims[name] = value,
        }
        claims
    }
}

fn run<F: Future>(future: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    runtime.expect("a runtime").block_on(future)
}

#[test]
fn a_login_is_whoever_logged_in_at_the_provider() {
    let world = World::new();
    let login = world.begin();
    for (name, expected) in [
        ("response_type", "code"),
        ("client_id", "shop"),
        ("redirect_uri", "https%3A%2F%2Fshop.example%2F_lithair%2Fauth%2Foidc%2Ffirst%2Fcallback"),
        ("scope", "openid%20email"),
        ("code_challenge_method", "S256"),
        ("tenant", "a"),
    ] {
        assert_eq!(login.asked(name), expected);
    }
    let other = world.begin();
    for name in ["state", "nonce", "code_challenge"] {
        assert!(login.asked(name).len() >= 43 && login.asked(name) != other.asked(name), "{name} is a new one");
        assert!(!login.cookie.contains(login.asked(name)), "{name} is sealed");
    }
    let finished = world.finish(&login, &login.claims(), json!({})).expect("holds");
    assert_eq!((finished.return_to.as_str(), finished.is_link), ("/home", false));
    assert_eq!(finished.until, now().plus_micros(600 * 1_000_000));
    let expected = Proven {
        issuer: ISSUER.to_owned(),
        subject: "248".to_owned(),
        email: Some("ada@example.org".to_owned()),
        name: Some("Ada".to_owned()),
        roles: Some(vec!["Editor".to_owned()]),
        tenant: None,
    };
    assert_eq!(finished.proven, expected);
    let asked = world.web.asked.lock();
    assert_eq!((asked.len(), asked[0].url.as_str()), (1, "https://id.example/token"));
    // `shop:s3%20cret`
    assert_eq!(asked[0].authorization.as_deref(), Some("Basic c2hvcDpzMyUyMGNyZXQ="));
    let form = asked[0].form.as_deref().expect("a form");
    let verifier = form.rsplit_once("code_verifier=").expect("a verifier").1;
    let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, verifier.as_bytes());
    assert_eq!(base64::encode(hash.as_ref()), login.asked("code_challenge"));
    assert!(form.starts_with("grant_type=authorization_code&code=a%20code%26&redirect_uri=https%3A%2F%2Fshop"));
}

#[test]
fn the_client_is_known_as_the_provider_wants() {
    let posted = json!({ "token_endpoint_auth_methods_supported": ["client_secret_post"] });
    let mut document = document();
    for (secret, said, expected) in
        [(None, None, "&client_id=shop"), (Some("a b"), Some(&posted), "&client_id=shop&client_secret=a%20b")]
    {
        if let Some(said) = said {
            document.as_object_mut().expect("an object").extend(said.as_object().expect("an object").clone());
        }
        let world = World::of(&document, secret);
        let login = world.begin();
        world.finish(&login, &login.claims(), json!({})).expect("holds");
        let ask = world.web.asked.lock().remove(0);
        assert!(ask.authorization.is_none() && ask.form.expect("a form").ends_with(expected));
    }
}

#[test]
fn only_the_browser_that_began_a_login_ends_it_and_at_its_provider() {
    let world = World::new();
    let (login, other) = (world.begin(), world.begin());
    let refused = |place, cookie: &str, returned: &Returned, now| {
        assert_eq!(world.back(place, cookie, returned, now).err(), Some(LoginError::NotBegun));
        assert!(world.web.asked.lock().is_empty(), "the provider is not asked");
    };
    let returned = login.returned();
    for state in [None, Some(String::new()), other.returned().state, Some(format!("{}a", login.asked("state")))] {
        refused(0, &login.cookie, &Returned { state, ..login.returned() }, now());
    }
    for cookie in ["", "a", &other.cookie, &login.cookie[1..], &format!("{}A", login.cookie)] {
        refused(0, cookie, &returned, now());
    }
    // The answer of one provider does not end a login at the other.
    refused(1, &login.cookie, &returned, now());
    refused(0, &login.cookie, &returned, now().plus_micros(i64::from(LOGIN_SECONDS) * 1_000_000));
    let almost_over = now().plus_micros(599 * 1_000_000);
    assert_eq!(
        world.back(0, &login.cookie, &returned, almost_over).err(),
        Some(LoginError::Unavailable),
        "it is asked"
    );
    world.web.asked.lock().clear();
    let elsewhere = World::new();
    let oidc = Oidc::new(vec![Arc::clone(&world.oidc.providers()[0])], Arc::clone(&elsewhere.web) as _, &[8; 32]);
    let finished = run(oidc.finish(world.provider(0), &login.cookie, &returned, None, now()));
    assert_eq!(finished.err(), Some(LoginError::NotBegun), "of another data directory");
    world.finish(&login, &login.claims(), json!({})).expect("the login itself holds");
}

#[test]
fn an_id_token_is_the_answer_to_this_login_or_nothing() {
    let world = World::new();
    let login = world.begin();
    let check = |what: &str, claims: Value, refused: Option<Refused>| {
        let finished =
            world.finish(&login, &claims, json!({ "access_token": "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y" }));
        assert_eq!(finished.err(), refused.map(LoginError::Refused), "{what}");
    };
    check("as it should be", login.claims(), None);
    check("another nonce", login.with("nonce", json!(world.begin().asked("nonce"))), Some(Refused::Nonce));
    check("no nonce", login.with("nonce", Value::Null), Some(Refused::Nonce));
    check("a nonce that is no text", login.with("nonce", json!([login.asked("nonce")])), Some(Refused::BadClaim));
    check("another issuer", login.with("iss", json!("https://id.example/")), Some(Refused::Issuer));
    check("another audience", login.with("aud", json!("shop2")), Some(Refused::Audience));
    check("no audience", login.with("aud", Value::Null), Some(Refused::MissingClaim));
    check("several audiences", login.with("aud", json!(["shop", "bank"])), Some(Refused::Audience));
    check("one audience in a list", login.with("aud", json!(["shop"])), None);
    check("another azp", login.with("azp", json!("bank")), Some(Refused::Audience));
    check("our azp", login.with("azp", json!("shop")), None);
    let mut several = login.with("aud", json!(["shop", "bank"]));
    several["azp"] = json!("shop");
    check("several audiences and our azp", several, None);
    check("expired", login.with("exp", json!(NOW_SECONDS - 31)), Some(Refused::Expired));
    check("no end", login.with("exp", Value::Null), Some(Refused::MissingClaim));
    check("no beginning", login.with("iat", Value::Null), Some(Refused::MissingClaim));
    check("of the future", login.with("iat", json!(NOW_SECONDS + 31)), Some(Refused::NotYet));
    check("no subject", login.with("sub", Value::Null), Some(Refused::MissingClaim));
    // OpenID Connect Core, A.3.
    check("the hash of the access token", login.with("at_hash", json!("77QmUPtjPfzWtF2AnpK9RQ")), None);
    check("another hash", login.with("at_hash", json!("77QmUPtjPfzWtF2AnpK9RA")), Some(Refused::BadClaim));
    check("longer than a header", login.with("padding", json!("p".repeat(9_000))), None);
    let groups = |count: usize| login.with("groups", (0..count).map(|number| format!("group{number}")).collect());
    check("many roles", groups(64), None);
    check("too many roles", groups(65), Some(Refused::BadClaim));
    check("roles that are none", login.with("groups", json!(["a\nb"])), Some(Refused::BadClaim));
}

#[test]
fn an_id_token_is_signed_by_the_provider() {
    let world = World::new();
    let login = world.begin();
    let claims = login.claims().to_string();
    let check = |what: &str, token: String, refused: Refused| {
        let finished = world.finish(&login, &Value::Null, json!({ "id_token": token }));
        assert_eq!(finished.err(), Some(LoginError::Refused(refused)), "{what}");
    };
    let signed = |header: Value| world.issuer.sign(&header.to_string(), &claims);
    let unsigned = |header: Value| {
        format!("{}.{}", base64::encode(header.to_string().as_bytes()), base64::encode(claims.as_bytes()))
    };
    let other = Issuer::new(Algorithm::Es256);
    check("another's key", other.sign(r#"{"alg":"ES256","kid":"k"}"#, &claims), Refused::Signature);
    check("no signature", format!("{}.", unsigned(json!({ "alg": "none" }))), Refused::NotAToken);
    check("none", format!("{}.AAAA", unsigned(json!({ "alg": "none" }))), Refused::Algorithm);
    for key in ["s3 cret".as_bytes(), &world.issuer.verification_key()] {
        let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, key);
        let text = unsigned(json!({ "alg": "HS256", "kid": "k" }));
        let tag = aws_lc_rs::hmac::sign(&key, text.as_bytes());
        check("confusion", format!("{text}.{}", base64::encode(tag.as_ref())), Refused::Algorithm);
    }
    for typ in ["at+jwt", "logout+jwt"] {
        check(typ, signed(json!({ "alg": "ES256", "kid": "k", "typ": typ })), Refused::Type);
    }
    check("jku", signed(json!({ "alg": "ES256", "jku": "https://evil.example" })), Refused::HeaderMember);
    check("oversize", "a".repeat(64 * 1024 + 1), Refused::TooLong);
    check("as long as may be", "a".repeat(64 * 1024), Refused::NotAToken);
}

#[test]
fn a_token_is_good_for_one_login_only() {
    let world = World::new();
    let (first, second) = (world.begin(), world.begin());
    world.finish(&first, &first.claims(), json!({})).expect("holds");
    let replayed = world.finish(&second, &first.claims(), json!({}));
    assert_eq!(replayed.err(), Some(LoginError::Refused(Refused::Nonce)));
}

#[test]
fn an_address_counts_if_the_provider_has_verified_it() {
    let world = World::new();
    let login = world.begin();
    let check = |name: &str, value: Value, email: Option<&str>| {
        let finished = world.finish(&login, &login.with(name, value), json!({})).expect("holds");
        assert_eq!(finished.proven.email.as_deref(), email);
    };
    check("name", json!("Ada"), Some("ada@example.org"));
    for not in [Value::Null, json!(false), json!("true"), json!(1)] {
        check("email_verified", not, None);
    }
    check("email", Value::Null, None);
    check("email", json!("ada"), None);
}

#[test]
fn an_answer_says_whose_it_is() {
    let mut document = document();
    let said = |issuer: &str| Some(issuer.to_owned());
    let others = LoginError::Refused(Refused::Issuer);
    for (says, issuer, refused) in [
        (false, None, None),
        (false, said(ISSUER), None),
        (false, said("https://evil.example"), Some(&others)),
        (true, said(ISSUER), None),
        (true, said("https://id.example/"), Some(&others)),
        (true, None, Some(&others)),
    ] {
        document["authorization_response_iss_parameter_supported"] = says.into();
        let world = World::of(&document, None);
        let login = world.begin();
        let returned = Returned { issuer: issuer.clone(), ..login.returned() };
        let token = world.issuer.sign(r#"{"alg":"ES256","kid":"k"}"#, &login.claims().to_string());
        *world.web.reply.lock() = Some(ok(&json!({ "id_token": token })));
        let finished = world.back(0, &login.cookie, &returned, now());
        assert_eq!(finished.err().as_ref(), refused, "{says} {issuer:?}");
        assert_eq!(world.web.asked.lock().len(), usize::from(refused.is_none()), "the code goes to nobody else");
    }
}

#[test]
fn what_the_provider_refuses_and_what_it_cannot_say_are_different() {
    let world = World::new();
    let login = world.begin();
    let denied = |word: &str| LoginError::Denied(word.to_owned());
    for (error, word) in
        [("access_denied", "access_denied"), ("<script>", "an error"), (&"a".repeat(65), "an error"), ("A", "an error")]
    {
        let returned = Returned { error: Some(error.to_owned()), ..login.returned() };
        assert_eq!(world.back(0, &login.cookie, &returned, now()).err(), Some(denied(word)));
    }
    let returned = Returned { code: None, ..login.returned() };
    assert_eq!(world.back(0, &login.cookie, &returned, now()).err(), Some(denied("no code")));
    assert!(world.web.asked.lock().is_empty());
    assert_eq!(world.back(0, &login.cookie, &login.returned(), now()).err(), Some(LoginError::Unavailable), "down");
    let token = world.issuer.sign(r#"{"alg":"ES256","kid":"k"}"#, &login.claims().to_string());
    for (status, body, error) in [
        (400, r#"{"error":"invalid_grant"}"#.to_owned(), denied("invalid_grant")),
        (401, r#"{"error":"invalid_client"}"#.to_owned(), LoginError::Unavailable),
        (500, r#"{"error":"invalid_grant"}"#.to_owned(), LoginError::Unavailable),
        (302, format!(r#"{{"id_token":"{token}"}}"#), LoginError::Unavailable),
        (201, format!(r#"{{"id_token":"{token}"}}"#), LoginError::Unavailable),
        (200, format!(r#"{{"id_token":"x","id_token":"{token}"}}"#), LoginError::Unavailable),
        (200, r#"{"id_token":7}"#.to_owned(), LoginError::Unavailable),
        (200, "<html>".to_owned(), LoginError::Unavailable),
        (200, String::new(), LoginError::Unavailable),
    ] {
        let reply = Reply { status, body: body.clone().into_bytes() };
        assert_eq!(world.answer(&login, reply).err(), Some(error), "{status} {body}");
    }
}

#[test]
fn a_provider_is_who_the_settings_say() {
    let provider = || Provider::new(rules("first"), ClientSecret::of("secret"), REDIRECT.to_owned());
    assert_eq!(provider().ask_for_metadata().url, "https://id.example/.well-known/openid-configuration");
    let check = |name: &str, value: Value, expected: &str| {
        let mut changed = document();
        match value {
            Value::Null => drop(changed.as_object_mut().expect("an object").remove(name)),
            value => changed[name] = value,
        }
        let provider = provider();
        let error = provider.take_metadata(&ok(&changed)).expect_err(expected);
        assert!(error.contains(expected), "{error}");
        provider.failed(error);
        assert!(provider.failing_check().is_some_and(|reason| reason.contains(expected)));
        let web: Arc<dyn Web> = Arc::new(Fake::default());
        provider.verifier().looked_for_keys();
        let begun = run(Oidc::new(Vec::new(), web, &[7; 32]).begin(&provider, "/", None, now()));
        assert_eq!(begun.err(), Some(LoginError::Unavailable));
    };
    for issuer in [json!("https://id.example/"), json!("https://evil.example"), Value::Null, json!(7)] {
        check("issuer", issuer, "not of \"https://id.example\"");
    }
    for name in ["authorization_endpoint", "token_endpoint", "jwks_uri"] {
        check(name, Value::Null, name);
        for url in ["http://id.example/x", "http://127.0.0.1/x", "javascript:alert(1)", "https://a b", "/x", ""] {
            check(name, json!(url), "expected https://");
        }
    }
    check("response_types_supported", json!(["id_token"]), "without code");
    check("id_token_signing_alg_values_supported", json!(["RS256"]), "RS256, without ES256");
    check("token_endpoint_auth_methods_supported", json!(["private_key_jwt"]), "private_key_jwt");
    for reply in [Reply { status: 302, ..ok(&document()) }, Reply { status: 200, body: b"<html>".to_vec() }] {
        provider().take_metadata(&reply).expect_err("is no document");
        provider().take_keys(&reply).expect_err("are no keys");
    }
}

/// Both are asked for: where its pages are, and its keys.
#[test]
fn a_provider_is_there_when_it_has_said_both() {
    let provider = Provider::new(rules("first"), None, REDIRECT.to_owned());
    let not_yet = Some("the provider has not been reached yet".to_owned());
    assert_eq!(provider.failing_check(), not_yet);
    let keys = ok(&json!({ "keys": [Issuer::new(Algorithm::Es256).jwk("k")] }));
    provider.take_keys(&keys).expect("are taken");
    assert_eq!(provider.failing_check(), not_yet);
    provider.take_metadata(&ok(&document())).expect("is taken");
    assert_eq!(provider.failing_check(), None);
    let second = Provider::new(rules("second"), None, REDIRECT.to_owned());
    second.take_metadata(&ok(&document())).expect("is taken");
    second.failed("no keys".to_owned());
    assert_eq!(second.failing_check(), Some("no keys".to_owned()));
    assert_eq!((second.name(), second.rules()), ("second", &rules("second")));
}

#[test]
fn a_secret_is_one_line_and_something() {
    for text in ["s3cret", "s3cret\n", "s3cret\r\n"] {
        assert_eq!(ClientSecret::of(text), ClientSecret::of("s3cret"), "{text:?}");
    }
    assert!(ClientSecret::of("s3cret").is_some());
    for text in ["", "\n", "\r\n", "a\nb", "a\tb", "a\n\n"] {
        assert_eq!(ClientSecret::of(text), None, "{text:?}");
    }
}

#[test]
fn a_browser_returns_to_where_the_settings_let_it() {
    let rules = ProviderRules { return_to: vec!["/app".to_owned(), "/b/".to_owned()], ..rules("first") };
    let provider = Provider::new(rules, None, REDIRECT.to_owned());
    assert_eq!(provider.return_to(), "/app");
    for path in ["/app", "/app/x", "/app?x=/y", "/b/c"] {
        assert!(provider.returns_to(path), "{path}");
    }
    for path in ["/", "/apple", "/b", "/x", "/app//evil", "/app/../x", "//app", "https://evil.example/app", ""] {
        assert!(!provider.returns_to(path), "{path}");
    }
}

#[test]
fn secrets_are_not_shown() {
    let world = World::new();
    let login = world.begin();
    let finished = world.finish(&login, &login.claims(), json!({})).expect("holds");
    let begun = run(world.oidc.begin(world.provider(0), "/", None, now())).expect("is begun");
    let asked = world.web.asked.lock();
    let shown = format!("{:?} {finished:?} {begun:?} {asked:?} {:?}", world.oidc, login.returned());
    for secret in
        ["s3 cret", "c2hvcDpzMyUyMGNyZXQ", "a code", login.asked("state"), login.asked("nonce"), &begun.cookie]
    {
        assert!(!shown.contains(secret), "{secret}");
    }
    assert!(shown.contains("ClientSecret(..)") && shown.contains("Ask { url: \"https://id.example/token\", .. }"));
    assert!(shown.contains("BegunLogin(..)") && shown.contains("Returned(..)"), "{shown}");
    assert!(shown.contains("FinishedLogin { proven: Proven { issuer: \"https://id.example\""), "{shown}");
}

/// The browser waits for the look, and not for the next login.
#[test]
fn a_login_with_a_key_that_is_not_known_waits_until_the_provider_was_asked_for_it() {
    let world = World::new();
    let login = world.begin();
    let other = Issuer::new(Algorithm::Es256);
    let token = other.sign(r#"{"alg":"ES256","kid":"k2"}"#, &login.claims().to_string());
    *world.web.reply.lock() = Some(ok(&json!({ "id_token": token })));
    let provider = world.provider(0);
    let look = async {
        while !provider.verifier().wants_keys() {
            tokio::task::yield_now().await;
        }
        provider.take_keys(&ok(&json!({ "keys": [other.jwk("k2")] }))).expect("are taken");
        provider.verifier().looked_for_keys();
    };
    let returned = login.returned();
    let finish = world.oidc.finish(provider, &login.cookie, &returned, None, now());
    let (finished, looked) = run(async { tokio::join!(finish, timeout(KEYS_WAIT_MAX, look)) });
    looked.expect("the provider is asked for keys");
    assert_eq!(finished.expect("holds").proven.subject, "248");
}

#[test]
fn a_reason_is_counted_unless_it_is_only_too_much_to_do() {
    for (error, reason) in [
        (LoginError::NotBegun, Some(Refused::NotBegun)),
        (LoginError::Denied("access_denied".to_owned()), Some(Refused::Denied)),
        (LoginError::Refused(Refused::Nonce), Some(Refused::Nonce)),
        (LoginError::Unavailable, Some(Refused::Unavailable)),
        (LoginError::Busy, None),
    ] {
        assert_eq!(error.reason(), reason, "{error}");
    }
    assert_eq!((ANSWER_BYTES_MAX, LOGIN_SECONDS), (262_144, 600));
}

/// So many wait for a slow provider; whoever comes then is told to come again.
#[test]
fn too_many_codes_at_once_are_sent_away() {
    let world = World::new();
    let login = world.begin();
    let all = world.oidc.exchanges.try_acquire_many(64).expect("are free");
    assert_eq!(world.back(0, &login.cookie, &login.returned(), now()).err(), Some(LoginError::Busy));
    drop(all);
    world.finish(&login, &login.claims(), json!({})).expect("holds");
}

/// A link is the user's in whose session it was begun; a login is whoever's who logs in.
#[test]
fn a_link_ends_in_the_session_in_which_it_was_begun() {
    let world = World::new();
    let begun = run(world.oidc.begin(world.provider(0), "/home", Some("ada's"), now())).expect("is begun");
    let state = begun.location.split("state=").nth(1).and_then(|rest| rest.split('&').next()).map(str::to_owned);
    let returned = Returned { state, code: Some("code".to_owned()), ..Returned::default() };
    let back = |session: Option<&str>| {
        run(world.oidc.finish(world.provider(0), &begun.cookie, &returned, session, now())).err()
    };
    for session in [None, Some(""), Some("bob's")] {
        assert_eq!(back(session), Some(LoginError::NotBegun), "{session:?}");
    }
    assert_eq!(back(Some("ada's")), Some(LoginError::Unavailable), "the provider is asked");
    assert_eq!(world.web.asked.lock().len(), 1);
    let nonce = begun.location.split("nonce=").nth(1).and_then(|rest| rest.split('&').next()).expect("a nonce");
    let login = Login { cookie: begun.cookie.clone(), asked: vec![("nonce".to_owned(), nonce.to_owned())] };
    let token = world.issuer.sign(r#"{"alg":"ES256","kid":"k"}"#, &login.claims().to_string());
    *world.web.reply.lock() = Some(ok(&json!({ "id_token": token })));
    let finish = world.oidc.finish(world.provider(0), &begun.cookie, &returned, Some("ada's"), now());
    assert!(run(finish).expect("holds").is_link);
}
