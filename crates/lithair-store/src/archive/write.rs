//! Writing archives.

use std::io;

use zstd::bulk::Compressor;

use super::{BLOCK_BYTES, FOOTER_BYTES, HEADER_BYTES, LEVEL, MAGIC, SHARD_PAIRS, Section, filter};
use crate::frame::{Frame, HEADER_BYTES as FRAME_HEADER_BYTES};
use crate::hash::Hash;
use crate::media::Media;
use crate::{archive, event};

/// What an archive says of itself.
pub(crate) struct Identity {
    pub(crate) store: [u8; 16],
    pub(crate) number: u64,
    pub(crate) last_hash: Hash,
}

/// Writes the frames of a sealed segment as an archive called `name`. Durable under that name on return.
pub(crate) fn write<'a>(
    media: &dyn Media,
    name: &str,
    identity: &Identity,
    frames: impl Iterator<Item = (Frame, &'a [u8])>,
) -> io::Result<()> {
    let mut writer = Writer::new(identity)?;
    for (frame, bytes) in frames {
        writer.push(&frame, bytes)?;
    }
    let bytes = writer.finish()?;
    crate::media::replace_file(media, name, &bytes)
}

struct Writer {
    /// One for all sections: what it works in is larger than a block.
    compressor: Compressor<'static>,
    out: Vec<u8>,
    block: Vec<u8>,
    first: Option<(u64, u64)>,
    sections: Vec<Section>,
    /// (aggregate, block), in the order they came.
    pairs: Vec<(u64, u32)>,
}

impl Writer {
    fn new(identity: &Identity) -> io::Result<Self> {
        let mut out = Vec::new();
        out.extend_from_slice(MAGIC);
        out.extend_from_slice(&identity.store);
        out.extend_from_slice(&identity.number.to_le_bytes());
        out.extend_from_slice(&identity.last_hash);
        assert_eq!(out.len(), HEADER_BYTES, "the header is as long as its table says");
        Ok(Self {
            compressor: Compressor::new(LEVEL)?,
            out,
            block: Vec::with_capacity(2 * BLOCK_BYTES),
            first: None,
            sections: Vec::new(),
            pairs: Vec::new(),
        })
    }

    /// Adds a frame: its header and records, without the padding.
    fn push(&mut self, frame: &Frame, bytes: &[u8]) -> io::Result<()> {
        self.first.get_or_insert((frame.ordinal, frame.position));
        let block = u32::try_from(self.sections.len()).map_err(|_| io::ErrorKind::FileTooLarge)?;
        let mut records = &bytes[FRAME_HEADER_BYTES..][..frame.payload_bytes];
        while let Some((record, rest)) = event::split(records) {
            let event = event::decode(record).ok_or(io::ErrorKind::InvalidData)?;
            self.pairs.extend(event.aggregates.iter().map(|&hash| (hash, block)));
            records = rest;
        }
        self.block.extend_from_slice(&bytes[..FRAME_HEADER_BYTES + frame.payload_bytes]);
        if self.block.len() >= BLOCK_BYTES { self.end_block() } else { Ok(()) }
    }

    fn end_block(&mut self) -> io::Result<()> {
        if let Some((ordinal, position)) = self.first.take() {
            let mut raw = std::mem::take(&mut self.block);
            self.section(&raw, ordinal, position)?;
            raw.clear();
            self.block = raw;
        }
        Ok(())
    }

    fn section(&mut self, raw: &[u8], first_ordinal: u64, first_position: u64) -> io::Result<()> {
        let compressed = self.compressor.compress(raw)?;
        let too_large = |_| io::Error::from(io::ErrorKind::FileTooLarge);
        self.sections.push(Section {
            offset: self.out.len() as u64,
            bytes: u32::try_from(compressed.len()).map_err(too_large)?,
            raw_bytes: u32::try_from(raw.len()).map_err(too_large)?,
            first_ordinal,
            first_position,
            crc: crc32c::crc32c(&compressed),
        });
        self.out.extend_from_slice(&compressed);
        Ok(())
    }

    fn finish(mut self) -> io::Result<Vec<u8>> {
        self.end_block()?;
        let blocks = u32::try_from(self.sections.len()).map_err(|_| io::ErrorKind::FileTooLarge)?;
        self.pairs.sort_unstable();
        self.pairs.dedup();
        let pairs = std::mem::take(&mut self.pairs);
        // An archive without entries has one shard, which is empty.
        let shards = pairs.len().div_ceil(SHARD_PAIRS).max(1);
        for shard in 0..shards {
            let pairs = &pairs[shard * SHARD_PAIRS..pairs.len().min((shard + 1) * SHARD_PAIRS)];
            let mut index = Vec::with_capacity(12 * pairs.len());
            for (hash, block) in pairs {
                index.extend_from_slice(&hash.to_le_bytes());
                index.extend_from_slice(&block.to_le_bytes());
            }
            self.section(&index, pairs.first().map_or(0, |(hash, _)| *hash), 0)?;
        }
        let mut hashes: Vec<u64> = pairs.iter().map(|(hash, _)| *hash).collect();
        hashes.dedup();
        self.section(&filter::build(&hashes), 0, 0)?;

        let directory = self.out.len();
        for section in &self.sections {
            section.encode(&mut self.out);
        }
        let directory_bytes = u32::try_from(self.out.len() - directory).map_err(|_| io::ErrorKind::FileTooLarge)?;
        let footer = self.out.len();
        self.out.extend_from_slice(&(directory as u64).to_le_bytes());
        self.out.extend_from_slice(&directory_bytes.to_le_bytes());
        self.out.extend_from_slice(&blocks.to_le_bytes());
        let shards = u32::try_from(shards).map_err(|_| io::ErrorKind::FileTooLarge)?;
        self.out.extend_from_slice(&shards.to_le_bytes());
        let crc = archive::footer_crc(&self.out[..HEADER_BYTES], &self.out[directory..footer + 20]);
        self.out.extend_from_slice(&crc.to_le_bytes());
        self.out.extend_from_slice(MAGIC);
        assert_eq!(self.out.len(), footer + FOOTER_BYTES, "the footer is as long as its table says");
        Ok(self.out)
    }
}
