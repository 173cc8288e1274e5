//! What a list asks for: which records, in which order, with what around them.

use lithair_model::{
    Expand, ModelEntry, Predicate, Reader, Search, SortTerm, Timestamp, parse_expand, parse_filter, parse_sort,
};

use crate::extract::parameters::{Parameters, invalid};
use crate::refusal::of_text;
use crate::rejection::{Problem, Rejection};

/// The predicate of `filter`, with every `@now` replaced by the time of asking: so the pages of a list ask the same question, whenever they
/// are asked for, and whoever answers needs no clock.
pub(super) fn filter(
    reader: &Reader,
    model: &ModelEntry,
    parameters: &Parameters,
    bytes_max: usize,
    now: Timestamp,
) -> Result<Option<Predicate>, Rejection> {
    let Some(text) = parameters.value("filter") else { return Ok(None) };
    let predicate = parse_filter(reader, model, text, bytes_max);
    let predicate = predicate.map_err(|error| of_text(Problem::InvalidFilter, "filter", error))?;
    Ok(Some(predicate.fixed(now)))
}

/// The words of `search`. An order that is asked for is kept; otherwise the best come first.
pub(super) fn search(model: &ModelEntry, parameters: &Parameters) -> Result<Option<Search>, Rejection> {
    let Some(text) = parameters.value("search") else { return Ok(None) };
    if model.schema.fulltext.is_empty() {
        return Err(invalid("search", "this collection has no field whose words are searched"));
    }
    let search = Search::parse(text).map_err(|error| invalid("search", &error.to_string()))?;
    Ok(Some(Search { ranked: parameters.value("sort").is_none(), ..search }))
}

/// The order of `sort`. What says most about the words of a search comes first without one: the model's own order is for lists that nobody
/// searches.
pub(super) fn order(
    model: &ModelEntry,
    parameters: &Parameters,
    search: Option<&Search>,
) -> Result<Vec<SortTerm>, Rejection> {
    match parameters.value("sort") {
        Some(text) => parse_sort(model, text).map_err(|error| of_text(Problem::InvalidParameter, "sort", error)),
        None if search.is_some() => Ok(Vec::new()),
        None => Ok(model.schema.order.to_vec()),
    }
}

/// The relations of `expand`.
pub(super) fn expands(reader: &Reader, model: &ModelEntry, parameters: &Parameters) -> Result<Vec<Expand>, Rejection> {
    let Some(text) = parameters.value("expand") else { return Ok(Vec::new()) };
    parse_expand(reader, model, text).map_err(|error| of_text(Problem::InvalidParameter, "expand", error))
}

/// What both demand.
pub(super) fn both(one: Option<Predicate>, other: Option<Predicate>) -> Option<Predicate> {
    match (one, other) {
        (Some(one), Some(other)) => Some(Predicate::All(vec![one, other])),
        (one, other) => one.or(other),
    }
}
