use std::convert::Infallible;

use http_body_util::{BodyExt as _, Empty};
use lithair_http::{Custom, Origin};

use crate::client::{Response, Service};

const APP: &str = "https://app.example.com";

fn service(origins: &[&str], credentials: bool) -> Service {
    Service::with(|config| {
        config.cors.origins = origins.iter().map(|text| Origin::parse(text).expect(text)).collect();
        config.cors.credentials = credentials;
    })
}

/// The headers of an answer that say something to a browser.
fn said(response: &Response) -> Vec<String> {
    let about = |name: &str| name.starts_with("access-control-");
    let mut said: Vec<String> = response
        .headers
        .iter()
        .filter(|(name, _)| about(name))
        .map(|(name, value)| format!("{name}: {value}"))
        .collect();
    said.sort();
    said
}

#[test]
fn without_a_word_no_other_origin_may_ask() {
    let service = Service::start();
    let preflight = format!("OPTIONS /api/tags\norigin: {APP}\naccess-control-request-method: GET");
    for request in [format!("GET /api/tags\norigin: {APP}"), preflight] {
        let response = service.send(&request);
        assert_eq!(said(&response), [""; 0], "{request}");
        assert_eq!(response.header("vary"), "accept, accept-encoding, authorization, cookie");
    }
}

#[test]
fn an_origin_that_may_ask_is_told_what_it_may() {
    let service = service(&[APP, "http://localhost:5173"], false);
    let preflight = |path: &str, origin: &str| {
        service.send(&format!("OPTIONS {path}\norigin: {origin}\naccess-control-request-method: PATCH"))
    };
    let asked = preflight("/api/tags/a", APP);
    assert_eq!(asked.status, 204);
    let headers = said(&asked);
    assert_eq!(headers.len(), 4, "{headers:?}");
    assert!(headers[0].starts_with("access-control-allow-headers: ") && headers[0].contains("if-match"));
    assert!(headers[0].contains("authorization") && headers[0].contains("content-type"));
    assert_eq!(headers[1], "access-control-allow-methods: GET, HEAD, PUT, PATCH, DELETE, OPTIONS");
    assert_eq!(headers[2], format!("access-control-allow-origin: {APP}"));
    assert_eq!(headers[3], "access-control-max-age: 600");
    assert_eq!(
        said(&preflight("/api/tags/a", "http://localhost:5173"))[2],
        "access-control-allow-origin: http://localhost:5173"
    );
    for other in ["https://evil.example.com", "https://app.example.com.evil.com", "http://app.example.com", "null", ""]
    {
        assert_eq!(said(&preflight("/api/tags/a", other)), [""; 0], "{other}");
    }
    assert_eq!(said(&preflight("/nothing", APP)), [format!("access-control-allow-origin: {APP}")]);
}

#[test]
fn its_pages_read_answers_and_problems() {
    let service = service(&[APP], false);
    service.create("tags", r#"{"name":"a"}"#);
    for request in ["GET /api/tags/a", "GET /api/tags/none", "POST /api/tags\n\n{}"] {
        let (first, body) = request.split_once("\n\n").unwrap_or((request, ""));
        let response = service.send(&format!("{first}\norigin: {APP}\n\n{body}"));
        let headers = said(&response);
        assert_eq!(headers[0], format!("access-control-allow-origin: {APP}"), "{request}");
        assert!(headers[1].starts_with("access-control-expose-headers: ") && headers[1].contains("etag"), "{request}");
        assert_eq!(headers.len(), 2);
    }
    // Caches are told also by answers to nobody's page.
    assert_eq!(
        service.send("GET /api/tags/a").header("vary"),
        "accept, accept-encoding, authorization, cookie, origin"
    );
}

#[test]
fn credentials_are_for_named_origins_and_a_star_is_a_star() {
    let named = service(&[APP], true).send(&format!("GET /api/tags\norigin: {APP}"));
    assert_eq!(named.header("access-control-allow-credentials"), "true");
    assert_eq!(named.header("access-control-allow-origin"), APP);
    let any = service(&["*"], false).send("GET /api/tags\norigin: https://anybody.example");
    assert_eq!(any.header("access-control-allow-origin"), "*");
    assert_eq!(any.header("access-control-allow-credentials"), "");
}

/// A cache that keeps an answer without the word would give it to a page of another origin, or keep one from a page that may have it.
#[test]
fn what_the_application_answers_depends_on_the_origin_too() {
    let varies = |origins: &[&str], request: &str| {
        let page = |_| -> lithair_http::CustomAnswer {
            let body = Empty::new().map_err(|never: Infallible| match never {}).boxed_unsync();
            let response = http::Response::builder().header("vary", "accept-language").body(body);
            Box::pin(async { response.expect("is a response") })
        };
        let service = Service::with(|config| {
            config.cors.origins = origins.iter().map(|text| Origin::parse(text).expect(text)).collect();
            config.custom = Some(Custom::new(page));
        });
        let response = service.send(request);
        let varies = response.headers.iter().filter(|(name, _)| *name == "vary").map(|(_, value)| value.to_string());
        varies.collect::<Vec<_>>()
    };
    assert_eq!(varies(&[APP], "GET /page"), ["accept-language", "origin"]);
    assert_eq!(varies(&[APP], &format!("GET /page\norigin: {APP}")), ["accept-language", "origin"]);
    assert_eq!(varies(&[], "GET /page"), ["accept-language"]);
}
