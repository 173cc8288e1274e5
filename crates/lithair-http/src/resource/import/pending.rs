//! Operations that are submitted together, so that they share a sync.

use std::collections::HashSet;

use lithair_model::{Action, Draft, Expected, Key, Operation};

/// Operations of a command, and bytes of their lines, at most (but for one line that is larger).
const OPERATIONS_MAX: usize = 500;
const BYTES_MAX: usize = 1024 * 1024;

/// An operation and the number of its line.
pub(super) type Numbered = (u64, Operation);

/// Operations that will be submitted together.
#[derive(Default)]
pub(super) struct Pending {
    pub(super) operations: Vec<Numbered>,
    bytes: usize,
    keys: HashSet<Key>,
}

impl Pending {
    /// Whether a record with this key, from a line of so many bytes, may join.
    ///
    /// Two lines of one record are two changes, in their order.
    pub(super) fn has_room(&self, key: Option<&Key>, bytes: usize) -> bool {
        let is_small = self.operations.len() < OPERATIONS_MAX && self.bytes + bytes <= BYTES_MAX;
        self.operations.is_empty() || is_small && !key.is_some_and(|key| self.keys.contains(key))
    }

    pub(super) fn push(&mut self, line: u64, model: usize, draft: Draft, key: Option<Key>, bytes: usize) {
        self.bytes += bytes;
        self.keys.extend(key);
        self.operations.push((line, Operation { model, action: Action::Import(draft), expected: Expected::Anything }));
    }
}
