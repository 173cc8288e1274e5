//! Reading: one road, on which nothing changes.

use std::sync::Arc;

use lithair_http::ProblemDocument;
use lithair_model::{
    Backend as _, Comparison, FILTER_BODY_BYTES_MAX, FieldSchema, Model, MomentFields, Page, Predicate, Query,
    QueryError, Reader, RecordKey, Row, Sight, Start, Tally, Value, Visible, encode_key, parse_bound_filter,
    parse_sort, with_computed,
};

use super::{DbError, Filter, Repo};

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
        let key = encode_key(&self.entry().key_terms, key.key_values());
        let view = self.db.engine.state().view(None).map_err(|error| self.of_query(&error))?;
        let row = view.row(self.place, &key).filter(|row| !self.entry().is_trash(row));
        let reader = self.db.reader();
        Ok(row.map(|row| self.seen(reader.sight(self.place), row)).transpose()?.flatten())
    }

    /// Records that are not deleted softly, to be narrowed: `find().filter("stock > 0").sort("-price").list()`.
    pub fn find(&self) -> Find<'_, M> {
        Find { repo: self, filter: None, sort: None, limit: LIMIT, offset: 0, scan_rows_max: SCAN_ROWS_MAX }
    }

    /// The record of a row, if whoever acts sees it. A struct has all its fields: who does not see every one gets none.
    fn seen(&self, sight: &Sight, row: Arc<Row>) -> Result<Option<M>, DbError> {
        match self.visible(sight, &row)? {
            None => Ok(None),
            Some(visible) if !visible.redacted().is_empty() => Err(DbError::not_whole()),
            Some(visible) => self.record(&visible).map(Some),
        }
    }

    /// The record that a change left. What whoever acts does not see of it is blank.
    pub(super) fn left(&self, row: Arc<Row>) -> Result<M, DbError> {
        let reader = self.db.reader();
        let visible = self.visible(reader.sight(self.place), &row)?;
        let is_seen = |place: usize| match &visible {
            Some(visible) => !visible.redacts(place),
            None => self.entry().is_key(place),
        };
        let record = Visible::to_system(&row);
        self.values(&record).map(|values| values.into_iter().zip(M::SCHEMA.fields).enumerate()).and_then(|values| {
            let blank = |field: &FieldSchema| if field.optional { Value::Null } else { field.kind.blank() };
            let shown = values.map(|(place, (value, field))| if is_seen(place) { value } else { blank(field) });
            M::from_values(shown.collect()).map_err(|mismatch| DbError::mismatch(&mismatch))
        })
    }

    fn visible(&self, sight: &Sight, row: &Arc<Row>) -> Result<Option<Visible>, DbError> {
        let state = self.db.engine.state();
        let view = state.view(None).map_err(|error| self.of_query(&error))?;
        let tally = Tally::new(SCAN_ROWS_MAX);
        let fields = MomentFields { catalog: state.catalog(), moment: &view, model: self.entry(), row, tally: &tally };
        let visible = sight.visible(row, &fields);
        if tally.is_spent() { Err(self.of_query(&tally.too_expensive())) } else { Ok(visible) }
    }

    fn record(&self, record: &Visible) -> Result<M, DbError> {
        M::from_values(self.values(record)?).map_err(|mismatch| DbError::mismatch(&mismatch))
    }

    /// The values of a record, with what is computed when it is read.
    fn values(&self, record: &Visible) -> Result<Vec<Value>, DbError> {
        let state = self.db.engine.state();
        let view = state.view(None).map_err(|error| self.of_query(&error))?;
        let tally = Tally::new(SCAN_ROWS_MAX);
        let row = with_computed(state.catalog(), &view, self.entry(), Arc::clone(record.row()), &tally);
        let row = row.map_err(|error| self.of_query(&error))?;
        Ok((0..M::SCHEMA.fields.len()).map(|place| self.entry().field(&row, place)).collect())
    }

    fn of_query(&self, error: &QueryError) -> DbError {
        DbError::of(ProblemDocument::of_query(self.db.engine.state().catalog(), self.place, error))
    }
}

/// A list that is being asked for.
#[derive(Debug)]
pub struct Find<'a, M> {
    repo: &'a Repo<M>,
    filter: Option<Filter>,
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
    /// Those for which this is true: a filter of the HTTP API, about fields that callers may filter by. Values that are not the program's own
    /// are bound: `find().filter(Filter::new("owner = ?").bind(name))`.
    #[must_use]
    pub fn filter(mut self, filter: impl Into<Filter>) -> Self {
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
        let (query, reader) = self.query(self.limit, false)?;
        let sight = reader.sight(self.repo.place).of_found(query.filter.as_ref());
        let rows = self.page(&query)?.rows.into_iter();
        rows.filter_map(|row| self.repo.seen(&sight, row).transpose()).collect()
    }

    /// The first record.
    ///
    /// # Errors
    /// As for [`Find::list`].
    pub fn first(self) -> Result<Option<M>, DbError> {
        Ok(self.limit(1).list()?.into_iter().next())
    }

    /// How many there are, whatever the limit.
    ///
    /// # Errors
    /// As for [`Find::list`].
    pub fn count(self) -> Result<u64, DbError> {
        Ok(self.page(&self.query(1, true)?.0)?.total.unwrap_or(0))
    }

    /// The query, and who asks it.
    fn query(&self, limit: usize, count: bool) -> Result<(Query, Reader), DbError> {
        let repo = self.repo;
        let (reader, entry) = (repo.db.reader(), repo.entry());
        let parsed = |Filter { text, values }: &Filter| {
            parse_bound_filter(&reader, entry, (text, values), FILTER_BODY_BYTES_MAX)
        };
        let filter = self.filter.as_ref().map(parsed);
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
        let filter = reader.among(repo.place, filter);
        let (start, scan_rows_max) = (Start::Offset(self.offset), self.scan_rows_max);
        let query =
            Query { model: repo.place, filter, search: None, order, start, limit, count, at: None, scan_rows_max };
        Ok((query, reader))
    }

    fn page(&self, query: &Query) -> Result<Page, DbError> {
        self.repo.db.engine.list(query).map_err(|error| self.repo.of_query(&error))
    }
}
