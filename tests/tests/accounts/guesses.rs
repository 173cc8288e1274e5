//! Guesses: how many there are in a minute, and that what comes after them is not even tried.

use std::sync::mpsc::Receiver;

use acceptance::notes::{PASSWORD, PATIENCE, in_one_minute, now, program};
use acceptance::who::Who;
use lithair_core::testing::{TestServer, one_time_code};
use lithair_core::users::{Notice, Users};
use serde_json::{Value, json};

use super::{auth, credentials, me, registered, start, token};

/// A server that hears so many failures from one address.
fn start_limited(failures: &str) -> (TestServer, Receiver<Notice>) {
    let (program, sent) = program(Users::new());
    (TestServer::start(program.setting("limits.auth_failures", failures)), sent)
}

/// What administrators do does not count.
fn admin(server: &TestServer, body: &Value) -> Value {
    let answer = Who::of("root", &["Root"]).ask(&server.url(), "POST", "/_lithair/admin", body);
    assert_eq!(answer.status, 200, "{:?}", answer.json());
    answer.json().expect("JSON")
}

/// The token was used before the answer said that nothing was tried: whoever guessed on had what they guessed.
#[test]
fn a_token_that_comes_after_too_many_guesses_is_not_used() {
    let (guesses, answer, is_in) = in_one_minute(|| {
        let (server, sent) = start_limited("3");
        let id = registered(&server, &sent, "ada@example.org");
        assert_eq!(auth(&server, "ask-for-reset", None, &json!({ "email": "ada@example.org" })).status, 202);
        let notice = sent.recv_timeout(PATIENCE).expect("is sent");
        let reset =
            |token: &str| auth(&server, "reset", None, &json!({ "token": token, "password": "another horse" })).status;
        let guesses = [(); 4].map(|()| reset(&"a".repeat(52)));
        (guesses, reset(token(&notice)), me(&server, &id).status)
    });
    assert_eq!(guesses, [422, 422, 422, 429]);
    assert_eq!((answer, is_in), (429, 200), "a password that was set would have ended the session");

    let (guesses, answer, verified) = in_one_minute(|| {
        let (server, sent) = start_limited("3");
        assert_eq!(auth(&server, "register", None, &credentials("bob@example.org", PASSWORD)).status, 202);
        let notice = sent.recv_timeout(PATIENCE).expect("is sent");
        let verify = |token: &str| auth(&server, "verify", None, &json!({ "token": token })).status;
        let guesses = [(); 4].map(|()| verify(&"a".repeat(52)));
        let answer = verify(token(&notice));
        (guesses, answer, admin(&server, &json!({ "do": "user.list" }))["items"][0]["verified_at"].clone())
    });
    assert_eq!((guesses, answer, verified), ([422, 422, 422, 429], 429, Value::Null));
}

#[test]
fn whoever_guesses_at_many_names_is_stopped_by_the_address_and_keeps_nobody_out_who_is_in() {
    let (guesses, answer, is_in) = in_one_minute(|| {
        let (server, sent) = start_limited("3");
        let id = registered(&server, &sent, "ada@example.org");
        let login = |email: &str, password: &str| auth(&server, "login", None, &credentials(email, password)).status;
        let guesses = ["a", "b", "c", "d"].map(|name| login(&format!("{name}@example.org"), PASSWORD));
        (guesses, login("ada@example.org", PASSWORD), me(&server, &id).status)
    });
    assert_eq!(guesses, [401, 401, 401, 429]);
    assert_eq!((answer, is_in), (429, 200));
}

/// What stops a name: wrong passwords and wrong codes, at the login and in a session, together.
#[test]
fn whoever_knows_the_password_does_not_guess_the_code() {
    let (guesses, answer) = in_one_minute(|| {
        let (server, sent) = start();
        let id = registered(&server, &sent, "ada@example.org");
        let (secret, _) = device(&server, &id);
        let login = |code: &str| {
            let body = json!({ "email": "ada@example.org", "password": PASSWORD, "code": code });
            auth(&server, "login", None, &body).status
        };
        let guesses: Vec<u16> = (0..11).map(|guess| login(&format!("{guess:05}"))).collect();
        (guesses, login(&one_time_code(&secret, now().plus_micros(30_000_000))))
    });
    assert_eq!((&guesses[..10], guesses[10], answer), (&[401; 10][..], 429, 429));
}

/// By the address, too: whoever knows the passwords of many has fewer guesses than each name has.
#[test]
fn whoever_guesses_at_codes_is_stopped_by_the_address() {
    let (guesses, answer) = in_one_minute(|| {
        let (server, sent) = start_limited("3");
        let id = registered(&server, &sent, "ada@example.org");
        let (_, recovery) = device(&server, &id);
        let login = |code: &str| {
            let body = json!({ "email": "ada@example.org", "password": PASSWORD, "code": code });
            auth(&server, "login", None, &body).status
        };
        let guesses = ["00000", "00001", "00002", "00003"].map(login);
        (guesses, login(&recovery[0]))
    });
    assert_eq!((guesses, answer), ([401, 401, 401, 429], 429));
}

/// A page that asks for the code when it is told that there has to be one.
#[test]
fn whoever_has_not_been_asked_for_a_code_yet_has_not_guessed() {
    let (asked, answers) = in_one_minute(|| {
        let (server, sent) = start();
        let id = registered(&server, &sent, "ada@example.org");
        let (_, recovery) = device(&server, &id);
        let login = |code: Option<&str>| {
            let body = json!({ "email": "ada@example.org", "password": PASSWORD, "code": code });
            auth(&server, "login", None, &body).status
        };
        // Nor has whoever sends good ones.
        let answers: Vec<u16> = recovery.iter().map(|code| login(Some(code))).collect();
        ((0..11).map(|_| login(None)).collect::<Vec<u16>>(), answers)
    });
    assert_eq!((asked, answers), (vec![401; 11], vec![200; 10]));
}

#[test]
fn whoever_has_a_session_guesses_neither_the_password_nor_the_code() {
    let guesses = |action: &str, wrong: &Value, right: &dyn Fn(&str) -> Value| {
        let (guesses, answer) = in_one_minute(|| {
            let (server, sent) = start();
            let id = registered(&server, &sent, "ada@example.org");
            let enrolled = auth(&server, "totp", Some(&id), &json!({ "password": PASSWORD })).json().expect("JSON");
            let secret = enrolled["secret"].as_str().expect("a text").to_owned();
            let send = |body: &Value| auth(&server, action, Some(&id), body).status;
            let guesses: Vec<u16> = (0..11).map(|_| send(wrong)).collect();
            (guesses, send(&right(&secret)))
        });
        assert_eq!((&guesses[..10], guesses[10], answer), (&[401; 10][..], 429, 429), "{action}");
    };
    let password = |password: &str| json!({ "password": password });
    let change = |former: &str| json!({ "former": former, "password": "another horse" });
    guesses("password", &change("wrong"), &|_| change(PASSWORD));
    guesses("totp", &password("wrong"), &|_| password(PASSWORD));
    guesses("totp/remove", &password("wrong"), &|_| password(PASSWORD));
    guesses("totp/confirm", &json!({ "code": "00000" }), &|secret| json!({ "code": one_time_code(secret, now()) }));
}

#[test]
fn whoever_guesses_at_keys_is_stopped_and_keeps_nobody_out_who_is_known() {
    let (guesses, [known, unknown, nobody]) = in_one_minute(|| {
        let (server, _sent) = start_limited("3");
        let make = || {
            let made = admin(&server, &json!({ "do": "keys.create", "expires_seconds": 600 }));
            made["key"].as_str().expect("a key").to_owned()
        };
        let (known, second, unknown) = (make(), make(), make());
        let show = |key: &str| {
            let bearer = format!("Bearer {key}");
            server.client().request("GET", "/api/notes", &[("authorization", &bearer)], "").expect("answers").status
        };
        assert_eq!((show(&known), show(&second)), (200, 200));
        let guesses = [(); 4].map(|()| show(&guess_at(&unknown)));
        assert_eq!(show(&second), 200, "more than one is known");
        (guesses, [show(&known), show(&unknown), server.get("/api/notes").status])
    });
    assert_eq!(guesses, [401, 401, 401, 429]);
    assert_eq!((known, unknown, nobody), (200, 429, 200), "a key that has not been seen yet might be a guess");
}

/// The key with another secret, and the checksum of that.
fn guess_at(key: &str) -> String {
    let parts: Vec<&str> = key.split('_').collect();
    let unsealed = format!("{}_{}_{}_{}", parts[0], parts[1], parts[2], "a".repeat(parts[3].len()));
    format!("{unsealed}_{:08x}", crc32c::crc32c(unsealed.as_bytes()))
}

/// A device that is asked for from now on: its secret, and the codes that stand in for it.
fn device(server: &TestServer, id: &str) -> (String, Vec<String>) {
    let enrolled = auth(server, "totp", Some(id), &json!({ "password": PASSWORD })).json().expect("JSON");
    let secret = enrolled["secret"].as_str().expect("a text").to_owned();
    let confirmed = auth(server, "totp/confirm", Some(id), &json!({ "code": one_time_code(&secret, now()) }));
    assert_eq!(confirmed.status, 200, "{:?}", confirmed.json());
    let codes = confirmed.json().expect("JSON")["recovery_codes"].clone();
    (secret, serde_json::from_value(codes).expect("texts"))
}
