//! The cookie of a session, and whose page it was that sent a request with it.

use http::header::{COOKIE, HOST, ORIGIN};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use lithair_auth::Begun;
use lithair_auth::oidc::LOGIN_SECONDS;

use crate::rejection::{Problem, Rejection};

/// Browsers take a cookie of such a name from this host alone, over TLS (and on this machine), for all paths: a neighbour's cookie is none
/// (RFC 6265bis, 4.1.3.2).
const NAME: &str = "__Host-lithair";

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// A page of another site cannot send this header unless the server allows it beforehand, which it does not.
const PROOF: HeaderName = HeaderName::from_static("lithair-request");

/// The same, of a login at a provider that was begun.
const LOGIN: &str = "__Host-lithair-login";

/// The session that a request shows; an error if it shows two, of which one may be somebody else's doing.
pub(crate) fn session(headers: &HeaderMap) -> Result<Option<&str>, ()> {
    the_one(headers, NAME)
}

/// The login at a provider that the browser has begun; an error as of a session.
pub(crate) fn login(headers: &HeaderMap) -> Result<Option<&str>, ()> {
    the_one(headers, LOGIN)
}

fn the_one<'h>(headers: &'h HeaderMap, wanted: &str) -> Result<Option<&'h str>, ()> {
    let mut found = None;
    for value in headers.get_all(COOKIE) {
        // Cookies of others may be any bytes, and are none of ours.
        let Ok(text) = std::str::from_utf8(value.as_bytes()) else { continue };
        for pair in text.split(';') {
            if let Some((name, value)) = pair.trim().split_once('=')
                && name == wanted
                && found.replace(value).is_some()
            {
                return Err(());
            }
        }
    }
    Ok(found)
}

/// What the browser is to keep.
pub(crate) fn keep(begun: &Begun) -> HeaderValue {
    let age = begun.absolute.as_secs();
    let text = format!("{NAME}={}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age={age}", begun.id);
    let mut value = HeaderValue::try_from(text).expect("letters and digits are a header value");
    value.set_sensitive(true);
    value
}

/// What the browser is to keep while somebody logs in at a provider. `Lax` cookies come along when the provider sends it back.
pub(crate) fn keep_login(sealed: &str) -> HeaderValue {
    let text = format!("{LOGIN}={sealed}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age={LOGIN_SECONDS}");
    let mut value = HeaderValue::try_from(text).expect("letters and digits are a header value");
    value.set_sensitive(true);
    value
}

/// What makes the browser forget a login: it comes back once.
pub(crate) const fn forget_login() -> HeaderValue {
    HeaderValue::from_static("__Host-lithair-login=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0")
}

/// What makes the browser forget it.
pub(crate) fn forget() -> HeaderValue {
    HeaderValue::from_static("__Host-lithair=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0")
}

/// Refuses what a page of another site may have sent with the user's cookie: a browser sends the cookie whoever asks it to.
///
/// # Errors
/// The request may change something, and is not known to come from a page of this site or from no browser.
pub(crate) fn same_site(head: &Parts) -> Result<(), Rejection> {
    let is_safe =
        [Method::GET, Method::HEAD, Method::OPTIONS].contains(&head.method) || head.method.as_str() == "QUERY";
    if is_safe {
        return Ok(());
    }
    of_this_site(head)?;
    if head.headers.contains_key(PROOF) {
        return Ok(());
    }
    Err(Problem::CrossSite.because("with a session, what may change something needs the header `Lithair-Request: 1`"))
}

/// Refuses what a browser says another site has sent.
pub(crate) fn of_this_site(head: &Parts) -> Result<(), Rejection> {
    let refused = |detail: &str| Err(Problem::CrossSite.because(detail));
    if head.headers.get(SEC_FETCH_SITE).is_some_and(|site| site != "same-origin") {
        return refused("`Sec-Fetch-Site` is not `same-origin`");
    }
    let Some(origin) = head.headers.get(ORIGIN) else { return Ok(()) };
    let host = head.headers.get(HOST).map(HeaderValue::as_bytes);
    let host = host.or_else(|| head.uri.authority().map(|authority| authority.as_str().as_bytes()));
    // TLS may end before this server, so the scheme is not compared; `null` and several are no host.
    let origin = origin.as_bytes();
    let of_origin = origin.strip_prefix(b"https://").or_else(|| origin.strip_prefix(b"http://"));
    if host.is_some() && of_origin == host { Ok(()) } else { refused("`Origin` is another site") }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use http::Request;

    use super::*;

    fn head(method: &str, headers: &[(&str, &str)]) -> Parts {
        let request = Request::builder().method(method).uri("/api/tags").header("host", "shop.example");
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        request.body(()).expect("is a request").into_parts().0
    }

    #[test]
    fn what_another_site_may_have_sent_is_refused() {
        let check = |method: &str, headers: &[(&str, &str)], is_taken: bool| {
            assert_eq!(same_site(&head(method, headers)).is_ok(), is_taken, "{method} {headers:?}");
        };
        let proof = ("lithair-request", "1");
        for safe in ["GET", "HEAD", "OPTIONS", "QUERY"] {
            check(safe, &[("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")], true);
        }
        check("POST", &[], false);
        check("POST", &[proof], true);
        check("DELETE", &[proof, ("origin", "https://shop.example"), ("sec-fetch-site", "same-origin")], true);
        check("POST", &[proof, ("origin", "http://shop.example")], true);
        for site in ["cross-site", "same-site", "none", ""] {
            check("PATCH", &[proof, ("sec-fetch-site", site)], false);
        }
        for origin in [
            "https://evil.example",
            "null",
            "https://shop.example.evil.example",
            "https://shop.example:8443",
            "shop.example",
            "",
        ] {
            check("POST", &[proof, ("origin", origin)], false);
        }
    }

    /// HTTP/2 has it in the address (RFC 9113, 8.3.1).
    #[test]
    fn the_host_of_this_site_is_in_a_header_or_in_the_address() {
        let check = |uri: &str, origin: &str, is_taken: bool| {
            let request = Request::builder().method("POST").uri(uri).header("lithair-request", "1");
            let head = request.header("origin", origin).body(()).expect("is a request").into_parts().0;
            assert_eq!(same_site(&head).is_ok(), is_taken, "{uri} {origin}");
        };
        check("https://shop.example/api/tags", "https://shop.example", true);
        check("https://shop.example/api/tags", "https://evil.example", false);
        // Where no host is said, no origin is it: one that is none, neither.
        check("/api/tags", "https://shop.example", false);
        check("/api/tags", "null", false);
    }

    /// What compresses headers keeps what is not marked so (RFC 7541, 7.1.3), and so does whoever prints them.
    #[test]
    fn what_the_browser_is_to_keep_is_marked_as_a_secret() {
        let session = keep(&Begun { id: "x".to_owned(), absolute: Duration::from_secs(60) });
        let login = keep_login("x");
        assert!(session.is_sensitive() && login.is_sensitive());
        assert_eq!(session, "__Host-lithair=x; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=60");
        assert_eq!(login, "__Host-lithair-login=x; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=600");
    }

    #[test]
    fn one_cookie_is_a_session_and_two_are_a_trick() {
        let check = |cookies: &[&str], expected: Result<Option<&str>, ()>| {
            let headers: Vec<(&str, &str)> = cookies.iter().map(|cookie| ("cookie", *cookie)).collect();
            assert_eq!(session(&head("GET", &headers).headers), expected, "{cookies:?}");
        };
        check(&[], Ok(None));
        check(&["a=b; __Host-lithair=x; c=d"], Ok(Some("x")));
        check(&["lithair=x", "__host-lithair=x", "x__Host-lithair=y"], Ok(None));
        check(&["__Host-lithair=x; __Host-lithair=y"], Err(()));
        check(&["__Host-lithair=x", "__Host-lithair=x"], Err(()));
        let cookies = head("GET", &[("cookie", "__Host-lithair=x; __Host-lithair-login=y")]).headers;
        assert_eq!((session(&cookies), login(&cookies)), (Ok(Some("x")), Ok(Some("y"))));
        let mut others = head("GET", &[("cookie", "__Host-lithair=x")]).headers;
        others.append(COOKIE, HeaderValue::from_bytes(b"a=\xff").expect("is a header value"));
        assert_eq!(session(&others), Ok(Some("x")), "what others keep is no matter");
    }
}
