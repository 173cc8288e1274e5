//! Understands changes of records: `POST`, `PUT`, `PATCH`, `DELETE`, commands and transitions; and imports.

use http::header::ALLOW;
use http::request::Parts;
use http::{HeaderName, Method};
use lithair_model::{Action, DraftMode, Expected, NamedAction, OperationKind, Target};

use super::{Context, draft, key_of};
use crate::extract::{conditions, json};
use crate::inbound::BodyReader;
use crate::operation::{ImportPlan, Operation, WritePlan};
use crate::rejection::{Problem, Rejection};

const PREFER: HeaderName = HeaderName::from_static("prefer");

pub(super) fn create(context: Context<'_>, model: usize, body: &[u8]) -> Result<Operation, Rejection> {
    conditions::none(context.head)?;
    let draft = draft::decode(context.model(model), body, DraftMode::Create)?;
    plan(context.head, model, Action::Create(draft))
}

/// `PUT`: the record becomes this. With `If-None-Match: *` the record must be new, which is a create with a given key.
pub(super) fn replace(context: Context<'_>, place: usize, key: &str, body: &[u8]) -> Result<Operation, Rejection> {
    let model = context.model(place);
    let key = key_of(model, key)?;
    if conditions::expected(context.head)? == Expected::Absent {
        if !model.schema.operations.contains(&OperationKind::Create) {
            let refused = Problem::MethodNotAllowed.because("records of this collection are not created");
            return Err(refused.header(ALLOW, context.app.router.record_methods(place)));
        }
        if model.schema.key.iter().any(|&place| model.schema.fields[place].auto.is_some()) {
            return Err(Problem::ServerAssignedKey.because("a record with a chosen key cannot be created here"));
        }
        let draft = draft::with_key(model, draft::decode(model, body, DraftMode::Create)?, &key)?;
        return plan(context.head, place, Action::Create(draft));
    }
    let draft = draft::decode(model, body, DraftMode::Replace)?;
    plan(context.head, place, Action::Replace(Target::Key(key), draft))
}

pub(super) fn patch(context: Context<'_>, place: usize, key: &str, body: &[u8]) -> Result<Operation, Rejection> {
    let model = context.model(place);
    let key = key_of(model, key)?;
    let draft = draft::decode(model, body, DraftMode::Patch)?;
    plan(context.head, place, Action::Patch(Target::Key(key), draft))
}

pub(super) fn delete(context: Context<'_>, place: usize, key: &str) -> Result<Operation, Rejection> {
    let key = key_of(context.model(place), key)?;
    plan(context.head, place, Action::Delete(Target::Key(key)))
}

/// A command with its parameters, or a transition, which has none.
pub(super) fn act(
    context: Context<'_>,
    place: usize,
    key: &str,
    action: NamedAction,
    body: &[u8],
) -> Result<Operation, Rejection> {
    let model = context.model(place);
    let target = Target::Key(key_of(model, key)?);
    let action = match action {
        NamedAction::Command(command) => {
            let input = draft::decode(&model.inputs[command], body, DraftMode::Create)?;
            Action::Run(target, command, input)
        }
        NamedAction::Transition(transition) => no_parameters(body).map(|()| Action::Transition(target, transition))?,
        NamedAction::Purge => no_parameters(body).map(|()| Action::Purge(target))?,
    };
    plan(context.head, place, action)
}

fn no_parameters(body: &[u8]) -> Result<(), Rejection> {
    let members: serde_json::Map<String, serde_json::Value> = json::parse(body)?;
    if members.is_empty() {
        return Ok(());
    }
    Err(Problem::ValidationFailed.because("this command has no parameters: send `{}`, or no body"))
}

/// Records that come one a line: what each is, is found out while they come.
pub(super) fn import(context: Context<'_>, model: usize, reader: BodyReader) -> Result<Operation, Rejection> {
    conditions::none(context.head)?;
    Ok(Operation::Import(ImportPlan { model, reader, client: context.client }))
}

/// A change of one record.
pub(super) fn plan(head: &Parts, model: usize, action: Action) -> Result<Operation, Rejection> {
    let expected = match action {
        Action::Create(_) if head.method == Method::POST => Expected::Anything,
        _ => conditions::expected(head)?,
    };
    Ok(Operation::Write(WritePlan { model, action, expected, is_minimal: prefers_minimal(head)? }))
}

/// Other preferences are not known, which RFC 7240 allows to pass over. Several headers are one list, and of a preference that is
/// repeated the first counts.
pub(super) fn prefers_minimal(head: &Parts) -> Result<bool, Rejection> {
    for value in head.headers.get_all(PREFER) {
        let text = value.to_str().map_err(|_| Problem::InvalidHeader.because("`prefer` is not ASCII"))?;
        // What follows a `;` are parameters of the preference before it.
        let preferences = text.split(',').map(|preference| preference.split(';').next().unwrap_or_default());
        for (name, value) in preferences.filter_map(|preference| preference.split_once('=')) {
            if name.trim().eq_ignore_ascii_case("return") {
                return Ok(value.trim().trim_matches('"').eq_ignore_ascii_case("minimal"));
            }
        }
    }
    Ok(false)
}
