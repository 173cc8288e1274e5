use std::collections::BTreeSet;

use crate::client::Service;
use crate::models;

#[test]
fn paths_mean_one_thing_and_nothing_else() {
    let service = Service::start();
    service.create("tags", r#"{"name":"a b"}"#);
    service.create("tags", r#"{"name":"x:y"}"#);
    service.create("tags", r#"{"name":"1,2"}"#);
    service.check([
        ("GET /api/tags", "200"),
        ("GET /%61pi/t%61gs", "200"),
        ("GET /api/tags/a%20b", "200"),
        ("GET /api/tags/%61%20b", "200"),
        ("GET /api/tags/..", "404 record-not-found"),
        ("GET /api/tags/%2e%2E", "404 record-not-found"),
        ("GET /api/tags/x:y", "200"),
        ("GET /api/tags/x%3Ay", "200"),
        ("GET /api/tags/1,2", "200"),
        ("GET /api/tags/1%2C2", "200"),
        ("GET http://elsewhere/api/tags", "200"),
        ("GET /", "404 no-such-path"),
        ("GET /api", "404 no-such-path"),
        ("GET /api/", "404 no-such-path"),
        ("GET /api/tags/", "404 no-such-path"),
        ("GET /api//tags", "404 no-such-path"),
        ("GET //api/tags", "404 no-such-path"),
        ("GET /api/./tags", "404 no-such-path"),
        ("GET /api/../api/tags", "404 no-such-path"),
        ("GET /API/tags", "404 no-such-path"),
        ("GET /api/Tags", "404 no-such-path"),
        ("GET /api%2Ftags", "404 no-such-path"),
        ("GET /api/tags/a%20b/", "404 no-such-path"),
        ("GET /api/tags/a%20b/nothing", "404 no-such-path"),
        ("GET /api/tags:nothing", "404 no-such-path"),
        ("GET /api/nothing", "404 no-such-path"),
        ("GET /apix/tags", "404 no-such-path"),
        ("GET /_lithair/nothing", "404 no-such-path"),
        ("GET /health", "404 no-such-path"),
        ("GET /api/tags/%", "400 malformed-path"),
        ("GET /api/tags/%4", "400 malformed-path"),
        ("GET /api/tags/%zz", "400 malformed-path"),
        ("GET /api/tags/%FF", "404 record-not-found"),
        ("GET /api/tags/a%00b", "404 record-not-found"),
        ("GET /api/tags/a+b", "404 record-not-found"),
    ]);
}

#[test]
fn a_key_that_does_not_parse_names_no_record() {
    let service = Service::start();
    service.check([
        ("GET /api/products/7", "404 record-not-found"),
        ("GET /api/products/00000000-0000-7000-8000-00000000000g", "404 record-not-found"),
        ("DELETE /api/products/7", "404 record-not-found"),
        ("PATCH /api/products/7\n\n{}", "404 record-not-found"),
        ("PUT /api/products/7\n\n{\"name\":\"a\"}", "404 record-not-found"),
        ("GET /api/facts/1e3", "404 record-not-found"),
        ("GET /api/facts/01", "404 record-not-found"),
        ("GET /api/facts/99999999999999999999999999999999999999999999", "404 record-not-found"),
        ("GET /api/product-tags/one", "404 record-not-found"),
        ("GET /api/product-tags/a,b,c", "404 record-not-found"),
    ]);
}

#[test]
fn a_composite_key_has_its_parts_encoded_each() {
    let service = Service::start();
    let product = service.create("products", r#"{"name":"Lamp"}"#);
    let id = product.rsplit('/').next().expect("a path has a last part");
    service.create("tags", r#"{"name":"a,b/c"}"#);
    let path = service.create("product-tags", &format!(r#"{{"product_id":"{id}","tag_name":"a,b/c"}}"#));
    assert_eq!(path, format!("/api/product-tags/{id},a%2Cb%2Fc"));
    assert_eq!(service.send(&format!("GET {path}")).json()["tag_name"], "a,b/c");
    assert_eq!(service.send(&format!("DELETE {path}")).status, 204);
    assert_eq!(service.send(&format!("GET {path}")).verdict(), "404 record-not-found");
}

/// `generate_api()`, `routes` and the router had each their own list.
#[test]
fn the_router_has_the_routes_that_a_model_generates() {
    let service = Service::start();
    for schema in models::all() {
        let routes = lithair_model::routes(schema);
        let fixed = ["", ":query", ":import", "/{key}", "/{key}/history", "/{key}:restore"];
        let fixed = fixed.map(|rest| format!("/{}{rest}", schema.path));
        let paths: BTreeSet<String> = routes.iter().map(|route| route.path.clone()).chain(fixed).collect();
        for path in paths {
            let at_path = routes.iter().filter(|route| route.path == path);
            let generated: BTreeSet<&str> = at_path.map(|route| route.method).collect();
            let key = if schema.key.len() == 2 { "a,b" } else { "a" };
            let response = service.send(&format!("OPTIONS /api{}", path.replace("{key}", key)));
            let answered: BTreeSet<&str> =
                response.header("allow").split(", ").filter(|method| !["HEAD", "OPTIONS"].contains(method)).collect();
            assert_eq!(answered, generated, "{path}");
        }
    }
}

/// All documents were listed as if they were the page of problems, and all checks as if they were one.
#[test]
fn every_route_has_the_methods_that_it_is_listed_with() {
    let service = Service::start();
    let catalog = lithair_model::Backend::catalog(&*service.backend).clone();
    let routes = lithair_http::routes(&catalog, &lithair_http::Prefixes::default(), &[]);
    for path in ["/_lithair/openapi.json", "/_lithair/problems/{code}", "/health/ready", "/metrics"] {
        assert!(routes.iter().any(|(_, listed)| listed == path), "{path}");
    }
    for (methods, path) in routes {
        // What stands between braces is the code of a problem, or a part of a key.
        let parts = path.split('{').map(|part| part.split_once('}').map_or(part, |(_, rest)| rest));
        let sample = if path.ends_with("{code}") { "key-taken" } else { "a" };
        let path = parts.collect::<Vec<_>>().join(sample);
        let response = service.send(&format!("OPTIONS {path}"));
        assert_eq!((response.status, response.header("allow")), (204, methods.as_str()), "{path}");
    }
}

#[test]
fn a_key_that_no_path_can_name_is_refused_at_every_door() {
    let service = Service::start();
    for key in ["events", "", ".", ".."] {
        let body = format!(r#"{{"name":"{key}"}}"#);
        for request in [
            format!("POST /api/tags\n\n{body}"),
            format!("POST /api/_batch\n\n{{\"ops\":[{{\"op\":\"create\",\"collection\":\"tags\",\"data\":{body}}}]}}"),
            "PUT /api/tags/..\nif-none-match: *\n\n{\"name\":\"..\"}".to_owned(),
        ] {
            let response = service.send(&request);
            assert_eq!(response.verdict(), "422 validation-failed", "{request}");
            assert_eq!(response.json()["errors"][0]["code"], "reserved", "{request}");
        }
        let imported =
            service.send(&format!("POST /api/tags:import\ncontent-type: application/x-ndjson\n\n{body}\n")).json();
        assert_eq!(imported["failed"], 1, "{imported}");
    }
    let list = service.send("GET /api/tags").json();
    assert_eq!(list["items"], serde_json::json!([]));
}

#[test]
fn a_wrong_method_is_told_the_right_ones() {
    let service = Service::start();
    let check = |request: &str, status: u16, allow: &str| {
        let response = service.send(request);
        assert_eq!((response.status, response.header("allow")), (status, allow), "{request}");
    };
    let fact = service.create("facts", r#"{"text":"a"}"#);
    check("PUT /api/products", 405, "GET, HEAD, QUERY, POST, OPTIONS");
    check("PURGE /api/products", 405, "GET, HEAD, QUERY, POST, OPTIONS");
    check("get /api/products", 405, "GET, HEAD, QUERY, POST, OPTIONS");
    check("POST /api/tags/a", 405, "GET, HEAD, PUT, PATCH, DELETE, OPTIONS");
    check("QUERY /api/tags/a", 405, "GET, HEAD, PUT, PATCH, DELETE, OPTIONS");
    check("GET /api/products:query", 405, "POST, OPTIONS");
    check("GET /api/products:import", 405, "POST, OPTIONS");
    check("GET /api/_batch", 405, "POST, OPTIONS");
    check("GET /api/facts", 405, "POST, OPTIONS");
    check("POST /api/facts:import", 405, "OPTIONS");
    check(&format!("DELETE {fact}"), 405, "GET, HEAD, OPTIONS");
    check("POST /health/live", 405, "GET, HEAD, OPTIONS");
    check("DELETE /_lithair/schema.json", 405, "GET, HEAD, OPTIONS");
    check("OPTIONS /api/products", 204, "GET, HEAD, QUERY, POST, OPTIONS");
    check("OPTIONS /api/tags/a", 204, "GET, HEAD, PUT, PATCH, DELETE, OPTIONS");
    check("OPTIONS /api/facts", 204, "POST, OPTIONS");
    check("OPTIONS *", 204, "GET, HEAD, QUERY, POST, PUT, PATCH, DELETE, OPTIONS");
    assert_eq!(
        service.send("OPTIONS /api/tags/a").header("accept-patch"),
        "application/merge-patch+json, application/json"
    );
    assert_eq!(service.send("OPTIONS /api/tags").header("accept-query"), "application/json");
}

#[test]
fn what_is_not_there_yet_is_said_and_not_ignored() {
    let service = Service::start();
    let tag = service.create("tags", r#"{"name":"a"}"#);
    for request in [
        "PATCH /api/tags?filter=x&max_affected=1\n\n{}",
        "DELETE /api/tags?filter=x&max_affected=1",
        "DELETE /api/tags",
        "GET /api/tags/events",
        "GET /api/_events?collections=tags",
        "POST /api/tags:aggregate\n\n{}",
        "GET /api/tags/a/history?as_of=1",
        "GET /api/tags?meta=full",
        "GET /api/tags?fields=owner.email",
        "GET /api/tags/a?meta=full",
        "GET /api/product-tags/a,b/tag?rev=1",
        "POST /api/tags?dry_run=true\n\n{\"name\":\"b\"}",
        "POST /api/tags\nidempotency-key: k\n\n{\"name\":\"b\"}",
        "PATCH /api/tags/a\nif-none-match: \"1\"\n\n{}",
        "POST /api/_batch\n\n{\"atomic\":false,\"ops\":[]}",
        "QUERY /api/tags\n\n{\"meta\":\"full\"}",
    ] {
        let response = service.send(request);
        assert_eq!(response.verdict(), "400 not-supported-yet", "{request}\n{}", response.text());
    }
    assert_eq!(service.send(&format!("GET {tag}")).header("lithair-seq"), "1", "nothing was done");
}

#[test]
fn prefixes_can_be_moved() {
    let service = Service::with(|config| {
        config.prefixes.api = "/v1".to_owned();
        config.prefixes.tools = "/about".to_owned();
        config.prefixes.health = "/is".to_owned();
        config.prefixes.metrics = "/numbers".to_owned();
    });
    let created = service.send("POST /v1/tags\n\n{\"name\":\"a\"}");
    assert_eq!(created.header("location"), "/v1/tags/a");
    service.check([
        ("GET /v1/tags/a", "200"),
        ("GET /api/tags/a", "404 no-such-path"),
        ("GET /is/live", "200"),
        ("GET /numbers", "200"),
        ("GET /about/problems/key-taken", "200"),
    ]);
    assert_eq!(service.send("GET /").json()["type"], "/about/problems/no-such-path");
}
