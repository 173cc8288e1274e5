//! Transactions from Rust: code that changes several records as one entry.

use std::sync::Arc;

use lithair_http::ProblemDocument;
use lithair_model::{
    Action, Command, CommandError, Context, Expected, Failure, Operation, Principal, Procedure, Reader, Refusal,
    RefusalReason, System,
};
use parking_lot::Mutex;
use thiserror::Error;

use super::Engine;
use crate::clock::now;

/// Why a transaction changed nothing.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum TransactionError {
    /// The code said no.
    #[error("{}", .0.detail)]
    Failed(Failure),
    /// What the code made of the records cannot be.
    #[error("{detail}")]
    Refused {
        /// Why.
        reason: RefusalReason,
        /// The same in words.
        detail: String,
    },
}

impl Engine {
    /// Runs code on the records as they are, and stores everything it changes as one entry of the log: all or nothing, decided on the state
    /// that it changes. On return the entry is durable and applied.
    ///
    /// The code may run again if others change what it read in the meantime; its own effects should be those on the context alone.
    ///
    /// # Errors
    /// What the code says, or why the records cannot be as it leaves them. Nothing was changed.
    pub async fn transaction<R, E>(
        &self,
        code: impl Fn(&Context<'_>) -> Result<R, E> + Send + Sync + 'static,
    ) -> Result<R, TransactionError>
    where
        R: Send + 'static,
        E: CommandError,
    {
        self.transaction_as(Principal::System(System::Code), code).await
    }

    /// As [`Engine::transaction`], for somebody: the code sees them as [`Context::principal`], and the entry names them.
    ///
    /// # Errors
    /// As [`Engine::transaction`].
    pub async fn transaction_as<R, E>(
        &self,
        principal: Principal,
        code: impl Fn(&Context<'_>) -> Result<R, E> + Send + Sync + 'static,
    ) -> Result<R, TransactionError>
    where
        R: Send + 'static,
        E: CommandError,
    {
        self.transact(Action::Transaction, principal, code).await
    }

    /// As [`Engine::transaction_as`], and held to what they may do: what they do not see is not there, what they may not change is refused.
    ///
    /// # Errors
    /// As [`Engine::transaction`].
    pub async fn transaction_of<R, E>(
        &self,
        principal: Principal,
        code: impl Fn(&Context<'_>) -> Result<R, E> + Send + Sync + 'static,
    ) -> Result<R, TransactionError>
    where
        R: Send + 'static,
        E: CommandError,
    {
        self.transact(Action::Permitted, principal, code).await
    }

    async fn transact<R, E>(
        &self,
        make: fn(Procedure) -> Action,
        principal: Principal,
        code: impl Fn(&Context<'_>) -> Result<R, E> + Send + Sync + 'static,
    ) -> Result<R, TransactionError>
    where
        R: Send + 'static,
        E: CommandError,
    {
        let result = Arc::new(Mutex::new(None));
        let slot = Arc::clone(&result);
        let procedure = move |context: &Context<'_>| {
            let returned = code(context).map_err(|error| error.failure())?;
            *slot.lock() = Some(returned);
            Ok(())
        };
        self.run_procedure(make(Procedure(Arc::new(procedure))), principal)
            .await
            .map_err(|refusal| self.transaction_error(refusal))?;
        let returned = result.lock().take();
        Ok(returned.expect("what was carried out has returned"))
    }

    /// Runs code as one entry.
    pub(crate) async fn run_procedure(&self, action: Action, principal: Principal) -> Result<(), Refusal> {
        // A transaction is about no model in particular.
        let operation = Operation { model: 0, action, expected: Expected::Anything };
        let command = Command { now: now(), principal, operations: vec![operation] };
        self.carry_out(command).await.map(drop)
    }

    fn transaction_error(&self, refusal: Refusal) -> TransactionError {
        let detail = self.in_words(&refusal);
        match refusal.reason {
            RefusalReason::Failed(failure) => TransactionError::Failed(failure),
            reason => TransactionError::Refused { reason, detail },
        }
    }

    /// A refusal in the words of the API, for whoever operates the program, who may know all of it.
    pub(crate) fn in_words(&self, refusal: &Refusal) -> String {
        match &refusal.reason {
            RefusalReason::Misjudged(what) => what.clone(),
            _ => ProblemDocument::of_refusal(&Reader::system(self.state().catalog()), refusal).to_string(),
        }
    }
}
