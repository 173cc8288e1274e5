use crate::Position;

/// One version of one record, immutable.
///
/// The bytes are those of the log: an integer-keyed CBOR map from field numbers to values, all fields present.
#[derive(Debug, PartialEq, Eq)]
pub struct Row {
    /// 1 for a new record, one more for each change.
    pub revision: u64,
    /// The entry that made this version.
    pub position: Position,
    /// The fields, encoded.
    pub bytes: Box<[u8]>,
}
