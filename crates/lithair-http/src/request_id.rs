//! The identifier of a request: in its answer, in the access log, in what the application is handed.

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
        let id: Vec<u8> = digits(self.run.into(), 8).chain([b'-']).chain(digits(number, 1)).collect();
        HeaderValue::try_from(id).expect("digits are a header value")
    }
}

/// A number in hexadecimal, with zeros in front of one that has fewer digits than `least`. Nearly every request has one: `format!` took a
/// thousand instructions for it.
fn digits(number: u64, least: u32) -> impl Iterator<Item = u8> {
    let count = number.checked_ilog2().map_or(0, |bits| bits / 4 + 1).max(least);
    (0..count).rev().map(move |place| b"0123456789abcdef"[(number >> (4 * place) & 0xf) as usize])
}

/// What may be written to a log or a header as it is.
fn is_sound(id: &[u8]) -> bool {
    let sound = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~".contains(byte);
    (1..=LENGTH_MAX).contains(&id.len()) && id.iter().all(sound)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_the_run_and_a_number() {
        let ids = RequestIds { run: 0x0c9_a31, next: AtomicU64::new(0) };
        for number in [0, 1, 0xf, 0x10, 0xffff_ffff, 0x1_0000_0000, u64::MAX] {
            ids.next.store(number, Ordering::Relaxed);
            assert_eq!(ids.fresh(), format!("000c9a31-{number:x}"));
        }
    }
}
