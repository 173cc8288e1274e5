//! Other models than the data has: what that takes, and doing it.
//!
//! ```text
//! examine (writes nothing) -> begin: the new names -> steps: records, so many an entry -> end
//! ```
//!
//! Each arrow writes entries of the log, so a migration that was interrupted goes on where it stood: what a record still lacks, the
//! record says, and which fields it is about, the beginning says.

mod apply;
mod error;
mod survey;

use lithair_model::{Bindings, ModelSchema};
use lithair_store::{EventStore, SharedMedia};

pub use apply::{Applied, apply};
pub use error::{FieldProblem, MigrateError};
pub use survey::{Survey, Told, UnderWay};

use crate::local_log::{Sink, sink};
use crate::startup::{self, StartError};
use crate::{EngineOptions, startup::Examined};

/// What a program's models mean for a data directory. Changes nothing.
///
/// # Errors
/// The directory is in use or damaged, or the models are wrong in themselves.
pub fn survey(
    media: SharedMedia,
    schemas: Vec<&'static ModelSchema>,
    options: &EngineOptions,
) -> Result<Survey, StartError> {
    let directory = EventStore::examine(media, options.store.clone(), sink(Sink::default()))?;
    let Examined { survey, .. } = startup::examine(directory.store(), schemas, &Bindings::default())?;
    Ok(survey)
}
