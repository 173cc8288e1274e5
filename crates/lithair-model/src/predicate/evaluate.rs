use std::borrow::Cow;
use std::cmp::Ordering;

use super::{Fields, Operand, Predicate, compare_values};
use crate::search::texts_of;
use crate::{Comparison, Function, Kind, Timestamp, Value};

/// Recursion is bounded: parsers and derives bound the depth of what they build.
pub(super) fn matches<F: Fields + ?Sized>(predicate: &Predicate, fields: &F, now: Timestamp) -> bool {
    match predicate {
        Predicate::All(inner) => inner.iter().all(|predicate| matches(predicate, fields, now)),
        Predicate::Any(inner) => inner.iter().any(|predicate| matches(predicate, fields, now)),
        Predicate::Not(inner) => !matches(inner, fields, now),
        Predicate::Flag(operand) => *value(operand, fields, now, &Kind::Bool) == Value::Bool(true),
        Predicate::In { operand, values, kind } => {
            let found = value(operand, fields, now, kind);
            values.iter().any(|value| equal(kind, &found, value))
        }
        Predicate::Compare { left, comparison, right, kind } => {
            let (left, right) = (value(left, fields, now, kind), value(right, fields, now, kind));
            compare(*comparison, kind, &left, &right)
        }
        Predicate::Related { way, inner } => {
            let mut found = false;
            fields.related(*way, &mut |record| {
                found = matches(inner, record, now);
                !found
            });
            found
        }
        Predicate::Element { list, inner } => match &*fields.field(*list) {
            Value::List(values) => values.iter().any(|value| matches(inner, std::slice::from_ref(value), now)),
            _ => false,
        },
        Predicate::Search { texts, search } => {
            let values: Vec<_> = texts.iter().map(|place| fields.field(*place)).collect();
            search.finds(&texts_of(values.iter().map(|value| &**value)))
        }
    }
}

fn equal(kind: &Kind, left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Null, Value::Null) => true,
        _ => compare_values(kind, left, right) == Some(Ordering::Equal),
    }
}

fn compare(comparison: Comparison, kind: &Kind, left: &Value, right: &Value) -> bool {
    let order = || compare_values(kind, left, right);
    match comparison {
        Comparison::Equal => equal(kind, left, right),
        Comparison::NotEqual => !equal(kind, left, right),
        Comparison::Less => order() == Some(Ordering::Less),
        Comparison::LessOrEqual => matches!(order(), Some(Ordering::Less | Ordering::Equal)),
        Comparison::Greater => order() == Some(Ordering::Greater),
        Comparison::GreaterOrEqual => matches!(order(), Some(Ordering::Greater | Ordering::Equal)),
        Comparison::Contains => texts(left, right, |text, part| text.contains(part)),
        Comparison::StartsWith => texts(left, right, |text, part| text.starts_with(part)),
        Comparison::EndsWith => texts(left, right, |text, part| text.ends_with(part)),
        Comparison::NotContains => match (left, right) {
            (Value::Text(_), Value::Text(_)) => !texts(left, right, |text, part| text.contains(part)),
            // As `!=` is: a null does not contain anything.
            _ => true,
        },
    }
}

fn texts(left: &Value, right: &Value, test: impl Fn(&str, &str) -> bool) -> bool {
    match (left, right) {
        (Value::Text(text), Value::Text(part)) => test(&folded(text), &folded(part)),
        _ => false,
    }
}

/// A text in lower case, letter by letter, so that a part of a text stays a part of it: `str::to_lowercase` writes a sigma at the end
/// of a word in another way than one within.
fn folded(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase()) {
        return Cow::Borrowed(text);
    }
    let lower = text.chars().flat_map(char::to_lowercase);
    Cow::Owned(lower.map(|letter| if letter == 'ς' { 'σ' } else { letter }).collect())
}

fn value<'a, F: Fields + ?Sized>(operand: &'a Operand, fields: &'a F, now: Timestamp, kind: &Kind) -> Cow<'a, Value> {
    match operand {
        Operand::Field(place) => fields.field(*place),
        Operand::Value(value) => Cow::Borrowed(value),
        Operand::Now(offset) => Cow::Owned(now_value(now.plus_micros(*offset), kind)),
        Operand::Via(way, inner) => {
            let mut found = Value::Null;
            fields.related(*way, &mut |record| {
                found = value(inner, record, now, kind).into_owned();
                false
            });
            Cow::Owned(found)
        }
        Operand::Seen(way, such, inner) => {
            let mut found = Value::Null;
            fields.related(*way, &mut |record| {
                if matches(such, record, now) {
                    found = value(inner, record, now, kind).into_owned();
                }
                false
            });
            Cow::Owned(found)
        }
        Operand::Call(function, inner) => Cow::Owned(call(*function, &value(inner, fields, now, &Kind::Timestamp))),
    }
}

pub(super) fn now_value(at: Timestamp, kind: &Kind) -> Value {
    match kind {
        Kind::Date => Value::Date(at.date()),
        _ => Value::Timestamp(at),
    }
}

fn call(function: Function, value: &Value) -> Value {
    let length = |count: usize| Value::Int(count as i128);
    match (function, value) {
        (Function::Lower, Value::Text(text)) => Value::Text(text.to_lowercase()),
        (Function::Len, Value::Text(text)) => length(text.chars().count()),
        (Function::Len, Value::List(items)) => length(items.len()),
        (Function::Date, Value::Timestamp(at)) => Value::Date(at.date()),
        (Function::Date, Value::Date(_)) => value.clone(),
        (Function::Year, Value::Timestamp(at)) => Value::Int(i128::from(at.date().year())),
        (Function::Year, Value::Date(date)) => Value::Int(i128::from(date.year())),
        _ => Value::Null,
    }
}
