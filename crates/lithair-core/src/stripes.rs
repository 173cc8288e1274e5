//! Locks on records while a command on them is decided. Guards keep writers from harm; these keep them from deciding in vain.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use lithair_model::{Action, Command, Key, Target};
use tokio::sync::{Mutex, MutexGuard};

const STRIPES: usize = 256;

pub(crate) struct Stripes(Vec<Mutex<()>>);

impl Stripes {
    pub(crate) fn new() -> Self {
        Self((0..STRIPES).map(|_| Mutex::new(())).collect())
    }

    /// Waits for the stripes of the records that the command names, and of others that it touches: those that it gives another sum, and
    /// those that it touched when it was decided in vain. A transaction names none. In ascending order, so that no two commands wait for each other.
    pub(crate) async fn hold(&self, command: &Command, touched: &[(usize, Key)]) -> Vec<MutexGuard<'_, ()>> {
        let touched = touched.iter().map(|(model, key)| stripe(*model, key));
        let mut places: Vec<usize> = named(command).map(|(model, key)| stripe(model, key)).chain(touched).collect();
        places.sort_unstable();
        places.dedup();
        let mut held = Vec::with_capacity(places.len());
        for place in places {
            held.push(self.0[place].lock().await);
        }
        held
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

fn stripe(model: usize, key: &Key) -> usize {
    let mut hasher = DefaultHasher::new();
    (model, key).hash(&mut hasher);
    usize::try_from(hasher.finish() % STRIPES as u64).expect("is a number of stripes")
}
