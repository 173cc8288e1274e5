//! `GET /{collection}`, queries, and relations to many records: a page of what is there now.

use lithair_model::{Expanded, ModelEntry, MomentFields, Page, Query, Reader, Tally, expand};

use super::{page, related, today};
use crate::answer::Answer;
use crate::app::App;
use crate::operation::ListPlan;
use crate::refusal;
use crate::rejection::Rejection;

/// `GET /{collection}` and queries.
pub(super) fn run(app: &App, plan: &ListPlan, reader: &Reader) -> Result<Answer, Rejection> {
    let model = &app.catalog.models[plan.query.model];
    let shown = |query: &Query| shown(app, model, plan, query, reader);
    let (page, records) = match plan.query.at {
        None => shown(&plan.query)?,
        Some(_) => today::page(app, plan, reader, shown)?,
    };
    page::answer(app, plan, &page, &records)
}

/// The page, and in the place of its rows its records with those around them, all of one moment.
fn shown(
    app: &App,
    model: &ModelEntry,
    plan: &ListPlan,
    query: &Query,
    reader: &Reader,
) -> Result<(Page, Vec<Expanded>), Rejection> {
    let of_query = |error| refusal::of_query(model, &error);
    let moment = app.backend.view(query.at).map_err(of_query)?;
    if let Some(parent) = &plan.parent {
        related::own(app, reader, &*moment, parent)?;
    }
    let mut page = moment.list(query).map_err(of_query)?;
    let tally = Tally::new(app.config.limits.scan_rows_max);
    let sight = reader.sight(model.place).of_found(query.filter.as_ref());
    let catalog = &*app.catalog;
    let mut records = Vec::with_capacity(page.rows.len());
    for row in std::mem::take(&mut page.rows) {
        let fields = MomentFields { catalog, moment: &*moment, model, row: &row, tally: &tally };
        if let Some(record) = sight.visible(&row, &fields) {
            records.push(expand(reader, &*moment, model, record, &plan.expands, &tally).map_err(of_query)?);
        }
    }
    if tally.is_spent() {
        return Err(of_query(tally.too_expensive()));
    }
    Ok((page, records))
}
