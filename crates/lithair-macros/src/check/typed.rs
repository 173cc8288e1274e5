//! What operands are, as far as their tokens tell: what can be reckoned with what.

use proc_macro2::Span;

use super::expressions::{has_fields, truth};
use super::scope::Scope;
use crate::errors::Errors;
use crate::expr::{Arithmetic, Constant, Form, Function, Node};
use crate::types::{Class, Shape};

/// What the values of an operand are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    Bool,
    Int,
    Float,
    Decimal,
    Text,
    Uuid,
    Timestamp,
    Date,
    Json,
    List,
    /// The time between two times.
    Duration,
    /// Nothing is known.
    Open,
}

/// An operand, typed.
pub(super) struct Typed<'a> {
    pub(super) sort: Sort,
    /// Whether it may be null.
    pub(super) optional: bool,
    /// The field's class, of a field that stands alone.
    pub(super) class: Option<&'a Class>,
    /// The constant that it is.
    pub(super) constant: Option<&'a Constant>,
}

impl Typed<'_> {
    fn of(sort: Sort, optional: bool) -> Self {
        Self { sort, optional, class: None, constant: None }
    }

    pub(super) fn word(&self) -> &'static str {
        match (self.class, self.sort) {
            (Some(class), _) => class.word(),
            (None, Sort::Bool) => "a bool",
            (None, Sort::Int) => "an integer",
            (None, Sort::Float) => "a float",
            (None, Sort::Decimal) => "a decimal",
            (None, Sort::Text) => "a text",
            (None, Sort::Uuid) => "a uuid",
            (None, Sort::Timestamp) => "a timestamp",
            (None, Sort::Date) => "a date",
            (None, Sort::Json) => "free JSON",
            (None, Sort::List) => "a list",
            (None, Sort::Duration) => "a duration",
            (None, Sort::Open) => "a type of the application",
        }
    }
}

impl Sort {
    pub(super) fn of(class: &Class) -> Self {
        match class {
            Class::Bool => Self::Bool,
            Class::Int { .. } => Self::Int,
            Class::Float => Self::Float,
            Class::Text => Self::Text,
            Class::Decimal => Self::Decimal,
            Class::Uuid => Self::Uuid,
            Class::Timestamp => Self::Timestamp,
            Class::Date => Self::Date,
            Class::Json => Self::Json,
            Class::List(_) => Self::List,
            _ => Self::Open,
        }
    }

    fn of_constant(constant: &Constant) -> Self {
        match constant {
            Constant::Bool(_) => Self::Bool,
            Constant::Int(_) => Self::Int,
            Constant::Number(_) => Self::Decimal,
            Constant::Text(_) => Self::Text,
            Constant::Variant(_) => Self::Open,
        }
    }

    pub(super) const fn is_number(self) -> bool {
        matches!(self, Self::Int | Self::Float | Self::Decimal)
    }
}

/// What an operand is; says what cannot be one.
pub(super) fn typed<'a>(node: &'a Node, scope: &'a Scope<'_>, errors: &Errors) -> Option<Typed<'a>> {
    match &node.form {
        Form::Field(name) => {
            let Shape { optional, class, .. } = scope.shape(scope.resolve(name, errors)?);
            Some(Typed { sort: Sort::of(class), optional: *optional, class: Some(class), constant: None })
        }
        Form::Member(..) => {
            let (field, _) = node.inside().expect("a path begins with a field");
            has_fields(field, scope.resolve(field, errors)?, scope, errors);
            // What is inside of a field, another derive knows.
            Some(Typed::of(Sort::Open, true))
        }
        Form::Constant(constant) => {
            Some(Typed { constant: Some(constant), ..Typed::of(Sort::of_constant(constant), false) })
        }
        Form::Call(function, inner) => call(*function, inner, scope, errors),
        Form::Now(_) => Some(Typed::of(Sort::Timestamp, false)),
        Form::Duration(_) => Some(Typed::of(Sort::Duration, false)),
        Form::Code(_) => Some(Typed::of(Sort::Bool, false)),
        Form::Reckon(one, arithmetic, other) => reckoned(one, *arithmetic, other, scope, errors),
        Form::Negative(inner) => {
            let has_sign = |sort: Sort| sort.is_number() || matches!(sort, Sort::Open | Sort::Duration);
            changed(inner, has_sign, (node.span, "has no other sign"), scope, errors)
        }
        Form::Rounded(inner, _) => {
            let has_places = |sort| matches!(sort, Sort::Decimal | Sort::Float | Sort::Open);
            changed(inner, has_places, (inner.span, "is not rounded"), scope, errors)
        }
        Form::OrElse(one, other) => {
            let (first, second) = (typed(one, scope, errors)?, typed(other, scope, errors)?);
            if !first.optional && first.sort != Sort::Open {
                errors.at(one.span, "it is never `None`, so `unwrap_or` has no effect");
            }
            let sort = united((&first, one.span), (&second, other.span), errors)?;
            Some(Typed::of(sort, second.optional))
        }
        Form::Choice(condition, one, other) => {
            truth(condition, scope, errors);
            let (first, second) = (typed(one, scope, errors)?, typed(other, scope, errors)?);
            let sort = united((&first, one.span), (&second, other.span), errors)?;
            Some(Typed::of(sort, first.optional || second.optional))
        }
        Form::All(_) | Form::Any(_) | Form::Not(_) | Form::Compare(..) | Form::In(..) | Form::IsNull(..) => {
            errors.at(node.span, "expected a field or a constant: true and false are not compared");
            None
        }
    }
}

/// A value that stays of its type, if it is of one of these.
fn changed<'a>(
    inner: &'a Node,
    may: impl Fn(Sort) -> bool,
    (at, otherwise): (Span, &str),
    scope: &'a Scope<'_>,
    errors: &Errors,
) -> Option<Typed<'a>> {
    let found = typed(inner, scope, errors)?;
    if !may(found.sort) {
        errors.at(at, format!("{} {otherwise}", found.word()));
        return None;
    }
    Some(Typed::of(found.sort, found.optional))
}

/// The one type of two values: a constant is of the other's.
fn united((one, span): (&Typed<'_>, Span), (other, at): (&Typed<'_>, Span), errors: &Errors) -> Option<Sort> {
    match (one.sort, other.sort) {
        _ if matches!(
            (one.constant, other.constant),
            (_, Some(Constant::Variant(_))) | (Some(Constant::Variant(_)), _)
        ) =>
        {
            Some(Sort::Open)
        }
        (Sort::Open, _) | (_, Sort::Open) => Some(Sort::Open),
        (sort, same) if sort == same => Some(sort),
        (Sort::Float, _) if matches!(other.constant, Some(Constant::Int(_) | Constant::Number(_))) => Some(Sort::Float),
        (_, Sort::Float) if matches!(one.constant, Some(Constant::Int(_) | Constant::Number(_))) => Some(Sort::Float),
        (Sort::Timestamp | Sort::Date, Sort::Text) if other.constant.is_some() => Some(one.sort),
        (Sort::Float, Sort::Decimal) | (Sort::Decimal, Sort::Float) => {
            errors.at(at, "a decimal is exact and a float is not: they do not go together");
            None
        }
        (sort, with) if sort.is_number() && with.is_number() => Some(if sort == Sort::Int { with } else { sort }),
        _ => {
            errors.at(span, format!("one is {}, the other {}", one.word(), other.word()));
            None
        }
    }
}

fn reckoned<'a>(
    one: &'a Node,
    arithmetic: Arithmetic,
    other: &'a Node,
    scope: &'a Scope<'_>,
    errors: &Errors,
) -> Option<Typed<'a>> {
    use Arithmetic::{Add, Divide, Multiply, Subtract};
    let (first, second) = (typed(one, scope, errors)?, typed(other, scope, errors)?);
    let by_zero = arithmetic == Divide && !is_divisor(other);
    let optional = first.optional || second.optional || by_zero;
    if arithmetic == Divide && matches!(&other.form, Form::Constant(Constant::Int(0))) {
        errors.at(other.span, "a division by zero is always nothing");
    }
    let sort = match (first.sort, arithmetic, second.sort) {
        (Sort::Open, ..) | (_, _, Sort::Open) => Sort::Open,
        (one_sort, _, other_sort) if one_sort.is_number() && other_sort.is_number() => {
            united((&first, one.span), (&second, other.span), errors)?
        }
        (Sort::Text, Add, Sort::Text) => Sort::Text,
        (sort @ (Sort::Timestamp | Sort::Date), Add | Subtract, Sort::Duration) => {
            if let (Sort::Date, Form::Duration(micros)) = (sort, &other.form)
                && micros % 86_400_000_000 != 0
            {
                errors.at(other.span, "a date has no hours: add whole days");
            }
            sort
        }
        (Sort::Timestamp, Subtract, Sort::Timestamp)
        | (Sort::Date, Subtract, Sort::Date)
        | (Sort::Duration, Add | Subtract, Sort::Duration)
        | (Sort::Duration, Multiply | Divide, Sort::Int) => Sort::Duration,
        _ => {
            let (sign, one, with) = (arithmetic.sign(), first.word(), second.word());
            errors.at(other.span, format!("`{sign}` does not go with {one} and {with}"));
            return None;
        }
    };
    Some(Typed::of(sort, optional))
}

/// Whether nothing is divided by zero where this is divided by.
fn is_divisor(node: &Node) -> bool {
    match &node.form {
        Form::Constant(Constant::Int(number)) => *number != 0,
        Form::Constant(Constant::Number(text)) => text.bytes().any(|digit| matches!(digit, b'1'..=b'9')),
        _ => false,
    }
}

fn call<'a>(function: Function, inner: &'a Node, scope: &'a Scope<'_>, errors: &Errors) -> Option<Typed<'a>> {
    let found = typed(inner, scope, errors)?;
    let (takes, gives, problem) = match function {
        Function::Len => (matches!(found.sort, Sort::Text | Sort::List), Sort::Int, "has no length"),
        Function::Lower | Function::Upper | Function::Trim => (found.sort == Sort::Text, Sort::Text, "is no text"),
        Function::Abs => (found.sort.is_number(), found.sort, "is no number"),
        Function::Date => (matches!(found.sort, Sort::Timestamp | Sort::Date), Sort::Date, "is no time"),
        Function::Year | Function::Month | Function::Day => {
            (matches!(found.sort, Sort::Timestamp | Sort::Date), Sort::Int, "is no time")
        }
    };
    if !takes && found.sort != Sort::Open {
        errors.at(inner.span, format!("{} {problem}", found.word()));
    }
    Some(Typed::of(gives, found.optional))
}

/// A constant meets an operand that is no field: the two must be of one type.
pub(super) fn meets(one: &Typed<'_>, (constant, span): (&Constant, Span), node: &Node, errors: &Errors) {
    let fits = matches!(
        (one.sort, constant),
        (Sort::Open, _)
            | (Sort::Int, Constant::Int(_))
            | (Sort::Decimal | Sort::Float, Constant::Int(_) | Constant::Number(_))
            | (Sort::Text | Sort::Timestamp | Sort::Date, Constant::Text(_))
            | (Sort::Bool, Constant::Bool(_))
    );
    if fits {
        return;
    }
    match (&node.form, one.sort) {
        (Form::Call(Function::Len, _), _) => errors.at(span, "a length is compared with a whole number"),
        (Form::Now(_), _) => errors.at(node.span, "one side of a comparison is a field"),
        (_, Sort::Duration) => errors.at(span, "a time between two times is compared with a duration: `days(30)`"),
        _ => errors.at(span, format!("this is compared with {}", one.word())),
    }
}

/// Two operands of which one at least is no field can be compared.
pub(super) fn comparable((one, left): (&Typed<'_>, &Node), (other, right): (&Typed<'_>, &Node), errors: &Errors) {
    let is_len = |node: &Node| matches!(node.form, Form::Call(Function::Len, _));
    let is_now = |node: &Node| matches!(node.form, Form::Now(_));
    match (one.sort, other.sort) {
        _ if is_now(left) && is_now(right) => errors.at(left.span, "one side of a comparison is a field"),
        (Sort::Open, _) | (_, Sort::Open) => {}
        (Sort::Date, Sort::Timestamp) if is_now(right) => {}
        (Sort::Timestamp, Sort::Date) if is_now(left) => {}
        (Sort::Json | Sort::List, _) | (_, Sort::Json | Sort::List) => {
            errors.at(right.span, format!("{} is compared with {}", one.word(), other.word()));
        }
        (sort, with) if sort == with => {}
        (sort, with) if (is_len(left) || is_len(right)) && (sort != Sort::Int || with != Sort::Int) => {
            errors.at(right.span, "a length is compared with a whole number");
        }
        (Sort::Float, Sort::Decimal) | (Sort::Decimal, Sort::Float) => {
            errors.at(right.span, "a decimal is exact and a float is not: they do not go together");
        }
        (sort, with) if sort.is_number() && with.is_number() => {}
        (sort, _) if is_now(right) && sort != Sort::Timestamp => {
            errors.at(right.span, format!("`now()` is a time, and this is {}", one.word()));
        }
        (_, sort) if is_now(left) && sort != Sort::Timestamp => {
            errors.at(right.span, format!("`now()` is a time, and this is {}", other.word()));
        }
        _ => errors.at(right.span, format!("{} is compared with {}", one.word(), other.word())),
    }
}
