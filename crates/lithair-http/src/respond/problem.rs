//! Rejections as `application/problem+json` (RFC 9457).

use http::HeaderValue;
use http::header::RETRY_AFTER;
use serde_json::{Map, Value};

use crate::answer::Answer;
use crate::app::App;
use crate::body::Body;
use crate::rejection::{Fault, Rejection};

pub(crate) const PROBLEM: &str = "application/problem+json";
/// Seconds after which a 503 may have passed.
pub(crate) const RETRY_AFTER_SECONDS: HeaderValue = HeaderValue::from_static("1");

/// The answer of a request that was stopped.
pub(super) fn answer(app: &App, rejection: &Rejection, request_id: &HeaderValue) -> Answer {
    let mut members = describe(&app.config.prefixes.tools, rejection);
    members.insert("request_id".to_owned(), request_id.to_str().unwrap_or_default().into());
    let status = rejection.parts().status;
    let mut answer = Answer::new(status, PROBLEM, Body::Whole(Value::Object(members).to_string().into()));
    for (name, value) in &rejection.parts().headers {
        answer = answer.header(name.clone(), value.clone());
    }
    if status == 503 { answer.header(RETRY_AFTER, RETRY_AFTER_SECONDS) } else { answer }
}

/// The members of a problem, less the request's identifier.
pub(crate) fn describe(tools: &str, rejection: &Rejection) -> Map<String, Value> {
    let (problem, parts) = (rejection.problem(), rejection.parts());
    let mut members = Map::new();
    members.insert("type".to_owned(), format!("{tools}/problems/{}", problem.code()).into());
    members.insert("title".to_owned(), problem.title().into());
    members.insert("status".to_owned(), parts.status.into());
    members.insert("detail".to_owned(), parts.detail.as_str().into());
    members.insert("code".to_owned(), problem.code().into());
    if !parts.errors.is_empty() {
        members.insert("errors".to_owned(), parts.errors.iter().map(Fault::to_json).collect::<Vec<_>>().into());
    }
    members.extend(parts.members.clone());
    members
}
