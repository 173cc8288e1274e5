//! What is told of grants: to administrators, of a tenant and of everything.

use super::*;

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
