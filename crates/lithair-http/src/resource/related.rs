//! The one record that a relation of a record leads to: `GET /{collection}/{key}/{relation}`.

use std::sync::Arc;

use http::HeaderValue;
use http::header::CONTENT_LOCATION;
use lithair_model::{Link, ModelEntry, Moment, Position, Query, Reader, Row, Start, Way};

use super::read;
use crate::access;
use crate::answer::Answer;
use crate::app::App;
use crate::operation::{Parent, RelatedPlan};
use crate::refusal;
use crate::rejection::{Problem, Rejection};
use crate::validation::trash::{self, Trash};

/// Answers with the one record.
///
/// Without an entity tag: another record may stand here tomorrow, at the same revision. `Content-Location` says where the
/// record itself is.
pub(crate) fn run(app: &App, plan: &RelatedPlan, reader: &Reader) -> Result<Answer, Rejection> {
    let model = &app.catalog.models[plan.parent.model];
    let link = &model.links[plan.parent.link];
    let target = &app.catalog.models[link.target];
    let moment = app.backend.view(None).map_err(|error| refusal::of_query(model, &error))?;
    let own = own(app, reader, &*moment, &plan.parent)?;
    let row = led_to(app, reader, &*moment, model, plan, &own)?;
    let record = row.map(|row| access::seen(app, reader, &*moment, target, &row)).transpose()?.flatten();
    let record = record.ok_or_else(|| no_record(link))?;
    let row = Arc::clone(record.row());
    let json = read::expanded(app, reader, &*moment, target, record, (&plan.selection, &plan.expands))?;
    Ok(answer(app, target, &row, json).at(moment.position()))
}

/// The answer where the relation leads to no record, or none that the caller sees: the same to the byte.
pub(super) fn no_record(link: &Link) -> Rejection {
    Problem::RecordNotFound.because(format!("the record's `{}` leads to no record", link.wire))
}

/// The record as an answer, which says where the record itself is.
pub(super) fn answer(app: &App, target: &ModelEntry, row: &Row, json: Vec<u8>) -> Answer {
    let path = format!("{}/{}/{}", app.config.prefixes.api, target.schema.path, target.key_text(row));
    let answer = Answer::json(200, json);
    match HeaderValue::try_from(path) {
        Ok(path) => answer.header(CONTENT_LOCATION, path),
        Err(_) => answer,
    }
}

/// The record that the path begins with.
pub(super) fn own(app: &App, reader: &Reader, moment: &dyn Moment, parent: &Parent) -> Result<Arc<Row>, Rejection> {
    let model = &app.catalog.models[parent.model];
    let row = moment.row(parent.model, &parent.key).ok_or_else(refusal::not_found)?;
    access::seen(app, reader, moment, model, &row)?.ok_or_else(refusal::not_found)?;
    read::not_deleted(model, &row)?;
    Ok(row)
}

fn led_to(
    app: &App,
    reader: &Reader,
    moment: &dyn Moment,
    model: &ModelEntry,
    plan: &RelatedPlan,
    own: &Row,
) -> Result<Option<Arc<Row>>, Rejection> {
    let link = &model.links[plan.parent.link];
    let target = &app.catalog.models[link.target];
    if let [Way::Out { relation, .. }] = link.ways[..] {
        let key = model.reference(own, relation);
        return Ok(key.and_then(|key| moment.row(link.target, &key)).filter(|row| !target.is_trash(row)));
    }
    let page = moment.list(&first(app, reader, &plan.parent, None));
    let page = page.map_err(|error| refusal::of_query(target, &error))?;
    Ok(page.rows.into_iter().next())
}

/// Asks for the record that refers to the one that the path begins with.
pub(super) fn first(app: &App, reader: &Reader, parent: &Parent, at: Option<Position>) -> Query {
    let model = &app.catalog.models[parent.model];
    let link = &model.links[parent.link];
    let target = &app.catalog.models[link.target];
    let refers = link.condition(&app.catalog, model, &parent.key);
    Query {
        model: link.target,
        filter: reader.among(link.target, trash::among(target, Trash::Hidden, refers)),
        search: None,
        order: Vec::new(),
        start: Start::First,
        limit: 1,
        count: false,
        at,
        scan_rows_max: app.config.limits.scan_rows_max,
    }
}
