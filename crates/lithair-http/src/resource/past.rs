//! Answers from the past of records: `/history`, `?rev=`, `?as_of=`, `:restore`. All of it reads the log, on threads that nobody waits for.

pub(super) mod history;
mod moments;
pub(super) mod related;
mod revisions;

use std::sync::Arc;

use lithair_model::{
    Action, AsOf, Backend, Condition, Draft, Expand, Expanded, Key, ModelEntry, Moment, MomentFields, Past, PastError,
    Position, Query, Reader, Related, Right, Row, Selection, Start, Supplied, Tally, Target, Timestamp, Version,
    Visible,
};

use super::{page, read, write};
use crate::access;
use crate::answer::Answer;
use crate::app::App;
use crate::operation::{ListPlan, ReadPlan, RestorePlan, WritePlan};
use crate::refusal;
use crate::rejection::{Problem, Rejection};
use crate::validation::past::unkept_fields;

/// `GET /{collection}/{key}` with `rev` or `as_of`
pub(super) async fn read(
    app: &App,
    plan: ReadPlan,
    version: Version,
    reader: &Reader,
    now: Timestamp,
) -> Result<Answer, Rejection> {
    let model = &app.catalog.models[plan.model];
    let found = seen(app, reader, model, &plan.key, version, now).await?;
    if plan.expands.is_empty() {
        let plan = ReadPlan { selection: kept(model, &plan.selection, &found.past.let_go), ..plan };
        return read::answer(model, &plan, &found.record, found.past.position);
    }
    read::admit(model, &plan, found.record.row())?;
    let position = found.past.position;
    let json = shown(app, model, found, (&plan.selection, &plan.expands), now).await?;
    Ok(Answer::json(200, json).at(position))
}

/// `GET /{collection}` with `as_of`
pub(super) async fn list(
    app: &App,
    mut plan: ListPlan,
    as_of: AsOf,
    reader: &Reader,
    now: Timestamp,
) -> Result<Answer, Rejection> {
    let model = &app.catalog.models[plan.query.model];
    let unkept: Vec<usize> = unkept_fields(model).collect();
    plan.selection = kept(model, &plan.selection, &unkept);
    if plan.query.at.is_none() {
        let moment = aside(app, model, move |backend| backend.moment(as_of, now)).await?;
        plan.query.at = Some(moment);
    }
    if let (Some(parent), Some(position)) = (&plan.parent, plan.query.at) {
        related::own(app, reader, parent, position, now).await?;
    }
    let (page, records) = moments::page(app, reader, &plan, now).await?;
    page::answer(app, &plan, &page, &records)
}

/// `POST /{collection}/{key}:restore`: a change to what the record was, decided like any other.
pub(super) async fn restore(
    app: &App,
    plan: RestorePlan,
    reader: &Reader,
    now: Timestamp,
) -> Result<Answer, Rejection> {
    let model = &app.catalog.models[plan.model];
    access::collection(reader, model.place, Right::History)?;
    let Seen { past, .. } = seen(app, reader, model, &plan.key, Version::Revision(plan.revision), now).await?;
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

/// A version of a record, and what of it the reader sees.
struct Seen {
    key: Key,
    past: Past,
    record: Visible,
}

/// The version, for who sees the record as it is and saw it as it was.
async fn seen(
    app: &App,
    reader: &Reader,
    model: &ModelEntry,
    key: &Key,
    version: Version,
    now: Timestamp,
) -> Result<Seen, Rejection> {
    let today = today(app, reader, model, key);
    // Read whatever comes of it, as in `history`.
    let past = at(app, model, key.clone(), version, now).await;
    let today = today?;
    let past = past.map_err(|refused| untold(reader, model, today.as_ref(), refused))?;
    let record = then(app, reader, model, &past.row, today.as_ref())?.ok_or_else(gone)?;
    Ok(Seen { key: key.clone(), past, record })
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

/// A version as JSON, with what was around it.
async fn shown(
    app: &App,
    model: &ModelEntry,
    Seen { key, past, record }: Seen,
    (selection, expands): (&Selection, &[Expand]),
    now: Timestamp,
) -> Result<Vec<u8>, Rejection> {
    let related = around(app, model, &key, expands, past.position, now).await?;
    let selection = kept(model, selection, &past.let_go);
    read::within_limits(app, read::encoded(app, model, &Expanded { record, related }, (&selection, expands)))
}

/// What was around the record at a position, as a list of that moment has it.
async fn around(
    app: &App,
    model: &ModelEntry,
    key: &Key,
    expands: &[Expand],
    position: Position,
    now: Timestamp,
) -> Result<Vec<Related>, Rejection> {
    if expands.is_empty() {
        return Ok(Vec::new());
    }
    let query = Query {
        model: model.place,
        filter: Some(model.is_key_of(key)),
        search: None,
        order: Vec::new(),
        start: Start::First,
        limit: 1,
        count: false,
        at: Some(position),
        scan_rows_max: app.config.limits.scan_rows_max,
    };
    let expands = expands.to_vec();
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
