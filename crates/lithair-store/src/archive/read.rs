//! Reading archives.

use std::cell::RefCell;
use std::sync::Arc;

use super::{FOOTER_BYTES, HEADER_BYTES, MAGIC, SECTION_BYTES, Section, filter, footer_crc};
use crate::error::{ReadError, damaged, reading};
use crate::hash::Hash;
use crate::media::{Media, MediaFile};

/// An open archive: its directory and filter in memory, its blocks on the disk.
#[derive(Debug)]
pub(crate) struct Archive {
    name: String,
    file: Box<dyn MediaFile>,
    sections: Vec<Section>,
    blocks: usize,
    shards: usize,
    filter: Vec<u8>,
}

impl Archive {
    /// Opens and checks everything but the blocks and the index, which are checked when they are read.
    pub(crate) fn open(
        media: &dyn Media,
        name: &str,
        store: [u8; 16],
        number: u64,
        last: &Hash,
    ) -> Result<Arc<Self>, ReadError> {
        let file = media.open(name).map_err(reading(name))?;
        let length = file.len().map_err(reading(name))?;
        let footer_at = length.checked_sub(FOOTER_BYTES as u64).filter(|&at| at >= HEADER_BYTES as u64);
        let footer_at = footer_at.ok_or_else(|| damaged(name, length, "it is shorter than an archive"))?;
        let read = |offset: u64, bytes: usize| -> Result<Vec<u8>, ReadError> {
            let mut buffer = vec![0; bytes];
            file.read_exact_at(&mut buffer, offset).map_err(reading(name))?;
            Ok(buffer)
        };
        let header = read(0, HEADER_BYTES)?;
        let footer = read(footer_at, FOOTER_BYTES)?;
        let u32_at = |at: usize| u32::from_le_bytes(footer[at..at + 4].try_into().expect("four bytes are four bytes"));
        let directory_at = u64::from_le_bytes(footer[..8].try_into().expect("eight bytes are eight bytes"));
        let directory_bytes = u32_at(8) as usize;
        if &footer[24..] != MAGIC || directory_at.checked_add(directory_bytes as u64) != Some(footer_at) {
            return Err(damaged(name, footer_at, "its footer is not what was written"));
        }
        let checked = read(directory_at, directory_bytes + 20)?;
        if footer_crc(&header, &checked) != u32_at(20) {
            return Err(damaged(name, directory_at, "its directory is not what was written"));
        }
        let sections: Vec<Section> =
            checked[..directory_bytes].chunks_exact(SECTION_BYTES).map(Section::decode).collect();
        let blocks = u32_at(12) as usize;
        let belongs = header[..8] == *MAGIC && header[8..24] == store && header[32..] == *last;
        if !belongs || header[24..32] != number.to_le_bytes() {
            return Err(damaged(name, 0, "it is another store's or another segment's archive"));
        }
        // Earlier versions wrote one shard and said nothing of it.
        let shards = u32_at(16).max(1) as usize;
        if sections.len() != blocks + shards + 1 {
            return Err(damaged(name, directory_at, "its directory has the wrong length"));
        }
        let mut archive = Self { name: name.to_owned(), file, sections, blocks, shards, filter: Vec::new() };
        archive.filter = archive.section(blocks + shards)?;
        Ok(Arc::new(archive))
    }

    pub(crate) const fn blocks(&self) -> usize {
        self.blocks
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Where a block begins in the file.
    pub(crate) fn block_offset(&self, block: usize) -> u64 {
        self.sections[block].offset
    }

    /// The frames of a block, one behind the other without padding.
    pub(crate) fn block(&self, block: usize) -> Result<Vec<u8>, ReadError> {
        assert!(block < self.blocks, "blocks are asked for by their number");
        self.section(block)
    }

    /// The first block that can hold the position, given that positions ascend behind the frame `begin`, and nothing before it is wanted.
    pub(crate) fn block_of(&self, position: u64, begin: u64) -> usize {
        let known = self.block_of_ordinal(begin);
        let later = self.sections[..self.blocks].get(known + 1..).unwrap_or_default();
        known + later.partition_point(|section| section.first_position <= position)
    }

    /// The block that can hold the frame.
    pub(crate) fn block_of_ordinal(&self, ordinal: u64) -> usize {
        let behind = self.sections[..self.blocks].partition_point(|section| section.first_ordinal <= ordinal);
        behind.saturating_sub(1)
    }

    /// The first frame of a block, 0 for an archive without blocks.
    pub(crate) fn first_ordinal(&self, block: usize) -> u64 {
        self.sections[..self.blocks].get(block).map_or(0, |section| section.first_ordinal)
    }

    /// The position of a block's first entry.
    pub(crate) fn first_position(&self, block: usize) -> u64 {
        self.sections[block].first_position
    }

    /// The number of its last frame; `None` for an archive without frames.
    pub(crate) fn last_ordinal(&self) -> Result<Option<u64>, ReadError> {
        let Some(last) = self.blocks.checked_sub(1) else { return Ok(None) };
        Ok(crate::log::block_frames(self, last)?.last().map(|(frame, _)| frame.ordinal))
    }

    /// Whether records of the aggregate may be in here, without a read.
    pub(crate) fn may_contain(&self, aggregate: u64) -> bool {
        filter::may_contain(&self.filter, aggregate)
    }

    /// The blocks that hold records of the aggregate, ascending.
    pub(crate) fn blocks_of(&self, aggregate: u64) -> Result<Vec<usize>, ReadError> {
        let shards = &self.sections[self.blocks..][..self.shards];
        // The pairs of one aggregate may begin at the end of the shard before the first that begins with it.
        let begin = shards.partition_point(|shard| shard.first_ordinal < aggregate).saturating_sub(1);
        let mut found = Vec::new();
        let behind = shards.partition_point(|shard| shard.first_ordinal <= aggregate).max(begin + 1);
        for shard in begin..behind {
            self.blocks_in(self.blocks + shard, aggregate, &mut found)?;
        }
        Ok(found)
    }

    fn blocks_in(&self, shard: usize, aggregate: u64, found: &mut Vec<usize>) -> Result<(), ReadError> {
        let index = self.section(shard)?;
        let (pairs, _) = index.as_chunks::<12>();
        let hash = |pair: &[u8; 12]| u64::from_le_bytes(pair[..8].try_into().expect("eight bytes are eight bytes"));
        let begin = pairs.partition_point(|pair| hash(pair) < aggregate);
        let named = pairs[begin..].iter().take_while(|pair| hash(pair) == aggregate);
        let block =
            |pair: &[u8; 12]| u32::from_le_bytes(pair[8..].try_into().expect("four bytes are four bytes")) as usize;
        found.extend(named.map(block));
        Ok(())
    }

    fn section(&self, place: usize) -> Result<Vec<u8>, ReadError> {
        let section = &self.sections[place];
        let mut compressed = vec![0; section.bytes as usize];
        self.file.read_exact_at(&mut compressed, section.offset).map_err(reading(&self.name))?;
        if crc32c::crc32c(&compressed) != section.crc {
            return Err(damaged(&self.name, section.offset, "a block is not what was written"));
        }
        let raw = decompress(&compressed, section.raw_bytes as usize);
        match raw {
            Ok(raw) if raw.len() == section.raw_bytes as usize => Ok(raw),
            _ => Err(damaged(&self.name, section.offset, "a block does not decompress")),
        }
    }
}

thread_local! {
    /// Reading a record's history takes many small blocks: what a decompressor needs is made once a thread.
    static DECOMPRESSOR: RefCell<Option<zstd::bulk::Decompressor<'static>>> = const { RefCell::new(None) };
}

fn decompress(compressed: &[u8], raw_bytes: usize) -> std::io::Result<Vec<u8>> {
    DECOMPRESSOR.with_borrow_mut(|decompressor| {
        let decompressor = match decompressor {
            Some(decompressor) => decompressor,
            None => decompressor.insert(zstd::bulk::Decompressor::new()?),
        };
        decompressor.decompress(compressed, raw_bytes)
    })
}
