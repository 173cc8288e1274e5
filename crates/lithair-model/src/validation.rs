//! Whether a record may be stored: every rule of every field, every check, all violations at once.

mod formats;
mod iso;
mod key;
mod parts;
mod rules;
mod shape;

use std::cmp::Ordering;

#[cfg(test)]
pub(crate) use formats::has as format_takes;
pub use formats::{email_form, is_email};
use unicode_normalization::UnicodeNormalization as _;

pub(crate) use parts::Demands;
use rules::Context;
pub(crate) use rules::{CompiledRule, pattern};

use crate::draft::{is_servers, pointer, read_only, violation};
use crate::{
    Auto, Element, FieldSchema, Kind, ModelEntry, Mutability, Normalizer, Timestamp, Value, Violation, compare_values,
};

/// Everything that is wrong with a whole record, given at a time of sealing.
///
/// `values` are those of all fields, normalized, in the order of the schema.
pub fn judge(model: &ModelEntry, values: &[Value], now: Timestamp) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (place, demands) in model.demands.iter().enumerate() {
        let at = || pointer(model.schema.fields[place].wire);
        demands.judge(&values[place], Context::Record(values, now), &at, &mut violations);
    }
    violations.extend(key::unaddressable(model, values));
    // A check reads fields that may be broken already; it is said all the same, for all at once is what callers want.
    checks(model, values, now, |late| !late, &mut violations);
    violations
}

/// What is wrong with what a record says of others, once the whole command is known: checks over what is computed from other records.
pub fn judge_computed(model: &ModelEntry, values: &[Value], now: Timestamp) -> Vec<Violation> {
    let mut violations = Vec::new();
    checks(model, values, now, |late| late, &mut violations);
    violations
}

/// The checks that do not hold, of those that are asked now.
fn checks(
    model: &ModelEntry,
    values: &[Value],
    now: Timestamp,
    is_asked: impl Fn(bool) -> bool,
    violations: &mut Vec<Violation>,
) {
    for ((check, condition), late) in model.schema.checks.iter().zip(&model.checks).zip(&model.late_checks) {
        if is_asked(*late) && !condition.matches(values, now) {
            let at = check.field.map(|place| pointer(model.schema.fields[place].wire)).unwrap_or_default();
            violations.push(violation(&at, "check", check.message));
        }
    }
}

/// What is wrong with the type of a value.
pub(crate) fn wrong_shape(field: &FieldSchema, value: &Value) -> Option<Violation> {
    shape::wrong(field, value, &|| pointer(field.wire))
}

/// The broken rules of one field's value, as far as the value alone tells: without conditions and without the time.
pub(crate) fn violations_of_value(model: &ModelEntry, place: usize, value: &Value) -> Vec<Violation> {
    let mut violations = Vec::new();
    let at = || pointer(model.schema.fields[place].wire);
    model.demands[place].judge(value, Context::Alone, &at, &mut violations);
    violations
}

/// What is wrong with a record that is stored already, whenever that is asked: rules with a condition or about the time apart.
pub fn judge_stored(model: &ModelEntry, values: &[Value]) -> Vec<Violation> {
    let places = 0..model.schema.fields.len();
    let mut violations: Vec<Violation> =
        places.flat_map(|place| violations_of_value(model, place, &values[place])).collect();
    for (check, condition) in model.schema.checks.iter().zip(&model.checks) {
        if !condition.asks_time() && !condition.matches(values, Timestamp::MIN) {
            let at = check.field.map(|place| pointer(model.schema.fields[place].wire)).unwrap_or_default();
            violations.push(violation(&at, "check", check.message));
        }
    }
    violations
}

/// What a caller may not change about a record: its key, what the server fills, what is immutable.
pub fn judge_change(model: &ModelEntry, before: &[Value], after: &[Value]) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (place, field) in model.schema.fields.iter().enumerate() {
        if before[place] == after[place] {
            continue;
        }
        let at = || pointer(field.wire);
        if model.is_key(place) {
            violations.push(violation(&at(), "immutable", "a record's key does not change"));
        } else if is_servers(model, place) {
            violations.push(read_only(model, place));
        } else {
            violations.extend(unchangeable(field, &before[place], &after[place]));
        }
    }
    violations
}

/// What the application's own code may not change about a record: its key, what the server fills, what is immutable. What callers only
/// read is its to set.
pub fn judge_decided(model: &ModelEntry, before: &[Value], after: &[Value]) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (place, field) in model.schema.fields.iter().enumerate() {
        if before[place] == after[place] {
            continue;
        }
        if model.is_key(place) {
            violations.push(violation(&pointer(field.wire), "immutable", "a record's key does not change"));
        } else if field.auto.is_some() || field.computed.is_some() {
            violations.push(read_only(model, place));
        } else {
            violations.extend(unchangeable(field, &before[place], &after[place]));
        }
    }
    violations
}

/// What an import may not change about a record that exists: what does not change so. What the server fills comes with the import.
pub fn judge_import(model: &ModelEntry, before: &[Value], after: &[Value]) -> Vec<Violation> {
    let changes = before.iter().zip(after).zip(model.schema.fields);
    changes.filter_map(|((before, after), field)| unchangeable(field, before, after)).collect()
}

/// What an import may not give a sequence: the largest number of its type, behind which there is none for the next record.
pub fn judge_numbers(model: &ModelEntry, values: &[Value]) -> Vec<Violation> {
    let is_last = |field: &FieldSchema, value: &Value| match (field.auto, field.kind, value) {
        (Some(Auto::Sequence), Kind::Int { max, .. }, Value::Int(number)) => *number >= max,
        _ => false,
    };
    let fields = model.schema.fields.iter().zip(values).filter(|(field, value)| is_last(field, value));
    let detail = "the largest number of the type would leave none for the next record";
    fields.map(|(field, _)| violation(&pointer(field.wire), "sequence", detail)).collect()
}

/// A change of a state that is not declared, or whose guard does not hold. The texts are names of variants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadTransition {
    /// The field's name in JSON: of the record's own model, which need not be the one that the request is about.
    pub field: &'static str,
    /// The state that is.
    pub from: String,
    /// The state that was asked for.
    pub to: String,
    /// The transition whose guard does not hold; none if there is no such transition.
    pub guarded: Option<&'static str>,
}

/// Whether states change only as they are declared to. `before` is absent for a new record, which is in the initial state. A way that has
/// a command of its name is open to the application's code alone.
///
/// # Errors
/// The first field that does not.
pub fn judge_states(
    model: &ModelEntry,
    before: Option<&[Value]>,
    after: &[Value],
    now: Timestamp,
    by_code: bool,
) -> Result<(), BadTransition> {
    for &(field, ref initial) in &model.initial_states {
        let to = &after[field];
        let from = before.map_or(initial, |before| &before[field]);
        let is_new_elsewhere = before.is_none() && to != initial;
        let declared: Vec<_> = match before {
            Some(_) if from == to => continue,
            None if !is_new_elsewhere => continue,
            None => Vec::new(),
            Some(_) => model
                .transitions
                .iter()
                .filter(|way| {
                    way.field == field && way.to == *to && way.from.contains(from) && (by_code || !way.by_command)
                })
                .collect(),
        };
        if declared.iter().any(|way| way.guard.as_ref().is_none_or(|guard| guard.matches(after, now))) {
            continue;
        }
        let name = |value: &Value| match value {
            Value::Text(name) => name.clone(),
            _ => String::new(),
        };
        let guarded = declared.first().map(|way| way.name);
        let field = model.schema.fields[field].wire;
        return Err(BadTransition { field, from: name(from), to: name(to), guarded });
    }
    Ok(())
}

/// What the field's mutability says against a change.
fn unchangeable(field: &FieldSchema, before: &Value, after: &Value) -> Option<Violation> {
    if before == after {
        return None;
    }
    let at = pointer(field.wire);
    match field.mutability {
        Mutability::Immutable => Some(violation(&at, "immutable", "this field is set once, at creation")),
        Mutability::WriteOnce if *before != Value::Null => {
            Some(violation(&at, "write_once", "this field is set once, and it is set"))
        }
        Mutability::Monotonic if shrinks(field, before, after) => {
            Some(violation(&at, "monotonic", "this field only grows: expected no less than what is there"))
        }
        Mutability::Free | Mutability::WriteOnce | Mutability::Monotonic => None,
    }
}

/// Whether a value is less than the one before, or gone.
fn shrinks(field: &FieldSchema, before: &Value, after: &Value) -> bool {
    *before != Value::Null && compare_values(&field.kind, after, before).is_none_or(Ordering::is_lt)
}

/// What is wrong with a value of one of these fields by itself: its type, its rules, and those of what is inside of it. Rules with a
/// condition about other fields, and those about the time, are not asked.
pub fn judge_value(fields: &'static [FieldSchema], place: usize, value: &Value) -> Vec<Violation> {
    let mut violations = Vec::new();
    Demands::of(&fields[place], fields).judge(value, Context::Alone, &String::new, &mut violations);
    violations
}

/// The value after the normalizers of its field and of what is inside of it, each in their order. Elements of a list are normalized each.
pub fn normalize(field: &FieldSchema, value: Value) -> Value {
    match (value, &field.kind) {
        (Value::Text(text), _) => Value::Text(field.normalizers.iter().fold(text, normalized)),
        (Value::List(items), Kind::List(element)) if is_changed(&element.kind, field) => {
            let inner = element_of(field, element);
            Value::List(items.into_iter().map(|item| normalize(&inner, item)).collect())
        }
        (Value::Struct(values), Kind::Struct(schema)) => Value::Struct(normalize_all(schema.fields, values)),
        (Value::Members(given), Kind::Struct(schema)) => {
            let given = given.into_iter().map(|(place, value)| (place, normalize(&schema.fields[place], value)));
            Value::Members(given.collect())
        }
        (Value::Variant(name, values), Kind::Enum(schema)) => {
            let declared = schema.variants.iter().find(|variant| variant.wire == name);
            let fields = declared.map_or(&[][..], |variant| variant.fields);
            Value::Variant(name, normalize_all(fields, values))
        }
        (other, _) => other,
    }
}

fn normalize_all(fields: &[FieldSchema], values: Vec<Value>) -> Vec<Value> {
    debug_assert_eq!(fields.len(), values.len(), "there is a value for each field");
    fields.iter().zip(values).map(|(field, value)| normalize(field, value)).collect()
}

/// Whether normalizing may change elements of this type in a list that is the field.
fn is_changed(element: &Kind, field: &FieldSchema) -> bool {
    !field.normalizers.is_empty() || matches!(element, Kind::Struct(_) | Kind::Enum(_) | Kind::List(_))
}

/// An element of a list as a field: what is said of the list's field is said of it.
pub(crate) fn element_of(field: &FieldSchema, element: &Element) -> FieldSchema {
    FieldSchema { kind: element.kind, optional: element.optional, ..*field }
}

fn normalized(text: String, normalizer: &Normalizer) -> String {
    match normalizer {
        Normalizer::Trim => text.trim().to_owned(),
        Normalizer::Lower => text.to_lowercase(),
        Normalizer::Nfc => text.nfc().collect(),
    }
}

#[cfg(test)]
mod tests;
