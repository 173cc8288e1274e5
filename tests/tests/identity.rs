//! Who asks: tokens of an issuer whose keys are in a file or at an address, and settings that cannot be.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};
use std::time::{Instant, SystemTime, UNIX_EPOCH};
use std::{fs, thread};

use acceptance::Folder;
use lithair_core::prelude::*;
use lithair_core::testing::{Algorithm, Issuer, TestServer};
use serde_json::{Value, json};

#[derive(DeclarativeModel)]
#[permission(all = public)]
struct Note {
    #[db(primary_key, auto = sequence)]
    number: i64,
    text: String,
    /// Who wrote it, as the hook sees them.
    #[http(read_only)]
    #[db(default = "")]
    author: String,
}

#[hooks]
impl Note {
    #[hook(before(create))]
    fn sign(&mut self, cx: &Context) {
        let principal = cx.principal();
        let department = principal.claim("department").and_then(Value::as_str).unwrap_or("none");
        let admin = principal.has_role("Admin");
        self.author = format!(
            "{} of {} in {department}, admin: {admin}",
            principal.subject().unwrap_or("nobody"),
            principal.tenant().unwrap_or("none")
        );
    }
}

fn program() -> DeclarativeServer {
    DeclarativeServer::new("127.0.0.1:0")
        .model::<Note>()
        .setting("auth.jwt.issuer", "issuer")
        .setting("auth.jwt.audience", "notes")
}

fn claims() -> Value {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
    json!({
        "iss": "issuer", "aud": "notes", "sub": "alice", "exp": seconds + 3600, "roles": ["Admin"], "tenant": "acme",
        "department": "sales",
    })
}

fn status(server: &TestServer, token: &str) -> u16 {
    let authorization = format!("Bearer {token}");
    let answer = server.client().request("GET", "/api/notes", &[("authorization", &authorization)], "");
    answer.expect("answers").status
}

/// An address that publishes what is in the slot, and counts who asks.
fn publish() -> (SocketAddr, Arc<Mutex<(String, u32)>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let addr = listener.local_addr().expect("an address");
    let slot = Arc::new(Mutex::new((String::new(), 0)));
    let shown = Arc::clone(&slot);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("a connection");
            let _ = stream.read(&mut [0; 1024]).expect("a request");
            let mut shown = shown.lock().expect("is whole");
            shown.1 += 1;
            let body = &shown.0;
            write!(stream, "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}", body.len())
                .expect("is sent");
        }
    });
    (addr, slot)
}

#[test]
fn code_of_the_application_and_the_past_know_whom_a_token_speaks_of() {
    let folder = Folder::new(env!("CARGO_TARGET_TMPDIR"), "identity-code");
    let issuer = Issuer::new(Algorithm::Ps256);
    let file = folder.join("key.pem");
    fs::write(&file, issuer.verification_key()).expect("is written");
    let program = program()
        .setting("auth.jwt.algorithm", "PS256")
        .setting("auth.jwt.public_key_file", file.to_str().expect("a text"));
    let server = TestServer::start(program);
    let token = format!("Bearer {}", issuer.token(&claims()));
    let headers = [("content-type", "application/json"), ("authorization", token.as_str())];
    let made = server.client().request("POST", "/api/notes", &headers, r#"{"text":"a"}"#).expect("answers");
    assert_eq!(made.status, 201);
    assert_eq!(made.json().expect("JSON")["author"], "alice of acme in sales, admin: true");
    let anonymous = server.send("POST", "/api/notes", &json!({ "text": "b" })).json().expect("JSON");
    assert_eq!(anonymous["author"], "nobody of none in none, admin: false");
    let past = |number: u64| {
        server.get(&format!("/api/notes/{number}/history")).json().expect("JSON")["items"][0]["actor"].take()
    };
    assert_eq!((past(1), past(2)), (json!("token:alice"), Value::Null));

    // Nothing of a token is kept, in no file.
    let secret = token.rsplit('.').next().expect("a signature");
    for entry in fs::read_dir(server.data()).expect("is there") {
        let bytes = fs::read(entry.expect("is there").path()).expect("can be read");
        assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()));
    }
}

#[test]
fn keys_of_an_address_change_while_it_runs_and_guesses_do_not_make_it_ask() {
    let [first, second, third] = [(); 3].map(|()| Issuer::new(Algorithm::Es256));
    let (addr, slot) = publish();
    let show = |issuer: &Issuer, kid: &str| {
        slot.lock().expect("is whole").0 = json!({ "keys": [issuer.jwk(kid)] }).to_string();
    };
    let asked = || slot.lock().expect("is whole").1;
    let token = |issuer: &Issuer, kid: &str| {
        issuer.sign(&json!({ "alg": "ES256", "typ": "at+jwt", "kid": kid }).to_string(), &claims().to_string())
    };
    let program = program()
        .setting("auth.jwt.algorithm", "ES256")
        .setting("auth.jwt.jwks_url", format!("http://{addr}/keys?v=1"));
    // Nothing is published yet: it serves, and says that it is not ready.
    let server = TestServer::start(program);
    let ready = server.get("/health/ready");
    assert_eq!(ready.status, 503);
    assert!(ready.json().expect("JSON")["checks"]["keys"].is_string());

    show(&first, "a");
    assert_eq!(status(&server, &token(&first, "a")), 200, "a key that is not known is looked for at once");
    assert_eq!(server.get("/health/ready").status, 200);
    let before = asked();
    for _ in 0..20 {
        assert_eq!(status(&server, &token(&second, "b")), 401);
    }
    assert_eq!(asked(), before, "not more than once in a while");

    show(&third, "c");
    let began = Instant::now();
    while status(&server, &token(&third, "c")) != 200 {
        assert!(began.elapsed().as_secs() < 60, "the new key is found");
    }
    assert_eq!(status(&server, &token(&first, "a")), 401, "what is not published any more is not good any more");
}

#[test]
fn settings_that_cannot_be_stop_the_start_and_say_what_would_be_right() {
    let folder = Folder::new(env!("CARGO_TARGET_TMPDIR"), "identity-settings");
    let file = |name: &str, bytes: &[u8]| {
        let path = folder.join(name);
        fs::write(&path, bytes).expect("is written");
        path.to_str().expect("a text").to_owned()
    };
    let public = file("rsa.pem", &Issuer::new(Algorithm::Rs256).verification_key());
    let short = file("short", b"secret\n");
    let secret = file("secret", "s".repeat(32).as_bytes());
    let cases: [(&[(&str, &str)], &str); 13] = [
        (&[("algorithm", "none")], "expected one of HS256"),
        (&[("algorithm", "rs256")], "expected one of HS256"),
        (&[], "has no effect without auth.jwt.algorithm"),
        (&[("algorithm", "RS256")], "name one of"),
        (&[("algorithm", "RS256"), ("public_key_file", &public), ("jwks_file", &public)], "found 2"),
        (&[("algorithm", "HS256"), ("public_key_file", &public)], "is checked with a secret"),
        (&[("algorithm", "RS256"), ("secret_file", &secret)], "is checked with a public key"),
        (&[("algorithm", "HS256"), ("secret_file", &short)], "48 bits: HS256 takes 256"),
        (&[("algorithm", "ES256"), ("public_key_file", &public)], "none that checks ES256"),
        (&[("algorithm", "RS256"), ("public_key_file", "/nowhere/key.pem")], "/nowhere/key.pem: No such file"),
        (&[("algorithm", "RS256"), ("jwks_url", "https://issuer.example/keys")], "TLS is not supported yet"),
        (&[("algorithm", "RS256"), ("jwks_url", "http://192.0.2.1/keys")], "plain HTTP to another machine"),
        (&[("algorithm", "RS256"), ("public_key_file", &public), ("issuer", "")], "auth.jwt.issuer is missing"),
    ];
    for (settings, expected) in cases {
        let set =
            |program: DeclarativeServer, (key, text): &(&str, &str)| program.setting(&format!("auth.jwt.{key}"), text);
        let program = settings.iter().fold(program(), set);
        let error = TestServer::try_start(program).err().expect(expected).to_string();
        assert!(error.contains(expected), "{settings:?}: {error}");
        assert!(!error.contains("secret\n"), "no secret is shown");
    }
    let good = program().setting("auth.jwt.algorithm", "HS256").setting("auth.jwt.secret_file", &secret);
    TestServer::start(good);
}
