//! Expressions: one small tree for checks, conditions, defaults and filters.
//!
//! The derive emits it as a constant; the filter parser builds it at run time. Names are still names here: binding to
//! a schema (`predicate.rs`) resolves and types them and says what is wrong.

/// An expression over the fields of one record.
///
/// Two-valued: `x = null` tests for null, `x != v` is true for a null `x`, every other comparison with null is false.
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
    /// Characters of a text, elements of a list.
    Len,
    /// The date of a timestamp, UTC.
    Date,
    /// The year of a date or timestamp, UTC.
    Year,
}
