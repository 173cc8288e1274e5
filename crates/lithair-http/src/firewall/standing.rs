//! What a client is told of a limit, as draft-ietf-httpapi-ratelimit-headers-10 writes it.

use std::sync::Arc;

use http::header::RETRY_AFTER;
use http::{HeaderMap, HeaderName, HeaderValue};
use thiserror::Error;

use super::meters::Named;
use crate::rejection::{Problem, Rejection};

const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const MICROS: i64 = 1_000_000;

/// Where a client stands with a limit, after a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    pub(super) named: Arc<Named>,
    /// Requests that may come at once.
    pub(super) remaining: i64,
    /// Until as many may come as at the beginning, in microseconds.
    pub(super) whole_micros: i64,
}

/// A client came too often.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("more than {}", standing.named.name)]
pub struct Denied {
    pub(super) standing: Standing,
    /// Until the next request, in microseconds.
    pub(super) retry_micros: i64,
}

impl Standing {
    /// The one with less room.
    pub(crate) fn nearest(one: Option<Self>, other: Option<Self>) -> Option<Self> {
        one.into_iter().chain(other).min_by_key(|standing| standing.remaining)
    }

    /// The headers of an answer on a limited route.
    pub(crate) fn headers(&self) -> [(HeaderName, HeaderValue); 2] {
        let Named { name, policy } = &*self.named;
        let seconds = seconds(self.whole_micros);
        let now = format!("\"{name}\";r={};t={seconds}", self.remaining);
        let value = |text: &str| HeaderValue::from_str(text).expect("names of operations are a header value");
        [(RATE_LIMIT_POLICY, value(policy)), (RATE_LIMIT, value(&now))]
    }

    pub(crate) fn insert(&self, headers: &mut HeaderMap) {
        for (name, value) in self.headers() {
            headers.insert(name, value);
        }
    }
}

impl Denied {
    /// Until the next request is taken, in whole seconds, rounded up; at least 1.
    pub fn retry_seconds(&self) -> i64 {
        seconds(self.retry_micros).max(1)
    }

    pub(crate) fn rejection(&self) -> Rejection {
        let detail = format!("{self}; the next one may come in {} s", self.retry_seconds());
        let rejection = Problem::RateLimited.because(detail).header(RETRY_AFTER, self.retry_seconds().into());
        self.standing.headers().into_iter().fold(rejection, |rejection, (name, value)| rejection.header(name, value))
    }
}

fn seconds(micros: i64) -> i64 {
    (micros + MICROS - 1) / MICROS
}
