//! Routes of the application's own: the same records, the same limits, the same words where something is refused.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::thread;

use acceptance::{App, Client, Folder, Response};
use serde_json::{Value, json};

const BINARY: &str = env!("CARGO_BIN_EXE_guestbook");

fn start(name: &str) -> (Folder, App) {
    let folder = Folder::new(env!("CARGO_TARGET_TMPDIR"), name);
    let app = App::start(BINARY, &folder.join("data")).expect("starts");
    (folder, app)
}

fn sign(client: &mut Client, name: &str) -> Response {
    client.send("POST", "/sign", &json!({"name": name})).expect("answers")
}

fn code(answer: &Response) -> (u16, Value) {
    (answer.status, answer.json()["code"].clone())
}

#[test]
fn what_a_handler_writes_is_written_as_by_the_api() {
    let (_folder, app) = start("guestbook-write");
    let client = &mut app.client();
    let signed = sign(client, "  Ada ");
    assert_eq!((signed.status, signed.json()), (201, json!({"number": 1, "guests": 1})));
    let read = client.get("/api/guests/1").expect("answers");
    assert_eq!(read.json()["name"], "Ada", "normalized, too");
    assert!(signed.position() >= read.position(), "the answer says what it reflects");
    let page = client.get("/").expect("answers");
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    assert!(String::from_utf8_lossy(&page.body).contains("<li>Ada"));
    let waved = client.send("POST", "/guests/1/wave", &json!({})).expect("answers");
    assert_eq!(String::from_utf8_lossy(&waved.body), "Ada has waved 1 times");
    assert_eq!(client.send("POST", "/forget", &json!({})).expect("answers").status, 204);
    assert_eq!(client.get("/api/guests").expect("answers").json()["items"], json!([]));
}

#[test]
fn what_is_refused_is_told_in_the_same_words() {
    let (_folder, app) = start("guestbook-refused");
    let client = &mut app.client();
    assert_eq!(sign(client, "Ada").status, 201);
    let twins = [sign(client, "Ada"), client.send("POST", "/api/guests", &json!({"name": "Ada"})).expect("answers")];
    let [own, generated] = twins.map(|answer| {
        let mut problem = answer.json();
        let request = problem.as_object_mut().expect("an object").remove("request_id");
        assert_eq!(request, answer.header("x-request-id").map(Into::into), "a problem names its request");
        (answer.status, answer.header("content-type").map(str::to_owned), problem)
    });
    assert_eq!(own, generated);
    assert_eq!(own.0, 409);
    let long = sign(client, &"a".repeat(21));
    assert_eq!(code(&long), (422, json!("validation-failed")));
    assert_eq!(long.json()["errors"][0]["pointer"], "/name");
    for _ in 0..3 {
        assert_eq!(client.send("POST", "/guests/1/wave", &json!({})).expect("answers").status, 200);
    }
    let enough = client.send("POST", "/guests/1/wave", &json!({})).expect("answers");
    assert_eq!((enough.status, &enough.json()["reason"]), (409, &json!("enough")));
    let nobody = client.send("POST", "/guests/9/wave", &json!({})).expect("answers");
    assert_eq!(code(&nobody), (404, json!("record-not-found")));
}

#[test]
fn the_servers_own_paths_come_first_and_layers_stand_around_everything() {
    let (_folder, app) = start("guestbook-paths");
    let client = &mut app.client();
    let list = client.get("/api/guests").expect("answers");
    assert_eq!((list.status, &list.json()["items"]), (200, &json!([])), "not the handler that panics");
    assert_eq!(code(&client.get("/api/guest").expect("answers")), (404, json!("no-such-path")));
    assert_eq!(client.get("/nowhere").expect("answers").status, 404);
    for path in ["/", "/api/guests", "/health/live", "/nowhere"] {
        let answer = client.get(path).expect("answers");
        assert_eq!(answer.header("x-welcome"), Some("to everybody"), "{path}");
        assert!(answer.header("x-request-id").is_some(), "{path}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
    }
    let traced = client.request("GET", "/", &[("x-request-id", "mine-7")], b"").expect("answers");
    assert_eq!(traced.header("x-request-id"), Some("mine-7"));
    let metrics = client.get("/metrics").expect("answers");
    assert!(String::from_utf8_lossy(&metrics.body).contains("route=\"custom\""));
}

#[test]
fn a_bug_of_a_handler_is_one_answer_and_no_end() {
    let (_folder, app) = start("guestbook-bug");
    let client = &mut app.client();
    assert_eq!(code(&client.get("/broken").expect("answers")), (500, json!("internal-error")));
    assert_eq!(client.get("/").expect("answers").status, 200);
}

#[test]
fn a_body_is_held_to_the_limits_before_a_handler_has_it() {
    let (_folder, app) = start("guestbook-limits");
    let client = &mut app.client();
    let large = json!({"name": "a".repeat(3 * 1024 * 1024)});
    assert_eq!(code(&client.send("POST", "/sign", &large).expect("answers")), (413, json!("body-too-large")));
    // A length that is not said is counted.
    let mut stream = TcpStream::connect(app.address()).expect("connects");
    stream
        .write_all(
            b"POST /sign HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n",
        )
        .expect("is sent");
    let chunk = [b"100000\r\n".as_slice(), &[b' '; 0x10_0000], b"\r\n"].concat();
    for _ in 0..3 {
        // The server may have hung up already.
        let _ = stream.write_all(&chunk);
    }
    let mut answer = vec![0; 12];
    stream.read_exact(&mut answer).expect("answers");
    assert_eq!(answer, b"HTTP/1.1 413");
}

#[test]
fn a_slow_body_is_ended() {
    let folder = Folder::new(env!("CARGO_TARGET_TMPDIR"), "guestbook-slow-body");
    let mut command = std::process::Command::new(BINARY);
    command.args(["serve", "--addr", "127.0.0.1:0", "--data"]).arg(folder.join("data"));
    command.env("LITHAIR_TIMEOUTS__BODY", "50ms");
    let app = App::spawn(command).expect("starts");
    let mut stream = TcpStream::connect(app.address()).expect("connects");
    let head = b"POST /sign HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{";
    stream.write_all(head).expect("is sent");
    let mut answer = vec![0; 12];
    stream.read_exact(&mut answer).expect("answers");
    assert_eq!(answer, b"HTTP/1.1 408");
}

#[test]
fn what_is_under_way_is_answered_when_the_server_stops() {
    let (_folder, app) = start("guestbook-drain");
    let (tell, told) = std::sync::mpsc::channel();
    thread::scope(|scope| {
        let address = app.address();
        let asking = scope.spawn(move || {
            let mut stream = TcpStream::connect(address).expect("connects");
            stream.write_all(b"GET /slow HTTP/1.1\r\nhost: x\r\n\r\n").expect("is sent");
            tell.send(()).expect("is heard");
            let mut answer = Vec::new();
            stream.read_to_end(&mut answer).expect("answers");
            String::from_utf8(answer).expect("text")
        });
        told.recv().expect("is told");
        // The handler is at work once the server has read the request; a stop before that would refuse it.
        let begin = std::time::Instant::now();
        while begin.elapsed().as_millis() < 100 {
            thread::yield_now();
        }
        app.stop();
        let answer = asking.join().expect("no panic");
        assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("done"), "{answer}");
    });
}
