//! What keys may have and do: no more than who made them.

use super::*;

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
    let acting = json!({ "subject": "chaz", "roles": ["Chief"], "scopes": ["admin", "read", "write"] });
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

/// The session of a user has every scope, and a token is not held to the words of keys: whoever makes somebody one of these with a key gave them
/// what the key lacks.
#[test]
fn a_key_makes_nobody_who_may_do_what_it_is_not_for() {
    let server = TestServer::start(program());
    let key = |scopes: &[&str]| {
        let key = json!({ "do": "keys.create", "expires_seconds": 600, "roles": ["Chief"], "scopes": scopes });
        let made = admin(&server, &chief(), key);
        assert_eq!(made.status, 200, "{:?}", made.json());
        made.json().expect("JSON")
    };
    let user =
        |email: &str| json!({ "do": "user.create", "email": email, "roles": ["Chief"], "password": "correct horse" });
    let grant = |subject: &str| json!({ "do": "rbac.grant", "subject": subject, "role": "Reader" });
    let created = admin(&server, &chief(), user("ann@example.org"));
    let ann = format!("user:{}", id(&created));
    // `reports` is what a policy of the program asks for.
    let reset = json!({ "do": "user.reset", "email": "ann@example.org" });
    let disable = |enable: bool| json!({ "do": "user.disable", "email": "ann@example.org", "enable": enable });
    for (scopes, lacks) in [
        (&["admin"][..], "read"),
        (&["admin", "read"], "write"),
        (&["admin", "read:pages", "write:pages", "reports"], "read"),
        (&["admin", "read", "write"], "reports"),
    ] {
        let key = key(scopes);
        for request in [user("eve@example.org"), reset.clone(), grant(&ann), disable(true)] {
            refused(&by(&server, &key, request), 403, &format!("the scope {lacks:?}"));
        }
        // Keeping somebody out, looking and taking back give nobody anything.
        assert_eq!(by(&server, &key, disable(false)).status, 200);
        assert_eq!(by(&server, &key, json!({ "do": "user.list" })).status, 200);
    }
    refused(&by(&server, &key(&["admin", "read"]), grant("token:bob")), 403, "the scope \"write\"");
    let granted = by(&server, &key(&["admin", "read", "write"]), grant("token:bob"));
    assert_eq!(granted.status, 200, "what a policy asks for is not the grant's to give: {:?}", granted.json());
    let taken = by(&server, &key(&["admin"]), json!({ "do": "rbac.revoke", "id": id(&granted) }));
    assert_eq!(taken.status, 200, "{:?}", taken.json());
    let whole = key(&["admin", "read", "write", "reports"]);
    for request in [user("eve@example.org"), reset, grant(&ann), disable(true)] {
        let answer = by(&server, &whole, request);
        assert_eq!(answer.status, 200, "{:?}", answer.json());
    }
    // A token is held to what policies ask for, and to nothing else.
    let token = json!({ "sub": "chaz", "roles": ["Chief"], "scopes": [] });
    refused(&admin(&server, &token, user("bob@example.org")), 403, "reports");
    let token = json!({ "sub": "chaz", "roles": ["Chief"], "scopes": ["reports"] });
    id(&admin(&server, &token, user("bob@example.org")));
}

/// A key without a subject is itself and nobody else, and was a way to whoever had made it: Ann's key gave Ann a role for good.
#[test]
fn a_key_is_whoever_made_it_too() {
    let server = TestServer::start(program());
    let key = json!({
        "do": "keys.create", "expires_seconds": 600, "roles": ["Chief"], "scopes": ["admin", "read", "write"],
    });
    let first = admin(&server, &chief(), key.clone()).json().expect("JSON");
    let second = by(&server, &first, key).json().expect("JSON");
    let grant = |subject: &str| json!({ "do": "rbac.grant", "subject": subject, "role": "Reader" });
    let named = |key: &Value| format!("key:{}", key["id"].as_str().expect("an id"));
    for key in [&first, &second] {
        refused(&by(&server, key, grant("token:chaz")), 403, "of their own");
        refused(&by(&server, key, grant(&named(&first))), 403, "of their own");
    }
    id(&by(&server, &first, grant(&named(&second))));
    let owner = who("oz", &["Owner"], None);
    let granted = id(&admin(&server, &owner, grant("token:chaz")));
    refused(&by(&server, &second, json!({ "do": "rbac.revoke", "id": granted })), 403, "of their own");
    assert_eq!(by(&server, &second, grant("token:ann")).status, 200);
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
