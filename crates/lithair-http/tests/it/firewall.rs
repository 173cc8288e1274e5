use lithair_auth::Algorithm;
use lithair_auth::testing::Issuer;
use lithair_http::HttpConfig;
use lithair_model::declare::{Per, RateLimitSchema, SecuritySchema, Window, rate_limit};
use lithair_model::{FieldSchema, LinkKind, LinkSchema, ModelSchema, OnDelete, RelationSchema};
use serde_json::json;

use crate::client::Service;
use crate::identity::{claims_of, verifier};

const LIMITS: &[RateLimitSchema] = &[
    rate_limit(&["create"], 2, Window::Day),
    rate_limit(&["get", "history"], 3, Window::Day).per(Per::Model),
    rate_limit(&["delete"], 1, Window::Hour).burst(2),
];

static LIMITED: ModelSchema = ModelSchema {
    name: "Limited",
    table: "limited",
    path: "limited",
    fields: &[FieldSchema::of::<String>("name"), FieldSchema::of::<Option<String>>("label")],
    key: &[0],
    security: SecuritySchema::OPEN.rate_limits(LIMITS),
    ..ModelSchema::PLAIN
};

static SHUT: ModelSchema = ModelSchema {
    name: "Shut",
    table: "shut",
    path: "shut",
    fields: &[FieldSchema { filter: true, ..FieldSchema::of::<String>("name") }],
    key: &[0],
    links: &[LinkSchema {
        name: "doors",
        wire: "doors",
        target: || &DOOR,
        kind: LinkKind::HasMany { via: "shut_name" },
    }],
    security: SecuritySchema::OPEN.firewall(&["127.0.0.0/8"], &["127.0.0.1/32"]),
    ..ModelSchema::PLAIN
};

static DOOR: ModelSchema = ModelSchema {
    name: "Door",
    table: "doors",
    path: "doors",
    fields: &[
        FieldSchema::of::<String>("name"),
        FieldSchema { filter: true, ..FieldSchema::of::<Option<String>>("shut_name") },
    ],
    key: &[0],
    relations: &[RelationSchema { name: "shut", fields: &[1], target: || &SHUT, on_delete: OnDelete::Restrict }],
    ..ModelSchema::PLAIN
};

/// Most of what a server has: limits that count, whatever else comes.
static TOTAL: ModelSchema = ModelSchema {
    name: "Total",
    table: "totals",
    path: "totals",
    fields: &[FieldSchema::of::<String>("name")],
    key: &[0],
    security: SecuritySchema::OPEN
        .rate_limits(&[rate_limit(&["all"], 4, Window::Day), rate_limit(&["create"], 3, Window::Day)]),
    ..ModelSchema::PLAIN
};

/// Counts who asks, and not from where.
static PERSONAL: ModelSchema = ModelSchema {
    name: "Personal",
    table: "personal",
    path: "personal",
    fields: &[FieldSchema::of::<String>("name")],
    key: &[0],
    security: SecuritySchema::OPEN.rate_limits(&[
        rate_limit(&["create"], 2, Window::Day).per(Per::Principal),
        rate_limit(&["create"], 7, Window::Day),
    ]),
    ..ModelSchema::PLAIN
};

#[test]
fn a_principal_is_counted_wherever_it_comes_from() {
    let issuer = Issuer::new(Algorithm::EdDsa);
    let tokens = verifier(&issuer, Algorithm::EdDsa);
    let service = Service::of(vec![&PERSONAL], |config| {
        config.auth.tokens = Some(tokens);
        config.firewall.trusted_proxies = vec!["127.0.0.1".parse().expect("a network")];
    });
    let mut number = 0;
    let mut create = |subject: &str, client: &str| {
        number += 1;
        let token = match subject {
            "" => String::new(),
            subject => format!("authorization: Bearer {}\n", issuer.token(&claims_of(subject))),
        };
        let head = format!("POST /api/personal\n{token}x-forwarded-for: {client}");
        service.send(&format!("{head}\n\n{{\"name\":\"{number}\"}}"))
    };
    let first = create("ada", "192.0.2.1");
    assert_eq!((first.status, first.header("ratelimit-policy")), (201, "\"create 2/d each\";q=2;w=86400"));
    assert_eq!(create("ada", "192.0.2.2").status, 201);
    let denied = create("ada", "192.0.2.3");
    assert_eq!(denied.verdict(), "429 rate-limited");
    assert!(denied.header("ratelimit").starts_with("\"create 2/d each\";r=0;"), "{}", denied.header("ratelimit"));
    assert_eq!(create("bob", "192.0.2.1").status, 201, "another principal");
    // Who is nobody in particular is counted by the address.
    assert_eq!(["192.0.2.1"; 3].map(|client| create("", client).status), [201, 201, 429]);
    assert_eq!(create("", "192.0.2.9").status, 201);
    // The address was counted four times; what the principals' limit refused was not.
    assert_eq!(["eve", "eve", "dan"].map(|subject| create(subject, "192.0.2.1").status), [201, 201, 201]);
    assert_eq!(create("dan", "192.0.2.1").header("ratelimit-policy"), "\"create 7/d\";q=7;w=86400");
    let batch = |name: &str| {
        let op = format!(r#"{{"op":"create","collection":"personal","data":{{"name":"{name}"}}}}"#);
        let token = issuer.token(&claims_of("ida"));
        let head = format!("POST /api/_batch\nauthorization: Bearer {token}\nx-forwarded-for: 192.0.2.50");
        service.send(&format!("{head}\n\n{{\"ops\":[{op}]}}")).status
    };
    assert_eq!(["x", "y", "z"].map(batch), [200, 200, 429]);
}

fn service(change: impl FnOnce(&mut HttpConfig)) -> Service {
    Service::of(vec![&LIMITED, &SHUT, &DOOR, &TOTAL], change)
}

#[test]
fn a_limit_holds_and_says_when_to_come_again() {
    let service = service(|_| ());
    let create = |name: &str| service.send(&format!("POST /api/limited\n\n{{\"name\":\"{name}\"}}"));
    let first = create("a");
    assert_eq!(first.status, 201);
    assert_eq!(first.header("ratelimit-policy"), "\"create 2/d\";q=2;w=86400");
    assert_eq!(first.header("ratelimit"), "\"create 2/d\";r=1;t=43200");
    assert_eq!(first.header("retry-after"), "");
    assert_eq!(create("b").status, 201);
    let position = service.send("GET /api/limited").header("lithair-seq").to_owned();
    let denied = create("c");
    assert_eq!(denied.verdict(), "429 rate-limited");
    assert_eq!(denied.header("ratelimit-policy"), "\"create 2/d\";q=2;w=86400");
    assert!(denied.header("ratelimit").starts_with("\"create 2/d\";r=0;t="), "{}", denied.header("ratelimit"));
    let seconds: u64 = denied.header("retry-after").parse().expect("seconds");
    assert!((43_000..=43_200).contains(&seconds), "{seconds}");
    // Nothing was written, and other operations are not counted.
    let list = service.send("GET /api/limited");
    assert_eq!((list.status, list.header("lithair-seq"), list.header("ratelimit")), (200, position.as_str(), ""));
    service
        .check([("PATCH /api/limited/a\n\n{\"label\":\"x\"}", "200"), ("GET /api/limited/c", "404 record-not-found")]);
}

#[test]
fn a_denied_request_does_not_send_its_body() {
    let service = service(|_| ());
    for name in ["a", "b"] {
        service.create("limited", &format!("{{\"name\":\"{name}\"}}"));
    }
    let mut client = service.client();
    client.raw(
        b"POST /api/limited HTTP/1.1\r\nhost: test\r\ncontent-type: application/json\r\nexpect: 100-continue\r\ncontent-length: 12\r\n\r\n",
    );
    assert_eq!(client.response(false).verdict(), "429 rate-limited", "and no 100 before it");
}

/// A limit on creates holds, however records are created.
#[test]
fn no_other_way_goes_around_a_limit() {
    let op = |name: &str| format!(r#"{{"op":"create","collection":"limited","data":{{"name":"{name}"}}}}"#);
    let batch = service(|_| ());
    let three = batch.send(&format!("POST /api/_batch\n\n{{\"ops\":[{},{},{}]}}", op("a"), op("b"), op("c")));
    assert_eq!((three.verdict().as_str(), &three.json()["index"]), ("429 rate-limited", &2.into()));
    assert_eq!(batch.send("GET /api/limited").header("lithair-seq"), "0", "all or nothing");

    let import = service(|_| ());
    let lines = "{\"name\":\"a\"}\n{\"name\":\"b\"}\n{\"name\":\"c\"}\n";
    let report =
        import.send(&format!("POST /api/limited:import\ncontent-type: application/x-ndjson\n\n{lines}")).json();
    assert_eq!((&report["created"], &report["failed"]), (&2.into(), &1.into()), "{report}");
    assert_eq!((&report["errors"][0]["line"], &report["errors"][0]["code"]), (&3.into(), &"rate-limited".into()));

    let replace = service(|_| ());
    let put =
        |name: &str| replace.send(&format!("PUT /api/limited/{name}\nif-none-match: *\n\n{{\"name\":\"{name}\"}}"));
    assert_eq!([put("a").status, put("b").status, put("c").status], [201, 201, 429]);
}

#[test]
fn operations_of_one_limit_share_it() {
    let service = service(|_| ());
    service.create("limited", r#"{"name":"a"}"#);
    service.check([
        ("GET /api/limited/a", "200"),
        ("HEAD /api/limited/a", "200"),
        ("GET /api/limited/none", "404 record-not-found"),
        ("GET /api/limited/a", "429 rate-limited"),
        ("GET /api/limited/a/history", "429 rate-limited"),
        ("OPTIONS /api/limited/a", "204"),
        ("DELETE /api/limited/a", "204"),
        ("DELETE /api/limited/a", "404 record-not-found"),
        ("DELETE /api/limited/a", "429 rate-limited"),
    ]);
}

#[test]
fn what_one_limit_refuses_no_other_counts() {
    let service = service(|_| ());
    let create = |name: &str| service.send(&format!("POST /api/totals\n\n{{\"name\":\"{name}\"}}"));
    for name in ["a", "b", "c"] {
        assert_eq!(create(name).status, 201);
    }
    for _ in 0..3 {
        assert_eq!(create("d").status, 429);
    }
    let last = service.send("GET /api/totals");
    assert_eq!((last.status, last.header("ratelimit-policy")), (200, "\"all 4/d\";q=4;w=86400"));
    assert_eq!(service.send("GET /api/totals").status, 429);
}

#[test]
fn the_server_has_a_rate_of_its_own() {
    let service = service(|config| config.firewall.rate = Some("3/d".parse().expect("a rate")));
    service.check([
        ("GET /api/limited", "200"),
        ("GET /health/live", "200"),
        ("GET /nothing", "404 no-such-path"),
        ("GET /api/limited", "429 rate-limited"),
    ]);
}

#[test]
fn a_model_is_shut_to_some_by_every_way_in() {
    let service = service(|_| ());
    service.create("doors", r#"{"name":"a"}"#);
    service.check([
        ("GET /api/shut", "403 address-refused"),
        ("POST /api/shut\n\n{\"name\":\"a\"}", "403 address-refused"),
        ("POST /api/shut:import\ncontent-type: application/x-ndjson\n\n{\"name\":\"a\"}", "403 address-refused"),
        ("GET /api/shut/a/doors", "403 address-refused"),
        (
            "POST /api/_batch\n\n{\"ops\":[{\"op\":\"create\",\"collection\":\"shut\",\"data\":{\"name\":\"a\"}}]}",
            "403 address-refused",
        ),
        ("GET /api/doors/a/shut", "403 address-refused"),
        ("GET /api/doors?expand=shut", "403 address-refused"),
        ("GET /api/doors/a?expand=shut", "403 address-refused"),
        ("GET /api/doors?filter=shut.name%3D%22x%22", "403 address-refused"),
        ("GET /api/doors?filter=shut.name%3D%22x%22\naccept: application/x-ndjson", "403 address-refused"),
        ("GET /api/doors", "200"),
        ("GET /health/ready", "200"),
    ]);
}

#[test]
fn an_address_that_may_not_come_is_not_read() {
    let service = service(|config| config.firewall.deny = vec!["127.0.0.1".parse().expect("a network")]);
    let mut client = service.client();
    // Half a request would be waited for.
    client.raw(b"GET /api");
    assert!(client.try_response(false).is_none_or(|refused| refused.status == 403));
    assert!(client.is_closed());
}

#[test]
fn a_trusted_proxy_brings_others() {
    let service = service(|config| {
        config.firewall.trusted_proxies = vec!["127.0.0.1".parse().expect("a network")];
        config.firewall.deny = vec!["192.0.2.66".parse().expect("a network")];
    });
    service.check([
        ("GET /api/doors\nx-forwarded-for: 192.0.2.66", "403 address-refused"),
        ("GET /api/doors\nx-forwarded-for: 192.0.2.66, 192.0.2.1", "200"),
        ("GET /api/doors\nx-forwarded-for: unknown", "400 bad-forwarding"),
        // The model denies 127.0.0.1, and allows the rest of its network.
        ("GET /api/shut\nx-forwarded-for: 127.0.0.9", "200"),
        ("GET /api/shut", "403 address-refused"),
        ("GET /api/shut\nx-forwarded-for: 192.0.2.1", "403 address-refused"),
    ]);
    let create = |client: &str, name: &str| {
        service.send(&format!("POST /api/limited\nx-forwarded-for: {client}\n\n{{\"name\":\"{name}\"}}")).status
    };
    assert_eq!([create("192.0.2.1", "a"), create("192.0.2.1", "b"), create("192.0.2.1", "c")], [201, 201, 429]);
    assert_eq!(create("192.0.2.2", "d"), 201, "another client");
    // Whoever is not trusted cannot become somebody else.
    let direct = self::service(|_| ());
    let create = |name: &str| {
        direct.send(&format!("POST /api/limited\nx-forwarded-for: 192.0.2.{name}\n\n{{\"name\":\"{name}\"}}")).status
    };
    assert_eq!([create("1"), create("2"), create("3")], [201, 201, 429]);
}

/// They say why credentials are refused, which no answer does.
#[test]
fn the_metrics_are_for_their_networks_and_for_administrators() {
    let issuer = Issuer::new(Algorithm::EdDsa);
    let tokens = verifier(&issuer, Algorithm::EdDsa);
    let open = |service: &Service, head: &str| {
        let answer = service.send(&format!("GET /metrics\n{head}"));
        assert!(["200", "404 no-such-path"].contains(&answer.verdict().as_str()), "{head}: {}", answer.verdict());
        answer.status == 200
    };
    let local = service(|_| ());
    assert!(open(&local, ""));
    // A proxy on this machine that nobody named: for whom it asks, it says, and it is not believed.
    for said in ["x-forwarded-for: 127.0.0.1", "forwarded: for=127.0.0.1", "x-real-ip: 127.0.0.1", "via: 1.1 proxy"] {
        assert!(!open(&local, said), "{said}");
    }
    let behind = service(|config| config.firewall.trusted_proxies = vec!["127.0.0.1".parse().expect("a network")]);
    for (said, is_open) in [
        ("", true),
        ("x-forwarded-for: 127.0.0.9", true),
        ("x-forwarded-for: 192.0.2.1", false),
        ("x-forwarded-for: 127.0.0.9, 192.0.2.1", false),
        ("forwarded: for=192.0.2.1", false),
    ] {
        assert_eq!(open(&behind, said), is_open, "{said}");
    }
    let elsewhere = service(|config| {
        config.firewall.trusted_proxies = vec!["127.0.0.1".parse().expect("a network")];
        config.firewall.metrics = vec!["192.0.2.0/24".parse().expect("a network")];
        config.auth.admin_role = Some("Root".to_owned());
        config.auth.tokens = Some(tokens);
    });
    assert!(!open(&elsewhere, "") && open(&elsewhere, "x-forwarded-for: 192.0.2.7"));
    let token = |roles: serde_json::Value, tenant: Option<&str>| {
        let mut claims = claims_of("ada");
        (claims["roles"], claims["tenant"]) = (roles, json!(tenant));
        format!("authorization: Bearer {}", issuer.token(&claims))
    };
    assert!(open(&elsewhere, &token(json!(["Root"]), None)));
    assert!(!open(&elsewhere, &token(json!(["Root"]), Some("acme"))), "what is counted is of all tenants");
    assert!(!open(&elsewhere, &token(json!(["Reader"]), None)));
    // There is nothing at the path, to the byte.
    let plain = |path: &str| {
        let mut body = elsewhere.send(&format!("GET {path}")).json();
        body.as_object_mut().expect("an object").remove("request_id");
        body
    };
    assert_eq!(plain("/metrics"), plain("/nothing"));
}

#[test]
fn documents_say_who_may_come_and_how_often() {
    let service = service(|_| ());
    let schema = service.send("GET /_lithair/schema.json").json();
    assert_eq!(
        schema["models"][0]["rate_limits"][0],
        json!({ "operations": ["create"], "rate": "2/d", "burst": 2, "per": "ip" })
    );
    assert_eq!(schema["models"][1]["firewall"], json!({ "allow": ["127.0.0.0/8"], "deny": ["127.0.0.1/32"] }));
    let paths = service.send("GET /_lithair/openapi.json").json()["paths"].clone();
    for (path, method, status) in [
        ("/api/limited", "post", "429"),
        ("/api/shut", "get", "403"),
        ("/api/doors/{key}/shut", "get", "403"),
        ("/api/totals/{key}", "delete", "429"),
        ("/api/_batch", "post", "403"),
        ("/api/_batch", "post", "429"),
    ] {
        let reference = format!("#/components/responses/Problem{status}");
        assert_eq!(paths[path][method]["responses"][status]["$ref"], reference, "{path} {method}");
    }
}
