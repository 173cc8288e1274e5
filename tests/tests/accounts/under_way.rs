//! What takes long ends with the credential by which it was begun, and not by the clock.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Instant;

use acceptance::Folder;
use lithair_core::testing::{Algorithm, Issuer};

use super::*;

/// So many notes are far more bytes than wait in the buffers of a connection.
const NOTES: usize = 2_000;
const NOTE_BYTES: usize = 8 * 1024;
/// Lines of an import that are stored together.
const TOGETHER: usize = 500;

struct Office {
    server: TestServer,
    sent: Receiver<Notice>,
    issuer: Issuer,
}

impl Office {
    fn start() -> Self {
        let folder = Folder::new(env!("CARGO_TARGET_TMPDIR"), "under-way");
        let issuer = Issuer::new(Algorithm::Hs256);
        let secret = folder.join("secret");
        fs::write(&secret, issuer.verification_key()).expect("is written");
        let (mut program, sent) = program(Users::new());
        for (word, text) in [
            ("algorithm", "HS256"),
            ("secret_file", secret.to_str().expect("Unicode")),
            ("issuer", "issuer"),
            ("audience", "notes"),
        ] {
            program = program.setting(&format!("auth.jwt.{word}"), text);
        }
        Self { server: TestServer::start(program), sent, issuer }
    }

    fn with_notes() -> Self {
        let office = Self::start();
        let text = "a".repeat(NOTE_BYTES);
        let lines: String =
            (0..NOTES).map(|number| format!("{}\n", json!({ "number": number, "text": text }))).collect();
        let headers = [("content-type", "application/x-ndjson")];
        let imported = office.server.client().request("POST", "/api/notes:import", &headers, lines).expect("answers");
        assert_eq!(imported.json().expect("JSON")["created"], NOTES);
        office
    }

    fn admin(&self, request: &Value) -> Value {
        let answer = Who::of("root", &["Root"]).ask(&self.server.url(), "POST", "/_lithair/admin", request);
        assert!([200, 201].contains(&answer.status), "{:?}", answer.json());
        answer.json().expect("JSON")
    }

    fn token(&self, seconds: i64) -> String {
        let ends = now().micros() / 1_000_000 + seconds;
        let claims = json!({ "iss": "issuer", "aud": "notes", "sub": "tom", "exp": ends });
        format!("Bearer {}", self.issuer.token(&claims))
    }

    fn session(&self, email: &str) -> String {
        format!("__Host-lithair={}", registered(&self.server, &self.sent, email))
    }

    fn key(&self) -> (String, Value) {
        let made = self
            .admin(&json!({ "do": "keys.create", "name": "k", "scopes": ["read", "write"], "expires_seconds": 3600 }));
        (format!("Bearer {}", made["key"].as_str().expect("a key")), made["id"].clone())
    }

    fn send(&self, head: &str, credential: (&str, &str)) -> TcpStream {
        let address = self.server.url().replace("http://", "");
        let mut stream = TcpStream::connect(address).expect("connects");
        stream.set_read_timeout(Some(PATIENCE)).expect("a time");
        let (name, value) = credential;
        stream.write_all(format!("{head}host: test\r\n{name}: {value}\r\n\r\n").as_bytes()).expect("is sent");
        stream
    }

    /// Begins an export, whose end is far away.
    fn export(&self, credential: (&str, &str)) -> TcpStream {
        let mut stream = self.send("GET /api/notes HTTP/1.1\r\naccept: application/x-ndjson\r\n", credential);
        let mut begin = [0; NOTE_BYTES];
        stream.read_exact(&mut begin).expect("begins");
        assert!(begin.starts_with(b"HTTP/1.1 200 "), "{}", String::from_utf8_lossy(&begin));
        stream
    }
}

/// Reads the rest of an export, to its last chunk or to where it breaks off; whether it is all there.
fn is_whole(mut stream: TcpStream) -> bool {
    let (mut rest, mut bytes) = (Vec::new(), [0; 64 * 1024]);
    while !rest.ends_with(b"\r\n0\r\n\r\n") {
        match stream.read(&mut bytes) {
            Ok(0) | Err(_) => return false,
            Ok(count) => rest.extend_from_slice(&bytes[..count]),
        }
    }
    assert!(rest.len() > (NOTES - 1) * NOTE_BYTES);
    true
}

#[test]
fn an_export_ends_when_its_credential_is_taken_back() {
    let office = Office::with_notes();
    let (token, (key, key_id)) = (office.token(3_600), office.key());
    let (ada, bob, eve) =
        (office.session("ada@example.org"), office.session("bob@example.org"), office.session("eve@example.org"));
    let logout = |credential| {
        let mut stream = office.send(
            "POST /_lithair/auth/logout HTTP/1.1\r\nlithair-request: 1\r\ncontent-length: 0\r\nconnection: close\r\n",
            credential,
        );
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("answers");
        assert!(answer.starts_with("HTTP/1.1 204 "), "{answer}");
    };
    let by_token = ("authorization", token.as_str());
    let grant = || office.admin(&json!({ "do": "rbac.grant", "subject": "token:tom", "role": "Root" }));

    // Whoever keeps theirs has all of it, and so has nobody in particular.
    for credential in [("authorization", key.as_str()), ("x-nothing", "at all")] {
        assert!(is_whole(office.export(credential)), "{credential:?}");
    }
    // What is taken from others is not taken from her.
    let eves = office.export(("cookie", &eve));
    let taken: [(&str, &str, &dyn Fn()); 5] = [
        ("a role is given", token.as_str(), &|| drop(grant())),
        ("a token", token.as_str(), &|| logout(by_token)),
        ("a key", key.as_str(), &|| drop(office.admin(&json!({ "do": "keys.revoke", "id": key_id })))),
        ("a session", ada.as_str(), &|| logout(("cookie", &ada))),
        ("a user", bob.as_str(), &|| drop(office.admin(&json!({ "do": "user.disable", "email": "bob@example.org" })))),
    ];
    for (what, credential, take_back) in taken {
        let name = if credential.starts_with("Bearer ") { "authorization" } else { "cookie" };
        let export = office.export((name, credential));
        take_back();
        assert!(!is_whole(export), "{what}");
    }
    assert!(is_whole(eves));
}

#[test]
fn an_export_goes_on_when_its_token_is_over() {
    let office = Office::with_notes();
    // Clocks may differ by half a minute.
    let token = office.token(-25);
    let credential = ("authorization", token.as_str());
    let export = office.export(credential);
    let is_over = || {
        let headers = [credential];
        office.server.client().request("GET", "/api/notes/1", &headers, "").expect("answers").status == 401
    };
    let began = Instant::now();
    while !is_over() {
        assert!(began.elapsed() < 2 * PATIENCE, "a token does not end");
        std::thread::yield_now();
    }
    assert!(is_whole(export));
}

#[test]
fn an_import_ends_when_its_credential_is_taken_back() {
    let office = Office::start();
    let (key, key_id) = office.key();
    let head = "POST /api/notes:import HTTP/1.1\r\ncontent-type: application/x-ndjson\r\ntransfer-encoding: chunked\r\nconnection: close\r\n";
    let mut import = office.send(head, ("authorization", &key));
    let mut send = |numbers: std::ops::Range<usize>, end: &str| {
        let lines: String = numbers.map(|number| format!("{}\n", json!({ "number": number, "text": "a" }))).collect();
        import.write_all(format!("{:x}\r\n{lines}\r\n{end}", lines.len()).as_bytes()).expect("is sent");
    };
    let stored = || {
        let list = office.server.get("/api/notes?limit=1&count=exact").json().expect("JSON");
        list["total"].as_u64().expect("a count")
    };
    send(1..TOGETHER + 2, "");
    let began = Instant::now();
    while stored() == 0 {
        assert!(began.elapsed() < PATIENCE, "nothing is stored");
        std::thread::yield_now();
    }
    office.admin(&json!({ "do": "keys.revoke", "id": key_id }));
    send(TOGETHER + 2..2 * TOGETHER, "0\r\n\r\n");
    let mut answer = String::new();
    import.read_to_string(&mut answer).expect("answers");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
    assert!(head.starts_with("HTTP/1.1 401 "), "{answer}");
    let told: Value = serde_json::from_str(body).expect("JSON");
    assert_eq!((&told["code"], &told["imported"]["created"]), (&json!("unauthenticated"), &json!(TOGETHER)), "{told}");
    assert_eq!(stored(), TOGETHER as u64);
}
