//! Records of one kind, read and written through the backend.

use std::marker::PhantomData;

use lithair_model::{
    Action, Backend, Catalog, Command, Draft, Expected, Key, Operation, Predicate, Principal, Query, Refusal,
    RefusalReason, Start, Supplied, Target, Timestamp, Value, encode_key,
};
use thiserror::Error;

use crate::records::Record;

/// Records that are looked at in one go.
const PAGE: usize = 500;

/// Why a record of credentials was not stored. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum StoreError {
    /// The program does not have the model.
    #[error("this program keeps no such records")]
    Absent,
    /// It is there already, is not there any more, or is not as it was.
    #[error("somebody else changed it at the same time")]
    Conflict,
    /// The log does not take it.
    #[error("it cannot be stored: {:?}", .0.reason)]
    Refused(Refusal),
}

/// The records of one kind.
#[derive(Debug)]
pub(crate) struct Table<R> {
    /// The model's place in the catalog.
    model: Option<usize>,
    record: PhantomData<fn() -> R>,
}

impl<R: Record> Table<R> {
    pub(crate) fn new(catalog: &Catalog) -> Self {
        Self { model: catalog.by_table(R::SCHEMA.table), record: PhantomData }
    }

    /// The record with this key as it is now, and its revision.
    pub(crate) fn get(&self, backend: &dyn Backend, key: &Value) -> Option<(R, u64)> {
        let model = self.model?;
        let entry = &backend.catalog().models[model];
        let row = backend.read(model, &encode_key(&entry.key_terms, [key]), None).ok()?.row?;
        Some((R::of(entry.decode_row(&row.bytes).ok()?)?, row.revision))
    }

    /// All records for which the predicate is true, in the order of their keys.
    pub(crate) fn all(&self, backend: &dyn Backend, filter: Option<Predicate>) -> Vec<R> {
        let mut records = Vec::new();
        loop {
            let after = records.last().map(|last: &R| last.values().swap_remove(0));
            let (page, more) = self.page(backend, filter.clone(), after.as_ref(), PAGE);
            // What cannot be read is passed over, and leads nowhere.
            let is_last = !more || page.is_empty();
            records.extend(page);
            if is_last {
                return records;
            }
        }
    }

    /// So many records for which the predicate is true, in the order of their keys, and whether there are more.
    pub(crate) fn page(
        &self,
        backend: &dyn Backend,
        filter: Option<Predicate>,
        after: Option<&Value>,
        limit: usize,
    ) -> (Vec<R>, bool) {
        let Some(model) = self.model else { return (Vec::new(), false) };
        let entry = &backend.catalog().models[model];
        let start = after.map_or(Start::First, |key| Start::After(Vec::new(), encode_key(&entry.key_terms, [key])));
        let query = Query {
            model,
            filter,
            search: None,
            order: Vec::new(),
            start,
            limit,
            count: false,
            at: None,
            scan_rows_max: u64::MAX,
        };
        let Ok(page) = backend.list(&query) else { return (Vec::new(), false) };
        let records = page.rows.iter().filter_map(|row| R::of(entry.decode_row(&row.bytes).ok()?));
        (records.collect(), page.more)
    }

    /// The operation that makes a new record, for commands that do more.
    pub(crate) fn creation(&self, record: &R) -> Result<Operation, StoreError> {
        self.operation(Action::Create(draft(record, 0)), Expected::Anything)
    }

    /// The operation that makes this of a record that is still at the revision.
    pub(crate) fn replacement(
        &self,
        backend: &dyn Backend,
        record: &R,
        revision: u64,
    ) -> Result<Operation, StoreError> {
        let action = Action::Replace(self.target(backend, &record.values()[0])?, draft(record, 1));
        self.operation(action, Expected::Revisions(vec![revision]))
    }

    /// The operation that removes a record that is still at the revision.
    pub(crate) fn deletion(&self, backend: &dyn Backend, record: &R, revision: u64) -> Result<Operation, StoreError> {
        let action = Action::Delete(self.target(backend, &record.values()[0])?);
        self.operation(action, Expected::Revisions(vec![revision]))
    }

    fn operation(&self, action: Action, expected: Expected) -> Result<Operation, StoreError> {
        Ok(Operation { model: self.model.ok_or(StoreError::Absent)?, action, expected })
    }

    /// A new record.
    pub(crate) async fn create(
        &self,
        backend: &dyn Backend,
        record: &R,
        by: &Principal,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.submit(backend, Action::Create(draft(record, 0)), Expected::Anything, by, now).await
    }

    /// The record becomes this, if it is still at the revision.
    pub(crate) async fn replace(
        &self,
        backend: &dyn Backend,
        record: &R,
        revision: u64,
        by: &Principal,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        submit(backend, vec![self.replacement(backend, record, revision)?], by, now).await
    }

    /// The record goes; whoever comes second is told of a conflict.
    pub(crate) async fn delete(
        &self,
        backend: &dyn Backend,
        key: &Value,
        by: &Principal,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let target = self.target(backend, key)?;
        self.submit(backend, Action::Delete(target), Expected::Present, by, now).await
    }

    fn target(&self, backend: &dyn Backend, key: &Value) -> Result<Target, StoreError> {
        let entry = &backend.catalog().models[self.model.ok_or(StoreError::Absent)?];
        let key: Key = encode_key(&entry.key_terms, [key]);
        Ok(Target::Key(key))
    }

    async fn submit(
        &self,
        backend: &dyn Backend,
        action: Action,
        expected: Expected,
        by: &Principal,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        submit(backend, vec![self.operation(action, expected)?], by, now).await
    }
}

/// Carries out operations as one entry.
pub(crate) async fn submit(
    backend: &dyn Backend,
    operations: Vec<Operation>,
    by: &Principal,
    now: Timestamp,
) -> Result<(), StoreError> {
    let command = Command { now, principal: by.clone(), operations };
    backend.submit(command).await.map(drop).map_err(|refusal| match refusal.reason {
        RefusalReason::NotFound
        | RefusalReason::Deleted
        | RefusalReason::KeyTaken
        | RefusalReason::UniqueTaken { .. }
        | RefusalReason::PreconditionFailed(_)
        | RefusalReason::Contended => StoreError::Conflict,
        _ => StoreError::Refused(refusal),
    })
}

/// The values from a place on.
fn draft<R: Record>(record: &R, from: usize) -> Draft {
    let fields = record.values().into_iter().map(Supplied::Value).enumerate().skip(from);
    Draft { fields: fields.collect(), revision: None }
}
