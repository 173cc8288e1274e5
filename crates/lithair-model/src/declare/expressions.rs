//! Expressions and literals.

use super::List;
use crate::embedded::{inside, inside_at};
use crate::{
    Aggregation, Arithmetic, Code, Comparison, Expr, FieldType, Function, Kind, Literal, Model, RelatedSchema, Value,
};

/// Constructors of comparisons.
macro_rules! comparisons {
    ($($name:ident => $comparison:ident;)*) => {$(
        #[doc = concat!("[`Comparison::", stringify!($comparison), "`]")]
        pub const fn $name(left: &'static Expr, right: &'static Expr) -> Expr {
            Expr::Compare(left, Comparison::$comparison, right)
        }
    )*};
}

comparisons! {
    eq => Equal;
    ne => NotEqual;
    lt => Less;
    le => LessOrEqual;
    gt => Greater;
    ge => GreaterOrEqual;
}

/// [`Expr::All`]
pub const fn all(parts: List<Expr>) -> Expr {
    Expr::All(parts)
}

/// [`Expr::Any`]
pub const fn any(parts: List<Expr>) -> Expr {
    Expr::Any(parts)
}

/// [`Expr::Not`]
pub const fn not(inner: &'static Expr) -> Expr {
    Expr::Not(inner)
}

/// [`Expr::In`]
pub const fn one_among(left: &'static Expr, list: List<Expr>) -> Expr {
    Expr::In(left, list)
}

/// [`Expr::Field`]
pub const fn of(name: &'static str) -> Expr {
    Expr::Field(name)
}

/// [`Function::Len`]
pub const fn len(inner: &'static Expr) -> Expr {
    Expr::Call(Function::Len, inner)
}

/// Calls of functions.
macro_rules! functions {
    ($($name:ident => $function:ident;)*) => {$(
        #[doc = concat!("[`Function::", stringify!($function), "`]")]
        pub const fn $name(inner: &'static Expr) -> Expr {
            Expr::Call(Function::$function, inner)
        }
    )*};
}

functions! {
    lower => Lower;
    upper => Upper;
    trim => Trim;
    abs => Abs;
    date => Date;
    year => Year;
    month => Month;
    day => Day;
}

/// Reckonings.
macro_rules! reckonings {
    ($($name:ident => $arithmetic:ident;)*) => {$(
        #[doc = concat!("[`Arithmetic::", stringify!($arithmetic), "`]")]
        pub const fn $name(one: &'static Expr, other: &'static Expr) -> Expr {
            Expr::Reckon(one, Arithmetic::$arithmetic, other)
        }
    )*};
}

reckonings! {
    plus => Add;
    minus => Subtract;
    times => Multiply;
    over => Divide;
}

/// [`Expr::Negative`]
pub const fn negative(inner: &'static Expr) -> Expr {
    Expr::Negative(inner)
}

/// [`Expr::OrElse`]
pub const fn or_else(one: &'static Expr, other: &'static Expr) -> Expr {
    Expr::OrElse(one, other)
}

/// [`Expr::Choice`]
pub const fn choice(condition: &'static Expr, one: &'static Expr, other: &'static Expr) -> Expr {
    Expr::Choice(condition, one, other)
}

/// [`Expr::Rounded`]
pub const fn rounded(inner: &'static Expr, places: u8) -> Expr {
    Expr::Rounded(inner, places)
}

/// [`Expr::Duration`]
pub const fn duration(micros: i64) -> Expr {
    Expr::Duration(micros)
}

/// `fn(path)`
pub const fn code<T: FieldType>(path: &'static str, call: fn(Vec<Value>) -> Value) -> Expr {
    Expr::Code(Code { path, kind: T::KIND, optional: T::OPTIONAL, call })
}

/// What a function of the application says of a record; null if the values are none, or if it panics.
pub fn ask<M: Model, T: FieldType>(values: Vec<Value>, function: impl FnOnce(&M) -> T) -> Value {
    let Ok(record) = M::from_values(values) else { return Value::Null };
    let call = std::panic::AssertUnwindSafe(|| function(&record).to_value());
    std::panic::catch_unwind(call).unwrap_or(Value::Null)
}

/// [`Expr::Now`]
pub const fn now() -> Expr {
    Expr::Now(0)
}

/// `now() + days(30)`
pub const fn now_and(micros: i64) -> Expr {
    Expr::Now(micros)
}

/// Aggregates over related records.
macro_rules! aggregates {
    ($($name:ident => $function:ident;)*) => {$(
        #[doc = concat!("[`Aggregation::", stringify!($function), "`]")]
        pub const fn $name(link: &'static str) -> RelatedSchema {
            RelatedSchema { function: Aggregation::$function, link, value: None, condition: None }
        }
    )*};
}

aggregates! {
    count => Count;
    exists => Exists;
    sum => Sum;
    min => Min;
    max => Max;
    avg => Average;
}

impl RelatedSchema {
    /// `sum(link.value)`
    pub const fn value(mut self, value: Expr) -> Self {
        self.value = Some(value);
        self
    }

    /// `count(link where condition)`
    pub const fn among(mut self, condition: Expr) -> Self {
        self.condition = Some(condition);
        self
    }
}

/// [`Expr::Literal`]
pub const fn value(literal: Literal) -> Expr {
    Expr::Literal(literal)
}

/// [`Literal::Null`]
pub const fn null() -> Literal {
    Literal::Null
}

/// [`Literal::Bool`]
pub const fn flag(flag: bool) -> Literal {
    Literal::Bool(flag)
}

/// [`Literal::Int`]
pub const fn int(number: i128) -> Literal {
    Literal::Int(number)
}

/// [`Literal::Number`]
pub const fn number(text: &'static str) -> Literal {
    Literal::Number(text)
}

/// [`Literal::Text`]
pub const fn text(text: &'static str) -> Literal {
    Literal::Text(text)
}

/// [`Literal::Variant`]
pub const fn variant(name: &'static str) -> Literal {
    Literal::Variant(name)
}

/// The place of what is inside of a field of a type, in a model of so many fields: behind them, and behind what is inside of the fields
/// before it.
///
/// # Panics
/// At compile time, if nothing there has this path.
pub const fn place<T: FieldType>(path: &str, fields: usize, before: List<Kind>) -> usize {
    let (mut place, mut count) = (0, fields);
    while place < before.len() {
        count += inside(&before[place]);
        place += 1;
    }
    count + inside_at(&T::KIND, path)
}
