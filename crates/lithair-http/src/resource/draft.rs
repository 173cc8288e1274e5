//! The door to the model's decoders: their errors become rejections here.

use crate::shim::{self, DraftError, DraftMode};
use lithair_model::{Draft, Key, ModelEntry, Predicate, Row, SortTerm, Supplied, Timestamp, Value, encode_key};

use super::batch::references::References;
use crate::extract::parameters::invalid;
use crate::rejection::{Problem, Rejection};

/// The fields of a record's JSON.
pub(crate) fn decode(model: &ModelEntry, bytes: &[u8], mode: DraftMode) -> Result<Draft, Rejection> {
    shim::decode_draft(model, bytes, mode, &|_| None).map_err(of)
}

/// The fields of a record's JSON, in which texts may refer to records that earlier operations create.
pub(crate) fn decode_with(
    model: &ModelEntry,
    bytes: &[u8],
    mode: DraftMode,
    references: &References<'_>,
    field_of: &dyn Fn(usize, &str) -> Option<usize>,
) -> Result<Draft, Rejection> {
    shim::decode_draft(model, bytes, mode, &|text| {
        let (created, field) = references.resolve(text)?;
        Some(Supplied::Reference { operation: created.operation, field: field_of(created.model, field)? })
    })
    .map_err(of)
}

fn of(error: DraftError) -> Rejection {
    match error {
        DraftError::Malformed { position, detail } => {
            Problem::MalformedJson.because(format!("byte {position}: {detail}"))
        }
        DraftError::Invalid(violations) => Rejection::invalid(violations),
    }
}

/// The key that a draft gives its record; none if it lacks a part.
pub(crate) fn key(model: &ModelEntry, draft: &Draft) -> Option<Key> {
    let part = |place: &usize| {
        let (_, supplied) = draft.fields.iter().find(|(field, _)| field == place)?;
        match supplied {
            Supplied::Value(Value::Null) | Supplied::Reference { .. } => None,
            Supplied::Value(value) => Some(value),
        }
    };
    let values: Option<Vec<&Value>> = model.schema.key.iter().map(part).collect();
    values.map(|values| encode_key(&model.key_terms, values))
}

/// A draft for a record whose key is in the path: a body that gives the key too must give the same.
pub(crate) fn with_key(model: &ModelEntry, mut draft: Draft, key: &Key) -> Result<Draft, Rejection> {
    let values = model.key_values(key).expect("the key was parsed by this model");
    for (&place, value) in model.schema.key.iter().zip(values) {
        match draft.fields.binary_search_by_key(&place, |(field, _)| *field) {
            Err(free) => draft.fields.insert(free, (place, Supplied::Value(value))),
            Ok(_) => {}
        }
    }
    if self::key(model, &draft).as_ref() == Some(key) {
        return Ok(draft);
    }
    Err(Problem::ValidationFailed.because("the key in the body is not the one in the path"))
}

/// The predicate of a filter.
pub(crate) fn filter(model: &ModelEntry, text: &str, bytes_max: usize) -> Result<Predicate, Rejection> {
    let _ = (model, text, bytes_max);
    Err(Problem::NotSupportedYet.because("filters"))
}

/// The order of a `sort`.
pub(crate) fn order(model: &ModelEntry, text: &str) -> Result<Vec<SortTerm>, Rejection> {
    shim::parse_sort(model, text).map_err(|e| invalid("sort", &e))
}

/// Whether a record is one of those that a filter asks for.
pub(crate) fn matches(filter: &Predicate, model: &ModelEntry, row: &Row, now: Timestamp) -> bool {
    let _ = (filter, model, row, now);
    true
}
