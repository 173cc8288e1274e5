//! Answers to heads that hyper cannot parse.

use std::time::Duration;

use bytes::Bytes;
use http_body::Body as _;

use crate::app::App;
use crate::body::Body;
use crate::observe::Slot;
use crate::rejection::Problem;
use crate::respond;

/// How long an answer of hyper's own is at most: a status and three headers.
const BYTES_MAX: usize = 256;

/// The answer to send instead of these bytes, if they are hyper's own: a whole answer without a body, and without the request id that
/// every answer of ours has.
pub(crate) fn instead_of(app: &App, bytes: &[u8]) -> Option<Bytes> {
    if bytes.len() > BYTES_MAX || !bytes.starts_with(b"HTTP/1.1 4") || !bytes.ends_with(b"\r\n\r\n") {
        return None;
    }
    let text = std::str::from_utf8(bytes).ok()?;
    let (status, headers) = text.split_once("\r\n")?;
    let is_bare = headers.contains("content-length: 0\r\n") && !headers.contains("x-request-id");
    let problem = match status.split(' ').nth(1)? {
        "400" if is_bare => Problem::MalformedRequest,
        "431" if is_bare => Problem::HeadersTooLarge,
        _ => return None,
    };
    Some(whole(app, problem, status, headers))
}

/// The bytes of an answer, with the headers of hyper's but for its length.
fn whole(app: &App, problem: Problem, status: &str, headers: &str) -> Bytes {
    let rejection = problem.because("the head of the request cannot be understood");
    let response = respond::finish(app, Err(rejection), app.request_ids.fresh(), false);
    app.metrics.count(Slot::UNMATCHED, response.status(), Duration::ZERO);
    let kept = headers.split_inclusive("\r\n").filter(|line| !line.starts_with("content-length") && *line != "\r\n");
    let mut bytes = format!("{status}\r\n{}", kept.collect::<String>()).into_bytes();
    for (name, value) in response.headers() {
        bytes.extend_from_slice(&[name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
    }
    let length = response.body().size_hint().exact().unwrap_or(0);
    bytes.extend_from_slice(format!("content-length: {length}\r\n\r\n").as_bytes());
    if let Body::Whole(body) = response.body() {
        bytes.extend_from_slice(body);
    }
    bytes.into()
}
