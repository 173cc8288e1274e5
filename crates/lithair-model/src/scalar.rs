//! Moments and dates: RFC 3339 outside, a number inside.

mod civil;
#[cfg(test)]
mod tests;

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

const MICROS_PER_SECOND: i64 = 1_000_000;
const SECONDS_PER_DAY: i64 = 86_400;
const MICROS_PER_DAY: i64 = SECONDS_PER_DAY * MICROS_PER_SECOND;

/// A moment: microseconds since 1970-01-01T00:00:00Z, in the years 0000 to 9999, which RFC 3339 can write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// 0000-01-01T00:00:00Z.
    pub const MIN: Self = Self(Date::MIN.0 as i64 * MICROS_PER_DAY);
    /// 9999-12-31T23:59:59.999999Z.
    pub const MAX: Self = Self((Date::MAX.0 as i64 + 1) * MICROS_PER_DAY - 1);
    /// The most bytes of a moment's text.
    pub(crate) const TEXT_BYTES_MAX: usize = "2026-01-31T12:00:00.123456Z".len();

    /// The moment so many microseconds after the epoch; the nearest one where the calendar ends.
    pub const fn from_micros(micros: i64) -> Self {
        if micros < Self::MIN.0 {
            Self::MIN
        } else if micros > Self::MAX.0 {
            Self::MAX
        } else {
            Self(micros)
        }
    }

    /// Microseconds since the epoch.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// The moment so many microseconds later; the nearest one where the calendar ends.
    pub const fn plus_micros(self, micros: i64) -> Self {
        Self::from_micros(self.0.saturating_add(micros))
    }

    /// The civil date in UTC.
    #[expect(clippy::cast_possible_truncation, reason = "a timestamp is in the years of a date")]
    pub const fn date(self) -> Date {
        Date::from_days(self.0.div_euclid(MICROS_PER_DAY) as i32)
    }

    /// Writes `2026-01-31T12:00:00Z`, with a fraction only where there is one, and returns the bytes used.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a timestamp is in the years of a date, and parts of a day are small"
    )]
    pub(crate) fn write(self, out: &mut [u8; Self::TEXT_BYTES_MAX]) -> usize {
        // Counted from the first moment there is, so that no division rounds down below 0.
        const PER_SECOND: u64 = MICROS_PER_SECOND.unsigned_abs();
        const PER_DAY: u64 = MICROS_PER_DAY.unsigned_abs();
        let micros = self.0.abs_diff(Self::MIN.0);
        let (day, micros_of_day) = (Date::MIN.0 + (micros / PER_DAY) as i32, micros % PER_DAY);
        let (seconds, micros) = (micros_of_day / PER_SECOND, micros_of_day % PER_SECOND);
        let (fraction, fraction_bytes) = civil::fraction_text(micros as u32);
        out[..10].copy_from_slice(&civil::date_text(day));
        out[10] = b'T';
        out[11..19].copy_from_slice(&civil::time_text(seconds as u32));
        out[19..26].copy_from_slice(&fraction);
        let end = 19 + fraction_bytes;
        out[end] = b'Z';
        end + 1
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = [0; Self::TEXT_BYTES_MAX];
        let length = self.write(&mut text);
        f.pad(std::str::from_utf8(&text[..length]).expect("digits and punctuation are UTF-8"))
    }
}

impl FromStr for Timestamp {
    type Err = NotATime;

    /// Reads an RFC 3339 date-time with any offset.
    ///
    /// Refused, because they could not be given back: digits after the microseconds that are not zero, and leap seconds.
    fn from_str(text: &str) -> Result<Self, NotATime> {
        civil::read_timestamp(text.as_bytes()).map(Self).ok_or(NotATime::Timestamp)
    }
}

/// A civil date: days since 1970-01-01, in the years 0000 to 9999.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(i32);

impl Date {
    /// 0000-01-01.
    pub const MIN: Self = Self(civil::days(0, 1, 1));
    /// 9999-12-31.
    pub const MAX: Self = Self(civil::days(9999, 12, 31));
    /// The bytes of a date's text.
    pub(crate) const TEXT_BYTES: usize = "2026-01-31".len();

    /// The date so many days after the epoch; the nearest one where the calendar ends.
    pub const fn from_days(days: i32) -> Self {
        if days < Self::MIN.0 {
            Self::MIN
        } else if days > Self::MAX.0 {
            Self::MAX
        } else {
            Self(days)
        }
    }

    /// The date of a year `0..=9999`, a month `1..=12` and a day of that month; none if there is no such day.
    pub fn from_civil(year: i32, month: u8, day: u8) -> Option<Self> {
        let exists = (0..=9999).contains(&year) && civil::is_day(year, month, day);
        exists.then(|| Self(civil::days(year, month, day)))
    }

    /// Days since the epoch.
    pub const fn days(self) -> i32 {
        self.0
    }

    /// The year, `0..=9999`.
    pub const fn year(self) -> i32 {
        civil::date(self.0).0
    }

    /// The month, `1..=12`.
    pub const fn month(self) -> u8 {
        civil::date(self.0).1
    }

    /// The day of the month, `1..=31`.
    pub const fn day(self) -> u8 {
        civil::date(self.0).2
    }

    /// The year, the month `1..=12`, and the day of the month.
    pub const fn civil(self) -> (i32, u8, u8) {
        civil::date(self.0)
    }

    /// The first moment of the date in UTC.
    pub const fn midnight(self) -> Timestamp {
        Timestamp(self.0 as i64 * MICROS_PER_DAY)
    }

    /// Writes `2026-01-31`.
    pub(crate) fn write(self, out: &mut [u8; Self::TEXT_BYTES]) {
        *out = civil::date_text(self.0);
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = [0; Self::TEXT_BYTES];
        self.write(&mut text);
        f.pad(std::str::from_utf8(&text).expect("digits and hyphens are UTF-8"))
    }
}

impl FromStr for Date {
    type Err = NotATime;

    /// Reads an RFC 3339 full-date.
    fn from_str(text: &str) -> Result<Self, NotATime> {
        civil::read_date(text.as_bytes()).map(Self).ok_or(NotATime::Date)
    }
}

/// A text that is not what it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum NotATime {
    /// Not a moment.
    #[error("expected an RFC 3339 date-time with at most microseconds, such as 2026-01-31T12:00:00Z")]
    Timestamp,
    /// Not a date.
    #[error("expected an RFC 3339 full-date, such as 2026-01-31")]
    Date,
}
