//! From input to an operation: the stage that knows the schema.

use http::HeaderName;
use http::header::{ALLOW, IF_MATCH, IF_NONE_MATCH};
use http::request::Parts;
use lithair_model::{Action, DraftMode, Expected, Key, ModelEntry, OperationKind, Target, Timestamp};

use crate::app::App;
use crate::auth::Principal;
use crate::extract::parameters::{self, Parameters};
use crate::extract::{Content, Input, conditions, json, media};
use crate::operation::{ImportPlan, Operation, Parent, ReadPlan, WritePlan};
use crate::rejection::{Problem, Rejection};
use crate::resource::list::Of;
use crate::resource::{batch, draft, list, related};
use crate::router::Endpoint;

const PREFER: HeaderName = HeaderName::from_static("prefer");

/// The operation that the input means, checked as far as that needs no state.
pub(crate) fn check(
    app: &App,
    endpoint: &Endpoint<'_>,
    head: &Parts,
    input: Input,
    principal: &Principal,
    now: Timestamp,
) -> Result<Operation, Rejection> {
    let model = |place: usize| &app.catalog.models[place];
    let write = |place, action| write(head, place, action);
    let limits = &app.config.limits;
    match (*endpoint, input.content) {
        (Endpoint::List(place), _) if input.media == media::NDJSON => {
            list::export(app, place, &input.parameters, limits.filter_bytes_max, now)
        }
        (Endpoint::List(place), _) => list::plan(
            app,
            Of::Collection(place),
            &input.parameters,
            Some(head),
            limits.filter_bytes_max,
            principal,
            now,
        ),
        (Endpoint::Query(place), Content::Whole(body)) => {
            let parameters = Parameters::of_body(json::parse(&body)?, &parameters::LIST)?;
            let filter_bytes_max = limits.body_filter_bytes_max;
            if input.media == media::NDJSON {
                return list::export(app, place, &parameters, filter_bytes_max, now);
            }
            list::plan(app, Of::Collection(place), &parameters, None, filter_bytes_max, principal, now)
        }
        (Endpoint::Related(place, key, link), _) => {
            let parent = Parent { model: place, key: key_of(model(place), key)?, link };
            related::plan(app, parent, &input.parameters, head, principal, now)
        }
        (Endpoint::Read(place, key), _) => Ok(Operation::Read(ReadPlan {
            model: place,
            key: key_of(model(place), key)?,
            selection: list::selection(model(place), &input.parameters)?,
            expands: draft::expands(&app.catalog, model(place), &input.parameters)?,
            if_match: conditions::tags(head, &IF_MATCH)?,
            if_none_match: conditions::tags(head, &IF_NONE_MATCH)?,
        })),
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
        (Endpoint::Import(place), Content::Stream(reader)) => {
            conditions::none(head)?;
            Ok(Operation::Import(ImportPlan { model: place, reader }))
        }
        (Endpoint::Batch, Content::Whole(body)) => {
            conditions::none(head)?;
            batch::plan(app, &body, principal, now).map(Operation::Batch)
        }
        (Endpoint::Tool(tool), _) => Ok(Operation::Tool(tool, input.media)),
        (Endpoint::Methods(verbs), _) => Ok(Operation::Methods(verbs)),
        (endpoint, content) => unreachable!("{endpoint:?} was given {content:?} by its own rules"),
    }
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
