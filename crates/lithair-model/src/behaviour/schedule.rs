//! Code that runs because it is time: what is declared, and which times that means. All times are UTC.

use super::{Context, Failure};
use crate::{Date, Timestamp};

const MINUTE: i64 = 60 * 1_000_000;
const MINUTES_A_DAY: i64 = 24 * 60;
/// Days among which any day that a calendar has at all comes up: 29 February may be eight years away.
const DAYS_MAX: i32 = 366 * 8;

/// A function that runs at certain times, as one transaction, where the log is written.
#[derive(Debug)]
pub struct ScheduleSchema {
    /// The function's name.
    pub name: &'static str,
    /// The function's documentation.
    pub summary: &'static str,
    /// When, as it is declared: `every 5m`, `cron 0 3 * * *`.
    pub text: &'static str,
    /// When.
    pub times: Times,
    /// Runs it for a time at which it is due.
    pub run: fn(&Context<'_>, Timestamp) -> Result<(), Failure>,
}

/// The times at which something is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Times {
    /// The multiples of so many microseconds since 1970-01-01, more than 0: the same whenever a process began.
    Every(i64),
    /// What a calendar says.
    Cron(Cron),
}

/// Minutes of a calendar, as bits: bit 0 is minute 0, hour 0, Sunday; days and months begin with bit 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cron {
    /// Minutes of an hour, bits 0 to 59.
    pub minutes: u64,
    /// Hours of a day, bits 0 to 23.
    pub hours: u32,
    /// Days of a month, bits 1 to 31.
    pub days: u32,
    /// Months of a year, bits 1 to 12.
    pub months: u16,
    /// Days of a week, bits 0 (Sunday) to 6.
    pub weekdays: u8,
    /// A day needs to be one of `days` or one of `weekdays` instead of both: so it is where a line names both (POSIX `crontab`).
    pub either: bool,
}

impl Times {
    /// The last time that is not behind `now`, if there was one in the last eight years.
    pub fn latest(&self, now: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Every(micros) => Some(Timestamp::from_micros(now.micros().div_euclid(*micros) * micros)),
            Self::Cron(cron) => cron.latest(now),
        }
    }

    /// The first time behind `after`, if there is one in the next eight years.
    pub fn next(&self, after: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Every(micros) => {
                let number = after.micros().div_euclid(*micros) + 1;
                number.checked_mul(*micros).map(Timestamp::from_micros)
            }
            Self::Cron(cron) => cron.next(after),
        }
        // Where the calendar ends.
        .filter(|next| *next > after)
    }
}

impl Cron {
    fn latest(&self, now: Timestamp) -> Option<Timestamp> {
        let (today, minute) = day_and_minute(now.micros().div_euclid(MINUTE));
        let of = |days_ago: i32| {
            let day = today - days_ago;
            let last = if days_ago == 0 { minute } else { MINUTES_A_DAY - 1 };
            self.is_day(day)
                .then(|| (0..=last).rev().find(|minute| self.is_minute(*minute)))
                .flatten()
                .map(|m| at(day, m))
        };
        (0..=DAYS_MAX).find_map(of)
    }

    fn next(&self, after: Timestamp) -> Option<Timestamp> {
        let (today, minute) = day_and_minute(after.micros().div_euclid(MINUTE) + 1);
        let of = |days: i32| {
            let day = today + days;
            let first = if days == 0 { minute } else { 0 };
            self.is_day(day)
                .then(|| (first..MINUTES_A_DAY).find(|minute| self.is_minute(*minute)))
                .flatten()
                .map(|m| at(day, m))
        };
        (0..=DAYS_MAX).find_map(of)
    }

    fn is_minute(&self, minute_of_day: i64) -> bool {
        self.hours >> (minute_of_day / 60) & 1 == 1 && self.minutes >> (minute_of_day % 60) & 1 == 1
    }

    fn is_day(&self, day: i32) -> bool {
        let (_, month, of_month) = Date::from_days(day).civil();
        // 1970-01-01 was a Thursday.
        let of_week = (day + 4).rem_euclid(7);
        let (is_date, is_weekday) = (self.days >> of_month & 1 == 1, self.weekdays >> of_week & 1 == 1);
        let is_named = if self.either { is_date || is_weekday } else { is_date && is_weekday };
        self.months >> month & 1 == 1 && is_named
    }
}

/// A minute since 1970-01-01 as a day and a minute of it.
fn day_and_minute(minute: i64) -> (i32, i64) {
    let day = minute.div_euclid(MINUTES_A_DAY);
    (i32::try_from(day).expect("a timestamp has a year of four digits"), minute.rem_euclid(MINUTES_A_DAY))
}

fn at(day: i32, minute: i64) -> Timestamp {
    Timestamp::from_micros((i64::from(day) * MINUTES_A_DAY + minute) * MINUTE)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: Cron =
        Cron { minutes: (1 << 60) - 1, hours: (1 << 24) - 1, days: !1, months: 0x1FFE, weekdays: 0x7F, either: false };

    fn moment(text: &str) -> Timestamp {
        text.parse().expect("a moment")
    }

    #[track_caller]
    fn check(cron: Cron, now: &str, latest: &str, next: &str) {
        let times = Times::Cron(cron);
        let shown = |found: Option<Timestamp>| found.map(|found| found.to_string()).unwrap_or_default();
        assert_eq!((shown(times.latest(moment(now))), shown(times.next(moment(now)))), (latest.into(), next.into()));
    }

    #[test]
    fn a_calendar_says_when() {
        let at_three = Cron { minutes: 1, hours: 1 << 3, ..ALL };
        check(at_three, "2026-01-31T02:59:59Z", "2026-01-30T03:00:00Z", "2026-01-31T03:00:00Z");
        check(at_three, "2026-01-31T03:00:00Z", "2026-01-31T03:00:00Z", "2026-02-01T03:00:00Z");
        let mondays = Cron { weekdays: 1 << 1, ..at_three };
        check(mondays, "2026-11-30T12:00:00Z", "2026-11-30T03:00:00Z", "2026-12-07T03:00:00Z");
        let leap = Cron { days: 1 << 29, months: 1 << 2, ..at_three };
        check(leap, "2100-01-01T00:00:00Z", "2096-02-29T03:00:00Z", "2104-02-29T03:00:00Z");
        let first_or_sunday = Cron { days: 1 << 1, weekdays: 1, either: true, ..at_three };
        check(first_or_sunday, "2026-12-01T00:00:00Z", "2026-11-29T03:00:00Z", "2026-12-01T03:00:00Z");
        check(first_or_sunday, "2026-12-02T00:00:00Z", "2026-12-01T03:00:00Z", "2026-12-06T03:00:00Z");
        check(Cron { days: 1 << 31, months: 1 << 2, ..ALL }, "2026-01-01T00:00:00Z", "", "");
    }

    #[test]
    fn a_period_is_counted_from_the_beginning_of_time_and_not_of_the_process() {
        let times = Times::Every(5 * MINUTE);
        assert_eq!(times.latest(moment("2026-01-31T12:04:59Z")), Some(moment("2026-01-31T12:00:00Z")));
        assert_eq!(times.next(moment("2026-01-31T12:00:00Z")), Some(moment("2026-01-31T12:05:00Z")));
        assert_eq!(times.latest(moment("1969-12-31T23:59:00Z")), Some(moment("1969-12-31T23:55:00Z")));
    }

    proptest::proptest! {
        /// What is found by days is what is found by asking every minute.
        #[test]
        fn no_minute_is_passed_over(
            minutes in 1_u64..1 << 60, hours in 1_u32..1 << 24, days in 1_u32..1 << 31, weekdays in 1_u8..0x7F,
            either: bool, now in 0_i64..4_000_000_000,
        ) {
            let cron = Cron { minutes, hours, days: days << 1, months: 0x1FFE, weekdays, either };
            let is_it = |minute: &i64| {
                let (day, of_day) = day_and_minute(*minute);
                cron.is_day(day) && cron.is_minute(of_day)
            };
            let now_minute = now.div_euclid(60);
            let weeks = 60 * 24 * 7 * 8;
            let times = Times::Cron(cron);
            let minute_of = |found: Option<Timestamp>| found.map(|found| found.micros() / MINUTE);
            if let Some(latest) = (now_minute - weeks..=now_minute).rev().find(is_it) {
                proptest::prop_assert_eq!(minute_of(times.latest(Timestamp::from_micros(now * 1_000_000))), Some(latest));
            }
            if let Some(next) = (now_minute + 1..now_minute + weeks).find(is_it) {
                proptest::prop_assert_eq!(minute_of(times.next(Timestamp::from_micros(now * 1_000_000))), Some(next));
            }
        }
    }
}
