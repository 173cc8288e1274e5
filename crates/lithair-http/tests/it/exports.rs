use crate::client::Service;

#[test]
fn an_export_is_all_records_of_one_moment() {
    let service = Service::start();
    let count = 1_203;
    let mut client = service.client();
    let lines: String = (0..count).map(|number| format!("{{\"name\":\"{number:05}\"}}\n")).collect();
    let imported = client.send(&format!("POST /api/tags:import\ncontent-type: application/x-ndjson\n\n{lines}"));
    assert_eq!(imported.json()["created"], count);

    // The first piece is read; then records change; the rest still shows the moment of the first.
    client.raw(b"GET /api/tags HTTP/1.1\r\nhost: test\r\naccept: application/x-ndjson\r\n\r\n");
    assert_eq!(service.send("DELETE /api/tags/01202").status, 204);
    let export = client.response(false);
    assert_eq!((export.status, export.header("content-type")), (200, "application/x-ndjson"));
    let text = export.text();
    let seq: u64 = export.header("lithair-seq").parse().expect("a position");
    let expected =
        if seq == imported.header("lithair-seq").parse::<u64>().expect("a position") { count } else { count - 1 };
    assert_eq!(text.lines().count(), expected);
    for (number, line) in text.lines().enumerate() {
        assert_eq!(line, format!("{{\"name\":\"{number:05}\",\"label\":null,\"_rev\":1}}"));
    }
}

#[test]
fn an_export_takes_fields_and_no_places() {
    let service = Service::start();
    service.create("tags", r#"{"name":"a","label":"A"}"#);
    let export = service.send("GET /api/tags?fields=label\naccept: application/x-ndjson");
    assert_eq!(export.text(), "{\"label\":\"A\",\"_rev\":1}\n");
    let query = service.send("QUERY /api/tags\naccept: application/x-ndjson\n\n{\"fields\":\"name\"}");
    assert_eq!(query.text(), "{\"name\":\"a\",\"_rev\":1}\n");
    for parameter in ["sort=name", "limit=1", "offset=1", "cursor=x", "count=exact"] {
        let refused = service.send(&format!("GET /api/tags?{parameter}\naccept: application/x-ndjson"));
        assert_eq!(refused.verdict(), "400 invalid-parameter", "{parameter}");
    }
    let empty = service.send("GET /api/products\naccept: application/x-ndjson");
    assert_eq!((empty.status, empty.body.len()), (200, 0));
    let head = service.send("HEAD /api/tags\naccept: application/x-ndjson");
    assert_eq!((head.status, head.header("content-type")), (200, "application/x-ndjson"));
}

#[test]
fn what_was_exported_can_be_imported_and_changes_nothing() {
    let service = Service::start();
    service.create("tags", r#"{"name":"a","label":"A"}"#);
    service.create("products", r#"{"name":"Lamp","price":"9.50","extra":[1.50,"x"]}"#);
    for collection in ["tags", "products"] {
        let export = service.send(&format!("GET /api/{collection}\naccept: application/x-ndjson")).text();
        let imported =
            service.send(&format!("POST /api/{collection}:import\ncontent-type: application/x-ndjson\n\n{export}"));
        let report = imported.json();
        assert_eq!((&report["unchanged"], &report["failed"]), (&1.into(), &0.into()), "{report}");
    }
}
