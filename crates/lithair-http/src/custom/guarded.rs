//! The body that the application is handed: it ends with an error where it exceeds the limits.

use std::future::Future as _;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use thiserror::Error;
use tokio::time::{Instant, Sleep, sleep_until};

use crate::Timeouts;
use crate::inbound::{BoxError, Inbound};

/// A body that ends with an error where it exceeds the limits on size or time.
pub(super) struct Guarded {
    body: Inbound,
    bytes: u64,
    bytes_max: u64,
    /// Set when the body is first waited for.
    began: Option<Instant>,
    deadline: Option<Pin<Box<Sleep>>>,
    time: Duration,
    bytes_per_second_min: u64,
    verdict: Arc<OnceLock<Broken>>,
}

/// What became of a body, for whoever answers the request.
pub(super) struct Verdict(Arc<OnceLock<Broken>>);

impl Verdict {
    pub(super) fn get(&self) -> Option<Broken> {
        self.0.get().copied()
    }
}

/// Why a body ends before its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(super) enum Broken {
    #[error("the body is too large")]
    TooLarge,
    #[error("the body comes too slowly")]
    TooSlow,
}

impl Guarded {
    pub(super) fn new(body: Inbound, bytes_max: u64, timeouts: &Timeouts) -> (Self, Verdict) {
        let verdict = Arc::new(OnceLock::new());
        let guarded = Self {
            body,
            bytes: 0,
            bytes_max,
            began: None,
            deadline: None,
            time: timeouts.body,
            bytes_per_second_min: timeouts.body_bytes_per_second_min.max(1),
            verdict: Arc::clone(&verdict),
        };
        (guarded, Verdict(verdict))
    }

    fn breaks(&self, broken: Broken) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let _ = self.verdict.set(broken);
        Poll::Ready(Some(Err(broken.into())))
    }

    /// Whether the time is up, given the bytes that came in it.
    fn is_too_slow(&mut self, context: &mut Context<'_>) -> bool {
        let began = *self.began.get_or_insert_with(Instant::now);
        let deadline = began + self.time + Duration::from_secs(self.bytes / self.bytes_per_second_min);
        let sleep = self.deadline.get_or_insert_with(|| Box::pin(sleep_until(deadline)));
        if sleep.deadline() != deadline {
            sleep.as_mut().reset(deadline);
        }
        sleep.as_mut().poll(context).is_ready()
    }
}

impl Body for Guarded {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if self.body.size_hint().lower().saturating_add(self.bytes) > self.bytes_max {
            return self.breaks(Broken::TooLarge);
        }
        match Pin::new(&mut self.body).poll_frame(context) {
            Poll::Pending if self.is_too_slow(context) => self.breaks(Broken::TooSlow),
            Poll::Ready(Some(Ok(frame))) => {
                self.bytes += frame.data_ref().map_or(0, |data| data.len() as u64);
                if self.bytes > self.bytes_max { self.breaks(Broken::TooLarge) } else { Poll::Ready(Some(Ok(frame))) }
            }
            other => other,
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
