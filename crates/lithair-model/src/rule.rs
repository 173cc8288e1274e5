//! Rules and normalizers as data: what `http(validate(..), normalize(..))` declares.

use crate::{Element, Expr, Literal, Value};

/// A rule with its conditions.
#[derive(Clone, Copy, Debug)]
pub struct RuleSchema {
    /// What must hold.
    pub rule: Rule,
    /// What the caller is told instead of the rule's own words: `msg = ".."`.
    pub message: Option<&'static str>,
    /// The rule holds only for records for which this is true: `when = ..`.
    pub condition: Option<Expr>,
}

impl RuleSchema {
    /// The rule without conditions.
    pub const fn of(rule: Rule) -> Self {
        Self { rule, message: None, condition: None }
    }
}

/// What must hold for a present value. A null value is only refused by [`Rule::Required`].
#[derive(Clone, Copy, Debug)]
pub enum Rule {
    /// Not null.
    Required,
    /// A text, list or JSON container with something in it; a text of white space only is empty.
    NonEmpty,
    /// Characters of a text or elements of a list, both bounds included.
    Len {
        /// At least.
        min: u64,
        /// At most.
        max: u64,
    },
    /// UTF-8 bytes of a text, both bounds included.
    Bytes {
        /// At least.
        min: u64,
        /// At most.
        max: u64,
    },
    /// A number, decimal, date or timestamp between bounds that are included; a missing bound is open.
    Range {
        /// At least.
        min: Option<Literal>,
        /// At most.
        max: Option<Literal>,
    },
    /// More than.
    Greater(Literal),
    /// Less than.
    Less(Literal),
    /// An exact multiple. Floats are compared by their shortest decimal form.
    MultipleOf(Literal),
    /// One of these.
    OneOf(&'static [Literal]),
    /// Matches anywhere (anchor with `^..$`). Linear time.
    Regex(&'static str),
    /// A shape that has a name.
    Format(Format),
    /// Earlier than the time the command is sealed.
    Past,
    /// Later than the time the command is sealed.
    Future,
    /// Starts with this text.
    StartsWith(&'static str),
    /// Ends with this text.
    EndsWith(&'static str),
    /// Contains this text.
    Contains(&'static str),
    /// No two equal elements.
    UniqueItems,
    /// Each element of a list keeps these.
    Each(&'static [RuleSchema]),
    /// Free JSON that fits a type, and keeps the rules inside of it. What is stored stays as it was sent.
    Json(&'static Element),
    /// A function of the application. The text of its error is what the caller is told.
    With {
        /// The path as the author wrote it, for `schema.json`.
        path: &'static str,
        /// The function, behind a conversion that the derive emits.
        check: fn(&Value) -> Result<(), String>,
    },
}

/// A shape that has a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// An address without quoting, as browsers check it (HTML, "valid e-mail address"), with letters of any script (RFC 6531).
    Email,
    /// An absolute http or https URL (RFC 3986).
    Url,
    /// RFC 9562.
    Uuid,
    /// E.164: `+` and 7 to 15 digits.
    Phone,
    /// IPv4 or IPv6 address.
    Ip,
    /// RFC 1123.
    Hostname,
    /// Lower-case letters, digits, single hyphens inside.
    Slug,
    /// RFC 3339 full-date.
    Date,
    /// RFC 3339 partial-time.
    Time,
    /// RFC 3339 date-time.
    DateTime,
    /// ISO 4217 currency code.
    Iso4217,
    /// ISO 3166-1 alpha-2 country code.
    Iso3166,
}

/// What happens to a text before the rules look at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Normalizer {
    /// White space at both ends goes.
    Trim,
    /// Lower case (Unicode).
    Lower,
    /// Unicode normalization form C.
    Nfc,
}
