//! Rules about where a number or a time stands.

use std::cmp::Ordering;

use super::Context;
use crate::exact::exact_decimal;
use crate::{Kind, Value, compare_values};

/// Whether the value stands to the bound in one of these orders.
pub(super) fn is(kind: &Kind, value: &Value, bound: &Value, orders: &[Ordering]) -> bool {
    compare_values(kind, value, bound).is_some_and(|order| orders.contains(&order))
}

/// Whether the value is between bounds that are included; a missing bound is open.
pub(super) fn within(kind: &Kind, value: &Value, min: Option<&Value>, max: Option<&Value>) -> bool {
    min.is_none_or(|min| is(kind, value, min, &[Ordering::Greater, Ordering::Equal]))
        && max.is_none_or(|max| is(kind, value, max, &[Ordering::Less, Ordering::Equal]))
}

pub(super) fn is_multiple(kind: &Kind, value: &Value, step: &Value) -> bool {
    match (value, step) {
        (Value::Int(value), Value::Int(step)) => value % step == 0,
        (Value::Decimal(value), Value::Decimal(step)) => value.checked_rem(*step).is_some_and(|rest| rest.is_zero()),
        (Value::Float(value), Value::Float(step)) => {
            // The shortest decimal form is what the caller wrote; the binary value of 0.3 is no multiple of 0.1.
            match (exact_decimal(&shortest(kind, *value)), exact_decimal(&shortest(kind, *step))) {
                (Some(value), Some(step)) => value.checked_rem(step).is_some_and(|rest| rest.is_zero()),
                _ => value % step == 0.0,
            }
        }
        _ => false,
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a field of 32 bits holds what is one")]
fn shortest(kind: &Kind, number: f64) -> String {
    match kind {
        Kind::Float { bits: 32 } => (number as f32).to_string(),
        _ => number.to_string(),
    }
}

/// How a time stands to the one of storing. A date is compared by days: today is neither past nor future.
pub(super) fn against_now(value: &Value, context: Context<'_>) -> Option<Ordering> {
    let Context::Record(_, now) = context else { return None };
    match value {
        Value::Timestamp(at) => Some(at.cmp(&now)),
        Value::Date(date) => Some(date.cmp(&now.date())),
        _ => None,
    }
}
