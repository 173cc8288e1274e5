//! Lists of earlier moments, for readers who do not see every record: a record is shown to who saw it then and sees it today.

use std::sync::Arc;

use lithair_model::{Condition, Expanded, Page, PastError, Query, Reader, Right, Row, Start, Timestamp, Visible};

use super::{aside, may_see_history, then};
use crate::access;
use crate::app::App;
use crate::extract::parameters::invalid;
use crate::operation::ListPlan;
use crate::refusal;
use crate::rejection::Rejection;

/// Pages of the past that are looked through for one page of what is seen.
const PAGES_MAX: usize = 20;

/// A page of an earlier moment, and its records as the reader sees them, with those around them: of those, the reader sees every one, today
/// and then.
pub(super) async fn page(
    app: &App,
    reader: &Reader,
    plan: &ListPlan,
    now: Timestamp,
) -> Result<(Page, Vec<Expanded>), Rejection> {
    let model = &app.catalog.models[plan.query.model];
    let has_every_past = reader.right(model.place, Right::History) == Condition::Always;
    let sees_all = has_every_past && reader.sight(model.place).whole(&[]).is_some();
    if plan.query.count && !sees_all {
        return Err(invalid("count", "not with `as_of` where a policy says who sees a record"));
    }
    let mut query = plan.query.clone();
    let mut shown: Option<(Page, Vec<Expanded>)> = None;
    for _ in 0..PAGES_MAX {
        let (asked, expands) = (query.clone(), plan.expands.clone());
        let (mut found, expanded) = aside(app, model, move |backend| backend.list_past(&asked, &expands, now)).await?;
        if sees_all {
            return Ok((found, expanded));
        }
        let mut records = Vec::with_capacity(expanded.len());
        for Expanded { record, related } in expanded {
            if let Some(record) = of_both(app, reader, model, record.row())?.filter(|record| may_ask(plan, record)) {
                records.push(Expanded { record, related });
            }
        }
        let last = found.rows.last().map(Arc::clone);
        found.rows = records.iter().map(|record| Arc::clone(record.record.row())).collect();
        // Whether something precedes the page is not known of records that are not seen.
        found.earlier = false;
        let (page, all) = shown.get_or_insert_with(|| (Page { rows: Vec::new(), ..found.clone() }, Vec::new()));
        page.rows.extend(found.rows);
        all.extend(records);
        page.more = found.more;
        let Some(last) = last.filter(|_| found.more && page.rows.len() < plan.query.limit) else { break };
        query.start = Start::After(behind(&query, model, &last), model.row_key(&last));
        query.limit = plan.query.limit - page.rows.len();
    }
    let (mut page, records) = shown.expect("at least one page was asked for");
    // A cursor stands at a record that is shown.
    page.more &= !page.rows.is_empty();
    Ok((page, records))
}

/// Whether the filter asks only what the reader sees of the record: that the record is found would tell the rest.
fn may_ask(plan: &ListPlan, record: &Visible) -> bool {
    plan.asked.iter().all(|place| !record.redacts(*place))
}

fn behind(query: &Query, model: &lithair_model::ModelEntry, row: &Row) -> Vec<lithair_model::Value> {
    query.order.iter().map(|term| model.value_of(row, term.field)).collect()
}

/// The record of then, for who sees the one of today; one that is gone, for who saw it then.
fn of_both(
    app: &App,
    reader: &Reader,
    model: &lithair_model::ModelEntry,
    row: &Arc<Row>,
) -> Result<Option<Visible>, Rejection> {
    let moment = app.backend.view(None).map_err(|error| refusal::of_past(model, PastError::Query(error)))?;
    let today = match moment.row(model.place, &model.row_key(row)) {
        Some(today) => match access::seen(app, reader, &*moment, model, &today)? {
            Some(_) if !may_see_history(app, reader, &*moment, model, &today) => return Ok(None),
            Some(today) => Some(today),
            None => return Ok(None),
        },
        None => None,
    };
    then(app, reader, model, row, today.as_ref())
}
