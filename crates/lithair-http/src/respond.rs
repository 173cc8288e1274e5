//! From what a handler says, or why it was not asked, to a response.

pub(crate) mod problem;
pub(crate) mod unparsed;

use http::header::{CONTENT_SECURITY_POLICY, REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderName, HeaderValue, Response};

use crate::answer::Answer;
use crate::app::App;
use crate::body::Body;
use crate::rejection::Rejection;
use crate::request_id::X_REQUEST_ID;

const LITHAIR_SEQ: HeaderName = HeaderName::from_static("lithair-seq");
const CROSS_ORIGIN_RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
const API_POLICY: &str = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'";

/// The response of any request: what the handler said, or why it was not asked, with the headers that all have.
///
/// `has_position` says whether it tells where the log is: that it grew tells of everybody's writes, also to who reads none of them.
pub(crate) fn finish(
    app: &App,
    answered: Result<Answer, Rejection>,
    request_id: HeaderValue,
    has_position: bool,
) -> Response<Body> {
    let answer = answered.unwrap_or_else(|rejection| problem::answer(app, &rejection, &request_id));
    let position = answer.position.or_else(|| has_position.then(|| app.backend.position()));
    let mut response = Response::new(answer.body);
    *response.status_mut() = answer.status;
    let mut headers = answer.headers;
    if let Some(position) = position {
        headers.insert(LITHAIR_SEQ, position.get().into());
    }
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
