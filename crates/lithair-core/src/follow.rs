//! Following the log: what is published, a run of entries at a time, and what each means for those who wait for changes and events.

mod happenings;

pub use happenings::UnreadableBefore;
pub(crate) use happenings::happenings;
use lithair_model::{Backend as _, Entry, Position};
use lithair_store::{Event, ReadError};
use thiserror::Error;

use crate::Engine;
use crate::entries::{UnreadableEntry, entry_of};

/// Entries that are read at a time.
const RUN: usize = 256;

/// Published positions that follow each other, each with its entry where that changed something.
pub(crate) type Run = Vec<(Position, Option<Entry>)>;

/// Why the log is not followed any more: whoever went on would leave something out.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum FollowError {
    /// A file of the log is damaged or cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// An entry that cannot be understood.
    #[error(transparent)]
    Entry(#[from] UnreadableEntry),
    /// Entries that were published are not in the log.
    #[error("the log ends behind position {done}, before what is published: {published}")]
    Short {
        /// The last position that was read.
        done: Position,
        /// The last one that is published.
        published: Position,
    },
}

/// The next run behind `done`, at least one position where there is one.
///
/// # Errors
/// The first position cannot be read.
pub(crate) fn run_behind(engine: &Engine, done: Position) -> Result<Run, FollowError> {
    let published = engine.position();
    if done >= published {
        return Ok(Vec::new());
    }
    let mut run = Vec::new();
    for event in engine.entries_from(done.next()).take(RUN) {
        match decoded(event) {
            Ok((position, _)) if position > published => break,
            Ok((position, _)) if engine.state().is_refused(position) => run.push((position, None)),
            Ok((position, entry)) => run.push((position, Some(entry))),
            // What came before is taken first.
            Err(_) if !run.is_empty() => break,
            Err(error) => return Err(error),
        }
    }
    if run.is_empty() { Err(FollowError::Short { done, published }) } else { Ok(run) }
}

fn decoded(event: Result<Event, ReadError>) -> Result<(Position, Entry), FollowError> {
    let event = event?;
    Ok((event.position, entry_of(&event)?))
}
