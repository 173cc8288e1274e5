//! A line of JSON for each request: who asked for what, and what came of it.
//!
//! No bodies, no headers, and nothing of a query, where values and tokens stand. serde writes the texts, so a control character is an
//! escape and a line is one request.

use std::net::IpAddr;
use std::sync::mpsc::TrySendError;
use std::time::Duration;

use http::Response;
use http::request::Parts;
use http_body::Body as _;
use serde::Serialize;

use crate::app::App;
use crate::body::Body;
use crate::observe::Slot;
use crate::request_id::X_REQUEST_ID;
use crate::trace::Trace;

/// What is known of a request that was answered.
pub(crate) struct Answered<'a> {
    pub(crate) client: IpAddr,
    pub(crate) slot: Slot,
    pub(crate) head: &'a Parts,
    pub(crate) response: &'a Response<Body>,
    pub(crate) time: Duration,
}

#[derive(Serialize)]
struct Line<'a> {
    at: String,
    client: IpAddr,
    method: &'a str,
    path: &'a str,
    route: String,
    status: u16,
    /// None for what is sent while it is made.
    bytes: Option<u64>,
    micros: u128,
    request_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    trace_id: Option<&'a str>,
}

/// Hands a line over, if somebody reads them. Nobody waits: a line without room is counted and gone.
pub(crate) fn write(app: &App, answered: &Answered<'_>) {
    let Some(lines) = &app.config.access_log else { return };
    if let Err(TrySendError::Full(_)) = lines.try_send(line(app, answered)) {
        app.metrics.count_lost_line();
    }
}

fn line(app: &App, answered: &Answered<'_>) -> String {
    let Answered { client, slot, head, response, time } = answered;
    let request_id = response.headers().get(X_REQUEST_ID).and_then(|id| id.to_str().ok()).unwrap_or_default();
    let line = Line {
        at: App::now().to_string(),
        client: *client,
        method: head.method.as_str(),
        path: head.uri.path(),
        route: slot.label(&app.catalog, &app.config.prefixes).1,
        status: response.status().as_u16(),
        bytes: response.body().size_hint().exact(),
        micros: time.as_micros(),
        request_id,
        trace_id: Trace::of(&head.headers).map(|trace| trace.id),
    };
    serde_json::to_string(&line).expect("texts and numbers are JSON")
}
