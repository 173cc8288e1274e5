use std::sync::Arc;

use lithair_model::{Expand, Expanded, ModelEntry, Moment, Row, Selection, Tally, expand, project_expanded};

use super::refusal;
use crate::app::App;
use crate::extract::conditions::{etag, matches_strongly, matches_weakly};
use crate::operation::ReadPlan;
use crate::rejection::{Problem, Rejection};
use crate::respond::Answer;

/// `GET /{collection}/{key}`
///
/// An entity tag is a record's revision. A body that shows other records too changes without the record, so it has none, and
/// is never answered by 304 on the strength of one.
pub(crate) fn run(app: &App, plan: &ReadPlan) -> Result<Answer, Rejection> {
    let model = &app.catalog.models[plan.model];
    let moment = app.backend.moment(None).map_err(|error| refusal::of_query(model, &error))?;
    let position = moment.position();
    let Some(row) = moment.row(plan.model, &plan.key) else {
        return Err(match plan.if_match {
            Some(_) => Problem::PreconditionFailed.because("there is no such record"),
            None => Problem::RecordNotFound.because("no record of the collection has this key"),
        });
    };
    if plan.if_match.as_ref().is_some_and(|tags| !matches_strongly(tags, row.revision)) {
        return Err(refusal::precondition(Some(row.revision)));
    }
    let is_alone = plan.expands.is_empty();
    if is_alone && plan.if_none_match.as_ref().is_some_and(|tags| matches_weakly(tags, row.revision)) {
        return Ok(Answer::not_modified().etag(etag(row.revision)).at(position));
    }
    let json = json(app, &*moment, model, &row, (&plan.selection, &plan.expands))?;
    let answer = Answer::json(200, json).at(position);
    Ok(if is_alone { answer.etag(etag(row.revision)) } else { answer })
}

/// A record with those around it.
pub(super) fn json(
    app: &App,
    moment: &dyn Moment,
    model: &ModelEntry,
    row: &Arc<Row>,
    (selection, expands): (&Selection, &[Expand]),
) -> Result<Vec<u8>, Rejection> {
    let limits = &app.config.limits;
    let tally = Tally::new(limits.scan_rows_max);
    let record: Expanded = expand(&app.catalog, moment, model, Arc::clone(row), expands, &tally)
        .map_err(|error| refusal::of_query(model, &error))?;
    let mut json = Vec::with_capacity(row.bytes.len() * 2 + 128);
    project_expanded(&app.catalog, model, &record, (selection, expands), &mut json);
    if json.len() > limits.response_bytes_max && !expands.is_empty() {
        let bytes_max = limits.response_bytes_max;
        return Err(
            Problem::ResponseTooLarge.because(format!("the record and those around it exceed {bytes_max} bytes"))
        );
    }
    Ok(json)
}
