//! The bodies of answers: bytes, records made piece by piece, or what the application makes.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use http_body_util::combinators::UnsyncBoxBody;
use thiserror::Error;

use crate::activity::{Streaming, UnderWay};
use crate::inbound::BoxError;

/// A body that libraries make, or are given.
pub type CustomBody = UnsyncBoxBody<Bytes, BoxError>;

/// The body of an answer.
#[derive(Debug)]
pub(crate) enum Body {
    /// All of it, or nothing.
    Whole(Bytes),
    /// Made piece by piece, as fast as the client takes it.
    Stream(Box<Stream>),
    /// The application's.
    Custom(Box<Outside>),
}

/// A body that the application makes; its request is under way until it is sent.
pub(crate) struct Outside {
    body: CustomBody,
    _under_way: Option<UnderWay>,
}

/// A body that is made while it is sent.
pub(crate) struct Stream {
    pieces: Box<dyn Pieces>,
    panics: Arc<AtomicU64>,
    streaming: Option<Streaming>,
}

/// Makes the pieces of a body, one after another.
pub(crate) trait Pieces: Send {
    /// The next piece, which may be empty; none at the end.
    ///
    /// # Errors
    /// The body cannot be made to its end. The connection breaks, so that the client does not take a part for the whole.
    fn next(&mut self) -> Result<Option<Bytes>, Cut>;
}

/// A body that ends before its end.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the body cannot be made to its end: {0}")]
pub(crate) struct Cut(pub(crate) String);

impl Body {
    pub(crate) const fn empty() -> Self {
        Self::Whole(Bytes::new())
    }

    pub(crate) fn stream(pieces: Box<dyn Pieces>, panics: &Arc<AtomicU64>) -> Self {
        Self::Stream(Box::new(Stream { pieces, panics: Arc::clone(panics), streaming: None }))
    }

    pub(crate) fn custom(body: CustomBody) -> Self {
        Self::Custom(Box::new(Outside { body, _under_way: None }))
    }

    /// The body, keeping its request under way while it is streamed.
    pub(crate) fn keeping(mut self, under_way: UnderWay) -> Self {
        match &mut self {
            Self::Stream(stream) => stream.streaming = Some(under_way.streaming()),
            // It may have nothing to say for long, and that is not the client's doing.
            Self::Custom(outside) => outside._under_way = Some(under_way),
            Self::Whole(_) => {}
        }
        self
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = Cut;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Cut>>> {
        let piece = match &mut *self {
            Self::Whole(bytes) if bytes.is_empty() => Ok(None),
            Self::Whole(bytes) => Ok(Some(std::mem::take(bytes))),
            Self::Stream(stream) => stream.next(),
            Self::Custom(outside) => {
                return Pin::new(&mut outside.body).poll_frame(context).map_err(|error| Cut(error.to_string()));
            }
        };
        if matches!(&piece, Ok(Some(bytes)) if bytes.is_empty()) {
            // Work was done that made no bytes: let others have the thread before there is more.
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(piece.transpose().map(|piece| piece.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Whole(bytes) => bytes.is_empty(),
            Self::Stream(_) => false,
            Self::Custom(outside) => outside.body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Self::Stream(_) => SizeHint::default(),
            Self::Custom(outside) => outside.body.size_hint(),
        }
    }
}

impl Stream {
    /// What makes it.
    pub(crate) fn into_pieces(self) -> Box<dyn Pieces> {
        self.pieces
    }

    fn next(&mut self) -> Result<Option<Bytes>, Cut> {
        if let Some(streaming) = &self.streaming {
            streaming.goes_on();
        }
        catch_unwind(AssertUnwindSafe(|| self.pieces.next())).unwrap_or_else(|_| {
            self.panics.fetch_add(1, Ordering::Relaxed);
            Err(Cut("the server made a mistake".to_owned()))
        })
    }
}

impl std::fmt::Debug for Outside {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Outside").finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Stream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stream").finish_non_exhaustive()
    }
}
