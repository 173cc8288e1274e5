//! The proleptic Gregorian calendar, and RFC 3339 text to and from its numbers.
//!
//! Day arithmetic after Howard Hinnant, "chrono-compatible low-level date algorithms": years begin in March, so that the
//! leap day is the last one; 400 years are an era of 146,097 days.

use super::{MICROS_PER_DAY, MICROS_PER_SECOND, SECONDS_PER_DAY};

const DAYS_PER_ERA: i32 = 146_097;
/// Days from 0000-03-01 to 1970-01-01.
const EPOCH_DAYS: i32 = 719_468;

/// Days from 1970-01-01 to the date.
pub(super) const fn days(year: i32, month: u8, day: u8) -> i32 {
    let month = month as i32;
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day as i32 - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * DAYS_PER_ERA + day_of_era - EPOCH_DAYS
}

/// The year, month and day so many days after 1970-01-01, of the years 0 to 9999.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "all of it is small, and counted from an era earlier, so that nothing is below 0"
)]
pub(super) const fn date(days: i32) -> (i32, u8, u8) {
    let days = (days + EPOCH_DAYS + DAYS_PER_ERA) as u32;
    let (era, day_of_era) = (days / DAYS_PER_ERA as u32, days % DAYS_PER_ERA as u32);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    let year = year_of_era + era * 400 + (month <= 2) as u32;
    (year as i32 - 400, month as u8, day as u8)
}

/// Whether the month has the day.
pub(super) fn is_day(year: i32, month: u8, day: u8) -> bool {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let last = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => 0,
    };
    (1..=last).contains(&day)
}

/// `00` to `99`.
const PAIRS: [[u8; 2]; 100] = {
    let mut pairs = [[b'0'; 2]; 100];
    let mut number = 0;
    while number < 100 {
        pairs[number] = [b"0123456789"[number / 10], b"0123456789"[number % 10]];
        number += 1;
    }
    pairs
};

/// The full-date (RFC 3339, 5.6) so many days after 1970-01-01, of the years 0 to 9999.
#[expect(clippy::cast_sign_loss, reason = "years begin with 0")]
pub(super) fn date_text(days: i32) -> [u8; 10] {
    let (year, month, day) = date(days);
    let ([y1, y2], [y3, y4]) = (PAIRS[(year / 100) as usize], PAIRS[(year % 100) as usize]);
    let ([m1, m2], [d1, d2]) = (PAIRS[usize::from(month)], PAIRS[usize::from(day)]);
    [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2]
}

/// The time so many seconds after midnight.
pub(super) fn time_text(seconds: u32) -> [u8; 8] {
    let pair = |number: u32| PAIRS[number as usize];
    let ([h1, h2], [m1, m2], [s1, s2]) = (pair(seconds / 3_600), pair(seconds / 60 % 60), pair(seconds % 60));
    [h1, h2, b':', m1, m2, b':', s1, s2]
}

/// `.123456`, and how many bytes of it are said: no zeros at the end, and nothing of 0.
pub(super) fn fraction_text(micros: u32) -> ([u8; 7], usize) {
    if micros == 0 {
        return ([0; 7], 0);
    }
    let pair = |number: u32| PAIRS[number as usize];
    let ([a, b], [c, d], [e, f]) = (pair(micros / 10_000), pair(micros / 100 % 100), pair(micros % 100));
    let text = [b'.', a, b, c, d, e, f];
    let zeros = text[1..].iter().rev().take_while(|&&digit| digit == b'0').count();
    (text, 7 - zeros)
}

/// Days since the epoch of a full-date (RFC 3339, 5.6).
pub(super) fn read_date(text: &[u8]) -> Option<i32> {
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = *text else { return None };
    let year = i32::from(pair(y1, y2)?) * 100 + i32::from(pair(y3, y4)?);
    let (month, day) = (pair(m1, m2)?, pair(d1, d2)?);
    is_day(year, month, day).then(|| days(year, month, day))
}

/// Microseconds since the epoch of a date-time (RFC 3339, 5.6).
pub(super) fn read_timestamp(text: &[u8]) -> Option<i64> {
    let (date, rest) = text.split_at_checked(10)?;
    // RFC 3339, 5.6, note: "t" and "z" may be lower case, and a space may stand for "T".
    let (b'T' | b't' | b' ', rest) = rest.split_first().map(|(first, rest)| (*first, rest))? else { return None };
    let (time, rest) = rest.split_at_checked(8)?;
    let (micros, rest) = read_fraction(rest)?;
    let seconds = read_time(time)? - read_offset(rest)?;
    let total = i64::from(read_date(date)?) * MICROS_PER_DAY + seconds * MICROS_PER_SECOND + micros;
    // The offset may lead out of the calendar.
    (super::Timestamp::MIN.0..=super::Timestamp::MAX.0).contains(&total).then_some(total)
}

/// Seconds since midnight.
fn read_time(text: &[u8]) -> Option<i64> {
    let [h1, h2, b':', m1, m2, b':', s1, s2] = *text else { return None };
    let (hours, minutes, seconds) = (pair(h1, h2)?, pair(m1, m2)?, pair(s1, s2)?);
    let exists = hours < 24 && minutes < 60 && seconds < 60;
    exists.then(|| i64::from(hours) * 3_600 + i64::from(minutes) * 60 + i64::from(seconds))
}

/// The microseconds of a fraction, 0 without one, and what follows it.
fn read_fraction(text: &[u8]) -> Option<(i64, &[u8])> {
    let Some((b'.', rest)) = text.split_first() else { return Some((0, text)) };
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (fraction, rest) = rest.split_at(digits);
    let (kept, lost) = fraction.split_at(digits.min(6));
    if digits == 0 || lost.iter().any(|&digit| digit != b'0') {
        return None;
    }
    let padded = kept.iter().copied().chain(std::iter::repeat(b'0')).take(6);
    Some((padded.fold(0, |micros, digit| micros * 10 + i64::from(digit - b'0')), rest))
}

/// The seconds that an offset is ahead of UTC.
fn read_offset(text: &[u8]) -> Option<i64> {
    let (sign, h1, h2, m1, m2) = match *text {
        [b'Z' | b'z'] => return Some(0),
        [b'+', h1, h2, b':', m1, m2] => (1, h1, h2, m1, m2),
        [b'-', h1, h2, b':', m1, m2] => (-1, h1, h2, m1, m2),
        _ => return None,
    };
    let (hours, minutes) = (pair(h1, h2)?, pair(m1, m2)?);
    (hours < 24 && minutes < 60).then(|| sign * (i64::from(hours) * 3_600 + i64::from(minutes) * 60))
}

/// The number of two digits.
fn pair(tens: u8, ones: u8) -> Option<u8> {
    (tens.is_ascii_digit() && ones.is_ascii_digit()).then(|| (tens - b'0') * 10 + (ones - b'0'))
}

const _: () = assert!(days(1970, 1, 1) == 0 && SECONDS_PER_DAY * MICROS_PER_SECOND == MICROS_PER_DAY);
