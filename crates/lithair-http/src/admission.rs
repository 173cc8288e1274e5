//! What is asked of the head of any request, before it is known what it is about: one host, and no more bytes than allowed.

use http::header::{EXPECT, HOST};
use http::request::Parts;
use http::{HeaderMap, Version};

use crate::Limits;
use crate::rejection::{Problem, Rejection};

/// Refuses what no endpoint would take.
pub(crate) fn admit(head: &Parts, limits: &Limits) -> Result<(), Rejection> {
    one_host(head)?;
    let target_bytes = head.uri.path_and_query().map_or(0, |target| target.as_str().len());
    if target_bytes > limits.target_bytes_max {
        let detail = format!("{target_bytes} bytes exceed the limit of {} bytes", limits.target_bytes_max);
        return Err(Problem::TargetTooLong.because(detail));
    }
    let header_bytes: usize = head.headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    if header_bytes > limits.header_bytes_max {
        let detail = format!("{header_bytes} bytes exceed the limit of {} bytes", limits.header_bytes_max);
        return Err(Problem::HeadersTooLarge.because(detail));
    }
    expectation(&head.headers)
}

/// HTTP/2 has `:authority` instead, which is in the URI.
fn one_host(head: &Parts) -> Result<(), Rejection> {
    let hosts = head.headers.get_all(HOST).iter().count();
    let is_missing = hosts == 0 && head.version == Version::HTTP_11;
    if is_missing || hosts > 1 {
        return Err(Problem::MissingHost.because(format!("found {hosts} `Host` headers")));
    }
    Ok(())
}

fn expectation(headers: &HeaderMap) -> Result<(), Rejection> {
    match headers.get(EXPECT) {
        Some(value) if !value.as_bytes().eq_ignore_ascii_case(b"100-continue") => {
            Err(Problem::ExpectationFailed.because("`Expect` is not `100-continue`"))
        }
        _ => Ok(()),
    }
}
