//! What a request demands of how fresh its answer is, and of being done once: refused where the server would not keep to it.

use http::HeaderName;
use http::request::Parts;

use super::header_text;
use crate::rejection::{Problem, Rejection};

const LITHAIR_CONSISTENCY: HeaderName = HeaderName::from_static("lithair-consistency");
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

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
