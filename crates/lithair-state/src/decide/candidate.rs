//! The values a record would have.

use lithair_model::{
    Auto, Computed, Exposure, Failure, FieldSchema, Kind, ModelEntry, Mutability, RefusalReason, Timestamp, Value,
    Violation, default_of, fitted, is_servers, merge_patch, on_update_of,
};

use super::Ids;

/// A new record: what was supplied, else what the server gives, else the default, else null.
pub(super) fn created(
    entry: &ModelEntry,
    supplied: &[(usize, Value)],
    now: Timestamp,
    model: usize,
    ids: &mut dyn Ids,
) -> Vec<Value> {
    let value = |place: usize| {
        if let Some(value) = given(supplied, place) {
            return value.clone();
        }
        match entry.schema.fields[place].auto {
            Some(Auto::Uuid7) => Value::Uuid(ids.uuid7()),
            Some(Auto::Ulid) => Value::Text(ids.ulid()),
            Some(Auto::Sequence) => Value::Int(ids.sequence(model).into()),
            Some(Auto::Created | Auto::Updated) => Value::Timestamp(now),
            Some(Auto::Deleted) => Value::Null,
            None => absent(entry, place, now),
        }
    };
    (0..entry.schema.fields.len()).map(value).collect()
}

/// Refuses a number behind the last one that the field can hold. The number is not the caller's, and neither is the fault.
pub(super) fn has_a_number(entry: &ModelEntry, values: &[Value]) -> Result<(), RefusalReason> {
    let is_behind = |(field, value): &(&FieldSchema, &Value)| match (field.auto, field.kind, value) {
        (Some(Auto::Sequence), Kind::Int { max, .. }, Value::Int(number)) => *number > max,
        _ => false,
    };
    match entry.schema.fields.iter().zip(values).find(is_behind) {
        None => Ok(()),
        Some((field, _)) => {
            let detail = format!("the sequence `{}` of `{}` has no number left", field.wire, entry.schema.path);
            Err(RefusalReason::Failed(Failure { status: 500, code: "internal-error", detail }))
        }
    }
}

/// A new record that is the caller's.
pub(super) fn owned(mut values: Vec<Value>, supplied: &[(usize, Value)]) -> Vec<Value> {
    for (place, value) in supplied {
        values[*place] = value.clone();
    }
    values
}

/// A record replaced whole. What callers cannot send keeps its value: keys, what the server sets, what is set once, what is not shown.
pub(super) fn replaced(
    entry: &ModelEntry,
    before: &[Value],
    supplied: &[(usize, Value)],
    now: Timestamp,
) -> Vec<Value> {
    let value = |place: usize| match given(supplied, place) {
        Some(value) => value.clone(),
        None if keeps(entry, place) => before[place].clone(),
        None => absent(entry, place, now),
    };
    (0..before.len()).map(value).collect()
}

/// A record with some fields changed; of one that holds any JSON or an embedded struct, some members.
pub(super) fn patched(entry: &ModelEntry, before: &[Value], supplied: &[(usize, Value)]) -> Vec<Value> {
    let mut values = before.to_vec();
    for (place, value) in supplied {
        values[*place] = merge_patch(&entry.schema.fields[*place], &before[*place], value);
    }
    values
}

/// A record with some fields as they were.
pub(super) fn restored(before: &[Value], supplied: &[(usize, Value)]) -> Vec<Value> {
    let mut values = before.to_vec();
    for (place, value) in supplied {
        values[*place] = value.clone();
    }
    values
}

/// Sets what a change sets by itself, if there is one: when it was, and what declares `on_update` and was left alone. `said` are the fields
/// to which somebody gave a value: the caller, or code.
pub(super) fn stamp(entry: &ModelEntry, before: &[Value], said: &[usize], values: &mut [Value], now: Timestamp) {
    if before == values {
        return;
    }
    stamp_time(entry, values, now);
    for (place, value) in values.iter_mut().enumerate().filter(|(place, _)| !said.contains(place)) {
        if let Some(given) = on_update_of(entry, place, now) {
            *value = given;
        }
    }
}

/// Sets when a record changed, where its model says so.
pub(super) fn stamp_time(entry: &ModelEntry, values: &mut [Value], now: Timestamp) {
    for (field, value) in entry.schema.fields.iter().zip(values) {
        if field.auto == Some(Auto::Updated) {
            *value = Value::Timestamp(now);
        }
    }
}

/// The fields in which two versions of a record differ.
pub(super) fn differing(one: &[Value], other: &[Value]) -> Vec<usize> {
    (0..one.len()).filter(|&place| one[place] != other[place]).collect()
}

fn given(supplied: &[(usize, Value)], place: usize) -> Option<&Value> {
    supplied.iter().find(|(given, _)| *given == place).map(|(_, value)| value)
}

fn absent(entry: &ModelEntry, place: usize, now: Timestamp) -> Value {
    if let Some(aggregate) =
        entry.computed[place].as_ref().filter(|computed| computed.is_stored).and_then(Computed::aggregate)
    {
        return fitted(&entry.schema.fields[place], Ok(aggregate.of_none())).unwrap_or(Value::Null);
    }
    default_of(entry, place, now).unwrap_or(Value::Null)
}

fn keeps(entry: &ModelEntry, place: usize) -> bool {
    let field = &entry.schema.fields[place];
    let is_set_once = matches!(field.mutability, Mutability::Immutable | Mutability::WriteOnce);
    entry.is_key(place) || is_servers(entry, place) || is_set_once || field.exposure != Exposure::Open
}

/// The violation of a reference to an operation that has no such record.
pub(super) fn dangling(entry: &ModelEntry, place: usize) -> Violation {
    Violation {
        pointer: format!("/{}", entry.schema.fields[place].wire),
        code: "reference",
        detail: "expected a reference to an earlier operation's record".to_owned(),
        params: Vec::new(),
    }
}
