//! A length of time as a text, `"90d"`: of `retention`, `purge_after` and `every`.

use syn::LitStr;

const DAY_MICROS: i64 = 86_400_000_000;

/// Units of time. A year is 365.25 days: seven of them are as long as seven on a calendar, within a day.
const UNITS: [(&str, i64); 7] = [
    ("s", 1_000_000),
    ("m", 60_000_000),
    ("min", 60_000_000),
    ("h", 3_600_000_000),
    ("d", DAY_MICROS),
    ("w", 7 * DAY_MICROS),
    ("y", 365 * DAY_MICROS + DAY_MICROS / 4),
];

/// Microseconds, more than none.
pub(crate) fn duration(text: &LitStr) -> syn::Result<i64> {
    let refuse = || {
        let expected = "expected a time with a unit, `\"12h\"`, `\"90d\"` or `\"7y\"` (s, m or min, h, d, w, y)";
        syn::Error::new(text.span(), expected)
    };
    let value = text.value();
    let end = value.find(|letter: char| !letter.is_ascii_digit()).ok_or_else(refuse)?;
    let (number, unit) = value.split_at(end);
    let (_, micros) = UNITS.iter().find(|(name, _)| *name == unit.trim_start()).ok_or_else(refuse)?;
    let number: i64 = number.parse().map_err(|_| refuse())?;
    number.checked_mul(*micros).filter(|micros| *micros > 0).ok_or_else(refuse)
}

#[cfg(test)]
mod tests {
    use proc_macro2::Span;

    use super::*;

    /// `retention` knew no `min` and `purge_after` no `w`, and their years were of two lengths.
    #[test]
    fn every_unit_is_known_and_has_one_length() {
        let micros = |text: &str| duration(&LitStr::new(text, Span::call_site())).ok();
        for (text, seconds) in [
            ("1s", 1),
            ("5m", 300),
            ("5min", 300),
            ("2h", 7_200),
            ("90d", 7_776_000),
            ("90 d", 7_776_000),
            ("1w", 604_800),
            ("1y", 31_557_600),
        ] {
            assert_eq!(micros(text), Some(seconds * 1_000_000), "{text}");
        }
        for text in ["", "5", "d", "0s", "5 minutes", "-1d", "1.5d", "1d2h", "1 d ", "99999999999y"] {
            assert_eq!(micros(text), None, "{text}");
        }
    }
}
