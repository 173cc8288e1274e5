//! What an operator asks to be delivered again.

use lithair_model::{Catalog, Entry, Key};

use super::records::{DEAD_LETTER, RETRY};

/// The dead letters that the entry asks to be tried again.
pub(super) fn retried(catalog: &Catalog, entry: &Entry) -> Vec<Key> {
    let Some(model) = catalog.by_table(DEAD_LETTER.table).map(|place| catalog.models[place].id) else {
        return Vec::new();
    };
    let asked = entry.events.iter().filter(|event| event.model == model && event.name == RETRY);
    asked.map(|event| event.key.clone()).collect()
}
