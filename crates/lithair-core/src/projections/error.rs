//! Why a projection does not go on.

use lithair_model::{Position, RefusalReason, Unavailable};
use thiserror::Error;

use crate::follow::{FollowError, UnreadableBefore};

/// Why a projection does not go on. Its rows are as they were.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ProjectionError {
    /// There is no projection of this name.
    #[error("there is no projection `{name}`{}", nearest.map(|near| format!("; is it `{near}`?")).unwrap_or_default())]
    Unknown {
        /// What was asked for.
        name: String,
        /// The one that is spelled most like it.
        nearest: Option<&'static str>,
    },
    /// An entry cannot be folded, or what it made of a row cannot be.
    #[error(transparent)]
    Fold(#[from] FoldError),
    /// The log cannot be read.
    #[error(transparent)]
    Read(#[from] FollowError),
    /// The log takes nothing now.
    #[error("the log is not writable: {}", words(.0))]
    Unwritable(Unavailable),
    /// It was told to stop.
    #[error("it was stopped")]
    Stopped,
}

/// Why an entry cannot be folded. The marker of the projection says it, too.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum FoldError {
    /// A fold failed. The program's doing.
    #[error("the fold `{fold}` at position {position}: {reason}")]
    Failed {
        /// The name of its function.
        fold: &'static str,
        /// Where the entry stands.
        position: Position,
        /// What the fold says, or that it panicked.
        reason: String,
    },
    /// What a record was before the entry is not to be had.
    #[error(transparent)]
    Before(#[from] UnreadableBefore),
    /// What was made of a row is held to the rules like any record, and breaks one. The program's doing.
    #[error("{}what was folded cannot be: {detail}", entry_at(*position))]
    Refused {
        /// Where the entry stands, if it is known which one it was.
        position: Option<Position>,
        /// The rule.
        reason: Box<RefusalReason>,
        /// The same in the words of the API, for whoever operates the program.
        detail: String,
    },
}

fn entry_at(position: Option<Position>) -> String {
    position.map(|position| format!("the entry at position {position}: ")).unwrap_or_default()
}

const fn words(why: &Unavailable) -> &'static str {
    match why {
        Unavailable::Overloaded => "its queue is full",
        Unavailable::DiskFull => "the disk is full",
        Unavailable::Poisoned | Unavailable::Unknown => "a write or sync failed",
        Unavailable::Stopping => "the engine is being closed",
    }
}
