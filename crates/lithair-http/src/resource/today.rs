//! Pages by a cursor show the moment of the first one, to who sees a record of it today, too: a cursor is no way back to what was taken out of sight.

use std::sync::Arc;

use lithair_model::{Expand, Expanded, ModelEntry, Moment, Page, Query, Reader, Related, Start, Visible};

use super::related;
use crate::access;
use crate::app::App;
use crate::operation::ListPlan;
use crate::refusal;
use crate::rejection::Rejection;

/// Pages of the moment that are looked through for one page of what is seen.
const PAGES_MAX: usize = 20;

/// The records of a page with those around them, as `fetch` finds them at the moment of the plan's cursor, less what the reader does not see today.
pub(super) fn page(
    app: &App,
    plan: &ListPlan,
    reader: &Reader,
    fetch: impl Fn(&Query) -> Result<(Page, Vec<Expanded>), Rejection>,
) -> Result<(Page, Vec<Expanded>), Rejection> {
    let model = &app.catalog.models[plan.query.model];
    let moment = app.backend.view(None).map_err(|error| refusal::of_query(model, &error))?;
    let today = Today { app, reader, moment: &*moment };
    if let Some(parent) = &plan.parent
        && !today.sees_all(&app.catalog.models[parent.model])
    {
        related::own(app, reader, &*moment, parent)?;
    }
    let mut query = plan.query.clone();
    let mut shown: Option<(Page, Vec<Expanded>)> = None;
    for _ in 0..PAGES_MAX {
        let (found, records) = fetch(&query)?;
        let is_backward = matches!(query.start, Start::Before(..));
        let last = if is_backward { records.first() } else { records.last() };
        let last = last.map(|last| Arc::clone(last.record.row()));
        let goes_on = if is_backward { found.earlier } else { found.more };
        let seen = today.seen(model, records, plan)?;
        match &mut shown {
            None => shown = Some((found, seen)),
            Some((page, all)) if is_backward => {
                page.earlier = found.earlier;
                all.splice(0..0, seen);
            }
            Some((page, all)) => {
                page.more = found.more;
                all.extend(seen);
            }
        }
        let count = shown.as_ref().map_or(0, |(_, all)| all.len());
        let Some(last) = last.filter(|_| goes_on && count < plan.query.limit) else { break };
        let values = query.order.iter().map(|term| model.value_of(&last, term.field)).collect();
        let key = model.row_key(&last);
        query.start = if is_backward { Start::Before(values, key) } else { Start::After(values, key) };
        query.limit = plan.query.limit - count;
        query.count = false;
    }
    let (mut page, records) = shown.expect("at least one page was asked for");
    // A cursor stands at a record that is shown.
    page.more &= !records.is_empty();
    page.earlier &= !records.is_empty();
    Ok((page, records))
}

/// What somebody sees now.
struct Today<'a> {
    app: &'a App,
    reader: &'a Reader,
    moment: &'a dyn Moment,
}

impl Today<'_> {
    /// Whether the reader sees all of every record of a model.
    fn sees_all(&self, model: &ModelEntry) -> bool {
        self.reader.sight(model.place).whole(&[]).is_some()
    }

    fn seen(&self, model: &ModelEntry, records: Vec<Expanded>, plan: &ListPlan) -> Result<Vec<Expanded>, Rejection> {
        let mut seen = Vec::with_capacity(records.len());
        for found in records {
            let was_redacted = found.record.redacted().to_vec();
            let Some(found) = self.expanded(model, found, &plan.expands)? else { continue };
            // That the filter found it would tell what it asks, where that is not seen any more.
            let is_told = |place: &usize| found.record.redacts(*place) && !was_redacted.contains(place);
            if !plan.asked.iter().any(is_told) {
                seen.push(found);
            }
        }
        Ok(seen)
    }

    /// A record of the moment as it may be seen today. One that is gone is seen where nothing of any record is kept from the reader: of others, nobody
    /// knows what their policies would say now.
    fn record(&self, model: &ModelEntry, record: Visible) -> Result<Option<Visible>, Rejection> {
        if self.sees_all(model) {
            return Ok(Some(record));
        }
        let Some(row) = self.moment.row(model.place, &model.row_key(record.row())) else { return Ok(None) };
        let today = access::seen(self.app, self.reader, self.moment, model, &row)?;
        Ok(today.map(|today| record.less(&today)))
    }

    fn expanded(
        &self,
        model: &ModelEntry,
        Expanded { record, related }: Expanded,
        expands: &[Expand],
    ) -> Result<Option<Expanded>, Rejection> {
        let Some(record) = self.record(model, record)? else { return Ok(None) };
        let around = related.into_iter().zip(expands).map(|(related, expand)| self.related(model, related, expand));
        let related = around.collect::<Result<Vec<_>, _>>()?;
        Ok(Some(Expanded { record, related }))
    }

    fn related(&self, model: &ModelEntry, related: Related, expand: &Expand) -> Result<Related, Rejection> {
        let target = &self.app.catalog.models[model.links[expand.link].target];
        Ok(match related {
            Related::One(None) => Related::One(None),
            Related::One(Some(found)) => Related::One(self.expanded(target, *found, &expand.inner)?.map(Box::new)),
            Related::Many { records, more } => {
                let seen = records.into_iter().map(|found| self.expanded(target, found, &expand.inner));
                let seen = seen.filter_map(Result::transpose).collect::<Result<Vec<_>, _>>()?;
                Related::Many { records: seen, more }
            }
        })
    }
}
