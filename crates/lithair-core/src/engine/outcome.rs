//! What callers are told of their commands.

use std::sync::Arc;

use lithair_model::{
    Command, OperationResult, Outcome, Refusal, RefusalReason, Row, Tally, Unavailable, with_computed,
};
use lithair_state::{Answer, Applied, View};

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

/// Puts into the rows of an outcome what is computed when they are read, as it is at `view`.
pub(super) fn with_virtual(command: &Command, outcome: Outcome, view: &View<'_>) -> Outcome {
    let catalog = view.state().catalog();
    let shown = |model: usize, row: Arc<Row>| {
        // Nobody asked for these records: they are shown whatever that costs, and one is no long list.
        let tally = Tally::new(u64::MAX);
        let found = with_computed(catalog, view, &catalog.models[model], Arc::clone(&row), &tally);
        found.unwrap_or(row)
    };
    let results = outcome.results.into_iter().zip(&command.operations);
    let results = results.map(|(result, operation)| match result {
        OperationResult::Created(row) => OperationResult::Created(shown(operation.model, row)),
        OperationResult::Updated(row) => OperationResult::Updated(shown(operation.model, row)),
        OperationResult::Unchanged(row) => OperationResult::Unchanged(shown(operation.model, row)),
        OperationResult::Deleted => OperationResult::Deleted,
    });
    Outcome { position: outcome.position, results: results.collect() }
}

/// Why the log did not take an entry.
pub(super) fn refusal(error: ProposeError) -> Refusal {
    let why = match error {
        ProposeError::TooLarge { bytes, limit } => {
            return Refusal::new(0, RefusalReason::TooLarge { bytes, limit });
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
    Refusal::new(0, RefusalReason::Unavailable(why))
}
