//! The past of records: `/history`, `?rev=`, `?as_of=`, `:restore`. All of it reads the log, on threads that nobody waits for.

use std::sync::Arc;

use lithair_model::{
    Action, AsOf, Backend, Draft, HistoryPage, HistoryQuery, Key, ModelEntry, OperationKind, Past, PastError, Position,
    Principal, Query, Revision, RevisionKind, Selection, Start, Supplied, Target, Timestamp, Value, Version,
    project_fields,
};
use serde::Deserialize;

use super::{list, read, refusal, write};
use crate::app::App;
use crate::auth;
use crate::cursor::{Binding, Moment, Side};
use crate::extract::json;
use crate::extract::parameters::{Parameters, invalid};
use crate::operation::{HistoryPlan, ListPlan, ReadPlan, RestorePlan, WritePlan};
use crate::rejection::Rejection;
use crate::respond::Answer;

/// Understands `GET /{collection}/{key}/history`.
pub(crate) fn plan(
    app: &App,
    model: &ModelEntry,
    key: Key,
    parameters: &Parameters,
    principal: &Principal,
    now: Timestamp,
) -> Result<HistoryPlan, Rejection> {
    let binding = Binding::of(&[model.schema.table.as_bytes(), b"history", key.as_bytes(), auth::binding(principal)]);
    let before = match parameters.value("cursor") {
        None => None,
        Some(cursor) => {
            let opened = app.cursors.open(cursor, (model, &[]), &binding);
            let (Start::After(..), moment) = opened.ok_or_else(list::bad_cursor)? else {
                return Err(list::bad_cursor());
            };
            Some(moment.position)
        }
    };
    let limit = list::limit(model, parameters)?;
    let selection = list::selection(model, parameters)?;
    let query = HistoryQuery { model: model.place, key, before, limit, now };
    Ok(HistoryPlan { query, selection, binding })
}

/// The version that the parameters of a read ask for; none for the present.
pub(crate) fn version(model: &ModelEntry, parameters: &Parameters) -> Result<Option<Version>, Rejection> {
    match (parameters.number("rev")?, as_of(model, parameters)?) {
        (None, None) => Ok(None),
        (Some(_), Some(_)) => Err(invalid("rev", "not together with `as_of`")),
        (Some(_), None) if !offers_history(model) => Err(not_offered("rev")),
        (Some(revision), None) => Ok(Some(Version::Revision(revision))),
        (None, Some(as_of)) => Ok(Some(Version::AsOf(as_of))),
    }
}

/// The moment that `as_of` names: a position of the log, or a time.
pub(crate) fn as_of(model: &ModelEntry, parameters: &Parameters) -> Result<Option<AsOf>, Rejection> {
    let Some(text) = parameters.value("as_of") else { return Ok(None) };
    if !offers_history(model) {
        return Err(not_offered("as_of"));
    }
    if text.bytes().all(|byte| byte.is_ascii_digit())
        && let Ok(position) = text.parse()
    {
        return Ok(Some(AsOf::Position(Position::new(position))));
    }
    let time = text.parse().map(AsOf::Time);
    time.map(Some).map_err(|_| invalid("as_of", "expected a position of the log, or a time as in RFC 3339"))
}

fn offers_history(model: &ModelEntry) -> bool {
    model.schema.operations.contains(&lithair_model::OperationKind::History)
}

fn not_offered(name: &str) -> Rejection {
    invalid(name, "the collection does not offer its history")
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RestoreBody {
    rev: u64,
}

/// The revision that the body of `:restore` names; none for the record as it was when it was deleted softly.
pub(crate) fn restored(model: &ModelEntry, body: &[u8]) -> Result<Option<u64>, Rejection> {
    if model.deleted_at.is_some() && json::parse_object::<serde_json::Map<String, serde_json::Value>>(body)?.is_empty()
    {
        return Ok(None);
    }
    let RestoreBody { rev } = json::parse_object(body)?;
    if model.schema.operations.contains(&OperationKind::History) { Ok(Some(rev)) } else { Err(not_offered("rev")) }
}

/// `GET /{collection}/{key}/history`
pub(crate) async fn history(app: &App, plan: HistoryPlan) -> Result<Answer, Rejection> {
    let model = &app.catalog.models[plan.query.model];
    let query = plan.query.clone();
    let page = aside(app, model, move |backend| backend.history(&query)).await?;
    let last = page.revisions.last().filter(|_| page.more);
    let next = last.map(|last| {
        let moment = Moment { position: last.position, now: Timestamp::from_micros(0) };
        app.cursors.seal(Side::After, moment, (model, &[]), &[], &plan.query.key, &plan.binding)
    });
    Ok(Answer::json(200, body(model, &plan.selection, &page, next.as_deref())).at(page.position))
}

/// `{"items":[{"rev":2,"seq":7,"at":"..","actor":null,"op":"update","events":[],"whole":false,"patch":{..}}],"next_cursor":null,"as_of":9}`
fn body(model: &ModelEntry, selection: &Selection, page: &HistoryPage, next: Option<&str>) -> Vec<u8> {
    let stored: usize = page.revisions.iter().map(|revision| revision.fields.len()).sum();
    let mut json = Vec::with_capacity(stored * 2 + page.revisions.len() * 160 + 128);
    json.extend_from_slice(b"{\"items\":[");
    for (place, revision) in page.revisions.iter().enumerate() {
        if place > 0 {
            json.push(b',');
        }
        item(model, selection, revision, &mut json);
    }
    json.extend_from_slice(b"],\"next_cursor\":");
    list::text_or_null(next, &mut json);
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

fn item(model: &ModelEntry, selection: &Selection, revision: &Revision, json: &mut Vec<u8>) {
    let op = operation(model, revision);
    let actor = serde_json::Value::from(revision.actor.as_deref());
    let (number, position, at) = (revision.number, revision.position, revision.at);
    let head =
        format!("{{\"rev\":{number},\"seq\":{position},\"at\":\"{at}\",\"actor\":{actor},\"op\":\"{op}\",\"events\":[");
    json.extend_from_slice(head.as_bytes());
    for (place, event) in revision.events.iter().enumerate() {
        let comma = if place > 0 { "," } else { "" };
        let name = serde_json::Value::from(event.name.as_str());
        json.extend_from_slice(format!("{comma}{{\"name\":{name},\"data\":{}}}", event.payload).as_bytes());
    }
    json.extend_from_slice(format!("],\"whole\":{},\"patch\":", revision.is_whole).as_bytes());
    match revision.kind {
        RevisionKind::Deleted => json.extend_from_slice(b"null"),
        _ => project_fields(model, &revision.fields, selection, json),
    }
    json.push(b'}');
}

/// `GET /{collection}/{key}` with `rev` or `as_of`
pub(crate) async fn read(app: &App, mut plan: ReadPlan, version: Version, now: Timestamp) -> Result<Answer, Rejection> {
    let model = &app.catalog.models[plan.model];
    let past = at(app, model, plan.key.clone(), version, now).await?;
    plan.selection = kept(model, &plan.selection, &past.let_go);
    read::answer(model, &plan, &past.row, past.position)
}

async fn at(app: &App, model: &ModelEntry, key: Key, version: Version, now: Timestamp) -> Result<Past, Rejection> {
    let place = model.place;
    aside(app, model, move |backend| backend.past(place, &key, version, now)).await
}

/// The selection without fields whose values are not kept.
fn kept(model: &ModelEntry, selection: &Selection, let_go: &[usize]) -> Selection {
    if let_go.is_empty() {
        return selection.clone();
    }
    let places = 0..model.schema.fields.len();
    Selection::of(places.filter(|place| selection.contains(*place) && !let_go.contains(place)))
}

/// `GET /{collection}` with `as_of`
pub(crate) async fn list(app: &App, mut plan: ListPlan, as_of: AsOf, now: Timestamp) -> Result<Answer, Rejection> {
    let model = &app.catalog.models[plan.query.model];
    let own: Vec<usize> = with_policies(model).collect();
    plan.selection = kept(model, &plan.selection, &own);
    let (query, expands) = (plan.query.clone(), plan.expands.clone());
    let page = aside(app, model, move |backend| {
        let at = query.at.map_or_else(|| backend.moment(as_of, now), Ok)?;
        backend.list_past(&Query { at: Some(at), ..query }, &expands, now)
    });
    let (page, records) = page.await?;
    list::answer(app, &plan, &page, &records)
}

/// The fields of which lists of earlier moments show nothing, and by which they are neither filtered nor sorted.
pub(crate) fn with_policies(model: &ModelEntry) -> impl Iterator<Item = usize> {
    let fields = model.schema.fields.iter().enumerate();
    fields.filter(|(_, field)| !field.history.is_whole()).map(|(place, _)| place)
}

/// `POST /{collection}/{key}:restore`: a change to what the record was, decided like any other.
pub(crate) async fn restore(
    app: &App,
    plan: RestorePlan,
    principal: &Principal,
    now: Timestamp,
) -> Result<Answer, Rejection> {
    let model = &app.catalog.models[plan.model];
    let past = at(app, model, plan.key.clone(), Version::Revision(plan.revision), now).await?;
    let is_restored = |place: &usize| {
        let field = &model.schema.fields[*place];
        // The key cannot change, and what the server gives is given for the new revision.
        !(model.is_key(*place) || field.auto.is_some() || field.on_update.is_some() || past.let_go.contains(place))
    };
    let fields = (0..model.schema.fields.len()).filter(is_restored);
    let fields = fields.map(|place| (place, Supplied::Value(model.field(&past.row, place)))).collect();
    let action = Action::Restore(Target::Key(plan.key), Draft { fields, revision: None });
    let (expected, is_minimal) = (plan.expected, plan.is_minimal);
    write::run(app, WritePlan { model: plan.model, action, expected, is_minimal }, principal, now).await
}

/// Does what reads the log on a thread of its own, few at a time: requests that need no disk do not wait for it.
async fn aside<T: Send + 'static>(
    app: &App,
    model: &ModelEntry,
    work: impl FnOnce(&dyn Backend) -> Result<T, PastError> + Send + 'static,
) -> Result<T, Rejection> {
    let _permit = app.past.acquire().await.expect("nobody closes it");
    let backend = Arc::clone(&app.backend);
    match tokio::task::spawn_blocking(move || work(&*backend)).await {
        Ok(done) => done.map_err(|error| refusal::of_past(model, error)),
        // A bug goes where other bugs go. The task is not cancelled.
        Err(bug) => std::panic::resume_unwind(bug.into_panic()),
    }
}
