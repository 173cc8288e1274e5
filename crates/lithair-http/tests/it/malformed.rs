use crate::client::Service;

/// Whatever comes: an answer below 500, or the connection is closed, and the server goes on.
#[track_caller]
fn survives(service: &Service, bytes: &[u8]) {
    let mut client = service.client();
    client.raw(bytes);
    client.finish();
    while let Some(response) = client.try_response(false) {
        assert!(response.status < 500, "{} for {:?}", response.status, String::from_utf8_lossy(bytes));
    }
    assert_eq!(service.send("GET /health/live").status, 200);
}

fn status(service: &Service, bytes: &[u8]) -> u16 {
    let mut client = service.client();
    client.raw(bytes);
    client.response(false).status
}

#[test]
fn what_is_no_http_is_refused() {
    let service = Service::start();
    for bytes in [
        &b""[..],
        b"\r\n\r\n",
        b"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET\r\n\r\n",
        b"GET /api/tags\r\n\r\n",
        b"GET /api/tags HTTP/0.9\r\n\r\n",
        b"GET /api/tags HTTP/9.9\r\nhost: a\r\n\r\n",
        b"GET  /api/tags  HTTP/1.1\r\nhost: a\r\n\r\n",
        b"GET /api/tags HTTP/1.1\r\nhost: a\r\nno colon\r\n\r\n",
        b"GET /api/tags HTTP/1.1\r\nhost: a\r\n: no name\r\n\r\n",
        b"GET /api/tags HTTP/1.1\r\nhost : a\r\n\r\n",
        b"GET /api/tags HTTP/1.1\r\nhost: a\r\nx: \0\r\n\r\n",
        b"GET /api/tags HTTP/1.1\r\nhost: a\r\n folded: line\r\n\r\n",
        b"GET /api/\xff\xfe HTTP/1.1\r\nhost: a\r\n\r\n",
        b"GET /api/tags\0 HTTP/1.1\r\nhost: a\r\n\r\n",
        b"G\xc3\x89T /api/tags HTTP/1.1\r\nhost: a\r\n\r\n",
        b"POST /api/tags HTTP/1.1\r\nhost: a\r\ncontent-length: x\r\n\r\n",
        b"POST /api/tags HTTP/1.1\r\nhost: a\r\ncontent-length: -1\r\n\r\n",
        b"POST /api/tags HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab",
        b"POST /api/tags HTTP/1.1\r\nhost: a\r\ncontent-length: 99999999999999999999999\r\n\r\n",
        b"POST /api/tags HTTP/1.1\r\nhost: a\r\ntransfer-encoding: gzip\r\n\r\n",
        b"POST /api/tags HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked, gzip\r\n\r\n",
        b"POST /api/tags HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n",
        b"POST /api/tags HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\nffffffffffffffffff\r\n",
        b"POST /api/tags HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{\"na",
        b"POST /api/tags HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{\"na",
        b"CONNECT a:1 HTTP/1.1\r\nhost: a\r\n\r\n",
        b"TRACE / HTTP/1.1\r\nhost: a\r\n\r\n",
        b"GET /api/tags HTTP/1.1\r\nhost: a\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\0\0\0\0\0\0garbage garbage garbage",
        b"OPTIONS * HTTP/1.1\r\nhost: a\r\n\r\n",
        b"GET * HTTP/1.1\r\nhost: a\r\n\r\n",
    ] {
        survives(&service, bytes);
    }
    let many = format!("GET /api/tags HTTP/1.1\r\nhost: a\r\n{}\r\n", "x: y\r\n".repeat(5_000));
    survives(&service, many.as_bytes());
    survives(&service, &[b'A'; 200_000]);
    let metrics = service.send("GET /metrics").text();
    assert!(metrics.contains("lithair_http_panics_total 0\n"), "{metrics}");
}

/// hyper's `pipeline_flush` kept answers back as long as other bytes were there: a write was made and nobody told.
#[test]
fn an_answer_does_not_wait_for_what_comes_behind_its_request() {
    let service = Service::start();
    for (number, behind) in
        ["\r\n", "GET /hea", "\0 no HTTP\r\n\r\n", "GET / HTTP/1.1\r\nx : y\r\n\r\n"].iter().enumerate()
    {
        let body = format!("{{\"name\":\"{number}\"}}");
        let head = format!(
            "POST /api/tags HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        let mut client = service.client();
        client.raw(format!("{head}{body}{behind}").as_bytes());
        assert_eq!(client.response(false).status, 201, "{behind:?}");
    }
}

#[test]
fn what_is_no_http_is_told_so() {
    let service = Service::start();
    let check = |bytes: &[u8], expected: u16| {
        assert_eq!(status(&service, bytes), expected, "{:?}", String::from_utf8_lossy(bytes));
    };
    check(b"GET /api/tags\r\n\r\n", 400);
    check(b"GET /a b HTTP/1.1\r\nhost: a\r\n\r\n", 400);
    check(b"GET /api/tags HTTP/1.1\r\nhost: a\r\nx : y\r\n\r\n", 400);
    check(b"GET /api/tags HTTP/1.1\r\nhost: a\r\nx: y\r\n folded\r\n\r\n", 400);
    check(b"GET /api/\xff HTTP/1.1\r\nhost: a\r\n\r\n", 400);
    check(b"POST /api/tags HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab", 400);
    check(format!("GET /api/tags HTTP/1.1\r\nhost: a\r\n{}\r\n", "x: y\r\n".repeat(200)).as_bytes(), 431);
}

#[test]
fn a_request_cannot_be_smuggled_behind_another() {
    let service = Service::start();
    service.create("tags", r#"{"name":"a"}"#);
    let body = "0\r\n\r\nDELETE /api/tags/a HTTP/1.1\r\nhost: a\r\n\r\n";
    // Two lengths: what one reader takes for the body is the next request for another.
    let head = "POST /api/tags HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ntransfer-encoding: chunked";
    let mut client = service.client();
    client.raw(format!("{head}\r\ncontent-length: {}\r\n\r\n{body}", body.len()).as_bytes());
    let answers: Vec<_> = std::iter::from_fn(|| client.try_response(false)).map(|response| response.status).collect();
    assert!(matches!(answers[..], [] | [400]), "{answers:?}");
    assert_eq!(service.send("GET /api/tags/a").status, 200, "nothing was done");
}

#[test]
fn a_host_is_named_once() {
    let service = Service::start();
    assert_eq!(status(&service, b"GET /api/tags HTTP/1.1\r\n\r\n"), 400);
    assert_eq!(status(&service, b"GET /api/tags HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n"), 400);
    assert_eq!(status(&service, b"GET /api/tags HTTP/1.0\r\n\r\n"), 200);
}

#[test]
fn bodies_that_are_no_json_say_where() {
    let service = Service::start();
    for body in [
        "",
        " ",
        "{",
        "}",
        "null",
        "42",
        "\"text\"",
        "[]",
        "{\"name\":}",
        "{\"name\":\"a\",}",
        "{name:\"a\"}",
        "{'name':'a'}",
        "{\"name\":\"a\"} x",
        "{\"name\":\"a\"}{}",
        "{\"name\":\"a\",\"name\":\"b\"}",
        "{\"name\":\"\\ud800\"}",
        "{\"name\":\"\u{1}\"}",
        "{\"name\":01}",
        "{\"name\":NaN}",
        "\u{feff}{\"name\":\"a\"}",
    ] {
        let response = service
            .send(&format!("POST /api/tags\ncontent-type: application/json\ncontent-length: {}\n\n{body}", body.len()));
        assert_eq!(response.verdict(), "400 malformed-json", "{body}\n{}", response.text());
    }
    let deep = format!("{{\"name\":\"x\",\"extra\":{}1{}}}", "[".repeat(50_000), "]".repeat(50_000));
    let response = service.send(&format!("POST /api/products\n\n{deep}"));
    assert_eq!(response.status, 413);
    let deep = format!("{{\"name\":\"x\",\"extra\":{}1{}}}", "[".repeat(5_000), "]".repeat(5_000));
    let response = service.send(&format!("POST /api/products\n\n{deep}"));
    assert!(matches!(response.status, 400 | 422), "{}", response.text());
}

#[test]
fn clients_that_vanish_leave_nothing_behind() {
    let service = Service::start();
    for request in [
        &b"GET /api/tags HTTP/1.1\r\nhost: a\r\n\r\n"[..],
        b"GET /api/tags HTTP/1.1\r\nhost: a\r\nlithair-min-seq: 99\r\n\r\n",
        b"POST /api/tags HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{",
        b"POST /api/tags:import HTTP/1.1\r\nhost: a\r\ncontent-type: application/x-ndjson\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{\"na",
    ] {
        for _ in 0..20 {
            let mut client = service.client();
            client.raw(request);
        }
    }
    let count = |service: &Service| {
        let metrics = service.send("GET /metrics").text();
        let line = metrics.lines().find_map(|line| line.strip_prefix("lithair_http_connections "));
        line.and_then(|count| count.parse::<u64>().ok()).expect("connections are counted")
    };
    while count(&service) > 1 {}
    assert_eq!(service.send("POST /api/tags\n\n{\"name\":\"a\"}").status, 201);
}

/// hyper answers these itself, with nothing but a status.
#[test]
fn what_cannot_be_parsed_is_a_problem_like_any_other() {
    let service = Service::start();
    let check = |bytes: &[u8], verdict: &str| {
        let mut client = service.client();
        client.raw(bytes);
        let response = client.response(false);
        assert_eq!(response.verdict(), verdict, "{:?}", String::from_utf8_lossy(bytes));
        assert_eq!((response.header("connection"), response.header("x-content-type-options")), ("close", "nosniff"));
        assert!(!response.header("date").is_empty() && !response.header("x-request-id").is_empty());
        assert!(client.is_closed());
    };
    check(b"GET  /api/tags HTTP/1.1\r\nhost: a\r\n\r\n", "400 malformed-request");
    check(b"GET /api/tags HTTP/1.1\r\nhost: a\r\nno colon\r\n\r\n", "400 malformed-request");
    let long = "x".repeat(70_000);
    check(format!("GET /{long} HTTP/1.1\r\nhost: a\r\n\r\n").as_bytes(), "431 headers-too-large");
    check(format!("GET / HTTP/1.1\r\nhost: a\r\nx: {long}\r\n\r\n").as_bytes(), "431 headers-too-large");
    let many: String = (0..150).map(|number| format!("x-{number}: a\r\n")).collect();
    check(format!("GET / HTTP/1.1\r\nhost: a\r\n{many}\r\n").as_bytes(), "431 headers-too-large");
    // After good ones, too.
    let mut client = service.client();
    assert_eq!(client.send("GET /api/tags").status, 200);
    client.raw(b"GET  /api/tags HTTP/1.1\r\nhost: a\r\n\r\n");
    assert_eq!(client.response(false).verdict(), "400 malformed-request");
    let counted = service.send("GET /metrics").text();
    assert!(
        counted.contains("lithair_http_requests_total{method=\"\",route=\"unmatched\",status=\"400\"} 3"),
        "{counted}"
    );
}

/// A record may say what an answer of the library's says.
#[test]
fn a_body_that_looks_like_an_answer_stays_as_it_is() {
    let service = Service::start();
    let fake = "HTTP/1.1 400 Bad Request\\r\\nconnection: close\\r\\ncontent-length: 0\\r\\n\\r\\n";
    service.create("tags", &format!(r#"{{"name":"a","label":"{fake}"}}"#));
    let label = service.send("GET /api/tags/a").json()["label"].clone();
    assert_eq!(label, "HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
}
