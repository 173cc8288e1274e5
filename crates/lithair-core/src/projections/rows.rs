//! The rows of a projection while the log is folded: what is stored, or nothing, with what the folds have made of it so far.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use lithair_model::{
    Backend as _, Entry, Fact, FoldRows, Folded, Happening, HookError, Key, ModelEntry, Position, ProjectionSchema,
    Value, encode_key,
};

use super::FoldError;
use crate::Engine;
use crate::follow::happenings;

/// What rows begin with.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Begin {
    /// What is stored.
    Stored,
    /// Nothing: everything is folded again.
    Empty,
}

pub(super) struct FoldedRows<'a> {
    engine: &'a Engine,
    model: &'a ModelEntry,
    begin: Begin,
    changed: BTreeMap<Key, Option<Vec<Value>>>,
}

impl<'a> FoldedRows<'a> {
    pub(super) const fn new(engine: &'a Engine, model: &'a ModelEntry, begin: Begin) -> Self {
        Self { engine, model, begin, changed: BTreeMap::new() }
    }

    pub(super) fn len(&self) -> usize {
        self.changed.len()
    }

    /// Takes an entry in.
    ///
    /// # Errors
    /// Why a fold cannot. The rows are useless then.
    pub(super) fn fold(
        &mut self,
        schema: &ProjectionSchema,
        position: Position,
        entry: &Entry,
    ) -> Result<(), FoldError> {
        let mut found: Vec<(usize, usize, Happening)> = Vec::new();
        for (number, fold) in schema.folds.iter().enumerate() {
            let happened = happenings(self.engine, (fold.of)().table, fold.on, position, entry)?;
            found.extend(happened.into_iter().map(|(place, happening)| (place, number, happening)));
        }
        found.sort_by_key(|(place, number, _)| (*place, *number));
        let fact = Fact::new(position, entry.at);
        for (_, number, happening) in found {
            let fold = &schema.folds[number];
            let run = AssertUnwindSafe(|| (fold.run)(self, &fact, happening));
            let outcome = catch_unwind(run).unwrap_or_else(|_| Err(HookError::new("it panicked")));
            outcome.map_err(|HookError(reason)| FoldError::Failed { fold: fold.name, position, reason })?;
        }
        Ok(())
    }

    /// What the folds made of the rows, to be stored.
    pub(super) fn into_folded(self) -> Folded {
        let mut folded = Folded::default();
        for (key, values) in self.changed {
            match values {
                Some(values) => folded.rows.push(values),
                None => folded.gone.push(key),
            }
        }
        folded
    }

    /// What differs between what is stored and what was folded from nothing.
    pub(super) fn into_difference(mut self) -> Folded {
        let mut folded = Folded::default();
        let view = self.engine.state().view(None).expect("the present is always kept");
        for record in view.records_of_model(self.model.place) {
            let stored = self.model.decode_row(&record.row.bytes).ok();
            match self.changed.remove(&record.key).flatten() {
                None => folded.gone.push(record.key),
                Some(values) if stored.as_ref() == Some(&values) => {}
                Some(values) => folded.rows.push(values),
            }
        }
        folded.rows.extend(self.changed.into_values().flatten());
        folded
    }

    fn key(&self, key: &[Value]) -> Key {
        encode_key(&self.model.key_terms, key)
    }

    fn stored(&self, key: &Key) -> Option<Vec<Value>> {
        if self.begin == Begin::Empty {
            return None;
        }
        let row = self.engine.read(self.model.place, key, None).ok()?.row?;
        self.model.decode_row(&row.bytes).ok()
    }
}

impl FoldRows for FoldedRows<'_> {
    fn get(&mut self, key: &[Value]) -> Option<Vec<Value>> {
        let key = self.key(key);
        match self.changed.get(&key) {
            Some(values) => values.clone(),
            None => self.stored(&key),
        }
    }

    fn set(&mut self, values: Vec<Value>) {
        self.changed.insert(self.model.key_of(&values), Some(values));
    }

    fn remove(&mut self, key: &[Value]) {
        let key = self.key(key);
        self.changed.insert(key, None);
    }
}
