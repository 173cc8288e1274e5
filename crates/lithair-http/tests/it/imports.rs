use lithair_model::{RefusalReason, Unavailable};
use serde_json::json;

use crate::client::{Response, Service};

fn import(service: &Service, collection: &str, lines: &str) -> Response {
    service.send(&format!("POST /api/{collection}:import\ncontent-type: application/x-ndjson\n\n{lines}"))
}

#[test]
fn lines_are_imported_and_bad_ones_named() {
    let service = Service::start();
    let lines = "{\"name\":\"a\"}\n\n  \r\n{\"name\":\"b\",\"label\":1}\nnonsense\n{\"name\":\"c\"}\r\n[]\n{\"label\":\"d\"}\n{\"name\":\"e\"}";
    let response = import(&service, "tags", lines);
    assert_eq!(response.status, 200);
    let report = response.json();
    assert_eq!(
        (&report["created"], &report["updated"], &report["unchanged"], &report["failed"]),
        (&json!(3), &json!(0), &json!(0), &json!(4))
    );
    let errors: Vec<_> = report["errors"]
        .as_array()
        .expect("errors")
        .iter()
        .map(|error| (error["line"].as_u64(), error["code"].as_str()))
        .collect();
    let expected = [(4, "validation-failed"), (5, "malformed-json"), (7, "malformed-json"), (8, "validation-failed")];
    assert_eq!(errors, expected.map(|(line, code)| (Some(line), Some(code))), "{report}");
    assert_eq!(report["errors"][0]["errors"][0]["pointer"], "/label");
    assert_eq!(response.header("lithair-seq"), "1", "one command, one entry");

    let again = import(&service, "tags", "{\"name\":\"a\"}\n{\"name\":\"c\",\"label\":\"C\"}\n").json();
    assert_eq!((&again["created"], &again["updated"], &again["unchanged"]), (&json!(0), &json!(1), &json!(1)));
}

#[test]
fn a_record_that_the_store_refuses_stops_no_other() {
    let service = Service::start();
    let product = service.create("products", r#"{"name":"Lamp"}"#);
    let id = product.rsplit('/').next().expect("an id");
    service.create("tags", r#"{"name":"a"}"#);
    let line = |tag: &str| format!("{{\"product_id\":\"{id}\",\"tag_name\":\"{tag}\"}}\n");
    let report = import(&service, "product-tags", &[line("none"), line("a"), line("missing")].concat()).json();
    assert_eq!((&report["created"], &report["failed"]), (&json!(1), &json!(2)));
    assert_eq!(
        (&report["errors"][0]["line"], &report["errors"][0]["code"]),
        (&json!(1), &json!("reference-violation"))
    );
    assert_eq!(report["errors"][1]["line"], 3);
}

#[test]
fn two_lines_of_one_record_are_two_changes() {
    let service = Service::start();
    let report =
        import(&service, "tags", "{\"name\":\"a\",\"label\":\"1\"}\n{\"name\":\"a\",\"label\":\"2\"}\n").json();
    assert_eq!((&report["created"], &report["updated"]), (&json!(1), &json!(1)));
    assert_eq!(service.send("GET /api/tags/a").json()["label"], "2");
}

#[test]
fn a_line_that_is_too_long_is_named_and_not_kept_in_memory() {
    let service = Service::start();
    let long = "x".repeat(70 * 1024);
    let lines = format!("{{\"name\":\"a\"}}\n{{\"name\":\"{long}\"}}\n{{\"name\":\"b\"}}\n");
    let report = import(&service, "tags", &lines).json();
    assert_eq!((&report["created"], &report["failed"]), (&json!(2), &json!(1)), "{report}");
    assert_eq!((&report["errors"][0]["line"], &report["errors"][0]["code"]), (&json!(2), &json!("body-too-large")));
}

#[test]
fn lines_may_be_cut_anywhere_by_the_transfer() {
    let service = Service::start();
    let lines = "{\"name\":\"a\"}\n{\"name\":\"b\"}\r\n\n{\"name\":\"c\"}";
    for size in 1..=lines.len() {
        let mut client = service.client();
        client.raw(b"POST /api/tags:import HTTP/1.1\r\nhost: test\r\ncontent-type: application/x-ndjson\r\ntransfer-encoding: chunked\r\n\r\n");
        for chunk in lines.as_bytes().chunks(size) {
            client.raw(format!("{:x}\r\n{}\r\n", chunk.len(), std::str::from_utf8(chunk).expect("ASCII")).as_bytes());
        }
        client.raw(b"0\r\n\r\n");
        let report = client.response(false).json();
        let done = report["created"].as_u64().expect("a count") + report["unchanged"].as_u64().expect("a count");
        assert_eq!((done, &report["failed"]), (3, &json!(0)), "chunks of {size}");
    }
}

#[test]
fn an_import_that_the_disk_stops_says_what_it_has_done() {
    let service = Service::start();
    *service.backend.refuses.lock().expect("no one panicked") = Some(RefusalReason::Unavailable(Unavailable::DiskFull));
    let response = import(&service, "tags", "{\"name\":\"a\"}\n");
    assert_eq!(response.verdict(), "503 disk-full");
    assert_eq!(response.json()["imported"]["created"], 0);
}

/// Every refused line was tried without letting anybody else of the thread have a turn.
#[test]
fn an_import_of_refused_lines_keeps_nobody_waiting() {
    let service = Service::with(|config| config.reactors = lithair_http::Reactors::PerThread(1));
    let id = "01890a5d-ac96-774b-bcce-b302099a8057";
    let lines: Vec<String> = (0..500).map(|n| format!(r#"{{"product_id":"{id}","tag_name":"{n}"}}"#)).collect();
    let body = lines.join("\n");
    let mut importing = service.client();
    let head = "POST /api/product-tags:import HTTP/1.1\r\nhost: a\r\ncontent-type: application/x-ndjson";
    importing.raw(format!("{head}\r\ncontent-length: {}\r\n\r\n{body}", body.len()).as_bytes());
    while service.backend.submissions() == 0 {
        std::thread::yield_now();
    }
    assert_eq!(service.send("GET /health/live").status, 200);
    assert!(!importing.has_answer(), "the import took all of the thread's time");
    assert_eq!(importing.response(false).json()["failed"], 500);
}
