//! The types of operands: what can be reckoned with what, and what it comes to.

use super::bind::{Constant, Node, Resolve, Untyped, bind, constant_of, constant_value, path_of};
use super::{BindError, Operand, reckon};
use crate::exact::exact_decimal;
use crate::{Arithmetic, Function, Kind, Value};

/// What an operand's values are.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Sort {
    /// Of a kind that a field may have.
    Of(Kind),
    /// Microseconds between two times.
    Duration,
}

/// The kind that durations are compared as.
pub(super) const MICROS: Kind = WHOLE;
/// Any integer: what reckoning with integers comes to.
const WHOLE: Kind = Kind::Int { min: i128::MIN, max: i128::MAX };

impl Sort {
    pub(super) const fn phrase(&self) -> &'static str {
        match self {
            Self::Of(kind) => kind.phrase(),
            Self::Duration => "a duration",
        }
    }
}

type Typed = Result<(Operand, Sort), BindError>;

pub(super) const fn is_number(kind: &Kind) -> bool {
    matches!(kind, Kind::Int { .. } | Kind::Decimal | Kind::Float { .. })
}

/// An operand that has a type of its own.
pub(super) fn typed(expr: &Untyped, resolve: &Resolve<'_>) -> Typed {
    let at = expr.position;
    if let Some(found) = path_of(expr).and_then(|names| resolve.inside(&names)) {
        return found
            .map(|(operand, kind)| (operand, Sort::Of(kind)))
            .map_err(|error| BindError { position: at, ..error });
    }
    match &expr.node {
        Node::Field(name) => {
            let (operand, kind) = resolve.operand(name).map_err(|error| BindError { position: at, ..error })?;
            Ok((operand, Sort::Of(kind)))
        }
        Node::Via(name, inner) => via(at, name, inner, resolve),
        Node::Call(function, inner) => call(at, *function, inner, resolve),
        Node::Constant(Constant::Bool(flag)) => Ok((Operand::Value(Value::Bool(*flag)), Sort::Of(Kind::Bool))),
        Node::Constant(Constant::Now(offset)) => Ok((Operand::Now(*offset), Sort::Of(Kind::Timestamp))),
        Node::Constant(_) => Err(BindError::new(at, "expected a field, found a constant")),
        Node::Duration(micros) => Ok((Operand::Value(Value::Int((*micros).into())), Sort::Duration)),
        Node::Reckon(one, arithmetic, other) => reckoned(at, one, *arithmetic, other, resolve),
        Node::Negative(inner) => {
            let (operand, sort) = value_of(inner, None, resolve)?;
            match sort {
                Sort::Of(kind) if is_number(&kind) => Ok((Operand::Negative(Box::new(operand)).folded(), sort)),
                Sort::Duration => Ok((Operand::Negative(Box::new(operand)).folded(), sort)),
                sort => Err(BindError::new(at, format!("{} has no other sign", sort.phrase()))),
            }
        }
        Node::Rounded(inner, places) => match typed(inner, resolve)? {
            (operand, Sort::Of(kind @ (Kind::Decimal | Kind::Float { .. }))) => {
                Ok((Operand::Rounded(Box::new(operand), *places), Sort::Of(kind)))
            }
            (_, sort) => Err(BindError::new(at, format!("{} is not rounded", sort.phrase()))),
        },
        Node::OrElse(..) | Node::Choice(..) => value_of(expr, None, resolve),
        Node::Code(code) => {
            let inputs = resolve.whole().map_err(|error| BindError { position: at, ..error })?;
            Ok((Operand::Code(*code, inputs), Sort::Of(code.kind)))
        }
        _ => Err(BindError::new(at, "expected a value, found a condition")),
    }
}

/// An operand that may be a constant; then it is of the kind that is expected, if there is one.
pub(super) fn value_of(expr: &Untyped, expected: Option<&Kind>, resolve: &Resolve<'_>) -> Typed {
    let at = expr.position;
    match &expr.node {
        Node::Constant(constant) => match (expected, own_kind(constant)) {
            (Some(kind), _) if constant_value(constant, kind).is_some() => {
                Ok((Operand::Value(constant_of(expr, kind)?), Sort::Of(*kind)))
            }
            (_, Some(own)) => match constant {
                Constant::Now(offset) => Ok((Operand::Now(*offset), Sort::Of(own))),
                _ => Ok((Operand::Value(constant_of(expr, &own)?), Sort::Of(own))),
            },
            (Some(kind), None) => constant_of(expr, kind).map(|value| (Operand::Value(value), Sort::Of(*kind))),
            (None, None) => Err(BindError::new(at, "expected a field, found a constant")),
        },
        Node::OrElse(one, other) => {
            let one = value_of(one, expected, resolve)?;
            let other = alternative(other, expected, &one.1, resolve)?;
            let (one, other, sort) = alike(at, one, other)?;
            Ok((Operand::OrElse(Box::new(one), Box::new(other)), sort))
        }
        Node::Choice(condition, one, other) => {
            let condition = bind(condition, resolve)?;
            let one = value_of(one, expected, resolve)?;
            let other = alternative(other, expected, &one.1, resolve)?;
            let (one, other, sort) = alike(at, one, other)?;
            Ok((Operand::Choice(Box::new(condition), Box::new(one), Box::new(other)), sort))
        }
        Node::All(_) | Node::Any(_) | Node::Not(_) | Node::Compare(..) | Node::In(..) => {
            Ok((Operand::Truth(Box::new(bind(expr, resolve)?)), Sort::Of(Kind::Bool)))
        }
        _ => typed(expr, resolve),
    }
}

/// The other one of two values, of the type of the first where it has none of its own.
fn alternative(expr: &Untyped, expected: Option<&Kind>, first: &Sort, resolve: &Resolve<'_>) -> Typed {
    match (expected, first) {
        (Some(kind), _) | (None, Sort::Of(kind)) => value_of(expr, Some(kind), resolve),
        (None, Sort::Duration) => value_of(expr, None, resolve),
    }
}

/// The kind of a constant that stands alone.
fn own_kind(constant: &Constant) -> Option<Kind> {
    match constant {
        Constant::Bool(_) => Some(Kind::Bool),
        Constant::Number(text) if text.parse::<i128>().is_ok() => Some(WHOLE),
        Constant::Number(text) => exact_decimal(text).map(|_| Kind::Decimal),
        Constant::Text(_) => Some(Kind::Text),
        Constant::Now(_) => Some(Kind::Timestamp),
        Constant::Null | Constant::Variant(_) => None,
    }
}

/// Two operands as values of one type.
fn alike(at: usize, one: (Operand, Sort), other: (Operand, Sort)) -> Result<(Operand, Operand, Sort), BindError> {
    match (one.1, other.1) {
        (Sort::Duration, Sort::Duration) => Ok((one.0, other.0, Sort::Duration)),
        (Sort::Of(kind), Sort::Of(with)) if is_number(&kind) && is_number(&with) => {
            let (one, other, kind) = united(at, (one.0, kind), (other.0, with))?;
            Ok((one, other, Sort::Of(kind)))
        }
        (Sort::Of(kind), Sort::Of(with)) if super::bind::comparable(&kind, &with) => {
            Ok((one.0, other.0, Sort::Of(kind)))
        }
        (kind, with) => Err(BindError::new(at, format!("one is {}, the other {}", kind.phrase(), with.phrase()))),
    }
}

/// Two numbers as numbers of one kind: an integer becomes what the other one is.
pub(super) fn united(
    at: usize,
    (one, kind): (Operand, Kind),
    (other, with): (Operand, Kind),
) -> Result<(Operand, Operand, Kind), BindError> {
    let widened = |operand: Operand, kind: Kind| Operand::As(kind, Box::new(operand)).folded();
    match (kind, with) {
        (Kind::Int { .. }, Kind::Int { .. }) => Ok((one, other, WHOLE)),
        (Kind::Int { .. }, with) => Ok((widened(one, with), other, with)),
        (kind, Kind::Int { .. }) => Ok((one, widened(other, kind), kind)),
        (Kind::Decimal, Kind::Decimal) => Ok((one, other, kind)),
        (Kind::Float { .. }, Kind::Float { .. }) => Ok((one, other, Kind::Float { bits: 64 })),
        _ => Err(BindError::new(at, "a decimal is exact and a float is not: they do not go together")),
    }
}

fn reckoned(at: usize, one: &Untyped, arithmetic: Arithmetic, other: &Untyped, resolve: &Resolve<'_>) -> Typed {
    let is_constant = |expr: &Untyped| matches!(expr.node, Node::Constant(_));
    let kind_of = |typed: &(Operand, Sort)| match typed.1 {
        Sort::Of(kind) => Some(kind),
        Sort::Duration => None,
    };
    // A constant takes its type from the other side, so that side comes first.
    let (one, other) = if is_constant(one) && !is_constant(other) {
        let other = typed(other, resolve)?;
        (value_of(one, kind_of(&other).as_ref(), resolve)?, other)
    } else {
        let one = value_of(one, None, resolve)?;
        let other = value_of(other, kind_of(&one).as_ref(), resolve)?;
        (one, other)
    };
    let (one, other, sort) = operands(at, one, arithmetic, other)?;
    Ok((Operand::Reckon(Box::new(one), arithmetic, Box::new(other)).folded(), sort))
}

/// Whether two operands can be reckoned with so, and what comes of it.
fn operands(
    at: usize,
    one: (Operand, Sort),
    arithmetic: Arithmetic,
    other: (Operand, Sort),
) -> Result<(Operand, Operand, Sort), BindError> {
    use Arithmetic::{Add, Divide, Multiply, Subtract};
    let sort = match (one.1, arithmetic, other.1) {
        (Sort::Of(kind), _, Sort::Of(with)) if is_number(&kind) && is_number(&with) => {
            let (one, other, kind) = united(at, (one.0, kind), (other.0, with))?;
            return Ok((one, other, Sort::Of(kind)));
        }
        (Sort::Of(Kind::Text), Add, Sort::Of(Kind::Text)) => Sort::Of(Kind::Text),
        (Sort::Of(kind @ Kind::Timestamp), Add | Subtract, Sort::Duration) => Sort::Of(kind),
        (Sort::Of(kind @ Kind::Date), Add | Subtract, Sort::Duration) => {
            whole_days(at, &other.0)?;
            Sort::Of(kind)
        }
        (Sort::Of(Kind::Timestamp), Subtract, Sort::Of(Kind::Timestamp))
        | (Sort::Of(Kind::Date), Subtract, Sort::Of(Kind::Date))
        | (Sort::Duration, Add | Subtract, Sort::Duration)
        | (Sort::Duration, Multiply | Divide, Sort::Of(Kind::Int { .. })) => Sort::Duration,
        (kind, _, with) => {
            let (kind, with) = (kind.phrase(), with.phrase());
            return Err(BindError::new(at, format!("`{}` does not go with {kind} and {with}", arithmetic.sign())));
        }
    };
    Ok((one.0, other.0, sort))
}

/// A date has no hours.
fn whole_days(at: usize, duration: &Operand) -> Result<(), BindError> {
    match duration {
        Operand::Value(Value::Int(micros)) if micros % reckon::MICROS_PER_DAY != 0 => {
            Err(BindError::new(at, "a date has no hours: add whole days"))
        }
        _ => Ok(()),
    }
}

fn via(at: usize, name: &str, inner: &Untyped, resolve: &Resolve<'_>) -> Typed {
    let linked = resolve.link(name).map_err(|error| BindError { position: at, ..error })?;
    if linked.is_many {
        let detail = format!("`{name}` leads to many records: ask `any({name}, ..)`, `all(..)` or `none(..)`");
        return Err(BindError::new(at, detail));
    }
    let (operand, sort) = typed(inner, &*linked.scope)?;
    let steps = linked.ways.iter().rev();
    Ok((steps.fold(operand, |operand, &way| Operand::Via(way, Box::new(operand))), sort))
}

fn call(at: usize, function: Function, inner: &Untyped, resolve: &Resolve<'_>) -> Typed {
    let (operand, sort) = typed(inner, resolve)?;
    let whole = |min: i128, max: i128| Kind::Int { min, max };
    let result = match (function, sort) {
        (Function::Lower | Function::Upper | Function::Trim, Sort::Of(Kind::Text)) => Kind::Text,
        (Function::Abs, Sort::Of(kind)) if is_number(&kind) => kind,
        (Function::Len, Sort::Of(Kind::Text | Kind::List(_))) => whole(0, i128::MAX),
        (Function::Date, Sort::Of(Kind::Timestamp | Kind::Date)) => Kind::Date,
        (Function::Year, Sort::Of(Kind::Timestamp | Kind::Date)) => whole(0, 9_999),
        (Function::Month, Sort::Of(Kind::Timestamp | Kind::Date)) => whole(1, 12),
        (Function::Day, Sort::Of(Kind::Timestamp | Kind::Date)) => whole(1, 31),
        (_, sort) => {
            return Err(BindError::new(at, format!("this function does not apply to {}", sort.phrase())));
        }
    };
    Ok((Operand::Call(function, Box::new(operand)), Sort::Of(result)))
}

/// An expression as a value of a kind. An integer is a decimal or a float too.
///
/// # Errors
/// A name or an operand that does not fit, or a value of another kind.
pub(crate) fn bind_value(expr: &Untyped, kind: &Kind, resolve: &Resolve<'_>) -> Result<Operand, BindError> {
    let at = expr.position;
    let wrong =
        |found: Sort| BindError::new(at, format!("this is {}, and the field {}", found.phrase(), kind.phrase()));
    match value_of(expr, Some(kind), resolve)? {
        (operand, Sort::Of(found)) if super::bind::comparable(&found, kind) => match (found, kind) {
            (Kind::List(one), Kind::List(other)) if one.kind != other.kind => Err(wrong(Sort::Of(found))),
            _ => Ok(operand),
        },
        (operand, Sort::Of(found @ Kind::Int { .. })) if is_number(kind) => {
            united(at, (operand, found), (Operand::Value(Value::Null), *kind)).map(|(operand, ..)| operand)
        }
        (_, found) => Err(wrong(found)),
    }
}

/// An expression as a value, and what kind it is.
///
/// # Errors
/// A name or an operand that does not fit.
pub(crate) fn bind_operand(expr: &Untyped, resolve: &Resolve<'_>) -> Result<(Operand, Kind), BindError> {
    match value_of(expr, None, resolve)? {
        (operand, Sort::Of(kind)) => Ok((operand, kind)),
        (_, Sort::Duration) => Err(BindError::new(expr.position, "a duration is no value of a field")),
    }
}
