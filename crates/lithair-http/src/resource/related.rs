//! What a relation of a record leads to: `GET /{collection}/{key}/{relation}`.

use std::sync::Arc;

use http::HeaderValue;
use http::header::CONTENT_LOCATION;
use http::request::Parts;
use lithair_model::{ModelEntry, Moment, Query, Reader, Row, Start, Timestamp, Way};

use super::list::{self, Of};
use super::trash::{self, Trash};
use super::{draft, read, refusal};
use crate::access;
use crate::app::App;
use crate::extract::parameters::Parameters;
use crate::operation::{Operation, Parent, RelatedPlan};
use crate::rejection::{Problem, Rejection};
use crate::respond::Answer;

/// Understands it: many records are a list like any other, one is a record.
pub(crate) fn plan(
    app: &App,
    parent: Parent,
    parameters: &Parameters,
    head: &Parts,
    reader: &Reader,
    now: Timestamp,
) -> Result<Operation, Rejection> {
    let link = &app.catalog.models[parent.model].links[parent.link];
    if link.is_many {
        let filter_bytes_max = app.config.limits.filter_bytes_max;
        return list::plan(app, Of::Record(parent), parameters, Some(head), filter_bytes_max, reader, now);
    }
    let target = &app.catalog.models[link.target];
    let selection = list::selection(reader, target, parameters)?;
    let expands = draft::expands(reader, target, parameters)?;
    Ok(Operation::Related(RelatedPlan { parent, selection, expands }))
}

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
    let Some(record) = record else {
        return Err(Problem::RecordNotFound.because(format!("the record's `{}` leads to no record", link.wire)));
    };
    let row = Arc::clone(record.row());
    let json = read::expanded(app, reader, &*moment, target, record, (&plan.selection, &plan.expands))?;
    let path = format!("{}/{}/{}", app.config.prefixes.api, target.schema.path, target.key_text(&row));
    let answer = Answer::json(200, json).at(moment.position());
    Ok(match HeaderValue::try_from(path) {
        Ok(path) => answer.header(CONTENT_LOCATION, path),
        Err(_) => answer,
    })
}

/// The record that the path begins with.
pub(super) fn own(app: &App, reader: &Reader, moment: &dyn Moment, parent: &Parent) -> Result<Arc<Row>, Rejection> {
    let model = &app.catalog.models[parent.model];
    let row = moment.row(parent.model, &parent.key).ok_or_else(super::not_found)?;
    access::seen(app, reader, moment, model, &row)?.ok_or_else(super::not_found)?;
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
    let query = Query {
        model: link.target,
        filter: reader.among(
            link.target,
            trash::among(target, Trash::Hidden, link.condition(&app.catalog, model, &plan.parent.key)),
        ),
        search: None,
        order: Vec::new(),
        start: Start::First,
        limit: 1,
        count: false,
        at: None,
        scan_rows_max: app.config.limits.scan_rows_max,
    };
    let page = moment.list(&query).map_err(|error| refusal::of_query(target, &error))?;
    Ok(page.rows.into_iter().next())
}
