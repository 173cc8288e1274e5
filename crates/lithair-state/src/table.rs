//! The records of one model, and the indexes that lead to them.
//!
//! # What entries mean
//!
//! A record's newest version is its head. In an index, a *live* entry is one that the head has; a *dead* entry is one
//! that an earlier version has, which some view may still show. So a view that shows the head trusts live entries, and
//! in every other case computes the key of the version it shows and compares. Entries of the primary key stay as long
//! as any version does.
//!
//! # Locks
//!
//! One lock a table, taken for writing once a change and for reading once a run of entries that is copied. Nobody needs
//! it for longer: what is installed is invisible until it is published (`state.rs`).

mod collect;
mod copy;
mod counted;
mod fill;
mod lookup;
mod texts;

use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::sync::Arc;

pub(crate) use copy::{Entry, Source};
use counted::Counted;
use lithair_model::{Key, ModelEntry, ModelId, Position, Row};
use parking_lot::RwLock;

use crate::chain::{Chain, End, Version};
use crate::indexing::{IndexKeys, Indexing};
use crate::ordered_map::{Direction, KeyRange, OrderedMap, Slot};
use crate::slots::Slots;
use lookup::{Hint, Lookup};
pub(crate) use texts::Weight;
use texts::{TextEntries, Texts};

/// Room for the entry of an index that most take less of.
const ENTRY_BYTES: usize = 64;

/// The records of one model.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) model: ModelId,
    /// The model's place in the catalog; none for a model that the program does not have (any more). Its records are
    /// kept for snapshots and have no indexes.
    pub(crate) place: Option<usize>,
    pub(crate) indexing: Indexing,
    pub(crate) records: RwLock<Records>,
}

/// What a table's lock guards.
#[derive(Debug, Default)]
pub(crate) struct Records {
    pub(crate) slots: Slots,
    pub(crate) primary: OrderedMap,
    lookup: Lookup,
    pub(crate) indexes: Vec<OrderedMap>,
    /// The words of texts, if any are searched for.
    pub(crate) texts: Option<Texts>,
    /// Records that exist.
    count: Counted,
    /// Slots whose record got a version behind another one, by the position of the new one.
    garbage: VecDeque<(Position, Slot)>,
}

impl Table {
    pub(crate) fn known(model: &ModelEntry) -> Self {
        let indexing = Indexing::of(model);
        let indexes = (0..indexing.len()).map(|_| OrderedMap::default()).collect();
        let texts = (!model.schema.fulltext.is_empty()).then(Texts::default);
        let records = RwLock::new(Records { indexes, texts, ..Records::default() });
        Self { model: model.id, place: Some(model.place), indexing, records }
    }

    pub(crate) fn unknown(model: ModelId) -> Self {
        Self { model, place: None, indexing: Indexing::default(), records: RwLock::default() }
    }

    /// The newest version of a record, published or not.
    pub(crate) fn head(&self, model: Option<&ModelEntry>, key: &Key) -> Option<Arc<Row>> {
        let records = self.records.read();
        let slot = records.find(model, key)?;
        records.slots.at(slot).head().cloned()
    }

    /// The version of a record that a view shows.
    pub(crate) fn visible(&self, model: Option<&ModelEntry>, key: &Key, at: Position) -> Option<Arc<Row>> {
        let records = self.records.read();
        let slot = records.find(model, key)?;
        records.slots.at(slot).visible(at).cloned()
    }

    /// How many records a view shows.
    pub(crate) fn count(&self, at: Position) -> u64 {
        self.records.read().count.at(at)
    }

    /// The heads with live entries for these values in an index, each with its primary key, in the index's order.
    pub(crate) fn heads_with(&self, model: &ModelEntry, index: usize, values: &Key) -> Vec<Key> {
        let records = self.records.read();
        let mut found = Vec::new();
        records.indexes[index].walk(&KeyRange::prefix(values.as_bytes()), Direction::Forward, |_, held| {
            if held.live {
                let head = records.slots.at(held.slot).head().expect("a live entry leads to a head");
                found.push(model.row_key(head));
            }
            ControlFlow::Continue(())
        });
        found
    }

    /// Makes `row` the newest version of the record; none ends it. `keys` are those of the row, empty without one.
    pub(crate) fn install(
        &self,
        model: Option<&ModelEntry>,
        position: Position,
        key: &Key,
        row: Option<Arc<Row>>,
        keys: &IndexKeys,
    ) -> Option<Arc<Row>> {
        // Texts are cut into words before the lock is taken: that is most of the work.
        let texts = row.as_deref().and_then(|row| TextEntries::of(model?, row));
        let records = &mut *self.records.write();
        let slot = records.find(model, key).unwrap_or_else(|| records.add(key));
        let old = records.slots.at(slot).head().cloned();
        let old_keys = match (model, &old) {
            (Some(model), Some(old)) => self.indexing.keys(model, &old.bytes),
            _ => Vec::new(),
        };
        records.move_entries(&self.indexing, key, slot, &old_keys, keys);
        if let (Some(index), Some(model)) = (&mut records.texts, model) {
            let old = old.as_deref().and_then(|old| TextEntries::of(model, old));
            index.replace(position, slot, old.unwrap_or_default(), texts.unwrap_or_default());
        }
        records.note(position, slot, old.is_some(), row.is_some());
        records.slots.at_mut(slot).install(match row {
            Some(row) => Version::Row(row),
            None => Version::End(End { position, key: key.clone() }),
        });
        old
    }
}

impl Records {
    /// A new record without versions.
    fn add(&mut self, key: &Key) -> Slot {
        let slot = self.slots.take();
        self.primary.insert(key.as_bytes(), slot);
        self.lookup.insert(key.as_bytes(), slot);
        slot
    }

    /// The slot of the record that has, or had, this key.
    fn find(&self, model: Option<&ModelEntry>, key: &Key) -> Option<Slot> {
        match self.lookup.hint(key.as_bytes()) {
            Hint::Absent => None,
            Hint::Slot(slot) if self.slots.at(slot).has_key(model, key) => Some(slot),
            Hint::Slot(_) | Hint::Unknown => self.primary.find(key.as_bytes()).map(|held| held.slot),
        }
    }

    /// Buries the entries that the new version does not have, and adds those that the old one had not.
    fn move_entries(&mut self, indexing: &Indexing, key: &Key, slot: Slot, old: &IndexKeys, new: &IndexKeys) {
        let mut entry = Vec::with_capacity(ENTRY_BYTES);
        for (place, index) in self.indexes.iter_mut().enumerate() {
            let old = old.get(place).and_then(Option::as_ref);
            let new = new.get(place).and_then(Option::as_ref);
            if old == new {
                continue;
            }
            if let Some(old) = old {
                indexing.entry_key(place, old, key, slot, &mut entry);
                index.bury(&entry);
            }
            if let Some(new) = new {
                indexing.entry_key(place, new, key, slot, &mut entry);
                index.insert(&entry, slot);
            }
        }
    }

    /// Keeps the count, and remembers that there is something to forget later.
    fn note(&mut self, position: Position, slot: Slot, was: bool, is: bool) {
        if !self.slots.at(slot).is_vacant() {
            self.garbage.push_back((position, slot));
        }
        if was != is {
            let count = self.count.now();
            self.count.set(position, if is { count + 1 } else { count - 1 });
        }
    }

    /// The record of an entry, for who holds the lock.
    pub(crate) fn record(&self, slot: Slot) -> &Chain {
        self.slots.at(slot)
    }
}
