//! Understands `POST /_batch`: operations that happen together or not at all.

mod envelope;
pub(super) mod references;

use lithair_model::{Action, Command, Condition, DraftMode, Expected, ModelEntry, OperationKind, Reader, Target};

use self::envelope::{Envelope, Id, IfMatch, Item, Verb};
use self::references::References;
use super::{Context, draft, selection};
use crate::endpoint::Endpoint;
use crate::entity_tag::{self, Tags};
use crate::extract::{conditions, json};
use crate::operation::Operation;
use crate::rejection::{Problem, Rejection};
use crate::{access, limits, refusal};

pub(super) fn plan(context: Context<'_>, body: &[u8]) -> Result<Operation, Rejection> {
    conditions::none(context.head)?;
    let envelope: Envelope<'_> = json::parse_object(body)?;
    if !envelope.atomic {
        return Err(Problem::NotSupportedYet.because("a batch with `\"atomic\": false`"));
    }
    let most = context.app.config.limits.batch_operations_max;
    if envelope.ops.is_empty() || envelope.ops.len() > most {
        let detail = format!("a batch has 1 to {most} operations, this one has {}", envelope.ops.len());
        return Err(Problem::MalformedJson.because(detail));
    }
    let operations = operations(context, &items(&envelope)?)?;
    Ok(Operation::Batch(Command { now: context.now, principal: context.reader.principal().clone(), operations }))
}

fn items<'b>(envelope: &Envelope<'b>) -> Result<Vec<Item<'b>>, Rejection> {
    let items = envelope.ops.iter().enumerate();
    items.map(|(index, item)| json::parse_object(item.get().as_bytes()).map_err(of_operation(index))).collect()
}

fn operations(context: Context<'_>, items: &[Item<'_>]) -> Result<Vec<lithair_model::Operation>, Rejection> {
    let mut references = References::default();
    let mut operations = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        let operation = operation(context, item, &references).map_err(of_operation(index))?;
        if let Some(name) = &item.reference {
            references.add(name, index, operation.model).map_err(of_operation(index))?;
        }
        operations.push(operation);
    }
    Ok(operations)
}

fn of_operation(index: usize) -> impl FnOnce(Rejection) -> Rejection {
    move |rejection| refusal::of_operation(index, rejection)
}

fn operation(
    context: Context<'_>,
    item: &Item<'_>,
    references: &References<'_>,
) -> Result<lithair_model::Operation, Rejection> {
    let Context { app, reader, client, now, .. } = context;
    let place = app.catalog.by_path(&item.collection).ok_or_else(|| {
        let near = app.catalog.nearest_path(&item.collection).map(|near| format!("; is it `{near}`?"));
        Problem::NoSuchPath.because(format!("no collection of this name{}", near.unwrap_or_default()))
    })?;
    let model = context.model(place);
    let endpoint = permit(model, item.op, reader)?;
    limits::admit_operation(app, &endpoint, (client, reader.principal()), now)?;
    if item.reference.is_some() && item.op != Verb::Create {
        return Err(Problem::MalformedJson.because("`ref` names the record of a `create`"));
    }
    let action = action(context, model, item, references)?;
    Ok(lithair_model::Operation { model: place, action, expected: expected(item)? })
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
    context: Context<'_>,
    model: &ModelEntry,
    item: &Item<'_>,
    references: &References<'_>,
) -> Result<Action, Rejection> {
    // Only what an answer would show: a copy of a hidden field would be read where it was put.
    let field = |place: usize, name: &str| {
        let model = context.model(place);
        let is_seen = |field: usize| *context.reader.sight(place).field(field) == Condition::Always;
        model.by_wire(name).filter(|&field| selection::is_shown(model, field) && is_seen(field))
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
        Some(IfMatch::Header(text)) => entity_tag::parse(text).map(Tags::expected).ok_or_else(malformed),
    }
}
