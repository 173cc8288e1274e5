//! The door to the model's decoders: their errors become rejections here.

use lithair_model::{
    Draft, DraftError, DraftMode, Expand, FilterError, Key, ModelEntry, Predicate, Reader, SortTerm, Supplied, Value,
    decode_draft, encode_key, parse_expand, parse_filter, parse_sort,
};

use super::batch::references::References;
use super::refusal;
use crate::extract::parameters::Parameters;
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

pub(crate) fn of_draft(error: DraftError) -> Rejection {
    match error {
        DraftError::Malformed { position, detail } => {
            Problem::MalformedJson.because(format!("at byte {position}: {detail}")).member("position", position)
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

/// The predicate of a filter.
pub(crate) fn filter(
    reader: &Reader,
    model: &ModelEntry,
    text: &str,
    bytes_max: usize,
) -> Result<Predicate, Rejection> {
    parse_filter(reader, model, text, bytes_max).map_err(|error| of_text(Problem::InvalidFilter, "filter", error))
}

/// The order of a `sort`.
pub(crate) fn order(model: &ModelEntry, text: &str) -> Result<Vec<SortTerm>, Rejection> {
    parse_sort(model, text).map_err(|error| of_text(Problem::InvalidParameter, "sort", error))
}

/// The relations of an `expand`.
pub(crate) fn expands(reader: &Reader, model: &ModelEntry, parameters: &Parameters) -> Result<Vec<Expand>, Rejection> {
    let Some(text) = parameters.value("expand") else { return Ok(Vec::new()) };
    parse_expand(reader, model, text).map_err(|error| of_text(Problem::InvalidParameter, "expand", error))
}

pub(crate) fn of_text(problem: Problem, parameter: &str, error: FilterError) -> Rejection {
    let mut fault = Fault::parameter(parameter, "invalid", error.detail.as_str()).with("position", error.position);
    if let Some(suggestion) = &error.suggestion {
        fault = fault.with("suggestion", suggestion.as_str());
    }
    problem.because(format!("`{parameter}` {error}")).fault(fault)
}
