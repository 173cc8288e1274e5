//! Following the log: what is published, a run of entries at a time, and what each means for those who wait for changes and events.

mod happenings;

pub(crate) use happenings::happenings;
use lithair_model::{Backend as _, Entry, Position};

use crate::Engine;

/// Entries that are read at a time.
const RUN: usize = 256;

/// The next run of published positions behind `done`, at least one where there is one, with the entries of those that changed something.
///
/// # Errors
/// The log cannot be read there, in words: whoever goes on leaves something out.
pub(crate) fn run_behind(engine: &Engine, done: Position) -> Result<Vec<(Position, Option<Entry>)>, String> {
    let published = engine.position();
    if done >= published {
        return Ok(Vec::new());
    }
    let mut entries = Vec::new();
    for event in engine.entries_from(done.next()).take(RUN) {
        let entry = event.map_err(|error| error.to_string()).and_then(|event| {
            let entry = Entry::decode(&event.payload).map_err(|error| error.to_string())?;
            Ok((event.position, entry))
        });
        match entry {
            Ok((position, _)) if position > published => break,
            Ok((position, _)) if engine.state().is_refused(position) => entries.push((position, None)),
            Ok((position, entry)) => entries.push((position, Some(entry))),
            // What came before is taken first.
            Err(_) if !entries.is_empty() => break,
            Err(reason) => return Err(reason),
        }
    }
    if entries.is_empty() { Err("the log ends before what is published".to_owned()) } else { Ok(entries) }
}
