//! Reading: one road, on which nothing changes.

use std::sync::Arc;

use lithair_http::ProblemDocument;
use lithair_model::{
    Backend as _, Comparison, FILTER_BODY_BYTES_MAX, Model, Predicate, Query, QueryError, RecordKey, Row, Start, Tally,
    encode_key, parse_filter, parse_sort, with_computed,
};

use super::{DbError, Repo};

/// Records that a list has if nothing is said.
const LIMIT: usize = 100;
/// Rows that a read may look at, if nothing is said.
const SCAN_ROWS_MAX: u64 = 200_000;

impl<M: Model> Repo<M> {
    /// The record with this key, if there is one and it is not deleted softly.
    ///
    /// # Errors
    /// What it is computed from costs too much.
    pub fn get(&self, key: &M::Key) -> Result<Option<M>, DbError>
    where
        M::Key: RecordKey,
    {
        let key = encode_key(&self.entry().key_terms, &key.key_values());
        let view = self.db.engine.state().view(None).map_err(|error| self.of_query(&error))?;
        let row = view.row(self.place, &key).filter(|row| !self.entry().is_trash(row));
        row.map(|row| self.record(row)).transpose()
    }

    /// Records that are not deleted softly, to be narrowed: `find().filter("stock > 0").sort("-price").list()`.
    pub fn find(&self) -> Find<'_, M> {
        Find { repo: self, filter: None, sort: None, limit: LIMIT, offset: 0, scan_rows_max: SCAN_ROWS_MAX }
    }

    /// The record of a row, with what is computed when it is read.
    pub(super) fn record(&self, row: Arc<Row>) -> Result<M, DbError> {
        let state = self.db.engine.state();
        let view = state.view(None).map_err(|error| self.of_query(&error))?;
        let tally = Tally::new(SCAN_ROWS_MAX);
        let row = with_computed(state.catalog(), &view, self.entry(), row, &tally);
        let row = row.map_err(|error| self.of_query(&error))?;
        let values = (0..M::SCHEMA.fields.len()).map(|place| self.entry().field(&row, place)).collect();
        M::from_values(values).map_err(|mismatch| DbError::mismatch(&mismatch))
    }

    fn of_query(&self, error: &QueryError) -> DbError {
        DbError::of(ProblemDocument::of_query(self.db.engine.state().catalog(), self.place, error))
    }
}

/// A list that is being asked for.
#[derive(Debug)]
pub struct Find<'a, M> {
    repo: &'a Repo<M>,
    filter: Option<String>,
    sort: Option<String>,
    limit: usize,
    offset: u64,
    scan_rows_max: u64,
}

/// Whatever the model: what is copied is the question.
impl<M> Clone for Find<'_, M> {
    fn clone(&self) -> Self {
        Self { filter: self.filter.clone(), sort: self.sort.clone(), ..*self }
    }
}

impl<M: Model> Find<'_, M> {
    /// Those for which this is true: a filter of the HTTP API, about fields that callers may filter by.
    #[must_use]
    pub fn filter(mut self, filter: impl Into<String>) -> Self {
        self.filter = Some(filter.into());
        self
    }

    /// In this order: a sort of the HTTP API, `-price,name`.
    #[must_use]
    pub fn sort(mut self, sort: impl Into<String>) -> Self {
        self.sort = Some(sort.into());
        self
    }

    /// At most so many; 100 if nothing is said.
    #[must_use]
    pub const fn limit(mut self, limit: usize) -> Self {
        self.limit = limit;
        self
    }

    /// Without so many of the first.
    #[must_use]
    pub const fn offset(mut self, offset: u64) -> Self {
        self.offset = offset;
        self
    }

    /// Rows that may be looked at before it is refused as too expensive; 200,000 if nothing is said.
    #[must_use]
    pub const fn scan_rows_max(mut self, rows: u64) -> Self {
        self.scan_rows_max = rows;
        self
    }

    /// The records.
    ///
    /// # Errors
    /// The filter or the order is none, or the query costs too much.
    pub fn list(self) -> Result<Vec<M>, DbError> {
        let page = self.page(self.limit, false)?;
        page.rows.into_iter().map(|row| self.repo.record(row)).collect()
    }

    /// The first record.
    ///
    /// # Errors
    /// As for [`Find::list`].
    pub fn first(self) -> Result<Option<M>, DbError> {
        let page = self.page(1, false)?;
        page.rows.into_iter().next().map(|row| self.repo.record(row)).transpose()
    }

    /// How many there are, whatever the limit.
    ///
    /// # Errors
    /// As for [`Find::list`].
    pub fn count(self) -> Result<u64, DbError> {
        Ok(self.page(1, true)?.total.unwrap_or(0))
    }

    fn page(&self, limit: usize, count: bool) -> Result<lithair_model::Page, DbError> {
        let (repo, engine) = (self.repo, &self.repo.db.engine);
        let (catalog, entry) = (engine.state().catalog(), repo.entry());
        let filter = self.filter.as_ref().map(|text| parse_filter(catalog, entry, text, FILTER_BODY_BYTES_MAX));
        let filter = filter.transpose().map_err(|error| DbError::of(ProblemDocument::of_filter(error)))?;
        let order = match &self.sort {
            Some(text) => parse_sort(entry, text).map_err(|error| DbError::of(ProblemDocument::of_sort(error)))?,
            None => entry.schema.order.to_vec(),
        };
        let in_sight = entry.trash(Comparison::Equal);
        let filter = match (filter, in_sight) {
            (Some(filter), Some(in_sight)) => Some(Predicate::All(vec![in_sight, filter])),
            (filter, in_sight) => filter.or(in_sight),
        };
        let (start, scan_rows_max) = (Start::Offset(self.offset), self.scan_rows_max);
        let query =
            Query { model: repo.place, filter, search: None, order, start, limit, count, at: None, scan_rows_max };
        engine.list(&query).map_err(|error| repo.of_query(&error))
    }
}
