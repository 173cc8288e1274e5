//! Which record: names of records while they are decided about.

use lithair_model::Key;

/// A record, by its model and its key. In order of models, and of keys within one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordRef {
    /// The place of its model in the catalog.
    pub model: usize,
    /// Its key there.
    pub key: Key,
}

impl RecordRef {
    /// The record of a model that has this key.
    pub const fn new(model: usize, key: Key) -> Self {
        Self { model, key }
    }
}
