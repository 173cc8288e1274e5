//! `/health/..`: whether the process lives, and whether requests should be sent here.

use http::HeaderValue;
use http::header::RETRY_AFTER;
use serde_json::{Map, Value, json};

use crate::answer::Answer;
use crate::app::App;

/// The process answers, and has recovered: it listens only then.
pub(super) fn alive() -> Answer {
    Answer::json(200, json!({ "status": "ok" }).to_string())
}

/// Whether requests should be sent here.
pub(super) fn ready(app: &App) -> Answer {
    let mut failing: Map<String, Value> =
        app.backend.failing_checks().into_iter().map(|(check, detail)| (check.to_owned(), detail.into())).collect();
    failing.extend(app.auth.failing_checks().into_iter().map(|(check, detail)| (check, detail.into())));
    if app.is_draining() {
        failing.insert("draining".to_owned(), "the server is stopping".into());
    }
    if failing.is_empty() {
        return alive();
    }
    let body = json!({ "status": "failing", "checks": failing }).to_string();
    Answer::json(503, body).header(RETRY_AFTER, HeaderValue::from_static("1"))
}
