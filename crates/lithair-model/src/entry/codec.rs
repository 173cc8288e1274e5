//! Entries to and from bytes. The tables are in `docs/formats/entry.md`.

mod decode;
mod encode;
#[cfg(test)]
mod tests;

use thiserror::Error;

use crate::Entry;

/// The keys of the maps. A number is never given another meaning.
mod number {
    pub(super) const AT: u32 = 0;
    pub(super) const ACTOR: u32 = 1;
    pub(super) const GUARDS: u32 = 2;
    pub(super) const CHANGES: u32 = 3;
    /// Left out where there are none.
    pub(super) const EVENTS: u32 = 4;
    /// Left out where there are none.
    pub(super) const REFUSED: u32 = 5;

    /// Of every guard and every change: which one it is.
    pub(super) const WHICH: u32 = 0;
    pub(super) const MODEL: u32 = 1;
    pub(super) const KEY: u32 = 2;
    pub(super) const REVISION: u32 = 3;
    /// The row of a put, the fields of a patch.
    pub(super) const BYTES: u32 = 4;
    /// The constraint or relation of a guard.
    pub(super) const PLACE: u32 = 5;
    pub(super) const VALUE: u32 = 6;
    pub(super) const TABLE: u32 = 7;
    pub(super) const FIELDS: u32 = 8;
    pub(super) const DOCUMENT: u32 = 9;
    pub(super) const NAME: u32 = 10;
    pub(super) const PAYLOAD: u32 = 11;
    /// The whole record that a patch leaves.
    pub(super) const WHOLE: u32 = 12;
    /// Left out where there are none.
    pub(super) const RETIRED: u32 = 13;
    /// Left out where there is no migration: which phase, and its parameter.
    pub(super) const PHASE: u32 = 14;
    /// How many records refer.
    pub(super) const COUNT: u32 = 15;

    pub(super) const PHASE_FILLING: u32 = 1;
    pub(super) const PHASE_EMPTYING: u32 = 2;
    pub(super) const PHASE_GONE: u32 = 3;

    pub(super) const GUARD_REVISION: u32 = 0;
    pub(super) const GUARD_ABSENT: u32 = 1;
    pub(super) const GUARD_PRESENT: u32 = 2;
    pub(super) const GUARD_UNIQUE: u32 = 3;
    pub(super) const GUARD_UNREFERENCED: u32 = 4;
    pub(super) const GUARD_UNREFERENCED_LIVE: u32 = 5;
    pub(super) const GUARD_REFERRERS: u32 = 6;

    pub(super) const CHANGE_PUT: u32 = 0;
    pub(super) const CHANGE_PATCH: u32 = 1;
    pub(super) const CHANGE_DELETE: u32 = 2;
    pub(super) const CHANGE_SCHEMA: u32 = 3;
}

impl Entry {
    /// Appends the entry's bytes. Equal entries have equal bytes.
    pub fn encode(&self, out: &mut Vec<u8>) {
        crate::cbor::append(out, |writer| encode::entry(self, writer));
    }

    /// The entry that the bytes say. Unknown keys are skipped.
    ///
    /// The bytes of rows and patches are not looked into: that takes the model ([`crate::ModelEntry::check_row`]).
    ///
    /// # Errors
    /// The bytes are not an entry, or hold a guard or a change of a newer program: skipping one would make another state.
    pub fn decode(bytes: &[u8]) -> Result<Self, CorruptEntry> {
        decode::entry(bytes)
    }
}

/// Bytes that are not an entry this program can apply.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CorruptEntry {
    /// Not the CBOR of an entry; what was found, and where.
    #[error("damaged entry: {0}")]
    Malformed(String),
    /// A part that every entry, guard or change of its sort has is missing.
    #[error("damaged entry: {part} lacks key {key}")]
    Incomplete {
        /// What is incomplete.
        part: &'static str,
        /// The missing key of its map.
        key: u32,
    },
    /// Written by a newer program.
    #[error("the entry has a {part} of sort {sort}, which this program does not know: a newer one wrote it")]
    Unknown {
        /// Guard or change.
        part: &'static str,
        /// Its number.
        sort: u32,
    },
}

impl From<minicbor::decode::Error> for CorruptEntry {
    fn from(error: minicbor::decode::Error) -> Self {
        Self::Malformed(error.to_string())
    }
}
