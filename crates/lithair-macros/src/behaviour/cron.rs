//! A line of a calendar: `minute hour day month weekday` (POSIX `crontab`), with names and steps. Times are UTC.

use syn::LitStr;

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
/// The most days that each month has.
const LENGTHS: [u32; 12] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/// The line as bits, as the schema has them.
pub(super) struct Cron {
    pub(super) minutes: u64,
    pub(super) hours: u64,
    pub(super) days: u64,
    pub(super) months: u64,
    pub(super) weekdays: u64,
    pub(super) either: bool,
}

/// A part of a line.
struct Part {
    name: &'static str,
    first: u32,
    last: u32,
    /// Words for numbers, from `first` on.
    words: &'static [&'static str],
}

const PARTS: [Part; 5] = [
    Part { name: "minute", first: 0, last: 59, words: &[] },
    Part { name: "hour", first: 0, last: 23, words: &[] },
    Part { name: "day of the month", first: 1, last: 31, words: &[] },
    Part { name: "month", first: 1, last: 12, words: &MONTHS },
    // Sunday is 0, and 7 too.
    Part { name: "day of the week", first: 0, last: 7, words: &WEEKDAYS },
];

pub(super) fn parse(text: &LitStr) -> syn::Result<Cron> {
    let line = text.value();
    let refuse = |why: String| syn::Error::new(text.span(), why);
    let words: Vec<&str> = line.split_whitespace().collect();
    if words.len() != PARTS.len() {
        return Err(refuse("expected `\"minute hour day month weekday\"`, such as \"0 3 * * *\"".to_owned()));
    }
    let bits: Result<Vec<u64>, String> = PARTS.iter().zip(&words).map(|(part, word)| part.bits(word)).collect();
    let bits = bits.map_err(refuse)?;
    let cron = Cron {
        minutes: bits[0],
        hours: bits[1],
        days: bits[2],
        months: bits[3],
        weekdays: (bits[4] | bits[4] >> 7) & 0x7F,
        either: !words[2].starts_with('*') && !words[4].starts_with('*'),
    };
    if cron.comes_up() { Ok(cron) } else { Err(refuse("no month has this day".to_owned())) }
}

impl Cron {
    /// Whether some month has one of the days.
    fn comes_up(&self) -> bool {
        let has_day =
            |month: usize| self.months >> (month + 1) & 1 == 1 && self.days & ((2 << LENGTHS[month]) - 1) != 0;
        self.either || (0..12).any(has_day)
    }
}

impl Part {
    fn bits(&self, word: &str) -> Result<u64, String> {
        word.split(',').try_fold(0, |bits, item| Ok(bits | self.item(item)?))
    }

    /// `*`, `3`, `3-5`, and any of them with a step, `*/5`.
    fn item(&self, item: &str) -> Result<u64, String> {
        let (range, step) = item.split_once('/').map_or((item, None), |(range, step)| (range, Some(step)));
        let step = match step.map(str::parse::<usize>) {
            None => 1,
            Some(Ok(step @ 1..)) => step,
            Some(_) => return Err(format!("the step of the {} in `{item}` is no number from 1", self.name)),
        };
        let (first, last) = match range.split_once('-') {
            _ if range == "*" => (self.first, self.last),
            Some((first, last)) => (self.number(first)?, self.number(last)?),
            // A number with a step is where a range begins that has no end.
            None => (self.number(range)?, if item.contains('/') { self.last } else { self.number(range)? }),
        };
        if first > last {
            return Err(format!("the {} `{range}` ends before it begins", self.name));
        }
        Ok((first..=last).step_by(step).fold(0, |bits, number| bits | 1 << number))
    }

    fn number(&self, text: &str) -> Result<u32, String> {
        let word = self.words.iter().position(|word| text.eq_ignore_ascii_case(word));
        let word = word.and_then(|place| u32::try_from(place).ok()).map(|place| self.first + place);
        let is_digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let number = word.or_else(|| is_digits.then(|| text.parse().ok()).flatten());
        let number = number.filter(|number| (self.first..=self.last).contains(number));
        number.ok_or_else(|| format!("the {} `{text}` is not one of {} to {}", self.name, self.first, self.last))
    }
}

#[cfg(test)]
mod tests {
    use proc_macro2::Span;

    use super::*;

    fn shown(line: &str) -> String {
        match parse(&LitStr::new(line, Span::call_site())) {
            Ok(Cron { minutes, hours, days, months, weekdays, either }) => {
                format!("{minutes:x} {hours:x} {days:x} {months:x} {weekdays:x} {either}")
            }
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn a_line_is_bits() {
        assert_eq!(shown("0 3 * * *"), "1 8 fffffffe 1ffe 7f false");
        assert_eq!(shown("*/15 9-17/4 1,15 jan-mar mon-fri"), "200040008001 22200 8002 e 3e true");
        assert_eq!(shown("5/20 0 * * 7"), "200002000020 1 fffffffe 1ffe 1 false");
        assert_eq!(shown("0 0 29 feb *"), "1 1 20000000 4 7f false");
    }

    #[test]
    fn what_is_no_line_is_said() {
        assert_eq!(shown("60 3 * * *"), "the minute `60` is not one of 0 to 59");
        assert_eq!(shown("0 +3 * * *"), "the hour `+3` is not one of 0 to 23");
        assert_eq!(shown("0 5-3 * * *"), "the hour `5-3` ends before it begins");
        assert_eq!(shown("*/0 3 * * *"), "the step of the minute in `*/0` is no number from 1");
        assert_eq!(shown("0 3 * * dom"), "the day of the week `dom` is not one of 0 to 7");
        assert_eq!(shown("0 0 31 2,4 *"), "no month has this day");
        assert_eq!(shown("@daily"), "expected `\"minute hour day month weekday\"`, such as \"0 3 * * *\"");
    }
}
