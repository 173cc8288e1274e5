//! Of a record's revisions those that the reader sees: of what the record was then, and of what it is today.

use std::sync::Arc;

use lithair_model::{
    AsOf, Condition, HistoryPage, HistoryQuery, ModelEntry, PastError, Reader, RevisionKind, Right, Row, Version,
    Visible, VisibleFields, merge_rows,
};

use super::{aside, then};
use crate::app::App;
use crate::rejection::Rejection;

/// The revisions that are seen, by their place in the page, newest first.
pub(super) async fn seen<'p>(
    app: &App,
    reader: &Reader,
    query: &HistoryQuery,
    today: Option<&Visible>,
    page: &'p HistoryPage,
) -> Result<Vec<(usize, VisibleFields<'p>)>, Rejection> {
    let model = &app.catalog.models[query.model];
    let sight = reader.sight(query.model);
    let whole = page.revisions.iter().map(|revision| sight.whole(&revision.fields));
    // Of a record that is there, it was asked whether its past is for the reader; of one that is gone, each version says so.
    let is_asked = today.is_some() || reader.right(query.model, Right::History) == Condition::Always;
    if let Some(whole) = whole.collect::<Option<Vec<_>>>().filter(|_| is_asked) {
        return Ok(whole.into_iter().enumerate().collect());
    }
    let mut row = before_all_but_oldest(app, query, page).await?;
    let mut seen = Vec::with_capacity(page.revisions.len());
    // Oldest first: each is what it made of the one before it.
    for (place, revision) in page.revisions.iter().enumerate().rev() {
        let is_oldest = place + 1 == page.revisions.len();
        if !is_oldest || revision.is_whole {
            row = match (&revision.kind, row) {
                (_, _) if revision.is_whole => Some(revision.fields.to_vec()),
                // Who saw it last sees it go.
                (RevisionKind::Deleted, row) => row,
                (_, Some(row)) => merge_rows(&row, &revision.fields).ok(),
                (_, None) => None,
            };
        }
        let Some(bytes) = &row else { continue };
        let of_then = Row { revision: revision.number, position: revision.position, bytes: bytes.as_slice().into() };
        if let Some(then) = then(app, reader, model, &Arc::new(of_then), today)? {
            let fields = then.of_revision(today, &revision.fields);
            if tells_anything(model, revision.kind, revision.events.is_empty(), &fields, &revision.fields) {
                seen.push((place, fields));
            }
        }
    }
    seen.reverse();
    Ok(seen)
}

/// Whether anything of a revision is left: that a field changed which is not seen is not told.
fn tells_anything(
    model: &ModelEntry,
    kind: RevisionKind,
    is_without_events: bool,
    fields: &VisibleFields<'_>,
    patch: &[u8],
) -> bool {
    if kind != RevisionKind::Updated || fields.is_whole() || !is_without_events {
        return true;
    }
    let changed = model.decode_patch(patch).unwrap_or_default();
    changed.iter().any(|(place, _)| !fields.redacts(*place) || model.schema.fields[*place].access.mask.is_some())
}

/// The record as the oldest revision of the page left it; none where that says it whole, or the record was gone.
async fn before_all_but_oldest(
    app: &App,
    query: &HistoryQuery,
    page: &HistoryPage,
) -> Result<Option<Vec<u8>>, Rejection> {
    let Some(oldest) = page.revisions.last().filter(|oldest| !oldest.is_whole) else { return Ok(None) };
    let model = &app.catalog.models[query.model];
    let (place, key, now) = (query.model, query.key.clone(), query.now);
    // Of a deleted record, what was deleted.
    let back = u64::from(oldest.kind == RevisionKind::Deleted);
    let position = lithair_model::Position::new(oldest.position.get().saturating_sub(back));
    let past = aside(app, model, move |backend| {
        match backend.past(place, &key, Version::AsOf(AsOf::Position(position)), now) {
            Ok(past) => Ok(Some(past.row.bytes.to_vec())),
            // What is not known is not shown.
            Err(PastError::NotFound | PastError::LetGo) => Ok(None),
            Err(error) => Err(error),
        }
    });
    past.await
}
