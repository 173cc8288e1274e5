//! Views: the state as it was at one position.

use std::sync::Arc;

use lithair_model::{Key, Moment, Page, Position, Query, QueryError, Row, Value};

use crate::pins::Pin;
use crate::{Digest, State, indexing};

/// The state at one position, unchanging however much is applied meanwhile.
///
/// While it exists, nothing it shows is forgotten: keep it no longer than needed.
#[derive(Debug)]
pub struct View<'a> {
    pub(crate) state: &'a State,
    position: Position,
    pin: Pin,
}

impl Drop for View<'_> {
    fn drop(&mut self) {
        self.state.pins.release(&self.pin);
    }
}

impl<'a> View<'a> {
    pub(crate) fn pinned(state: &'a State, position: Position) -> Self {
        Self { state, position, pin: state.pins.pin(position) }
    }

    /// The position it shows.
    pub const fn position(&self) -> Position {
        self.position
    }

    /// The state it is of.
    pub const fn state(&self) -> &'a State {
        self.state
    }

    /// The record of the model at this place with this key.
    pub fn row(&self, model: usize, key: &Key) -> Option<Arc<Row>> {
        let entry = &self.state.catalog().models[model];
        self.state.tables.at(model).visible(Some(entry), key, self.position)
    }

    /// How many records the model at this place has.
    pub fn count(&self, model: usize) -> u64 {
        self.state.tables.at(model).count(self.position)
    }

    /// The key of the record that holds these values of a unique constraint (a place in the model's uniques).
    pub fn unique_holder(&self, model: usize, constraint: usize, values: &Key) -> Option<Key> {
        let index = self.state.tables.at(model).indexing.unique(constraint).expect("a constraint of the model");
        self.holders(model, index, values).next()
    }

    /// What a record with these values, one a field, claims in a unique constraint (a place in the model's uniques): none
    /// if a field of the constraint is null or its condition does not hold.
    pub fn claim(&self, model: usize, constraint: usize, values: &[Value]) -> Option<Key> {
        indexing::claim(&self.state.catalog().models[model], constraint, values)
    }

    /// The keys of the records that refer to `key` by a relation (a place in the relations of the referring `model`), in
    /// the order of their keys. Read a run at a time: stop early at no cost.
    pub fn referrers(&self, model: usize, relation: usize, key: &Key) -> impl Iterator<Item = Key> {
        let index = self.state.tables.at(model).indexing.relation(relation).expect("a relation of the model");
        self.holders(model, index, key)
    }

    /// The digest of what it shows, computed from all records.
    pub fn digest(&self) -> Digest {
        let mut digest = Digest::default();
        for record in self.records() {
            digest.add(record.model, &record.key, &record.row);
        }
        digest
    }
}

impl Moment for View<'_> {
    fn position(&self) -> Position {
        self.position
    }

    fn row(&self, model: usize, key: &Key) -> Option<Arc<Row>> {
        View::row(self, model, key)
    }

    fn referrers(&self, model: usize, relation: usize, key: &Key, each: &mut dyn FnMut(&Row) -> bool) {
        let index = self.state.tables.at(model).indexing.relation(relation).expect("a relation of the model");
        self.rows_with(model, index, key).all(|row| each(&row));
    }

    fn list(&self, query: &Query) -> Result<Page, QueryError> {
        View::list(self, query)
    }
}
