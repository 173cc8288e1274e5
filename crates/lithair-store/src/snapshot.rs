//! Snapshot: what the log means at a position, as sorted records. It can always be built again from the log.
//!
//! | part | content |
//! |---|---|
//! | header, 48 bytes | magic `LITHSNP1`, store id (16), position, version (4), zeros (12) |
//! | blocks | zstd of records (key bytes u32, value bytes u32, key, value), about 256 KiB before compression |
//! | directory | for each block: offset (8), bytes (4), raw bytes (4), records (4), crc32c (4) |
//! | meta | the caller's bytes |
//! | footer, 64 bytes | directory offset (8), blocks (4), meta bytes (4), records (8), digest (16), time (8), crc32c of header, directory, meta and these (4), zeros (4), magic (8) |
//!
//! Written aside, synced, renamed. The newest two are kept: a damaged one is passed over for the one before, and the log does the rest.

mod read;
mod write;

use lithair_model::Position;

pub use read::{SnapshotReader, SnapshotRecord, records_of};
pub(crate) use write::write;

const MAGIC: &[u8; 8] = b"LITHSNP1";
const VERSION: u32 = 1;
const HEADER_BYTES: usize = 48;
const FOOTER_BYTES: usize = 64;
const FOOTER_CHECKED_BYTES: usize = 48;
const SECTION_BYTES: usize = 24;
const BLOCK_BYTES: usize = 256 * 1024;
const LEVEL: i32 = 1;

/// What a snapshot says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnapshotInfo {
    /// Everything up to here is in it.
    pub position: Position,
    /// The caller's digest of the state at that position.
    pub digest: u128,
    /// The caller's bytes.
    pub meta: Vec<u8>,
    /// How many records.
    pub records: u64,
    /// When it was made, microseconds since 1970.
    pub at_micros: i64,
}

pub(crate) fn snapshot_name(position: Position) -> String {
    format!("snapshot-{:020}.lithair", position.get())
}

/// The position in a snapshot's file name.
pub(crate) fn position_of(name: &str) -> Option<Position> {
    let digits = name.strip_prefix("snapshot-")?.strip_suffix(".lithair")?;
    digits.parse().ok().map(Position::new)
}

fn checksum(header: &[u8], rest: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(header), rest)
}
