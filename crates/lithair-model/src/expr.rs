//! Expressions: one small tree for checks, conditions, defaults, computed fields and filters.
//!
//! The derive emits it as a constant; the filter parser builds it at run time. Names are still names here: binding to
//! a schema (`predicate.rs`) resolves and types them and says what is wrong.

use std::fmt;

use crate::{Kind, Value};

/// An expression over the fields of one record.
///
/// Two-valued: `x = null` tests for null, `x != v` is true for a null `x`, every other comparison with null is false. What is reckoned
/// with null is null, and so is a division by zero. Integers and decimals are exact; a result that cannot be held exactly is none: a
/// condition takes it for null, and a computed field is refused.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Expr {
    /// True when all are.
    All(&'static [Expr]),
    /// True when any is.
    Any(&'static [Expr]),
    /// True when the inner one is not.
    Not(&'static Expr),
    /// Two operands compared.
    Compare(&'static Expr, Comparison, &'static Expr),
    /// Whether the first is one of the others.
    In(&'static Expr, &'static [Expr]),
    /// A field by its Rust name.
    Field(&'static str),
    /// `lower`, `len`, `date`, `year` of an operand.
    Call(Function, &'static Expr),
    /// A constant.
    Literal(Literal),
    /// The time the command is sealed, plus so many microseconds.
    Now(i64),
    /// Two numbers; two texts that are joined; a time and a duration; the time between two times.
    Reckon(&'static Expr, Arithmetic, &'static Expr),
    /// A number with the other sign.
    Negative(&'static Expr),
    /// The first, or the second where the first is null: `x.unwrap_or(v)`.
    OrElse(&'static Expr, &'static Expr),
    /// `if condition { one } else { other }`
    Choice(&'static Expr, &'static Expr, &'static Expr),
    /// A number with so many places, half away from zero: `round(x, 2)`.
    Rounded(&'static Expr, u8),
    /// So many microseconds.
    Duration(i64),
    /// A function of the application, `fn(path)`.
    Code(Code),
}

/// A pure function of the application on a whole record.
#[derive(Clone, Copy)]
pub struct Code {
    /// Its path, as it was written.
    pub path: &'static str,
    /// What it gives.
    pub kind: Kind,
    /// Whether it may give nothing.
    pub optional: bool,
    /// Calls it with the values of all fields; null where they are no record.
    pub call: fn(Vec<Value>) -> Value,
}

impl PartialEq for Code {
    /// A function is known by its path: it may have several addresses.
    fn eq(&self, other: &Self) -> bool {
        self.path == other.path
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "fn({})", self.path)
    }
}

/// How two operands are reckoned with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arithmetic {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`: of integers, without the remainder, toward zero.
    Divide,
}

impl Arithmetic {
    /// As it is written.
    pub const fn sign(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
        }
    }
}

/// A constant in an expression. Its type is the one of what it meets.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Literal {
    /// No value.
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i128),
    /// A number with a point, as it was written, so that decimals stay exact.
    Number(&'static str),
    /// A text; also the form of dates, times, identifiers and enum variants (by their Rust name in a derive).
    Text(&'static str),
    /// An enum variant by its Rust name, `Status::Draft`.
    Variant(&'static str),
}

/// How two operands are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `~`: contains, ignoring case.
    Contains,
    /// `!~`
    NotContains,
    /// `^=`: starts with, ignoring case.
    StartsWith,
    /// `$=`: ends with, ignoring case.
    EndsWith,
}

/// A function in an expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    /// A text in lower case.
    Lower,
    /// A text in upper case.
    Upper,
    /// A text without white space at its ends.
    Trim,
    /// A number without its sign.
    Abs,
    /// Characters of a text, elements of a list.
    Len,
    /// The date of a timestamp, UTC.
    Date,
    /// The year of a date or timestamp, UTC.
    Year,
    /// The month of a date or timestamp, `1..=12`, UTC.
    Month,
    /// The day of the month of a date or timestamp, UTC.
    Day,
}
