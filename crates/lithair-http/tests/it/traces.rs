use std::sync::mpsc::{Receiver, sync_channel};

use serde_json::Value;

use crate::client::Service;

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT: &str = "00f067aa0ba902b7";

fn logged(lines: usize) -> (Service, Receiver<String>) {
    let (give, taken) = sync_channel(lines);
    (Service::with(|config| config.access_log = Some(give)), taken)
}

#[test]
fn a_trace_goes_on_with_a_span_of_our_own() {
    let service = Service::start();
    let send = || service.send(&format!("GET /api/tags\ntraceparent: 00-{TRACE}-{PARENT}-01"));
    let (first, second) = (send(), send());
    let first = first.header("traceparent");
    assert!(first.starts_with(&format!("00-{TRACE}-")) && first.ends_with("-01") && first.len() == 55, "{first}");
    assert!(!first.contains(PARENT) && first != second.header("traceparent"));
    assert_eq!(service.send("GET /api/tags").header("traceparent"), "");
    assert_eq!(service.send("GET /api/tags\ntraceparent: 00-1-2-3").header("traceparent"), "");
}

#[test]
fn each_request_is_a_line_without_values() {
    let (service, lines) = logged(100);
    service.create("tags", r#"{"name":"secret-name"}"#);
    let read = service.send(&format!("GET /api/tags?filter=name%3D%22secret%22&limit=1\ntraceparent: 00-{TRACE}-{PARENT}-01\nauthorization: Bearer secret"));
    let lines: Vec<Value> = (0..2)
        .map(|_| lines.recv().expect("a line a request"))
        .map(|line| {
            assert!(!line.contains("secret") && !line.contains('\n'), "{line}");
            serde_json::from_str(&line).expect("is JSON")
        })
        .collect();
    assert_eq!(
        (&lines[0]["method"], &lines[0]["path"], &lines[0]["status"]),
        (&"POST".into(), &"/api/tags".into(), &201.into())
    );
    let line = &lines[1];
    assert_eq!((&line["route"], &line["client"]), (&"/api/tags".into(), &"127.0.0.1".into()));
    assert_eq!(line["request_id"], read.header("x-request-id"));
    assert_eq!(line["bytes"], read.body.len());
    assert_eq!(line["trace_id"], TRACE);
    assert!(line["micros"].is_u64() && line["at"].as_str().is_some_and(|at| at.ends_with('Z')), "{line}");
}

#[test]
fn a_line_is_one_line_whatever_is_asked() {
    let (service, lines) = logged(100);
    for path in ["/api/%0a%22%7b", "/api/tags/\"quoted\"", "/api/tags/back\\slash"] {
        service.send(&format!("GET {path}"));
        let line = lines.recv().expect("a line a request");
        let parsed: Value = serde_json::from_str(&line).expect("is JSON");
        assert!(!line.contains('\n') && parsed["path"].is_string(), "{line}");
    }
}

#[test]
fn nobody_waits_for_a_reader_of_lines() {
    let (service, lines) = logged(1);
    for _ in 0..3 {
        assert_eq!(service.send("GET /api/tags").status, 200);
    }
    assert!(service.send("GET /metrics").text().contains("lithair_http_access_log_lost_total 2\n"));
    drop(lines);
    assert_eq!(service.send("GET /api/tags").status, 200);
}
