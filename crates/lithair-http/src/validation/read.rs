//! Understands `GET /{collection}/{key}`: one record, as it is or as it was.

use http::header::{IF_MATCH, IF_NONE_MATCH};
use lithair_model::Version;

use super::trash::Trash;
use super::{Context, key_of, past, query, selection, trash};
use crate::extract::conditions;
use crate::extract::parameters::Parameters;
use crate::operation::{Operation, ReadPlan};
use crate::rejection::{Problem, Rejection};

pub(super) fn plan(
    context: Context<'_>,
    place: usize,
    key: &str,
    parameters: &Parameters,
) -> Result<Operation, Rejection> {
    let Context { head, reader, .. } = context;
    let model = context.model(place);
    let version = past::version(reader, model, parameters)?;
    let expands = query::expands(reader, model, parameters)?;
    match version {
        // A revision is one record's: what was around it, a moment says.
        Some(Version::Revision(_)) if !expands.is_empty() => {
            return Err(Problem::NotSupportedYet.because("`expand` together with `rev`: name the moment, by `as_of`"));
        }
        Some(Version::AsOf(_)) => past::untold::refuse_related(reader, place, None, &expands)?,
        _ => {}
    }
    Ok(Operation::Read(ReadPlan {
        model: place,
        key: key_of(model, key)?,
        selection: selection::asked(reader, model, parameters)?,
        expands,
        with_deleted: trash::shown(model, parameters)? != Trash::Hidden,
        version,
        if_match: conditions::tags(head, &IF_MATCH)?,
        if_none_match: conditions::tags(head, &IF_NONE_MATCH)?,
    }))
}
