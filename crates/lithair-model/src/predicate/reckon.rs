//! Reckoning with values: exact where integers and decimals are, null with null, and null for what is divided by zero.

use rust_decimal::prelude::ToPrimitive as _;
use rust_decimal::{Decimal, RoundingStrategy};
use thiserror::Error;

use crate::exact::{exact_product, exact_sum};
use crate::{Arithmetic, Date, Kind, Timestamp, Value};

/// What is asked where time plays no part.
pub(super) const NO_TIME: Timestamp = Timestamp::from_micros(0);

pub(super) const MICROS_PER_DAY: i128 = 86_400_000_000;

/// A result that cannot be held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Fault {
    /// It is too large, has too many digits, or is beyond the calendar.
    #[error("the result cannot be held exactly")]
    Overflow,
}

type Reckoned = Result<Value, Fault>;

/// Two values of kinds that go together, as binding saw to it.
pub(super) fn reckon(left: &Value, arithmetic: Arithmetic, right: &Value) -> Reckoned {
    match (left, right) {
        (Value::Int(left), Value::Int(right)) => integers(*left, arithmetic, *right),
        (Value::Decimal(left), Value::Decimal(right)) => decimals(*left, arithmetic, *right),
        (Value::Float(left), Value::Float(right)) => floats(*left, arithmetic, *right),
        (Value::Text(left), Value::Text(right)) => Ok(Value::Text([left.as_str(), right].concat())),
        (Value::Timestamp(at), Value::Int(micros)) => moment(*at, signed(arithmetic, *micros)),
        (Value::Date(date), Value::Int(micros)) => day(*date, signed(arithmetic, *micros)),
        (Value::Int(micros), Value::Timestamp(at)) => moment(*at, *micros),
        (Value::Int(micros), Value::Date(date)) => day(*date, *micros),
        (Value::Timestamp(one), Value::Timestamp(other)) => {
            Ok(Value::Int(i128::from(one.micros()) - i128::from(other.micros())))
        }
        (Value::Date(one), Value::Date(other)) => {
            Ok(Value::Int((i128::from(one.days()) - i128::from(other.days())) * MICROS_PER_DAY))
        }
        _ => Ok(Value::Null),
    }
}

fn held(number: Option<Value>) -> Reckoned {
    number.ok_or(Fault::Overflow)
}

fn integers(left: i128, arithmetic: Arithmetic, right: i128) -> Reckoned {
    held(match arithmetic {
        Arithmetic::Add => left.checked_add(right).map(Value::Int),
        Arithmetic::Subtract => left.checked_sub(right).map(Value::Int),
        Arithmetic::Multiply => left.checked_mul(right).map(Value::Int),
        Arithmetic::Divide if right == 0 => Some(Value::Null),
        Arithmetic::Divide => left.checked_div(right).map(Value::Int),
    })
}

fn decimals(left: Decimal, arithmetic: Arithmetic, right: Decimal) -> Reckoned {
    held(match arithmetic {
        Arithmetic::Add => exact_sum(left, right).map(Value::Decimal),
        Arithmetic::Subtract => exact_sum(left, -right).map(Value::Decimal),
        Arithmetic::Multiply => exact_product(left, right).map(Value::Decimal),
        Arithmetic::Divide if right.is_zero() => Some(Value::Null),
        // The one that is not exact: a quotient has the digits that a decimal has.
        Arithmetic::Divide => left.checked_div(right).map(|quotient| Value::Decimal(quotient.normalize())),
    })
}

fn floats(left: f64, arithmetic: Arithmetic, right: f64) -> Reckoned {
    let result = match arithmetic {
        Arithmetic::Add => left + right,
        Arithmetic::Subtract => left - right,
        Arithmetic::Multiply => left * right,
        Arithmetic::Divide if right == 0.0 => return Ok(Value::Null),
        Arithmetic::Divide => left / right,
    };
    float(result)
}

/// Only finite floats exist.
pub(super) fn float(number: f64) -> Reckoned {
    if number.is_finite() { Ok(Value::Float(number)) } else { Err(Fault::Overflow) }
}

fn signed(arithmetic: Arithmetic, micros: i128) -> i128 {
    if arithmetic == Arithmetic::Subtract { -micros } else { micros }
}

fn moment(at: Timestamp, micros: i128) -> Reckoned {
    let sum = i64::try_from(i128::from(at.micros()) + micros).ok();
    let sum = sum.filter(|sum| (Timestamp::MIN.micros()..=Timestamp::MAX.micros()).contains(sum));
    held(sum.map(|sum| Value::Timestamp(Timestamp::from_micros(sum))))
}

fn day(date: Date, micros: i128) -> Reckoned {
    let sum = i32::try_from(i128::from(date.days()) + micros / MICROS_PER_DAY).ok();
    let sum = sum.filter(|sum| (Date::MIN.days()..=Date::MAX.days()).contains(sum));
    held(sum.map(|sum| Value::Date(Date::from_days(sum))))
}

pub(super) fn negative(value: &Value) -> Reckoned {
    match value {
        Value::Int(number) => held(number.checked_neg().map(Value::Int)),
        Value::Decimal(number) => Ok(Value::Decimal(-*number)),
        Value::Float(number) => Ok(Value::Float(-number)),
        _ => Ok(Value::Null),
    }
}

pub(super) fn absolute(value: &Value) -> Reckoned {
    match value {
        Value::Int(number) => held(number.checked_abs().map(Value::Int)),
        Value::Decimal(number) => Ok(Value::Decimal(number.abs())),
        Value::Float(number) => Ok(Value::Float(number.abs())),
        _ => Ok(Value::Null),
    }
}

/// A number with so many places, half away from zero.
pub(super) fn rounded(value: &Value, places: u8) -> Reckoned {
    match value {
        Value::Decimal(number) => Ok(Value::Decimal(round_decimal(*number, places))),
        Value::Float(number) => {
            let scale = 10_f64.powi(i32::from(places));
            let scaled = number * scale;
            // A number that large has no places to lose.
            float(if scaled.is_finite() { scaled.round() / scale } else { *number })
        }
        other => Ok(other.clone()),
    }
}

pub(super) fn round_decimal(number: Decimal, places: u8) -> Decimal {
    number.round_dp_with_strategy(u32::from(places), RoundingStrategy::MidpointAwayFromZero)
}

/// An integer as a number of another kind.
pub(super) fn widened(value: &Value, kind: &Kind) -> Reckoned {
    match (value, kind) {
        (Value::Int(number), Kind::Decimal) => {
            held(Decimal::try_from_i128_with_scale(*number, 0).ok().map(Value::Decimal))
        }
        (Value::Int(number), Kind::Float { .. }) => held(number.to_f64().map(Value::Float)),
        (value, _) => Ok(value.clone()),
    }
}
