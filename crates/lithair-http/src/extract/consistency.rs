use http::HeaderName;
use http::request::Parts;
use lithair_model::{Backend, Position};

use super::header_text;
use crate::Timeouts;
use crate::rejection::{Problem, Rejection};

const LITHAIR_MIN_SEQ: HeaderName = HeaderName::from_static("lithair-min-seq");
const LITHAIR_CONSISTENCY: HeaderName = HeaderName::from_static("lithair-consistency");
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// Waits until reads show what the request has seen before.
pub(crate) async fn catch_up(head: &Parts, backend: &dyn Backend, timeouts: &Timeouts) -> Result<(), Rejection> {
    let Some(text) = header_text(head, &LITHAIR_MIN_SEQ)? else { return Ok(()) };
    let number = text.parse().map_err(|_| Problem::InvalidHeader.because("`Lithair-Min-Seq` is not a position"))?;
    let position = Position::new(number);
    if backend.position() >= position || backend.wait_for(position, timeouts.catch_up).await {
        return Ok(());
    }
    Err(Problem::NotCaughtUp.because(format!("at position {}, waited for {position}", backend.position())))
}

/// Refuses what would be ignored. One server alone keeps the strongest promise, so each known one is kept.
pub(crate) fn check(head: &Parts) -> Result<(), Rejection> {
    if head.headers.contains_key(IDEMPOTENCY_KEY) {
        return Err(Problem::NotSupportedYet.because("`Idempotency-Key`"));
    }
    let Some(text) = header_text(head, &LITHAIR_CONSISTENCY)? else { return Ok(()) };
    let is_bound = |text: &str| text.strip_prefix("bounded=").is_some_and(|number| number.parse::<u32>().is_ok());
    if matches!(text, "linearizable" | "lease" | "session" | "eventual") || is_bound(text) {
        return Ok(());
    }
    let detail = "`Lithair-Consistency` is `linearizable`, `lease`, `session`, `bounded=<milliseconds>` or `eventual`";
    Err(Problem::InvalidHeader.because(detail))
}
