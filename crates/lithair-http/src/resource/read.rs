use std::sync::Arc;

use lithair_model::{ModelEntry, Position, Row, Value, project};

use super::refusal;
use crate::app::App;
use crate::extract::conditions::{etag, matches_strongly, matches_weakly};
use crate::operation::ReadPlan;
use crate::rejection::{Problem, Rejection};
use crate::respond::Answer;

/// `GET /{collection}/{key}`
pub(crate) fn run(app: &App, plan: &ReadPlan) -> Result<Answer, Rejection> {
    let model = &app.catalog.models[plan.model];
    let read = app.backend.read(plan.model, &plan.key, None).map_err(|error| refusal::of_query(model, &error))?;
    let Some(row) = &read.row else {
        return Err(match plan.if_match {
            Some(_) => Problem::PreconditionFailed.because("there is no such record"),
            None => Problem::RecordNotFound.because("no record of the collection has this key"),
        });
    };
    answer(model, plan, row, read.position)
}

/// A version of a record, if it is shown and the conditions of the request hold for it.
pub(super) fn answer(
    model: &ModelEntry,
    plan: &ReadPlan,
    row: &Arc<Row>,
    position: Position,
) -> Result<Answer, Rejection> {
    if !plan.with_deleted && model.deleted_at.is_some_and(|place| model.field(row, place) != Value::Null) {
        return Err(Problem::RecordDeleted.because("the record is deleted; `include_deleted=true` shows it"));
    }
    if plan.if_match.as_ref().is_some_and(|tags| !matches_strongly(tags, row.revision)) {
        return Err(refusal::precondition(Some(row.revision)));
    }
    if plan.if_none_match.as_ref().is_some_and(|tags| matches_weakly(tags, row.revision)) {
        return Ok(Answer::not_modified().etag(etag(row.revision)).at(position));
    }
    let mut json = Vec::with_capacity(row.bytes.len() * 2 + 128);
    project(model, row, &plan.selection, &mut json);
    Ok(Answer::json(200, json).etag(etag(row.revision)).at(position))
}
