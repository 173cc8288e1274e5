//! The last stage before an operation is carried out: reads show what the client has seen before, here or at another server.

use http::HeaderName;
use http::request::Parts;
use lithair_model::{Backend, Position};

use crate::Timeouts;
use crate::extract::header_text;
use crate::rejection::{Problem, Rejection};

const LITHAIR_MIN_SEQ: HeaderName = HeaderName::from_static("lithair-min-seq");

/// Waits until reads show the position that the request names, for as long as the configuration says.
pub(crate) async fn wait(head: &Parts, backend: &dyn Backend, timeouts: &Timeouts) -> Result<(), Rejection> {
    let Some(text) = header_text(head, &LITHAIR_MIN_SEQ)? else { return Ok(()) };
    let number = text.parse().map_err(|_| Problem::InvalidHeader.because("`Lithair-Min-Seq` is not a position"))?;
    let position = Position::new(number);
    if backend.position() >= position || backend.wait_for(position, timeouts.catch_up).await {
        return Ok(());
    }
    Err(Problem::NotCaughtUp.because(format!("at position {}, waited for {position}", backend.position())))
}
