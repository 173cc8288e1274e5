//! What an entry of the log means for those who wait for changes and events.

use std::sync::Arc;

use lithair_model::{
    AfterWhat, Change, Entry, Happening, Key, ModelEntry, PastError, Position, Row, Tally, Value, with_computed,
};
use thiserror::Error;

use crate::Engine;

/// What a record was before an entry, which the log says, cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("what was before position {position} cannot be read: {source}")]
pub struct UnreadableBefore {
    /// Where the entry stands.
    pub position: Position,
    /// Why.
    pub source: PastError,
}

/// What is waited for in this entry, each with its place there: changes first, events behind them.
///
/// # Errors
/// The log, which says what a record was, cannot be read.
pub(crate) fn happenings(
    engine: &Engine,
    table: &str,
    on: &[AfterWhat],
    position: Position,
    entry: &Entry,
) -> Result<Vec<(usize, Happening)>, UnreadableBefore> {
    let catalog = engine.state().catalog();
    let Some(model) = catalog.by_table(table).map(|place| &catalog.models[place]) else {
        return Ok(Vec::new());
    };
    let waits = Waits { engine, model, on, position };
    let mut found = Vec::new();
    // What nobody decided is maintenance, a step of a migration: whatever is decided is guarded.
    if !entry.guards.is_empty() {
        for (place, change) in entry.changes.iter().enumerate() {
            let happening = waits.change(change).map_err(|source| UnreadableBefore { position, source })?;
            found.extend(happening.map(|happening| (place, happening)));
        }
    }
    for (place, event) in entry.events.iter().enumerate() {
        if event.model == model.id && waits.for_event(&event.name) {
            found.push((entry.changes.len() + place, Happening::Event(event.payload.clone())));
        }
    }
    Ok(found)
}

/// Someone who waits for what happens to records of a model.
struct Waits<'a> {
    engine: &'a Engine,
    model: &'a ModelEntry,
    on: &'a [AfterWhat],
    position: Position,
}

impl Waits<'_> {
    fn for_event(&self, name: &str) -> bool {
        self.on.iter().any(|what| matches!(what, AfterWhat::Event(waited) if event_named(self.model, waited) == name))
    }

    fn change(&self, change: &Change) -> Result<Option<Happening>, PastError> {
        let found = match change {
            Change::Put { model, revision: 1, row, .. } if *model == self.model.id => {
                self.decoded(row).map(|values| (AfterWhat::Create, Happening::Record(values)))
            }
            Change::Put { model, key, row, .. } if *model == self.model.id && self.for_more_than_creates() => {
                self.was(key)?.and_then(|was| self.changed(was, self.decoded(row)?))
            }
            Change::Patch { model, key, fields, .. } if *model == self.model.id && self.for_more_than_creates() => {
                self.was(key)?.and_then(|was| {
                    let is = self.patched(&was, fields)?;
                    self.changed(was, is)
                })
            }
            Change::Delete { model, key } if *model == self.model.id && self.for_more_than_creates() => {
                self.was(key)?.map(|was| {
                    let what = if self.model.is_deleted(&was) { AfterWhat::Purge } else { AfterWhat::Delete };
                    (what, Happening::Record(was))
                })
            }
            _ => None,
        };
        let waited_for = found.filter(|(what, _)| self.on.contains(what)).map(|(_, happening)| happening);
        Ok(waited_for.and_then(|happening| self.shown(happening)))
    }

    /// The records with what is computed when they are read: that is now.
    fn shown(&self, happening: Happening) -> Option<Happening> {
        if !self.model.has_virtual() {
            return Some(happening);
        }
        let state = self.engine.state();
        let view = state.view(None).ok()?;
        let with_all = |values: Vec<Value>| {
            let row = Row { revision: 1, position: self.position, bytes: self.model.encode_row(&values).into() };
            let row = with_computed(state.catalog(), &view, self.model, Arc::new(row), &Tally::new(u64::MAX)).ok()?;
            self.decoded(&row.bytes)
        };
        Some(match happening {
            Happening::Record(values) => Happening::Record(with_all(values)?),
            Happening::Changed { was, is } => Happening::Changed { was: with_all(was)?, is: with_all(is)? },
            Happening::Event(payload) => Happening::Event(payload),
        })
    }

    fn for_more_than_creates(&self) -> bool {
        self.on.iter().any(|what| !matches!(what, AfterWhat::Create | AfterWhat::Event(_)))
    }

    /// What a change is, by whether the record was in sight and whether it is. Out of sight, nobody is told.
    fn changed(&self, was: Vec<Value>, is: Vec<Value>) -> Option<(AfterWhat, Happening)> {
        match (self.model.is_deleted(&was), self.model.is_deleted(&is)) {
            (false, false) => Some((AfterWhat::Update, Happening::Changed { was, is })),
            (false, true) => Some((AfterWhat::Delete, Happening::Record(is))),
            (true, false) => Some((AfterWhat::Restore, Happening::Record(is))),
            (true, true) => None,
        }
    }

    /// The record before the entry.
    fn was(&self, key: &Key) -> Result<Option<Vec<Value>>, PastError> {
        let Some(before) = self.position.previous() else { return Ok(None) };
        let row = self.engine.left_at(self.model.place, key, before)?;
        Ok(row.and_then(|row| self.decoded(&row)))
    }

    /// A row that this program cannot read was refused when it was applied.
    fn decoded(&self, row: &[u8]) -> Option<Vec<Value>> {
        self.model.decode_row(row).ok()
    }

    fn patched(&self, was: &[Value], fields: &[u8]) -> Option<Vec<Value>> {
        let mut is = was.to_vec();
        for (place, value) in self.model.decode_patch(fields).ok()? {
            is[place] = value;
        }
        Some(is)
    }
}

/// The event that a command leaves; the name of an event or a transition is its own.
fn event_named<'a>(model: &ModelEntry, name: &'a str) -> &'a str {
    let command = model.schema.commands.iter().find(|command| command.name == name);
    command.map_or(name, |command| command.event)
}
