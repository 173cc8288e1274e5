//! The trace that a request belongs to (W3C Trace Context, 3.2): taken from the caller, and said back with a span of our own.

use http::{HeaderMap, HeaderName, HeaderValue};

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// Of version 00, which later ones begin with: `00-{trace}-{parent}-{flags}`.
const LENGTH: usize = 55;

/// A caller's trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Trace<'h> {
    /// 32 hexadecimal digits.
    pub(crate) id: &'h str,
    flags: &'h str,
}

impl<'h> Trace<'h> {
    /// The trace of a request. What is malformed is as if it were not there, as the standard says.
    pub(crate) fn of(headers: &'h HeaderMap) -> Option<Self> {
        let mut values = headers.get_all(TRACEPARENT).iter();
        let text = values.next()?.to_str().ok()?;
        if values.next().is_some() {
            return None;
        }
        let (version, rest) = text.get(..LENGTH)?.split_once('-')?;
        let is_whole = match version {
            "00" => text.len() == LENGTH,
            "ff" => false,
            _ => text.len() == LENGTH || text.as_bytes()[LENGTH] == b'-',
        };
        let mut parts = rest.split('-');
        let (id, parent, flags) = (parts.next()?, parts.next()?, parts.next()?);
        let is_hex = |text: &str, digits: usize| {
            text.len() == digits && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        };
        let is_set = |text: &str| text.bytes().any(|byte| byte != b'0');
        let is_right = is_hex(version, 2) && is_hex(id, 32) && is_hex(parent, 16) && is_hex(flags, 2);
        (is_whole && is_right && is_set(id) && is_set(parent)).then_some(Self { id, flags })
    }

    /// Says the trace to the caller, with this span.
    pub(crate) fn insert(self, span: u64, headers: &mut HeaderMap) {
        let Self { id, flags } = self;
        let text = format!("00-{id}-{:016x}-{flags}", span.max(1));
        headers.insert(TRACEPARENT, HeaderValue::try_from(text).expect("digits are a header value"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_is_taken_as_the_standard_writes_it() {
        let check = |text: &str, is_taken: bool| {
            let mut headers = HeaderMap::new();
            headers.insert(TRACEPARENT, HeaderValue::from_str(text).expect("a value"));
            let id = is_taken.then_some("4bf92f3577b34da6a3ce929d0e0e4736");
            assert_eq!(Trace::of(&headers).map(|trace| trace.id), id, "{text}");
        };
        let right = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        check(right, true);
        check(&right.replacen("00", "cc", 1), true);
        check(&format!("cc{}-more", &right[2..]), true);
        check(&format!("{right}-more"), false);
        check(&format!("cc{}x", &right[2..]), false);
        check(&right.replacen("00", "ff", 1), false);
        check(&right.to_uppercase(), false);
        check("00-00000000000000000000000000000000-00f067aa0ba902b7-01", false);
        check("00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01", false);
        check("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0", false);
        check("00-4bf92f3577b34da6a3ce929d0e0e473-600f067aa0ba902b7-01", false);
        check("", false);
        check("grüße-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01x", false);
    }
}
