//! What a body is (`Content-Type`), and which of the media types that are offered the client likes best (`Accept`).

use http::header::{ACCEPT, CONTENT_ENCODING, CONTENT_TYPE};
use http::request::Parts;
use http::{HeaderName, HeaderValue};

use crate::media::thousandths;
use crate::rejection::{Problem, Rejection};

const ACCEPT_POST: HeaderName = HeaderName::from_static("accept-post");
const ACCEPT_PATCH: HeaderName = HeaderName::from_static("accept-patch");
const ACCEPT_QUERY: HeaderName = HeaderName::from_static("accept-query");

/// Refuses a body that is none of these types.
pub(crate) fn body_is(head: &Parts, types: &'static [&'static str]) -> Result<(), Rejection> {
    let mut encodings = head.headers.get_all(CONTENT_ENCODING).iter();
    if encodings.any(|encoding| !encoding.as_bytes().eq_ignore_ascii_case(b"identity")) {
        return Err(Problem::UnsupportedMediaType.because("a body has no `Content-Encoding`"));
    }
    let mut values = head.headers.get_all(CONTENT_TYPE).iter().map(HeaderValue::as_bytes);
    // A proxy in front may have judged the other one.
    let (value, None) = (values.next(), values.next()) else {
        return Err(Problem::InvalidHeader.because("`content-type` is repeated"));
    };
    if value.is_some_and(|value| types.iter().any(|media| is(value, media))) {
        return Ok(());
    }
    let name = match head.method.as_str() {
        "PATCH" => ACCEPT_PATCH,
        "QUERY" => ACCEPT_QUERY,
        _ => ACCEPT_POST,
    };
    let types = types.join(", ");
    let detail = format!("`Content-Type` is one of: {types}");
    let types = HeaderValue::try_from(types).expect("media types are a header value");
    Err(Problem::UnsupportedMediaType.because(detail).header(name, types))
}

/// Whether a `Content-Type` is this media type. Of its parameters, only a charset that is UTF-8 is taken.
fn is(value: &[u8], media: &str) -> bool {
    if value == media.as_bytes() {
        return true;
    }
    let Ok(value) = std::str::from_utf8(value) else { return false };
    let mut parts = value.split(';').map(str::trim);
    let is_media = parts.next().is_some_and(|first| first.eq_ignore_ascii_case(media));
    is_media && parts.all(|part| part.is_empty() || is_utf8(part))
}

fn is_utf8(parameter: &str) -> bool {
    parameter.split_once('=').is_some_and(|(name, value)| {
        name.trim().eq_ignore_ascii_case("charset") && value.trim().trim_matches('"').eq_ignore_ascii_case("utf-8")
    })
}

/// The one of `offers` that the client likes best; the first of those it likes equally.
pub(crate) fn negotiate(head: &Parts, offers: &[&'static str]) -> Result<&'static str, Rejection> {
    let mut values = head.headers.get_all(ACCEPT).iter().peekable();
    let Some(first) = values.peek() else { return Ok(offers[0]) };
    if first.as_bytes() == b"*/*" {
        return Ok(offers[0]);
    }
    let ranges: Vec<Range> = values.filter_map(|value| value.to_str().ok()).flat_map(ranges).collect();
    let liked = offers.iter().map(|offer| (*offer, quality(&ranges, offer)));
    let best = liked.rev().max_by_key(|&(_, quality)| quality).filter(|&(_, quality)| quality > 0);
    best.map(|(offer, _)| offer)
        .ok_or_else(|| Problem::NotAcceptable.because(format!("offered: {}", offers.join(", "))))
}

/// A media range and its quality in thousandths.
#[derive(Debug)]
struct Range<'h> {
    media: &'h str,
    quality: u32,
}

fn ranges(value: &str) -> impl Iterator<Item = Range<'_>> {
    value.split(',').filter_map(|range| {
        let mut parts = range.split(';').map(str::trim);
        let media = parts.next().filter(|media| media.contains('/'))?;
        let quality = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
        Some(Range { media, quality: quality.map_or(Some(1_000), thousandths)? })
    })
}

/// How much a media type is liked: what the most specific range that covers it says.
fn quality(ranges: &[Range<'_>], offer: &str) -> u32 {
    let kind = offer.split('/').next().unwrap_or_default();
    let specific = |range: &&Range<'_>| range.media.eq_ignore_ascii_case(offer);
    let of_kind =
        |range: &&Range<'_>| range.media.strip_suffix("/*").is_some_and(|media| media.eq_ignore_ascii_case(kind));
    let any = |range: &&Range<'_>| range.media == "*/*";
    let found =
        ranges.iter().find(specific).or_else(|| ranges.iter().find(of_kind)).or_else(|| ranges.iter().find(any));
    found.map_or(0, |range| range.quality)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::{JSON, NDJSON};

    fn head(accept: &str) -> Parts {
        http::Request::builder().header(ACCEPT, accept).body(()).expect("is a request").into_parts().0
    }

    #[test]
    fn the_best_liked_offer_is_taken() {
        let check = |accept: &str, offer: Option<&str>| {
            assert_eq!(negotiate(&head(accept), &[JSON, NDJSON]).ok(), offer, "{accept}");
        };
        check("*/*", Some(JSON));
        check("application/json", Some(JSON));
        check("application/x-ndjson", Some(NDJSON));
        check("Application/X-NDJSON; q=0.5, application/json;q=0.4", Some(NDJSON));
        check("text/html,application/xhtml+xml,*/*;q=0.8", Some(JSON));
        check("application/*", Some(JSON));
        check("application/json;q=0, */*", Some(NDJSON));
        check("application/json;q=0", None);
        check("text/csv", None);
        check("nonsense", None);
        check("application/json;q=nonsense", None);
        check("application/json;q=1.5, application/x-ndjson;q=0.001", Some(NDJSON));
    }

    #[test]
    fn a_body_is_what_its_type_says() {
        for same in [
            "application/json",
            "Application/JSON",
            "application/json; charset=utf-8",
            "application/json;charset=\"UTF-8\";",
        ] {
            assert!(is(same.as_bytes(), JSON), "{same}");
        }
        for other in ["application/jsonp", "text/json", "application/json; charset=latin1", "application/json; x", ""] {
            assert!(!is(other.as_bytes(), JSON), "{other}");
        }
    }
}
