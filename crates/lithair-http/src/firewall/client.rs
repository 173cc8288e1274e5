//! Whose request it is.

use std::net::{IpAddr, SocketAddr};

use http::{HeaderMap, HeaderName};
use thiserror::Error;

use super::networks::Networks;

pub(super) const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// A proxy that is trusted says what cannot be understood. To go on with its own address would let everybody in whom it brings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("`X-Forwarded-For` has no address where the client's should be")]
pub struct BadForwarding;

/// The client behind a proxy that is trusted.
///
/// Each proxy adds, at the right, whom it was asked by; what stands further left was there when the request came and may be anything. So
/// the list is read from the right, for as long as those who added to it are trusted: the first who is not is the client.
pub(super) fn behind(peer: IpAddr, headers: &HeaderMap, trusted: &Networks) -> Result<IpAddr, BadForwarding> {
    let mut client = peer;
    for value in headers.get_all(X_FORWARDED_FOR).iter().rev() {
        let text = value.to_str().map_err(|_| BadForwarding)?;
        for part in text.split(',').rev() {
            client = address(part.trim()).ok_or(BadForwarding)?.to_canonical();
            if !trusted.contains(client) {
                return Ok(client);
            }
        }
    }
    Ok(client)
}

/// Whether a request says that it comes for somebody else, by any of the headers that proxies say it with.
pub(super) fn is_forwarded(headers: &HeaderMap) -> bool {
    let says_so = |name: &str| name.starts_with("x-forwarded-") || ["forwarded", "via", "x-real-ip"].contains(&name);
    headers.keys().any(|name| says_so(name.as_str()))
}

/// An address, with a port or without.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    bare.parse().ok().or_else(|| text.parse().ok().map(|socket: SocketAddr| socket.ip()))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn the_first_who_is_not_trusted_is_the_client() {
        let trusted: Vec<_> = ["10.0.0.0/8", "fd00::/8"].iter().map(|text| text.parse().expect("a network")).collect();
        let trusted = Networks::new(&trusted);
        let check = |lines: &[&str], expected: Option<&str>| {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(X_FORWARDED_FOR, HeaderValue::from_str(line).expect("a value"));
            }
            let client = behind("10.0.0.1".parse().expect("an address"), &headers, &trusted);
            assert_eq!(client.ok(), expected.map(|text| text.parse().expect("an address")), "{lines:?}");
        };
        // Nobody was asked by anybody else: the proxy itself asks.
        check(&[], Some("10.0.0.1"));
        check(&["192.0.2.1"], Some("192.0.2.1"));
        // What a client makes up stands further left.
        check(&["203.0.113.9, 192.0.2.1"], Some("192.0.2.1"));
        check(&["nonsense, 192.0.2.1, 10.0.0.2"], Some("192.0.2.1"));
        check(&["203.0.113.9", "192.0.2.1, fd00::1"], Some("192.0.2.1"));
        check(&["10.0.0.3, 10.0.0.2"], Some("10.0.0.3"));
        check(&["::ffff:192.0.2.1"], Some("192.0.2.1"));
        check(&["[2001:db8::1]:443"], Some("2001:db8::1"));
        check(&["[2001:db8::1]"], Some("2001:db8::1"));
        check(&["192.0.2.1:1234"], Some("192.0.2.1"));
        check(&["unknown"], None);
        check(&[""], None);
        check(&["192.0.2.1, unknown, 10.0.0.2"], None);
    }
}
