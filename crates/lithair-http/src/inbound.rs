//! The body of a request, wherever it comes from.

mod reader;

use std::error::Error;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;

pub(crate) use self::reader::BodyReader;

/// Why a body ends before its end, as libraries have it.
pub type BoxError = Box<dyn Error + Send + Sync>;

/// The body of a request: from a connection of ours, or given by whoever calls the service.
pub(crate) enum Inbound {
    Wire(Incoming),
    Given(Pin<Box<dyn Body<Data = Bytes, Error = BoxError> + Send>>),
}

impl Body for Inbound {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        match &mut *self {
            Self::Wire(body) => Pin::new(body).poll_frame(context).map_err(Into::into),
            Self::Given(body) => body.as_mut().poll_frame(context),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Wire(body) => body.is_end_stream(),
            Self::Given(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Wire(body) => body.size_hint(),
            Self::Given(body) => body.size_hint(),
        }
    }
}

impl std::fmt::Debug for Inbound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inbound").field("size", &self.size_hint()).finish()
    }
}
