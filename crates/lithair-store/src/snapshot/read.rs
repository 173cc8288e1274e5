//! Reading snapshots.

use super::{
    FOOTER_BYTES, FOOTER_CHECKED_BYTES, HEADER_BYTES, MAGIC, SECTION_BYTES, SnapshotInfo, VERSION, checksum,
    snapshot_name,
};
use crate::error::{ReadError, damaged, reading};
use crate::media::{Media, MediaFile};
use lithair_model::Position;

/// An open snapshot. Blocks are read one by one, in any order and from any thread; records ascend through them.
#[derive(Debug)]
pub struct SnapshotReader {
    name: String,
    file: Box<dyn MediaFile>,
    info: SnapshotInfo,
    directory: Vec<u8>,
    blocks: usize,
}

/// A key and its value.
pub type SnapshotRecord = (Vec<u8>, Vec<u8>);

impl SnapshotReader {
    /// Opens and checks everything but the blocks, which are checked when they are read.
    pub(crate) fn open(media: &dyn Media, store: [u8; 16], position: Position) -> Result<Self, ReadError> {
        let name = snapshot_name(position);
        let file = media.open(&name).map_err(reading(&name))?;
        let length = file.len().map_err(reading(&name))?;
        let read = |offset: u64, bytes: usize| -> Result<Vec<u8>, ReadError> {
            let mut buffer = vec![0; bytes];
            file.read_exact_at(&mut buffer, offset).map_err(reading(&name))?;
            Ok(buffer)
        };
        let footer_at = length.checked_sub(FOOTER_BYTES as u64).filter(|&at| at >= HEADER_BYTES as u64);
        let footer_at = footer_at.ok_or_else(|| damaged(&name, length, "it is shorter than a snapshot"))?;
        let (header, footer) = (read(0, HEADER_BYTES)?, read(footer_at, FOOTER_BYTES)?);
        let u32_at = |at: usize| u32::from_le_bytes(footer[at..at + 4].try_into().expect("four bytes are four bytes"));
        let u64_at =
            |at: usize| u64::from_le_bytes(footer[at..at + 8].try_into().expect("eight bytes are eight bytes"));
        let (directory_at, blocks, meta_bytes) = (u64_at(0), u32_at(8) as usize, u32_at(12) as usize);
        let middle_bytes = blocks * SECTION_BYTES + meta_bytes;
        if &footer[56..] != MAGIC || directory_at.checked_add(middle_bytes as u64) != Some(footer_at) {
            return Err(damaged(&name, footer_at, "its footer is not what was written"));
        }
        let mut directory = read(directory_at, middle_bytes + FOOTER_CHECKED_BYTES)?;
        if checksum(&header, &directory) != u32_at(FOOTER_CHECKED_BYTES) || footer[52..56] != [0; 4] {
            return Err(damaged(&name, directory_at, "its directory is not what was written"));
        }
        let belongs = header[..8] == *MAGIC && header[8..24] == store && header[24..32] == position.get().to_le_bytes();
        if !belongs || header[32..36] != VERSION.to_le_bytes() {
            return Err(damaged(
                &name,
                0,
                "it is another store's or another position's snapshot, or of a newer version",
            ));
        }
        let meta = directory[blocks * SECTION_BYTES..middle_bytes].to_vec();
        directory.truncate(blocks * SECTION_BYTES);
        let info = SnapshotInfo {
            position,
            digest: u128::from_le_bytes(footer[24..40].try_into().expect("16 bytes are 16 bytes")),
            meta,
            records: u64_at(16),
            at_micros: u64_at(40).cast_signed(),
        };
        Ok(Self { name, file, info, directory, blocks })
    }

    /// What it says of itself.
    pub const fn info(&self) -> &SnapshotInfo {
        &self.info
    }

    /// How many blocks it has.
    pub const fn blocks(&self) -> usize {
        self.blocks
    }

    /// The bytes of a block's records, whose checksum is right: pass them to [`records_of`].
    ///
    /// # Errors
    /// The block is damaged or cannot be read.
    ///
    /// # Panics
    /// If there is no such block.
    pub fn block(&self, block: usize) -> Result<Vec<u8>, ReadError> {
        let section = &self.directory[block * SECTION_BYTES..][..SECTION_BYTES];
        let u32_at = |at: usize| u32::from_le_bytes(section[at..at + 4].try_into().expect("four bytes are four bytes"));
        let offset = u64::from_le_bytes(section[..8].try_into().expect("eight bytes are eight bytes"));
        let mut compressed = vec![0; u32_at(8) as usize];
        self.file.read_exact_at(&mut compressed, offset).map_err(reading(&self.name))?;
        if crc32c::crc32c(&compressed) != u32_at(20) {
            return Err(damaged(&self.name, offset, "a block is not what was written"));
        }
        let raw_bytes = u32_at(12) as usize;
        match zstd::bulk::decompress(&compressed, raw_bytes) {
            Ok(raw) if raw.len() == raw_bytes && records_of(&raw).count() == u32_at(16) as usize => Ok(raw),
            _ => Err(damaged(&self.name, offset, "a block does not decompress")),
        }
    }

    /// All records in ascending order of their keys.
    pub fn records(&self) -> impl Iterator<Item = Result<SnapshotRecord, ReadError>> + '_ {
        (0..self.blocks).flat_map(|block| {
            let (records, error) = match self.block(block) {
                Ok(raw) => (records_of(&raw).map(|(key, value)| (key.to_vec(), value.to_vec())).collect(), None),
                Err(error) => (Vec::new(), Some(Err(error))),
            };
            records.into_iter().map(Ok).chain(error)
        })
    }
}

/// The records in a block's bytes.
pub fn records_of(raw: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    let mut rest = raw;
    std::iter::from_fn(move || {
        let (lengths, behind) = rest.split_at_checked(8)?;
        let length =
            |at: usize| u32::from_le_bytes(lengths[at..at + 4].try_into().expect("four bytes are four bytes")) as usize;
        let (key, behind) = behind.split_at_checked(length(0))?;
        let (value, behind) = behind.split_at_checked(length(4))?;
        rest = behind;
        Some((key, value))
    })
}
