//! Who gives and takes: nobody what they lack, and administrators of a tenant in it alone.

use super::*;

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
