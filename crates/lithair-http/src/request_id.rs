use std::sync::atomic::{AtomicU64, Ordering};

use aws_lc_rs::rand;
use http::{HeaderMap, HeaderName, HeaderValue};

pub(crate) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

const LENGTH_MAX: usize = 128;

/// The identifier of a request, the client's own or the server's: an extension of requests that the application answers itself.
#[derive(Clone, Debug)]
pub struct RequestId(pub(crate) HeaderValue);

impl RequestId {
    /// As `X-Request-Id` has it.
    pub fn as_str(&self) -> &str {
        self.0.to_str().unwrap_or_default()
    }
}

/// Gives each request an identifier: the client's own, if it sent a sound one.
#[derive(Debug)]
pub(crate) struct RequestIds {
    /// Random, so that the identifiers of two runs differ.
    run: u32,
    next: AtomicU64,
}

impl RequestIds {
    pub(crate) fn new() -> Self {
        let mut run = [0; 4];
        rand::fill(&mut run).expect("the system has randomness");
        Self { run: u32::from_le_bytes(run), next: AtomicU64::new(1) }
    }

    pub(crate) fn of(&self, headers: &HeaderMap) -> HeaderValue {
        match headers.get(X_REQUEST_ID) {
            Some(given) if is_sound(given.as_bytes()) => given.clone(),
            _ => self.fresh(),
        }
    }

    /// A number that no other request of this run has, and hardly one of another.
    pub(crate) fn span(&self) -> u64 {
        u64::from(self.run) << 32 | self.next.fetch_add(1, Ordering::Relaxed) & u64::from(u32::MAX)
    }

    /// An identifier of our own.
    pub(crate) fn fresh(&self) -> HeaderValue {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        HeaderValue::try_from(format!("{:08x}-{number:x}", self.run)).expect("digits are a header value")
    }
}

/// What may be written to a log or a header as it is.
fn is_sound(id: &[u8]) -> bool {
    let sound = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~".contains(byte);
    (1..=LENGTH_MAX).contains(&id.len()) && id.iter().all(sound)
}
