//! Users who log in with passwords: sessions, codes, tokens, and what others must not find out.

mod guesses;
mod meanwhile;
mod messages;
mod times;
mod under_way;

use std::fs;
use std::sync::Arc;
use std::sync::mpsc::Receiver;

use acceptance::notes::{PASSWORD, PATIENCE, now, program};
use acceptance::who::Who;
use lithair_core::Db;
use lithair_core::client::Response;
use lithair_core::model::{
    Backend, Comparison, Credential, Identity, Kind, Operand, Page, Predicate, Principal, Query, Scopes, Start,
};
use lithair_core::prelude::*;
use lithair_core::testing::{TestServer, one_time_code};
use lithair_core::users::{About, Hashing, Notice, User, Users};
use serde_json::{Value, json};

/// A server with open registration, and what it sends.
fn start() -> (TestServer, Receiver<Notice>) {
    start_with(Users::new())
}

fn start_with(users: Users) -> (TestServer, Receiver<Notice>) {
    let (program, sent) = program(users);
    (TestServer::start(program), sent)
}

fn post(server: &TestServer, path: &str, cookie: Option<&str>, body: &Value) -> Response {
    let cookie = cookie.map(|id| format!("__Host-lithair={id}"));
    let mut headers = vec![("content-type", "application/json"), ("lithair-request", "1")];
    headers.extend(cookie.as_deref().map(|cookie| ("cookie", cookie)));
    server.client().request("POST", path, &headers, body.to_string()).expect("answers")
}

fn auth(server: &TestServer, action: &str, cookie: Option<&str>, body: &Value) -> Response {
    post(server, &format!("/_lithair/auth/{action}"), cookie, body)
}

fn me(server: &TestServer, cookie: &str) -> Response {
    let cookie = format!("__Host-lithair={cookie}");
    server.client().request("GET", "/_lithair/auth/me", &[("cookie", &cookie)], "").expect("answers")
}

fn verdict(answer: &Response) -> (u16, String) {
    let code = answer.json().ok().and_then(|json| json["code"].as_str().map(str::to_owned));
    (answer.status, code.unwrap_or_default())
}

#[track_caller]
fn is(answer: &Response, status: u16, code: &str) {
    assert_eq!(verdict(answer), (status, code.to_owned()), "{:?}", answer.json());
}

/// The session that an answer begins.
#[track_caller]
fn session(answer: &Response) -> String {
    let cookie = answer.header("set-cookie").expect("a cookie");
    let (pair, attributes) = cookie.split_once("; ").expect("attributes");
    assert_eq!(attributes, "Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=43200");
    pair.strip_prefix("__Host-lithair=").expect("its name").to_owned()
}

fn credentials(email: &str, password: &str) -> Value {
    json!({ "email": email, "password": password })
}

fn token(notice: &Notice) -> &str {
    match &notice.about {
        About::Verify(token) | About::Reset(token) => token,
        About::AlreadyRegistered => panic!("has no token"),
    }
}

/// Registers, proves the address, and logs in.
fn registered(server: &TestServer, sent: &Receiver<Notice>, email: &str) -> String {
    let registered = auth(server, "register", None, &credentials(email, PASSWORD));
    assert_eq!(registered.status, 202, "{:?}", registered.json());
    let notice = sent.recv_timeout(PATIENCE).expect("is sent");
    assert_eq!(auth(server, "verify", None, &json!({ "token": token(&notice) })).status, 204);
    let login = auth(server, "login", None, &credentials(email, PASSWORD));
    assert_eq!(login.status, 200, "{:?}", login.json());
    session(&login)
}

/// The records of a kind for which a predicate is true.
fn page(backend: &dyn Backend, table: &str, filter: Option<Predicate>) -> Page {
    let query = Query {
        model: backend.catalog().by_table(table).expect("there is such a table"),
        filter,
        search: None,
        order: Vec::new(),
        start: Start::First,
        limit: 500,
        count: false,
        at: None,
        scan_rows_max: u64::MAX,
    };
    backend.list(&query).expect("a page")
}

#[test]
fn a_user_registers_proves_the_address_logs_in_and_out() {
    let (server, sent) = start();
    let register = || auth(&server, "register", None, &credentials("Ada@Example.org", PASSWORD));
    let first = register();
    let notice = sent.recv_timeout(PATIENCE).expect("is sent");
    assert_eq!((notice.email.as_str(), notice.name.as_str()), ("ada@example.org", "ada"));
    assert!(!format!("{notice:?}").contains(token(&notice)));
    is(&auth(&server, "login", None, &credentials("ada@example.org", PASSWORD)), 401, "login-failed");

    // Whoever has the address is told; whoever asks is not.
    let second = register();
    assert_eq!(sent.recv_timeout(PATIENCE).expect("is sent").about, About::AlreadyRegistered);
    assert_eq!((first.status, first.body), (second.status, second.body));

    assert_eq!(auth(&server, "verify", None, &json!({ "token": token(&notice) })).status, 204);
    is(&auth(&server, "verify", None, &json!({ "token": token(&notice) })), 422, "bad-token");
    let login = auth(&server, "login", None, &credentials("ADA@example.org", PASSWORD));
    let id = session(&login);
    assert_eq!(login.json().expect("JSON")["email"], "ada@example.org");
    assert_eq!(me(&server, &id).json().expect("JSON")["name"], "ada");

    let made = post(&server, "/api/notes", Some(&id), &json!({ "text": "a" }));
    assert_eq!(made.status, 201);
    let user = login.json().expect("JSON")["id"].clone();
    assert_eq!(made.json().expect("JSON")["author_id"], user);
    let past = server.get("/api/notes/1/history").json().expect("JSON");
    assert_eq!(past["items"][0]["actor"], format!("user:{}", user.as_str().expect("a text")));
    // Others see nothing of her, and nobody asks about her.
    for path in ["/api/notes/1?expand=author", "/api/notes?filter=author.email%20=%20%22ada@example.org%22"] {
        assert_eq!(server.get(path).status, 400, "{path}");
    }
    for path in ["/api/users", "/api/notes/1/author"] {
        assert!([404, 405].contains(&server.get(path).status), "{path}");
    }

    let forgets = |answer: &Response| answer.header("set-cookie").is_some_and(|cookie| cookie.ends_with("Max-Age=0"));
    let logout = auth(&server, "logout", Some(&id), &json!({}));
    assert_eq!((logout.status, forgets(&logout)), (204, true));
    let over = me(&server, &id);
    let metrics = String::from_utf8(server.get("/metrics").body).expect("a text");
    assert!(metrics.contains("lithair_auth_refused_total{reason=\"unknown\"} 1\n"), "{metrics}");
    is(&over, 401, "unauthenticated");
    assert!(forgets(&over), "a browser that shows it all the same");
    // A browser that has not forgotten it may log in all the same.
    session(&auth(&server, "login", Some(&id), &credentials("ada@example.org", PASSWORD)));

    let named = json!({ "email": "bob@example.org", "password": PASSWORD, "name": "Bob Byte" });
    assert_eq!(auth(&server, "register", None, &named).status, 202);
    assert_eq!(sent.recv_timeout(PATIENCE).expect("is sent").name, "Bob Byte");
}

#[test]
fn sessions_are_not_fixed_not_shared_and_end_at_once() {
    let (server, sent) = start();
    let first = registered(&server, &sent, "ada@example.org");
    // What somebody put into the browser before is no session after the login either.
    let planted = "a".repeat(52);
    let second = session(&auth(&server, "login", Some(&planted), &credentials("ada@example.org", PASSWORD)));
    assert!(second != planted && second != first);
    assert_eq!(me(&server, &planted).status, 401);
    // The session that was there before ends with the login.
    let third = session(&auth(&server, "login", Some(&second), &credentials("ada@example.org", PASSWORD)));
    assert_eq!((me(&server, &second).status, me(&server, &third).status), (401, 200));

    // Two cookies of one name: one of them is somebody else's doing.
    for cookies in [
        format!("__Host-lithair={third}; __Host-lithair={planted}"),
        format!("__Host-lithair={planted}; __Host-lithair={third}"),
    ] {
        let answer = server.client().request("GET", "/_lithair/auth/me", &[("cookie", &cookies)], "").expect("answers");
        is(&answer, 401, "unauthenticated");
    }

    let changed = auth(&server, "password", Some(&third), &json!({ "former": PASSWORD, "password": "another horse" }));
    let fourth = session(&changed);
    assert_eq!([&first, &third, &fourth].map(|id| me(&server, id).status), [401, 401, 200], "all others are over");
    is(&auth(&server, "login", None, &credentials("ada@example.org", PASSWORD)), 401, "login-failed");
    let fifth = session(&auth(&server, "login", None, &credentials("ada@example.org", "another horse")));
    assert_eq!(auth(&server, "logout", Some(&fourth), &json!({ "everywhere": true })).status, 204);
    assert_eq!([&fourth, &fifth].map(|id| me(&server, id).status), [401, 401]);
}

#[test]
fn pages_of_other_sites_do_nothing_with_a_users_session() {
    let (server, sent) = start();
    let id = registered(&server, &sent, "ada@example.org");
    let cookie = format!("__Host-lithair={id}");
    let origin = server.url();
    let send = |path: &str, headers: &[(&str, &str)]| {
        let mut all = vec![("content-type", "application/json"), ("cookie", cookie.as_str())];
        all.extend(headers);
        server.client().request("POST", path, &all, r#"{"text":"a"}"#).expect("answers")
    };
    let proof = ("lithair-request", "1");
    for headers in [
        &[][..],
        &[proof, ("origin", "https://evil.example")],
        &[proof, ("origin", "null")],
        &[proof, ("sec-fetch-site", "cross-site")],
        &[proof, ("sec-fetch-site", "same-site")],
        &[("origin", origin.as_str()), ("sec-fetch-site", "same-origin")],
    ] {
        is(&send("/api/notes", headers), 403, "cross-site");
    }
    assert_eq!(server.get("/api/notes?count=exact").json().expect("JSON")["total"], 0);
    assert_eq!(send("/api/notes", &[proof, ("origin", &origin), ("sec-fetch-site", "same-origin")]).status, 201);
    // Nor does another site log anybody in, as somebody else.
    let headers = [("content-type", "application/json"), ("origin", "https://evil.example")];
    let body = credentials("ada@example.org", PASSWORD).to_string();
    is(&server.client().request("POST", "/_lithair/auth/login", &headers, body).expect("answers"), 403, "cross-site");
}

#[test]
fn who_guesses_learns_nothing_and_is_stopped() {
    let (server, sent) = start();
    registered(&server, &sent, "ada@example.org");
    let bodies: Vec<Value> = ["ada@example.org", "nobody@example.org", "not an address", ""]
        .into_iter()
        .map(|email| {
            let mut body = auth(&server, "login", None, &credentials(email, "wrong password")).json().expect("JSON");
            body["request_id"] = Value::Null;
            body
        })
        .collect();
    assert!(bodies.iter().all(|body| *body == bodies[0] && body["code"] == "login-failed"), "{bodies:?}");
    let asked: Vec<Response> = ["ada@example.org", "nobody@example.org"]
        .into_iter()
        .map(|email| auth(&server, "ask-for-reset", None, &json!({ "email": email })))
        .collect();
    assert_eq!((asked[0].status, &asked[0].body), (asked[1].status, &asked[1].body));
    // The minute may turn once meanwhile, and then counting begins again.
    for email in ["ada@example.org", "nobody@example.org"] {
        let statuses: Vec<u16> =
            (0..22).map(|_| auth(&server, "login", None, &credentials(email, "wrong password")).status).collect();
        assert!(statuses.contains(&429) && statuses.iter().all(|status| [401, 429].contains(status)), "{statuses:?}");
    }
}

#[test]
fn a_forgotten_password_is_replaced_by_whoever_reads_the_mail() {
    let (server, sent) = start();
    let id = registered(&server, &sent, "ada@example.org");
    assert_eq!(auth(&server, "ask-for-reset", None, &json!({ "email": "ada@example.org" })).status, 202);
    let notice = sent.recv_timeout(PATIENCE).expect("is sent");
    let reset =
        |password: &str| auth(&server, "reset", None, &json!({ "token": token(&notice), "password": password }));
    let short = reset("short");
    is(&short, 422, "validation-failed");
    assert_eq!(short.json().expect("JSON")["errors"][0]["pointer"], "/password");
    is(&auth(&server, "verify", None, &json!({ "token": token(&notice) })), 422, "bad-token");
    assert_eq!(reset("another horse").status, 204);
    is(&reset("a third horse"), 422, "bad-token");
    assert_eq!(me(&server, &id).status, 401, "whoever was in is out");
    session(&auth(&server, "login", None, &credentials("ada@example.org", "another horse")));
}

#[test]
fn a_new_password_ends_every_token_for_another_one() {
    let (server, sent) = start();
    let ask = |email: &str| {
        assert_eq!(auth(&server, "ask-for-reset", None, &json!({ "email": email })).status, 202);
        sent.recv_timeout(PATIENCE).expect("is sent")
    };
    let reset = |notice: &Notice| {
        let body = json!({ "token": token(notice), "password": "another horse" });
        auth(&server, "reset", None, &body)
    };
    registered(&server, &sent, "ada@example.org");
    let (first, second) = (ask("ada@example.org"), ask("ada@example.org"));
    assert_eq!(reset(&first).status, 204);
    is(&reset(&second), 422, "bad-token");
    let id = registered(&server, &sent, "bob@example.org");
    let notice = ask("bob@example.org");
    let change = json!({ "former": PASSWORD, "password": "a third horse" });
    assert_eq!(auth(&server, "password", Some(&id), &change).status, 204);
    is(&reset(&notice), 422, "bad-token");
}

#[test]
fn a_device_is_asked_for_and_each_code_is_good_once() {
    let (server, sent) = start();
    let id = registered(&server, &sent, "ada@example.org");
    is(&auth(&server, "totp", Some(&id), &json!({ "password": "wrong" })), 401, "login-failed");
    let enrolled = auth(&server, "totp", Some(&id), &json!({ "password": PASSWORD })).json().expect("JSON");
    let secret = enrolled["secret"].as_str().expect("a text").to_owned();
    assert!(enrolled["uri"].as_str().is_some_and(|uri| uri.starts_with("otpauth://totp/") && uri.contains(&secret)));
    is(&auth(&server, "totp/confirm", Some(&id), &json!({ "code": "000000" })), 401, "code-required");
    session(&auth(&server, "login", None, &credentials("ada@example.org", PASSWORD)));
    let code = one_time_code(&secret, now());
    let codes = auth(&server, "totp/confirm", Some(&id), &json!({ "code": code })).json().expect("JSON");
    let codes: Vec<String> = serde_json::from_value(codes["recovery_codes"].clone()).expect("texts");
    assert_eq!(codes.len(), 10);

    let login = |code: Option<&str>| {
        let mut body = credentials("ada@example.org", PASSWORD);
        body["code"] = json!(code);
        auth(&server, "login", None, &body)
    };
    is(&login(None), 401, "code-required");
    is(&login(Some(&code)), 401, "code-required");
    let next = one_time_code(&secret, now().plus_micros(30_000_000));
    session(&login(Some(&next)));
    is(&login(Some(&next)), 401, "code-required");
    session(&login(Some(&codes[0])));
    is(&login(Some(&codes[0])), 401, "code-required");
    assert_eq!(auth(&server, "totp/remove", Some(&id), &json!({ "password": PASSWORD })).status, 204);
    session(&login(None));
}

#[test]
fn administrators_add_users_keep_them_out_and_nothing_secret_is_stored() {
    let (mut server, sent) = start();
    let id = registered(&server, &sent, "ada@example.org");
    is(&post(&server, "/_lithair/admin", Some(&id), &json!({ "do": "user.list" })), 403, "not-an-administrator");
    for (body, status) in [
        (credentials("ada@example", PASSWORD), 422),
        (credentials("bob@example.org", "short"), 422),
        (json!({ "email": "bob@example.org", "password": PASSWORD, "roles": ["Root"] }), 400),
    ] {
        assert_eq!(auth(&server, "register", None, &body).status, status, "{body}");
    }
    server.restart();
    assert_eq!(me(&server, &id).status, 200, "a session outlives the server");
    let file = |name: &str| fs::read(server.data().join(name)).expect("can be read");
    let names: Vec<String> = fs::read_dir(server.data())
        .expect("is there")
        .map(|entry| entry.expect("is there").file_name().to_string_lossy().into_owned())
        .collect();
    for secret in [PASSWORD, id.as_str()] {
        for name in &names {
            let bytes = file(name);
            assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()), "{name}");
        }
    }
}

#[test]
fn a_password_has_256_bytes_at_most_and_all_of_them_count() {
    let (server, sent) = start();
    let longest = "p".repeat(256);
    is(
        &auth(&server, "register", None, &credentials("ada@example.org", &format!("{longest}p"))),
        422,
        "validation-failed",
    );
    assert_eq!(auth(&server, "register", None, &credentials("ada@example.org", &longest)).status, 202);
    let notice = sent.recv_timeout(PATIENCE).expect("is sent");
    assert_eq!(auth(&server, "verify", None, &json!({ "token": token(&notice) })).status, 204);
    for wrong in [&longest[1..], &format!("{longest}p"), &format!("{}q", &longest[1..])] {
        is(&auth(&server, "login", None, &credentials("ada@example.org", wrong)), 401, "login-failed");
    }
    session(&auth(&server, "login", None, &credentials("ada@example.org", &longest)));
}

#[test]
fn administrators_see_all_users_in_the_order_of_their_addresses() {
    let (server, _sent) = start();
    let administer = |request: &Value| {
        let answer = Who::of("root", &["Root"]).ask(&server.url(), "POST", "/_lithair/admin", request);
        assert_eq!(answer.status, 200, "{:?}", answer.json());
        answer.json().expect("JSON")
    };
    for email in ["cy@example.org", "ada@example.org", "bob@example.org"] {
        administer(&json!({ "do": "user.create", "email": email, "password": PASSWORD, "roles": ["Root"] }));
    }
    let listed = administer(&json!({ "do": "user.list" }));
    let users = listed["items"].as_array().expect("a list");
    let emails: Vec<&str> = users.iter().map(|user| user["email"].as_str().expect("a text")).collect();
    assert_eq!(emails, ["ada@example.org", "bob@example.org", "cy@example.org"]);
    assert!(users.iter().all(|user| user["roles"] == json!(["Root"]) && user["disabled_at"].is_null()), "{listed}");
    assert!(!listed.to_string().contains("argon2"), "{listed}");
}

#[test]
fn whoever_is_told_to_come_again_still_has_their_token() {
    let hashing = Hashing::new();
    let (server, sent) = start_with(Users::new().hashing(hashing.clone()));
    registered(&server, &sent, "ada@example.org");
    assert_eq!(auth(&server, "ask-for-reset", None, &json!({ "email": "ada@example.org" })).status, 202);
    let notice = sent.recv_timeout(PATIENCE).expect("is sent");
    let reset = || auth(&server, "reset", None, &json!({ "token": token(&notice), "password": "another horse" }));
    let all = hashing.occupied();
    is(&reset(), 503, "overloaded");
    // A guess is none, however busy it is.
    let guess = json!({ "token": "a".repeat(52), "password": "another horse" });
    is(&auth(&server, "reset", None, &guess), 422, "bad-token");
    drop(all);
    assert_eq!(reset().status, 204);
    is(&reset(), 422, "bad-token");
    session(&auth(&server, "login", None, &credentials("ada@example.org", "another horse")));
}

#[test]
fn one_address_is_one_user_however_its_letters_are_composed() {
    let (server, sent) = start();
    registered(&server, &sent, "zo\u{e9}@example.org");
    assert_eq!(auth(&server, "register", None, &credentials("ZOE\u{301}@example.org", PASSWORD)).status, 202);
    assert_eq!(sent.recv_timeout(PATIENCE).expect("is sent").about, About::AlreadyRegistered);
    session(&auth(&server, "login", None, &credentials(" Zoe\u{301}@Example.org", PASSWORD)));
    // Whoever asks for a new password, and whoever administers, means the same one.
    assert_eq!(auth(&server, "ask-for-reset", None, &json!({ "email": "ZOE\u{301}@Example.org " })).status, 202);
    assert!(matches!(sent.recv_timeout(PATIENCE).expect("is sent").about, About::Reset(_)));
    for request in ["user.reset", "user.disable"] {
        let request = json!({ "do": request, "email": " Zoe\u{301}@example.org" });
        let answer = Who::of("root", &["Root"]).ask(&server.url(), "POST", "/_lithair/admin", &request);
        assert_eq!(answer.status, 200, "{request}: {:?}", answer.json());
    }
    for email in ["ada<b>@example.org", "ada@exam_ple.org", "ada@first.invalid"] {
        is(&auth(&server, "register", None, &credentials(email, PASSWORD)), 422, "validation-failed");
    }
}

#[test]
fn whatever_ends_the_sessions_of_a_user_ends_all_of_them_and_nobody_elses() {
    let (server, sent) = start();
    let login = |email: &str, password: &str| session(&auth(&server, "login", None, &credentials(email, password)));
    let bob = registered(&server, &sent, "bob@example.org");
    let ends = |email: &str, end: &dyn Fn(&str)| {
        let first = registered(&server, &sent, email);
        let all = [first.clone(), login(email, PASSWORD), login(email, PASSWORD)];
        end(&first);
        assert_eq!(all.map(|id| me(&server, &id).status), [401; 3], "{email}");
        assert_eq!(me(&server, &bob).status, 200, "{email} is not bob");
    };
    ends("logout@example.org", &|id| {
        assert_eq!(auth(&server, "logout", Some(id), &json!({ "everywhere": true })).status, 204);
    });
    ends("password@example.org", &|id| {
        let change = json!({ "former": PASSWORD, "password": "another horse" });
        session(&auth(&server, "password", Some(id), &change));
    });
    ends("reset@example.org", &|_| {
        assert_eq!(auth(&server, "ask-for-reset", None, &json!({ "email": "reset@example.org" })).status, 202);
        let notice = sent.recv_timeout(PATIENCE).expect("is sent");
        let reset = json!({ "token": token(&notice), "password": "another horse" });
        assert_eq!(auth(&server, "reset", None, &reset).status, 204);
    });
    let administer = |request: &Value| {
        let answer = Who::of("root", &["Root"]).ask(&server.url(), "POST", "/_lithair/admin", request);
        assert_eq!(answer.status, 200, "{:?}", answer.json());
    };
    let disable = json!({ "do": "user.disable", "email": "kept-out@example.org" });
    ends("kept-out@example.org", &|_| administer(&disable));
    // They are over for good: who is let in again logs in again.
    let first = registered(&server, &sent, "back@example.org");
    administer(&json!({ "do": "user.disable", "email": "back@example.org" }));
    administer(&json!({ "do": "user.disable", "email": "back@example.org", "enable": true }));
    assert_eq!(me(&server, &first).status, 401);
    assert_eq!(me(&server, &login("back@example.org", PASSWORD)).status, 200);
    // Without `everywhere` it is this one alone.
    let others = login("bob@example.org", PASSWORD);
    assert_eq!(auth(&server, "logout", Some(&others), &json!({})).status, 204);
    assert_eq!([&others, &bob].map(|id| me(&server, id).status), [401, 200]);
}

/// What ends all sessions of a user looks at these, and not at those of everybody.
#[test]
fn the_sessions_of_a_user_are_found_by_the_user() {
    let (server, sent) = start();
    let ada = registered(&server, &sent, "ada@example.org");
    let bob = registered(&server, &sent, "bob@example.org");
    for _ in 0..20 {
        session(&auth(&server, "login", None, &credentials("bob@example.org", PASSWORD)));
    }
    let id = me(&server, &ada).json().expect("JSON")["id"].as_str().expect("a text").to_owned();
    let backend: &dyn Backend = &**server.engine();
    let user = Predicate::Compare {
        left: Operand::Field(1),
        comparison: Comparison::Equal,
        right: Operand::Value(lithair_core::model::Value::Text(id)),
        kind: Kind::Text,
    };
    let page = page(backend, "lithair_sessions", Some(user));
    assert_eq!((page.rows.len(), page.looked_at), (1, 1));
    assert_eq!(auth(&server, "logout", Some(&ada), &json!({ "everywhere": true })).status, 204);
    assert_eq!([&ada, &bob].map(|id| me(&server, id).status), [401, 200], "others go on");
}

/// A policy like that of any model; without one it is everybody, whatever their tenant.
#[test]
fn users_are_seen_by_whom_the_program_says() {
    let check = |users: Users, expected: [&[&str]; 4]| {
        let (program, sent) = program(users);
        let server = TestServer::start(program);
        let administer = |request: &Value| {
            let answer = Who::of("root", &["Root"]).ask(&server.url(), "POST", "/_lithair/admin", request);
            assert_eq!(answer.status, 200, "{:?}", answer.json());
        };
        for (email, tenant) in [("ada@example.org", "acme"), ("bob@example.org", "other")] {
            administer(
                &json!({ "do": "user.create", "email": email, "name": email[..3], "tenant": tenant, "password": PASSWORD }),
            );
        }
        let db = Db::new(Arc::clone(server.engine()));
        let somebody = || Identity::new(Credential::Token, "tia").with_scopes(Scopes::All);
        let who: [Principal; 4] = [
            Principal::Anonymous,
            somebody().of_tenant("acme").into(),
            somebody().into(),
            somebody().with_roles(["Root".to_owned()]).into(),
        ];
        let seen = who.map(|who| -> Vec<String> {
            let users = db.by(who).repo::<User>().find().list().unwrap_or_default();
            users.into_iter().map(|user| user.name).collect()
        });
        assert_eq!(seen, expected);
        // Those whom nobody sees are users all the same.
        let id = registered(&server, &sent, "eve@example.org");
        assert_eq!(me(&server, &id).status, 200);
        administer(&json!({ "do": "user.disable", "email": "eve@example.org" }));
        assert_eq!(me(&server, &id).status, 401);
    };
    let all = &["ada", "bob"][..];
    check(Users::new(), [all; 4]);
    check(Users::new().readable_by(policy!(authenticated)), [&[], all, all, all]);
    check(Users::new().readable_by(policy!(tenant == actor.tenant)), [&[], &["ada"], &[], all]);
    check(Users::new().readable_by(policy!(role(Nobody))), [&[], &[], &[], all]);
}
