//! The order of values that conditions, sorts and aggregates share.

use std::cmp::Ordering;

use crate::{Kind, Value};

/// The order of two values of one kind; none if either is null or the kind has no order and they differ.
///
/// Enums are in declared order, everything else as its type is.
pub fn compare_values(kind: &Kind, left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::Null, _) | (_, Value::Null) => None,
        (Value::Bool(left), Value::Bool(right)) => Some(left.cmp(right)),
        (Value::Int(left), Value::Int(right)) => Some(left.cmp(right)),
        (Value::Float(left), Value::Float(right)) => left.partial_cmp(right),
        (Value::Decimal(left), Value::Decimal(right)) => Some(left.cmp(right)),
        (Value::Uuid(left), Value::Uuid(right)) => Some(left.cmp(right)),
        (Value::Timestamp(left), Value::Timestamp(right)) => Some(left.cmp(right)),
        (Value::Date(left), Value::Date(right)) => Some(left.cmp(right)),
        (Value::Text(left), Value::Text(right)) => match kind {
            Kind::Enum(_) => Some(rank(kind, left).cmp(&rank(kind, right))),
            _ => Some(left.cmp(right)),
        },
        (Value::Variant(left_name, left_fields), Value::Variant(right_name, right_fields)) => {
            let order = rank(kind, left_name).cmp(&rank(kind, right_name));
            (order != Ordering::Equal || left_fields == right_fields).then_some(order)
        }
        _ => (left == right).then_some(Ordering::Equal),
    }
}

/// The place of a variant in its enum; an unknown one comes last.
fn rank(kind: &Kind, wire: &str) -> usize {
    let Kind::Enum(schema) = kind else { return usize::MAX };
    schema.variants.iter().position(|variant| variant.wire == wire).unwrap_or(usize::MAX)
}
