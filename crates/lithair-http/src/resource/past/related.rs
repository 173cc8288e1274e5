//! What the relations of a record led to: both ends as they were at one moment, for who sees them today and saw them then.

use std::sync::Arc;

use lithair_model::{AsOf, Key, Position, Reader, Row, Timestamp, Version, Way};

use super::{Seen, aside, seen, shown};
use crate::answer::Answer;
use crate::app::App;
use crate::operation::{Parent, RelatedPlan};
use crate::rejection::{Problem, Rejection};
use crate::resource::{read, related};

/// `GET /{collection}/{key}/{relation}` with `as_of`, of a relation that leads to one record
pub(crate) async fn one(
    app: &App,
    plan: RelatedPlan,
    as_of: AsOf,
    reader: &Reader,
    now: Timestamp,
) -> Result<Answer, Rejection> {
    let model = &app.catalog.models[plan.parent.model];
    let link = &model.links[plan.parent.link];
    let target = &app.catalog.models[link.target];
    let position = aside(app, model, move |backend| backend.moment(as_of, now)).await?;
    let row = own(app, reader, &plan.parent, position, now).await?;
    let Some(key) = led_to(app, reader, &plan.parent, &row, position, now).await? else {
        return Err(related::no_record(link));
    };
    let found = seen(app, reader, target, &key, Version::AsOf(AsOf::Position(position)), now).await;
    let found = found.and_then(|found| read::not_deleted(target, found.record.row()).map(|()| found));
    // A record that is not seen is answered as one that is not there.
    let found = found.map_err(|refused| match refused.problem() {
        Problem::RecordNotFound | Problem::RecordDeleted => related::no_record(link),
        _ => refused,
    })?;
    let row = Arc::clone(found.record.row());
    let json = shown(app, target, found, (&plan.selection, &plan.expands), now).await?;
    Ok(related::answer(app, target, &row, json).at(position))
}

/// The record that the path begins with, as it was.
pub(super) async fn own(
    app: &App,
    reader: &Reader,
    parent: &Parent,
    position: Position,
    now: Timestamp,
) -> Result<Arc<Row>, Rejection> {
    let model = &app.catalog.models[parent.model];
    let Seen { past, record, .. } =
        seen(app, reader, model, &parent.key, Version::AsOf(AsOf::Position(position)), now).await?;
    read::not_deleted(model, record.row())?;
    Ok(past.row)
}

/// The key of the record that the relation led to.
async fn led_to(
    app: &App,
    reader: &Reader,
    parent: &Parent,
    own: &Row,
    position: Position,
    now: Timestamp,
) -> Result<Option<Key>, Rejection> {
    let model = &app.catalog.models[parent.model];
    if let [Way::Out { relation, .. }] = model.links[parent.link].ways[..] {
        return Ok(model.reference(own, relation));
    }
    let query = related::first(app, reader, parent, Some(position));
    let target = &app.catalog.models[query.model];
    let (page, _) = aside(app, target, move |backend| backend.list_past(&query, &[], now)).await?;
    Ok(page.rows.first().map(|row| target.row_key(row)))
}
