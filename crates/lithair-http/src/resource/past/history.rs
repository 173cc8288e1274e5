//! `GET /{collection}/{key}/history`: the revisions of one record, newest first.

use lithair_model::{
    HistoryPage, ModelEntry, Reader, Revision, RevisionKind, Selection, Timestamp, Value, VisibleFields, project_fields,
};

use super::{aside, gone, revisions, today};
use crate::answer::Answer;
use crate::app::App;
use crate::cursor::{CursorStamp, Side};
use crate::operation::HistoryPlan;
use crate::rejection::Rejection;
use crate::resource::page;

/// `GET /{collection}/{key}/history`
pub(crate) async fn run(app: &App, plan: HistoryPlan, reader: &Reader) -> Result<Answer, Rejection> {
    let model = &app.catalog.models[plan.query.model];
    let today = today(app, reader, model, &plan.query.key);
    let query = plan.query.clone();
    // The log is read for who does not see the record, too: that it takes no time would tell that there is one.
    let page = aside(app, model, move |backend| backend.history(&query)).await;
    let (today, page) = (today?, page?);
    let last = page.revisions.last().filter(|_| page.more);
    let next = last.map(|last| {
        let stamp = CursorStamp { position: last.position, now: Timestamp::from_micros(0) };
        app.cursors.seal(Side::After, stamp, (model, &[]), &[], &plan.query.key, &plan.binding)
    });
    let seen = revisions::seen(app, reader, &plan.query, today.as_ref(), &page).await?;
    // Of a record that is gone, nobody is told who did not see it.
    if today.is_none() && seen.is_empty() {
        return Err(gone());
    }
    Ok(Answer::json(200, body(model, &plan.selection, &page, &seen, next.as_deref())).at(page.position))
}

/// `{"items":[{"rev":2,"seq":7,"at":"..","actor":null,"op":"update","events":[],"whole":false,"patch":{..}}],"next_cursor":null,"as_of":9}`
fn body(
    model: &ModelEntry,
    selection: &Selection,
    page: &HistoryPage,
    seen: &[(usize, VisibleFields<'_>)],
    next: Option<&str>,
) -> Vec<u8> {
    let stored: usize = page.revisions.iter().map(|revision| revision.fields.len()).sum();
    let mut json = Vec::with_capacity(stored * 2 + page.revisions.len() * 160 + 128);
    json.extend_from_slice(b"{\"items\":[");
    for (count, (place, fields)) in seen.iter().enumerate() {
        if count > 0 {
            json.push(b',');
        }
        item(model, selection, &page.revisions[*place], fields, &mut json);
    }
    json.extend_from_slice(b"],\"next_cursor\":");
    page::text_or_null(next, &mut json);
    json.extend_from_slice(format!(",\"as_of\":{}}}", page.position).as_bytes());
    json
}

/// What a revision did, in a word. Where deleting keeps the record, it is a change of one field.
fn operation(model: &ModelEntry, revision: &Revision) -> &'static str {
    match revision.kind {
        RevisionKind::Created => "create",
        RevisionKind::Deleted => "delete",
        RevisionKind::Updated => match deleted_at(model, revision) {
            None => "update",
            Some(Value::Null) => "restore",
            Some(_) => "delete",
        },
    }
}

/// What a revision set the time of deletion to, if it did.
fn deleted_at(model: &ModelEntry, revision: &Revision) -> Option<Value> {
    let deleted_at = model.deleted_at.filter(|_| !revision.is_whole)?;
    let fields = model.decode_patch(&revision.fields).ok()?;
    fields.into_iter().find(|(place, _)| *place == deleted_at).map(|(_, value)| value)
}

fn item(
    model: &ModelEntry,
    selection: &Selection,
    revision: &Revision,
    fields: &VisibleFields<'_>,
    json: &mut Vec<u8>,
) {
    let op = operation(model, revision);
    let actor = serde_json::Value::from(revision.actor.as_deref());
    let (number, position, at) = (revision.number, revision.position, revision.at);
    let head =
        format!("{{\"rev\":{number},\"seq\":{position},\"at\":\"{at}\",\"actor\":{actor},\"op\":\"{op}\",\"events\":[");
    json.extend_from_slice(head.as_bytes());
    for (place, event) in revision.events.iter().enumerate() {
        let comma = if place > 0 { "," } else { "" };
        let name = serde_json::Value::from(event.name.as_str());
        // The data of an event is the application's: of which field it tells, only the application knows.
        let data = if fields.is_whole() { event.payload.as_str() } else { "null" };
        json.extend_from_slice(format!("{comma}{{\"name\":{name},\"data\":{data}}}").as_bytes());
    }
    json.extend_from_slice(format!("],\"whole\":{},\"patch\":", revision.is_whole).as_bytes());
    match revision.kind {
        RevisionKind::Deleted => json.extend_from_slice(b"null"),
        _ => project_fields(model, fields, selection, json),
    }
    json.push(b'}');
}
