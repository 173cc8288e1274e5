//! Changing: one road, which decides on the state that it changes, and ends in the log.

use std::convert::Infallible;

use lithair_http::{Problem, ProblemDocument};
use lithair_model::{
    Action, Backend as _, Command, Draft, DraftMode, Expected, FieldSchema, Model, NamedAction, Operation,
    OperationResult, RecordKey, RefusalReason, Supplied, Target, Value, decode_draft, encode_key, values_of,
};

use super::{DbError, Repo};
use crate::TransactionError;
use crate::clock::now;

impl<M> Repo<M>
where
    M: Model + Send + Sync + 'static,
    M::Key: RecordKey + Send + Sync + 'static,
{
    /// Adds a record, and returns it as it is stored: what the server gives (`auto`, timestamps) is not taken from it. On return it is durable.
    ///
    /// # Errors
    /// It breaks a rule, its key is taken, or nothing can be written.
    pub async fn create(&self, new: &M) -> Result<M, DbError> {
        let fields = M::SCHEMA.fields.iter().zip(values_of(new)).enumerate();
        // Whose it is, is the server's to say, and nothing says nothing of a field that not everybody sets.
        let (is_system, access) = (self.db.principal.is_system(), &self.entry().access);
        let is_said = |place: usize, field: &FieldSchema, value: &Value| {
            let is_whose = [access.owner, access.tenant].contains(&Some(place));
            is_system || !is_whose && (*value != Value::Null || field.access.create.is_none())
        };
        let given = fields.filter(|(place, (field, value))| {
            field.auto.is_none() && field.computed.is_none() && is_said(*place, field, value)
        });
        let fields = given.map(|(place, (_, value))| (place, Supplied::Value(value))).collect();
        self.submit(Action::Create(Draft { fields, revision: None })).await
    }

    /// Changes the record with this key, and returns it as it is then; none if there is none. The code may run again if others change the record
    /// meanwhile.
    ///
    /// # Errors
    /// It breaks a rule then, or nothing can be written.
    pub async fn update(
        &self,
        key: M::Key,
        change: impl Fn(&mut M) + Send + Sync + 'static,
    ) -> Result<Option<M>, DbError> {
        self.change(move |records| {
            records.update(&key, &change)?;
            records.get(&key)
        })
        .await
    }

    /// Deletes the record with this key, softly where its model says so, and does what `on_delete` says; whether there was one.
    ///
    /// # Errors
    /// Others still refer to it, or nothing can be written.
    pub async fn delete(&self, key: M::Key) -> Result<bool, DbError> {
        self.change(move |records| {
            let is_there = records.get::<M>(&key).is_some();
            if is_there {
                records.delete::<M>(&key);
            }
            is_there
        })
        .await
    }

    /// Has a command or a transition of this name change the record, and returns it as it is then. The parameters are those of the HTTP API, as JSON.
    ///
    /// # Errors
    /// There is no such command or record, the parameters are wrong, or it refuses.
    pub async fn run(&self, key: &M::Key, name: &str, input: &str) -> Result<M, DbError> {
        let target = Target::Key(encode_key(&self.entry().key_terms, key.key_values()));
        let action = match self.entry().action(name) {
            Some(NamedAction::Command(place)) => {
                let draft = decode_draft(&self.entry().inputs[place], input.as_bytes(), DraftMode::Create, &|_| None);
                Action::Run(target, place, draft.map_err(|error| DbError::of(ProblemDocument::of_input(error)))?)
            }
            Some(NamedAction::Transition(way)) => Action::Transition(target, way),
            _ => {
                let near = lithair_model::nearest(name, self.entry().actions());
                let near = near.map(|near| format!("; is it `{near}`?")).unwrap_or_default();
                let detail = format!("records of `{}` have no command `{name}`{near}", self.entry().schema.path);
                return Err(DbError::of(ProblemDocument::new(Problem::NoSuchPath, detail)));
            }
        };
        self.submit(action).await
    }

    /// One operation, and the record that it leaves.
    async fn submit(&self, action: Action) -> Result<M, DbError> {
        if self.entry().schema.access.is_internal() && !self.db.principal.is_system() {
            return Err(DbError::refused(&self.db, RefusalReason::Forbidden(None)));
        }
        let operations = vec![Operation { model: self.place, action, expected: Expected::Anything }];
        let command = Command { now: now(), principal: self.db.principal.clone(), operations };
        let outcome = self.db.engine.submit(command).await;
        let outcome = outcome.map_err(|refusal| DbError::refused(&self.db, refusal.reason))?;
        match outcome.results.into_iter().next() {
            Some(OperationResult::Created(row) | OperationResult::Updated(row) | OperationResult::Unchanged(row)) => {
                self.left(row)
            }
            Some(OperationResult::Deleted) | None => Err(DbError::not_found()),
        }
    }

    /// A transaction that is about this model.
    async fn change<R: Send + 'static>(
        &self,
        code: impl Fn(&lithair_model::Context<'_>) -> R + Send + Sync + 'static,
    ) -> Result<R, DbError> {
        let code = move |records: &lithair_model::Context<'_>| Ok::<_, Infallible>(code(records));
        let outcome = self.db.engine.transaction_of(self.db.principal.clone(), code).await;
        outcome.map_err(|error| match error {
            TransactionError::Failed(failure) => {
                DbError::refused(&self.db, lithair_model::RefusalReason::Failed(failure))
            }
            TransactionError::Refused { reason, .. } => DbError::refused(&self.db, reason),
        })
    }
}
