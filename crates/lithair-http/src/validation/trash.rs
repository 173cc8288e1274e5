//! `include_deleted`: whether records that are deleted softly are shown.

use lithair_model::{Comparison, ModelEntry, Predicate};

use super::query::both;
use crate::extract::parameters::{Parameters, invalid};
use crate::rejection::Rejection;

/// Which records are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trash {
    /// Those that are not deleted.
    Hidden,
    /// All.
    Shown,
    /// Those that are deleted.
    Only,
}

/// What the parameter says. A model without soft deletes has nothing that could be included.
pub(crate) fn shown(model: &ModelEntry, parameters: &Parameters) -> Result<Trash, Rejection> {
    let Some(text) = parameters.value("include_deleted") else { return Ok(Trash::Hidden) };
    if model.deleted_at.is_none() {
        return Err(invalid("include_deleted", "records of this collection are gone once they are deleted"));
    }
    match text {
        "false" => Ok(Trash::Hidden),
        "true" => Ok(Trash::Shown),
        "only" => Ok(Trash::Only),
        _ => Err(invalid("include_deleted", "expected `true`, `false` or `only`")),
    }
}

/// The filter together with what is shown.
pub(crate) fn among(model: &ModelEntry, trash: Trash, filter: Option<Predicate>) -> Option<Predicate> {
    let comparison = match trash {
        Trash::Hidden => Comparison::Equal,
        Trash::Only => Comparison::NotEqual,
        Trash::Shown => return filter,
    };
    both(filter, model.trash(comparison))
}
