//! Logging in through a provider: who comes in, and everybody who must not.

mod accounts;
mod flow;
mod links;
mod provider;
mod reach;
mod settings;
mod signatures;

use std::fs;
use std::sync::mpsc::Receiver;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use acceptance::Folder;
use acceptance::notes::{PASSWORD, PATIENCE, program};
use acceptance::who::Who;
use aws_lc_rs::digest::{SHA256, digest};
use lithair_auth::base64;
use lithair_core::client::Response;
use lithair_core::prelude::*;
use lithair_core::testing::TestServer;
use lithair_core::users::{About, Notice, Users};
use provider::Provider;
use serde_json::{Value, json};

const BEGIN: &str = "/_lithair/auth/oidc/first";

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

fn program_with(
    folder: &Folder,
    providers: &[&Provider],
    settings: &[(&str, &str)],
) -> (DeclarativeServer, Receiver<Notice>) {
    let secret = folder.join("secret");
    fs::write(&secret, "s3cret\n").expect("is written");
    let (program, sent) = program(Users::new());
    let mut program = program.setting("server.public_url", "https://shop.example");
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
        let (program, sent) = program_with(&folder, providers, settings);
        Self { server: TestServer::start(program), sent, folder }
    }

    /// The same program with other providers or settings. What it sends by mail, nobody reads.
    fn program(&self, providers: &[&Provider], settings: &[(&str, &str)]) -> DeclarativeServer {
        program_with(&self.folder, providers, settings).0
    }

    fn browser(&self) -> Browser<'_> {
        Browser { server: &self.server, cookies: Vec::new() }
    }

    fn admin(&self, request: &Value) {
        self.asked(request);
    }

    /// What an administrator is answered.
    fn asked(&self, request: &Value) -> Value {
        let answer = Who::of("root", &["Root"]).ask(&self.server.url(), "POST", "/_lithair/admin", request);
        assert_eq!(answer.status, 200, "{:?}", answer.json());
        answer.json().expect("JSON")
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
