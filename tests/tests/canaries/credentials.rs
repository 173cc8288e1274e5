//! Credentials that are good, and the same ones when they are taken back, over, or somebody else's.

use std::fs;
use std::time::{SystemTime, UNIX_EPOCH};

use acceptance::Folder;
use acceptance::who::{check, text};
use lithair_core::testing::{Algorithm, Issuer, TestServer};
use lithair_core::users::Users;
use serde_json::{Value, json};

use super::callers::{Answer, Caller, answers, judge};
use super::cases::{Known, Standing, filled, program};
use super::{ACME, standing};

const PASSWORD: &str = "correct horse canary";

/// A server that takes tokens of an issuer, keys and sessions.
struct Office {
    server: TestServer,
    url: String,
    issuer: Issuer,
    root: Caller,
}

fn seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs()
}

fn claims(subject: &str, roles: &[&str]) -> Value {
    let exp = seconds() + 3_600;
    json!({ "iss": "issuer", "aud": "cases", "sub": subject, "exp": exp, "roles": roles, "tenant": "acme", "scope": "export" })
}

fn bearer(name: &str, credential: &str, standing: Standing) -> Caller {
    Caller::with(name, ("authorization", format!("Bearer {credential}")), standing)
}

impl Office {
    fn open(folder: &Folder) -> Self {
        let issuer = Issuer::new(Algorithm::Hs256);
        let secret = folder.join("secret");
        fs::write(&secret, issuer.verification_key()).expect("is written");
        let settings = [
            ("auth.jwt.algorithm", "HS256"),
            ("auth.jwt.secret_file", secret.to_str().expect("a text")),
            ("auth.jwt.issuer", "issuer"),
            ("auth.jwt.audience", "cases"),
            ("auth.admin_role", "Root"),
            ("limits.auth_failures", "1000000"),
        ];
        let program = settings
            .into_iter()
            .fold(program().with_users(Users::new()), |program, (key, value)| program.setting(key, value));
        let server = TestServer::start(program);
        // Nobody gives what they lack.
        let mut all = claims("root", &["Root", "Chief", "Clerk"]);
        all["scope"] = json!("read write export");
        let root = bearer("root", &issuer.token(&all), Standing::default());
        Self { url: server.url(), server, issuer, root }
    }

    fn administer(&self, request: Value) -> Value {
        let answer = self.root.ask(&self.url, "POST", "/_lithair/admin", &[], &request);
        assert_eq!(answer.status, 200, "{request}: {}", text(&answer));
        answer.json().unwrap_or_default()
    }

    fn token(&self, name: &str, claims: &Value, standing: Standing) -> Caller {
        bearer(name, &self.issuer.token(claims), standing)
    }

    /// A key, and its id.
    fn key(&self, request: Value, standing: Standing) -> (Caller, String) {
        let mut all = json!({ "do": "keys.create", "tenant": "acme", "expires_seconds": 600 });
        all.as_object_mut().expect("an object").extend(request.as_object().expect("an object").clone());
        let made = self.administer(all);
        let word = |name: &str| made[name].as_str().expect("a text").to_owned();
        (bearer(&format!("key {request}"), &word("key"), standing), word("id"))
    }

    /// A clerk who logs in with a password.
    fn session(&self, email: &str) -> Caller {
        let user =
            json!({ "do": "user.create", "email": email, "roles": ["Clerk"], "tenant": "acme", "password": PASSWORD });
        self.administer(user);
        let nobody = Caller { name: String::new(), headers: Vec::new(), standing: Standing::default() };
        let body = json!({ "email": email, "password": PASSWORD });
        let login = nobody.ask(&self.url, "POST", "/_lithair/auth/login", &[], &body);
        let cookie = login.header("set-cookie").expect("a cookie").split(';').next().expect("a pair").to_owned();
        Caller::with(&format!("session of {email}"), ("cookie", cookie), standing(ACME, "", "Clerk"))
    }
}

/// Judges that somebody is nobody: whatever they ask of records is 401, always in the same words.
fn is_refused(url: &str, known: &[Known], caller: &Caller) -> u64 {
    let nobody = Caller { standing: Standing::default(), ..caller.clone() };
    let answers = answers(url, &nobody);
    let mut said = None;
    for Answer { asked, status, .. } in answers.iter().filter(|answer| answer.asked.contains(" /api/")) {
        assert_eq!(*status, 401, "{}: {asked}", caller.name);
    }
    for path in ["/api/cases/1", "/api/cases/777", "/api/notes"] {
        let answer = caller.ask(url, "GET", path, &[], &Value::Null);
        let mut body = answer.json().expect("is JSON");
        body.as_object_mut().expect("an object").remove("request_id");
        assert_eq!(said.get_or_insert_with(|| body.clone()), &body, "{}", caller.name);
    }
    judge(known, &nobody, &answers)
}

#[test]
fn a_credential_shows_what_its_holder_may_see_and_nothing_once_it_is_no_good() {
    let folder = Folder::new(env!("CARGO_TARGET_TMPDIR"), "canaries-credentials");
    let office = Office::open(&folder);
    // What the test server takes for a credential is no part of this: the records are made with it.
    let known = filled(&office.url);
    let url = office.url.as_str();
    let (ann, clerk, chief) = (standing(ACME, "ann", ""), standing(ACME, "", "Clerk"), standing(ACME, "chaz", "Chief"));

    let token = office.token("ann's token", &claims("ann", &[]), ann);
    let chiefs = office.token("a chief's token", &claims("chaz", &["Chief"]), chief);
    let (key, key_id) = office.key(json!({ "roles": ["Clerk"], "scopes": ["read"] }), clerk);
    let (brief, _) =
        office.key(json!({ "roles": ["Chief"], "scopes": ["read"], "expires_seconds": 1 }), Standing::default());
    let (writing, _) = office.key(json!({ "roles": ["Chief"], "scopes": ["write"] }), Standing::default());
    let (session, disabled) = (office.session("ada@example.org"), office.session("dan@example.org"));

    let mut decisions = 0;
    for caller in [&token, &chiefs, &key, &session, &disabled] {
        decisions += judge(&known, caller, &answers(url, caller));
    }
    // A key for reading changes nothing, and one for writing reads nothing, whatever its roles may.
    let rename = json!({ "title": "changed" });
    check(&key.ask(url, "PATCH", "/api/cases/1", &[], &rename), "403 insufficient-scope");
    let asked = answers(url, &writing);
    let reads = asked.iter().filter(|answer| answer.asked.starts_with("GET /api/"));
    for Answer { asked, status, told } in reads {
        assert_eq!(*status, 403, "{asked}: {told}");
    }
    decisions += judge(&known, &writing, &asked);

    // Never good: each of these is right but for one thing.
    let with = |name: &str, value: Value| {
        let mut claims = claims("chaz", &["Chief"]);
        claims[name] = value;
        office.token(&format!("{name} of another"), &claims, chief)
    };
    let stranger =
        bearer("another issuer's key", &Issuer::new(Algorithm::Hs256).token(&claims("chaz", &["Chief"])), chief);
    let tampered = Caller::with("one letter more", ("authorization", chiefs.headers[0].1.clone() + "x"), chief);
    let never = [
        with("exp", json!(seconds() - 3_600)),
        with("nbf", json!(seconds() + 3_600)),
        with("aud", json!("elsewhere")),
        with("iss", json!("elsewhere")),
        stranger,
        tampered,
    ];
    for caller in &never {
        decisions += is_refused(url, &known, caller);
    }

    // Good until now.
    check(&token.ask(url, "POST", "/_lithair/auth/logout", &[], &Value::Null), "204");
    check(&session.ask(url, "POST", "/_lithair/auth/logout", &[], &json!({})), "204");
    office.administer(json!({ "do": "keys.revoke", "id": key_id }));
    office.administer(json!({ "do": "user.disable", "email": "dan@example.org" }));
    while brief.ask(url, "GET", "/api/cases", &[], &Value::Null).status != 401 {
        std::thread::yield_now();
    }
    for caller in [&token, &session, &key, &disabled, &brief] {
        decisions += is_refused(url, &known, caller);
    }
    // What somebody else has is as good as before.
    decisions += judge(&known, &chiefs, &answers(url, &chiefs));
    eprintln!("{decisions} decisions");
    assert!(decisions >= 50_000, "{decisions}");
    drop(office.server);
}
