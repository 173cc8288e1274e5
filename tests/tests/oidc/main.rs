//! Logging in through a provider: who comes in, and everybody who must not.

mod links;
mod provider;
mod signatures;

use std::fs;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use acceptance::Folder;
use acceptance::who::Who;
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac;
use lithair_auth::base64;
use lithair_core::client::Response;
use lithair_core::prelude::*;
use lithair_core::testing::{Algorithm, Issuer, TestServer, one_time_code};
use lithair_core::users::{About, Notice, User, Users};
use provider::{Odd, Provider};
use serde_json::{Value, json};

const PATIENCE: Duration = Duration::from_secs(60);
const PASSWORD: &str = "correct horse canary";
const BEGIN: &str = "/_lithair/auth/oidc/first";

#[derive(DeclarativeModel)]
#[permission(all = public)]
struct Note {
    #[db(primary_key, auto = sequence)]
    number: i64,
    text: String,
    #[relation(belongs_to = User)]
    author_id: Option<Id<User>>,
}

#[hooks]
impl Note {
    #[hook(before(create))]
    fn sign(&mut self, cx: &Context) {
        self.author_id = cx.principal().subject().and_then(|id| Uuid::parse_str(id).ok()).map(Id::new);
    }
}

fn seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs()
}

/// Base64url of the SHA-256 of a text.
fn sha256(text: &str) -> String {
    base64::encode(digest(&SHA256, text.as_bytes()).as_ref())
}

/// A server, and what it sends by mail.
struct World {
    server: TestServer,
    sent: Receiver<Notice>,
    folder: Folder,
}

fn program(
    folder: &Folder,
    providers: &[&Provider],
    settings: &[(&str, &str)],
) -> (DeclarativeServer, Receiver<Notice>) {
    let secret = folder.join("secret");
    fs::write(&secret, "s3cret\n").expect("is written");
    let (send, sent) = channel();
    let send = Mutex::new(send);
    let messenger = move |notice: Notice| {
        let gone = send.lock().expect("is whole").send(notice).is_err();
        async move { if gone { Err(HookError::new("nobody reads")) } else { Ok(()) } }
    };
    let mut program = DeclarativeServer::new("127.0.0.1:0")
        .model::<Note>()
        .with_users(Users::new().open_registration(messenger))
        .setting("auth.admin_role", "Root")
        .setting("limits.auth_failures", "1000000")
        .setting("server.public_url", "https://shop.example");
    for (provider, name) in providers.iter().zip(["first", "second"]) {
        for (word, text) in [
            ("issuer", provider.url.as_str()),
            ("client_id", "shop"),
            ("client_secret_file", secret.to_str().expect("Unicode")),
            ("algorithm", "ES256"),
            ("create_users", "true"),
        ] {
            program = program.setting(&format!("auth.oidc.{name}.{word}"), text);
        }
        if !provider.ca.is_empty() {
            let ca = folder.join("ca.pem");
            fs::write(&ca, &provider.ca).expect("is written");
            program = program.setting("auth.ca_file", ca.to_str().expect("Unicode"));
        }
    }
    for (word, text) in settings {
        program = program.setting(&format!("auth.oidc.first.{word}"), text);
    }
    (program, sent)
}

impl World {
    /// With these providers, called `first`, `second`, and settings of the first.
    fn start(providers: &[&Provider], settings: &[(&str, &str)]) -> Self {
        let folder = Folder::new(env!("CARGO_TARGET_TMPDIR"), "oidc");
        let (program, sent) = program(&folder, providers, settings);
        Self { server: TestServer::start(program), sent, folder }
    }

    /// The same program with other providers or settings. What it sends by mail, nobody reads.
    fn program(&self, providers: &[&Provider], settings: &[(&str, &str)]) -> DeclarativeServer {
        program(&self.folder, providers, settings).0
    }

    fn browser(&self) -> Browser<'_> {
        Browser { server: &self.server, cookies: Vec::new() }
    }

    fn admin(&self, request: &Value) {
        let answer = Who::of("root", &["Root"]).ask(&self.server.url(), "POST", "/_lithair/admin", request);
        assert_eq!(answer.status, 200, "{:?}", answer.json());
    }

    /// Somebody with a password and an address that is proven, and their browser.
    fn registered(&self, email: &str) -> Browser<'_> {
        self.register(email);
        let notice = self.sent.recv_timeout(PATIENCE).expect("is sent");
        let About::Verify(token) = notice.about else { panic!("a token to verify: {:?}", notice.about) };
        let mut browser = self.browser();
        assert_eq!(browser.post("/_lithair/auth/verify", &json!({ "token": token })).status, 204);
        let login = browser.post("/_lithair/auth/login", &json!({ "email": email, "password": PASSWORD }));
        assert_eq!(login.status, 200, "{:?}", login.json());
        browser
    }

    fn register(&self, email: &str) {
        let body = json!({ "email": email, "password": PASSWORD });
        assert_eq!(self.browser().post("/_lithair/auth/register", &body).status, 202);
    }

    fn refused(&self, reason: &str) -> u64 {
        let metrics = self.server.get("/metrics");
        let metrics = String::from_utf8_lossy(&metrics.body).into_owned();
        let wanted = format!("lithair_auth_refused_total{{reason=\"{reason}\"}} ");
        metrics.lines().find_map(|line| line.strip_prefix(&wanted)?.parse().ok()).unwrap_or(0)
    }

    /// A login in which the provider answers with what is made of the claims of a good token.
    fn forged(&self, provider: &Provider, forge: &dyn Fn(&str) -> String) -> Response {
        let mut browser = self.browser();
        let page = browser.begin(BEGIN);
        let nonce = page.split("nonce=").nth(1).and_then(|rest| rest.split('&').next()).expect("a nonce");
        let mut claims = ada();
        claims["nonce"] = json!(nonce);
        claims["iss"] = json!(provider.url);
        claims["aud"] = json!("shop");
        claims["exp"] = json!(seconds() + 60);
        claims["iat"] = json!(seconds());
        let forged = forge(&claims.to_string());
        provider.state().forged = Some(forged);
        browser.get(&provider.authorize(&page, &ada()))
    }

    /// Waits for what `/health/ready` says of the first provider.
    fn ready(&self, is_it: impl Fn(Option<&str>) -> bool) {
        let began = Instant::now();
        loop {
            let checks = self.server.get("/health/ready").json().expect("JSON");
            if is_it(checks["checks"]["oidc.first"].as_str()) {
                return;
            }
            assert!(began.elapsed() < PATIENCE, "{checks}");
        }
    }
}

/// Keeps cookies as a browser does.
#[derive(Clone)]
struct Browser<'w> {
    server: &'w TestServer,
    cookies: Vec<(String, String)>,
}

impl Browser<'_> {
    fn send(&mut self, method: &str, path: &str, body: Option<&Value>) -> Response {
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let cookies = cookies.join("; ");
        let mut headers = vec![("accept", "text/html,*/*;q=0.8")];
        if body.is_some() {
            headers.extend([("content-type", "application/json"), ("lithair-request", "1")]);
        }
        if !cookies.is_empty() {
            headers.push(("cookie", &cookies));
        }
        let body = body.map(Value::to_string).unwrap_or_default();
        let answer = self.server.client().request(method, path, &headers, body).expect("answers");
        for cookie in answer.headers.get_all("set-cookie") {
            let (pair, attributes) = cookie.to_str().expect("a text").split_once("; ").expect("attributes");
            assert!(attributes.starts_with("Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age="), "{attributes}");
            let (name, value) = pair.split_once('=').expect("a pair");
            assert!(name.starts_with("__Host-"));
            self.cookies.retain(|(other, _)| other != name);
            if !attributes.ends_with("Max-Age=0") {
                self.cookies.push((name.to_owned(), value.to_owned()));
            }
        }
        answer
    }

    fn get(&mut self, path: &str) -> Response {
        self.send("GET", path, None)
    }

    fn post(&mut self, path: &str, body: &Value) -> Response {
        self.send("POST", path, Some(body))
    }

    fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    /// Begins a login; the provider's page.
    fn begin(&mut self, path: &str) -> String {
        let begun = self.get(path);
        assert_eq!(begun.status, 303, "{:?}", begun.json());
        assert_eq!(begun.header("cache-control"), Some("no-store"));
        begun.header("location").expect("a page").to_owned()
    }

    /// Logs in as somebody of whom the provider says this.
    fn log_in(&mut self, provider: &Provider, claims: &Value) -> Response {
        let page = self.begin(BEGIN);
        self.get(&provider.authorize(&page, claims))
    }

    /// Whose session the browser has.
    fn me(&mut self) -> Value {
        let me = self.get("/_lithair/auth/me");
        assert_eq!(me.status, 200, "{:?}", me.json());
        me.json().expect("JSON")
    }
}

fn ada() -> Value {
    json!({ "sub": "248", "email": "Ada@Example.org", "email_verified": true, "name": "Ada" })
}

#[track_caller]
fn is(answer: &Response, status: u16, code: &str) {
    let json = answer.json().unwrap_or_default();
    assert_eq!((answer.status, json["code"].as_str().unwrap_or_default()), (status, code), "{json}");
    assert_eq!(answer.header("content-type"), Some("application/problem+json"));
    let begins = |cookie: &http::HeaderValue| cookie.to_str().is_ok_and(|text| text.starts_with("__Host-lithair="));
    assert!(!answer.headers.get_all("set-cookie").iter().any(begins), "no session begins");
}

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
    let changed = json!({ "sub": "248", "groups": "Reader", "email": "other@example.org", "email_verified": true });
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
    // No password logs in there, and a reset is not a way around.
    let login = json!({ "email": "ada@example.org", "password": PASSWORD });
    is(&world.browser().post("/_lithair/auth/login", &login), 401, "login-failed");

    assert_eq!(browser.post("/_lithair/auth/logout", &json!({})).status, 204);
    assert_eq!(
        world.browser().log_in(&provider, &json!({ "sub": "249" })).status,
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
fn a_provider_is_reached_by_tls_if_its_certificate_is_signed_by_who_is_trusted() {
    let provider = Provider::start_tls();
    let world = World::start(&[&provider], &[]);
    let mut browser = world.browser();
    assert_eq!(browser.log_in(&provider, &ada()).status, 303);
    assert_eq!(browser.me()["name"], "Ada");
    let past = provider.state().asked.clone();
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
    // A browser that goes back has forgotten it.
    is(&browser.get(&back), 403, "login-not-begun");
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

    // An account that waits for whoever reads the mail: whoever made it knows its password.
    world.register("bob@example.org");
    let bob = json!({ "sub": "bob", "email": "bob@example.org", "email_verified": true });
    world.sent.recv_timeout(PATIENCE).expect("is stored, and sent");
    is(&world.browser().log_in(&provider, &bob), 403, "no-account");

    // An account with a device: an address is less than that.
    let mut carol = world.registered("carol@example.org");
    let enrolled = carol.post("/_lithair/auth/totp", &json!({ "password": PASSWORD })).json().expect("JSON");
    let secret = enrolled["secret"].as_str().expect("a text");
    let micros = i64::try_from(seconds() * 1_000_000).expect("before the year 9999");
    let code = one_time_code(secret, Timestamp::from_micros(micros));
    assert_eq!(carol.post("/_lithair/auth/totp/confirm", &json!({ "code": code })).status, 200);
    let carol = json!({ "sub": "carol", "email": "carol@example.org", "email_verified": true });
    is(&world.browser().log_in(&provider, &carol), 403, "no-account");
    assert_eq!(world.refused("no_account"), 5);
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

#[test]
fn guesses_at_codes_are_limited() {
    let provider = Provider::start();
    let world = World::start(&[&provider], &[]);
    let program = || {
        DeclarativeServer::new("127.0.0.1:0")
            .with_users(Users::new())
            .setting("limits.auth_failures", "3")
            .setting("server.public_url", "https://shop.example")
            .setting("auth.oidc.first.issuer", &provider.url)
            .setting("auth.oidc.first.client_id", "shop")
            .setting("auth.oidc.first.algorithm", "ES256")
    };
    let server = TestServer::start(program());
    let mut browser = Browser { server: &server, cookies: Vec::new() };
    for status in [401, 401, 401, 429] {
        let page = browser.begin(BEGIN);
        let asked = provider.asked_for("/token");
        let back = provider.authorize(&page, &ada()).replace("code=code", "code=nocode");
        provider.odd("/token", Odd::Says(400, r#"{"error":"invalid_grant"}"#.to_owned()));
        let answer = browser.get(&back);
        assert_eq!(answer.status, status, "{:?}", answer.json());
        assert_eq!(provider.asked_for("/token") - asked, usize::from(status == 401));
    }
    drop(world);
}

#[test]
fn settings_that_cannot_be_stop_the_start() {
    let base = || {
        DeclarativeServer::new("127.0.0.1:0")
            .with_users(Users::new())
            .setting("server.public_url", "https://shop.example")
            .setting("auth.oidc.first.issuer", "http://127.0.0.1:9")
            .setting("auth.oidc.first.client_id", "shop")
    };
    let check = |program: DeclarativeServer, expected: &str| {
        let error = TestServer::try_start(program).err().expect(expected).to_string();
        assert!(error.contains(expected), "{error}");
    };
    for (word, text, expected) in [
        ("issuer", "", "auth.oidc.first.issuer is missing"),
        ("issuer", "http://id.example.org", "expected the provider's https:// address"),
        ("issuer", "https://id.example.org?a", "expected the provider's https:// address"),
        ("client_id", "", "auth.oidc.first.client_id is missing"),
        ("client_secret_file", "/nowhere/secret", "/nowhere/secret"),
        ("client_secret_file", "/dev/null", "expected one line, the secret"),
        ("scopes", "email", "expected words of which `openid` is one"),
        ("algorithm", "HS256", "expected one of RS256"),
        ("algorithm", "none", "expected one of RS256"),
        ("return_to", "https://evil.example", "expected paths of this server"),
        ("return_to", "", "expected paths of this server"),
        ("create_users", "yes", "expected true or false"),
        ("issuers", "x", "did you mean `auth.oidc.{name}.issuer`?"),
    ] {
        check(base().setting(&format!("auth.oidc.first.{word}"), text), expected);
    }
    for url in ["", "shop.example", "http://shop.example", "https://shop.example/app", "https://a@shop.example"] {
        check(base().setting("server.public_url", url), "server.public_url");
    }
    let asked = base().setting("auth.roles", "store").setting("auth.oidc.first.roles_claim", "groups");
    check(asked, "auth.oidc.first.roles_claim = \"groups\"");
    check(base().setting("auth.oidc.Second.issuer", "x"), "there is no setting `auth.oidc.Second.issuer`");
    let twice = base().setting("auth.oidc.second.issuer", "http://127.0.0.1:9");
    check(twice.setting("auth.oidc.second.client_id", "shop"), "another one than that of auth.oidc.first");
    let nobody = DeclarativeServer::new("127.0.0.1:0").setting("auth.oidc.first.issuer", "http://127.0.0.1:9");
    check(nobody, "no users who could log in");
    TestServer::start(base());
}
