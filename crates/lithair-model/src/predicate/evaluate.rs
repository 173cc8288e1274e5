//! Whether a predicate is true of a record.

use std::borrow::Cow;
use std::cmp::Ordering;

use super::{Fault, Fields, Operand, Predicate, compare_values, reckon};
use crate::catalog::places::part;
use crate::search::texts_of;
use crate::{Comparison, Function, Kind, Timestamp, Value};

/// Recursion is bounded: parsers and derives bound the depth of what they build.
pub(super) fn matches<F: Fields + ?Sized>(predicate: &Predicate, fields: &F, now: Timestamp) -> bool {
    match predicate {
        Predicate::All(inner) => inner.iter().all(|predicate| matches(predicate, fields, now)),
        Predicate::Any(inner) => inner.iter().any(|predicate| matches(predicate, fields, now)),
        Predicate::Not(inner) => !matches(inner, fields, now),
        Predicate::Flag(Operand::Field(place)) => fields.is_true(*place),
        Predicate::Flag(operand) => *side(operand, fields, now, &Kind::Bool) == Value::Bool(true),
        Predicate::In { operand, values, kind } => {
            let found = side(operand, fields, now, kind);
            values.iter().any(|value| equal(kind, &found, value))
        }
        Predicate::Compare { left, comparison, right, kind } => {
            let (left, right) = (side(left, fields, now, kind), side(right, fields, now, kind));
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
        Predicate::Element { list, inner } => match &*side(list, fields, now, &Kind::Json) {
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

/// The value of an operand where a condition asks: what cannot be held is null there.
fn side<'a, F: Fields + ?Sized>(operand: &'a Operand, fields: &'a F, now: Timestamp, kind: &Kind) -> Cow<'a, Value> {
    value(operand, fields, now, kind).unwrap_or(Cow::Owned(Value::Null))
}

/// The value of an operand; `now` alone is of this kind.
pub(super) fn value<'a, F: Fields + ?Sized>(
    operand: &'a Operand,
    fields: &'a F,
    now: Timestamp,
    kind: &Kind,
) -> Result<Cow<'a, Value>, Fault> {
    let inner = |operand: &'a Operand| value(operand, fields, now, &Kind::Timestamp);
    Ok(Cow::Owned(match operand {
        Operand::Field(place) => return Ok(fields.field(*place)),
        Operand::Value(value) => return Ok(Cow::Borrowed(value)),
        Operand::Now(offset) => now_value(now.plus_micros(*offset), kind),
        Operand::Inside { path, .. } => return Ok(part(fields.field(path[0]), &path[1..])),
        Operand::Via(way, inner) => {
            let mut found = Ok(Value::Null);
            fields.related(*way, &mut |record| {
                found = value(inner, record, now, kind).map(Cow::into_owned);
                false
            });
            found?
        }
        Operand::Seen(way, such, inner) => {
            let mut found = Ok(Value::Null);
            fields.related(*way, &mut |record| {
                if matches(such, record, now) {
                    found = value(inner, record, now, kind).map(Cow::into_owned);
                }
                false
            });
            found?
        }
        Operand::Virtual(_, operand) => return value(operand, fields, now, kind),
        Operand::Call(function, operand) => call(*function, &*inner(operand)?)?,
        Operand::Reckon(one, arithmetic, other) => reckon::reckon(&*inner(one)?, *arithmetic, &*inner(other)?)?,
        Operand::Negative(operand) => reckon::negative(&*inner(operand)?)?,
        Operand::Rounded(operand, places) => reckon::rounded(&*inner(operand)?, *places)?,
        Operand::As(kind, operand) => reckon::widened(&*inner(operand)?, kind)?,
        Operand::OrElse(one, other) => match value(one, fields, now, kind)? {
            found if *found == Value::Null => return value(other, fields, now, kind),
            found => return Ok(found),
        },
        Operand::Choice(condition, one, other) => {
            let chosen = if matches(condition, fields, now) { one } else { other };
            return value(chosen, fields, now, kind);
        }
        Operand::Truth(condition) => Value::Bool(matches(condition, fields, now)),
        Operand::Code(code, inputs) => {
            let inputs = inputs.iter().map(|input| inner(input).map(Cow::into_owned));
            (code.call)(inputs.collect::<Result<_, _>>()?)
        }
        Operand::Aggregate(aggregate) => aggregate.value(fields, now)?,
    }))
}

pub(super) fn now_value(at: Timestamp, kind: &Kind) -> Value {
    match kind {
        Kind::Date => Value::Date(at.date()),
        _ => Value::Timestamp(at),
    }
}

fn call(function: Function, value: &Value) -> Result<Value, Fault> {
    let length = |count: usize| Value::Int(count as i128);
    let date = match value {
        Value::Timestamp(at) => Some(at.date()),
        Value::Date(date) => Some(*date),
        _ => None,
    };
    Ok(match (function, value) {
        (Function::Upper, Value::Text(text)) => Value::Text(text.to_uppercase()),
        (Function::Trim, Value::Text(text)) => Value::Text(text.trim().to_owned()),
        (Function::Abs, value) => reckon::absolute(value)?,
        (Function::Lower, Value::Text(text)) => Value::Text(text.to_lowercase()),
        (Function::Len, Value::Text(text)) => length(text.chars().count()),
        (Function::Len, Value::List(items)) => length(items.len()),
        (Function::Date, _) => date.map_or(Value::Null, Value::Date),
        (Function::Year, _) => date.map_or(Value::Null, |date| Value::Int(date.year().into())),
        (Function::Month, _) => date.map_or(Value::Null, |date| Value::Int(date.month().into())),
        (Function::Day, _) => date.map_or(Value::Null, |date| Value::Int(date.day().into())),
        _ => Value::Null,
    })
}
