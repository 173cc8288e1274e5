//! From words to the records that have them.
//!
//! | bytes | of an entry's key                                                             |
//! |-------|-------------------------------------------------------------------------------|
//! | n     | the word, as it is compared                                                   |
//! | 1     | 0: no word has it, so the entries of a word stand before those of longer ones |
//! | 4     | the slot, big-endian                                                          |
//! | 2     | how often the record has the word, weighted, big-endian                       |
//! | 1     | how long the record's texts are, as a class                                   |
//!
//! So a search is ranked from entries alone. Live and dead are what they are in every index (`table.rs`).

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::sync::Arc;

use lithair_model::{ModelEntry, Position, Row, SearchWord, WordCounts, word_counts};

use super::{Counted, Table};
use crate::chain::Chain;
use crate::ordered_map::{Direction, KeyRange, OrderedMap, Slot};

/// Bytes of a key behind the word.
const TAIL_BYTES: usize = 8;
/// Entries that are copied while the table's lock is held once.
const RUN: usize = 1024;
/// Lengths below this are classes of their own; above, there are so many classes until the length doubles.
const EXACT_LENGTHS: u64 = 16;

/// The words of a table's texts.
#[derive(Debug, Default)]
pub(crate) struct Texts {
    pub(crate) entries: OrderedMap,
    /// How long all texts are together, each by its class.
    pub(super) length: Counted,
}

/// What one record has of a word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Weight {
    /// How often it is there, weighted.
    pub(crate) times: u32,
    /// How long the record's texts are.
    pub(crate) length: u64,
}

/// The entries of one version of a record.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct TextEntries {
    words: BTreeMap<String, u16>,
    class: u8,
}

impl TextEntries {
    /// The entries of a row, if its model is searched at all.
    pub(super) fn of(model: &ModelEntry, row: &Row) -> Option<Self> {
        if model.schema.fulltext.is_empty() {
            return None;
        }
        let WordCounts { words, length } = word_counts(model, &row.bytes);
        Some(Self { words, class: class_of(length) })
    }

    pub(super) fn length(&self) -> u64 {
        length_of(self.class)
    }

    /// The keys of the entries.
    pub(super) fn keys(&self, slot: Slot) -> impl Iterator<Item = Vec<u8>> + '_ {
        self.words.iter().map(move |(word, &times)| entry_key(word, slot, times, self.class))
    }

    /// What the version has of a word.
    fn weight(&self, asked: &SearchWord) -> Option<Weight> {
        let meant = self.words.range(asked.word.clone()..).take_while(|(word, _)| word.starts_with(&asked.word));
        let meant = meant.filter(|(word, _)| asked.means(word));
        let times: Vec<u32> = meant.map(|(_, &times)| u32::from(times)).collect();
        (!times.is_empty()).then(|| Weight { times: times.iter().sum(), length: self.length() })
    }
}

impl Texts {
    /// Buries the entries that the new version does not have, and adds those that the old one had not.
    pub(super) fn replace(&mut self, position: Position, slot: Slot, old: TextEntries, new: TextEntries) {
        if old == new {
            return;
        }
        let keeps = |one: &TextEntries, word: &String, times: u16, class: u8| {
            one.class == class && one.words.get(word) == Some(&times)
        };
        for (word, &times) in old.words.iter().filter(|(word, times)| !keeps(&new, word, **times, old.class)) {
            self.entries.bury(&entry_key(word, slot, times, old.class));
        }
        for (word, &times) in new.words.iter().filter(|(word, times)| !keeps(&old, word, **times, new.class)) {
            self.entries.insert(&entry_key(word, slot, times, new.class), slot);
        }
        if old.class != new.class {
            self.length.set(position, self.length.now() - old.length() + new.length());
        }
    }

    /// Forgets the entries that only forgotten versions had.
    pub(super) fn forget<'a>(
        &mut self,
        model: &ModelEntry,
        slot: Slot,
        forgotten: impl Iterator<Item = &'a Arc<Row>>,
        left: &Chain,
    ) {
        let mut gone = BTreeSet::new();
        for row in forgotten {
            gone.extend(TextEntries::of(model, row).unwrap_or_default().keys(slot));
        }
        if gone.is_empty() {
            return;
        }
        for row in left.rows() {
            TextEntries::of(model, row).unwrap_or_default().keys(slot).for_each(|key| {
                gone.remove(&key);
            });
        }
        gone.iter().for_each(|key| self.entries.remove_dead(key));
    }
}

impl Table {
    /// The records of which a view shows a version with the word, and what that version has of it. None, if more entries
    /// than `budget` lead there; what is looked at is taken off it.
    pub(crate) fn with_word(
        &self,
        model: &ModelEntry,
        word: &SearchWord,
        at: Position,
        budget: &mut u64,
    ) -> Option<BTreeMap<Slot, Weight>> {
        let mut range = KeyRange::prefix(word.word.as_bytes());
        if !word.is_prefix {
            range = KeyRange::prefix(&[word.word.as_bytes(), &[0]].concat());
        }
        let mut found: BTreeMap<Slot, Weight> = BTreeMap::new();
        // Records whose newest version is newer than the view: their entries may be of any version.
        let mut changed: BTreeMap<Slot, Arc<Row>> = BTreeMap::new();
        loop {
            let (last, visited) = self.walk_words(&range, at, &mut found, &mut changed);
            *budget = budget.checked_sub(visited)?;
            let Some(last) = last else { break };
            range.behind(&last, Direction::Forward);
        }
        for (slot, row) in changed {
            found.remove(&slot);
            if let Some(weight) = TextEntries::of(model, &row).unwrap_or_default().weight(word) {
                found.insert(slot, weight);
            }
        }
        Some(found)
    }

    /// One run of entries; the key it ended at, if there may be more.
    fn walk_words(
        &self,
        range: &KeyRange,
        at: Position,
        found: &mut BTreeMap<Slot, Weight>,
        changed: &mut BTreeMap<Slot, Arc<Row>>,
    ) -> (Option<Vec<u8>>, u64) {
        let records = self.records.read();
        let texts = records.texts.as_ref().expect("only a table with texts is searched");
        let (mut last, mut visited) = (None, 0);
        texts.entries.walk(range, Direction::Forward, |key, held| {
            visited += 1;
            let record = records.record(held.slot);
            match record.head() {
                Some(head) if head.position <= at => {
                    if held.live {
                        let (times, length) = tail(key);
                        let weight = found.entry(held.slot).or_insert(Weight { times: 0, length });
                        weight.times += times;
                    }
                }
                _ => {
                    if let Some(row) = record.visible(at) {
                        changed.entry(held.slot).or_insert_with(|| Arc::clone(row));
                    }
                }
            }
            if visited < RUN as u64 {
                return ControlFlow::Continue(());
            }
            last = Some(key.to_vec());
            ControlFlow::Break(())
        });
        (last, visited)
    }

    /// How long the texts of all records are together that a view shows.
    pub(crate) fn text_length(&self, at: Position) -> u64 {
        self.records.read().texts.as_ref().map_or(0, |texts| texts.length.at(at))
    }

    /// The versions of some records that a view shows.
    pub(crate) fn rows_at(&self, slots: &[Slot], at: Position) -> Vec<Option<Arc<Row>>> {
        let records = self.records.read();
        slots.iter().map(|&slot| records.record(slot).visible(at).cloned()).collect()
    }

    /// The record with this key.
    pub(crate) fn slot_of(&self, model: &ModelEntry, key: &lithair_model::Key) -> Option<Slot> {
        self.records.read().find(Some(model), key)
    }
}

fn entry_key(word: &str, slot: Slot, times: u16, class: u8) -> Vec<u8> {
    let mut key = Vec::with_capacity(word.len() + TAIL_BYTES);
    key.extend_from_slice(word.as_bytes());
    key.push(0);
    key.extend_from_slice(&slot.0.to_be_bytes());
    key.extend_from_slice(&times.to_be_bytes());
    key.push(class);
    key
}

/// How often, and how long, as the end of a key says it.
fn tail(key: &[u8]) -> (u32, u64) {
    let [.., high, low, class] = key else { unreachable!("a key has its tail") };
    (u32::from(u16::from_be_bytes([*high, *low])), length_of(*class))
}

/// The class of a length: an edit that adds few words to many leaves the entries of the others alone.
fn class_of(length: u64) -> u8 {
    let class = (0..=u8::MAX).rev().find(|&class| length_of(class) <= length);
    class.expect("the first class is of no words")
}

/// The least length of a class: 0, 1, .. 15, and then 16, 20, 24, 28, 32, 40, ..
const fn length_of(class: u8) -> u64 {
    let class = class as u64;
    if class < EXACT_LENGTHS {
        return class;
    }
    let above = class - EXACT_LENGTHS;
    let doubled = above / 4;
    // More words than memory has room for are one class.
    if doubled > 40 {
        return u64::MAX >> 8;
    }
    (EXACT_LENGTHS + (above % 4) * (EXACT_LENGTHS / 4)) << doubled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_is_its_class_to_a_quarter() {
        for length in (0..2_000).chain([70_000, 1 << 30]) {
            let least = length_of(class_of(length));
            assert!(least <= length && length - least <= length / 4, "{length} is {least}");
        }
        assert!((0..180).all(|class| length_of(class) < length_of(class + 1)), "longer is a later class");
    }
}
