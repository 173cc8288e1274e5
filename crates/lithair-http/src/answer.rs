//! What a handler says.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, ETAG};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use lithair_model::Position;

use crate::body::Body;
use crate::media::JSON;

/// Room for all headers of any answer, so that the map never grows.
const HEADERS: usize = 24;

/// What a handler says: a response without the headers that all have.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Body,
    /// The position that the answer reflects; none means the present one, where one is told.
    pub(crate) position: Option<Position>,
    /// The application's own, whose headers say what it is.
    pub(crate) is_custom: bool,
}

impl Answer {
    pub(crate) fn new(status: u16, media: &'static str, body: Body) -> Self {
        let mut answer = Self::empty(status);
        answer.headers.insert(CONTENT_TYPE, HeaderValue::from_static(media));
        answer.body = body;
        answer
    }

    pub(crate) fn json(status: u16, json: impl Into<Bytes>) -> Self {
        Self::new(status, JSON, Body::Whole(json.into()))
    }

    pub(crate) fn empty(status: u16) -> Self {
        let status = StatusCode::from_u16(status).expect("the catalogue holds status codes");
        Self {
            status,
            headers: HeaderMap::with_capacity(HEADERS),
            body: Body::empty(),
            position: None,
            is_custom: false,
        }
    }

    /// What the application answers.
    pub(crate) fn custom(response: Response<Body>) -> Self {
        let (head, body) = response.into_parts();
        Self { status: head.status, headers: head.headers, body, position: None, is_custom: true }
    }

    pub(crate) fn not_modified() -> Self {
        Self::empty(304)
    }

    pub(crate) fn etag(self, tag: HeaderValue) -> Self {
        self.header(ETAG, tag)
    }

    pub(crate) fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// With one more value of a header.
    pub(crate) fn also(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.append(name, value);
        self
    }

    /// The position that the answer reflects.
    pub(crate) const fn at(mut self, position: Position) -> Self {
        self.position = Some(position);
        self
    }
}
