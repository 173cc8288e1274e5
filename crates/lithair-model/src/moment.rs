//! The seam to the records of one moment: what conditions that look at other records need.

use std::borrow::Cow;
use std::cell::Cell;
use std::sync::Arc;

use crate::{Catalog, Fields, Key, ModelEntry, Page, Position, Query, QueryError, Row, Value, Way, encode_key};

/// The records of one moment, unchanging while it is held: keep it no longer than needed.
///
/// An implementation guarantees that all answers show the same position, and that [`Moment::referrers`] costs no more than
/// the records that it hands out.
pub trait Moment {
    /// What it shows.
    fn position(&self) -> Position;

    /// The record of the model at this place with this key.
    fn row(&self, model: usize, key: &Key) -> Option<Arc<Row>>;

    /// Hands out the records that refer to `key` by a relation (a place in the relations of the referring `model`), in
    /// the order of their keys, until `each` returns false.
    fn referrers(&self, model: usize, relation: usize, key: &Key, each: &mut dyn FnMut(&Row) -> bool);

    /// A page of records. `Query::at` is not looked at.
    ///
    /// # Errors
    /// The query costs more than its budget.
    fn list(&self, query: &Query) -> Result<Page, QueryError>;
}

/// How many related records may be looked at.
#[derive(Debug)]
pub struct Tally {
    looked_at: Cell<u64>,
    max: u64,
}

impl Tally {
    /// None so far, at most so many.
    pub const fn new(max: u64) -> Self {
        Self { looked_at: Cell::new(0), max }
    }

    /// Counts more records; false if those are too many.
    pub fn take(&self, count: u64) -> bool {
        self.looked_at.set(self.looked_at.get().saturating_add(count));
        !self.is_spent()
    }

    /// Whether too many were looked at: what was found out since then is not to be trusted.
    pub const fn is_spent(&self) -> bool {
        self.looked_at.get() > self.max
    }

    /// How many were looked at.
    pub const fn looked_at(&self) -> u64 {
        self.looked_at.get()
    }

    /// How many more may be.
    pub const fn left(&self) -> u64 {
        self.max.saturating_sub(self.looked_at.get())
    }

    /// The error for more than that.
    pub const fn too_expensive(&self) -> QueryError {
        QueryError::TooExpensive { fields: Vec::new(), budget: self.max }
    }
}

/// The fields of a stored row and, by relations, those of the records around it.
#[derive(Debug)]
pub struct MomentFields<'a, M: ?Sized> {
    /// All models.
    pub catalog: &'a Catalog,
    /// What is shown.
    pub moment: &'a M,
    /// The row's model.
    pub model: &'a ModelEntry,
    /// The row.
    pub row: &'a Row,
    /// Counts the related records that are looked at. Once it is spent, there are none.
    pub tally: &'a Tally,
}

impl<M: Moment + ?Sized> Fields for MomentFields<'_, M> {
    fn field(&self, place: usize) -> Cow<'_, Value> {
        Cow::Owned(self.model.field(self.row, place))
    }

    fn is_true(&self, place: usize) -> bool {
        self.model.is_true(self.row, place)
    }

    fn key(&self) -> Option<Key> {
        Some(self.model.row_key(self.row))
    }

    fn related(&self, way: Way, each: &mut dyn FnMut(&dyn Fields) -> bool) {
        let mut visit = |model: &ModelEntry, row: &Row| {
            // What is in the trash is not there.
            self.tally.take(1)
                && (model.is_trash(row)
                    || each(&MomentFields {
                        catalog: self.catalog,
                        moment: self.moment,
                        model,
                        row,
                        tally: self.tally,
                    }))
        };
        match way {
            Way::Out { model, relation } => {
                let target = &self.catalog.models[self.catalog.models[model].targets[relation]];
                let key = self.model.reference(self.row, relation);
                if let Some(row) = key.and_then(|key| self.moment.row(target.place, &key)) {
                    visit(target, &row);
                }
            }
            Way::In { model, relation } => {
                let (key, referring) = (self.model.row_key(self.row), &self.catalog.models[model]);
                self.moment.referrers(model, relation, &key, &mut |row| visit(referring, row));
            }
        }
    }
}

impl ModelEntry {
    /// The key that a row refers to by a relation (a place in the schema's relations); none if it refers to nothing.
    pub fn reference(&self, row: &Row, relation: usize) -> Option<Key> {
        let fields = self.schema.relations[relation].fields.iter();
        let values: Vec<Value> = fields.map(|&place| self.field(row, place)).collect();
        let is_there = !values.contains(&Value::Null);
        is_there.then(|| encode_key(&self.relation_terms[relation], &values))
    }
}
