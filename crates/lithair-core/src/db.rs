//! The records, for the application's own code: what reads them, and what changes them, on two roads.
//!
//! ```text
//! get, find            -> view of the state -> records         (read.rs: changes nothing)
//! create, update, ..   -> decide -> log -> applied -> record   (write.rs: the road of every change)
//! ```
//!
//! Both are those of the generated API: what is written is held to every rule, hook and reference, and what is refused is told in the same words.

mod error;
mod filter;
mod read;
mod write;

use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

pub use error::DbError;
pub use filter::{Bound, Filter};
use lithair_http::{Problem, ProblemDocument};
use lithair_model::{CommandError, Context, Model, ModelEntry, Principal, Reader, System};
pub use read::Find;

use crate::clock::now;
use crate::{Engine, TransactionError};

/// The records of a running program. Cheap to clone.
#[derive(Clone)]
pub struct Db {
    engine: Arc<Engine>,
    principal: Principal,
}

/// The records of one model.
pub struct Repo<M> {
    db: Db,
    /// The model's place in the catalog.
    place: usize,
    model: PhantomData<fn() -> M>,
}

impl Db {
    /// The records of an engine for the program itself, which sees and may change everything.
    pub const fn new(engine: Arc<Engine>) -> Self {
        Self { engine, principal: Principal::System(System::Code) }
    }

    /// The same records for somebody: what they do not see is not there, and what they may not do is refused. Entries of the log name them, and
    /// code sees them as [`Context::principal`].
    #[must_use]
    pub fn by(&self, principal: Principal) -> Self {
        Self { engine: Arc::clone(&self.engine), principal }
    }

    /// The same records for the program itself, which sees and may change everything, whoever asked. Entries of the log then name the program.
    #[must_use]
    pub fn as_program(&self) -> Self {
        self.by(Principal::System(System::Code))
    }

    /// Who sees and changes what is seen and changed here.
    pub const fn principal(&self) -> &Principal {
        &self.principal
    }

    /// Whoever acts, as they see the records now.
    fn reader(&self) -> Reader {
        Reader::new(self.engine.state().catalog(), self.principal.clone(), now())
    }

    /// The engine.
    pub const fn engine(&self) -> &Arc<Engine> {
        &self.engine
    }

    /// The records of a model.
    ///
    /// # Panics
    /// The program does not register it.
    pub fn repo<M: Model>(&self) -> Repo<M> {
        let place = self.engine.state().catalog().by_table(M::SCHEMA.table);
        let place = place.unwrap_or_else(|| panic!("the program uses `{}` and does not register it", M::SCHEMA.name));
        Repo { db: self.clone(), place, model: PhantomData }
    }

    /// A token for somebody of whom the program knows that it is them, good for so long: their requests with it are theirs
    /// ([`Principal::subject`]). Of a server [with tokens of its own](crate::DeclarativeServer::with_own_tokens).
    ///
    /// # Errors
    /// The server has no tokens of its own, or the subject is none: empty, longer than 255 bytes, or with control characters.
    pub fn issue_token(&self, subject: &str, lifetime: Duration) -> Result<String, DbError> {
        let no_token = |detail: &str| DbError::of(ProblemDocument::new(Problem::Internal, detail));
        let tokens = self.engine.own_tokens().ok_or_else(|| no_token("the program lacks `.with_own_tokens()`"))?;
        tokens.sign(subject, now(), lifetime).ok_or_else(|| no_token("the subject is none that a token may have"))
    }

    /// Runs code that changes several records as one entry, all or nothing: [`Engine::transaction`].
    ///
    /// # Errors
    /// What the code says, or why the records cannot be as it leaves them. Nothing was changed.
    pub async fn transaction<R, E>(
        &self,
        code: impl Fn(&Context<'_>) -> Result<R, E> + Send + Sync + 'static,
    ) -> Result<R, DbError>
    where
        R: Send + 'static,
        E: CommandError,
    {
        let outcome = self.engine.transaction_of(self.principal.clone(), code).await;
        outcome.map_err(|error| match error {
            TransactionError::Failed(failure) => DbError::refused(self, lithair_model::RefusalReason::Failed(failure)),
            TransactionError::Refused { reason, .. } => DbError::refused(self, reason),
        })
    }
}

impl<M> Repo<M> {
    fn entry(&self) -> &ModelEntry {
        &self.db.engine.state().catalog().models[self.place]
    }
}

impl<M> Clone for Repo<M> {
    fn clone(&self) -> Self {
        Self { db: self.db.clone(), place: self.place, model: PhantomData }
    }
}

impl std::fmt::Debug for Db {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Db").field("principal", &self.principal).finish_non_exhaustive()
    }
}

impl<M> std::fmt::Debug for Repo<M> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Repo").field("model", &self.entry().schema.name).finish_non_exhaustive()
    }
}
