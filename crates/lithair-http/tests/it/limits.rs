use std::time::Duration;

use crate::client::Service;

#[test]
fn sizes_are_limited_before_and_while_reading() {
    let service = Service::with(|config| config.limits.query_body_bytes_max = 1_000);
    let long = |bytes: usize| "x".repeat(bytes);
    service.check([
        (&format!("POST /api/tags\n\n{{\"name\":\"{}\"}}", long(65_000)), "201"),
        (&format!("POST /api/tags\n\n{{\"name\":\"{}\"}}", long(65_536)), "413 body-too-large"),
        ("POST /api/tags\ncontent-type: application/json\ncontent-length: 99999999999", "413 body-too-large"),
        (&format!("QUERY /api/tags\n\n{{\"filter\":\"{}\"}}", long(1_000)), "413 body-too-large"),
        (&format!("GET /api/tags?filter={}", long(9_000)), "414 target-too-long"),
        (&format!("GET /api/tags/{}", long(9_000)), "414 target-too-long"),
        (&format!("GET /api/tags\nx-long: {}", long(17_000)), "431 headers-too-large"),
    ]);
}

#[test]
fn a_chunked_body_is_cut_off_at_the_limit() {
    let service = Service::start();
    let mut client = service.client();
    client.raw(b"POST /api/tags HTTP/1.1\r\nhost: test\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n");
    let chunk = format!("2000\r\n{}\r\n", "x".repeat(0x2000));
    for _ in 0..9 {
        client.raw(chunk.as_bytes());
    }
    // Not the end of the body, and answered all the same.
    let response = client.response(false);
    assert_eq!(response.verdict(), "413 body-too-large");
    assert_eq!(response.json()["limit"], 65_536);
}

#[test]
fn a_client_that_still_sends_gets_its_answer() {
    let service = Service::start();
    for _ in 0..5 {
        let mut client = service.client();
        client.raw(b"POST /api/tags HTTP/1.1\r\nhost: test\r\ncontent-type: application/json\r\ncontent-length: 8000000\r\n\r\n");
        client.raw(&vec![b'x'; 8_000_000]);
        assert_eq!(client.response(false).verdict(), "413 body-too-large");
        assert!(client.is_closed());
    }
}

#[test]
fn a_body_above_the_limit_is_refused_before_it_is_sent() {
    let service = Service::start();
    let head = |length: usize| {
        format!(
            "POST /api/tags HTTP/1.1\r\nhost: test\r\ncontent-type: application/json\r\nexpect: 100-continue\r\ncontent-length: {length}\r\n\r\n"
        )
    };
    let mut client = service.client();
    client.raw(head(100_000).as_bytes());
    assert_eq!(client.response(false).verdict(), "413 body-too-large", "and no 100 before it");
    let mut client = service.client();
    let body = r#"{"name":"a"}"#;
    client.raw(head(body.len()).as_bytes());
    assert_eq!(client.response(false).status, 100);
    client.raw(body.as_bytes());
    assert_eq!(client.response(false).status, 201);
    service.check([("GET /api/tags\nexpect: miracles", "417 expectation-failed")]);
}

#[test]
fn a_body_where_none_is_taken_is_refused() {
    let service = Service::start();
    service.check([
        ("GET /api/tags\n\n{\"limit\":1}", "400 body-not-expected"),
        ("DELETE /api/tags/a\n\n{}", "400 body-not-expected"),
        ("GET /api/tags\ncontent-length: 0", "200"),
        ("OPTIONS /api/tags\n\nx", "400 body-not-expected"),
    ]);
}

#[test]
fn a_slow_body_is_given_up() {
    let service = Service::with(|config| config.timeouts.body = Duration::from_millis(20));
    for head in [
        "POST /api/tags HTTP/1.1\r\nhost: test\r\ncontent-type: application/json\r\ncontent-length: 20\r\n\r\n{\"na",
        "POST /api/tags:import HTTP/1.1\r\nhost: test\r\ncontent-type: application/x-ndjson\r\ntransfer-encoding: chunked\r\n\r\n4\r\n{\"na\r\n",
    ] {
        let mut client = service.client();
        client.raw(head.as_bytes());
        assert_eq!(client.response(false).verdict(), "408 body-timeout");
    }
}

#[test]
fn a_client_that_is_silent_or_slow_is_hung_up_on() {
    let silent = Service::with(|config| config.timeouts.first_byte = Duration::from_millis(20));
    assert!(silent.client().is_closed(), "no byte came");
    let slow = Service::with(|config| config.timeouts.header = Duration::from_millis(20));
    for begun in ["G", "PRI * HTTP/2.0\r\n", "GET /api/tags HTTP/1.1\r\nhost: te"] {
        let mut client = slow.client();
        client.raw(begun.as_bytes());
        assert!(client.is_closed(), "{begun}");
    }
    // The same between two requests of one connection.
    let mut client = slow.client();
    assert_eq!(client.send("GET /api/tags").status, 200);
    client.raw(b"GET /api/tags HTTP/1.1\r\nho");
    assert!(client.is_closed());
}

#[test]
fn an_idle_connection_is_closed_and_a_busy_one_is_not() {
    let service = Service::with(|config| config.timeouts.keep_alive = Duration::from_millis(20));
    let mut client = service.client();
    assert_eq!(client.send("GET /api/tags").status, 200);
    assert!(client.is_closed());
    // A request that waits for longer than that is no idleness.
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| service.send("GET /api/tags/a\nlithair-min-seq: 1"));
        for _ in 0..5 {
            let mut idle = service.client();
            assert_eq!(idle.send("GET /api/tags").status, 200);
            assert!(idle.is_closed());
        }
        service.create("tags", r#"{"name":"a"}"#);
        assert_eq!(waiting.join().expect("no panic").status, 200);
    });
}

#[test]
fn a_reader_that_stops_reading_is_given_up() {
    let service = Service::with(|config| config.timeouts.write = Duration::from_millis(50));
    let label = "x".repeat(60_000);
    let mut client = service.client();
    for number in 0..200 {
        assert_eq!(
            client.send(&format!("POST /api/tags\n\n{{\"name\":\"{number}\",\"label\":\"{label}\"}}")).status,
            201
        );
    }
    // 12 MB, of which the sockets' buffers take a part. Nobody reads until the server has hung up.
    let mut reader = service.client();
    reader.raw(b"GET /api/tags HTTP/1.1\r\nhost: test\r\naccept: application/x-ndjson\r\n\r\n");
    while !open_connections(&service, 2) {}
    assert!(reader.try_response(false).is_none_or(|response| response.body.len() < 12_000_000));
}

/// Whether at most so many connections are open, this one included.
fn open_connections(service: &Service, most: u64) -> bool {
    let metrics = service.send("GET /metrics").text();
    let open = metrics.lines().find_map(|line| line.strip_prefix("lithair_http_connections ")).expect("is counted");
    open.parse::<u64>().expect("a number") <= most
}

#[test]
fn connections_are_limited() {
    let service = Service::with(|config| config.limits.connections_per_ip_max = 2);
    let (mut first, mut second) = (service.client(), service.client());
    assert_eq!(first.send("GET /api/tags").status, 200);
    assert_eq!(second.send("GET /api/tags").status, 200);
    let mut third = service.client();
    let refused = third.try_response(false);
    assert!(refused.is_none_or(|response| response.status == 503));
    assert!(third.is_closed());
    drop(first);
    // The place is given back when the server sees that the client has gone.
    while service.client().try_send("GET /api/tags").is_none_or(|response| response.status == 503) {}
    assert_eq!(second.send("GET /api/tags").status, 200);
}

#[test]
fn a_connection_has_so_many_requests() {
    let service = Service::with(|config| config.limits.requests_per_connection_max = 2);
    let mut client = service.client();
    assert_eq!(client.send("GET /api/tags").header("connection"), "");
    assert_eq!(client.send("GET /api/tags").header("connection"), "close");
    assert!(client.is_closed());
}
