//! Understands what is asked about the past of records: `/history`, `?rev=`, `?as_of=`, `:restore`.

pub(super) mod untold;

use lithair_model::{Action, AsOf, HistoryQuery, ModelEntry, OperationKind, Position, Reader, Right, Target, Version};
use serde::Deserialize;

use super::{Context, key_of, page, selection, write};
use crate::access;
use crate::extract::parameters::{Parameters, invalid};
use crate::extract::{conditions, json};
use crate::operation::{HistoryPlan, Operation, RestorePlan};
use crate::rejection::Rejection;

/// `GET /{collection}/{key}/history`
pub(super) fn history(
    context: Context<'_>,
    place: usize,
    key: &str,
    parameters: &Parameters,
) -> Result<Operation, Rejection> {
    let Context { app, reader, now, .. } = context;
    let model = context.model(place);
    let key = key_of(model, key)?;
    let binding = page::binding_of_history(model, &key, reader.principal());
    let before = page::before(app, model, parameters, &binding)?;
    let limit = page::limit(model, parameters)?;
    let selection = selection::asked(reader, model, parameters)?;
    let query = HistoryQuery { model: place, key, before, limit, now };
    Ok(Operation::History(HistoryPlan { query, selection, binding }))
}

/// `POST /{collection}/{key}:restore`
pub(super) fn restore(context: Context<'_>, place: usize, key: &str, body: &[u8]) -> Result<Operation, Rejection> {
    let model = context.model(place);
    let key = key_of(model, key)?;
    let Some(revision) = restored(model, body)? else {
        return write::plan(context.head, place, Action::Undelete(Target::Key(key)));
    };
    let (expected, is_minimal) = (conditions::expected(context.head)?, write::prefers_minimal(context.head)?);
    Ok(Operation::Restore(RestorePlan { model: place, key, revision, expected, is_minimal }))
}

/// The version that the parameters of a read ask for; none for the present.
pub(super) fn version(
    reader: &Reader,
    model: &ModelEntry,
    parameters: &Parameters,
) -> Result<Option<Version>, Rejection> {
    match (parameters.number("rev")?, as_of(reader, model, parameters)?) {
        (None, None) => Ok(None),
        (Some(_), Some(_)) => Err(invalid("rev", "not together with `as_of`")),
        (Some(_), None) if !offers_history(model) => Err(not_offered("rev")),
        (Some(revision), None) => {
            access::collection(reader, model.place, Right::History)?;
            Ok(Some(Version::Revision(revision)))
        }
        (None, Some(as_of)) => Ok(Some(Version::AsOf(as_of))),
    }
}

/// The moment that `as_of` names: a position of the log, or a time.
pub(super) fn as_of(reader: &Reader, model: &ModelEntry, parameters: &Parameters) -> Result<Option<AsOf>, Rejection> {
    let Some(text) = parameters.value("as_of") else { return Ok(None) };
    if !offers_history(model) {
        return Err(not_offered("as_of"));
    }
    access::collection(reader, model.place, Right::History)?;
    if text.bytes().all(|byte| byte.is_ascii_digit())
        && let Ok(position) = text.parse()
    {
        return Ok(Some(AsOf::Position(Position::new(position))));
    }
    let time = text.parse().map(AsOf::Time);
    time.map(Some).map_err(|_| invalid("as_of", "expected a position of the log, or a time as in RFC 3339"))
}

fn offers_history(model: &ModelEntry) -> bool {
    model.schema.operations.contains(&OperationKind::History)
}

fn not_offered(name: &str) -> Rejection {
    invalid(name, "the collection does not offer its history")
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RestoreBody {
    rev: u64,
}

/// The revision that the body of `:restore` names; none for the record as it was when it was deleted softly.
fn restored(model: &ModelEntry, body: &[u8]) -> Result<Option<u64>, Rejection> {
    if model.deleted_at.is_some() && json::parse_object::<serde_json::Map<String, serde_json::Value>>(body)?.is_empty()
    {
        return Ok(None);
    }
    let RestoreBody { rev } = json::parse_object(body)?;
    if model.schema.operations.contains(&OperationKind::History) { Ok(Some(rev)) } else { Err(not_offered("rev")) }
}

/// The fields of which lists of earlier moments show nothing, and by which they are neither filtered nor sorted.
pub(crate) fn unkept_fields(model: &ModelEntry) -> impl Iterator<Item = usize> {
    let fields = model.schema.fields.iter().enumerate();
    fields.filter(|(_, field)| !field.history.is_whole()).map(|(place, _)| place)
}
