//! The walk back through what the log says of one record.

use lithair_model::{Change, Entry, EventRecord, Key, ModelId, PastError, Position, Timestamp};
use lithair_state::State;
use lithair_store::Backward;

use super::{damaged, storage};

/// What entries did to one record, newest first.
pub(super) struct Walk<'a> {
    entries: Backward,
    state: &'a State,
    model: ModelId,
    key: Key,
    /// Of the entry that was read last, in order.
    ready: Vec<Step>,
}

/// What one entry did to the record.
pub(super) struct Step {
    pub(super) position: Position,
    pub(super) at: Timestamp,
    pub(super) actor: Option<String>,
    pub(super) events: Vec<EventRecord>,
    pub(super) change: StepChange,
}

pub(super) enum StepChange {
    Put { revision: u64, row: Vec<u8> },
    Patch { revision: u64, fields: Vec<u8>, whole: Option<Vec<u8>> },
    Delete,
}

impl StepChange {
    /// The revision it made; none for a delete.
    pub(super) const fn revision(&self) -> Option<u64> {
        match self {
            Self::Put { revision, .. } | Self::Patch { revision, .. } => Some(*revision),
            Self::Delete => None,
        }
    }

    /// Whether the record began with it.
    pub(super) const fn creates(&self) -> bool {
        matches!(self, Self::Put { revision: 1, .. })
    }
}

impl<'a> Walk<'a> {
    pub(super) const fn new(entries: Backward, state: &'a State, model: ModelId, key: Key) -> Self {
        Self { entries, state, model, key, ready: Vec::new() }
    }

    fn step_of(&self, change: Change) -> Option<StepChange> {
        match change {
            Change::Put { model, key, revision, row } => {
                self.is_for(model, &key).then_some(StepChange::Put { revision, row })
            }
            Change::Patch { model, key, revision, fields, whole } => {
                self.is_for(model, &key).then_some(StepChange::Patch { revision, fields, whole })
            }
            Change::Delete { model, key } => self.is_for(model, &key).then_some(StepChange::Delete),
            Change::Schema(_) => None,
        }
    }

    // Two records may have the same hash.
    fn is_for(&self, model: ModelId, key: &Key) -> bool {
        model == self.model && *key == self.key
    }
}

impl Iterator for Walk<'_> {
    type Item = Result<Step, PastError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(step) = self.ready.pop() {
                return Some(Ok(step));
            }
            let event = match self.entries.next()? {
                Ok(event) => event,
                Err(error) => return Some(Err(storage(error))),
            };
            let position = event.position;
            if self.state.is_refused(position) {
                continue;
            }
            let entry = match Entry::decode(&event.payload) {
                Ok(entry) => entry,
                Err(error) => return Some(Err(damaged(position, error))),
            };
            let (at, actor) = (Timestamp::from_micros(event.at_micros), entry.actor);
            let changes = entry.changes.into_iter().filter_map(|change| self.step_of(change));
            let steps = changes.map(|change| Step { position, at, actor: actor.clone(), events: Vec::new(), change });
            let mut steps: Vec<Step> = steps.collect();
            if let Some(last) = steps.last_mut() {
                last.events = entry.events;
                last.events.retain(|event| self.is_for(event.model, &event.key));
            }
            self.ready = steps;
        }
    }
}
