//! From a key to a record's slot in one step, where the ordered map takes a dozen.
//!
//! A hint, never the truth: what it says is compared with the record, and when that differs the ordered map is asked. So
//! its hashes may be random, which keeps clients from choosing keys that meet, and answers are the same in every process.

use std::collections::HashMap;
use std::hash::{BuildHasher, BuildHasherDefault, Hasher, RandomState};

use crate::ordered_map::Slot;

/// Parts, each growing on its own: a whole one of a million keys would stop everybody for milliseconds.
const SHARDS: usize = 64;
/// Where a hash says its part: neither the lowest bits nor the highest, which the maps themselves use.
const SHARD_SHIFT: u32 = 40;

/// See the module's page.
#[derive(Debug)]
pub(super) struct Lookup {
    hasher: RandomState,
    shards: Box<[HashMap<u64, Slot, BuildHasherDefault<Same>>]>,
    /// Whether two keys ever had one hash. Then a hash that is not there does not mean that the key is not.
    met: bool,
}

/// What the hint says of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hint {
    /// No record has it.
    Absent,
    /// If a record has it, probably this one.
    Slot(Slot),
    /// Nothing.
    Unknown,
}

impl Default for Lookup {
    fn default() -> Self {
        let shards = (0..SHARDS).map(|_| HashMap::default()).collect();
        #[expect(
            clippy::disallowed_methods,
            reason = "no order comes from it, and keys that callers choose must not collide"
        )]
        let hasher = RandomState::new();
        Self { hasher, shards, met: false }
    }
}

impl Lookup {
    pub(super) fn hint(&self, key: &[u8]) -> Hint {
        let hash = self.hasher.hash_one(key);
        match self.shards[shard(hash)].get(&hash) {
            Some(&slot) => Hint::Slot(slot),
            None if self.met => Hint::Unknown,
            None => Hint::Absent,
        }
    }

    /// Takes in a key that is new.
    pub(super) fn insert(&mut self, key: &[u8], slot: Slot) {
        let hash = self.hasher.hash_one(key);
        self.met |= self.shards[shard(hash)].insert(hash, slot).is_some();
    }

    /// Takes out a key that is there.
    pub(super) fn remove(&mut self, key: &[u8], slot: Slot) {
        let hash = self.hasher.hash_one(key);
        let shard = &mut self.shards[shard(hash)];
        if shard.get(&hash) == Some(&slot) {
            shard.remove(&hash);
        }
        // After a mass of deletes, what they used is given back.
        if shard.capacity() > 4 * (shard.len() + 16) {
            shard.shrink_to(2 * shard.len());
        }
    }
}

fn shard(hash: u64) -> usize {
    usize::try_from((hash >> SHARD_SHIFT) % SHARDS as u64).expect("is less than the number of shards")
}

/// The hash of a number that is a hash already.
#[derive(Debug, Default)]
struct Same(u64);

impl Hasher for Same {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, _: &[u8]) {
        unreachable!("only numbers are hashed");
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hint_is_never_wrong_about_absence() {
        let mut lookup = Lookup::default();
        let key = |number: u32| number.to_be_bytes();
        for number in 0..5_000 {
            assert_eq!(lookup.hint(&key(number)), Hint::Absent);
            lookup.insert(&key(number), Slot(number));
        }
        for number in (0..5_000).step_by(2) {
            lookup.remove(&key(number), Slot(number));
        }
        for number in 0..5_000 {
            let expected = if number % 2 == 0 { Hint::Absent } else { Hint::Slot(Slot(number)) };
            assert_eq!(lookup.hint(&key(number)), expected);
        }
    }

    #[test]
    fn keys_that_met_make_absence_unknown() {
        let mut lookup = Lookup::default();
        lookup.insert(b"one", Slot(1));
        // What a second key of the same hash would do.
        lookup.insert(b"one", Slot(2));
        lookup.remove(b"one", Slot(1));
        assert_eq!(lookup.hint(b"one"), Hint::Slot(Slot(2)), "the other record's hint is not taken out");
        lookup.remove(b"one", Slot(2));
        assert_eq!(lookup.hint(b"one"), Hint::Unknown);
    }
}
