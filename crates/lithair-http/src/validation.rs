//! From input to an operation: the stage that knows the schema.

use std::net::IpAddr;

use http::HeaderName;
use http::header::{ALLOW, IF_MATCH, IF_NONE_MATCH};
use http::request::Parts;
use lithair_model::{
    Action, DraftMode, Expected, Key, ModelEntry, NamedAction, OperationKind, Reader, Target, Timestamp, Version,
};

use crate::app::App;
use crate::extract::parameters::{self, Parameters};
use crate::extract::{Content, Input, conditions, json, media};
use crate::operation::{ImportPlan, Operation, Parent, ReadPlan, RestorePlan, WritePlan};
use crate::rejection::{Problem, Rejection};
use crate::resource::list::Of;
use crate::resource::trash::{self, Trash};
use crate::resource::{batch, draft, list, past, related};
use crate::router::Endpoint;

const PREFER: HeaderName = HeaderName::from_static("prefer");

/// The operation that the input means, checked as far as that needs no state.
pub(crate) fn check(
    app: &App,
    endpoint: &Endpoint<'_>,
    head: &Parts,
    input: Input,
    reader: &Reader,
    (client, now): (IpAddr, Timestamp),
) -> Result<Operation, Rejection> {
    let model = |place: usize| &app.catalog.models[place];
    let write = |place, action| write(head, place, action);
    let limits = &app.config.limits;
    match (*endpoint, input.content) {
        (Endpoint::List(place), _) if input.media != media::JSON => {
            list::export(app, (place, input.media), &input.parameters, limits.filter_bytes_max, reader, now)
        }
        (Endpoint::List(place), _) => {
            list::plan(app, Of::Collection(place), &input.parameters, Some(head), limits.filter_bytes_max, reader, now)
        }
        (Endpoint::Query(place), Content::Whole(body)) => {
            let parameters = Parameters::of_body(json::parse(&body)?, &parameters::LIST)?;
            let filter_bytes_max = limits.body_filter_bytes_max;
            if input.media != media::JSON {
                return list::export(app, (place, input.media), &parameters, filter_bytes_max, reader, now);
            }
            list::plan(app, Of::Collection(place), &parameters, None, filter_bytes_max, reader, now)
        }
        (Endpoint::Related(place, key, link), _) => {
            let parent = Parent { model: place, key: key_of(model(place), key)?, link };
            related::plan(app, parent, &input.parameters, head, reader, now)
        }
        (Endpoint::Read(place, key), _) => read(reader, model(place), key, &input.parameters, head),
        (Endpoint::History(place, key), _) => {
            let key = key_of(model(place), key)?;
            past::plan(app, model(place), key, &input.parameters, reader, now).map(Operation::History)
        }
        (Endpoint::Restore(place, key), Content::Whole(body)) => {
            let key = key_of(model(place), key)?;
            let Some(revision) = past::restored(model(place), &body)? else {
                return write(place, Action::Undelete(Target::Key(key)));
            };
            let (expected, is_minimal) = (conditions::expected(head)?, prefers_minimal(head)?);
            Ok(Operation::Restore(RestorePlan { model: place, key, revision, expected, is_minimal }))
        }
        (Endpoint::Create(place), Content::Whole(body)) => {
            conditions::none(head)?;
            write(place, Action::Create(draft::decode(model(place), &body, DraftMode::Create)?))
        }
        (Endpoint::Replace(place, key), Content::Whole(body)) => replace(app, head, model(place), key, &body),
        (Endpoint::Patch(place, key), Content::Whole(body)) => {
            let key = key_of(model(place), key)?;
            let draft = draft::decode(model(place), &body, DraftMode::Patch)?;
            write(place, Action::Patch(Target::Key(key), draft))
        }
        (Endpoint::Delete(place, key), _) => write(place, Action::Delete(Target::Key(key_of(model(place), key)?))),
        (Endpoint::Act(place, key, action), Content::Whole(body)) => {
            write(place, act(model(place), key_of(model(place), key)?, action, &body)?)
        }
        (Endpoint::Import(place), Content::Stream(reader)) => {
            conditions::none(head)?;
            Ok(Operation::Import(ImportPlan { model: place, reader, client }))
        }
        (Endpoint::Batch, Content::Whole(body)) => {
            conditions::none(head)?;
            batch::plan(app, &body, reader, (client, now)).map(Operation::Batch)
        }
        (Endpoint::Tool(tool), _) => Ok(Operation::Tool(tool, input.media)),
        (Endpoint::Methods(verbs), _) => Ok(Operation::Methods(verbs)),
        (endpoint, content) => unreachable!("{endpoint:?} was given {content:?} by its own rules"),
    }
}

/// A command with its parameters, or a transition, which has none.
fn act(model: &ModelEntry, key: Key, action: NamedAction, body: &[u8]) -> Result<Action, Rejection> {
    let target = Target::Key(key);
    match action {
        NamedAction::Command(place) => {
            let input = draft::decode(&model.inputs[place], body, DraftMode::Create)?;
            Ok(Action::Run(target, place, input))
        }
        NamedAction::Transition(place) => no_parameters(body).map(|()| Action::Transition(target, place)),
        NamedAction::Purge => no_parameters(body).map(|()| Action::Purge(target)),
    }
}

fn no_parameters(body: &[u8]) -> Result<(), Rejection> {
    let members: serde_json::Map<String, serde_json::Value> = json::parse(body)?;
    if members.is_empty() {
        return Ok(());
    }
    Err(Problem::ValidationFailed.because("this command has no parameters: send `{}`, or no body"))
}

fn read(
    reader: &Reader,
    model: &ModelEntry,
    key: &str,
    parameters: &Parameters,
    head: &Parts,
) -> Result<Operation, Rejection> {
    let version = past::version(reader, model, parameters)?;
    let expands = draft::expands(reader, model, parameters)?;
    match version {
        // A revision is one record's: what was around it, a moment says.
        Some(Version::Revision(_)) if !expands.is_empty() => {
            return Err(Problem::NotSupportedYet.because("`expand` together with `rev`: name the moment, by `as_of`"));
        }
        Some(Version::AsOf(_)) => {
            list::refuse_related(reader, &Of::Collection(model.place), (model.place, None), &expands)?
        }
        _ => {}
    }
    Ok(Operation::Read(ReadPlan {
        model: model.place,
        key: key_of(model, key)?,
        selection: list::selection(reader, model, parameters)?,
        expands,
        with_deleted: trash::shown(model, parameters)? != Trash::Hidden,
        version,
        if_match: conditions::tags(head, &IF_MATCH)?,
        if_none_match: conditions::tags(head, &IF_NONE_MATCH)?,
    }))
}

/// A text that is no key names no record.
fn key_of(model: &ModelEntry, segment: &str) -> Result<Key, Rejection> {
    model.parse_key(segment).map_err(|violation| Problem::RecordNotFound.because(violation.detail))
}

/// `PUT`: the record becomes this. With `If-None-Match: *` the record must be new, which is a create with a given key.
fn replace(app: &App, head: &Parts, model: &ModelEntry, segment: &str, body: &[u8]) -> Result<Operation, Rejection> {
    let key = key_of(model, segment)?;
    if conditions::expected(head)? == Expected::Absent {
        if !model.schema.operations.contains(&OperationKind::Create) {
            let refused = Problem::MethodNotAllowed.because("records of this collection are not created");
            return Err(refused.header(ALLOW, app.router.record_methods(model.place)));
        }
        if model.schema.key.iter().any(|&place| model.schema.fields[place].auto.is_some()) {
            return Err(Problem::ServerAssignedKey.because("a record with a chosen key cannot be created here"));
        }
        let draft = draft::with_key(model, draft::decode(model, body, DraftMode::Create)?, &key)?;
        return write(head, model.place, Action::Create(draft));
    }
    let draft = draft::decode(model, body, DraftMode::Replace)?;
    write(head, model.place, Action::Replace(Target::Key(key), draft))
}

fn write(head: &Parts, model: usize, action: Action) -> Result<Operation, Rejection> {
    let expected = match action {
        Action::Create(_) if head.method == http::Method::POST => Expected::Anything,
        _ => conditions::expected(head)?,
    };
    Ok(Operation::Write(WritePlan { model, action, expected, is_minimal: prefers_minimal(head)? }))
}

/// Other preferences are not known, which RFC 7240 allows to pass over. Several headers are one list, and of a preference that is
/// repeated the first counts.
fn prefers_minimal(head: &Parts) -> Result<bool, Rejection> {
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
