//! Entries, as the log's events carry them.

use lithair_model::{CorruptEntry, Entry, Position};
use lithair_store::Event;
use thiserror::Error;

/// An entry of the log that this program cannot read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the entry at position {position} cannot be read: {source}")]
pub struct UnreadableEntry {
    /// Where it stands.
    pub position: Position,
    /// What is wrong with it.
    pub source: CorruptEntry,
}

/// The entry that an event of the log carries.
///
/// # Errors
/// It is damaged, or a newer program wrote it.
pub(crate) fn entry_of(event: &Event) -> Result<Entry, UnreadableEntry> {
    Entry::decode(&event.payload).map_err(|source| UnreadableEntry { position: event.position, source })
}
