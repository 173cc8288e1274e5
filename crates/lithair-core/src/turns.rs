//! Turns at records while a command on them is decided. Guards keep writers from harm; these keep them from deciding in vain.
//!
//! INVARIANT: a place is in the map as long as somebody has it or waits for it, and no longer. Whoever leaves last takes it away.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;

use lithair_model::{Action, Command, Key, Target};
use parking_lot::Mutex;
use tokio::sync::{Mutex as Place, OwnedMutexGuard};

/// By the hash of the record: two records have one place only if all of its 64 bits are the same, and then wait for each other in vain.
#[derive(Default)]
pub(crate) struct Turns(Mutex<HashMap<u64, Arc<Place<()>>>>);

/// A turn at a record, or a wait for one, until it is dropped.
pub(crate) struct Turn<'a> {
    turns: &'a Turns,
    record: u64,
    held: Option<OwnedMutexGuard<()>>,
}

impl Turns {
    /// Waits for the records that the command names, and for others that it touches: those that it gives another sum, and those that it
    /// touched when it was decided in vain. A transaction names none. In ascending order, so that no two commands wait for each other.
    pub(crate) async fn hold(&self, command: &Command, touched: &[(usize, Key)]) -> Vec<Turn<'_>> {
        let touched = touched.iter().map(|(model, key)| hash(*model, key));
        let mut records: Vec<u64> = named(command).map(|(model, key)| hash(model, key)).chain(touched).collect();
        records.sort_unstable();
        records.dedup();
        let mut held = Vec::with_capacity(records.len());
        for record in records {
            held.push(self.wait(record).await);
        }
        held
    }

    async fn wait(&self, record: u64) -> Turn<'_> {
        let place = Arc::clone(self.0.lock().entry(record).or_default());
        // Made before the wait, so that who gives up leaves as well.
        let mut turn = Turn { turns: self, record, held: None };
        turn.held = Some(place.lock_owned().await);
        turn
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut places = self.turns.0.lock();
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

    fn record(number: u32) -> (usize, Key) {
        (0, Key::from_bytes(number.to_be_bytes()))
    }

    fn poll<F: Future>(future: std::pin::Pin<&mut F>) -> Poll<F::Output> {
        future.poll(&mut Context::from_waker(Waker::noop()))
    }

    #[test]
    fn different_records_never_wait_for_one_another() {
        let (turns, command) = (Turns::default(), nothing());
        let mut held = Vec::new();
        for number in 0..10_000 {
            match poll(pin!(turns.hold(&command, &[record(number)]))) {
                Poll::Ready(turn) => held.push(turn),
                Poll::Pending => panic!("record {number} waits for another"),
            }
        }
        drop(held);
        assert!(turns.0.lock().is_empty(), "nothing is left of records that nobody is at");
    }

    #[test]
    fn one_record_is_taken_in_turns() {
        let (turns, command) = (Turns::default(), nothing());
        let both = [record(1), record(2)];
        let Poll::Ready(first) = poll(pin!(turns.hold(&command, &both))) else { panic!("nobody is there") };
        let again = [record(2)];
        let mut second = pin!(turns.hold(&command, &again));
        assert!(poll(second.as_mut()).is_pending());
        drop(first);
        let Poll::Ready(second) = poll(second) else { panic!("it is its turn") };
        drop(second);
        assert!(turns.0.lock().is_empty());
    }

    #[test]
    fn who_gives_up_leaves_nothing_behind() {
        let (turns, command) = (Turns::default(), nothing());
        let one = [record(1)];
        let Poll::Ready(first) = poll(pin!(turns.hold(&command, &one))) else { panic!("nobody is there") };
        {
            let mut early = pin!(turns.hold(&command, &one));
            assert!(poll(early.as_mut()).is_pending());
        }
        {
            let mut late = pin!(turns.hold(&command, &one));
            assert!(poll(late.as_mut()).is_pending());
            drop(first);
            // It is its turn now, and it does not take it.
        }
        assert!(turns.0.lock().is_empty());
    }
}
