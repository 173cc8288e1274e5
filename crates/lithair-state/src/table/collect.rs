//! Forgetting what no view shows any more.

use lithair_model::{ModelEntry, Position};

use super::{Records, Table};
use crate::chain::Version;
use crate::indexing::{IndexKeys, Indexing};
use crate::ordered_map::Slot;

impl Table {
    /// Forgets what no view from `floor` on shows, at most `budget` changes' worth; returns what is left of the budget.
    pub(crate) fn collect(&self, model: Option<&ModelEntry>, floor: Position, mut budget: usize) -> usize {
        self.records.write().forget_numbers(floor);
        while budget > 0 {
            // The lock is given up between two records: readers come first.
            let records = &mut *self.records.write();
            match records.garbage.front() {
                Some(&(position, slot)) if position <= floor => {
                    records.garbage.pop_front();
                    records.collect(&self.indexing, model, floor, slot);
                    budget -= 1;
                }
                _ => {
                    let kept = records.garbage.len();
                    records.garbage.shrink_to(kept * 2);
                    break;
                }
            }
        }
        budget
    }

    /// How many changes are still to be looked at once the floor passes them.
    pub(crate) fn garbage(&self) -> usize {
        self.records.read().garbage.len()
    }
}

impl Records {
    fn forget_numbers(&mut self, floor: Position) {
        self.count.forget(floor);
        if let Some(texts) = &mut self.texts {
            texts.length.forget(floor);
        }
    }

    /// Forgets versions of one record, the entries that only they had, and the record if nothing is left.
    fn collect(&mut self, indexing: &Indexing, model: Option<&ModelEntry>, floor: Position, slot: Slot) {
        let forgotten = self.slots.at_mut(slot).forget(floor);
        if let Some(model) = model.filter(|_| indexing.len() > 0) {
            self.remove_entries(indexing, model, slot, &forgotten);
        }
        if let (Some(texts), Some(model)) = (&mut self.texts, model) {
            texts.forget(model, slot, forgotten.iter().filter_map(Version::row), self.slots.at(slot));
        }
        // INVARIANT: the slot was not vacant before if versions were forgotten, so it is given back once.
        if !forgotten.is_empty() && self.slots.at(slot).is_vacant() {
            if let Some(Version::End(end)) = forgotten.last() {
                self.primary.bury(end.key.as_bytes());
                self.primary.remove_dead(end.key.as_bytes());
                self.lookup.remove(end.key.as_bytes(), slot);
            }
            self.slots.give_back(slot);
        }
    }

    fn remove_entries(&mut self, indexing: &Indexing, model: &ModelEntry, slot: Slot, forgotten: &[Version]) {
        if forgotten.is_empty() {
            return;
        }
        let kept: Vec<IndexKeys> = self.slots.at(slot).rows().map(|row| indexing.keys(model, &row.bytes)).collect();
        let mut entry = Vec::new();
        for row in forgotten.iter().filter_map(Version::row) {
            let keys = indexing.keys(model, &row.bytes);
            let primary = model.row_key(row);
            for (place, key) in keys.iter().enumerate() {
                let Some(values) = key.as_ref().filter(|_| kept.iter().all(|kept| kept[place] != *key)) else {
                    continue;
                };
                indexing.entry_key(place, values, &primary, slot, &mut entry);
                self.indexes[place].remove_dead(&entry);
            }
        }
    }
}
