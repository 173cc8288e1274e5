use crate::client::Service;

#[test]
fn every_answer_has_the_default_headers_and_no_server() {
    let service = Service::start();
    service.create("tags", r#"{"name":"a"}"#);
    // Where the log is, is told with records and to who may ask for them.
    for (request, position) in [
        ("GET /api/tags/a", "1"),
        ("GET /api/tags", "1"),
        ("GET /nothing", ""),
        ("OPTIONS /api/tags", ""),
        ("DELETE /api/tags/b", "1"),
        ("GET /metrics", ""),
        ("GET /_lithair/openapi.json", ""),
        ("GET /_lithair/openapi.json\nlithair-min-seq: 9", ""),
        ("GET /health/ready", ""),
        ("POST /_lithair/admin\n\n{}", ""),
        ("GET /api/tags\nauthorization: Bearer x", ""),
        ("POST /api/_batch\n\n{\"ops\":[]}", ""),
        ("PATCH /api/tags/a\ncontent-type: text/plain\n\nx", "1"),
    ] {
        let response = service.send(request);
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("content-security-policy", "default-src 'none'; frame-ancestors 'none'; base-uri 'none'"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-resource-policy", "same-origin"),
            ("vary", "accept, accept-encoding, authorization, cookie"),
            ("lithair-seq", position),
            ("server", ""),
        ] {
            assert_eq!(response.header(name), value, "{request} {name}");
        }
        assert!(!response.header("date").is_empty(), "{request}");
        assert!(!response.header("x-request-id").is_empty(), "{request}");
    }
}

#[test]
fn a_request_keeps_its_identifier_if_it_is_sound() {
    let service = Service::start();
    let check = |given: &str, is_kept: bool| {
        let response = service.send(&format!("GET /health/live\nx-request-id: {given}"));
        assert_eq!(response.header("x-request-id") == given, is_kept, "{given}");
        assert!(!response.header("x-request-id").is_empty());
    };
    check("abc-DEF_1.2~3", true);
    check(&"a".repeat(128), true);
    check(&"a".repeat(129), false);
    check("with space", false);
    check("quo\"te", false);
    check("grüße", false);
    check("a/b", false);
    let first = service.send("GET /health/live").header("x-request-id").to_owned();
    assert_ne!(first, service.send("GET /health/live").header("x-request-id"), "each request has its own");
}

#[test]
fn media_types_are_negotiated() {
    let service = Service::start();
    service.create("tags", r#"{"name":"a"}"#);
    service.check([
        ("GET /api/tags\naccept: application/json", "200"),
        ("GET /api/tags\naccept: text/html, */*;q=0.1", "200"),
        ("GET /api/tags\naccept: text/csv", "200"),
        ("GET /api/tags\naccept: application/xml", "406 not-acceptable"),
        ("GET /api/tags/a\naccept: text/csv", "406 not-acceptable"),
        ("GET /api/tags/a\naccept: application/x-ndjson", "406 not-acceptable"),
        ("GET /api/tags\naccept: application/json;q=0, application/x-ndjson;q=0", "406 not-acceptable"),
        ("POST /api/tags\naccept: text/html\n\n{\"name\":\"b\"}", "406 not-acceptable"),
        ("GET /api/tags/b", "404 record-not-found"),
        ("POST /api/tags\ncontent-type: application/json; charset=utf-8\n\n{\"name\":\"b\"}", "201"),
        ("PATCH /api/tags/b\ncontent-type: application/merge-patch+json\n\n{\"label\":\"B\"}", "200"),
        ("POST /api/tags\ncontent-type: application/json\ncontent-encoding: gzip\n\n{}", "415 unsupported-media-type"),
    ]);
    let check = |request: &str, name: &str, types: &str| {
        let response = service.send(request);
        assert_eq!(
            (response.verdict().as_str(), response.header(name)),
            ("415 unsupported-media-type", types),
            "{request}"
        );
    };
    check("POST /api/tags\ncontent-type: text/plain\n\n{}", "accept-post", "application/json");
    check("POST /api/tags\ncontent-type: application/x-www-form-urlencoded\n\na=b", "accept-post", "application/json");
    check("POST /api/tags\ncontent-length: 0", "accept-post", "application/json");
    check(
        "PATCH /api/tags/a\ncontent-type: application/json-patch+json\n\n[]",
        "accept-patch",
        "application/merge-patch+json, application/json",
    );
    check("QUERY /api/tags\ncontent-type: text/plain\n\nx", "accept-query", "application/json");
    check("POST /api/tags:import\ncontent-type: text/csv\n\na,b", "accept-post", "application/x-ndjson");
}

#[test]
fn consistency_is_kept_or_refused() {
    let service = Service::with(|config| config.timeouts.catch_up = std::time::Duration::from_millis(20));
    service.create("tags", r#"{"name":"a"}"#);
    service.check([
        ("GET /api/tags/a\nlithair-min-seq: 1", "200"),
        ("GET /api/tags/a\nlithair-min-seq: 2", "503 not-caught-up"),
        ("GET /api/tags/a\nlithair-min-seq: 18446744073709551615", "503 not-caught-up"),
        ("GET /api/tags/a\nlithair-min-seq: 18446744073709551616", "400 invalid-header"),
        ("GET /api/tags/a\nlithair-min-seq: -1", "400 invalid-header"),
        ("GET /api/tags/a\nlithair-min-seq: 1\nlithair-min-seq: 1", "400 invalid-header"),
        ("GET /api/tags/a\nlithair-consistency: linearizable", "200"),
        ("GET /api/tags/a\nlithair-consistency: bounded=100", "200"),
        ("GET /api/tags/a\nlithair-consistency: bounded=x", "400 invalid-header"),
        ("GET /api/tags/a\nlithair-consistency: strong", "400 invalid-header"),
    ]);
}

#[test]
fn a_read_waits_for_what_its_client_has_written() {
    let service = Service::start();
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| service.send("GET /api/tags\nlithair-min-seq: 3"));
        for name in ["a", "b", "c"] {
            service.create("tags", &format!(r#"{{"name":"{name}"}}"#));
        }
        let response = waiting.join().expect("no panic");
        assert_eq!(response.json()["items"].as_array().map(Vec::len), Some(3));
    });
}

#[test]
fn what_would_hold_a_change_back_is_not_passed_over() {
    let service = Service::start();
    service.create("tags", r#"{"name":"a"}"#);
    let date = "Mon, 23 Nov 2020 17:00:00 GMT";
    service.check([
        (&format!("PATCH /api/tags/a\nif-unmodified-since: {date}\n\n{{}}"), "400 invalid-header"),
        (&format!("DELETE /api/tags/a\nif-unmodified-since: {date}"), "400 invalid-header"),
        ("PUT /api/tags/a\ncontent-range: bytes 0-1/9\n\n{}", "400 invalid-header"),
        // RFC 9110, 13.1.3 and 14.2: without a date there is no condition, and a range need not be served.
        (&format!("GET /api/tags/a\nif-modified-since: {date}"), "200"),
        ("GET /api/tags/a\nrange: bytes=0-1", "200"),
    ]);
    assert_eq!(service.send("GET /api/tags/a").header("etag"), "\"1\"", "nothing was done");
}

#[test]
fn a_body_has_one_type() {
    let service = Service::start();
    let json = "content-type: application/json";
    service.check([
        (&format!("POST /api/tags\n{json}\ncontent-type: text/plain\n\n{{\"name\":\"a\"}}"), "400 invalid-header"),
        (&format!("POST /api/tags\n{json}\n{json}\n\n{{\"name\":\"a\"}}"), "400 invalid-header"),
        (
            &format!(
                "POST /api/tags\n{json}\ncontent-encoding: identity\ncontent-encoding: gzip\n\n{{\"name\":\"a\"}}"
            ),
            "415 unsupported-media-type",
        ),
    ]);
}

#[test]
fn preferences_are_read_as_rfc_7240_writes_them() {
    let service = Service::start();
    service.create("tags", r#"{"name":"a"}"#);
    let check = |prefer: &str, status: u16| {
        let response = service.send(&format!("PATCH /api/tags/a\n{prefer}\n\n{{}}"));
        assert_eq!(response.status, status, "{prefer}");
    };
    check("prefer: return=minimal", 204);
    check("prefer: wait=5\nprefer: Return = \"minimal\"; x=y, respond-async", 204);
    check("prefer: return=representation\nprefer: return=minimal", 200);
    check("prefer: strange; return=minimal", 200);
}
