//! What callers are told of their commands.

use std::sync::Arc;

use lithair_model::{OperationResult, Refusal, RefusalReason, Unavailable};
use lithair_state::{Answer, Applied};

use crate::log::ProposeError;

/// What each operation of a command came to. `applied` is absent where nothing had to be written.
pub(super) fn results(answers: &[Answer], applied: Option<&Applied>) -> Vec<OperationResult> {
    let row = |change: usize| {
        let rows = &applied.expect("a decision with changes is applied").rows;
        Arc::clone(rows[change].as_ref().expect("a record that is put is there"))
    };
    let result = |answer: &Answer| match answer {
        Answer::Created(change) => OperationResult::Created(row(*change)),
        Answer::Updated(change) => OperationResult::Updated(row(*change)),
        Answer::Unchanged(row) => OperationResult::Unchanged(Arc::clone(row)),
        Answer::Deleted => OperationResult::Deleted,
    };
    answers.iter().map(result).collect()
}

/// Why the log did not take an entry.
pub(super) fn refusal(error: ProposeError) -> Refusal {
    let why = match error {
        ProposeError::TooLarge { bytes, limit } => {
            return Refusal { operation: 0, reason: RefusalReason::TooLarge { bytes, limit } };
        }
        ProposeError::Full => Unavailable::Overloaded,
        ProposeError::DiskFull => Unavailable::DiskFull,
        ProposeError::Poisoned => Unavailable::Poisoned,
        ProposeError::Unknown => Unavailable::Unknown,
        ProposeError::Closed => Unavailable::Stopping,
    };
    unavailable(why)
}

pub(super) const fn unavailable(why: Unavailable) -> Refusal {
    Refusal { operation: 0, reason: RefusalReason::Unavailable(why) }
}
