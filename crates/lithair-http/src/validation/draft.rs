//! The fields of records, as bodies say them: the door to the model's decoder.

use lithair_model::{Draft, DraftMode, Key, ModelEntry, Supplied, Value, decode_draft, encode_key};

use super::batch::references::References;
use crate::refusal::{self, of_draft};
use crate::rejection::{Fault, Problem, Rejection};

/// The fields of a record's JSON.
pub(crate) fn decode(model: &ModelEntry, bytes: &[u8], mode: DraftMode) -> Result<Draft, Rejection> {
    decode_draft(model, bytes, mode, &|_| None).map_err(of_draft)
}

/// The fields of a record's JSON, in which texts may refer to records that earlier operations create. `field_of` finds the
/// field of a model by its name.
pub(crate) fn decode_with(
    model: &ModelEntry,
    bytes: &[u8],
    mode: DraftMode,
    references: &References<'_>,
    field_of: &dyn Fn(usize, &str) -> Option<usize>,
) -> Result<Draft, Rejection> {
    let resolve = |text: &str| {
        let (created, field) = references.resolve(text)?;
        let place = field_of(created.model, field);
        let found = place.map(|field| Supplied::Reference { operation: created.operation, field });
        Some(found.ok_or_else(|| format!("`{text}`: the record has no field `{field}`")))
    };
    decode_draft(model, bytes, mode, &resolve).map_err(of_draft)
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
    let mut differing = Vec::new();
    for (&place, value) in model.schema.key.iter().zip(values) {
        match draft.fields.binary_search_by_key(&place, |(field, _)| *field) {
            Err(free) => draft.fields.insert(free, (place, Supplied::Value(value))),
            Ok(given) if matches!(&draft.fields[given].1, Supplied::Value(given) if *given == value) => {}
            Ok(_) => differing.push(place),
        }
    }
    if differing.is_empty() {
        return Ok(draft);
    }
    let fault = |place: usize| {
        let pointer = refusal::pointer(model.schema.fields[place].wire);
        Fault::pointer(pointer, "key", "this is not what the path says")
    };
    let rejection = Problem::ValidationFailed.because("the key in the body is not the one in the path");
    Err(differing.into_iter().map(fault).fold(rejection, Rejection::fault))
}
