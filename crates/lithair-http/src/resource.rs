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

use lithair_model::{Principal, Timestamp};

use crate::app::App;
use crate::operation::Operation;
use crate::rejection::Rejection;
use crate::respond::{self, Answer};
use crate::tools;

/// Carries out an operation: the handler.
pub(crate) async fn run(
    app: &App,
    operation: Operation,
    principal: &Principal,
    now: Timestamp,
) -> Result<Answer, Rejection> {
    match operation {
        Operation::List(plan) => match plan.as_of {
            Some(as_of) => Box::pin(past::list(app, *plan, as_of, now)).await,
            None => list::run(app, &plan),
        },
        Operation::Export(plan) => export::run(app, plan),
        Operation::Read(plan) => match plan.version {
            Some(version) => Box::pin(past::read(app, plan, version, now)).await,
            None => read::run(app, &plan),
        },
        Operation::Related(plan) => related::run(app, &plan),
        Operation::History(plan) => Box::pin(past::history(app, plan)).await,
        Operation::Restore(plan) => Box::pin(past::restore(app, plan, principal, now)).await,
        Operation::Write(plan) => write::run(app, plan, principal, now).await,
        Operation::Batch(command) => batch::run(app, command).await,
        // Boxed, so that the small requests do not carry its size around.
        Operation::Import(plan) => Box::pin(import::run(app, plan, principal, now)).await,
        Operation::Tool(tool, media) => Ok(tools::run(app, tool, media)),
        Operation::Methods(verbs) => Ok(respond::methods(verbs)),
    }
}
