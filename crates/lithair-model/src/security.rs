//! Who may come to a model and how often: `security(firewall(..), rate_limit(..))` on the struct.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use crate::ModelSchema;

/// What a model says about abuse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecuritySchema {
    /// Networks that alone may come, as texts; none means everyone.
    pub allow: &'static [&'static str],
    /// Networks that may not come, whatever `allow` says.
    pub deny: &'static [&'static str],
    /// How often.
    pub rate_limits: &'static [RateLimitSchema],
}

impl SecuritySchema {
    /// Everyone, as often as they like.
    pub const OPEN: Self = Self { allow: &[], deny: &[], rate_limits: &[] };

    /// `firewall(allow(..), deny(..))`
    #[must_use]
    pub const fn firewall(self, allow: &'static [&'static str], deny: &'static [&'static str]) -> Self {
        Self { allow, deny, ..self }
    }

    /// `rate_limit(..)`, all of them.
    #[must_use]
    pub const fn rate_limits(self, rate_limits: &'static [RateLimitSchema]) -> Self {
        Self { rate_limits, ..self }
    }
}

/// One `rate_limit(create, "5/min", per = ip, burst = 10)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimitSchema {
    /// What is counted, together: words of [`LIMITED_OPERATIONS`], commands, transitions.
    pub operations: &'static [&'static str],
    /// How often in the long run.
    pub rate: Rate,
    /// How many at once, at least 1.
    pub burst: u32,
    /// Who shares a count.
    pub per: Per,
}

/// The operations that a limit may name, beside commands and transitions. `all` is every request about the model.
pub const LIMITED_OPERATIONS: [&str; 8] = ["list", "get", "create", "update", "delete", "history", "bulk", "all"];

/// Who shares a count of requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Per {
    /// Each IPv4 address, and each IPv6 /64, has its own.
    Ip,
    /// All clients together.
    Model,
    /// Each principal, wherever it comes from; who is anonymous, as by [`Self::Ip`].
    Principal,
}

impl Per {
    /// The word of the language.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ip => "ip",
            Self::Model => "model",
            Self::Principal => "principal",
        }
    }
}

/// So many requests a window: `5/min`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// At least 1, and at most a million a second.
    pub requests: u32,
    /// In what time.
    pub window: Window,
}

/// A stretch of time that rates are said in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Window {
    /// `s`
    Second,
    /// `min`
    Minute,
    /// `h`
    Hour,
    /// `d`
    Day,
}

impl Window {
    /// The window of a word.
    pub fn of(word: &str) -> Option<Self> {
        [Self::Second, Self::Minute, Self::Hour, Self::Day].into_iter().find(|window| window.word() == word)
    }

    /// The word of the language.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Second => "s",
            Self::Minute => "min",
            Self::Hour => "h",
            Self::Day => "d",
        }
    }

    /// Its length.
    pub const fn seconds(self) -> u32 {
        match self {
            Self::Second => 1,
            Self::Minute => 60,
            Self::Hour => 3_600,
            Self::Day => 86_400,
        }
    }
}

/// A text that is no rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("expected a rate such as `5/min`: a number, then `/s`, `/min`, `/h` or `/d`, and at most a million a second")]
pub struct NotARate;

/// Requests a second that a rate may allow: the time between two of them is a whole number of microseconds.
const REQUESTS_PER_SECOND_MAX: u64 = 1_000_000;

impl Rate {
    /// The time that a request takes from those who make them, in microseconds; at least 1.
    pub const fn interval_micros(self) -> i64 {
        self.window.seconds() as i64 * 1_000_000 / self.requests as i64
    }
}

impl FromStr for Rate {
    type Err = NotARate;

    fn from_str(text: &str) -> Result<Self, NotARate> {
        let (requests, window) = text.split_once('/').ok_or(NotARate)?;
        // `parse` would take a plus sign.
        let is_number = !requests.is_empty() && requests.bytes().all(|byte| byte.is_ascii_digit());
        let requests: u32 = is_number.then(|| requests.parse().ok()).flatten().ok_or(NotARate)?;
        let window = Window::of(window).ok_or(NotARate)?;
        let most = REQUESTS_PER_SECOND_MAX * u64::from(window.seconds());
        if requests == 0 || u64::from(requests) > most {
            return Err(NotARate);
        }
        Ok(Self { requests, window })
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.requests, self.window.word())
    }
}

/// Whether a limit may count this word: an operation, a command or a transition of the model. Asked while the program is compiled.
pub const fn is_limited_operation(schema: &ModelSchema, word: &str) -> bool {
    let mut at = 0;
    while at < LIMITED_OPERATIONS.len() {
        if is_same(LIMITED_OPERATIONS[at], word) {
            return true;
        }
        at += 1;
    }
    let mut at = 0;
    while at < schema.commands.len() {
        if is_same(schema.commands[at].name, word) {
            return true;
        }
        at += 1;
    }
    is_transition(schema, word)
}

const fn is_transition(schema: &ModelSchema, word: &str) -> bool {
    let mut field = 0;
    while field < schema.fields.len() {
        if let Some(states) = schema.fields[field].states {
            let mut at = 0;
            while at < states.transitions.len() {
                if is_same(states.transitions[at].name, word) {
                    return true;
                }
                at += 1;
            }
        }
        field += 1;
    }
    false
}

/// `==` of texts, which is not const.
const fn is_same(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    if one.len() != other.len() {
        return false;
    }
    let mut at = 0;
    while at < one.len() {
        if one[at] != other[at] {
            return false;
        }
        at += 1;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_read_as_they_are_written() {
        let check = |text: &str, interval: i64| {
            let rate: Rate = text.parse().expect(text);
            assert_eq!((rate.to_string().as_str(), rate.interval_micros()), (text, interval));
        };
        check("5/min", 12_000_000);
        check("1/d", 86_400_000_000);
        check("100/h", 36_000_000);
        check("1000000/s", 1);
        for wrong in ["", "5", "5/", "/min", "0/s", "-1/s", "+1/s", "5/m", "5 / min", "1000001/s", "5/min ", "1.5/s"] {
            assert_eq!(wrong.parse::<Rate>(), Err(NotARate), "{wrong}");
        }
    }
}
