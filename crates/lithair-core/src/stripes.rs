//! Locks on records while a command on them is decided. Guards keep writers from harm; these keep them from deciding in vain.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use lithair_model::{Action, Command, Target};
use tokio::sync::{Mutex, MutexGuard};

const STRIPES: usize = 256;

pub(crate) struct Stripes(Vec<Mutex<()>>);

impl Stripes {
    pub(crate) fn new() -> Self {
        Self((0..STRIPES).map(|_| Mutex::new(())).collect())
    }

    /// Waits for the stripes of the records that the command names, in ascending order, so that no two commands wait for each other.
    pub(crate) async fn hold(&self, command: &Command) -> Vec<MutexGuard<'_, ()>> {
        let mut places: Vec<usize> = command
            .operations
            .iter()
            .filter_map(|operation| {
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
                let mut hasher = DefaultHasher::new();
                (operation.model, key).hash(&mut hasher);
                usize::try_from(hasher.finish() % STRIPES as u64).ok()
            })
            .collect();
        places.sort_unstable();
        places.dedup();
        let mut held = Vec::with_capacity(places.len());
        for place in places {
            held.push(self.0[place].lock().await);
        }
        held
    }
}
