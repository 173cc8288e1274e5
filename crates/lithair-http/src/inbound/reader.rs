//! Reads the body of a request, within the limits on its size and time.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body::{Body as _, Frame};
use tokio::time::{Instant, sleep_until};

use super::{BoxError, Inbound};
use crate::Timeouts;
use crate::rejection::{Problem, Rejection};

/// Reads a body, counting bytes and time while it reads: nothing is buffered that would be refused.
#[derive(Debug)]
pub(crate) struct BodyReader {
    body: Inbound,
    bytes_max: u64,
    bytes: u64,
    /// Set when the body is first waited for. Most bodies come with their head.
    began: Option<Instant>,
    time: Duration,
    bytes_per_second_min: u64,
}

impl BodyReader {
    /// Refuses at once what says that it is too large, before the client sends it (`Expect: 100-continue`).
    pub(crate) fn new(body: Inbound, bytes_max: u64, timeouts: &Timeouts) -> Result<Self, Rejection> {
        if body.size_hint().lower() > bytes_max {
            return Err(too_large(bytes_max));
        }
        let bytes_per_second_min = timeouts.body_bytes_per_second_min.max(1);
        Ok(Self { body, bytes_max, bytes: 0, began: None, time: timeouts.body, bytes_per_second_min })
    }

    /// The next piece; none at the end. Trailers are passed over.
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>, Rejection> {
        loop {
            let Some(frame) = self.frame().await? else { return Ok(None) };
            let Ok(piece) = frame.into_data() else { continue };
            self.bytes += piece.len() as u64;
            if self.bytes > self.bytes_max {
                return Err(too_large(self.bytes_max));
            }
            return Ok(Some(piece));
        }
    }

    /// The whole body. Not copied if it came in one piece.
    pub(crate) async fn whole(mut self) -> Result<Bytes, Rejection> {
        let Some(first) = self.next().await? else { return Ok(Bytes::new()) };
        let Some(second) = self.next().await? else { return Ok(first) };
        let mut whole = BytesMut::from(first);
        whole.extend_from_slice(&second);
        while let Some(piece) = self.next().await? {
            whole.extend_from_slice(&piece);
        }
        Ok(whole.freeze())
    }

    async fn frame(&mut self) -> Result<Option<Frame<Bytes>>, Rejection> {
        let ready = poll_fn(|context| match Pin::new(&mut self.body).poll_frame(context) {
            Poll::Ready(frame) => Poll::Ready(Some(frame)),
            Poll::Pending => Poll::Ready(None),
        });
        let frame = match ready.await {
            Some(frame) => frame,
            None => self.waited_for().await?,
        };
        frame.transpose().map_err(|_| Problem::BodyBroken.because("the transfer ended before the body did"))
    }

    async fn waited_for(&mut self) -> Result<Option<Result<Frame<Bytes>, BoxError>>, Rejection> {
        let began = *self.began.get_or_insert_with(Instant::now);
        let earned = Duration::from_secs(self.bytes / self.bytes_per_second_min);
        let mut deadline = pin!(sleep_until(began + self.time + earned));
        let frame = poll_fn(|context| Pin::new(&mut self.body).poll_frame(context));
        tokio::select! {
            biased;
            frame = frame => Ok(frame),
            () = deadline.as_mut() => Err(Problem::BodyTimeout.because(format!("{} bytes came in the time", self.bytes))),
        }
    }
}

fn too_large(bytes_max: u64) -> Rejection {
    Problem::BodyTooLarge.because(format!("at most {bytes_max} bytes")).member("limit", bytes_max)
}
