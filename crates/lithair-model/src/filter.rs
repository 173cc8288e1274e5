//! Filters and sorts as callers write them (`docs/http-api.md` has the grammar).

mod lexer;
mod parser;

use thiserror::Error;

use crate::predicate::{Linked, Scope, bind};
use crate::{BindError, Kind, ModelEntry, Predicate, Reader, SortTerm};

/// Bytes of a filter in a URL.
pub const FILTER_BYTES_MAX: usize = 4 * 1024;
/// Bytes of a filter in a body.
pub const FILTER_BODY_BYTES_MAX: usize = 64 * 1024;
const DEPTH_MAX: usize = 32;
const NODES_MAX: usize = 256;
const IN_MAX: usize = 1_000;
/// Relations behind each other.
const LINK_DEPTH_MAX: usize = 3;
/// Relations in all.
const LINKS_MAX: usize = 16;

/// What is wrong with a filter. The caller's doing.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("at byte {position}: {detail}")]
pub struct FilterError {
    /// The byte of the text.
    pub position: usize,
    /// What was expected there, and what was found.
    pub detail: String,
    /// What the caller may have meant.
    pub suggestion: Option<String>,
}

impl From<BindError> for FilterError {
    fn from(error: BindError) -> Self {
        Self { position: error.position, detail: error.detail, suggestion: error.suggestion }
    }
}

impl FilterError {
    fn new(position: usize, detail: impl Into<String>) -> Self {
        Self { position, detail: detail.into(), suggestion: None }
    }
}

/// The predicate that a filter's text means for this model.
///
/// A field that may not be filtered by is answered as one that does not exist.
///
/// # Errors
/// Where the text is wrong, what was expected, and what may have been meant.
pub fn parse_filter(
    reader: &Reader,
    model: &ModelEntry,
    text: &str,
    bytes_max: usize,
) -> Result<Predicate, FilterError> {
    if text.len() > bytes_max {
        return Err(FilterError::new(bytes_max, format!("a filter has at most {bytes_max} bytes")));
    }
    let tree = parser::parse(text)?;
    Ok(bind(&tree, &Filterable { reader, model })?)
}

/// What may be asked about the records of a model.
struct Filterable<'a> {
    reader: &'a Reader,
    model: &'a ModelEntry,
}

impl Filterable<'_> {
    /// Whether the caller may ask about the field at this place.
    fn offers(&self, place: usize) -> bool {
        self.model.filterable[place] && self.reader.sight(self.model.place).knows(place)
    }
}

impl Scope for Filterable<'_> {
    fn field(&self, name: &str) -> Result<(usize, Kind), BindError> {
        let model = self.model;
        if name.is_empty() {
            return Err(BindError::new(0, "a dot alone is a value of a list: expected a field after the dot"));
        }
        let place = model.by_wire(name).filter(|&place| self.offers(place));
        place
            .map(|place| (place, model.schema.fields[place].kind))
            .ok_or_else(|| unknown(model, name, |place| self.offers(place)))
    }

    fn texts(&self) -> Vec<usize> {
        self.model.schema.fulltext.iter().map(|term| term.field).collect()
    }

    fn link(&self, name: &str) -> Result<Linked<'_>, BindError> {
        // What leads to records that the caller never sees leads nowhere.
        let known = || self.model.links.iter().filter(|link| self.reader.knows(link.target));
        let link = known().find(|link| link.wire == name);
        let near = || crate::nearest(name, known().map(|link| link.wire));
        let link = link.ok_or_else(|| BindError::unknown(name, near()))?;
        let scope = Self { reader: self.reader, model: &self.reader.catalog().models[link.target] };
        Ok(Linked { ways: &link.ways, is_many: link.is_many, scope: Box::new(scope) })
    }
}

/// The order that a sort's text means: `-price,name`.
///
/// # Errors
/// A field that does not exist or may not be sorted by (the same answer), or one that comes twice.
pub fn parse_sort(model: &ModelEntry, text: &str) -> Result<Vec<SortTerm>, FilterError> {
    let mut terms: Vec<SortTerm> = Vec::new();
    let mut position = 0;
    for word in text.split(',') {
        let (descending, name) = word.strip_prefix('-').map_or((false, word), |name| (true, name));
        let place = model.by_wire(name).filter(|&place| model.sortable[place]);
        let field = place
            .ok_or_else(|| FilterError { position, ..unknown(model, name, |place| model.sortable[place]).into() })?;
        if terms.iter().any(|term| term.field == field) {
            return Err(FilterError::new(position, format!("`{name}` comes twice")));
        }
        terms.push(SortTerm { field, descending });
        position += word.len() + 1;
    }
    Ok(terms)
}

fn unknown(model: &ModelEntry, name: &str, offers: impl Fn(usize) -> bool) -> BindError {
    let fields = model.schema.fields.iter().enumerate();
    let known = fields.filter(|(place, _)| offers(*place)).map(|(_, field)| field.wire);
    BindError::unknown(name, crate::nearest(name, known))
}

#[cfg(test)]
mod tests;
