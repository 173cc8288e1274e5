//! Archive: a sealed segment, compressed, with an index and a filter.
//!
//! | part | content |
//! |---|---|
//! | header, 64 bytes | magic `LITHARC1`, store id (16), number, last hash (32) |
//! | blocks | zstd of whole frames without their padding, about 32 KiB before compression |
//! | index | (aggregate hash, block) pairs, ascending, in shards of 4,096, each zstd |
//! | filter | BinaryFuse8 over the aggregate hashes: 9 bits a hash, 1 in 256 false positives |
//! | directory | for each block: offset, bytes, raw bytes, first ordinal, first position, crc32c; then the same of each shard, with its first hash as ordinal, and of the filter |
//! | footer, 32 bytes | directory offset, directory bytes, blocks, shards (0: one), crc32c of header, directory and footer fields, magic |
//!
//! Written aside, synced, renamed; the segment it replaces is removed only after the manifest names the archive.

mod filter;
mod read;
mod write;

pub(crate) use read::Archive;
pub(crate) use write::{Identity, write};

const MAGIC: &[u8; 8] = b"LITHARC1";
const HEADER_BYTES: usize = 64;
const FOOTER_BYTES: usize = 32;
const SECTION_BYTES: usize = 40;
/// Small enough that reading one record is cheap, large enough that zstd finds what repeats.
const BLOCK_BYTES: usize = 32 * 1024;
/// Pairs of a shard: one look-up reads so many.
const SHARD_PAIRS: usize = 4096;
const LEVEL: i32 = 3;

/// One compressed part of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Section {
    offset: u64,
    bytes: u32,
    raw_bytes: u32,
    first_ordinal: u64,
    first_position: u64,
    crc: u32,
}

impl Section {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.offset.to_le_bytes());
        out.extend_from_slice(&self.bytes.to_le_bytes());
        out.extend_from_slice(&self.raw_bytes.to_le_bytes());
        out.extend_from_slice(&self.first_ordinal.to_le_bytes());
        out.extend_from_slice(&self.first_position.to_le_bytes());
        out.extend_from_slice(&self.crc.to_le_bytes());
        out.extend_from_slice(&[0; 4]);
    }

    fn decode(bytes: &[u8]) -> Self {
        let u32_at = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().expect("four bytes are four bytes"));
        let u64_at = |at: usize| u64::from_le_bytes(bytes[at..at + 8].try_into().expect("eight bytes are eight bytes"));
        Self {
            offset: u64_at(0),
            bytes: u32_at(8),
            raw_bytes: u32_at(12),
            first_ordinal: u64_at(16),
            first_position: u64_at(24),
            crc: u32_at(32),
        }
    }
}

/// The checksum over everything that is not a section: header, then directory with the footer's fields.
fn footer_crc(header: &[u8], directory: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(header), directory)
}
