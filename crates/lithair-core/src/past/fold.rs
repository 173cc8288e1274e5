//! From what entries did to a record to a version of it.

use lithair_model::{PastError, Row, merge_rows, row_without};

use super::damaged;
use super::kept::Kept;
use super::walk::{Step, StepChange};

/// The whole row that `newest` leaves, from what `older` says was before it. At most fifteen patches stand between two whole rows.
pub(super) fn whole_row(
    newest: &Step,
    older: impl Iterator<Item = Result<Step, PastError>>,
) -> Result<Vec<u8>, PastError> {
    let (mut patches, mut base) = (Vec::new(), None);
    take(&newest.change, &mut patches, &mut base);
    for step in older {
        if base.is_some() {
            break;
        }
        take(&step?.change, &mut patches, &mut base);
    }
    let base = base.ok_or_else(|| damaged(newest.position, "there is no whole record before it"))?;
    let merge = |row: Vec<u8>, patch: &Vec<u8>| merge_rows(&row, patch);
    patches.iter().rev().try_fold(base, merge).map_err(|error| damaged(newest.position, error))
}

fn take(change: &StepChange, patches: &mut Vec<Vec<u8>>, base: &mut Option<Vec<u8>>) {
    match change {
        StepChange::Put { row, .. } => *base = Some(row.clone()),
        StepChange::Patch { whole: Some(whole), .. } => *base = Some(whole.clone()),
        StepChange::Patch { fields, .. } => patches.push(fields.clone()),
        StepChange::Delete => {}
    }
}

/// Takes the values of fields out of a row's or a patch's bytes.
pub(super) fn without(
    model: &lithair_model::ModelEntry,
    bytes: Vec<u8>,
    let_go: &[usize],
    step: &Step,
) -> Result<Vec<u8>, PastError> {
    if let_go.is_empty() {
        return Ok(bytes);
    }
    row_without(&bytes, &Kept::numbers(model, let_go)).map_err(|error| damaged(step.position, error))
}

/// The version that a step made.
pub(super) fn row(step: &Step, bytes: Vec<u8>) -> Row {
    let revision = step.change.revision().expect("a version is none that ended the record");
    Row { revision, position: step.position, bytes: bytes.into() }
}
