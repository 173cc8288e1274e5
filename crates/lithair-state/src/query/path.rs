//! Where the records within the bounds stand in one index: ranges of its keys.

use lithair_model::{KeyTerm, ModelEntry, SortTerm, Value, append_term};

use super::Task;
use super::bounds::{Limit, Wanted};
use crate::ordered_map::{KeyRange, behind_prefix};
use crate::table::Source;

/// Ranges at most: an `in` of two fields with many values each is not multiplied out.
const RANGES_MAX: usize = 1024;

/// What a table can be walked by, as far as planning needs it.
pub(crate) struct Index {
    pub(crate) source: Source,
    pub(crate) terms: Vec<KeyTerm>,
    pub(crate) fields: Vec<SortTerm>,
    /// Whether records with a null in a field are in it.
    pub(crate) has_nulls: bool,
    /// Whether the primary key stands behind the terms (or is the terms), so that entries of equal values are in its
    /// order. Otherwise equal values do not occur.
    pub(crate) ends_with_key: bool,
}

/// A way to all records within the bounds.
#[derive(Debug)]
pub(crate) struct Path {
    pub(crate) source: Source,
    /// Disjoint, ascending.
    pub(crate) ranges: Vec<Span>,
    /// Fields whose bounds the ranges express.
    pub(crate) bounded: Vec<usize>,
    /// Terms of the index that have one value in each range.
    pub(crate) fixed_terms: usize,
    /// Whether every record in the ranges matches the filter.
    pub(crate) exact: bool,
}

/// A range of keys.
#[derive(Clone, Debug, Default)]
pub(crate) struct Span {
    pub(crate) keys: KeyRange,
    /// How many bytes at the beginning all keys of the range share because of known values.
    pub(crate) fixed: usize,
    /// Whether the value behind the fixed bytes may be null.
    pub(crate) open: bool,
    /// Whether null is the value of a term of which several values are wanted.
    pub(crate) is_null: bool,
}

impl Index {
    /// The ranges of the records within the bounds; none if the index does not have all of these records.
    pub(crate) fn path(&self, task: &Task<'_>) -> Option<Path> {
        if !self.has_nulls && !self.fields.iter().all(|term| excludes_null(task, term.field)) {
            return None;
        }
        let mut spans = vec![Span { keys: KeyRange::ALL, fixed: 0, open: true, is_null: false }];
        let (mut bounded, mut fixed_terms) = (Vec::new(), 0);
        for (term, sort) in self.terms.iter().zip(&self.fields) {
            let Some(wanted) = task.bounds.field(sort.field) else { break };
            match wanted {
                Wanted::Values(values) if spans.len() * values.len() <= RANGES_MAX => {
                    spans = spans.iter().flat_map(|span| with_values(span, term, values)).collect();
                    bounded.push(sort.field);
                    fixed_terms += 1;
                }
                Wanted::Values(_) => break,
                Wanted::Range(low, high) => {
                    spans.iter_mut().for_each(|span| within(span, term, low.as_ref(), high.as_ref()));
                    bounded.push(sort.field);
                    break;
                }
            }
        }
        spans.retain(|span| !span.keys.is_empty());
        let exact = task.bounds.exact && task.bounds.len() == bounded.len();
        Some(Path { source: self.source, ranges: spans, bounded, fixed_terms, exact })
    }
}

impl Path {
    /// Entries in the ranges, dead ones included; counting stops soon after `enough`.
    pub(crate) fn entries(&self, task: &Task<'_>, enough: u64) -> u64 {
        let mut entries = 0_u64;
        for span in &self.ranges {
            if entries > enough {
                break;
            }
            entries += task.table.entries(self.source, &span.keys, enough);
        }
        entries
    }
}

fn excludes_null(task: &Task<'_>, field: usize) -> bool {
    match task.bounds.field(field) {
        Some(wanted) => !wanted.takes_null(),
        None => !task.model.is_optional_at(field),
    }
}

/// The parts of a span in which the next term has one of these values, ascending.
fn with_values(span: &Span, term: &KeyTerm, values: &[Value]) -> Vec<Span> {
    let mut prefixes: Vec<(Vec<u8>, bool)> = values
        .iter()
        .map(|value| {
            let mut bytes = span.keys.low.clone();
            append_term(term, value, &mut bytes);
            (bytes, span.is_null || (values.len() > 1 && *value == Value::Null))
        })
        .collect();
    prefixes.sort_unstable();
    prefixes.dedup();
    let spans = prefixes.into_iter().map(|(prefix, is_null)| Span {
        keys: KeyRange::prefix(&prefix),
        fixed: prefix.len(),
        open: true,
        is_null,
    });
    spans.collect()
}

/// Narrows a span to the values of the next term between two limits.
fn within(span: &mut Span, term: &KeyTerm, low: Option<&Limit>, high: Option<&Limit>) {
    let prefix = span.keys.low.clone();
    let key = |limit: &Limit| {
        let mut bytes = prefix.clone();
        append_term(term, &limit.value, &mut bytes);
        bytes
    };
    // In a descending term large values come first.
    let (first, last) = if term.descending { (high, low) } else { (low, high) };
    span.keys.low = match first {
        None => prefix.clone(),
        Some(limit) if limit.inclusive => key(limit),
        Some(limit) => behind_prefix(&key(limit)).unwrap_or_else(|| key(limit)),
    };
    span.keys.high = match last {
        // Before the nulls.
        None => Some([prefix.as_slice(), &[u8::MAX]].concat()),
        Some(limit) if limit.inclusive => behind_prefix(&key(limit)),
        Some(limit) => Some(key(limit)),
    };
    span.open = false;
}

/// Everything that the model's records can be found by, the primary key first.
pub(crate) fn indexes(task: &Task<'_>) -> Vec<Index> {
    let model = task.model;
    let mut indexes = vec![primary(model)];
    let ascending = |fields: &[usize]| fields.iter().map(|&field| SortTerm { field, descending: false }).collect();
    let indexing = &task.table.indexing;
    for (place, unique) in model.schema.uniques.iter().enumerate() {
        // A constraint with a condition does not have all records, and one that ignores case has other values.
        if unique.condition.is_none() && !unique.ignore_case {
            indexes.push(Index {
                source: Source::Index(indexing.unique(place).expect("a constraint of the model")),
                terms: model.unique_terms[place].clone(),
                fields: ascending(unique.fields),
                has_nulls: false,
                ends_with_key: false,
            });
        }
    }
    for (place, index) in model.schema.indexes.iter().enumerate() {
        indexes.push(Index {
            source: Source::Index(indexing.ordered(place).expect("an index of the model")),
            terms: model.index_terms[place].clone(),
            fields: index.terms.to_vec(),
            has_nulls: true,
            ends_with_key: true,
        });
    }
    for (place, relation) in model.schema.relations.iter().enumerate() {
        indexes.push(Index {
            source: Source::Index(indexing.relation(place).expect("a relation of the model")),
            terms: model.relation_terms[place].clone(),
            fields: ascending(relation.fields),
            has_nulls: false,
            ends_with_key: true,
        });
    }
    indexes
}

fn primary(model: &ModelEntry) -> Index {
    Index {
        source: Source::Primary,
        terms: model.key_terms.clone(),
        fields: model.schema.key.iter().map(|&field| SortTerm { field, descending: false }).collect(),
        has_nulls: true,
        ends_with_key: true,
    }
}

/// The path to a record by a unique constraint that ignores case, if the filter has one value for each of its fields.
pub(crate) fn folded_path(task: &Task<'_>, constraint: usize) -> Option<Path> {
    let unique = &task.model.schema.uniques[constraint];
    if unique.condition.is_some() || !unique.ignore_case {
        return None;
    }
    let mut values = vec![Value::Null; task.model.schema.fields.len()];
    for &field in unique.fields {
        values[field] = task.bounds.constant(field)?.clone();
    }
    let key = task.model.unique_key(constraint, &values)?;
    let source = Source::Index(task.table.indexing.unique(constraint)?);
    let span =
        Span { keys: KeyRange::prefix(key.as_bytes()), fixed: key.as_bytes().len(), open: false, is_null: false };
    let (bounded, fixed_terms) = (unique.fields.to_vec(), unique.fields.len());
    Some(Path { source, ranges: vec![span], bounded, fixed_terms, exact: false })
}
