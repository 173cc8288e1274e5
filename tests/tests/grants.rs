//! Roles that somebody has because the log says so: when they hold, who gives them, and that nobody gives what they lack.

use std::fs;
use std::path::Path;
use std::process::Command;

use acceptance::{App, Folder};
use lithair_core::client::Response;
use lithair_core::prelude::*;
use lithair_core::testing::{Algorithm, Issuer, TestServer};
use lithair_core::users::Users;
use serde_json::{Value, json};

const BINARY: &str = env!("CARGO_BIN_EXE_acceptance");

#[derive(DeclarativeModel)]
#[permission(
    roles(Owner > Chief > Editor > Reader),
    read = role(Reader), create = role(Editor), update = role(Editor), delete = "MayDelete", export = scope("reports")
)]
struct Page {
    #[db(primary_key, auto = sequence)]
    number: i64,
    text: String,
}

fn program() -> DeclarativeServer {
    DeclarativeServer::new("127.0.0.1:0")
        .model::<Page>()
        .permission("MayDelete", policy!(role(Chief) || role(Janitor)))
        .with_users(Users::new())
        .setting("auth.admin_role", "Chief")
}

/// Somebody, as a token says it.
fn who(subject: &str, roles: &[&str], tenant: Option<&str>) -> Value {
    json!({ "sub": subject, "roles": roles, "tenant": tenant })
}

fn chief() -> Value {
    who("chaz", &["Chief"], None)
}

fn send(server: &TestServer, who: &Value, method: &str, path: &str, body: &Value) -> Response {
    let who = who.to_string();
    let headers = [("lithair-test-principal", who.as_str()), ("content-type", "application/json")];
    let body = if method == "GET" { String::new() } else { body.to_string() };
    server.client().request(method, path, &headers, body).expect("answers")
}

fn admin(server: &TestServer, who: &Value, body: Value) -> Response {
    send(server, who, "POST", "/_lithair/admin", &body)
}

fn grant(server: &TestServer, by: &Value, subject: &str, role: &str, tenant: Option<&str>) -> Response {
    admin(server, by, json!({ "do": "rbac.grant", "subject": subject, "role": role, "tenant": tenant }))
}

fn id(answer: &Response) -> String {
    assert_eq!(answer.status, 200, "{:?}", answer.json());
    answer.json().expect("JSON")["id"].as_str().expect("an id").to_owned()
}

fn reads(server: &TestServer, who: &Value) -> u16 {
    send(server, who, "GET", "/api/pages", &Value::Null).status
}

fn creates(server: &TestServer, who: &Value) -> u16 {
    send(server, who, "POST", "/api/pages", &json!({ "text": "a" })).status
}

#[track_caller]
fn refused(answer: &Response, status: u16, words: &str) {
    let json = answer.json().expect("JSON");
    assert_eq!(answer.status, status, "{json}");
    assert!(json["detail"].as_str().is_some_and(|detail| detail.contains(words)), "{words}: {json}");
}

#[test]
fn a_grant_holds_for_the_next_request_and_so_does_its_end() {
    let server = TestServer::start(program());
    let ann = who("ann", &[], None);
    assert_eq!((reads(&server, &ann), creates(&server, &ann)), (403, 403));
    let reader = id(&grant(&server, &chief(), "token:ann", "Reader", None));
    assert_eq!((reads(&server, &ann), creates(&server, &ann)), (200, 403), "and no more than that");
    assert_eq!(reads(&server, &who("bob", &[], None)), 403, "nobody else");
    let editor = id(&grant(&server, &chief(), "token:ann", "Editor", None));
    assert_eq!(creates(&server, &ann), 201);
    assert_eq!(admin(&server, &chief(), json!({ "do": "rbac.revoke", "id": reader })).status, 200);
    assert_eq!(reads(&server, &ann), 200, "Editor is above Reader");
    assert_eq!(admin(&server, &chief(), json!({ "do": "rbac.revoke", "id": editor })).status, 200);
    assert_eq!((reads(&server, &ann), creates(&server, &ann)), (403, 403));
    refused(&admin(&server, &chief(), json!({ "do": "rbac.revoke", "id": editor })), 404, "no grant");
}

#[test]
fn a_grant_in_a_tenant_holds_there_alone() {
    let server = TestServer::start(program());
    id(&grant(&server, &chief(), "token:ann", "Reader", Some("acme")));
    for (tenant, status) in [(Some("acme"), 200), (Some("other"), 403), (Some("acm"), 403), (None, 403)] {
        assert_eq!(reads(&server, &who("ann", &[], tenant)), status, "{tenant:?}");
    }
}

/// Tokens, keys and sessions are each their own identity, and each gets what it is granted, although the token is remembered to be good.
#[test]
fn every_kind_of_credential_gets_what_its_identity_is_granted() {
    let folder = Folder::new(env!("CARGO_TARGET_TMPDIR"), "grants-credentials");
    let (issuer, secret) = (Issuer::new(Algorithm::Hs256), folder.join("secret"));
    fs::write(&secret, issuer.verification_key()).expect("is written");
    let program = program()
        .setting("auth.jwt.algorithm", "HS256")
        .setting("auth.jwt.secret_file", secret.to_str().expect("a text"))
        .setting("auth.jwt.issuer", "issuer")
        .setting("auth.jwt.audience", "pages");
    let server = TestServer::start(program);
    let claims = json!({ "iss": "issuer", "aud": "pages", "sub": "ann", "exp": 4_000_000_000_i64 });
    let token = format!("Bearer {}", issuer.token(&claims));
    let key = admin(&server, &chief(), json!({ "do": "keys.create", "expires_seconds": 600 })).json().expect("JSON");
    let bearer = format!("Bearer {}", key["key"].as_str().expect("a key"));
    let user = json!({ "do": "user.create", "email": "ann@example.org", "password": "correct horse" });
    let user = admin(&server, &chief(), user).json().expect("JSON");
    let login = json!({ "email": "ann@example.org", "password": "correct horse" });
    let headers = [("content-type", "application/json"), ("lithair-request", "1")];
    let login = server.client().request("POST", "/_lithair/auth/login", &headers, login.to_string()).expect("answers");
    let cookie = login.header("set-cookie").and_then(|cookie| cookie.split(';').next()).expect("a session").to_owned();
    let shown = [("authorization", token.as_str()), ("authorization", bearer.as_str()), ("cookie", cookie.as_str())];
    let identities = [
        "token:ann".to_owned(),
        format!("key:{}", key["id"].as_str().expect("an id")),
        format!("user:{}", user["id"].as_str().expect("an id")),
    ];
    let statuses =
        |path: &str| shown.map(|header| server.client().request("GET", path, &[header], "").expect("answers").status);
    let mut expected = [403; 3];
    assert_eq!(statuses("/api/pages"), expected);
    let mut grants = Vec::new();
    for (place, identity) in identities.iter().enumerate() {
        grants.push(id(&grant(&server, &chief(), identity, "Reader", None)));
        expected[place] = 200;
        assert_eq!(statuses("/api/pages"), expected, "{identity} and no other");
    }
    let me = server.client().request("GET", "/_lithair/auth/me", &[shown[2]], "").expect("answers");
    assert_eq!(me.json().expect("JSON")["roles"], json!(["Reader"]));

    // Whoever is kept out is out, whatever they were granted, and has it again when they are let in.
    admin(&server, &chief(), json!({ "do": "user.disable", "email": "ann@example.org" }));
    assert_eq!(statuses("/api/pages"), [200, 200, 401]);
    for grant in grants {
        admin(&server, &chief(), json!({ "do": "rbac.revoke", "id": grant }));
    }
    assert_eq!(statuses("/api/pages")[..2], [403, 403]);
}

#[test]
fn what_nobody_could_be_or_have_is_refused_with_what_would_be_right() {
    let server = TestServer::start(program());
    let cases: [(&str, &str, u16, &str); 14] = [
        ("token:ann", "Editr", 422, "did you mean `Editor`"),
        ("token:ann", "editor", 422, "did you mean `Editor`"),
        ("token:ann", "Nobody", 422, "names the role"),
        ("token:ann", "", 422, "names the role"),
        ("token:ann", "Edi\ntor\u{7f}", 422, "names the role"),
        ("token:ann", "Editor ", 422, "did you mean `Editor`"),
        ("ann", "Editor", 422, "token:<subject>"),
        ("token:", "Editor", 422, "token:<subject>"),
        ("tokn:ann", "Editor", 422, "did you mean `token:ann`"),
        ("token:a\nb", "Editor", 422, "control characters"),
        ("system:code", "Editor", 422, "may do everything"),
        ("user:ann", "Editor", 404, "no user"),
        ("user:018f0000-0000-7000-8000-000000000000", "Editor", 404, "no user"),
        ("key:nonesuch", "Editor", 404, "no key"),
    ];
    for (subject, role, status, words) in cases {
        refused(&grant(&server, &who("oz", &["Owner"], None), subject, role, None), status, words);
    }
    let longest = format!("token:{}", "a".repeat(255));
    assert_eq!(grant(&server, &chief(), &longest, "Editor", None).status, 200);
    let granted =
        admin(&server, &chief(), json!({ "do": "rbac.list" })).json().expect("JSON")["items"][0]["id"].clone();
    assert_eq!(admin(&server, &chief(), json!({ "do": "rbac.revoke", "id": granted })).status, 200);
    let key = admin(&server, &chief(), json!({ "do": "keys.create", "expires_seconds": 600 })).json().expect("JSON");
    assert_eq!(admin(&server, &chief(), json!({ "do": "keys.revoke", "id": key["id"] })).status, 200);
    let revoked = format!("key:{}", key["id"].as_str().expect("an id"));
    refused(&grant(&server, &chief(), &revoked, "Editor", None), 422, "not good any more");
    let long = format!("token:{}", "a".repeat(256));
    refused(&grant(&server, &chief(), &long, "Editor", None), 422, "bytes");
    let ends = json!({ "do": "rbac.grant", "subject": "token:ann", "role": "Editor", "expires_seconds": 0 });
    refused(&admin(&server, &chief(), ends), 422, "a second to five years");
    refused(&grant(&server, &chief(), "token:ann", "Editor", Some("")), 422, "tenant");
    assert_eq!(admin(&server, &chief(), json!({ "do": "rbac.list" })).json().expect("JSON")["items"], json!([]));
    // A role that a bound permission alone names is one.
    id(&grant(&server, &who("jo", &["Chief", "Janitor"], None), "token:ann", "Janitor", None));
    refused(&grant(&server, &who("jo", &["Chief", "Janitor"], None), "token:ann", "Janitor", None), 422, "already");
}

#[test]
fn nobody_gives_or_takes_what_they_lack() {
    let server = TestServer::start(program());
    let owner = who("oz", &["Owner"], None);
    for nobody in [who("ed", &["Editor"], None), who("ann", &[], None)] {
        assert_eq!(grant(&server, &nobody, "token:x", "Reader", None).status, 403, "administrators alone");
        assert_eq!(admin(&server, &nobody, json!({ "do": "rbac.list" })).status, 403);
    }
    refused(&grant(&server, &chief(), "token:ann", "Owner", None), 403, "Owner");
    refused(&grant(&server, &chief(), "token:ann", "Janitor", None), 403, "Janitor");
    refused(&grant(&server, &chief(), "token:chaz", "Editor", None), 403, "of their own");
    id(&grant(&server, &owner, "token:ann", "Chief", None));
    let highest = id(&grant(&server, &owner, "token:olga", "Owner", None));
    refused(&admin(&server, &chief(), json!({ "do": "rbac.revoke", "id": highest })), 403, "Owner");

    // Whoever administers by a grant administers, and does not take it from themselves.
    let ann = who("ann", &[], None);
    let editor = id(&grant(&server, &ann, "token:bob", "Editor", None));
    let mine = admin(&server, &owner, json!({ "do": "rbac.list", "subject": "token:ann" })).json().expect("JSON");
    let mine = mine["items"][0]["id"].as_str().expect("an id").to_owned();
    refused(&admin(&server, &ann, json!({ "do": "rbac.revoke", "id": mine })), 403, "of their own");
    assert_eq!(admin(&server, &chief(), json!({ "do": "rbac.revoke", "id": mine })).status, 200);
    assert_eq!(admin(&server, &ann, json!({ "do": "rbac.revoke", "id": editor })).status, 403, "at once");
}

#[test]
fn who_administers_a_tenant_administers_that_one() {
    let server = TestServer::start(program());
    let (here, there) = (who("tia", &["Chief"], Some("acme")), who("tom", &["Chief"], Some("other")));
    refused(&grant(&server, &here, "token:ann", "Reader", Some("other")), 403, "acme");
    let reader = id(&grant(&server, &here, "token:ann", "Reader", None));
    assert_eq!(reads(&server, &who("ann", &[], Some("acme"))), 200, "their tenant is meant");
    assert_eq!(reads(&server, &who("ann", &[], None)), 403);
    id(&grant(&server, &chief(), "token:ann", "Editor", None));
    let subjects = |who: &Value, body: Value| {
        let items = admin(&server, who, body).json().expect("JSON")["items"].clone();
        items.as_array().expect("a list").iter().map(|grant| grant["role"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(subjects(&here, json!({ "do": "rbac.list" })), [json!("Reader")]);
    assert!(subjects(&there, json!({ "do": "rbac.list" })).is_empty());
    assert!(subjects(&there, json!({ "do": "rbac.list", "tenant": "acme" })).is_empty());
    refused(&admin(&server, &there, json!({ "do": "rbac.revoke", "id": reader })), 404, "no grant");
    // An administrator by a grant in a tenant is one there alone.
    id(&grant(&server, &chief(), "token:kim", "Chief", Some("acme")));
    assert_eq!(grant(&server, &who("kim", &[], Some("acme")), "token:bob", "Reader", Some("acme")).status, 200);
    assert_eq!(grant(&server, &who("kim", &[], Some("other")), "token:bob", "Reader", Some("other")).status, 403);
    assert_eq!(grant(&server, &who("kim", &[], None), "token:bob", "Reader", None).status, 403);

    // Keys and users are of a tenant, too.
    let key = |by: &Value, tenant: Value| {
        admin(&server, by, json!({ "do": "keys.create", "tenant": tenant, "expires_seconds": 600 }))
    };
    refused(&key(&here, json!("other")), 403, "acme");
    let made = key(&there, Value::Null);
    assert_eq!(made.json().expect("JSON")["tenant"], "other");
    let made = id(&made);
    let keys = admin(&server, &here, json!({ "do": "keys.list" })).json().expect("JSON");
    assert_eq!(keys["items"], json!([]));
    refused(&admin(&server, &here, json!({ "do": "keys.revoke", "id": made })), 404, "no key");
    let user = |by: &Value, email: &str, tenant: Value| {
        admin(&server, by, json!({ "do": "user.create", "email": email, "tenant": tenant }))
    };
    refused(&user(&here, "a@example.org", json!("other")), 403, "acme");
    assert_eq!(user(&there, "a@example.org", Value::Null).json().expect("JSON")["tenant"], "other");
    for request in ["user.reset", "user.disable"] {
        refused(&admin(&server, &here, json!({ "do": request, "email": "a@example.org" })), 404, "no user");
    }
    assert_eq!(admin(&server, &here, json!({ "do": "user.list" })).json().expect("JSON")["items"], json!([]));
}

#[test]
fn a_key_is_made_with_no_more_than_its_maker_has() {
    let server = TestServer::start(program());
    let key = |by: &Value, more: Value| {
        let mut body = json!({ "do": "keys.create", "expires_seconds": 600 });
        body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        admin(&server, by, body)
    };
    refused(&key(&chief(), json!({ "roles": ["Owner"] })), 403, "Owner");
    refused(&key(&chief(), json!({ "roles": ["Reader", "Invented"] })), 403, "Invented");
    id(&key(&chief(), json!({ "roles": ["Chief", "Reader"] })));
    // What policies ask for has to be had; the words of keys have not, by who is not held to them.
    let token = json!({ "sub": "chaz", "roles": ["Chief"], "scopes": [] });
    refused(&key(&token, json!({ "scopes": ["reports"] })), 403, "reports");
    id(&key(&token, json!({ "scopes": ["read", "write:pages", "admin"] })));
    id(&key(&json!({ "sub": "chaz", "roles": ["Chief"], "scopes": ["reports"] }), json!({ "scopes": ["reports"] })));
    // A key is held to them.
    let maker = key(&chief(), json!({ "roles": ["Chief"], "scopes": ["admin", "read:pages"] })).json().expect("JSON");
    let bearer = format!("Bearer {}", maker["key"].as_str().expect("a key"));
    let by_key = |scopes: Value| {
        let body = json!({ "do": "keys.create", "expires_seconds": 600, "scopes": scopes }).to_string();
        let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
        server.client().request("POST", "/_lithair/admin", &headers, body).expect("answers")
    };
    for scopes in [json!(["read"]), json!(["write:pages"]), json!([]), json!(["read:users"]), json!(["reports"])] {
        refused(&by_key(scopes), 403, "scope");
    }
    id(&by_key(json!(["read:pages", "admin"])));
    // One collection is a part of all of them.
    let whole = key(&chief(), json!({ "roles": ["Chief"], "scopes": ["admin", "read"] })).json().expect("JSON");
    assert_eq!(
        by(&server, &whole, json!({ "do": "keys.create", "expires_seconds": 600, "scopes": ["read:pages"] })).status,
        200
    );
    // Whose records it owns.
    refused(&key(&chief(), json!({ "subject": "oz" })), 403, "acts for itself");
    let acting = json!({ "subject": "chaz", "roles": ["Chief"], "scopes": ["admin", "read"] });
    let acting = key(&chief(), acting).json().expect("JSON");
    // Neither to itself nor to whom it acts for.
    for subject in [format!("key:{}", acting["id"].as_str().expect("an id")), "token:chaz".to_owned()] {
        let grant = json!({ "do": "rbac.grant", "subject": subject, "role": "Reader" });
        refused(&by(&server, &acting, grant), 403, "of their own");
    }
    assert_eq!(
        by(&server, &acting, json!({ "do": "rbac.grant", "subject": "token:ann", "role": "Reader" })).status,
        200
    );
    // A key of somebody who has more is not for who has less.
    let owners = id(&key(&who("oz", &["Owner"], None), json!({ "roles": ["Owner"] })));
    refused(&admin(&server, &chief(), json!({ "do": "keys.revoke", "id": owners })), 403, "Owner");
}

/// An administrator's request with this key.
fn by(server: &TestServer, key: &Value, body: Value) -> Response {
    let bearer = format!("Bearer {}", key["key"].as_str().expect("a key"));
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    server.client().request("POST", "/_lithair/admin", &headers, body.to_string()).expect("answers")
}

/// Whatever the word: what a policy asks for has to be had.
#[test]
fn a_word_of_keys_that_a_policy_asks_for_is_not_given_by_who_lacks_it() {
    #[derive(DeclarativeModel)]
    #[permission(all = authenticated, export = scope("admin"))]
    struct Book {
        #[db(primary_key, auto = sequence)]
        number: i64,
    }
    let server = TestServer::start(program().model::<Book>());
    let key = |scopes: &[&str], wanted: &str| {
        let by = json!({ "sub": "chaz", "roles": ["Chief"], "scopes": scopes });
        admin(&server, &by, json!({ "do": "keys.create", "expires_seconds": 600, "scopes": [wanted] }))
    };
    refused(&key(&[], "admin"), 403, "admin");
    id(&key(&["admin"], "admin"));
    id(&key(&[], "read"));
}

#[test]
fn who_administers_a_tenant_asks_about_it_and_about_nobody_in_particular() {
    let server = TestServer::start(program());
    let tia = who("tia", &["Chief"], Some("acme"));
    let ask =
        |who: Value| admin(&server, &tia, json!({ "do": "rbac.explain", "as": who, "can": "read", "of": "Page" }));
    assert_eq!(ask(Value::Null).json().expect("JSON")["allowed"], "no");
    assert_eq!(ask(json!({ "sub": "ann", "tenant": "acme" })).status, 200);
    refused(&ask(json!({ "sub": "ann", "tenant": "other" })), 403, "acme");
    refused(&ask(json!({ "sub": "ann" })), 403, "acme");
}

#[test]
fn an_explanation_knows_what_somebody_is_granted() {
    let server = TestServer::start(program());
    let ask = |who: &str, tenant: Option<&str>, can: &str| {
        let question =
            json!({ "do": "rbac.explain", "as": { "sub": who, "tenant": tenant }, "can": can, "of": "Page" });
        admin(&server, &chief(), question)
    };
    let may = |who: &str, tenant: Option<&str>, can: &str| {
        let answer = ask(who, tenant, can);
        assert_eq!(answer.status, 200, "{:?}", answer.json());
        answer.json().expect("JSON")["allowed"].as_str().expect("a word").to_owned()
    };
    assert_eq!(may("token:ann", None, "read"), "no");
    id(&grant(&server, &chief(), "token:ann", "Reader", Some("acme")));
    for who in ["ann", "token:ann"] {
        assert_eq!(
            (may(who, Some("acme"), "read"), may(who, None, "read")),
            ("yes".to_owned(), "no".to_owned()),
            "{who}"
        );
        assert_eq!(may(who, Some("acme"), "create"), "no");
    }
    let key = json!({ "do": "keys.create", "roles": ["Editor"], "scopes": ["read:pages"], "expires_seconds": 600 });
    let key = id(&admin(&server, &chief(), key));
    let named = format!("key:{key}");
    assert_eq!(
        (may(&named, None, "read"), may(&named, None, "create")),
        ("yes".to_owned(), "no".to_owned()),
        "its scopes"
    );
    admin(&server, &chief(), json!({ "do": "keys.revoke", "id": key }));
    refused(&ask(&named, None, "read"), 422, "not good any more");
    let user = json!({ "do": "user.create", "email": "ann@example.org", "roles": ["Reader"] });
    let named = format!("user:{}", id(&admin(&server, &chief(), user)));
    assert_eq!(
        (may(&named, None, "read"), may(&named, None, "create")),
        ("yes".to_owned(), "no".to_owned()),
        "its record"
    );
    id(&grant(&server, &chief(), &named, "Editor", None));
    assert_eq!(may(&named, None, "create"), "yes");
    admin(&server, &chief(), json!({ "do": "user.disable", "email": "ann@example.org" }));
    refused(&ask(&named, None, "read"), 422, "kept out");
    refused(&ask("user:nobody", None, "read"), 404, "no user");
}

/// A token for a new password is the user.
#[test]
fn a_user_with_more_is_not_taken_over() {
    let server = TestServer::start(program());
    let owner = who("oz", &["Owner"], None);
    let create = |by: &Value, email: &str, roles: Value| {
        admin(&server, by, json!({ "do": "user.create", "email": email, "roles": roles }))
    };
    refused(&create(&chief(), "o@example.org", json!(["Owner"])), 403, "Owner");
    id(&create(&owner, "o@example.org", json!(["Owner"])));
    let granted = id(&create(&owner, "g@example.org", json!([])));
    assert_eq!(admin(&server, &chief(), json!({ "do": "user.reset", "email": "g@example.org" })).status, 200);
    id(&grant(&server, &owner, &format!("user:{granted}"), "Owner", Some("acme")));
    for email in ["o@example.org", "g@example.org", "G@example.org"] {
        for request in ["user.reset", "user.disable"] {
            refused(&admin(&server, &chief(), json!({ "do": request, "email": email })), 403, "Owner");
        }
    }
    assert_eq!(admin(&server, &owner, json!({ "do": "user.reset", "email": "o@example.org" })).status, 200);
}

#[test]
fn lists_say_who_granted_what_and_go_on_where_they_ended() {
    let server = TestServer::start(program());
    for (subject, role, tenant) in
        [("token:ann", "Reader", None), ("token:ann", "Editor", Some("acme")), ("token:bob", "Reader", Some("acme"))]
    {
        id(&grant(&server, &chief(), subject, role, tenant));
    }
    let list = |more: Value| {
        let mut body = json!({ "do": "rbac.list" });
        body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        admin(&server, &chief(), body).json().expect("JSON")
    };
    let count = |more: Value| list(more)["items"].as_array().expect("a list").len();
    assert_eq!(count(json!({})), 3);
    assert_eq!(count(json!({ "subject": "token:ann" })), 2);
    assert_eq!(count(json!({ "role": "Reader" })), 2);
    assert_eq!(count(json!({ "tenant": "acme" })), 2);
    assert_eq!(count(json!({ "subject": "token:ann", "tenant": "acme", "role": "Editor" })), 1);
    assert_eq!(count(json!({ "subject": "token:nobody" })), 0);
    let one = list(json!({ "subject": "token:bob" }))["items"][0].clone();
    assert_eq!(
        (&one["granted_by"], &one["role"], &one["expires_at"]),
        (&json!("token:chaz"), &json!("Reader"), &Value::Null)
    );
    assert!(one["granted_at"].as_str().is_some_and(|time| time.parse::<Timestamp>().is_ok()));
    let (mut ids, mut after) = (Vec::new(), Value::Null);
    loop {
        let page = list(json!({ "limit": 1, "after": after }));
        ids.extend(page["items"].as_array().expect("a list").iter().map(|grant| grant["id"].to_string()));
        after = page["next"].clone();
        if after.is_null() {
            break;
        }
    }
    ids.dedup();
    assert_eq!(ids.len(), 3, "each once");
    for limit in [0, 501] {
        refused(&admin(&server, &chief(), json!({ "do": "rbac.list", "limit": limit })), 422, "1 to 500");
    }
}

#[test]
fn roles_come_from_where_the_setting_says() {
    let ann = who("ann", &["Reader"], None);
    let server = TestServer::start(program().setting("auth.roles", "store"));
    assert_eq!(reads(&server, &ann), 403, "a claim is nothing");
    assert_eq!(admin(&server, &chief(), json!({ "do": "rbac.list" })).status, 403, "not for administrators either");
    let (exit, _, error) = rbac(server.data(), "grant --to token:ann --role Reader");
    assert_eq!((exit, reads(&server, &ann)), (0, 200), "{error}");
    // What keys are made with is this server's word, and no claim.
    let made = Command::new(BINARY)
        .args(["keys", "create", "--role", "Reader", "--expires", "1h", "--json", "--data"])
        .arg(server.data())
        .output()
        .expect("runs");
    let key: Value = serde_json::from_slice(&made.stdout).expect("a key");
    let bearer = format!("Bearer {}", key["key"].as_str().expect("a key"));
    let answer = server.client().request("GET", "/api/pages", &[("authorization", &bearer)], "").expect("answers");
    assert_eq!(answer.status, 200, "{:?}", answer.json());

    let server = TestServer::start(program().setting("auth.roles", "claims"));
    assert_eq!(reads(&server, &ann), 200);
    refused(&grant(&server, &chief(), "token:bob", "Reader", None), 422, "`auth.roles` is `claims`");

    for (settings, words) in [
        (&[("auth.roles", "stor")][..], "expected one of claims, store, both; did you mean \"store\"?"),
        (&[("auth.roles", "")], "expected one of claims"),
        (
            &[("auth.roles", "store"), ("auth.jwt.roles_claim", "groups")],
            "auth.jwt.roles_claim (the program) has no effect",
        ),
        (
            &[("auth.roles", "store"), ("auth.oidc.corp.roles_claim", "groups")],
            "auth.oidc.corp.roles_claim (the program) has",
        ),
    ] {
        let program = settings.iter().fold(program(), |program, (key, text)| program.setting(key, text));
        let error = TestServer::try_start(program).err().expect(words).to_string();
        assert!(error.contains(words), "{error}");
    }
}

/// Whoever has the directory may do everything, with it or by the socket of the server that runs on it.
fn rbac(data: &Path, words: &str) -> (i32, Vec<Value>, String) {
    let output = Command::new(BINARY)
        .env("LITHAIR_AUTH__ADMIN_ROLE", "Root")
        .arg("rbac")
        .args(words.split(' '))
        .args(["--json", "--data"])
        .arg(data)
        .output()
        .expect("runs");
    let lines = output.stdout.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let lines = lines.map(|line| serde_json::from_slice(line).expect("JSON")).collect();
    (output.status.code().expect("ends"), lines, String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn whoever_has_the_directory_may_grant_everything() {
    let server = TestServer::start(program());
    let (exit, made, error) = rbac(server.data(), "grant --to token:ann --role Owner --tenant acme --expires 30d");
    assert_eq!(exit, 0, "{error}");
    assert_eq!(made[0]["granted_by"], "system:command-line");
    assert!(made[0]["expires_at"].is_string());
    assert_eq!(reads(&server, &who("ann", &[], Some("acme"))), 200);
    let (_, listed, _) = rbac(server.data(), "list --to token:ann");
    assert_eq!(listed, made);
    assert!(rbac(server.data(), "list --role Editor").1.is_empty());
    let id = made[0]["id"].as_str().expect("an id").to_owned();
    assert_eq!(rbac(server.data(), &format!("revoke {id}")).0, 0);
    assert_eq!(reads(&server, &who("ann", &[], Some("acme"))), 403);
    for (words, exit, expected) in [
        (format!("revoke {id}"), 1, "there is no grant"),
        ("grant --to token:ann --role Readr".to_owned(), 2, "did you mean `Reader`"),
        ("grant --to token:ann --role Reader --expires soon".to_owned(), 2, "--expires"),
        ("grant --to token:ann".to_owned(), 2, "--role"),
        ("list --url http://127.0.0.1:1".to_owned(), 2, "two places"),
        ("list --token-file x".to_owned(), 2, "--url"),
    ] {
        let (found, _, error) = rbac(server.data(), &words);
        assert_eq!((found, error.contains(expected)), (exit, true), "{words}: {error}");
    }
}

#[test]
fn grants_survive_a_kill_and_are_given_to_a_directory_that_nobody_runs_on() {
    let folder = Folder::new(env!("CARGO_TARGET_TMPDIR"), "grants-kill");
    let data = folder.join("data");
    let start = || {
        let mut command = Command::new(BINARY);
        command.env("LITHAIR_AUTH__ADMIN_ROLE", "Root");
        command.args(["serve", "--addr", "127.0.0.1:0", "--data"]).arg(&data);
        App::spawn(command).expect("starts")
    };
    let keys = Command::new(BINARY)
        .args(["keys", "create", "--expires", "1h", "--scope", "admin", "--json", "--data"])
        .arg(&data)
        .output()
        .expect("runs");
    let key: Value = serde_json::from_slice(&keys.stdout).expect("a key");
    let (bearer, identity) = (
        format!("Bearer {}", key["key"].as_str().expect("a key")),
        format!("key:{}", key["id"].as_str().expect("an id")),
    );
    let administers = |app: &App| {
        let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
        app.client().request("POST", "/_lithair/admin", &headers, br#"{"do":"rbac.list"}"#).expect("answers").status
    };
    let app = start();
    assert_eq!(administers(&app), 403);
    let (exit, made, error) = rbac(&data, &format!("grant --to {identity} --role Root"));
    assert_eq!((exit, administers(&app)), (0, 200), "{error}");
    app.kill();
    let app = start();
    assert_eq!(administers(&app), 200, "it was durable when it was granted");
    app.kill();
    // Nobody runs on it.
    let id = made[0]["id"].as_str().expect("an id").to_owned();
    assert_eq!(rbac(&data, &format!("revoke {id}")).0, 0);
    let app = start();
    assert_eq!(administers(&app), 403);
    app.kill();
    assert_eq!(rbac(&data, &format!("grant --to {identity} --role Root")).0, 0);
    let app = start();
    assert_eq!(administers(&app), 200);

    // The same over HTTP, as an administrator.
    let token = folder.join("token");
    fs::write(&token, bearer.trim_start_matches("Bearer ")).expect("is written");
    let over_http = |words: &[&str]| {
        let url = format!("http://{}", app.address());
        let command =
            Command::new(BINARY).arg("rbac").args(words).args(["--url", &url, "--token-file"]).arg(&token).output();
        let output = command.expect("runs");
        (
            output.status.code().expect("ends"),
            String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned(),
        )
    };
    let (exit, text) = over_http(&["list"]);
    assert_eq!(exit, 0, "{text}");
    assert!(text.contains("system:command-line") && text.contains(&identity) && text.contains("for good"), "{text}");
    let (exit, text) = over_http(&["grant", "--to", "token:ann", "--role", "Root"]);
    assert_eq!(exit, 0, "{text}");
    let (exit, text) = over_http(&["grant", "--to", &identity, "--role", "Root"]);
    assert_eq!((exit, text.contains("of their own")), (4, true), "{text}");
    drop(app);
    // No path leads to them, and no document knows of them.
    let app = start();
    assert_eq!(app.client().get("/api/lithair/grants").expect("answers").status, 404);
    assert!(!app.client().get("/_lithair/schema.json").expect("answers").json().to_string().contains("lithair_grants"));
}
