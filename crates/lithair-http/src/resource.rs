//! Carries out operations on the records of any model: the handlers.

mod batch;
mod export;
mod import;
mod list;
mod page;
mod past;
mod read;
mod related;
mod today;
mod write;

use http::request::Parts;
use lithair_model::{Reader, Timestamp};

use crate::answer::Answer;
use crate::app::App;
use crate::auth::Held;
use crate::operation::Operation;
use crate::rejection::Rejection;
use crate::tools;

/// Carries out an operation: the handler.
pub(crate) async fn run(
    app: &App,
    operation: Operation,
    (head, reader): (&Parts, &Reader),
    now: Timestamp,
) -> Result<Answer, Rejection> {
    match operation {
        Operation::List(plan) => match plan.as_of {
            Some(as_of) => Box::pin(past::list(app, *plan, as_of, reader, now)).await,
            None => list::run(app, &plan, reader),
        },
        Operation::Export(plan) => export::run(app, *plan, Held::new(app, head, reader)),
        Operation::Read(plan) => match plan.version {
            Some(version) => Box::pin(past::read(app, plan, version, reader, now)).await,
            None => read::run(app, &plan, reader),
        },
        Operation::Related(plan) => match plan.as_of {
            Some(as_of) => Box::pin(past::related::one(app, plan, as_of, reader, now)).await,
            None => related::run(app, &plan, reader),
        },
        Operation::History(plan) => Box::pin(past::history::run(app, plan, reader)).await,
        Operation::Restore(plan) => Box::pin(past::restore(app, plan, reader, now)).await,
        Operation::Write(plan) => write::run(app, plan, reader, now).await,
        Operation::Batch(command) => batch::run(app, command, reader).await,
        // Boxed, so that the small requests do not carry its size around.
        Operation::Import(plan) => Box::pin(import::run(app, plan, reader, (Held::new(app, head, reader), now))).await,
        Operation::Tool(tool, media) => Ok(tools::run(app, tool, media)),
        Operation::Methods(verbs) => Ok(tools::methods(verbs)),
    }
}
