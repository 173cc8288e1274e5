//! `GET /{collection}/{key}`: one record as it is now, with what is around it.

use lithair_model::{
    Expand, Expanded, ModelEntry, Moment, Position, Reader, Row, Selection, Tally, Visible, expand, project,
    project_expanded,
};

use crate::access;
use crate::answer::Answer;
use crate::app::App;
use crate::entity_tag::{etag, matches_strongly, matches_weakly};
use crate::operation::ReadPlan;
use crate::refusal;
use crate::rejection::{Problem, Rejection};

/// `GET /{collection}/{key}`
///
/// An entity tag is a record's revision. A body that shows other records too, or what they come to, changes without the record, so it
/// has none, and is never answered by 304 on the strength of one.
pub(crate) fn run(app: &App, plan: &ReadPlan, reader: &Reader) -> Result<Answer, Rejection> {
    let model = &app.catalog.models[plan.model];
    let moment = app.backend.view(None).map_err(|error| refusal::of_query(model, &error))?;
    let row = moment.row(plan.model, &plan.key);
    let seen = row.map(|row| access::seen(app, reader, &*moment, model, &row)).transpose()?.flatten();
    let Some(record) = seen else {
        return Err(match plan.if_match {
            Some(_) => Problem::PreconditionFailed.because("there is no such record"),
            None => refusal::not_found(),
        });
    };
    if plan.expands.is_empty() && !shows_others(model, &plan.selection) {
        let tally = Tally::new(app.config.limits.scan_rows_max);
        let record = record.computed(&app.catalog, &*moment, model, &tally);
        let record = record.map_err(|error| refusal::of_query(model, &error))?;
        return answer(model, plan, &record, moment.position());
    }
    admit(model, plan, record.row())?;
    let json = expanded(app, reader, &*moment, model, record, (&plan.selection, &plan.expands))?;
    Ok(Answer::json(200, json).at(moment.position()))
}

/// Whether the record's JSON shows what other records come to, as they are when it is read.
fn shows_others(model: &ModelEntry, selection: &Selection) -> bool {
    model.virtual_fields().any(|(place, computed)| selection.contains(place) && computed.operand.follows())
}

/// A version of a record, if it is shown and the conditions of the request hold for it.
pub(super) fn answer(
    model: &ModelEntry,
    plan: &ReadPlan,
    record: &Visible,
    position: Position,
) -> Result<Answer, Rejection> {
    let row = record.row();
    admit(model, plan, row)?;
    if plan.if_none_match.as_ref().is_some_and(|tags| matches_weakly(tags, row.revision)) {
        return Ok(Answer::not_modified().etag(etag(row.revision)).at(position));
    }
    let mut json = Vec::with_capacity(row.bytes.len() * 2 + 128);
    project(model, record, &plan.selection, &mut json);
    Ok(Answer::json(200, json).etag(etag(row.revision)).at(position))
}

/// Refuses a record that is not shown, or is not at the revision that the request is about.
pub(super) fn admit(model: &ModelEntry, plan: &ReadPlan, row: &Row) -> Result<(), Rejection> {
    if !plan.with_deleted {
        not_deleted(model, row)?;
    }
    if plan.if_match.as_ref().is_some_and(|tags| !matches_strongly(tags, row.revision)) {
        return Err(refusal::precondition(Some(row.revision)));
    }
    Ok(())
}

/// Refuses a record that is in the trash.
pub(super) fn not_deleted(model: &ModelEntry, row: &Row) -> Result<(), Rejection> {
    if model.is_trash(row) {
        return Err(Problem::RecordDeleted.because("the record is deleted; `include_deleted=true` shows it"));
    }
    Ok(())
}

/// A record with those around it.
pub(super) fn expanded(
    app: &App,
    reader: &Reader,
    moment: &dyn Moment,
    model: &ModelEntry,
    record: Visible,
    (selection, expands): (&Selection, &[Expand]),
) -> Result<Vec<u8>, Rejection> {
    let limits = &app.config.limits;
    let tally = Tally::new(limits.scan_rows_max);
    let record =
        expand(reader, moment, model, record, expands, &tally).map_err(|error| refusal::of_query(model, &error))?;
    let json = encoded(app, model, &record, (selection, expands));
    if expands.is_empty() { Ok(json) } else { within_limits(app, json) }
}

/// A record with those around it, as JSON.
pub(super) fn encoded(app: &App, model: &ModelEntry, record: &Expanded, asked: (&Selection, &[Expand])) -> Vec<u8> {
    let mut json = Vec::with_capacity(record.record.row().bytes.len() * 2 + 128);
    project_expanded(&app.catalog, model, record, asked, &mut json);
    json
}

/// Refuses an answer that is too large.
pub(super) fn within_limits(app: &App, json: Vec<u8>) -> Result<Vec<u8>, Rejection> {
    let bytes_max = app.config.limits.response_bytes_max;
    if json.len() <= bytes_max {
        return Ok(json);
    }
    Err(Problem::ResponseTooLarge.because(format!("the record and those around it exceed {bytes_max} bytes")))
}
