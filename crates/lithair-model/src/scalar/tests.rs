//! Times and dates as texts, against another library.

use proptest::prelude::*;

use super::{Date, Timestamp};

/// Shows what becomes of a text.
fn read(text: &str) -> String {
    text.parse::<Timestamp>().map_or_else(|error| error.to_string(), |moment| moment.to_string())
}

#[test]
fn moments_are_shown_in_utc_with_the_fraction_they_have() {
    assert_eq!(read("2026-01-31T12:00:00Z"), "2026-01-31T12:00:00Z");
    assert_eq!(read("2026-01-31T12:00:00.500Z"), "2026-01-31T12:00:00.5Z");
    assert_eq!(read("2026-01-31t12:00:00.000001z"), "2026-01-31T12:00:00.000001Z");
    assert_eq!(read("2026-01-31 12:00:00.120000000Z"), "2026-01-31T12:00:00.12Z");
    assert_eq!(read("2026-01-01T00:30:00+01:00"), "2025-12-31T23:30:00Z");
    assert_eq!(read("2024-02-28T23:59:59-00:01"), "2024-02-29T00:00:59Z");
    assert_eq!(read("1969-12-31T23:59:59.999999Z"), "1969-12-31T23:59:59.999999Z");
    assert_eq!(Timestamp::MIN.to_string(), "0000-01-01T00:00:00Z");
    assert_eq!(Timestamp::MAX.to_string(), "9999-12-31T23:59:59.999999Z");
}

#[test]
fn what_is_no_moment_is_refused() {
    for text in [
        "",
        "2026-01-31",
        "2026-01-31T12:00:00",
        "2026-02-29T12:00:00Z",
        "2026-13-01T12:00:00Z",
        "2026-01-31T24:00:00Z",
        "2026-01-31T12:00:60Z",
        "2026-01-31T12:00:00.Z",
        "2026-01-31T12:00:00.0000001Z",
        "2026-01-31T12:00:00+24:00",
        "2026-01-31T12:00:00+0100",
        "9999-12-31T23:59:59-00:01",
        "0000-01-01T00:00:00+00:01",
        "2026-01-31T12:00:00Zx",
        "２026-01-31T12:00:00Z",
    ] {
        assert!(text.parse::<Timestamp>().is_err(), "{text}");
    }
    for text in ["", "2026-1-31", "2026-02-30", "20260131", "2026-01-31T", "1900-02-29"] {
        assert!(text.parse::<Date>().is_err(), "{text}");
    }
}

proptest! {
    #[test]
    fn moments_agree_with_jiff(micros in Timestamp::MIN.micros()..Timestamp::MAX.micros()) {
        // jiff keeps an hour's fringe of 9999 free for offsets.
        prop_assume!(micros < Timestamp::MAX.micros() - 26 * 3_600 * 1_000_000);
        let moment = Timestamp::from_micros(micros);
        let oracle = jiff::Timestamp::from_microsecond(micros).expect("in jiff's range");
        prop_assert_eq!(moment.to_string(), oracle.to_string());
        prop_assert_eq!(moment.to_string().parse::<Timestamp>(), Ok(moment));
    }

    #[test]
    fn dates_come_back(days in Date::MIN.days()..=Date::MAX.days()) {
        let date = Date::from_days(days);
        prop_assert_eq!(date.to_string().parse::<Date>(), Ok(date));
        prop_assert_eq!(date.midnight().date(), date);
        let year = format!("{:04}-", date.year());
        prop_assert!(date.to_string().starts_with(&year));
    }
}
