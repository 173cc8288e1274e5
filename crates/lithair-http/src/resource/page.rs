//! A page of a list as an answer: its records, the cursors of the pages beside it, and links to them.

use http::HeaderValue;
use http::header::LINK;
use lithair_model::{Expanded, ModelEntry, Page, Row, SortTerm, project_expanded};

use crate::answer::Answer;
use crate::app::App;
use crate::cursor::{CursorStamp, Side};
use crate::operation::ListPlan;
use crate::rejection::{Problem, Rejection};

/// Bytes of a list beside its items.
const ENVELOPE_BYTES: usize = 512;

/// The page, with its records as they are shown.
pub(super) fn answer(app: &App, plan: &ListPlan, page: &Page, records: &[Expanded]) -> Result<Answer, Rejection> {
    let model = &app.catalog.models[plan.query.model];
    let cursor = |side, record: Option<&Expanded>, exists: bool| {
        record.filter(|_| exists).map(|record| cursor(app, model, plan, page, record.record.row(), side))
    };
    let next = cursor(Side::After, records.last(), page.more);
    let previous = cursor(Side::Before, records.first(), page.earlier);
    let json = body(app, model, plan, (page, records), next.as_deref(), previous.as_deref())?;
    let answer = Answer::json(200, json).at(page.position);
    Ok(match link(plan, next.as_deref(), previous.as_deref()) {
        Some(link) => answer.header(LINK, link),
        None => answer,
    })
}

/// It names the values that the page is sorted by, computed ones too.
fn cursor(app: &App, model: &ModelEntry, plan: &ListPlan, page: &Page, row: &Row, side: Side) -> String {
    let order: &[SortTerm] = &plan.query.order;
    let values: Vec<_> = order.iter().map(|term| model.value_of(row, term.field)).collect();
    let stamp = CursorStamp { position: page.position, now: plan.now };
    app.cursors.seal(side, stamp, (model, order), &values, &model.row_key(row), &plan.binding)
}

fn body(
    app: &App,
    model: &ModelEntry,
    plan: &ListPlan,
    (page, records): (&Page, &[Expanded]),
    next: Option<&str>,
    previous: Option<&str>,
) -> Result<Vec<u8>, Rejection> {
    let bytes_max = app.config.limits.response_bytes_max;
    let stored: usize = records.iter().map(|record| record.record.row().bytes.len()).sum();
    let mut json = Vec::with_capacity(stored * 2 + records.len() * 64 + ENVELOPE_BYTES);
    json.extend_from_slice(b"{\"items\":[");
    for (place, record) in records.iter().enumerate() {
        if place > 0 {
            json.push(b',');
        }
        project_expanded(&app.catalog, model, record, (&plan.selection, &plan.expands), &mut json);
        if json.len() > bytes_max {
            return Err(
                Problem::ResponseTooLarge.because(format!("{} records exceed {bytes_max} bytes", records.len()))
            );
        }
    }
    json.extend_from_slice(b"],\"next_cursor\":");
    text_or_null(next, &mut json);
    json.extend_from_slice(b",\"prev_cursor\":");
    text_or_null(previous, &mut json);
    json.extend_from_slice(format!(",\"as_of\":{}", page.position).as_bytes());
    if let Some(total) = page.total {
        json.extend_from_slice(format!(",\"total\":{total}").as_bytes());
    }
    json.push(b'}');
    Ok(json)
}

/// A cursor has only letters that JSON and URLs take as they are.
pub(super) fn text_or_null(cursor: Option<&str>, json: &mut Vec<u8>) {
    match cursor {
        Some(cursor) => {
            json.push(b'"');
            json.extend_from_slice(cursor.as_bytes());
            json.push(b'"');
        }
        None => json.extend_from_slice(b"null"),
    }
}

/// RFC 8288.
fn link(plan: &ListPlan, next: Option<&str>, previous: Option<&str>) -> Option<HeaderValue> {
    let base = plan.link.as_ref()?;
    let links = [(next, "next"), (previous, "prev")];
    let links = links.iter().filter_map(|(cursor, rel)| Some(format!("<{base}cursor={}>; rel=\"{rel}\"", (*cursor)?)));
    let links: Vec<_> = links.collect();
    // A URL has only letters that a header takes, but hyper is the one to know.
    if links.is_empty() { None } else { HeaderValue::try_from(links.join(", ")).ok() }
}
