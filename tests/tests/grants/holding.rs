//! When grants hold: at once and until their end, in their tenant, for every kind of credential.

use super::*;

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

/// Whoever is of no tenant administers all of them, so a token that forgets to say one was an administrator of everything.
#[test]
fn a_token_without_the_claim_that_names_the_tenant_is_not_good() {
    let folder = Folder::new(env!("CARGO_TARGET_TMPDIR"), "grants-tenants");
    let (issuer, secret) = (Issuer::new(Algorithm::Hs256), folder.join("secret"));
    fs::write(&secret, issuer.verification_key()).expect("is written");
    let start = |settings: &[(&str, &str)]| {
        let program = program()
            .setting("auth.jwt.algorithm", "HS256")
            .setting("auth.jwt.secret_file", secret.to_str().expect("a text"))
            .setting("auth.jwt.issuer", "issuer")
            .setting("auth.jwt.audience", "pages");
        TestServer::start(settings.iter().fold(program, |program, (key, text)| program.setting(key, text)))
    };
    let status = |server: &TestServer, more: Value| {
        let mut claims =
            json!({ "iss": "issuer", "aud": "pages", "sub": "ann", "exp": 4_000_000_000_i64, "roles": ["Reader"] });
        claims.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        let token = format!("Bearer {}", issuer.token(&claims));
        server.client().request("GET", "/api/pages", &[("authorization", &token)], "").expect("answers").status
    };
    for (claim, other) in [("org", "tenant"), ("realm.org", "org"), ("tenant", "org")] {
        let server = start(&[("auth.jwt.tenant_claim", claim)]);
        let said = |value: Value| match claim {
            "realm.org" => json!({ "realm": { "org": value } }),
            claim => json!({ claim: value }),
        };
        assert_eq!((status(&server, said(json!("acme"))), status(&server, json!({}))), (200, 401), "{claim}");
        assert_eq!(status(&server, json!({ other: "acme" })), 401, "{claim}");
        assert_eq!(status(&server, said(Value::Null)), 200, "of no tenant, on purpose");
    }
    let server = start(&[]);
    assert_eq!(status(&server, json!({})), 200, "a program that says nothing of tenants needs none");
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
