//! Answers as gzip, where the client understands it and the body is worth it.
//!
//! A body with a strong entity tag stays as it is: the tag is the revision, which clients send back with their changes, and two codings of
//! one thing may not share a strong tag (RFC 9110, 8.8.3.3). Such bodies are single records, and small. Lists, exports and documents
//! have none.

use std::io::Write as _;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, ETAG};
use http::{HeaderMap, HeaderValue, Response};

use crate::body::{Body, Cut, Pieces};
use crate::media;

/// Bytes below which a body fits in a packet or two anyway.
const BYTES_MIN: usize = 1024;
/// Bytes of a body that are compressed before others have the thread again.
const PIECE_BYTES: usize = 64 * 1024;

/// The answer, compressed if that is worth it.
pub(crate) fn apply(
    request: &HeaderMap,
    mut response: Response<Body>,
    panics: &std::sync::Arc<std::sync::atomic::AtomicU64>,
) -> Response<Body> {
    let is_worth_it = match response.body() {
        Body::Whole(bytes) => bytes.len() >= BYTES_MIN,
        Body::Stream(_) => true,
        // Whether and how is the application's to say.
        Body::Custom(_) => false,
    };
    if !is_worth_it || response.headers().contains_key(ETAG) || !takes_gzip(request) {
        return response;
    }
    response.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    response.map(|body| match body {
        Body::Whole(bytes) if bytes.len() <= PIECE_BYTES => Body::Whole(whole(&bytes)),
        Body::Whole(bytes) => Body::stream(Box::new(Gzip::new(Box::new(Sliced(bytes)))), panics),
        Body::Stream(stream) => Body::stream(Box::new(Gzip::new(stream.into_pieces())), panics),
        Body::Custom(_) => body,
    })
}

/// Whether the client says that it takes gzip, by name or by `*`.
fn takes_gzip(headers: &HeaderMap) -> bool {
    let mut any = false;
    for value in headers.get_all(ACCEPT_ENCODING) {
        for coding in value.to_str().unwrap_or_default().split(',') {
            let mut parts = coding.split(';').map(str::trim);
            let name = parts.next().unwrap_or_default();
            let quality = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
            let is_liked = quality.map_or(Some(1_000), media::thousandths).is_some_and(|quality| quality > 0);
            if name.eq_ignore_ascii_case("gzip") || name.eq_ignore_ascii_case("x-gzip") {
                return is_liked;
            }
            any |= name == "*" && is_liked;
        }
    }
    any
}

fn encoder(bytes: usize) -> GzEncoder<Vec<u8>> {
    // The fastest: the thread has other connections.
    GzEncoder::new(Vec::with_capacity(bytes), Compression::fast())
}

fn whole(bytes: &[u8]) -> Bytes {
    let mut encoder = encoder(bytes.len() / 2);
    encoder.write_all(bytes).and_then(|()| encoder.finish()).expect("memory takes what is written to it").into()
}

/// Pieces of a body, as pieces of its compressed form.
struct Gzip {
    pieces: Box<dyn Pieces>,
    /// None once the end was written.
    encoder: Option<GzEncoder<Vec<u8>>>,
}

impl Gzip {
    fn new(pieces: Box<dyn Pieces>) -> Self {
        Self { pieces, encoder: Some(encoder(PIECE_BYTES)) }
    }
}

impl Pieces for Gzip {
    fn next(&mut self) -> Result<Option<Bytes>, Cut> {
        let Some(encoder) = &mut self.encoder else { return Ok(None) };
        if let Some(piece) = self.pieces.next()? {
            encoder.write_all(&piece).expect("memory takes what is written to it");
            return Ok(Some(std::mem::take(encoder.get_mut()).into()));
        }
        let encoder = self.encoder.take().expect("it is there until the end");
        Ok(Some(encoder.finish().expect("memory takes what is written to it").into()))
    }
}

/// A body that is there, piece by piece.
struct Sliced(Bytes);

impl Pieces for Sliced {
    fn next(&mut self) -> Result<Option<Bytes>, Cut> {
        let piece = self.0.split_to(self.0.len().min(PIECE_BYTES));
        Ok((!piece.is_empty()).then_some(piece))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gzip_is_taken_by_those_who_say_so() {
        let check = |lines: &[&str], takes: bool| {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(ACCEPT_ENCODING, HeaderValue::from_str(line).expect("a value"));
            }
            assert_eq!(takes_gzip(&headers), takes, "{lines:?}");
        };
        check(&[], false);
        check(&["gzip"], true);
        check(&["br, GZIP;q=0.5"], true);
        check(&["br", "gzip"], true);
        check(&["*"], true);
        check(&["gzip;q=0, *"], false);
        check(&["*, gzip;q=0"], false);
        check(&["*;q=0"], false);
        check(&["identity, br"], false);
        check(&["gzip;q=2"], false);
    }
}
