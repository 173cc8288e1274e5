//! Locks of records while a command on them is decided: whoever comes later waits.
//! Guards keep writers from harm; these keep them from deciding in vain.
//!
//! INVARIANT: a place is in the map as long as somebody has it or waits for it, and no longer. Whoever leaves last takes it away.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;

use lithair_model::{Action, Command, Draft, Key, Operation, Role, Supplied, Target, Value};
use lithair_state::{RecordRef, View};
use parking_lot::Mutex;
use tokio::sync::{Mutex as Place, OwnedMutexGuard};

/// By the hash of the record: two records have one place only if all of its 64 bits are the same, and then wait for each other in vain.
#[derive(Default)]
pub(crate) struct RecordLocks(Mutex<HashMap<u64, Arc<Place<()>>>>);

/// A locked record, or a wait for one, until it is dropped.
pub(crate) struct RecordLock<'a> {
    locks: &'a RecordLocks,
    record: u64,
    held: Option<OwnedMutexGuard<()>>,
}

impl RecordLocks {
    /// Waits for the records that the command names, and for others that it touches: those that it gives another sum, and those that it
    /// touched when it was decided in vain. A transaction names none. In ascending order, so that no two commands wait for each other.
    pub(crate) async fn hold(&self, command: &Command, touched: &[RecordRef]) -> Vec<RecordLock<'_>> {
        let touched = touched.iter().map(|record| hash(record.model, &record.key));
        let mut records: Vec<u64> = named(command).map(|(model, key)| hash(model, key)).chain(touched).collect();
        records.sort_unstable();
        records.dedup();
        let mut held = Vec::with_capacity(records.len());
        for record in records {
            held.push(self.wait(record).await);
        }
        held
    }

    async fn wait(&self, record: u64) -> RecordLock<'_> {
        let place = Arc::clone(self.0.lock().entry(record).or_default());
        // Made before the wait, so that who gives up leaves as well.
        let mut lock = RecordLock { locks: self, record, held: None };
        lock.held = Some(place.lock_owned().await);
        lock
    }
}

impl Drop for RecordLock<'_> {
    fn drop(&mut self) {
        let mut places = self.locks.0.lock();
        self.held = None;
        // Nobody else can come to have it while the map is locked.
        if places.get(&self.record).is_some_and(|place| Arc::strong_count(place) == 1) {
            places.remove(&self.record);
        }
    }
}

fn named(command: &Command) -> impl Iterator<Item = (usize, &Key)> {
    command.operations.iter().filter_map(|operation| {
        let (Action::Replace(target, _)
        | Action::Patch(target, _)
        | Action::Restore(target, _)
        | Action::Delete(target)
        | Action::Run(target, ..)
        | Action::Transition(target, _)) = &operation.action
        else {
            return None;
        };
        let Target::Key(key) = target else { return None };
        Some((operation.model, key))
    })
}

fn hash(model: usize, key: &Key) -> u64 {
    let mut hasher = DefaultHasher::new();
    (model, key).hash(&mut hasher);
    hasher.finish()
}

/// The records whose stored computed fields the command will change: those that its records refer to, and those that they will. Whoever
/// is about to change one of them waits for the others from the start: a busy one would else be lost to those who come first each time.
pub(crate) fn parents(view: &View<'_>, command: &Command) -> Vec<RecordRef> {
    let catalog = view.state().catalog();
    let of = |operation: &Operation| {
        let feeds = &catalog.feeds[operation.model];
        if feeds.is_empty() {
            return Vec::new();
        }
        let model = &catalog.models[operation.model];
        let (key, draft) = target_and_draft(&operation.action);
        let row = key.and_then(|key| view.row(operation.model, key));
        let stored = row.and_then(|row| model.decode_row(&row.bytes).ok());
        let mut supplied = stored.clone().unwrap_or_else(|| vec![Value::Null; model.schema.fields.len()]);
        for (place, value) in draft.into_iter().flat_map(|draft| &draft.fields) {
            if let Supplied::Value(value) = value {
                supplied[*place] = value.clone();
            }
        }
        let relations = feeds.iter().filter_map(|feed| match feed.role {
            Role::Refers { relation } => Some((feed.model, relation)),
            Role::Referred { .. } => None,
        });
        let versions = [stored, Some(supplied)];
        let keys = |(parent, relation): (usize, usize)| {
            let keys = versions.iter().flatten().filter_map(|values| model.relation_key(relation, values));
            keys.map(|key| RecordRef::new(parent, key)).collect::<Vec<_>>()
        };
        relations.flat_map(keys).collect()
    };
    command.operations.iter().flat_map(of).collect()
}

/// The record that an action is about, and what it gives.
const fn target_and_draft(action: &Action) -> (Option<&Key>, Option<&Draft>) {
    let (target, draft) = match action {
        Action::Create(draft) | Action::Import(draft) => return (None, Some(draft)),
        Action::Replace(target, draft) | Action::Patch(target, draft) | Action::Restore(target, draft) => {
            (target, Some(draft))
        }
        Action::Delete(target)
        | Action::Undelete(target)
        | Action::Purge(target)
        | Action::Run(target, ..)
        | Action::Transition(target, _) => (target, None),
        Action::Transaction(_) | Action::Permitted(_) | Action::Fold(_) => return (None, None),
    };
    match target {
        Target::Key(key) => (Some(key), draft),
        Target::Operation(_) => (None, draft),
    }
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use super::*;
    use lithair_model::{Principal, Timestamp};

    fn nothing() -> Command {
        Command { now: Timestamp::from_micros(0), principal: Principal::Anonymous, operations: Vec::new() }
    }

    fn record(number: u32) -> RecordRef {
        RecordRef::new(0, Key::from_bytes(number.to_be_bytes()))
    }

    fn poll<F: Future>(future: std::pin::Pin<&mut F>) -> Poll<F::Output> {
        future.poll(&mut Context::from_waker(Waker::noop()))
    }

    #[test]
    fn different_records_never_wait_for_one_another() {
        let (locks, command) = (RecordLocks::default(), nothing());
        let mut held = Vec::new();
        for number in 0..10_000 {
            match poll(pin!(locks.hold(&command, &[record(number)]))) {
                Poll::Ready(lock) => held.push(lock),
                Poll::Pending => panic!("record {number} waits for another"),
            }
        }
        drop(held);
        assert!(locks.0.lock().is_empty(), "nothing is left of records that nobody is at");
    }

    #[test]
    fn one_record_is_taken_in_turns() {
        let (locks, command) = (RecordLocks::default(), nothing());
        let both = [record(1), record(2)];
        let Poll::Ready(first) = poll(pin!(locks.hold(&command, &both))) else { panic!("nobody is there") };
        let again = [record(2)];
        let mut second = pin!(locks.hold(&command, &again));
        assert!(poll(second.as_mut()).is_pending());
        drop(first);
        let Poll::Ready(second) = poll(second) else { panic!("it is its turn") };
        drop(second);
        assert!(locks.0.lock().is_empty());
    }

    #[test]
    fn who_gives_up_leaves_nothing_behind() {
        let (locks, command) = (RecordLocks::default(), nothing());
        let one = [record(1)];
        let Poll::Ready(first) = poll(pin!(locks.hold(&command, &one))) else { panic!("nobody is there") };
        {
            let mut early = pin!(locks.hold(&command, &one));
            assert!(poll(early.as_mut()).is_pending());
        }
        {
            let mut late = pin!(locks.hold(&command, &one));
            assert!(poll(late.as_mut()).is_pending());
            drop(first);
            // It is its turn now, and it does not take it.
        }
        assert!(locks.0.lock().is_empty());
    }
}
