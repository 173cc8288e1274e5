//! Messages that cannot be brought: whoever asks is told what everybody is told, and nobody waits.

use std::sync::Mutex;
use std::sync::mpsc::{Receiver, channel};

use acceptance::notes::{PASSWORD, PATIENCE};
use acceptance::who::Who;
use lithair_core::client::Response;
use lithair_core::prelude::*;
use lithair_core::testing::TestServer;
use lithair_core::users::{About, Delivery, Notice, Users};
use serde_json::{Value, json};

use super::{auth, credentials, is, session, token};

/// A server with this way to bring messages, a user who has proven nothing about it, and what it was told to bring.
fn start(bring: fn() -> Delivery) -> (TestServer, Receiver<Notice>) {
    let (send, sent) = channel();
    let send = Mutex::new(send);
    let messenger = move |notice: Notice| {
        // Nobody reads any more when the test is over.
        let _ = send.lock().expect("is whole").send(notice);
        bring()
    };
    let program = DeclarativeServer::new("127.0.0.1:0")
        .with_users(Users::new().open_registration(messenger))
        .setting("auth.admin_role", "Root");
    let server = TestServer::start(program);
    let user = json!({ "do": "user.create", "email": "ada@example.org", "password": PASSWORD });
    let made = Who::of("root", &["Root"]).ask(&server.url(), "POST", "/_lithair/admin", &user);
    assert_eq!(made.status, 200, "{:?}", made.json());
    (server, sent)
}

fn ask_for_reset(server: &TestServer, email: &str) -> Response {
    auth(server, "ask-for-reset", None, &json!({ "email": email }))
}

#[test]
fn a_message_that_cannot_be_brought_is_tried_three_times_and_told_to_nobody() {
    let (server, sent) = start(|| Box::pin(async { Err(HookError::new("the mail server is down")) }));
    let (somebody, nobody) = (ask_for_reset(&server, "ada@example.org"), ask_for_reset(&server, "bob@example.org"));
    assert_eq!((somebody.status, &somebody.body), (202, &nobody.body));
    assert_eq!(nobody.status, 202);
    let tries = [(); 3].map(|()| sent.recv_timeout(PATIENCE).expect("is tried"));
    assert!(tries.iter().all(|notice| *notice == tries[0] && notice.email == "ada@example.org"), "{tries:?}");
    // What is tried next is the next message.
    assert_eq!(ask_for_reset(&server, "ada@example.org").status, 202);
    let next = sent.recv_timeout(PATIENCE).expect("is tried");
    assert_ne!(token(&next), token(&tries[0]));
    assert_eq!(auth(&server, "register", None, &credentials("eve@example.org", PASSWORD)).status, 202);
    let told = sent.iter().find(|notice| notice.email == "eve@example.org").expect("is tried");
    assert!(matches!(told.about, About::Verify(_)));
    // It may have come all the same: the token is as good as any.
    let reset = json!({ "token": token(&tries[2]), "password": "another horse" });
    assert_eq!(auth(&server, "reset", None, &reset).status, 204);
    session(&auth(&server, "login", None, &credentials("ada@example.org", "another horse")));
}

#[test]
fn nobody_waits_for_a_message_that_never_ends_and_a_panic_is_its_own() {
    let broken: [fn() -> Delivery; 2] = [|| Box::pin(std::future::pending()), || panic!("the messenger breaks")];
    for bring in broken {
        let (server, sent) = start(bring);
        assert_eq!(ask_for_reset(&server, "ada@example.org").status, 202);
        let notice = sent.recv_timeout(PATIENCE).expect("is tried");
        let reset = json!({ "token": token(&notice), "password": "another horse" });
        assert_eq!(auth(&server, "reset", None, &reset).status, 204);
        session(&auth(&server, "login", None, &credentials("ada@example.org", "another horse")));
    }
}

#[test]
fn a_program_without_users_has_no_paths_for_them() {
    let paths = |program: DeclarativeServer| {
        let server = TestServer::start(program);
        server.get("/_lithair/openapi.json").json().expect("JSON")["paths"].clone()
    };
    let (without, with) = (DeclarativeServer::new("127.0.0.1:0"), DeclarativeServer::new("127.0.0.1:0"));
    let (without, with) = (paths(without), paths(with.with_users(Users::new())));
    for path in ["login", "register", "me", "links", "totp/confirm"].map(|action| format!("/_lithair/auth/{action}")) {
        assert!(without.get(&path).is_none() && with.get(&path).is_some(), "{path}");
    }
    assert!(without.get("/_lithair/auth/logout").is_some(), "tokens are taken back there");
}

#[test]
fn without_a_way_to_bring_messages_nobody_registers_or_resets() {
    let server = TestServer::start(DeclarativeServer::new("127.0.0.1:0").with_users(Users::new()));
    is(&ask_for_reset(&server, "ada@example.org"), 404, "no-such-path");
    is(&auth(&server, "register", None, &credentials("ada@example.org", PASSWORD)), 404, "no-such-path");
    // Nor with one, if registration is not open.
    let messenger = |_: Notice| async { Ok::<(), HookError>(()) };
    let closed = DeclarativeServer::new("127.0.0.1:0").with_users(Users::new().messenger(messenger));
    let server = TestServer::start(closed);
    is(&auth(&server, "register", None, &credentials("ada@example.org", PASSWORD)), 404, "no-such-path");
    assert_eq!(ask_for_reset(&server, "ada@example.org").status, 202);
    let refused: Value = ask_for_reset(&server, "x").json().expect("JSON");
    assert!(refused["detail"].is_string(), "whatever the address");
}
