//! A record with its key, and as bytes of a snapshot.

use std::sync::Arc;

use lithair_model::{Key, ModelId, Position, Row};
use thiserror::Error;

const KEY_OFFSET: usize = size_of::<u32>();
const POSITION_OFFSET: usize = size_of::<u64>();
const ROW_OFFSET: usize = POSITION_OFFSET + size_of::<u64>();

/// One record with its key, as a snapshot has it.
///
/// In a snapshot (`docs/formats/state.md`; integers are big-endian):
///
/// | of    | offset | bytes | field                                 |
/// |-------|-------:|------:|---------------------------------------|
/// | key   |      0 |     4 | the model's number                    |
/// | key   |      4 |     n | the record's key                      |
/// | value |      0 |     8 | revision                              |
/// | value |      8 |     8 | position of the entry that made it so |
/// | value |     16 |     m | the row                               |
///
/// So records are in order of their model's number, then of their key.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// The model's number in the log.
    pub model: ModelId,
    /// The primary key.
    pub key: Key,
    /// The version.
    pub row: Arc<Row>,
}

impl Record {
    /// The key in a snapshot.
    pub fn snapshot_key(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(KEY_OFFSET + self.key.as_bytes().len());
        bytes.extend_from_slice(&self.model.0.to_be_bytes());
        bytes.extend_from_slice(self.key.as_bytes());
        bytes
    }

    /// The value in a snapshot.
    pub fn snapshot_value(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(ROW_OFFSET + self.row.bytes.len());
        bytes.extend_from_slice(&self.row.revision.to_be_bytes());
        bytes.extend_from_slice(&self.row.position.get().to_be_bytes());
        bytes.extend_from_slice(&self.row.bytes);
        bytes
    }

    /// The record of a key and a value in a snapshot. Whether the row is one of its model is not asked.
    ///
    /// # Errors
    /// They are too short.
    pub fn from_snapshot(key: &[u8], value: &[u8]) -> Result<Self, CorruptRecord> {
        let parse = || {
            let (model, key) = key.split_first_chunk()?;
            let (revision, rest) = value.split_first_chunk()?;
            let (position, row) = rest.split_first_chunk()?;
            Some(Self {
                model: ModelId(u32::from_be_bytes(*model)),
                key: Key::from_bytes(key),
                row: Arc::new(Row {
                    revision: u64::from_be_bytes(*revision),
                    position: Position::new(u64::from_be_bytes(*position)),
                    bytes: row.into(),
                }),
            })
        };
        parse().ok_or_else(|| CorruptRecord { key: key.into() })
    }
}

/// A key or a value of a snapshot that is no record.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("record {key:02x?} of a snapshot is damaged")]
pub struct CorruptRecord {
    /// The key in the snapshot.
    pub key: Box<[u8]>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_comes_back_from_a_snapshot() {
        let row = Row { revision: 3, position: Position::new(70_000), bytes: [0xa1, 0x00, 0x05].into() };
        let record = Record { model: ModelId(258), key: Key::from_bytes([0x81, 0x05]), row: Arc::new(row) };
        assert_eq!(record.snapshot_key(), [0, 0, 1, 2, 0x81, 0x05]);
        let back = Record::from_snapshot(&record.snapshot_key(), &record.snapshot_value());
        assert_eq!(back, Ok(record.clone()));
        assert!(Record::from_snapshot(&[0, 0, 1], &record.snapshot_value()).is_err());
        assert!(Record::from_snapshot(&record.snapshot_key(), &[0; 15]).is_err());
    }
}
