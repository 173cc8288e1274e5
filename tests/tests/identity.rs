//! Who asks: tokens of an issuer whose keys are in a file or at an address, and settings that cannot be.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use std::{fs, thread};

use acceptance::{App, Folder, Response};
use lithair_auth::base64;
use lithair_core::Db;
use lithair_core::prelude::*;
use lithair_core::testing::{Algorithm, Issuer, TestServer};
use serde_json::{Value, json};

const BINARY: &str = env!("CARGO_BIN_EXE_acceptance");

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

/// Tokens that the program signs itself: each is its subject's, of this data directory, until it ends or is taken back.
#[test]
fn a_program_says_itself_who_somebody_is() {
    let program = || DeclarativeServer::new("127.0.0.1:0").model::<Note>().with_own_tokens();
    let mut server = TestServer::start(program());
    let issue = |server: &TestServer, lifetime| Db::new(Arc::clone(server.engine())).issue_token("alice", lifetime);
    let hour = Duration::from_secs(3600);
    let (first, second) = (issue(&server, hour).expect("a token"), issue(&server, hour).expect("a token"));
    assert_eq!(status(&server, &first), 200);
    server.restart();
    assert_eq!(status(&server, &first), 200, "the secret is the directory's");
    assert_eq!(status(&TestServer::start(program()), &first), 401, "of another directory");
    assert_eq!(status(&server, &format!("{first}x")), 401);
    let authorization = format!("Bearer {first}");
    let headers = [("authorization", authorization.as_str())];
    let logout = server.client().request("POST", "/_lithair/auth/logout", &headers, "").expect("answers");
    assert_eq!(logout.status, 204);
    assert_eq!((status(&server, &first), status(&server, &second)), (401, 200), "one is taken back, and not the other");
    let never = TestServer::start(DeclarativeServer::new("127.0.0.1:0").model::<Note>());
    assert!(issue(&never, hour).expect_err("is refused").to_string().contains("with_own_tokens"));
}

#[test]
fn there_is_one_issuer() {
    let issuer = Issuer::new(Algorithm::Hs256);
    let folder = Folder::new(env!("CARGO_TARGET_TMPDIR"), "identity-one-issuer");
    let secret = folder.join("secret");
    fs::write(&secret, issuer.verification_key()).expect("is written");
    let both = program().with_own_tokens().setting("auth.jwt.algorithm", "HS256");
    let both = both.setting("auth.jwt.secret_file", secret.to_str().expect("Unicode"));
    let error = TestServer::try_start(both).err().expect("two issuers");
    assert!(error.to_string().contains("there is one issuer"), "{error}");
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

    // Who logs out is out, although the issuer's signature is as good as before.
    let logout = server.client().request("POST", "/_lithair/auth/logout", &headers, "").expect("answers");
    assert_eq!(logout.status, 204);
    let answer = server.client().request("GET", "/api/notes", &headers[1..], "").expect("answers");
    assert_eq!(answer.status, 401);

    // Nothing of a token is kept, in no file.
    let secret = token.rsplit('.').next().expect("a signature");
    for entry in fs::read_dir(server.data()).expect("is there") {
        let bytes = fs::read(entry.expect("is there").path()).expect("can be read");
        assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()));
    }
}

/// The order of the curve (SEC 2, 2.4.2): with `s`, `n - s` is a signature of the same text, which nobody needs the key for.
const P256_ORDER: &str = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";

/// The same token with the other signature.
fn malleated(token: &str) -> String {
    let (signed, signature) = token.rsplit_once('.').expect("a signature");
    let mut signature = base64::decode(signature).expect("is base64");
    let order: Vec<u8> = (0..32)
        .map(|place| u8::from_str_radix(&P256_ORDER[2 * place..2 * place + 2], 16).expect("is hexadecimal"))
        .collect();
    let mut borrow = 0;
    for (byte, order) in signature[32..].iter_mut().zip(&order).rev() {
        let difference = 0x100 + u16::from(*order) - u16::from(*byte) - borrow;
        *byte = u8::try_from(difference % 0x100).expect("is a byte");
        borrow = u16::from(difference < 0x100);
    }
    format!("{signed}.{}", base64::encode(&signature))
}

/// It was remembered by its whole text, of which the signature has another one that is as good.
#[test]
fn a_token_that_was_taken_back_stays_so_whichever_signature_it_has() {
    let folder = Folder::new(env!("CARGO_TARGET_TMPDIR"), "identity-malleable");
    let issuer = Issuer::new(Algorithm::Es256);
    let file = folder.join("key.pem");
    fs::write(&file, issuer.verification_key()).expect("is written");
    let program = program()
        .setting("auth.jwt.algorithm", "ES256")
        .setting("auth.jwt.public_key_file", file.to_str().expect("a text"));
    let server = TestServer::start(program);
    let logout = |token: &str| {
        let authorization = format!("Bearer {token}");
        let headers = [("authorization", authorization.as_str())];
        server.client().request("POST", "/_lithair/auth/logout", &headers, "").expect("answers").status
    };
    for _ in 0..4 {
        let mut claims = claims();
        claims["jti"] = json!(format!("{:?}", Instant::now()));
        let token = issuer.token(&claims);
        let other = malleated(&token);
        assert_ne!(token, other);
        assert_eq!((status(&server, &token), status(&server, &other)), (200, 200), "both signatures are the key's");
        assert_eq!(logout(&token), 204);
        assert_eq!((status(&server, &token), status(&server, &other)), (401, 401));
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
        .setting("limits.auth_failures", "1000000")
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
        (&[("algorithm", "RS256"), ("jwks_url", "ftp://issuer.example/keys")], "expected https://"),
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

fn keys(folder: &Path, words: &str) -> (i32, Value, String) {
    let output = Command::new(BINARY)
        .arg("keys")
        .args(words.split(' '))
        .args(["--json", "--data"])
        .arg(folder)
        .output()
        .expect("runs");
    let json = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
    (output.status.code().expect("ends"), json, String::from_utf8_lossy(&output.stderr).into_owned())
}

fn with_key(app: &App, method: &str, path: &str, key: &str) -> Response {
    let authorization = format!("Bearer {key}");
    let headers = [("authorization", authorization.as_str()), ("content-type", "application/json")];
    let body: &[u8] = if method == "POST" { br#"{"name":"taxes"}"# } else { b"" };
    app.client().request(method, path, &headers, body).expect("answers")
}

#[test]
fn a_key_is_made_used_and_taken_back_while_the_server_runs_and_while_it_does_not() {
    let folder = Folder::new(env!("CARGO_TARGET_TMPDIR"), "identity-keys");
    let data = folder.join("data");
    // Nobody runs on the directory yet, and there is none.
    let (exit, made, _) = keys(&data, "create --role Admin --org acme --expires 30d --name ci");
    assert_eq!(exit, 0);
    let (first, first_id) = (text(&made, "key"), text(&made, "id"));
    assert!(first.starts_with(&format!("lth_live_{first_id}_")), "{first}");
    assert_eq!((&made["roles"], &made["tenant"]), (&json!(["Admin"]), &json!("acme")));
    assert_eq!(made["scopes"], json!(["read", "write"]));

    let app = App::start(BINARY, &data).expect("starts");
    let created = with_key(&app, "POST", "/api/binders", &first);
    assert_eq!(created.status, 201, "{}", created.json());
    let (exit, made, error) = keys(&data, "create --role Reader --expires 1h --scope read --env test --subject bob");
    assert_eq!(exit, 0, "the server that holds the directory is asked: {error}");
    let (second, second_id) = (text(&made, "key"), text(&made, "id"));
    assert!(second.starts_with("lth_test_"));
    assert_eq!(with_key(&app, "GET", "/api/binders", &second).status, 200);
    let refused = with_key(&app, "POST", "/api/binders", &second);
    assert_eq!((refused.status, &refused.json()["code"]), (403, &json!("insufficient-scope")));
    // A batch is what its operations are.
    let authorization = format!("Bearer {second}");
    let headers = [("authorization", authorization.as_str()), ("content-type", "application/json")];
    let batch = br#"{"ops":[{"op":"create","collection":"binders","data":{"name":"b"}}]}"#;
    assert_eq!(app.client().request("POST", "/api/_batch", &headers, batch).expect("answers").status, 403);

    let listed = keys_listed(&data);
    assert_eq!(listed.iter().map(|key| text(key, "id")).collect::<Vec<_>>().len(), 2);
    assert!(listed.iter().all(|key| key.get("key").is_none() && key.get("hash").is_none()), "{listed:?}");
    assert_eq!(keys(&data, &format!("revoke {second_id}")).0, 0);
    assert_eq!(with_key(&app, "GET", "/api/binders", &second).status, 401, "at once");
    assert_eq!(with_key(&app, "GET", "/api/binders", &first).status, 200);

    // In no file, and nothing that leads to these records.
    for path in ["/api/lithair/api-keys", "/api/lithair%2Fapi-keys", "/_lithair/admin"] {
        assert_eq!(with_key(&app, "POST", path, &first).status, 404, "{path}");
    }
    for document in ["/_lithair/schema.json", "/_lithair/openapi.json"] {
        assert!(!with_key(&app, "GET", document, &first).json().to_string().contains("api_keys"), "{document}");
    }
    assert_eq!(
        with_key(&app, "GET", "/api/binders/1/history", &first).json()["items"][0]["actor"],
        format!("key:{first_id}")
    );
    app.kill();
    let (exit, _, _) = keys(&data, &format!("revoke {first_id}"));
    assert_eq!(exit, 0, "nobody runs, and the file that a killed server left leads nowhere");
    let app = App::start(BINARY, &data).expect("starts");
    assert_eq!(with_key(&app, "GET", "/api/binders", &first).status, 401);
    assert_eq!(keys_listed(&data).len(), 2);
    drop(app);
    for secret in [&first, &second] {
        let secret = secret.split('_').nth(3).expect("a secret");
        for entry in fs::read_dir(&data).expect("is there") {
            let path = entry.expect("is there").path();
            let bytes = fs::read(&path).expect("can be read");
            assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()), "{}", path.display());
        }
    }
}

fn text(json: &Value, name: &str) -> String {
    json[name].as_str().unwrap_or_else(|| panic!("{name} of {json}")).to_owned()
}

fn keys_listed(data: &Path) -> Vec<Value> {
    let output = Command::new(BINARY).args(["keys", "list", "--json", "--data"]).arg(data).output().expect("runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let lines = output.stdout.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    lines.map(|line| serde_json::from_slice(line).expect("JSON")).collect()
}

#[test]
fn keys_that_cannot_be_are_refused_with_what_would_be_right() {
    let folder = Folder::new(env!("CARGO_TARGET_TMPDIR"), "identity-keys-refused");
    let data = folder.join("data");
    for (words, exit, expected) in [
        ("create --role Admin", 2, "--expires"),
        ("create --expires never", 2, "expected a time such as 30d"),
        ("create --expires 0s", 2, "a second to five years"),
        ("create --expires 9000d", 2, "a second to five years"),
        ("create --expires 1d --env LIVE", 2, "small letters and digits"),
        ("create --expires 1d --role ", 2, "1 to 128 bytes"),
        ("list --url http://127.0.0.1:1", 2, "two places"),
        ("list --token-file x", 2, "--url"),
    ] {
        let (found, _, error) = keys(&data, words);
        assert_eq!(found, exit, "{words}: {error}");
        assert!(error.contains(expected), "{words}: {error}");
    }
    let (exit, _, error) = keys(&folder.join("none"), "list");
    assert_eq!((exit, error.contains("no such directory")), (4, true), "{error}");
    assert_eq!(keys(&data, "create --expires 1d").0, 0);
    assert_eq!(keys(&data, "revoke nonesuch").0, 1);
}

#[test]
fn over_http_only_administrators_are_heard() {
    let folder = Folder::new(env!("CARGO_TARGET_TMPDIR"), "identity-admin");
    let secret = folder.join("secret");
    let issuer = Issuer::new(Algorithm::Hs256);
    fs::write(&secret, issuer.verification_key()).expect("is written");
    let program = program()
        .setting("auth.admin_role", "Root")
        .setting("auth.jwt.algorithm", "HS256")
        .setting("auth.jwt.secret_file", secret.to_str().expect("a text"));
    let server = TestServer::start(program);
    let ask = |credential: Option<&str>, body: Value| {
        let authorization = format!("Bearer {}", credential.unwrap_or_default());
        let mut headers = vec![("content-type", "application/json")];
        headers.extend(credential.map(|_| ("authorization", authorization.as_str())));
        server.client().request("POST", "/_lithair/admin", &headers, body.to_string()).expect("answers")
    };
    let create = |roles: Value, scopes: Value| json!({ "do": "keys.create", "roles": roles, "scopes": scopes, "expires_seconds": 60 });
    assert_eq!(ask(None, json!({ "do": "keys.list" })).status, 403);
    assert_eq!(ask(Some(&issuer.token(&claims())), json!({ "do": "keys.list" })).status, 403, "Admin is not Root");
    let mut root = claims();
    root["roles"] = json!(["Root"]);
    let root = issuer.token(&root);
    let made = ask(Some(&root), create(json!(["Root"]), json!(["read"])));
    assert_eq!(made.status, 200);
    assert_eq!(made.header("cache-control"), Some("no-store"));
    let weak = text(&made.json().expect("JSON"), "key");
    assert_eq!(ask(Some(&weak), json!({ "do": "keys.list" })).status, 403, "the role without the scope");
    let strong = text(&ask(Some(&root), create(json!(["Root"]), json!(["admin"]))).json().expect("JSON"), "key");
    let listed = ask(Some(&strong), json!({ "do": "keys.list" })).json().expect("JSON");
    assert_eq!(listed["items"].as_array().map(Vec::len), Some(2));
    assert_eq!(listed["items"][0]["created_by"], "token:alice");
    for (body, status) in [
        (json!({ "do": "keys.burn" }), 400),
        (json!({ "do": "keys.revoke" }), 400),
        (json!({ "do": "keys.list", "all": true }), 400),
        (json!({ "do": "keys.revoke", "id": "x" }), 404),
        (json!({ "do": "keys.create", "expires_seconds": 0 }), 422),
    ] {
        let answer = ask(Some(&root), body.clone());
        assert_eq!(answer.status, status, "{body}: {:?}", answer.json());
    }

    // The same from the command line.
    let token = folder.join("token");
    fs::write(&token, format!("{strong}\n")).expect("is written");
    let output = Command::new(BINARY)
        .args(["keys", "list", "--json", "--url", &server.url(), "--token-file"])
        .arg(&token)
        .output()
        .expect("runs");
    assert_eq!(
        output.stdout.iter().filter(|byte| **byte == b'\n').count(),
        2,
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let refused = Command::new(BINARY).args(["keys", "list", "--url", &server.url()]).output().expect("runs");
    assert_eq!(refused.status.code(), Some(4));
}
