//! What is not about records: documents, health, metrics.

mod health;
mod problems;

use bytes::Bytes;

use crate::app::App;
use crate::body::Body;
use crate::observe;
use crate::respond::Answer;
use crate::router::Tool;

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
