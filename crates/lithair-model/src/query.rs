//! What a caller asks to read.

use std::sync::Arc;

use crate::{Key, Position, Predicate, Row, Search, SortTerm, Value};

/// A list of one model's records at one moment.
#[derive(Clone, Debug)]
pub struct Query {
    /// The model, as a place in the catalog.
    pub model: usize,
    /// Which records; none means all.
    pub filter: Option<Predicate>,
    /// Which words; none means any.
    pub search: Option<Search>,
    /// In which order. The key is appended as the tie-break by whoever answers. Nulls last.
    pub order: Vec<SortTerm>,
    /// Where the page starts.
    pub start: Start,
    /// Records at most.
    pub limit: usize,
    /// Whether the number of all matching records is asked for.
    pub count: bool,
    /// The moment; none means the present.
    pub at: Option<Position>,
    /// Rows that may be looked at before the answer is [`QueryError::TooExpensive`].
    pub scan_rows_max: u64,
}

/// Where a page starts.
#[derive(Clone, Debug)]
pub enum Start {
    /// At the first record.
    First,
    /// So many records behind the first.
    Offset(u64),
    /// Right behind the record with these values of the order's fields and this key.
    After(Vec<Value>, Key),
    /// The page that ends right before it (its records still come in the query's order).
    Before(Vec<Value>, Key),
}

/// One page.
#[derive(Clone, Debug)]
pub struct Page {
    /// The records, in order.
    pub rows: Vec<Arc<Row>>,
    /// Whether records follow the last one.
    pub more: bool,
    /// Whether records precede the first one.
    pub earlier: bool,
    /// The number of all matching records, if asked for.
    pub total: Option<u64>,
    /// How many records were looked at, those included that relations led to.
    pub looked_at: u64,
    /// The moment the page shows.
    pub position: Position,
}

/// One record, as it stood at a position.
#[derive(Clone, Debug)]
pub struct Read {
    /// The record, if it existed.
    pub row: Option<Arc<Row>>,
    /// The moment the answer shows.
    pub position: Position,
}

/// Why a query has no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QueryError {
    /// The moment is no longer kept. The oldest one that is.
    HorizonGone(Position),
    /// The moment has not come yet.
    NotYet(Position),
    /// The budget was spent. An index on these fields (places in the schema) would help.
    TooExpensive {
        /// The fields of the missing index; none where related records were too many.
        fields: Vec<usize>,
        /// The budget, in rows.
        budget: u64,
    },
}
