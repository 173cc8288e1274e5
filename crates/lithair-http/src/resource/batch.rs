//! `POST /_batch`: operations that happen together or not at all, in one entry of the log.

mod envelope;
pub(super) mod references;

use std::net::IpAddr;
use std::sync::Arc;

use lithair_model::{
    Action, Command, Condition, DraftMode, Expected, ModelEntry, Operation, OperationKind, OperationResult, Outcome,
    Reader, Row, Selection, Target, Timestamp, project,
};

use self::envelope::{Envelope, Id, IfMatch, Item, Verb};
use self::references::References;
use super::{draft, list, refusal, write};
use crate::app::App;
use crate::extract::{conditions, json};
use crate::rejection::{Problem, Rejection};
use crate::respond::Answer;
use crate::router::Endpoint;
use crate::{access, limits};

/// Understands a batch.
pub(crate) fn plan(
    app: &App,
    body: &[u8],
    reader: &Reader,
    (client, now): (IpAddr, Timestamp),
) -> Result<Command, Rejection> {
    let envelope: Envelope<'_> = json::parse_object(body)?;
    if !envelope.atomic {
        return Err(Problem::NotSupportedYet.because("a batch with `\"atomic\": false`"));
    }
    let most = app.config.limits.batch_operations_max;
    if envelope.ops.is_empty() || envelope.ops.len() > most {
        let detail = format!("a batch has 1 to {most} operations, this one has {}", envelope.ops.len());
        return Err(Problem::MalformedJson.because(detail));
    }
    let mut references = References::default();
    let mut operations = Vec::with_capacity(envelope.ops.len());
    let items = envelope.ops.iter().enumerate();
    let items = items.map(|(index, item)| json::parse_object(item.get().as_bytes()).map_err(|wrong| at(index, wrong)));
    let items: Vec<Item<'_>> = items.collect::<Result<_, _>>()?;
    for (index, item) in items.iter().enumerate() {
        let operation =
            operation(app, item, &references, (reader, client, now)).map_err(|rejection| at(index, rejection))?;
        if let Some(name) = &item.reference {
            references.add(name, index, operation.model).map_err(|rejection| at(index, rejection))?;
        }
        operations.push(operation);
    }
    Ok(Command { now, principal: reader.principal().clone(), operations })
}

/// The rejection of a batch: that of the operation that failed.
fn at(index: usize, rejection: Rejection) -> Rejection {
    rejection.below(&format!("/ops/{index}/data")).member("index", index)
}

fn operation(
    app: &App,
    item: &Item<'_>,
    references: &References<'_>,
    (reader, client, now): (&Reader, IpAddr, Timestamp),
) -> Result<Operation, Rejection> {
    let place = app.catalog.by_path(&item.collection).ok_or_else(|| {
        let near = app.catalog.nearest_path(&item.collection).map(|near| format!("; is it `{near}`?"));
        Problem::NoSuchPath.because(format!("no collection of this name{}", near.unwrap_or_default()))
    })?;
    let model = &app.catalog.models[place];
    let endpoint = permit(model, item.op, reader)?;
    limits::admit_operation(app, &endpoint, (client, reader.principal()), now)?;
    if item.reference.is_some() && item.op != Verb::Create {
        return Err(Problem::MalformedJson.because("`ref` names the record of a `create`"));
    }
    Ok(Operation { model: place, action: action(app, model, item, (references, reader))?, expected: expected(item)? })
}

/// An operation of a batch is permitted where the same request alone would be.
fn permit(model: &ModelEntry, verb: Verb, reader: &Reader) -> Result<Endpoint<'static>, Rejection> {
    let (kind, endpoint) = match verb {
        Verb::Create => (OperationKind::Create, Endpoint::Create(model.place)),
        Verb::Replace => (OperationKind::Update, Endpoint::Replace(model.place, "")),
        Verb::Patch => (OperationKind::Update, Endpoint::Patch(model.place, "")),
        Verb::Delete => (OperationKind::Delete, Endpoint::Delete(model.place, "")),
    };
    if !model.schema.operations.contains(&kind) {
        return Err(Problem::MethodNotAllowed.because(format!("`{}` does not offer this operation", model.schema.path)));
    }
    access::permit(reader, &endpoint)?;
    Ok(endpoint)
}

fn action(
    app: &App,
    model: &ModelEntry,
    item: &Item<'_>,
    (references, reader): (&References<'_>, &Reader),
) -> Result<Action, Rejection> {
    // Only what an answer would show: a copy of a hidden field would be read where it was put.
    let field = |place: usize, name: &str| {
        let model = &app.catalog.models[place];
        let is_seen = |field: usize| *reader.sight(place).field(field) == Condition::Always;
        model.by_wire(name).filter(|&field| list::is_shown(model, field) && is_seen(field))
    };
    let draft = |mode| match item.data {
        Some(data) => {
            within_limit(model, data.get())?;
            draft::decode_with(model, data.get().as_bytes(), mode, references, &field)
        }
        None => Err(Problem::MalformedJson.because("`data` is missing")),
    };
    Ok(match item.op {
        Verb::Create if item.id.is_some() => {
            return Err(
                Problem::MalformedJson.because("a `create` has no `id`; a key that callers give is part of `data`")
            );
        }
        Verb::Create => Action::Create(draft(DraftMode::Create)?),
        Verb::Replace => Action::Replace(target(model, item, references)?, draft(DraftMode::Replace)?),
        Verb::Patch => Action::Patch(target(model, item, references)?, draft(DraftMode::Patch)?),
        Verb::Delete if item.data.is_some() => return Err(Problem::MalformedJson.because("a `delete` has no `data`")),
        Verb::Delete => Action::Delete(target(model, item, references)?),
    })
}

/// A record of a batch is no larger than it could be alone.
fn within_limit(model: &ModelEntry, data: &str) -> Result<(), Rejection> {
    let limit = model.schema.body_bytes_max;
    if data.len() > limit as usize {
        return Err(Problem::BodyTooLarge
            .because(format!("a record has at most {limit} bytes"))
            .member("limit", limit));
    }
    Ok(())
}

fn target(model: &ModelEntry, item: &Item<'_>, references: &References<'_>) -> Result<Target, Rejection> {
    let id = item.id.as_ref().ok_or_else(|| Problem::MalformedJson.because("`id` is missing"))?;
    if let Id::Text(text) = id
        && let Some(operation) = references.record(text, model)?
    {
        return Ok(Target::Operation(operation));
    }
    let parsed = id.segment(model).and_then(|segment| model.parse_key(&segment).ok());
    parsed.map(Target::Key).ok_or_else(|| Problem::RecordNotFound.because("`id` is no key of this collection"))
}

fn expected(item: &Item<'_>) -> Result<Expected, Rejection> {
    let malformed = || Problem::MalformedJson.because("`if_match` is a revision, or what the header `If-Match` says");
    match &item.if_match {
        None => Ok(Expected::Anything),
        Some(_) if item.op == Verb::Create => Err(Problem::MalformedJson.because("a `create` has no `if_match`")),
        Some(IfMatch::Revision(revision)) => Ok(Expected::Revisions(vec![*revision])),
        Some(IfMatch::Header(text)) => conditions::parse(text).map(conditions::Tags::expected).ok_or_else(malformed),
    }
}

/// Carries out a batch.
pub(crate) async fn run(app: &App, command: Command, reader: &Reader) -> Result<Answer, Rejection> {
    let asked: Vec<(usize, Asked)> = command.operations.iter().map(|it| (it.model, Asked::of(&it.action))).collect();
    let outcome = app.backend.submit(command).await;
    let outcome = outcome.map_err(|refused| at(refused.operation, refusal::of_write(reader, &refused)))?;
    Ok(Answer::json(200, body(app, &asked, &outcome, reader)?).at(outcome.position))
}

/// What an operation was to do. It is answered so whatever others of the batch did to the same record: of a record that is made and
/// then changed, the log has one change alone, and what the batch came to would say "made" of both.
#[derive(Clone, Copy)]
enum Asked {
    Create,
    Change,
    Delete,
}

impl Asked {
    const fn of(action: &Action) -> Self {
        match action {
            Action::Create(_) => Self::Create,
            Action::Delete(_) => Self::Delete,
            _ => Self::Change,
        }
    }

    const fn status(self) -> u16 {
        match self {
            Self::Create => 201,
            Self::Change => 200,
            Self::Delete => 204,
        }
    }
}

/// `{"results":[{"status":201,"location":"..","data":{..}},{"status":204}],"as_of":7}`
/// Records are shown as the batch left them: what they were between two of its operations, they never were. One that the batch took
/// away again is not shown at all.
fn body(app: &App, asked: &[(usize, Asked)], outcome: &Outcome, reader: &Reader) -> Result<Vec<u8>, Rejection> {
    let moment = app.backend.view(None).map_err(|error| refusal::of_query(&app.catalog.models[0], &error))?;
    let mut json = b"{\"results\":[".to_vec();
    for (index, (&(model, asked), result)) in asked.iter().zip(&outcome.results).enumerate() {
        if index > 0 {
            json.push(b',');
        }
        let model = &app.catalog.models[model];
        json.extend_from_slice(format!("{{\"status\":{}", asked.status()).as_bytes());
        if let Some(row) = left(asked, model, result) {
            if let Asked::Create = asked {
                let location = write::path(app, model, row);
                json.extend_from_slice(format!(",\"location\":\"{location}\"").as_bytes());
            }
            // Who may change what it does not see is told that it is done.
            if let Some(record) = access::seen(app, reader, &*moment, model, row)? {
                json.extend_from_slice(b",\"data\":");
                project(model, &record, &Selection::all(), &mut json);
            }
        }
        json.push(b'}');
    }
    json.extend_from_slice(format!("],\"as_of\":{}}}", outcome.position).as_bytes());
    Ok(json)
}

/// The record that the batch left where an operation made or changed one; none if another operation deleted it, softly or not.
fn left<'r>(asked: Asked, model: &ModelEntry, result: &'r OperationResult) -> Option<&'r Arc<Row>> {
    let (OperationResult::Created(row) | OperationResult::Updated(row) | OperationResult::Unchanged(row)) = result
    else {
        return None;
    };
    (!matches!(asked, Asked::Delete) && !model.is_trash(row)).then_some(row)
}
