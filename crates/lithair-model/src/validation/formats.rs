//! The shapes that have a name. Each is judged by what it is used for, not by everything its standard once allowed.

use std::net::IpAddr;

use unicode_normalization::UnicodeNormalization as _;

use super::iso::{COUNTRIES, CURRENCIES};
use crate::{Date, Format, Timestamp};

/// The stable code and the words for what was expected.
pub(super) const fn words(format: Format) -> (&'static str, &'static str) {
    match format {
        Format::Email => ("email", "an e-mail address"),
        Format::Url => ("url", "an http or https URL"),
        Format::Uuid => ("uuid", "a UUID"),
        Format::Phone => ("phone", "a phone number such as +4930123456"),
        Format::Ip => ("ip", "an IPv4 or IPv6 address"),
        Format::Hostname => ("hostname", "a host name"),
        Format::Slug => ("slug", "lower-case letters and digits with single hyphens inside"),
        Format::Date => ("date", "a date such as 2026-01-31"),
        Format::Time => ("time", "a time such as 12:00:00"),
        Format::DateTime => ("datetime", "a time such as 2026-01-31T12:00:00Z"),
        Format::Iso4217 => ("iso4217", "a currency code of ISO 4217"),
        Format::Iso3166 => ("iso3166", "a country code of ISO 3166-1"),
    }
}

/// Whether the text has the shape.
pub(crate) fn has(format: Format, text: &str) -> bool {
    match format {
        Format::Email => is_email(text),
        Format::Url => is_url(text),
        Format::Uuid => text.len() == 36 && uuid::Uuid::try_parse(text).is_ok(),
        Format::Phone => is_phone(text),
        Format::Ip => text.parse::<IpAddr>().is_ok(),
        Format::Hostname => is_hostname(text),
        Format::Slug => is_slug(text),
        Format::Date => text.parse::<Date>().is_ok(),
        Format::Time => format!("2026-01-31T{text}Z").parse::<Timestamp>().is_ok(),
        Format::DateTime => text.parse::<Timestamp>().is_ok(),
        Format::Iso4217 => CURRENCIES.binary_search(&text).is_ok(),
        Format::Iso3166 => COUNTRIES.binary_search(&text).is_ok(),
    }
}

/// What browsers call a valid e-mail address (HTML, 4.10.5.1.5), with a domain of two labels at least, and with letters and digits of
/// any script before the `@` (RFC 6531, 3.3): people have such addresses.
pub fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let is_atom = |c: char| c.is_alphanumeric() || ".!#$%&'*+/=?^_`{|}~-".contains(c);
    let is_local = (1..=64).contains(&local.len()) && local.chars().all(is_atom);
    let has_lone_dots = !local.starts_with('.') && !local.ends_with('.') && !local.contains("..");
    is_local && has_lone_dots && domain.contains('.') && is_hostname(domain)
}

/// An address as it is kept where addresses are compared: two that look alike are one.
pub fn email_form(text: &str) -> String {
    text.trim().to_lowercase().nfc().collect()
}

/// RFC 1123, 2.1.
fn is_hostname(text: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    (1..=253).contains(&text.len()) && text.split('.').all(is_label)
}

/// RFC 3986 with the schemes http and https and a host; no user information, which only deceives people.
fn is_url(text: &str) -> bool {
    let Some(rest) = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")) else { return false };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, tail) = rest.split_at(end);
    let is_allowed = |byte: u8| byte.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&byte);
    is_authority(authority) && tail.bytes().all(is_allowed) && has_whole_escapes(tail) && tail.matches('#').count() <= 1
}

fn is_authority(text: &str) -> bool {
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => match rest.split_once(']') {
            Some((address, port)) if address.parse::<std::net::Ipv6Addr>().is_ok() => ("", port),
            _ => return false,
        },
        None => text.split_at(text.find(':').unwrap_or(text.len())),
    };
    let is_port = port.is_empty() || port.strip_prefix(':').is_some_and(|digits| digits.parse::<u16>().is_ok());
    is_port && (text.starts_with('[') || is_hostname(host))
}

fn has_whole_escapes(text: &str) -> bool {
    text.split('%').skip(1).all(|part| part.len() >= 2 && part.bytes().take(2).all(|byte| byte.is_ascii_hexdigit()))
}

/// E.164.
fn is_phone(text: &str) -> bool {
    let Some(digits) = text.strip_prefix('+') else { return false };
    (7..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0')
}

fn is_slug(text: &str) -> bool {
    let is_word =
        |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    text.split('-').all(is_word)
}
