//! From input to an operation: the stage that knows the schema.
//!
//! Here it is found out what a request means, as far as that needs no state. Rules are judged where the state is, with what they depend on:
//! by the engine, when it decides.

mod batch;
pub(crate) mod draft;
mod list;
mod page;
pub(crate) mod past;
mod query;
mod read;
mod related;
mod selection;
pub(crate) mod trash;
mod write;

use std::net::IpAddr;

use http::request::Parts;
use lithair_model::{Key, ModelEntry, Reader, Timestamp};

use crate::app::App;
use crate::endpoint::Endpoint;
use crate::extract::{Content, Input};
use crate::operation::Operation;
use crate::rejection::{Problem, Rejection};

/// A request that is to be understood, with what is known of it by now.
#[derive(Clone, Copy)]
struct Context<'a> {
    app: &'a App,
    head: &'a Parts,
    reader: &'a Reader,
    client: IpAddr,
    now: Timestamp,
}

impl<'a> Context<'a> {
    fn model(&self, place: usize) -> &'a ModelEntry {
        &self.app.catalog.models[place]
    }
}

/// The operation that the input means.
pub(crate) fn check(
    app: &App,
    endpoint: &Endpoint<'_>,
    head: &Parts,
    input: Input,
    reader: &Reader,
    (client, now): (IpAddr, Timestamp),
) -> Result<Operation, Rejection> {
    let context = Context { app, head, reader, client, now };
    let Input { parameters, media, content } = input;
    match (*endpoint, content) {
        (Endpoint::List(model), _) => list::of_url(context, model, &parameters, media),
        (Endpoint::Query(model), Content::Whole(body)) => list::of_body(context, model, &body, media),
        (Endpoint::Related(model, key, link), _) => related::plan(context, (model, key, link), &parameters),
        (Endpoint::Read(model, key), _) => read::plan(context, model, key, &parameters),
        (Endpoint::History(model, key), _) => past::history(context, model, key, &parameters),
        (Endpoint::Restore(model, key), Content::Whole(body)) => past::restore(context, model, key, &body),
        (Endpoint::Create(model), Content::Whole(body)) => write::create(context, model, &body),
        (Endpoint::Replace(model, key), Content::Whole(body)) => write::replace(context, model, key, &body),
        (Endpoint::Patch(model, key), Content::Whole(body)) => write::patch(context, model, key, &body),
        (Endpoint::Delete(model, key), _) => write::delete(context, model, key),
        (Endpoint::Act(model, key, action), Content::Whole(body)) => write::act(context, model, key, action, &body),
        (Endpoint::Import(model), Content::Stream(lines)) => write::import(context, model, lines),
        (Endpoint::Batch, Content::Whole(body)) => batch::plan(context, &body),
        (Endpoint::Tool(tool), _) => Ok(Operation::Tool(tool, media)),
        (Endpoint::Methods(verbs), _) => Ok(Operation::Methods(verbs)),
        (endpoint, content) => unreachable!("{endpoint:?} was given {content:?} by its own rules"),
    }
}

/// A text that is no key names no record.
fn key_of(model: &ModelEntry, segment: &str) -> Result<Key, Rejection> {
    model.parse_key(segment).map_err(|violation| Problem::RecordNotFound.because(violation.detail))
}
