//! Filling an empty table with sorted records: pages are filled by appending, indexes are sorted once.

use std::sync::Arc;

use lithair_model::{Key, ModelEntry, Row};
use parking_lot::RwLockWriteGuard;

use super::{Records, Table, TextEntries};
use crate::chain::Version;
use crate::indexing::Indexing;
use crate::ordered_map::{OrderedMap, Slot};

/// A table that is being filled. Nobody reads it meanwhile.
pub(crate) struct Filling<'a> {
    indexing: &'a Indexing,
    model: Option<&'a ModelEntry>,
    records: RwLockWriteGuard<'a, Records>,
    /// The entries of each index, in no order yet.
    heaps: Vec<Heap>,
    /// The entries of the words, in no order yet, and how many words there are.
    words: Heap,
    length: u64,
    entry: Vec<u8>,
}

impl Table {
    /// Begins to fill the table, which is empty.
    pub(crate) fn fill<'a>(&'a self, model: Option<&'a ModelEntry>) -> Filling<'a> {
        let records = self.records.write();
        assert_eq!(records.count.now(), 0, "only an empty table is filled");
        let heaps = records.indexes.iter().map(|_| Heap::default()).collect();
        Filling {
            indexing: &self.indexing,
            model,
            records,
            heaps,
            words: Heap::default(),
            length: 0,
            entry: Vec::new(),
        }
    }
}

impl Filling<'_> {
    /// Adds a record behind all others.
    pub(crate) fn push(&mut self, key: &Key, row: Arc<Row>) {
        let records = &mut *self.records;
        let slot = records.slots.take();
        records.primary.push(key.as_bytes(), slot);
        records.lookup.insert(key.as_bytes(), slot);
        let count = records.count.now();
        records.count.fill(count + 1);
        if let Some(model) = self.model {
            for (place, values) in self.indexing.keys(model, &row.bytes).iter().enumerate() {
                let Some(values) = values else { continue };
                self.indexing.entry_key(place, values, key, slot, &mut self.entry);
                self.heaps[place].push(&self.entry, slot);
            }
            if let Some(texts) = TextEntries::of(model, &row) {
                texts.keys(slot).for_each(|key| self.words.push(&key, slot));
                self.length += texts.length();
            }
        }
        records.slots.at_mut(slot).install(Version::Row(row));
    }

    /// Builds the indexes.
    pub(crate) fn finish(mut self) {
        let records = &mut *self.records;
        for (index, heap) in records.indexes.iter_mut().zip(self.heaps) {
            heap.pour(index);
        }
        if let Some(texts) = &mut records.texts {
            self.words.pour(&mut texts.entries);
            texts.length.fill(self.length);
        }
    }
}

/// Entries in one allocation, in no order.
#[derive(Default)]
struct Heap {
    bytes: Vec<u8>,
    entries: Vec<HeapEntry>,
}

#[derive(Clone, Copy)]
struct HeapEntry {
    /// The first bytes of the key, as a number: nearly all comparisons end here, without a look at the key.
    first: u64,
    start: usize,
    bytes: u32,
    slot: Slot,
}

impl Heap {
    fn push(&mut self, key: &[u8], slot: Slot) {
        let bytes = u32::try_from(key.len()).expect("keys are parts of entries, which are smaller");
        self.entries.push(HeapEntry { first: first_bytes(key), start: self.bytes.len(), bytes, slot });
        self.bytes.extend_from_slice(key);
    }

    fn pour(mut self, index: &mut OrderedMap) {
        let bytes = self.bytes;
        let key = |entry: &HeapEntry| &bytes[entry.start..entry.start + entry.bytes as usize];
        self.entries.sort_unstable_by(|one, other| one.first.cmp(&other.first).then_with(|| key(one).cmp(key(other))));
        self.entries.iter().for_each(|entry| index.push(key(entry), entry.slot));
    }
}

/// The first eight bytes of a key as a number that compares as they do; a shorter key has zeros behind it.
fn first_bytes(key: &[u8]) -> u64 {
    let mut first = [0; 8];
    let count = key.len().min(8);
    first[..count].copy_from_slice(&key[..count]);
    u64::from_be_bytes(first)
}
