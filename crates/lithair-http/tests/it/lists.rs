use std::sync::atomic::Ordering;

use serde_json::{Value, json};

use crate::client::{Response, Service};

/// `p0` to `p(count-1)`, with stock 0, 1, 2, 0, 1, 2, ..
fn products(count: usize) -> Service {
    let service = Service::start();
    let mut client = service.client();
    for number in 0..count {
        let stock = number % 3;
        let created = client.send(&format!("POST /api/products\n\n{{\"name\":\"p{number}\",\"stock\":{stock}}}"));
        assert_eq!(created.status, 201);
    }
    service
}

fn names(response: &Response) -> Vec<String> {
    let items = response.json()["items"].clone();
    items.as_array().expect("items").iter().map(|item| item["name"].as_str().expect("a name").to_owned()).collect()
}

#[test]
fn a_list_is_paged_forth_and_back() {
    let service = products(7);
    let first = service.send("GET /api/products?limit=3&sort=-stock,name&count=exact");
    assert_eq!(names(&first), ["p2", "p5", "p1"]);
    let page = first.json();
    assert_eq!((&page["prev_cursor"], &page["as_of"], &page["total"]), (&Value::Null, &json!(7), &json!(7)));
    assert_eq!(first.header("lithair-seq"), "7");
    let cursor = page["next_cursor"].as_str().expect("more follow");
    let second = service.send(&format!("GET /api/products?sort=-stock,name&limit=3&cursor={cursor}"));
    assert_eq!(names(&second), ["p4", "p0", "p3"]);
    assert_eq!(second.json()["total"], Value::Null);
    let cursor = second.json()["next_cursor"].as_str().expect("one follows").to_owned();
    let third = service.send(&format!("GET /api/products?sort=-stock,name&limit=3&cursor={cursor}"));
    assert_eq!(names(&third), ["p6"]);
    assert_eq!(third.json()["next_cursor"], Value::Null);
    let cursor = third.json()["prev_cursor"].as_str().expect("some precede").to_owned();
    let back = service.send(&format!("GET /api/products?sort=-stock,name&limit=3&cursor={cursor}"));
    assert_eq!(names(&back), ["p4", "p0", "p3"]);
    assert!(back.json()["next_cursor"].is_string() && back.json()["prev_cursor"].is_string());
}

#[test]
fn links_lead_through_the_whole_list() {
    let service = products(5);
    let mut path = "/api/products?limit=2&sort=name&offset=0&fields=name".to_owned();
    let mut seen = Vec::new();
    loop {
        let response = service.send(&format!("GET {path}"));
        assert_eq!(response.status, 200, "{path}");
        seen.extend(names(&response));
        let link = response.header("link").to_owned();
        let Some(next) = link.split(", ").find(|link| link.ends_with("rel=\"next\"")) else { break };
        path = next[1..next.find('>').expect("a link ends")].to_owned();
        assert!(path.starts_with("/api/products?limit=2&sort=name&fields=name&cursor="), "{path}");
    }
    assert_eq!(seen, ["p0", "p1", "p2", "p3", "p4"]);
}

#[test]
fn all_pages_show_the_moment_of_the_first() {
    let service = products(4);
    let first = service.send("GET /api/products?limit=2&sort=name");
    let cursor = first.json()["next_cursor"].as_str().expect("more follow").to_owned();
    let id = first.json()["items"][0]["id"].as_str().expect("an id").to_owned();
    service.create("products", r#"{"name":"p25"}"#);
    assert_eq!(service.send(&format!("DELETE /api/products/{id}")).status, 204);
    let second = service.send(&format!("GET /api/products?limit=2&sort=name&cursor={cursor}&count=exact"));
    assert_eq!(names(&second), ["p2", "p3"]);
    assert_eq!((&second.json()["as_of"], &second.json()["total"]), (&json!(4), &json!(4)));
    assert_eq!(second.header("lithair-seq"), "4");

    service.backend.horizon.store(5, Ordering::SeqCst);
    let gone = service.send(&format!("GET /api/products?limit=2&sort=name&cursor={cursor}"));
    assert_eq!(gone.verdict(), "410 horizon-gone");
    assert_eq!(gone.json()["oldest"], 5);
}

#[test]
fn a_cursor_is_good_for_its_own_query_only() {
    let service = products(4);
    service.create("tags", r#"{"name":"a"}"#);
    let page = service.send("GET /api/products?limit=2&sort=name").json();
    let cursor = page["next_cursor"].as_str().expect("more follow");
    let good = |path: &str| assert_eq!(service.send(&format!("GET {path}cursor={cursor}")).status, 200, "{path}");
    let bad = |path: &str, cursor: &str| {
        let response = service.send(&format!("GET {path}cursor={cursor}"));
        assert_eq!(response.verdict(), "400 bad-cursor", "{path} {cursor}");
    };
    good("/api/products?sort=name&");
    good("/api/products?sort=name&limit=1&fields=id&count=exact&");
    bad("/api/products?", cursor);
    bad("/api/products?sort=-name&", cursor);
    bad("/api/products?sort=name&filter=stock%3D1&", cursor);
    bad("/api/tags?", cursor);
    bad("/api/products?sort=name&", "");
    bad("/api/products?sort=name&", "AAAA");
    bad("/api/products?sort=name&", &cursor[1..]);
    bad("/api/products?sort=name&", &format!("{cursor}A"));
    bad("/api/products?sort=name&", "%00%ff".replace("%ff", "%7f").as_str());
    for place in 0..cursor.len() {
        let mut bytes = cursor.as_bytes().to_vec();
        bytes[place] = if bytes[place] == b'A' { b'B' } else { b'A' };
        bad("/api/products?sort=name&", std::str::from_utf8(&bytes).expect("still ASCII"));
    }
}

#[test]
fn a_query_is_a_list_with_its_parameters_in_the_body() {
    let service = products(4);
    for request in ["QUERY /api/products", "POST /api/products:query"] {
        let response = service.send(&format!(
            "{request}\n\n{{\"sort\":[\"-name\"],\"limit\":2,\"fields\":\"name,stock\",\"count\":\"exact\"}}"
        ));
        assert_eq!(names(&response), ["p3", "p2"]);
        assert_eq!((response.json()["total"].clone(), response.header("link")), (json!(4), ""));
        let cursor = response.json()["next_cursor"].as_str().expect("more follow").to_owned();
        let next = service.send(&format!("{request}\n\n{{\"sort\":\"-name\",\"cursor\":\"{cursor}\"}}"));
        assert_eq!(names(&next), ["p1", "p0"]);
    }
    service.check([
        ("QUERY /api/products\n\n{}", "200"),
        ("QUERY /api/products\n\n[]", "400 malformed-json"),
        ("QUERY /api/products\n\n{\"limit\":1,\"limit\":2}", "400 repeated-parameter"),
        ("QUERY /api/products\n\n{\"limits\":1}", "400 unknown-parameter"),
        ("QUERY /api/products\n\n{\"limit\":null}", "400 invalid-parameter"),
        ("QUERY /api/products\n\n{\"limit\":1.5}", "400 invalid-parameter"),
        ("QUERY /api/products\n\n{\"sort\":[1]}", "400 invalid-parameter"),
        ("QUERY /api/products?limit=1\n\n{}", "400 unknown-parameter"),
        ("QUERY /api/products\ncontent-type: application/json\ncontent-length: 0", "400 malformed-json"),
    ]);
}

#[test]
fn parameters_are_understood_or_refused() {
    let service = products(2);
    service.check([
        ("GET /api/products?limit=500", "200"),
        ("GET /api/products?", "200"),
        ("GET /api/products?&&limit=1&", "200"),
        ("GET /api/products?limit=0", "400 invalid-parameter"),
        ("GET /api/products?limit=501", "400 invalid-parameter"),
        ("GET /api/products?limit=-1", "400 invalid-parameter"),
        ("GET /api/products?limit=+1", "400 invalid-parameter"),
        ("GET /api/products?limit=", "400 invalid-parameter"),
        ("GET /api/products?limit=1&limit=1", "400 repeated-parameter"),
        ("GET /api/products?limit=1&%6cimit=1", "400 repeated-parameter"),
        ("GET /api/products?offset=1", "200"),
        ("GET /api/products?offset=18446744073709551615", "200"),
        ("GET /api/products?offset=18446744073709551616", "400 invalid-parameter"),
        ("GET /api/products?offset=1&cursor=x", "400 invalid-parameter"),
        ("GET /api/products?count=exact", "200"),
        ("GET /api/products?count=all", "400 invalid-parameter"),
        ("GET /api/products?sort=", "400 invalid-parameter"),
        ("GET /api/products?sort=nothing", "400 invalid-parameter"),
        ("GET /api/products?sort=secret", "400 invalid-parameter"),
        ("GET /api/products?sort=blurb", "400 invalid-parameter"),
        ("GET /api/products?fields=name,nothing", "400 invalid-parameter"),
        ("GET /api/products?limit=%zz", "400 invalid-parameter"),
        ("GET /api/products?limit=%FF", "400 invalid-parameter"),
        ("GET /api/products?limt=1", "400 unknown-parameter"),
        ("GET /api/products?LIMIT=1", "400 unknown-parameter"),
        ("DELETE /api/products/7?x=1", "400 unknown-parameter"),
        ("GET /health/live?x=1", "400 unknown-parameter"),
    ]);
    let unknown = service.send("GET /api/products?limt=1").json();
    assert_eq!(unknown["errors"][0]["parameter"], "limt");
    assert_eq!(unknown["errors"][0]["params"]["suggestion"], "limit");
    let field = service.send("GET /api/products?fields=nmae").json();
    assert!(field["detail"].as_str().is_some_and(|detail| detail.contains("`name`")), "{field}");
}

#[test]
fn a_page_shows_the_fields_that_are_asked_for() {
    let service = products(1);
    let page = service.send("GET /api/products?fields=stock,name");
    assert!(page.text().starts_with(r#"{"items":[{"name":"p0","stock":0,"_rev":1}],"#), "{}", page.text());
    let empty = service.send("GET /api/tags");
    assert_eq!(empty.text(), r#"{"items":[],"next_cursor":null,"prev_cursor":null,"as_of":1}"#);
}

#[test]
fn a_page_that_is_too_large_is_refused() {
    let service = Service::with(|config| config.limits.response_bytes_max = 10_000);
    let label = "x".repeat(6_000);
    for name in ["a", "b"] {
        service.create("tags", &format!(r#"{{"name":"{name}","label":"{label}"}}"#));
    }
    service.check([
        ("GET /api/tags", "422 response-too-large"),
        ("GET /api/tags?limit=1", "200"),
        ("GET /api/tags?fields=name", "200"),
    ]);
}

#[test]
fn filters_choose_records_or_say_what_is_wrong() {
    let service = products(6);
    let list = |filter: &str| service.send(&format!("GET /api/products?sort=name&filter={filter}"));
    assert_eq!(names(&list("stock%3D1")), ["p1", "p4"]);
    assert_eq!(names(&list("stock+in+(0,2)+and+name+!%3D+'p0'")), ["p2", "p3", "p5"]);
    assert_eq!(names(&list("price=null&count=exact")).len(), 6);
    let check = |filter: &str, suggestion: Option<&str>| {
        let response = list(filter);
        assert_eq!(response.verdict(), "400 invalid-filter", "{filter}");
        let error = response.json()["errors"][0].clone();
        assert_eq!(error["parameter"], "filter");
        assert!(error["params"]["position"].is_u64(), "{error}");
        assert_eq!(error["params"]["suggestion"].as_str(), suggestion, "{filter}");
    };
    check("", None);
    check("stock%3D", None);
    check("stok%3D1", Some("stock"));
    check("stock%3D'x'", None);
    check("secret%3D'x'", None);
    check(&"(".repeat(100), None);
    check(&"a".repeat(5_000), None);
    let same =
        |field: &str| list(&format!("{field}%3D'x'")).json()["detail"].as_str().expect("a detail").replace(field, "x");
    assert_eq!(same("secret"), same("nothing"), "what is hidden is as unknown as what is not there");
}

#[test]
fn a_longer_filter_goes_in_a_body() {
    let service = products(2);
    let long = (0..900).map(|number| format!("'p{number:04}'")).collect::<Vec<_>>().join(",");
    let query = service.send(&format!("QUERY /api/products\n\n{{\"filter\":\"name in ('p1',{long})\"}}"));
    assert_eq!(names(&query), ["p1"]);
}

#[test]
fn a_query_that_costs_too_much_names_the_index() {
    let service = Service::with(|config| config.limits.scan_rows_max = 1);
    service.create("products", r#"{"name":"a"}"#);
    service.create("products", r#"{"name":"b"}"#);
    let response = service.send("GET /api/products?filter=stock%3D1");
    assert_eq!(response.verdict(), "422 query-too-expensive");
    assert_eq!(response.json()["index"], json!(["name"]));
    // An export looks at every record anyway, and no piece of it is long.
    let export = service.send("GET /api/products?filter=name%3D'b'&fields=name\naccept: application/x-ndjson");
    assert_eq!(export.text(), "{\"name\":\"b\",\"_rev\":1}\n");
}
