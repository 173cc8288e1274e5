//! The past of records: `/history`, `?rev=`, `?as_of=`, `:restore`. All of it reads the log, on threads that nobody waits for.

mod moments;
mod revisions;

use std::sync::Arc;

use lithair_model::{
    Action, AsOf, Backend, Condition, Draft, Expanded, HistoryPage, HistoryQuery, Key, ModelEntry, Moment,
    MomentFields, OperationKind, Past, PastError, Position, Query, Reader, Related, Revision, RevisionKind, Right, Row,
    Selection, Start, Supplied, Tally, Target, Timestamp, Value, Version, Visible, VisibleFields, project_fields,
};
use serde::Deserialize;

use super::{list, read, refusal, write};
use crate::access;
use crate::app::App;
use crate::auth;
use crate::cursor::{Binding, Moment as Stand, Side};
use crate::extract::json;
use crate::extract::parameters::{Parameters, invalid};
use crate::operation::{HistoryPlan, ListPlan, ReadPlan, RestorePlan, WritePlan};
use crate::rejection::{Problem, Rejection};
use crate::respond::Answer;

/// Understands `GET /{collection}/{key}/history`.
pub(crate) fn plan(
    app: &App,
    model: &ModelEntry,
    key: Key,
    parameters: &Parameters,
    reader: &Reader,
    now: Timestamp,
) -> Result<HistoryPlan, Rejection> {
    let binding =
        Binding::of(&[model.schema.table.as_bytes(), b"history", key.as_bytes(), auth::binding(reader.principal())]);
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
    let selection = list::selection(reader, model, parameters)?;
    let query = HistoryQuery { model: model.place, key, before, limit, now };
    Ok(HistoryPlan { query, selection, binding })
}

/// The version that the parameters of a read ask for; none for the present.
pub(crate) fn version(
    reader: &Reader,
    model: &ModelEntry,
    parameters: &Parameters,
) -> Result<Option<Version>, Rejection> {
    match (parameters.number("rev")?, as_of(reader, model, parameters)?) {
        (None, None) => Ok(None),
        (Some(_), Some(_)) => Err(invalid("rev", "not together with `as_of`")),
        (Some(_), None) if !offers_history(model) => Err(not_offered("rev")),
        (Some(revision), None) => {
            access::collection(reader, model.place, Right::History)?;
            Ok(Some(Version::Revision(revision)))
        }
        (None, Some(as_of)) => Ok(Some(Version::AsOf(as_of))),
    }
}

/// The moment that `as_of` names: a position of the log, or a time.
pub(crate) fn as_of(reader: &Reader, model: &ModelEntry, parameters: &Parameters) -> Result<Option<AsOf>, Rejection> {
    let Some(text) = parameters.value("as_of") else { return Ok(None) };
    if !offers_history(model) {
        return Err(not_offered("as_of"));
    }
    access::collection(reader, model.place, Right::History)?;
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
pub(crate) async fn history(app: &App, plan: HistoryPlan, reader: &Reader) -> Result<Answer, Rejection> {
    let model = &app.catalog.models[plan.query.model];
    let today = today(app, reader, model, &plan.query.key);
    let query = plan.query.clone();
    // The log is read for who does not see the record, too: that it takes no time would tell that there is one.
    let page = aside(app, model, move |backend| backend.history(&query)).await;
    let (today, page) = (today?, page?);
    let last = page.revisions.last().filter(|_| page.more);
    let next = last.map(|last| {
        let moment = Stand { position: last.position, now: Timestamp::from_micros(0) };
        app.cursors.seal(Side::After, moment, (model, &[]), &[], &plan.query.key, &plan.binding)
    });
    let seen = revisions::seen(app, reader, &plan.query, today.as_ref(), &page).await?;
    // Of a record that is gone, nobody is told who did not see it.
    if today.is_none() && seen.is_empty() {
        return Err(gone());
    }
    Ok(Answer::json(200, body(model, &plan.selection, &page, &seen, next.as_deref())).at(page.position))
}

/// The record as it is, for who asks what it was: none where it is gone. Whoever does not see what it is does not see what it was, and is
/// answered as where there is nothing.
fn today(app: &App, reader: &Reader, model: &ModelEntry, key: &Key) -> Result<Option<Visible>, Rejection> {
    let moment = app.backend.view(None).map_err(|error| refusal::of_query(model, &error))?;
    let Some(row) = moment.row(model.place, key) else { return Ok(None) };
    let seen = access::seen(app, reader, &*moment, model, &row)?.ok_or_else(gone)?;
    if !may_see_history(app, reader, &*moment, model, &row) {
        return Err(Problem::Forbidden.because("the principal has no right to the history of the record"));
    }
    Ok(Some(seen))
}

/// Whether the reader has a right to what the record was, by what it says.
fn may_see_history(app: &App, reader: &Reader, moment: &dyn Moment, model: &ModelEntry, row: &Row) -> bool {
    let tally = Tally::new(app.config.limits.scan_rows_max);
    let fields = MomentFields { catalog: reader.catalog(), moment, model, row, tally: &tally };
    reader.right(model.place, Right::History).holds(&fields, reader.now()) && !tally.is_spent()
}

/// A version of a record as it may be seen: by who sees both what the record is and what it was.
fn then(
    app: &App,
    reader: &Reader,
    model: &ModelEntry,
    row: &Arc<Row>,
    today: Option<&Visible>,
) -> Result<Option<Visible>, Rejection> {
    let moment = app.backend.view(None).map_err(|error| refusal::of_query(model, &error))?;
    let seen = access::seen(app, reader, &*moment, model, row)?;
    Ok(match today {
        Some(today) => seen.map(|seen| seen.less(today)),
        // Of what is gone, what it was says who may see it.
        None => seen.filter(|_| may_see_history(app, reader, &*moment, model, row)),
    })
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

/// `GET /{collection}/{key}` with `rev` or `as_of`
pub(crate) async fn read(
    app: &App,
    mut plan: ReadPlan,
    version: Version,
    reader: &Reader,
    now: Timestamp,
) -> Result<Answer, Rejection> {
    let model = &app.catalog.models[plan.model];
    let today = today(app, reader, model, &plan.key);
    // Read whatever comes of it, as in `history`.
    let past = at(app, model, plan.key.clone(), version, now).await;
    let today = today?;
    let past = past.map_err(|refused| untold(reader, model, today.as_ref(), refused))?;
    plan.selection = kept(model, &plan.selection, &past.let_go);
    let record = then(app, reader, model, &past.row, today.as_ref())?.ok_or_else(gone)?;
    if plan.expands.is_empty() {
        return read::answer(model, &plan, &record, past.position);
    }
    read::admit(model, &plan, record.row())?;
    let related = around(app, model, &plan, past.position, now).await?;
    let (selection, record) = (&plan.selection, Expanded { record, related });
    let json = read::within_limits(app, read::encoded(app, model, &record, (selection, &plan.expands)))?;
    Ok(Answer::json(200, json).at(past.position))
}

/// What was around the record at a position, as a list of that moment has it.
async fn around(
    app: &App,
    model: &ModelEntry,
    plan: &ReadPlan,
    position: Position,
    now: Timestamp,
) -> Result<Vec<Related>, Rejection> {
    let query = Query {
        model: model.place,
        filter: Some(model.is_key_of(&plan.key)),
        search: None,
        order: Vec::new(),
        start: Start::First,
        limit: 1,
        count: false,
        at: Some(position),
        scan_rows_max: app.config.limits.scan_rows_max,
    };
    let expands = plan.expands.clone();
    let (_, records) = aside(app, model, move |backend| backend.list_past(&query, &expands, now)).await?;
    records.into_iter().next().map(|found| found.related).ok_or_else(gone)
}

/// Of a record that is gone, only who saw all of them is told that there was one.
fn untold(reader: &Reader, model: &ModelEntry, today: Option<&Visible>, refused: Rejection) -> Rejection {
    let is_about_it = matches!(refused.problem(), Problem::RevisionNotFound | Problem::HistoryGone);
    let sees_all = *reader.sight(model.place).rows() == Condition::Always;
    if is_about_it && today.is_none() && !sees_all { gone() } else { refused }
}

/// The answer where the record was not, or was not for the reader: the same to the byte.
fn gone() -> Rejection {
    refusal::not_then()
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
pub(crate) async fn list(
    app: &App,
    mut plan: ListPlan,
    as_of: AsOf,
    reader: &Reader,
    now: Timestamp,
) -> Result<Answer, Rejection> {
    let model = &app.catalog.models[plan.query.model];
    let own: Vec<usize> = with_policies(model).collect();
    plan.selection = kept(model, &plan.selection, &own);
    if plan.query.at.is_none() {
        let moment = aside(app, model, move |backend| backend.moment(as_of, now)).await?;
        plan.query.at = Some(moment);
    }
    let (page, records) = moments::page(app, reader, &plan, now).await?;
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
    reader: &Reader,
    now: Timestamp,
) -> Result<Answer, Rejection> {
    let model = &app.catalog.models[plan.model];
    access::collection(reader, model.place, Right::History)?;
    let today = today(app, reader, model, &plan.key);
    let past = at(app, model, plan.key.clone(), Version::Revision(plan.revision), now).await;
    let today = today?;
    let past = past.map_err(|refused| untold(reader, model, today.as_ref(), refused))?;
    then(app, reader, model, &past.row, today.as_ref())?.ok_or_else(gone)?;
    let is_restored = |place: &usize| {
        let field = &model.schema.fields[*place];
        // The key cannot change, and what the server gives is given for the new revision.
        !(model.is_key(*place) || field.auto.is_some() || field.on_update.is_some() || past.let_go.contains(place))
    };
    let fields = (0..model.schema.fields.len()).filter(is_restored);
    let fields = fields.map(|place| (place, Supplied::Value(model.field(&past.row, place)))).collect();
    let action = Action::Restore(Target::Key(plan.key), Draft { fields, revision: None });
    let (expected, is_minimal) = (plan.expected, plan.is_minimal);
    write::run(app, WritePlan { model: plan.model, action, expected, is_minimal }, reader, now).await
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
