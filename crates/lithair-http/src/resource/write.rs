//! Changes of one record: submitted, and answered with what the record is then.

use std::sync::Arc;

use http::header::LOCATION;
use http::{HeaderName, HeaderValue};
use lithair_model::{
    Action, Command, ModelEntry, Operation, OperationResult, Reader, Row, Selection, Timestamp, project,
};

use crate::access;
use crate::answer::Answer;
use crate::app::App;
use crate::entity_tag::etag;
use crate::operation::WritePlan;
use crate::refusal;
use crate::rejection::Rejection;

const PREFERENCE_APPLIED: HeaderName = HeaderName::from_static("preference-applied");

/// `POST`, `PUT`, `PATCH`, `DELETE` of one record.
pub(crate) async fn run(app: &App, plan: WritePlan, reader: &Reader, now: Timestamp) -> Result<Answer, Rejection> {
    let model = &app.catalog.models[plan.model];
    let is_delete = matches!(plan.action, Action::Delete(_));
    let operation = Operation { model: plan.model, action: plan.action, expected: plan.expected };
    let command = Command { now, principal: reader.principal().clone(), operations: vec![operation] };
    let outcome = app.backend.submit(command).await.map_err(|refused| refusal::of_write(reader, &refused))?;
    let result = outcome.results.into_iter().next().expect("one operation has one result");
    let answer = match result {
        OperationResult::Created(row) => {
            record(app, reader, 201, model, &row, plan.is_minimal)?.header(LOCATION, location(app, model, &row))
        }
        // Deleted softly: out of sight.
        OperationResult::Updated(_) if is_delete => Answer::empty(204),
        OperationResult::Updated(row) | OperationResult::Unchanged(row) => {
            record(app, reader, 200, model, &row, plan.is_minimal)?
        }
        OperationResult::Deleted => Answer::empty(204),
    };
    Ok(answer.at(outcome.position))
}

/// The path of a record.
pub(super) fn path(app: &App, model: &ModelEntry, row: &Row) -> String {
    [&app.config.prefixes.api, "/", model.schema.path, "/", &model.key_text(row)].concat()
}

fn location(app: &App, model: &ModelEntry, row: &Row) -> HeaderValue {
    HeaderValue::try_from(path(app, model, row)).expect("keys in paths are percent-encoded")
}

fn record(
    app: &App,
    reader: &Reader,
    status: u16,
    model: &ModelEntry,
    row: &Arc<Row>,
    is_minimal: bool,
) -> Result<Answer, Rejection> {
    let moment = app.backend.view(None).map_err(|error| refusal::of_query(model, &error))?;
    let empty = if status == 200 { 204 } else { status };
    // Who may change what it does not see is told that it is done.
    let Some(record) = access::seen(app, reader, &*moment, model, row)? else { return Ok(Answer::empty(empty)) };
    let tag = etag(row.revision);
    if is_minimal {
        let applied = HeaderValue::from_static("return=minimal");
        return Ok(Answer::empty(empty).etag(tag).header(PREFERENCE_APPLIED, applied));
    }
    let mut json = Vec::with_capacity(row.bytes.len() * 2 + 128);
    project(model, &record, &Selection::all(), &mut json);
    Ok(Answer::json(status, json).etag(tag))
}
