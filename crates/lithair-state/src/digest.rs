//! A hash of a whole state: replicas, replays and snapshots must agree on it.
//!
//! The digest is the sum, modulo 2^128, of one XXH3-128 hash a record, over
//!
//! | bytes | field                                  |
//! |------:|----------------------------------------|
//! |     4 | model's number, big-endian             |
//! |     4 | bytes of the key, big-endian           |
//! |     n | key                                    |
//! |     8 | revision, big-endian                   |
//! |     8 | position of the version, big-endian    |
//! |     m | the row's bytes                        |
//!
//! A sum does not depend on the order, so it is kept while records change, and any state of equal records has the same
//! one, however it came to be. It finds faults and differences; it does not withstand an attacker.

use std::fmt;

use lithair_model::{Key, ModelId, Row};

/// The digest of some records. That of no records is 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Digest(u128);

impl Digest {
    /// The digest with this number.
    pub const fn new(number: u128) -> Self {
        Self(number)
    }

    /// The number.
    pub const fn get(self) -> u128 {
        self.0
    }

    /// Takes a record in.
    pub(crate) fn add(&mut self, model: ModelId, key: &Key, row: &Row) {
        self.0 = self.0.wrapping_add(hash(model, key, row));
    }

    /// Takes a record out that was taken in before.
    pub(crate) fn remove(&mut self, model: ModelId, key: &Key, row: &Row) {
        self.0 = self.0.wrapping_sub(hash(model, key, row));
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

fn hash(model: ModelId, key: &Key, row: &Row) -> u128 {
    let key_bytes = u32::try_from(key.as_bytes().len()).expect("keys are parts of entries, which are smaller");
    let mut bytes = Vec::with_capacity(24 + key.as_bytes().len() + row.bytes.len());
    bytes.extend_from_slice(&model.0.to_be_bytes());
    bytes.extend_from_slice(&key_bytes.to_be_bytes());
    bytes.extend_from_slice(key.as_bytes());
    bytes.extend_from_slice(&row.revision.to_be_bytes());
    bytes.extend_from_slice(&row.position.get().to_be_bytes());
    bytes.extend_from_slice(&row.bytes);
    xxhash_rust::xxh3::xxh3_128(&bytes)
}
