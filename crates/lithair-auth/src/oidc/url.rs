//! Addresses, as far as it matters whose they are: of a provider, of this machine, of a page of this server.

use std::net::IpAddr;

const PATH_BYTES_MAX: usize = 1024;

/// Scheme and authority of an address, if it is one of a server that may be trusted with secrets: `https`, or this machine. It has no user, no
/// fragment, and no letters that readers of addresses disagree on.
pub fn server_of(url: &str) -> Option<&str> {
    let is_sound = |byte: u8| byte.is_ascii_graphic() && !b"\\\"<>^`{|}#@".contains(&byte);
    if !url.bytes().all(is_sound) {
        return None;
    }
    let (scheme, rest) = url.split_once("://")?;
    let authority = &rest[..rest.find(['/', '?']).unwrap_or(rest.len())];
    let is_safe = match scheme {
        "https" => !host_of(authority).is_empty(),
        "http" => is_loopback(host_of(authority)),
        _ => false,
    };
    is_safe.then(|| &url[..scheme.len() + "://".len() + authority.len()])
}

/// Without the port.
fn host_of(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        // The colons of an address of IPv6 are in brackets.
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    }
}

/// Whether a host is this machine.
pub fn is_loopback(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|addr| addr.is_loopback())
}

/// Whether a browser that is sent there stays at this server: one `/` and no other behind it, in either direction, for `//evil.example` and
/// `/\evil.example` are addresses of others. Nor are there letters that browsers leave out or that lead out of a folder.
pub fn is_local_path(path: &str) -> bool {
    let is_sound = |byte: u8| byte.is_ascii_graphic() && !b"\\\"<>^`{|}#".contains(&byte);
    let only = path.split('?').next().unwrap_or_default();
    let leads_out = |segment: &str| {
        let segment = segment.replace("%2e", ".").replace("%2E", ".");
        segment == "." || segment == ".."
    };
    path.len() <= PATH_BYTES_MAX
        && path.starts_with('/')
        && path.bytes().all(is_sound)
        && !only.contains("//")
        && !only.split('/').any(leads_out)
}

/// Text as part of a query or a form: everything but the unreserved letters (RFC 3986, 2.3) is encoded.
pub(super) fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            byte if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) => out.push(char::from(byte)),
            byte => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// A form, or a query, of these members.
pub(super) fn form(members: &[(&str, &str)]) -> String {
    let member = |(name, value): &(&str, &str)| format!("{name}={}", encoded(value));
    members.iter().map(member).collect::<Vec<_>>().join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_go_to_servers_that_are_who_they_say() {
        for (url, server) in [
            ("https://id.example.org", Some("https://id.example.org")),
            ("https://id.example.org:8443/a/b?c=d", Some("https://id.example.org:8443")),
            ("https://id.example.org?c=d", Some("https://id.example.org")),
            ("http://127.0.0.1:9000/x", Some("http://127.0.0.1:9000")),
            ("http://[::1]:9000", Some("http://[::1]:9000")),
            ("http://[::1]/x", Some("http://[::1]")),
            ("http://localhost/", Some("http://localhost")),
            ("http://id.example.org", None),
            ("http://localhost.example.org", None),
            ("http://127.0.0.1@evil.example/", None),
            ("https://user@id.example.org", None),
            ("https://", None),
            ("https:///path", None),
            ("https://:443/", None),
            ("https://a b", None),
            ("https://a\\b", None),
            ("https://id.example.org#x", None),
            ("ftp://id.example.org", None),
            ("HTTPS://id.example.org", None),
            ("//id.example.org", None),
            ("", None),
        ] {
            assert_eq!(server_of(url), server, "{url}");
        }
    }

    #[test]
    fn a_browser_that_is_sent_to_a_local_path_stays_here() {
        for path in ["/", "/a", "/a/b?c=d&e=f/../g", "/a?next=//b", "/%20", "/a/...", "/a;b=c"] {
            assert!(is_local_path(path), "{path}");
        }
        let long = format!("/{}", "a".repeat(1024));
        for path in [
            "",
            "a",
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "\\/evil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            "\t//evil.example",
            " /a",
            "/a b",
            "https://evil.example",
            "javascript:alert(1)",
            "/a//b",
            "/a/../b",
            "/a/..",
            "/./a",
            "/a/%2e%2E/b",
            "/a/.%2e/b",
            "/é",
            "/a\u{0}",
            "/a#b",
            &long,
        ] {
            assert!(!is_local_path(path), "{path:?}");
        }
    }

    #[test]
    fn a_form_says_what_was_meant() {
        assert_eq!(form(&[("a", "b c&d=e"), ("f", "é+~")]), "a=b%20c%26d%3De&f=%C3%A9%2B~");
    }
}
