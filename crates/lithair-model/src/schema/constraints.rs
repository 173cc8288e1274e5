//! What spans fields and records: constraints, indexes, orders.

use crate::Expr;

/// Values that at most one record holds.
#[derive(Clone, Copy, Debug)]
pub struct UniqueSchema {
    /// The fields, as places in [`crate::ModelSchema::fields`]. A null in any of them claims nothing.
    pub fields: &'static [usize],
    /// Whether texts that differ in case only are the same value (full case folding).
    pub ignore_case: bool,
    /// The constraint holds among the records for which this is true: `where = ..`.
    pub condition: Option<Expr>,
}

/// An ordered index.
#[derive(Clone, Copy, Debug)]
pub struct IndexSchema {
    /// The fields and their directions, most significant first.
    pub terms: &'static [SortTerm],
}

/// A field whose words can be searched for: `db(fulltext(title * 3, body))`, `http(search)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WeightedField {
    /// The field, as a place in [`crate::ModelSchema::fields`]: a text, or a list of texts.
    pub field: usize,
    /// How many words elsewhere a word in it is worth, at least 1.
    pub weight: u16,
}

/// A field and a direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SortTerm {
    /// The field, as a place in [`crate::ModelSchema::fields`].
    pub field: usize,
    /// Largest first. Nulls come last in both directions.
    pub descending: bool,
}

/// A condition over a whole record, `check(starts_at < ends_at, "..", on = ends_at)`.
#[derive(Clone, Copy, Debug)]
pub struct CheckSchema {
    /// True for a record that may be stored.
    pub condition: Expr,
    /// What the caller is told.
    pub message: &'static str,
    /// The field the violation points at; none points at the record.
    pub field: Option<usize>,
}
