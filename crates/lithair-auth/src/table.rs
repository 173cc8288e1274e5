//! Records of one kind, read and written through the backend.

use std::marker::PhantomData;
use std::sync::atomic::{AtomicU64, Ordering};

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
    /// A position of the log, doubled, and one more if there were no records then. While it is the newest, nobody looks again.
    emptiness: AtomicU64,
    record: PhantomData<fn() -> R>,
}

impl<R: Record> Table<R> {
    pub(crate) fn new(catalog: &Catalog) -> Self {
        Self { model: catalog.by_table(R::SCHEMA.table), emptiness: AtomicU64::new(u64::MAX), record: PhantomData }
    }

    /// Whether there are no records: what many programs have none of need not be looked for with every request.
    pub(crate) fn is_empty(&self, backend: &dyn Backend) -> bool {
        // Before any look: what comes meanwhile has a later position, and is looked for again.
        let position = 2 * backend.position().get();
        let known = self.emptiness.load(Ordering::Relaxed);
        if known & !1 == position {
            return known != position;
        }
        let is_empty = self.model.is_none_or(|model| {
            let first = backend.list(&all_of(model, None, Start::First, 1));
            first.is_ok_and(|page| page.rows.is_empty())
        });
        self.emptiness.store(position + u64::from(is_empty), Ordering::Relaxed);
        is_empty
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
        let Ok(page) = backend.list(&all_of(model, filter, start, limit)) else { return (Vec::new(), false) };
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

/// Asks for the records of a model as they are now, in the order of their keys.
fn all_of(model: usize, filter: Option<Predicate>, start: Start, limit: usize) -> Query {
    Query {
        model,
        filter,
        search: None,
        order: Vec::new(),
        start,
        limit,
        count: false,
        at: None,
        scan_rows_max: u64::MAX,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::{Memory, at, run};
    use crate::records::RevokedToken;

    #[test]
    fn whether_there_are_none_is_looked_for_when_the_log_grew() {
        let memory = Memory::new(&[]);
        let table: Table<RevokedToken> = Table::new(memory.catalog());
        let pages = || std::mem::take(&mut *memory.pages.lock());
        let is_empty = || (table.is_empty(&*memory), table.is_empty(&*memory), pages());
        assert_eq!(is_empty(), (true, true, 1));
        let token = |hash: &str| RevokedToken { hash: hash.to_owned(), revoked_at: at(0), expires_at: at(60) };
        let by = Principal::Anonymous;
        for hash in ["one", "other"] {
            run(table.create(&*memory, &token(hash), &by, at(0))).expect("is stored");
            assert_eq!(is_empty(), (false, false, 1));
        }
        for (hash, was_last) in [("one", false), ("other", true)] {
            run(table.delete(&*memory, &Value::Text(hash.to_owned()), &by, at(0))).expect("is gone");
            assert_eq!(is_empty(), (was_last, was_last, 1));
        }
        // What cannot be looked for may be there.
        *memory.is_gone.lock() = true;
        run(table.create(&*memory, &token("third"), &by, at(0))).expect("is stored");
        assert_eq!(is_empty(), (false, false, 1));
    }
}
