//! Entries that nobody decided on: names, and the steps of a migration.

use lithair_model::{Change, Entry, Position, SchemaChange};
use lithair_state::{Conflict, RecordRef};
use thiserror::Error;

use super::Engine;
use crate::block_on::block_on;
use crate::clock::now;
use crate::log::{Log as _, ProposeError};
use crate::startup::StartError;

/// Why changes that nobody decided on are not made.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum WriteError {
    /// The log does not take them.
    #[error(transparent)]
    Log(#[from] ProposeError),
    /// They are in the log, and were refused when they were applied. Our doing.
    #[error("the entry was refused: {0}")]
    Refused(#[from] Conflict),
}

impl Engine {
    /// Teaches the log the names it does not know, before any entry uses them.
    pub(super) fn register(&self, changes: Vec<SchemaChange>) -> Result<(), StartError> {
        if changes.is_empty() {
            return Ok(());
        }
        self.write(changes.into_iter().map(Change::Schema).collect(), Vec::new()).map_err(StartError::Register)
    }

    /// Teaches the log the models of credentials, if a record of one is about to be written and it does not know them.
    pub(super) async fn learn_unused(&self, touched: &[RecordRef]) -> Result<(), ProposeError> {
        let catalog = self.shared.state.catalog();
        if !touched.iter().any(|record| catalog.models[record.model].schema.access.is_internal()) {
            return Ok(());
        }
        let mut unused = self.unused.lock().await;
        if unused.is_empty() {
            return Ok(());
        }
        let changes = unused.iter().cloned().map(Change::Schema).collect();
        self.log.propose(undecided(changes, Vec::new()), Vec::new()).await.map(drop)?;
        unused.clear();
        Ok(())
    }

    /// Appends changes, if they fit the records as they are.
    pub(crate) fn write(&self, changes: Vec<Change>, aggregates: Vec<u64>) -> Result<(), WriteError> {
        let entry = undecided(changes, self.shared.state.unrecorded_refusals());
        let (_, applied) = block_on(self.log.propose(entry, aggregates))?;
        applied?;
        Ok(())
    }
}

/// An entry of changes that rest on nothing.
fn undecided(changes: Vec<Change>, refused: Vec<Position>) -> Entry {
    Entry { at: now(), actor: None, guards: Vec::new(), changes, events: Vec::new(), refused }
}
