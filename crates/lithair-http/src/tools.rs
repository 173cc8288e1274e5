//! What is not about records: documents, health, metrics, the methods of paths.

mod health;
mod problems;

use bytes::Bytes;
use http::header::ALLOW;
use http::{HeaderName, HeaderValue};

use crate::answer::Answer;
use crate::app::App;
use crate::body::Body;
use crate::endpoint::{Tool, Verb, Verbs};
use crate::media::JSON;
use crate::observe;

const PROMETHEUS: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Answers with a document.
pub(crate) fn run(app: &App, tool: Tool, media: &'static str) -> Answer {
    match tool {
        Tool::OpenApi => Answer::json(200, app.openapi.clone()),
        Tool::Schema => Answer::json(200, app.schema.clone()),
        Tool::Problems => problems::all(app, media),
        Tool::Problem(problem) => problems::one(app, problem, media),
        Tool::Live | Tool::Startup => health::alive(),
        Tool::Ready => health::ready(app),
        Tool::Metrics => Answer::new(200, PROMETHEUS, Body::Whole(Bytes::from(observe::text(app)))),
    }
}

/// `OPTIONS`: the methods of a path.
pub(crate) fn methods(verbs: Verbs) -> Answer {
    let answer = Answer::empty(204).header(ALLOW, verbs.header());
    let json = HeaderValue::from_static(JSON);
    let answer = match verbs.contains(Verb::Patch) {
        true => answer.header(
            HeaderName::from_static("accept-patch"),
            HeaderValue::from_static("application/merge-patch+json, application/json"),
        ),
        false => answer,
    };
    match verbs.contains(Verb::Query) {
        true => answer.header(HeaderName::from_static("accept-query"), json),
        false => answer,
    }
}
