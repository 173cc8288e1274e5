//! Rows: the fields of a record as bytes.

mod codec;
mod merge;
#[cfg(test)]
mod tests;

pub(crate) use codec::find;
pub use codec::has_value;
pub use merge::{merge_rows, row_without};
use thiserror::Error;

use crate::Position;

/// One version of one record, immutable.
///
/// The bytes are those of the log: an integer-keyed CBOR map from field numbers to values (`docs/formats/entry.md`).
///
/// INVARIANT: the bytes of a row were checked ([`crate::ModelEntry::check_row`]) or encoded by this program. What reads a row
/// leans on it and shows null for a value that it cannot read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// 1 for a new record, one more for each change.
    pub revision: u64,
    /// The entry that made this version.
    pub position: Position,
    /// The fields, encoded.
    pub bytes: Box<[u8]>,
}

/// Bytes that are not a row of a model.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("damaged row: {detail}")]
pub struct CorruptRow {
    /// What was found, and where.
    pub detail: String,
}

impl From<minicbor::decode::Error> for CorruptRow {
    fn from(error: minicbor::decode::Error) -> Self {
        Self { detail: error.to_string() }
    }
}

impl CorruptRow {
    fn new(detail: &str) -> Self {
        Self { detail: detail.to_owned() }
    }
}
