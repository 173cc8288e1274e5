//! Each format, by texts that are one and texts that are nearly one.

use super::super::formats::has;
use super::super::iso::{COUNTRIES, CURRENCIES};
use crate::Format;

#[track_caller]
fn check(format: Format, taken: &[&str], refused: &[&str]) {
    for text in taken {
        assert!(has(format, text), "{format:?} takes {text:?}");
    }
    for text in refused.iter().chain(&["", " ", "\0", "x\n"]) {
        assert!(!has(format, text), "{format:?} refuses {text:?}");
    }
    // White space around a shape is no part of it.
    for text in taken {
        assert!(!has(format, &format!(" {text}")) && !has(format, &format!("{text}\n")), "{format:?} {text:?}");
    }
}

#[test]
fn addresses() {
    let (long, too_long) = ("a".repeat(64), "a".repeat(65));
    check(
        Format::Email,
        &["a@b.de", "a.b+c_d@x-y.example.org", "!#$%&'*/=?^`{|}~-@b.de", "jürgen@b.de", &format!("{long}@b.de")],
        &[
            "a",
            "a@",
            "@b.de",
            "a@b",
            "a@@b.de",
            "a b@c.de",
            ".a@b.de",
            "a.@b.de",
            "a..b@c.de",
            "a@-b.de",
            "a@b-.de",
            "a@b..de",
            "a@b.de.",
            "\"a b\"@c.de",
            "a@[127.0.0.1]",
            "a@b_c.de",
            "<a@b.de>",
            "a@b.de,c@d.de",
            &format!("{too_long}@b.de"),
        ],
    );
    check(
        Format::Phone,
        &["+4930123", "+123456789012345"],
        &[
            "+123456",
            "+1234567890123456",
            "004930123",
            "+0493012345",
            "+49 30 1234",
            "4930123456",
            "+49-3012345",
            "+١٢٣٤٥٦٧",
        ],
    );
}

#[test]
fn places_in_the_net() {
    check(
        Format::Url,
        &[
            "http://a",
            "https://a.de",
            "https://a.de:8080/b/c?d=e&f#g",
            "https://a.de?x",
            "https://127.0.0.1/",
            "https://[2001:db8::1]:443/%20",
            "https://a.de/(b);c=d,e@f",
        ],
        &[
            "a.de",
            "//a.de",
            "ftp://a.de",
            "https://",
            "https:///a",
            "https://a b",
            "https://a.de/a b",
            "https://user@a.de",
            "https://user:pass@a.de",
            "https://a.de:99999",
            "https://a.de:x",
            "https://[::1",
            "https://[::g]",
            "https://a_b.de",
            "https://a.de/%2",
            "https://a.de/%zz",
            "https://a.de/#a#b",
            "https://a.de/é",
            "javascript:alert(1)",
            "https://a.de/<x>",
        ],
    );
    let label = "a".repeat(63);
    let longest = format!("{label}.{label}.{label}.{}", "a".repeat(61));
    check(
        Format::Hostname,
        &["a", "a.b", "A-1.example", "127.0.0.1", "3com", &label, &longest],
        &["-a", "a-", "a..b", ".a", "a.", "a_b", "é.de", &"a".repeat(64), &format!("{longest}a")],
    );
    check(
        Format::Ip,
        &["127.0.0.1", "::1", "2001:db8::ff00:42:8329", "::ffff:1.2.3.4"],
        &["127.0.0", "256.0.0.1", "01.2.3.4", "1.2.3.4.5", ":::1", "::g", "fe80::1%eth0", "1.2.3.4/8"],
    );
}

#[test]
fn names() {
    check(
        Format::Uuid,
        &["01890a5d-ac96-774b-bcce-b302099a8057", "01890A5D-AC96-774B-BCCE-B302099A8057"],
        &[
            "01890a5dac96774bbcceb302099a8057",
            "{01890a5d-ac96-774b-bcce-b302099a8057}",
            "01890a5d-ac96-774b-bcce-b302099a805",
            "g1890a5d-ac96-774b-bcce-b302099a8057",
        ],
    );
    check(Format::Slug, &["a", "a-b", "2-fast-4-you", "0"], &["-a", "a-", "a--b", "A", "a_b", "ä", "a b"]);
}

#[test]
fn times() {
    check(
        Format::Date,
        &["2026-01-31", "2024-02-29", "0000-01-01"],
        &["2026-02-29", "2026-1-1", "20260131", "2026-01-31T00:00:00Z"],
    );
    check(
        Format::Time,
        &["00:00:00", "23:59:59", "12:00:00.123456"],
        &["24:00:00", "12:60:00", "12:00:60", "12:00", "12:00:00Z", "12:00:00+01:00", "1:00:00", "12:00:00."],
    );
    check(
        Format::DateTime,
        &["2026-01-31T12:00:00Z", "2026-01-31T12:00:00.5+14:00"],
        &["2026-01-31", "2026-01-31T12:00:00", "2026-01-31T12:00Z", "2026-02-30T12:00:00Z"],
    );
}

#[test]
fn codes() {
    check(Format::Iso4217, &["EUR", "USD", "XXX", "ZWG", "AED"], &["eur", "EU", "EURO", "DEM", "AAA"]);
    check(Format::Iso3166, &["DE", "AD", "ZW", "GB", "AX"], &["de", "D", "DEU", "UK", "EU", "XK", "AA"]);
    assert!(COUNTRIES.is_sorted_by(|one, next| one < next) && CURRENCIES.is_sorted_by(|one, next| one < next));
    assert_eq!(COUNTRIES.len(), 249, "as many as ISO 3166-1 has");
    assert!(CURRENCIES.iter().all(|code| code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_uppercase())));
}
