//! A state from a snapshot's records.

use std::sync::Arc;

use lithair_model::{Catalog, Key, ModelId, Position};
use thiserror::Error;

use crate::state::Writer;
use crate::{Meta, Record, State};

/// Why records did not become a state.
#[derive(Debug, PartialEq, Eq, Error)]
pub enum LoadError<E> {
    /// They could not be read.
    #[error(transparent)]
    Source(E),
    /// The record of model {model:?} with key {key:?} is not behind the one before it.
    #[error("record {key:?} of model {} is out of order", model.0)]
    OutOfOrder {
        /// The record's model.
        model: ModelId,
        /// Its key.
        key: Key,
    },
    /// A row that is not one of its model.
    #[error("record {key:?} of model {}: {detail}", model.0)]
    Damaged {
        /// The record's model.
        model: ModelId,
        /// Its key.
        key: Key,
        /// What is wrong with it.
        detail: String,
    },
}

impl State {
    /// The state that a snapshot of `position` is of. It shows `position` and nothing earlier.
    ///
    /// `records` come in the order of [`crate::View::records`]: by their model's number, then by their key. Compare
    /// [`State::digest`] with the snapshot's before anyone reads.
    ///
    /// # Errors
    /// A record cannot be read, is out of order, or is not one of its model.
    pub fn load<E>(
        catalog: Arc<Catalog>,
        position: Position,
        meta: Meta,
        records: impl IntoIterator<Item = Result<Record, E>>,
    ) -> Result<Self, LoadError<E>> {
        let writer = Writer::after(meta);
        let state = Self::starting_at(catalog, position, writer);
        let mut records = records.into_iter().map(|record| record.map_err(LoadError::Source));
        let mut next = records.next().transpose()?;
        while let Some(first) = next.take() {
            next = state.load_table(first, &mut records)?;
        }
        Ok(state)
    }

    /// Loads the records of one model; returns the first of the next model.
    fn load_table<E>(
        &self,
        first: Record,
        records: &mut impl Iterator<Item = Result<Record, LoadError<E>>>,
    ) -> Result<Option<Record>, LoadError<E>> {
        let writer = &mut *self.writer.lock();
        let id = first.model;
        let table = self.tables.of_or_new(id);
        let model = self.tables.model_of(&table);
        let mut filling = table.fill(model);
        let mut record = first;
        loop {
            if let Some(model) = model {
                model.check_row(&record.row.bytes).map_err(|error| LoadError::Damaged {
                    model: id,
                    key: record.key.clone(),
                    detail: error.to_string(),
                })?;
            }
            writer.digest.add(id, &record.key, &record.row);
            filling.push(&record.key, record.row);
            let Some(next) = records.next().transpose()? else { break };
            if next.model != id {
                filling.finish();
                return if next.model > id { Ok(Some(next)) } else { Err(out_of_order(next)) };
            }
            if next.key <= record.key {
                return Err(out_of_order(next));
            }
            record = next;
        }
        filling.finish();
        Ok(None)
    }
}

fn out_of_order<E>(record: Record) -> LoadError<E> {
    LoadError::OutOfOrder { model: record.model, key: record.key }
}
