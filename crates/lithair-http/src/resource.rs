//! The endpoints of any model, from its schema.

pub(crate) mod batch;
pub(crate) mod draft;
mod export;
mod import;
pub(crate) mod list;
pub(crate) mod past;
mod read;
pub(crate) mod refusal;
pub(crate) mod related;
pub(crate) mod trash;
mod write;

use lithair_model::{ModelEntry, NamedAction, Reader, Tally, Timestamp};

use crate::app::App;
use crate::operation::Operation;
use crate::rejection::{Problem, Rejection};
use crate::respond::{self, Answer};
use crate::tools;

/// Carries out an operation: the handler.
pub(crate) async fn run(app: &App, operation: Operation, reader: &Reader, now: Timestamp) -> Result<Answer, Rejection> {
    match operation {
        Operation::List(plan) => match plan.as_of {
            Some(as_of) => Box::pin(past::list(app, *plan, as_of, reader, now)).await,
            None => list::run(app, &plan, reader),
        },
        Operation::Export(plan) => export::run(app, *plan),
        Operation::Read(plan) => match plan.version {
            Some(version) => Box::pin(past::read(app, plan, version, reader, now)).await,
            None => read::run(app, &plan, reader),
        },
        Operation::Related(plan) => related::run(app, &plan, reader),
        Operation::History(plan) => Box::pin(past::history(app, plan, reader)).await,
        Operation::Restore(plan) => Box::pin(past::restore(app, plan, reader, now)).await,
        Operation::Write(plan) => write::run(app, plan, reader, now).await,
        Operation::Batch(command) => batch::run(app, command, reader).await,
        // Boxed, so that the small requests do not carry its size around.
        Operation::Import(plan) => Box::pin(import::run(app, plan, reader, now)).await,
        Operation::Tool(tool, media) => Ok(tools::run(app, tool, media)),
        Operation::Methods(verbs) => Ok(respond::methods(verbs)),
    }
}

/// The answer where there is no record, or none that the caller sees: the same to the byte.
pub(crate) fn not_found() -> Rejection {
    Problem::RecordNotFound.because("no record of the collection has this key")
}

/// The answer where a policy looks at more related records than a query may.
pub(crate) fn too_expensive(model: &ModelEntry, tally: &Tally) -> Rejection {
    refusal::of_query(model, &tally.too_expensive())
}

/// The name of what is done to a record.
pub(crate) fn act_name(model: &ModelEntry, action: NamedAction) -> &'static str {
    match action {
        NamedAction::Command(place) => model.schema.commands[place].name,
        NamedAction::Transition(place) => model.transitions[place].name,
        NamedAction::Purge => "purge",
    }
}
