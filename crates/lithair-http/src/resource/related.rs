//! What a relation of a record leads to: `GET /{collection}/{key}/{relation}`.

use std::sync::Arc;

use http::HeaderValue;
use http::header::CONTENT_LOCATION;
use http::request::Parts;
use lithair_model::{ModelEntry, Moment, Principal, Query, Row, Start, Timestamp, Way};

use super::list::{self, Of};
use super::trash::{self, Trash};
use super::{draft, read, refusal};
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
    principal: &Principal,
    now: Timestamp,
) -> Result<Operation, Rejection> {
    let link = &app.catalog.models[parent.model].links[parent.link];
    if link.is_many {
        let filter_bytes_max = app.config.limits.filter_bytes_max;
        return list::plan(app, Of::Record(parent), parameters, Some(head), filter_bytes_max, principal, now);
    }
    let target = &app.catalog.models[link.target];
    let selection = list::selection(target, parameters)?;
    let expands = draft::expands(&app.catalog, target, parameters)?;
    Ok(Operation::Related(RelatedPlan { parent, selection, expands }))
}

/// Answers with the one record.
///
/// Without an entity tag: another record may stand here tomorrow, at the same revision. `Content-Location` says where the
/// record itself is.
pub(crate) fn run(app: &App, plan: &RelatedPlan) -> Result<Answer, Rejection> {
    let model = &app.catalog.models[plan.parent.model];
    let link = &model.links[plan.parent.link];
    let target = &app.catalog.models[link.target];
    let moment = app.backend.view(None).map_err(|error| refusal::of_query(model, &error))?;
    let own = own(app, &*moment, &plan.parent)?;
    let Some(row) = led_to(app, &*moment, model, plan, &own)? else {
        return Err(Problem::RecordNotFound.because(format!("the record's `{}` leads to no record", link.wire)));
    };
    let json = read::expanded(app, &*moment, target, &row, (&plan.selection, &plan.expands))?;
    let path = format!("{}/{}/{}", app.config.prefixes.api, target.schema.path, target.key_text(&row));
    let answer = Answer::json(200, json).at(moment.position());
    Ok(match HeaderValue::try_from(path) {
        Ok(path) => answer.header(CONTENT_LOCATION, path),
        Err(_) => answer,
    })
}

/// The record that the path begins with.
pub(super) fn own(app: &App, moment: &dyn Moment, parent: &Parent) -> Result<Arc<Row>, Rejection> {
    let row = moment.row(parent.model, &parent.key);
    let row = row.ok_or_else(|| Problem::RecordNotFound.because("no record of the collection has this key"))?;
    read::not_deleted(&app.catalog.models[parent.model], &row)?;
    Ok(row)
}

fn led_to(
    app: &App,
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
        filter: trash::among(target, Trash::Hidden, link.condition(&app.catalog, model, &plan.parent.key)),
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
