//! From what a handler says to a response.

pub(crate) mod problem;
pub(crate) mod unparsed;

use bytes::Bytes;
use http::header::{ALLOW, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use lithair_model::Position;

use crate::app::App;
use crate::body::Body;
use crate::extract::media::JSON;
use crate::rejection::Rejection;
use crate::request_id::X_REQUEST_ID;
use crate::router::Verbs;

const LITHAIR_SEQ: HeaderName = HeaderName::from_static("lithair-seq");
const CROSS_ORIGIN_RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
const API_POLICY: &str = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'";
/// Room for all headers of any answer, so that the map never grows.
const HEADERS: usize = 24;

/// What a handler says: a response without the headers that all have.
#[derive(Debug)]
pub(crate) struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Body,
    /// The position that the answer reflects; none means the present one.
    position: Option<Position>,
    /// The application's own, whose headers say what it is.
    is_custom: bool,
}

impl Answer {
    pub(crate) fn new(status: u16, media: &'static str, body: Body) -> Self {
        let mut answer = Self::empty(status);
        answer.headers.insert(CONTENT_TYPE, HeaderValue::from_static(media));
        answer.body = body;
        answer
    }

    pub(crate) fn json(status: u16, json: impl Into<Bytes>) -> Self {
        Self::new(status, JSON, Body::Whole(json.into()))
    }

    pub(crate) fn empty(status: u16) -> Self {
        let status = StatusCode::from_u16(status).expect("the catalogue holds status codes");
        Self {
            status,
            headers: HeaderMap::with_capacity(HEADERS),
            body: Body::empty(),
            position: None,
            is_custom: false,
        }
    }

    /// What the application answers.
    pub(crate) fn custom(response: Response<Body>) -> Self {
        let (head, body) = response.into_parts();
        Self { status: head.status, headers: head.headers, body, position: None, is_custom: true }
    }

    pub(crate) fn not_modified() -> Self {
        Self::empty(304)
    }

    pub(crate) fn etag(self, tag: HeaderValue) -> Self {
        self.header(ETAG, tag)
    }

    pub(crate) fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// With one more value of a header.
    pub(crate) fn also(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.append(name, value);
        self
    }

    /// The position that the answer reflects.
    pub(crate) const fn at(mut self, position: Position) -> Self {
        self.position = Some(position);
        self
    }
}

/// `OPTIONS`
pub(crate) fn methods(verbs: Verbs) -> Answer {
    let answer = Answer::empty(204).header(ALLOW, verbs.header());
    let json = HeaderValue::from_static(JSON);
    let answer = match verbs.contains(crate::router::Verb::Patch) {
        true => answer.header(
            HeaderName::from_static("accept-patch"),
            HeaderValue::from_static("application/merge-patch+json, application/json"),
        ),
        false => answer,
    };
    match verbs.contains(crate::router::Verb::Query) {
        true => answer.header(HeaderName::from_static("accept-query"), json),
        false => answer,
    }
}

/// The response of any request: what the handler said, or why it was not asked, with the headers that all have.
pub(crate) fn finish(app: &App, answered: Result<Answer, Rejection>, request_id: HeaderValue) -> Response<Body> {
    let answer = answered.unwrap_or_else(|rejection| problem::answer(app, &rejection, &request_id));
    let position = answer.position.unwrap_or_else(|| app.backend.position());
    let mut response = Response::new(answer.body);
    *response.status_mut() = answer.status;
    let mut headers = answer.headers;
    headers.insert(LITHAIR_SEQ, position.get().into());
    headers.insert(X_REQUEST_ID, request_id);
    if answer.is_custom {
        // A page may need what an API does not: the rest is its own to say.
        headers.entry(X_CONTENT_TYPE_OPTIONS).or_insert(HeaderValue::from_static("nosniff"));
        headers.entry(REFERRER_POLICY).or_insert(HeaderValue::from_static("no-referrer"));
        // What is said about origins is said to the one that asks, and the application knows nothing of it.
        if !app.config.cors.origins.is_empty() {
            headers.append(VARY, HeaderValue::from_static("origin"));
        }
        *response.headers_mut() = headers;
        return response;
    }
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(API_POLICY));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(CROSS_ORIGIN_RESOURCE_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(VARY, app.vary.clone());
    *response.headers_mut() = headers;
    response
}
