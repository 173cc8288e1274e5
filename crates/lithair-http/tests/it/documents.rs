use std::fmt::Write as _;

use lithair_http::Problem;
use serde_json::{Value, json};

use crate::client::Service;

const STATUS_CODES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/http-status-codes.md");

/// The page is the table of `rejection.rs`. After a change there, run this test with `LITHAIR_BLESS=1`.
#[test]
fn the_page_of_status_codes_is_the_catalogue() {
    let page = status_codes();
    if std::env::var_os("LITHAIR_BLESS").is_some() {
        std::fs::write(STATUS_CODES, &page).expect("the page can be written");
    }
    assert!(std::fs::read_to_string(STATUS_CODES).is_ok_and(|text| text == page), "{STATUS_CODES} is not up to date");
}

fn status_codes() -> String {
    let mut page = "# HTTP status codes\n\n\
        Every way in which a request is stopped, in the order of the stages. Made from the table in\n\
        `crates/lithair-http/src/rejection.rs` by a test; the server shows each at `/_lithair/problems/{code}`.\n\n\
        Success is 200, 201 (created), 204 (deleted, or `Prefer: return=minimal`) and 304 (not modified). A connection above a limit, or\n\
        from an address that may not come, is answered with a bare 503 or 403, and closed.\n\n\
        | stage | status | code | what it means | what to know |\n|---|--:|---|---|---|\n"
        .to_owned();
    for problem in Problem::ALL {
        let (stage, status, code) = (problem.stage().word(), problem.status(), problem.code());
        writeln!(page, "| {stage} | {status} | `{code}` | {} | {} |", problem.title(), problem.explanation())
            .expect("a text");
    }
    page
}

#[test]
fn the_catalogue_is_sound() {
    let mut codes: Vec<_> = Problem::ALL.iter().map(|problem| problem.code()).collect();
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), Problem::ALL.len(), "each code once");
    for problem in Problem::ALL {
        assert!((400..600).contains(&problem.status()), "{problem:?}");
        assert_eq!(Problem::by_code(problem.code()), Some(*problem));
        assert!(problem.explanation().ends_with('.') && !problem.title().ends_with('.'), "{problem:?}");
    }
}

#[test]
fn a_problem_has_a_page() {
    let service = Service::start();
    let problem = service.send("GET /api/tags/none").json();
    let page = service.send(&format!("GET {}", problem["type"].as_str().expect("a type")));
    assert_eq!(page.json()["code"], "record-not-found");
    assert_eq!(page.json()["title"], problem["title"]);
    for problem in Problem::ALL {
        let path = format!("GET /_lithair/problems/{}", problem.code());
        assert_eq!(service.send(&path).json()["status"], problem.status());
        let page = service.send(&format!("{path}\naccept: text/html"));
        assert!(page.header("content-type").starts_with("text/html") && page.text().contains(problem.title()));
    }
    assert_eq!(service.send("GET /_lithair/problems").json().as_array().map(Vec::len), Some(Problem::ALL.len()));
    assert_eq!(service.send("GET /_lithair/problems/nothing").status, 404);
}

#[test]
fn health_says_what_fails() {
    let service = Service::start();
    for check in ["live", "ready", "startup"] {
        assert_eq!(service.send(&format!("GET /health/{check}")).json(), json!({ "status": "ok" }));
    }
    service.backend.failing.lock().expect("no one panicked").push(("disk", "no space left".to_owned()));
    let ready = service.send("GET /health/ready");
    assert_eq!((ready.status, ready.header("retry-after")), (503, "1"));
    assert_eq!(ready.json(), json!({ "status": "failing", "checks": { "disk": "no space left" } }));
    assert_eq!(service.send("GET /health/live").status, 200, "a full disk is no reason to kill the process");
}

#[test]
fn metrics_count_requests_by_route_and_status() {
    let service = Service::start();
    let path = service.create("tags", r#"{"name":"a"}"#);
    service.check([
        (&format!("GET {path}"), "200"),
        ("GET /api/tags/b", "404 record-not-found"),
        ("GET /nothing", "404 no-such-path"),
    ]);
    let response = service.send("GET /metrics");
    assert_eq!(response.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    let text = response.text();
    for line in [
        "# TYPE lithair_http_requests_total counter",
        "lithair_http_requests_total{method=\"POST\",route=\"/api/tags\",status=\"201\"} 1",
        "lithair_http_requests_total{method=\"GET\",route=\"/api/tags/{key}\",status=\"200\"} 1",
        "lithair_http_requests_total{method=\"GET\",route=\"/api/tags/{key}\",status=\"404\"} 1",
        "lithair_http_requests_total{method=\"\",route=\"unmatched\",status=\"404\"} 1",
        "# TYPE lithair_http_request_seconds histogram",
        "lithair_http_request_seconds_bucket{method=\"POST\",route=\"/api/tags\",le=\"+Inf\"} 1",
        "lithair_http_request_seconds_count{method=\"POST\",route=\"/api/tags\"} 1",
        "lithair_http_connections_total 5",
        "lithair_position 1",
        "lithair_map_writes_total 1",
    ] {
        assert!(text.lines().any(|other| other == line), "{line}\n{text}");
    }
    assert!(!text.contains("\"b\""), "no keys in labels");
}

#[test]
fn the_schema_is_served_as_the_model_describes_it() {
    let service = Service::start();
    let catalog = lithair_model::Backend::catalog(&*service.backend).clone();
    assert_eq!(service.send("GET /_lithair/schema.json").json(), lithair_model::schema_document(&catalog));
}

#[test]
fn every_route_is_in_the_openapi_document() {
    let service = Service::start();
    let document = service.send("GET /_lithair/openapi.json").json();
    assert_eq!(document["openapi"], "3.1.0");
    let catalog = lithair_model::Backend::catalog(&*service.backend).clone();
    for (methods, path) in lithair_http::routes(&catalog, &lithair_http::Prefixes::default(), &[]) {
        let path = if path.matches('{').count() > 0 && path.starts_with("/api") {
            // A composite key is one segment: everything between the first brace and the last.
            let (first, last) = (path.find('{').expect("has one"), path.rfind('}').expect("has one"));
            format!("{}{{key}}{}", &path[..first], &path[last + 1..])
        } else {
            path
        };
        for method in methods.split(", ") {
            // OpenAPI 3.1 has no QUERY; HEAD and OPTIONS go without saying.
            if !matches!(method, "QUERY" | "HEAD" | "OPTIONS") {
                assert!(document["paths"][&path][method.to_lowercase()].is_object(), "{method} {path}");
            }
        }
    }
    references_resolve(&document, &document);
}

fn references_resolve(document: &Value, part: &Value) {
    match part {
        Value::Object(members) => {
            if let Some(reference) = members.get("$ref").and_then(Value::as_str) {
                assert!(document.pointer(&reference[1..]).is_some(), "{reference}");
            }
            members.values().for_each(|member| references_resolve(document, member));
        }
        Value::Array(elements) => elements.iter().for_each(|element| references_resolve(document, element)),
        _ => {}
    }
}

#[test]
fn a_schema_says_what_the_server_takes() {
    let service = Service::start();
    let document = service.send("GET /_lithair/openapi.json").json();
    let schemas = &document["components"]["schemas"];
    let create = &schemas["Product.Create"];
    assert_eq!(create["required"], json!(["name"]));
    assert_eq!(create["additionalProperties"], false);
    assert_eq!(create["properties"]["name"], json!({ "type": "string", "minLength": 1, "maxLength": 2000 }));
    assert_eq!(create["properties"]["stock"], json!({ "type": "integer", "minimum": 0, "maximum": i64::MAX }));
    assert_eq!(create["properties"]["status"], json!({ "type": "string", "enum": ["draft", "live"] }));
    assert_eq!(create["properties"]["password"]["writeOnly"], true);
    for absent in ["id", "secret", "seen_at", "note"] {
        assert_eq!(create["properties"][absent], Value::Null, "{absent}");
    }
    for absent in ["secret", "password"] {
        assert_eq!(schemas["Product"]["properties"][absent], Value::Null, "{absent}");
    }
    let codes = schemas["Lithair.Problem"]["properties"]["code"]["enum"].as_array().expect("codes").len();
    assert_eq!(codes, Problem::ALL.len());
}

#[test]
fn the_openapi_document_says_what_may_be_answered() {
    let service = Service::start();
    let document = service.send("GET /_lithair/openapi.json").json();
    let check = |path: &str, method: &str, statuses: &[u16]| {
        let responses = &document["paths"][path][method]["responses"];
        for status in statuses {
            assert!(responses[status.to_string()].is_object(), "{method} {path} {status}: {responses}");
        }
    };
    check("/api/tags/{key}", "put", &[200, 201, 204, 400, 404, 408, 409, 412, 413, 415, 422, 503]);
    check("/api/tags/{key}", "patch", &[200, 204]);
    check("/_lithair/problems/{code}", "get", &[200, 400, 404, 406]);
    check("/health/ready", "get", &[200, 400, 503]);
    check("/metrics", "get", &[200, 400, 404]);
    let schemas = &document["components"]["schemas"];
    // What was read may be sent back: the server compares what it does not take.
    for name in ["id", "seen_at", "origin", "_rev"] {
        assert!(schemas["Product.Replace"]["properties"][name].is_object(), "{name}");
        assert!(schemas["Product.Patch"]["properties"][name].is_object(), "{name}");
    }
    for schema in ["Product.Create", "Product.Replace", "Product.Patch"] {
        assert!(schemas[schema]["properties"]["secret"].is_null(), "{schema}");
    }
}

/// The schema of a model `TagCreate` took the place of what a `Tag` is created from, and a model `Problem` that of problems.
#[test]
fn schemas_of_different_models_have_different_names() {
    use lithair_model::{Catalog, ModelSchema, Numbers};
    static CREATE: ModelSchema =
        ModelSchema { name: "TagCreate", table: "tag_creates", path: "tag-creates", ..crate::models::FACT };
    static PROBLEM: ModelSchema =
        ModelSchema { name: "Problem", table: "problems", path: "problems", ..crate::models::FACT };
    let models = vec![&crate::models::TAG, &CREATE, &PROBLEM];
    let catalog = Catalog::new(models.clone(), &Numbers::of(&models)).expect("the models are right");
    let config = lithair_http::HttpConfig::new("127.0.0.1:0".parse().expect("is an address"));
    let document = lithair_http::openapi_document(&catalog, &config);
    let schemas = document["components"]["schemas"].as_object().expect("schemas");
    assert_eq!(schemas.len(), 3 * 4 + 1);
    for name in ["Problem", "TagCreate"] {
        assert!(schemas[name]["properties"]["number"].is_object(), "{name}");
    }
    references_resolve(&document, &document);
}

/// A record leaves by the projection, which takes what a decision about access made; nothing here makes one by itself, or writes the bytes of a
/// row in another way.
#[test]
fn nothing_but_a_decision_about_access_lets_a_record_out() {
    let sources = concat!(env!("CARGO_MANIFEST_DIR"), "/src");
    let mut folders = vec![std::path::PathBuf::from(sources)];
    let mut looked_at = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("the sources are there") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).expect("a source is text");
            // Constants of the schema are written into documents, which show no record.
            let is_document = path.components().any(|part| part.as_os_str() == "openapi");
            for word in ["to_system", "decode_row", "Reader::system", "write_json"] {
                if is_document && word == "write_json" {
                    continue;
                }
                assert!(!text.contains(word), "{}: {word}", path.display());
            }
            looked_at += 1;
        }
    }
    assert!(looked_at > 40, "{looked_at} files");
}
