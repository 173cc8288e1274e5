//! The past, read from the log: a record's revisions, a record as it was, a model as it was.
//!
//! ```text
//! log, newest first -> Walk: what entries did to one record -> Kept: what the policy leaves readable
//!                                                                |-> history: a page of revisions
//!                                                                '-> version: patches folded over the last whole row
//! snapshot before the moment + log -> Fold -> a state of that moment -> list
//! ```
//!
//! The running state is asked for two things only: what the record is now, and which entries were refused.

mod computed;
mod fold;
mod history;
mod kept;
mod moment;
mod version;
mod walk;

pub(crate) use moment::{MomentLimits, Moments};

use lithair_model::{AsOf, Key, ModelEntry, PastError, Position, QueryError, Timestamp};
use lithair_state::{State, record_hash};
use lithair_store::{EventStore, ReadError};
use walk::Walk;

use crate::local_log::Pending;

/// Where the past is read from.
#[derive(Clone, Copy)]
pub(crate) struct Archive<'a> {
    pub(crate) store: &'a EventStore<Pending>,
    pub(crate) state: &'a State,
}

impl<'a> Archive<'a> {
    fn model(&self, model: usize) -> &'a ModelEntry {
        &self.state.catalog().models[model]
    }

    /// What entries did to a record, up to `last`.
    fn walk(&self, model: &ModelEntry, key: &Key, last: Position) -> Walk<'a> {
        let entries = self.store.aggregate_backward(record_hash(model.id, key), last);
        Walk::new(entries, self.state, model.id, key.clone())
    }

    /// The position that a moment shows.
    pub(crate) fn position(&self, as_of: AsOf, now: Timestamp) -> Result<Position, PastError> {
        let published = self.state.published();
        match as_of {
            AsOf::Position(position) if position > published => Err(QueryError::NotYet(position).into()),
            AsOf::Position(position) => Ok(position),
            AsOf::Time(time) if time > now => Err(QueryError::NotYet(published.next()).into()),
            // What is in the log and not yet published was written by then, too, but nobody has seen it.
            AsOf::Time(time) => Ok(self.store.position_at(time.micros()).map_err(storage)?.min(published)),
        }
    }

    /// Whether the model keeps the whole of this moment. A moment lasts until the next entry is written.
    fn keeps_moment(&self, model: &ModelEntry, position: Position, now: Timestamp) -> Result<bool, PastError> {
        let Some(retention) = model.schema.lifecycle.history.retention_micros else { return Ok(true) };
        if position >= self.state.published() {
            return Ok(true);
        }
        let next = self.store.query_events(position.next()).next().transpose().map_err(storage)?;
        Ok(next.is_none_or(|next| next.at_micros >= now.micros().saturating_sub(retention)))
    }
}

/// The log could not be read.
fn storage(error: ReadError) -> PastError {
    PastError::Storage(error.to_string())
}

/// The log says what cannot be.
fn damaged(position: Position, error: impl std::fmt::Display) -> PastError {
    PastError::Storage(format!("the entry at position {position} cannot be read: {error}"))
}
