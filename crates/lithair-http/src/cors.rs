//! Which pages of other origins may ask (Fetch Standard, CORS protocol). Without a word of the program, none.
//!
//! A preflight is `OPTIONS` with two headers more: the answer says the methods of the path anyway, and says them here in the words that
//! browsers look for. Every other answer to an origin that may ask, problems too, says that its page may read it.

use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD,
    ALLOW, ORIGIN,
};
use http::request::Parts;
use http::uri::Uri;
use http::{HeaderMap, HeaderValue, Method, StatusCode};

use crate::CorsConfig;

/// What the server reads of a request.
const REQUEST_HEADERS: &str = "accept, authorization, content-type, idempotency-key, if-match, if-none-match, \
    lithair-consistency, lithair-min-seq, prefer, traceparent, x-request-id";
/// What a page may read of an answer, beside its body.
const RESPONSE_HEADERS: &str = "allow, content-location, etag, link, lithair-seq, location, ratelimit, \
    ratelimit-policy, retry-after, traceparent, x-request-id";

/// Whose pages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// `*`
    Any,
    /// One, as browsers write it: `https://app.example.com`, `http://localhost:5173`.
    One(String),
}

impl Origin {
    /// The origin of a text. None if browsers write no origin so.
    pub fn parse(text: &str) -> Option<Self> {
        if text == "*" {
            return Some(Self::Any);
        }
        let uri: Uri = text.parse().ok()?;
        let serialized = format!("{}://{}", uri.scheme_str()?, uri.authority()?);
        let is_plain = serialized == text && text == text.to_ascii_lowercase() && !text.contains('@');
        let default_port = match uri.scheme_str() {
            Some("https") => Some(443),
            Some("http") => Some(80),
            _ => None,
        };
        // Browsers leave a usual port out: such an origin would never match.
        let is_usual = uri.port_u16().is_some() && uri.port_u16() == default_port;
        (is_plain && !is_usual).then(|| Self::One(text.to_owned()))
    }
}

/// Says to a browser what the page that asks may do.
pub(crate) fn permit(config: &CorsConfig, head: &Parts, status: StatusCode, headers: &mut HeaderMap) {
    let Some(origin) = head.headers.get(ORIGIN) else { return };
    let Some(allowed) = allowed(config, origin) else { return };
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, allowed);
    if config.credentials {
        headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
    }
    let is_preflight = head.method == Method::OPTIONS && head.headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD);
    if !is_preflight {
        headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(RESPONSE_HEADERS));
        return;
    }
    if let Some(methods) = headers.get(ALLOW).filter(|_| status == StatusCode::NO_CONTENT).cloned() {
        headers.insert(ACCESS_CONTROL_ALLOW_METHODS, methods);
        headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static(REQUEST_HEADERS));
        headers.insert(ACCESS_CONTROL_MAX_AGE, config.max_age.as_secs().into());
    }
}

fn allowed(config: &CorsConfig, origin: &HeaderValue) -> Option<HeaderValue> {
    config.origins.iter().find_map(|allowed| match allowed {
        Origin::Any => Some(HeaderValue::from_static("*")),
        Origin::One(text) => (origin.as_bytes() == text.as_bytes()).then(|| origin.clone()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_written_as_browsers_write_them() {
        for right in ["https://app.example.com", "http://localhost:5173", "https://[::1]:8443", "app://local"] {
            assert_eq!(Origin::parse(right), Some(Origin::One(right.to_owned())));
        }
        assert_eq!(Origin::parse("*"), Some(Origin::Any));
        for wrong in [
            "",
            "app.example.com",
            "https://app.example.com/",
            "https://app.example.com/path",
            "https://App.example.com",
            "https://app.example.com:443",
            "http://app.example.com:80",
            "https://user@app.example.com",
            "https://*.example.com/",
            "null",
        ] {
            assert_eq!(Origin::parse(wrong), None, "{wrong}");
        }
    }
}
