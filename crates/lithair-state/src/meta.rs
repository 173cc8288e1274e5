//! What a snapshot keeps beside the records.

use std::collections::BTreeSet;

use lithair_model::{Change, CorruptEntry, Entry, ModelId, Numbers, Position, Timestamp};
use minicbor::{Decoder, Encoder};
use thiserror::Error;

use crate::sequences::Sequences;

/// What a snapshot keeps beside the records: the highest numbers given, and the names that the log knows.
///
/// A CBOR map (`docs/formats/state.md`):
///
/// | key | type                       | meaning                                               |
/// |----:|----------------------------|-------------------------------------------------------|
/// |   0 | array of `[model, number]` | the highest number of each model's sequence           |
/// |   1 | bytes                      | an entry (`docs/formats/entry.md`) of schema changes   |
/// |   2 | array of distances         | the positions of the refused entries, ascending       |
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meta {
    pub(crate) sequences: Sequences,
    pub(crate) numbers: Numbers,
    /// None in the snapshot of an earlier version.
    refused: Option<BTreeSet<Position>>,
}

impl Default for Meta {
    fn default() -> Self {
        Self { sequences: Sequences::default(), numbers: Numbers::default(), refused: Some(BTreeSet::new()) }
    }
}

impl Meta {
    /// The names that the log knew.
    pub const fn numbers(&self) -> &Numbers {
        &self.numbers
    }

    /// The highest number that records of a model were given; 0 if none was.
    pub fn sequence(&self, model: ModelId) -> u64 {
        self.sequences.highest(model)
    }

    /// Whether it names the refused entries. Earlier versions did not keep them: what such a snapshot says of the records is right, but
    /// the log before it cannot be read again.
    pub const fn knows_refused(&self) -> bool {
        self.refused.is_some()
    }

    /// The positions of the entries that were refused, if they are known.
    pub(crate) fn refused(&self) -> BTreeSet<Position> {
        self.refused.clone().unwrap_or_default()
    }

    pub(crate) fn refuse(&mut self, position: Position) {
        self.refused.get_or_insert_default().insert(position);
    }

    pub(crate) const fn new(sequences: Sequences, numbers: Numbers, refused: BTreeSet<Position>) -> Self {
        Self { sequences, numbers, refused: Some(refused) }
    }

    /// As bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.write(&mut Encoder::new(&mut bytes)).expect("writing to memory does not fail");
        bytes
    }

    fn write(
        &self,
        writer: &mut Encoder<&mut Vec<u8>>,
    ) -> Result<(), minicbor::encode::Error<std::convert::Infallible>> {
        writer.map(2 + u64::from(self.refused.is_some()))?.u8(0)?.array(self.sequences.0.len() as u64)?;
        for (model, number) in &self.sequences.0 {
            writer.array(2)?.u32(model.0)?.u64(*number)?;
        }
        let changes = self.numbers.changes().into_iter().map(Change::Schema).collect();
        let names = Entry {
            at: Timestamp::from_micros(0),
            actor: None,
            guards: Vec::new(),
            changes,
            events: Vec::new(),
            refused: Vec::new(),
        };
        let mut entry = Vec::new();
        names.encode(&mut entry);
        writer.u8(1)?.bytes(&entry)?;
        if let Some(refused) = &self.refused {
            writer.u8(2)?.array(refused.len() as u64)?;
            let mut last = Position::ZERO;
            for position in refused {
                writer.u64(position.since(last))?;
                last = *position;
            }
        }
        Ok(())
    }

    /// From bytes. Keys that this program does not know are skipped.
    ///
    /// # Errors
    /// They are damaged, or of a later version.
    pub fn decode(bytes: &[u8]) -> Result<Self, CorruptMeta> {
        let mut meta = Self { refused: None, ..Self::default() };
        let mut reader = Decoder::new(bytes);
        for _ in 0..length(reader.map()?)? {
            match reader.u32()? {
                0 => meta.read_sequences(&mut reader)?,
                1 => meta.read_names(reader.bytes()?)?,
                2 => meta.read_refused(&mut reader)?,
                _ => reader.skip()?,
            }
        }
        Ok(meta)
    }

    fn read_sequences(&mut self, reader: &mut Decoder<'_>) -> Result<(), CorruptMeta> {
        for _ in 0..length(reader.array()?)? {
            if length(reader.array()?)? != 2 {
                return Err(CorruptMeta { detail: "a sequence is a model and a number".to_owned() });
            }
            self.sequences.raise(ModelId(reader.u32()?), reader.u64()?);
        }
        Ok(())
    }

    fn read_refused(&mut self, reader: &mut Decoder<'_>) -> Result<(), CorruptMeta> {
        let mut refused = BTreeSet::new();
        let mut last = 0_u64;
        for _ in 0..length(reader.array()?)? {
            let beyond = || CorruptMeta { detail: "a refused position is beyond all positions".to_owned() };
            last = last.checked_add(reader.u64()?).ok_or_else(beyond)?;
            refused.insert(Position::new(last));
        }
        self.refused = Some(refused);
        Ok(())
    }

    fn read_names(&mut self, entry: &[u8]) -> Result<(), CorruptMeta> {
        for change in Entry::decode(entry)?.changes {
            if let Change::Schema(change) = change {
                self.numbers.learn(&change);
            }
        }
        Ok(())
    }
}

fn length(length: Option<u64>) -> Result<u64, CorruptMeta> {
    length.ok_or_else(|| CorruptMeta { detail: "lengths are always written".to_owned() })
}

/// Bytes that are not the meta of a snapshot.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the snapshot's meta is damaged: {detail}")]
pub struct CorruptMeta {
    /// What was found.
    pub detail: String,
}

impl From<minicbor::decode::Error> for CorruptMeta {
    fn from(error: minicbor::decode::Error) -> Self {
        Self { detail: error.to_string() }
    }
}

impl From<CorruptEntry> for CorruptMeta {
    fn from(error: CorruptEntry) -> Self {
        Self { detail: error.to_string() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refused_positions_come_back_and_their_absence_is_known() {
        let mut meta = Meta::default();
        for position in [7, 8, 70_000] {
            meta.refuse(Position::new(position));
        }
        assert_eq!(Meta::decode(&meta.encode()), Ok(meta.clone()));
        let earlier = Meta { refused: None, ..meta };
        let decoded = Meta::decode(&earlier.encode()).expect("is a meta");
        assert!(!decoded.knows_refused() && Meta::default().knows_refused());
        assert_eq!(decoded, earlier);
    }
}
