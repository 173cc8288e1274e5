//! Whether a value is one of its field's type.
//!
//! What a body says is typed when it is decoded. Values that come otherwise are typed here: a field of another record that a batch
//! refers to, and the result of a default's function.

use crate::draft::{digits, fit_decimal, violation};
use crate::{FieldSchema, Kind, Value, Violation};

/// What is wrong with a value that is not of the field's type.
pub(super) fn wrong(field: &FieldSchema, value: &Value, at: &dyn Fn() -> String) -> Option<Violation> {
    if !value.is_null() && !is_of(&field.kind, value) {
        let detail = format!("expected {}", field.kind.phrase());
        return Some(violation(&at(), "type", detail));
    }
    match (value, field.decimal) {
        (Value::Decimal(number), Some(schema)) if fit_decimal(*number, schema).is_none() => {
            Some(Violation { pointer: at(), ..digits(schema) })
        }
        _ => None,
    }
}

fn is_of(kind: &Kind, value: &Value) -> bool {
    match (kind, value) {
        (Kind::Int { min, max }, Value::Int(number)) => (min..=max).contains(&number),
        (Kind::Float { .. }, Value::Float(number)) => number.is_finite(),
        (Kind::Enum(schema), Value::Text(word)) => {
            !schema.has_data() && schema.variants.iter().any(|variant| variant.wire == word)
        }
        (Kind::Enum(schema), Value::Variant(..)) => schema.has_data(),
        // What is inside is judged field by field.
        (Kind::Struct(schema), Value::Struct(values)) => values.len() == schema.fields.len(),
        (Kind::Struct(_), Value::Members(_)) => true,
        (Kind::List(element), Value::List(items)) => items.iter().all(|item| match item {
            Value::Null => element.optional,
            item => is_of(&element.kind, item),
        }),
        (Kind::Bool, Value::Bool(_))
        | (Kind::Text, Value::Text(_))
        | (Kind::Decimal, Value::Decimal(_))
        | (Kind::Uuid, Value::Uuid(_))
        | (Kind::Timestamp, Value::Timestamp(_))
        | (Kind::Date, Value::Date(_))
        | (Kind::Json, Value::Json(_)) => true,
        _ => false,
    }
}
