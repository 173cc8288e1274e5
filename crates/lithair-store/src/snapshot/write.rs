//! Writing snapshots.

use std::io;

use zstd::bulk::Compressor;

use super::{
    BLOCK_BYTES, FOOTER_BYTES, FOOTER_CHECKED_BYTES, HEADER_BYTES, LEVEL, MAGIC, SnapshotInfo, VERSION, checksum,
    snapshot_name,
};
use crate::media::{Media, MediaFile, UNSYNCED_BYTES_MAX};

/// Writes a snapshot; durable under its name on return. `records` come in ascending order of their keys; `info` is asked for once
/// they are all written, and its number of records is not used.
pub(crate) fn write<E: From<io::Error>>(
    media: &dyn Media,
    store: [u8; 16],
    position: lithair_model::Position,
    records: impl Iterator<Item = Result<(Vec<u8>, Vec<u8>), E>>,
    info: impl FnOnce() -> Result<SnapshotInfo, E>,
) -> Result<SnapshotInfo, E> {
    let name = snapshot_name(position);
    let temporary = format!("{name}.tmp");
    let mut writer = Writer::begin(media.create(&temporary)?, store, position)?;
    for record in records {
        let (key, value) = record?;
        writer.push(&key, &value)?;
    }
    let mut info = info()?;
    info.records = writer.records;
    assert_eq!(info.position, position, "a snapshot is of one position");
    writer.finish(&info)?;
    media.rename(&temporary, &name)?;
    media.sync_directory()?;
    Ok(info)
}

struct Writer {
    /// One for all blocks: what it works in is larger than a block.
    compressor: Compressor<'static>,
    file: Box<dyn MediaFile>,
    offset: u64,
    unsynced: usize,
    header: Vec<u8>,
    block: Vec<u8>,
    block_records: u32,
    directory: Vec<u8>,
    blocks: u32,
    records: u64,
}

impl Writer {
    fn begin(file: Box<dyn MediaFile>, store: [u8; 16], position: lithair_model::Position) -> io::Result<Self> {
        let mut header = Vec::with_capacity(HEADER_BYTES);
        header.extend_from_slice(MAGIC);
        header.extend_from_slice(&store);
        header.extend_from_slice(&position.get().to_le_bytes());
        header.extend_from_slice(&VERSION.to_le_bytes());
        header.resize(HEADER_BYTES, 0);
        file.write_all_at(&header, 0)?;
        let block = Vec::with_capacity(2 * BLOCK_BYTES);
        let offset = HEADER_BYTES as u64;
        Ok(Self {
            compressor: Compressor::new(LEVEL)?,
            file,
            offset,
            unsynced: 0,
            header,
            block,
            block_records: 0,
            directory: Vec::new(),
            blocks: 0,
            records: 0,
        })
    }

    fn push(&mut self, key: &[u8], value: &[u8]) -> io::Result<()> {
        for part in [key, value] {
            let bytes = u32::try_from(part.len()).map_err(|_| io::ErrorKind::FileTooLarge)?;
            self.block.extend_from_slice(&bytes.to_le_bytes());
        }
        self.block.extend_from_slice(key);
        self.block.extend_from_slice(value);
        self.block_records += 1;
        self.records += 1;
        if self.block.len() >= BLOCK_BYTES { self.end_block() } else { Ok(()) }
    }

    fn end_block(&mut self) -> io::Result<()> {
        if self.block.is_empty() {
            return Ok(());
        }
        let compressed = self.compressor.compress(&self.block)?;
        let too_large = |_| io::Error::from(io::ErrorKind::FileTooLarge);
        let bytes = u32::try_from(compressed.len()).map_err(too_large)?;
        let raw_bytes = u32::try_from(self.block.len()).map_err(too_large)?;
        self.file.write_all_at(&compressed, self.offset)?;
        self.directory.extend_from_slice(&self.offset.to_le_bytes());
        for number in [bytes, raw_bytes, self.block_records, crc32c::crc32c(&compressed)] {
            self.directory.extend_from_slice(&number.to_le_bytes());
        }
        self.offset += u64::from(bytes);
        self.unsynced += compressed.len();
        if self.unsynced >= UNSYNCED_BYTES_MAX {
            self.file.sync()?;
            self.unsynced = 0;
        }
        self.blocks += 1;
        self.block.clear();
        self.block_records = 0;
        Ok(())
    }

    fn finish(mut self, info: &SnapshotInfo) -> io::Result<()> {
        self.end_block()?;
        let meta_bytes = u32::try_from(info.meta.len()).map_err(|_| io::ErrorKind::FileTooLarge)?;
        let mut rest = self.directory;
        rest.extend_from_slice(&info.meta);
        let footer = rest.len();
        rest.extend_from_slice(&self.offset.to_le_bytes());
        rest.extend_from_slice(&self.blocks.to_le_bytes());
        rest.extend_from_slice(&meta_bytes.to_le_bytes());
        rest.extend_from_slice(&info.records.to_le_bytes());
        rest.extend_from_slice(&info.digest.to_le_bytes());
        rest.extend_from_slice(&info.at_micros.to_le_bytes());
        assert_eq!(rest.len(), footer + FOOTER_CHECKED_BYTES, "the footer is as long as its table says");
        rest.extend_from_slice(&checksum(&self.header, &rest).to_le_bytes());
        rest.extend_from_slice(&[0; 4]);
        rest.extend_from_slice(MAGIC);
        assert_eq!(rest.len(), footer + FOOTER_BYTES, "the footer is as long as its table says");
        self.file.write_all_at(&rest, self.offset)?;
        self.file.sync()
    }
}
