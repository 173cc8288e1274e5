//! Why an entry is refused.

use lithair_model::Guard;
use thiserror::Error;

/// Why an entry was refused. It keeps its position and changed nothing; every replica refuses it for the same reason.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum Conflict {
    /// It was refused before, as a later entry says.
    #[error("a later entry says that it was refused")]
    Known,
    /// A guard does not hold: others changed what the decision relied on. Decide again.
    #[error("guard {place} does not hold: {guard:?}")]
    Guard {
        /// Which of the entry's guards.
        place: usize,
        /// The guard.
        guard: Guard,
    },
    /// A patch or an end of a record that is not there. The decider's doing: it must guard what it changes.
    #[error("change {place} is for a record that does not exist")]
    NoRecord {
        /// Which of the entry's changes.
        place: usize,
    },
    /// A row or a patch that is not one of the model. The decider's doing.
    #[error("change {place} is damaged: {detail}")]
    Damaged {
        /// Which of the entry's changes.
        place: usize,
        /// What is wrong with it.
        detail: String,
    },
}
