//! What an entry of the log means for a hook.

use std::sync::Arc;

use lithair_model::{
    AfterWhat, Catalog, Change, Entry, Happening, Key, ModelEntry, Position, Row, Tally, with_computed,
};
use lithair_state::State;

use super::Hook;
use super::records::{DEAD_LETTER, RETRY};

/// What a hook waits for in this entry, each with its place there: changes first, events behind them.
pub(super) fn happenings(state: &State, hook: Hook, entry: &Entry) -> Vec<(usize, Happening)> {
    let catalog = state.catalog();
    let Some(model) = catalog.by_table(hook.schema.table).map(|place| &catalog.models[place]) else {
        return Vec::new();
    };
    match hook.hook.on {
        AfterWhat::Create => created(state, model, entry),
        AfterWhat::Event(name) => events(model, event_named(model, name), entry),
    }
}

fn created(state: &State, model: &ModelEntry, entry: &Entry) -> Vec<(usize, Happening)> {
    let created = entry.changes.iter().enumerate().filter_map(|(place, change)| match change {
        Change::Put { model: id, revision: 1, row, .. } if *id == model.id => {
            // A row that this program cannot read was refused when it was applied.
            let row = Row { revision: 1, position: Position::ZERO, bytes: row.as_slice().into() };
            let row = shown(state, model, Arc::new(row))?;
            Some((place, Happening::Created(model.decode_row(&row.bytes).ok()?)))
        }
        _ => None,
    });
    created.collect()
}

/// The record with what is computed when it is read: that is now.
fn shown(state: &State, model: &ModelEntry, row: Arc<Row>) -> Option<Arc<Row>> {
    if !model.has_virtual() {
        return Some(row);
    }
    let view = state.view(None).ok()?;
    with_computed(state.catalog(), &view, model, row, &Tally::new(u64::MAX)).ok()
}

fn events(model: &ModelEntry, name: &str, entry: &Entry) -> Vec<(usize, Happening)> {
    let events = entry.events.iter().enumerate();
    let waited_for = events.filter(|(_, event)| event.model == model.id && event.name == name);
    let changes = entry.changes.len();
    waited_for.map(|(place, event)| (changes + place, Happening::Event(event.payload.clone()))).collect()
}

/// The event that a command leaves; the name of an event or a transition is its own.
fn event_named<'a>(model: &ModelEntry, name: &'a str) -> &'a str {
    let command = model.schema.commands.iter().find(|command| command.name == name);
    command.map_or(name, |command| command.event)
}

/// The dead letters that the entry asks to be tried again.
pub(super) fn retried(catalog: &Catalog, entry: &Entry) -> Vec<Key> {
    let Some(model) = catalog.by_table(DEAD_LETTER.table).map(|place| catalog.models[place].id) else {
        return Vec::new();
    };
    let asked = entry.events.iter().filter(|event| event.model == model && event.name == RETRY);
    asked.map(|event| event.key.clone()).collect()
}
