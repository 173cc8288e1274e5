//! Which page of a list, or of a history: `cursor`, `offset`, `limit`, `count`.

use http::request::Parts;
use lithair_model::{Key, ModelEntry, Position, Principal, SortTerm, Start, Timestamp};

use super::Context;
use super::list::ListSource;
use crate::app::App;
use crate::cursor::{Binding, CursorStamp};
use crate::extract::parameters::{Parameters, invalid};
use crate::rejection::{Problem, Rejection};

/// A `Link` repeats the query; where that is longer than this many bytes, the cursors in the body must do.
const LINK_QUERY_BYTES_MAX: usize = 2048;

/// What the cursors of a list may be used with: pages of the same question by the same principal.
pub(super) fn binding_of_list(context: Context<'_>, source: &ListSource, parameters: &Parameters) -> Binding {
    let model = context.model(source.model(context.app));
    let [filter, sort] = ["filter", "sort"].map(|name| parameters.value(name).unwrap_or_default().as_bytes());
    let parent = source.binding(context.app);
    let always = [model.schema.table.as_bytes(), filter, sort, asker(context.reader.principal()), &parent];
    let rare = ["as_of", "include_deleted", "search"].into_iter();
    let rare: Vec<String> = rare.filter_map(|name| Some([name, "=", parameters.value(name)?].concat())).collect();
    Binding::of(&always.into_iter().chain(rare.iter().map(String::as_bytes)).collect::<Vec<_>>())
}

/// What the cursors of a history may be used with.
pub(super) fn binding_of_history(model: &ModelEntry, key: &Key, principal: &Principal) -> Binding {
    Binding::of(&[model.schema.table.as_bytes(), b"history", key.as_bytes(), asker(principal)])
}

/// A cursor is for whom it was given to.
fn asker(principal: &Principal) -> &[u8] {
    principal.actor().unwrap_or_default().as_bytes()
}

/// Where the page begins, and what the cursor says that all pages of the list have in common, if there is a cursor.
pub(super) fn start(
    app: &App,
    (model, order): (&ModelEntry, &[SortTerm]),
    parameters: &Parameters,
    binding: &Binding,
) -> Result<(Start, Option<CursorStamp>), Rejection> {
    match (parameters.value("cursor"), parameters.number("offset")?) {
        (None, None) => Ok((Start::First, None)),
        (None, Some(offset)) => Ok((Start::Offset(offset), None)),
        (Some(cursor), None) => {
            let (start, stamp) = app.cursors.open(cursor, (model, order), binding).ok_or_else(bad_cursor)?;
            Ok((start, Some(stamp)))
        }
        (Some(_), Some(_)) => Err(invalid("offset", "not together with `cursor`")),
    }
}

/// The position before which the revisions of a page of a history are; none for the first page.
pub(super) fn before(
    app: &App,
    model: &ModelEntry,
    parameters: &Parameters,
    binding: &Binding,
) -> Result<Option<Position>, Rejection> {
    let Some(cursor) = parameters.value("cursor") else { return Ok(None) };
    match app.cursors.open(cursor, (model, &[]), binding) {
        Some((Start::After(..), stamp)) => Ok(Some(stamp.position)),
        _ => Err(bad_cursor()),
    }
}

fn bad_cursor() -> Rejection {
    Problem::BadCursor.because("not a cursor of this collection, filter and sort")
}

/// When the list was asked for. A cursor says it only if the filter asks: otherwise equal pages have equal cursors.
pub(super) fn time_of_asking(parameters: &Parameters, stamp: Option<CursorStamp>, now: Timestamp) -> Timestamp {
    let mentions_now = parameters.value("filter").is_some_and(|text| text.contains("@now"));
    stamp.map_or(if mentions_now { now } else { Timestamp::from_micros(0) }, |stamp| stamp.now)
}

/// How many records a page has at most.
pub(super) fn limit(model: &ModelEntry, parameters: &Parameters) -> Result<usize, Rejection> {
    let page = model.schema.page;
    let limit = parameters.number("limit")?.unwrap_or(page.default.into());
    let limit = usize::try_from(limit).ok().filter(|limit| (1..=page.max as usize).contains(limit));
    limit.ok_or_else(|| invalid("limit", &format!("expected 1 to {}", page.max)))
}

/// Whether all records are counted.
pub(super) fn counts(parameters: &Parameters) -> Result<bool, Rejection> {
    match parameters.value("count") {
        None | Some("none") => Ok(false),
        Some("exact") => Ok(true),
        Some(_) => Err(invalid("count", "expected `none` or `exact`")),
    }
}

/// The path and query without the place in the list, ready for a cursor to follow.
pub(super) fn link_base(head: &Parts) -> Option<String> {
    let query = head.uri.query().unwrap_or_default();
    if query.len() > LINK_QUERY_BYTES_MAX {
        return None;
    }
    let is_place = |pair: &&str| matches!(pair.split('=').next(), Some("cursor" | "offset" | ""));
    let mut base = format!("{}?", head.uri.path());
    for pair in query.split('&').filter(|pair| !is_place(pair)) {
        base.push_str(pair);
        base.push('&');
    }
    Some(base)
}
