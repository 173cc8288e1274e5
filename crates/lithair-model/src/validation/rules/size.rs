//! Rules about how much there is.

use crate::Value;

/// Characters of a text, elements of a list.
pub(super) fn count(value: &Value) -> Option<u64> {
    match value {
        Value::Text(text) => Some(text.chars().count() as u64),
        Value::List(items) => Some(items.len() as u64),
        _ => None,
    }
}

/// Whether there is nothing in the value. White space is nothing.
pub(super) fn is_empty(value: &Value) -> bool {
    match value {
        Value::Text(text) => text.trim().is_empty(),
        Value::List(items) => items.is_empty(),
        Value::Json(json) => matches!(json.as_str(), "null" | "{}" | "[]" | "\"\""),
        _ => false,
    }
}
