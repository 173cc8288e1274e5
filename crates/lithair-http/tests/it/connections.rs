use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use lithair_http::{Dealing, Reactors};

use crate::client::Service;

#[test]
fn requests_may_be_pipelined() {
    let service = Service::start();
    service.create("tags", r#"{"name":"a"}"#);
    let mut client = service.client();
    client.raw(&b"GET /api/tags/a HTTP/1.1\r\nhost: a\r\n\r\n".repeat(50));
    client.raw(b"GET /api/tags/b HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
    for _ in 0..50 {
        assert_eq!(client.response(false).status, 200);
    }
    assert_eq!(client.response(false).verdict(), "404 record-not-found");
    assert!(client.is_closed());
}

#[test]
fn every_way_to_have_threads_serves_the_same() {
    for reactors in [Reactors::PerThread(1), Reactors::PerThread(3), Reactors::Shared(2)] {
        for dealing in [Dealing::RoundRobin, Dealing::ReusePort] {
            let service = Service::with(|config| (config.reactors, config.dealing) = (reactors, dealing));
            let mut clients: Vec<_> = (0..8).map(|_| service.client()).collect();
            for (number, client) in clients.iter_mut().enumerate() {
                assert_eq!(client.send(&format!("POST /api/tags\n\n{{\"name\":\"{number}\"}}")).status, 201);
            }
            for (number, client) in clients.iter_mut().enumerate() {
                assert_eq!(client.send(&format!("GET /api/tags/{number}")).status, 200, "{reactors:?} {dealing:?}");
            }
        }
    }
}

#[test]
fn http2_is_spoken_with_prior_knowledge() {
    let service = Service::start();
    service.create("tags", r#"{"name":"a"}"#);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let stream = tokio::net::TcpStream::connect(service.addr()).await.expect("the server accepts");
        let (mut sender, connection) =
            http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.expect("HTTP/2");
        tokio::spawn(connection);
        let request = |method: &str, path: &str, body: &'static str| {
            let uri = format!("http://test{path}");
            let request = http::Request::builder().method(method).uri(uri).header("content-type", "application/json");
            request.body(Full::new(Bytes::from_static(body.as_bytes()))).expect("is a request")
        };
        let read = sender.send_request(request("GET", "/api/tags/a", "")).await.expect("an answer");
        assert_eq!((read.status().as_u16(), read.headers()["etag"].as_bytes()), (200, &b"\"1\""[..]));
        let body = read.into_body().collect().await.expect("a body").to_bytes();
        assert_eq!(body, r#"{"name":"a","label":null,"_rev":1}"#);
        let created = sender.send_request(request("POST", "/api/tags", r#"{"name":"b"}"#)).await.expect("an answer");
        assert_eq!(created.status().as_u16(), 201);
        let missing = sender.send_request(request("GET", "/api/tags/c", "")).await.expect("an answer");
        assert_eq!(missing.status().as_u16(), 404);
    });
}

#[test]
fn a_stream_that_nobody_takes_is_given_up() {
    let service = Service::with(|config| config.timeouts.write = Duration::from_millis(30));
    let label = "x".repeat(60_000);
    let mut client = service.client();
    for number in 0..20 {
        assert_eq!(
            client.send(&format!("POST /api/tags\n\n{{\"name\":\"{number}\",\"label\":\"{label}\"}}")).status,
            201
        );
    }
    drop(client);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let stream = tokio::net::TcpStream::connect(service.addr()).await.expect("the server accepts");
        let mut client = http2::Builder::new(TokioExecutor::new());
        client.initial_stream_window_size(65_535).initial_connection_window_size(65_535);
        let handshake = client.handshake::<_, Full<Bytes>>(TokioIo::new(stream));
        let (mut sender, connection) = handshake.await.expect("HTTP/2");
        let connection = tokio::spawn(connection);
        let request = http::Request::get("http://test/api/tags").header("accept", "application/x-ndjson");
        let request = request.body(Full::default()).expect("is a request");
        let response = sender.send_request(request).await.expect("an answer");
        assert_eq!(response.status().as_u16(), 200);
        // The body is not read, so the client never asks for more; the connection ends all the same.
        let _ended = connection.await.expect("no panic");
    });
}

#[test]
fn a_bug_is_a_500_and_ends_nothing() {
    let service = Service::start();
    service.create("tags", r#"{"name":"a"}"#);
    let mut client = service.client();
    service.backend.panics.store(true, Ordering::SeqCst);
    let response = client.send("GET /api/tags/a");
    assert_eq!(response.verdict(), "500 internal-error");
    assert!(!response.text().contains("planted"), "nothing internal leaks");
    assert_eq!(client.send("GET /api/tags/a").status, 200, "on the same connection");
    assert!(client.send("GET /metrics").text().contains("lithair_http_panics_total 1\n"));
}

#[test]
fn a_stopping_server_finishes_what_is_under_way() {
    let service = Service::start();
    let (mut waiting, mut idle) = (service.client(), service.client());
    assert_eq!(idle.send("GET /api/tags").status, 200);
    waiting.raw(b"GET /api/tags HTTP/1.1\r\nhost: a\r\nlithair-min-seq: 1\r\n\r\n");
    service.handle.begin_drain();
    let ready = service.send("GET /health/ready");
    assert_eq!((ready.status, &ready.json()["checks"]["draining"]), (503, &"the server is stopping".into()));
    let addr = service.addr();
    let (backend, handle) = (service.backend.clone(), service.handle);
    std::thread::scope(|scope| {
        let stopping = scope.spawn(move || handle.stop());
        assert!(idle.is_closed(), "an idle connection is closed at once");
        assert!(!stopping.is_finished(), "a request is under way");
        backend.advance();
        let response = waiting.response(false);
        assert_eq!((response.status, response.header("lithair-seq")), (200, "1"));
        assert!(waiting.is_closed());
        stopping.join().expect("no panic");
    });
    assert!(std::net::TcpStream::connect(addr).is_err(), "nobody listens any more");
}

#[test]
fn a_request_that_never_ends_does_not_keep_the_server() {
    let service = Service::with(|config| {
        config.timeouts.drain = Duration::from_millis(30);
        config.timeouts.catch_up = Duration::from_secs(3_600);
    });
    let mut waiting = service.client();
    waiting.raw(b"GET /api/tags HTTP/1.1\r\nhost: a\r\nlithair-min-seq: 1\r\n\r\n");
    // Its request has arrived once the count of connections shows both.
    while !service.send("GET /metrics").text().contains("lithair_http_connections 2\n") {}
    service.handle.stop();
    assert!(waiting.is_closed());
}

#[test]
fn the_port_can_be_taken_again_at_once_and_not_twice() {
    let service = Service::start();
    let addr = service.addr();
    let mut client = service.client();
    assert_eq!(client.send("GET /health/live").status, 200);
    let config = lithair_http::HttpConfig::new(addr);
    let taken = lithair_http::Server::bind(config.clone(), service.backend.clone());
    assert!(matches!(taken, Err(lithair_http::BindError::Address { addr: other, .. }) if other == addr));
    let backend = service.backend.clone();
    service.handle.stop();
    let again = lithair_http::Server::bind(config, backend).expect("the port is free again");
    assert_eq!(again.addr(), addr);
}

/// The write was made, and the connection closed without a word.
#[test]
fn a_client_that_has_no_more_to_ask_gets_its_answer() {
    let service = Service::start();
    for request in [
        "POST /api/tags HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 12\r\n\r\n{\"name\":\"a\"}",
        "GET /api/tags HTTP/1.1\r\nhost: a\r\naccept: application/x-ndjson\r\n\r\n",
        "GET /api/tags/a HTTP/1.1\r\nhost: a\r\n\r\n",
    ] {
        let mut client = service.client();
        client.raw(request.as_bytes());
        client.finish();
        assert!(client.response(false).status < 300, "{request}");
        assert!(client.is_closed(), "{request}");
    }
}
