//! Filters and sorts as callers write them (`docs/http-api.md` has the grammar).

mod lexer;
mod parser;

use std::borrow::Cow;

use thiserror::Error;

use crate::predicate::{Linked, Scope, bind, inside};
use crate::{BindError, Kind, ModelEntry, Operand, Predicate, Reader, SortTerm, Value};

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

/// The name of a field or relation as filters have it: in back quotes where it is no word, or one that means something else there.
pub fn filter_name(wire: &str) -> Cow<'_, str> {
    lexer::name(wire)
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
    parse_bound_filter(reader, model, (text, &[]), bytes_max)
}

/// As [`parse_filter`], of a text and of values that each `?` in it stands for, in their order. What a value holds is never read as a filter.
///
/// # Errors
/// As for [`parse_filter`], or there are more of one than of the other.
pub fn parse_bound_filter(
    reader: &Reader,
    model: &ModelEntry,
    (text, values): (&str, &[Value]),
    bytes_max: usize,
) -> Result<Predicate, FilterError> {
    if text.len() > bytes_max {
        return Err(FilterError::new(bytes_max, format!("a filter has at most {bytes_max} bytes")));
    }
    let tree = parser::parse(text, values)?;
    Ok(bind(&tree, &Filterable { reader, model })?)
}

/// What may be asked about the records of a model.
struct Filterable<'a> {
    reader: &'a Reader,
    model: &'a ModelEntry,
}

impl Filterable<'_> {
    /// Whether the caller may ask about the field at this place, or about what is inside of one there.
    fn offers(&self, place: usize) -> bool {
        let field = self.model.field_of_place(place);
        self.model.filterable[place] && self.reader.sight(self.model.place).knows(field)
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

    fn operand(&self, name: &str) -> Result<(Operand, Kind), BindError> {
        let (place, kind) = self.field(name)?;
        match &self.model.computed[place] {
            Some(computed) if !computed.is_stored => {
                Ok((Operand::Virtual(place, Box::new(computed.operand.clone())), kind))
            }
            _ => Ok((Operand::Field(place), kind)),
        }
    }

    fn inside(&self, names: &[&str]) -> Option<Result<(Operand, Kind), BindError>> {
        let (first, rest) = names.split_first().filter(|(_, rest)| !rest.is_empty())?;
        let model = self.model;
        let field = model.by_wire(first).filter(|&place| matches!(model.schema.fields[place].kind, Kind::Struct(_)))?;
        let mut path = vec![field];
        let kind = match inside::walk(model.schema.fields[field].kind, &mut path, rest, inside::by_wire)? {
            Ok(kind) => kind,
            // What may not be asked about is not told by the words for what is wrong.
            Err(error) if self.offers(field) => return Some(Err(error)),
            Err(_) => return Some(Err(unknown(model, first, |place| self.offers(place)))),
        };
        let operand = inside::inside_of(model.schema.fields, path);
        let is_offered = operand.place().is_some_and(|place| self.offers(place));
        let refused = || unknown(model, &names.join("."), |place| self.offers(place));
        Some(if is_offered { Ok((operand, kind)) } else { Err(refused()) })
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
        let place = model.place_by_wire(name).filter(|&place| model.sortable[place]);
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
    let known = (0..model.place_count()).filter(|&place| offers(place)).map(|place| model.wire_at(place));
    BindError::unknown(name, crate::nearest(name, known))
}

#[cfg(test)]
mod tests;
