//! Frame: one batch of records, the unit of write, sync, checksum and chain. Integers are little-endian.
//!
//! | offset | bytes | field | meaning |
//! |-------:|------:|-------|---------|
//! | 0 | 4 | magic | `LFRM` |
//! | 4 | 4 | payload bytes | `1..=PAYLOAD_BYTES_MAX` |
//! | 8 | 4 | records | at least 1 |
//! | 12 | 2 | version | 1 |
//! | 14 | 2 | flags | 0 |
//! | 16 | 8 | salt | the segment's |
//! | 24 | 8 | ordinal | 1 for the store's first frame, one more for each |
//! | 32 | 8 | position | of its first entry, or where the next entry will stand |
//! | 40 | 8 | term | of its last record |
//! | 48 | 8 | time | when it was written, microseconds since 1970 |
//! | 56 | 4 | zero sectors | sectors of the whole frame that are all zeros because the payload is |
//! | 60 | 4 | payload crc32c | (polynomial: RFC 3720, 12.1) |
//! | 64 | 32 | previous | SHA-256 of the header (bytes 0..128) of the frame before |
//! | 96 | 32 | root | Merkle root over the records (RFC 6962, 2.1) |
//! | 128 | 4 | header crc32c | of bytes 0..128 |
//! | 132 | n | payload | the records |
//! | 132+n | 4 | end | `LEND` |
//! | .. | | zeros | up to a multiple of 512 |
//!
//! INVARIANT: a frame is synced before the next one is written, into a region that was zeros. Recovery leans on both: see
//! [`Scan::Torn`].

use crate::event;
use crate::hash::{Hash, leaf, merkle_root, sha256};

/// What a disk writes whole or not at all.
pub(crate) const SECTOR_BYTES: usize = 512;
pub(crate) const HEADER_BYTES: usize = 132;
const HASHED_BYTES: usize = 128;
const MAGIC: &[u8; 4] = b"LFRM";
const END: &[u8; 4] = b"LEND";
const VERSION: u16 = 1;

/// Records of one frame, in bytes, at most.
pub(crate) const PAYLOAD_BYTES_MAX: usize = 16 * 1024 * 1024;
const _: () = assert!(HEADER_BYTES <= SECTOR_BYTES, "a header lies in one sector, so it is never torn by a disk");

/// A frame's header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Bytes of its records.
    pub payload_bytes: usize,
    /// How many records.
    pub records: u32,
    /// The salt of the segment it was written for.
    pub salt: u64,
    /// Its number in the store.
    pub ordinal: u64,
    /// The position of its first entry, or where the next one will stand.
    pub position: u64,
    /// The term of its last record.
    pub term: u64,
    /// When it was written.
    pub at_micros: i64,
    /// The hash of the frame before.
    pub previous: Hash,
    /// The root over its records.
    pub root: Hash,
    /// Its own hash, which the next frame carries.
    pub hash: Hash,
    pub(crate) zero_sectors: u32,
    pub(crate) payload_crc: u32,
}

impl Frame {
    /// Bytes from its first to the first of the next.
    pub(crate) const fn padded_bytes(&self) -> usize {
        padded_bytes(self.payload_bytes)
    }
}

pub(crate) const fn padded_bytes(payload: usize) -> usize {
    (HEADER_BYTES + payload + END.len()).next_multiple_of(SECTOR_BYTES)
}

/// What a frame says beyond its records.
pub(crate) struct Head {
    pub(crate) salt: u64,
    pub(crate) ordinal: u64,
    pub(crate) position: u64,
    pub(crate) term: u64,
    pub(crate) at_micros: i64,
    pub(crate) previous: Hash,
}

/// Begins a frame in an empty buffer: records are appended behind it.
pub(crate) fn begin(out: &mut Vec<u8>) {
    out.clear();
    out.resize(HEADER_BYTES, 0);
}

/// Completes the frame in `out` and returns its hash. `leaves` are the hashes of its records, in order.
pub(crate) fn finish(out: &mut Vec<u8>, head: &Head, leaves: &mut Vec<Hash>) -> Hash {
    let payload = out.len() - HEADER_BYTES;
    assert!(payload > 0 && payload <= PAYLOAD_BYTES_MAX, "a frame has records, and no more than fit");
    let records = u32::try_from(leaves.len()).expect("fewer records than bytes");
    out.extend_from_slice(END);
    out.resize(padded_bytes(payload), 0);

    let zero_sectors = zero_sectors(&out[SECTOR_BYTES..]);
    let payload_crc = crc32c::crc32c(&out[HEADER_BYTES..HEADER_BYTES + payload]);
    let mut at = 0;
    let mut put = |bytes: &[u8]| {
        out[at..at + bytes.len()].copy_from_slice(bytes);
        at += bytes.len();
    };
    put(MAGIC);
    put(&u32::try_from(payload).expect("asserted above").to_le_bytes());
    put(&records.to_le_bytes());
    put(&VERSION.to_le_bytes());
    put(&0_u16.to_le_bytes());
    put(&head.salt.to_le_bytes());
    put(&head.ordinal.to_le_bytes());
    put(&head.position.to_le_bytes());
    put(&head.term.to_le_bytes());
    put(&head.at_micros.to_le_bytes());
    put(&zero_sectors.to_le_bytes());
    put(&payload_crc.to_le_bytes());
    put(&head.previous);
    put(&merkle_root(leaves));
    assert_eq!(at, HASHED_BYTES, "the header is as long as its table says");
    let header_crc = crc32c::crc32c(&out[..HASHED_BYTES]);
    out[HASHED_BYTES..HEADER_BYTES].copy_from_slice(&header_crc.to_le_bytes());
    sha256(&out[..HASHED_BYTES])
}

/// What stands at an offset.
pub(crate) enum Scan<'a> {
    /// A whole frame and its records.
    Frame(Frame, &'a [u8]),
    /// Zeros: nothing was ever written here.
    End,
    /// A frame whose write was interrupted: some of it is still the zeros of before. Nobody was told that it succeeded, unless a
    /// valid frame follows.
    Torn,
    /// Bytes that were written whole and are not what was written.
    Damaged,
}

/// Reads the frame at the beginning of `bytes`.
pub(crate) fn scan(bytes: &[u8]) -> Scan<'_> {
    let Some(sector) = bytes.get(..SECTOR_BYTES) else { return if is_zero(bytes) { Scan::End } else { Scan::Damaged } };
    if is_zero(sector) {
        return Scan::End;
    }
    let Some(frame) = header(sector) else {
        // Behind the header comes a record, which is not zeros. Where it is, the write ended before it.
        return if is_zero(&sector[HEADER_BYTES..]) { Scan::Torn } else { Scan::Damaged };
    };
    let Some(whole) = bytes.get(..frame.padded_bytes()) else { return Scan::Damaged };
    let payload = &whole[HEADER_BYTES..HEADER_BYTES + frame.payload_bytes];
    let end = &whole[HEADER_BYTES + frame.payload_bytes..][..END.len()];
    if crc32c::crc32c(payload) == frame.payload_crc && end == END {
        return Scan::Frame(frame, payload);
    }
    let lost_sectors = zero_sectors(&whole[SECTOR_BYTES..]) > frame.zero_sectors;
    if lost_sectors || is_zero(end) { Scan::Torn } else { Scan::Damaged }
}

/// The header in a sector, if its checksum is right.
pub(crate) fn header(sector: &[u8]) -> Option<Frame> {
    let bytes = sector.get(..HEADER_BYTES)?;
    let u32_at = |at: usize| u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
    let u64_at = |at: usize| u64::from(u32_at(at)) | u64::from(u32_at(at + 4)) << 32;
    let hash_at = |at: usize| <Hash>::try_from(&bytes[at..at + 32]).expect("32 bytes are 32 bytes");
    let version = u16::from_le_bytes([bytes[12], bytes[13]]);
    let payload_bytes = u32_at(4) as usize;
    let is_header = &bytes[..4] == MAGIC
        && crc32c::crc32c(&bytes[..HASHED_BYTES]) == u32_at(HASHED_BYTES)
        && version == VERSION
        && (1..=PAYLOAD_BYTES_MAX).contains(&payload_bytes);
    is_header.then(|| Frame {
        payload_bytes,
        records: u32_at(8),
        salt: u64_at(16),
        ordinal: u64_at(24),
        position: u64_at(32),
        term: u64_at(40),
        at_micros: u64_at(48).cast_signed(),
        zero_sectors: u32_at(56),
        payload_crc: u32_at(60),
        previous: hash_at(64),
        root: hash_at(96),
        hash: sha256(&bytes[..HASHED_BYTES]),
    })
}

/// Makes the checksums of a frame's bytes fit what they say, as far as they are long enough. For fuzzing.
pub(crate) fn forge_checksums(bytes: &mut [u8]) {
    bytes[..4].copy_from_slice(MAGIC);
    bytes[12..14].copy_from_slice(&VERSION.to_le_bytes());
    let room = bytes.len() - HEADER_BYTES - END.len();
    let payload = (u32::from_le_bytes([bytes[4], bytes[5], bytes[6], bytes[7]]) as usize).clamp(1, room);
    bytes[4..8].copy_from_slice(&u32::try_from(payload).unwrap_or(u32::MAX).to_le_bytes());
    let behind = HEADER_BYTES + payload;
    bytes[behind..behind + END.len()].copy_from_slice(END);
    let payload_crc = crc32c::crc32c(&bytes[HEADER_BYTES..behind]);
    bytes[60..64].copy_from_slice(&payload_crc.to_le_bytes());
    let header_crc = crc32c::crc32c(&bytes[..HASHED_BYTES]);
    bytes[HASHED_BYTES..HEADER_BYTES].copy_from_slice(&header_crc.to_le_bytes());
}

/// Whether the records are those the root was made of. Costs a hash a record; the checksum was checked before.
pub(crate) fn root_matches(frame: &Frame, payload: &[u8]) -> bool {
    let mut leaves = Vec::with_capacity(frame.records as usize);
    let mut rest = payload;
    while !rest.is_empty() {
        let Some((record, behind)) = event::split(rest) else { return false };
        leaves.push(leaf(record));
        rest = behind;
    }
    leaves.len() == frame.records as usize && merkle_root(&mut leaves) == frame.root
}

pub(crate) fn is_zero(bytes: &[u8]) -> bool {
    bytes.iter().all(|&byte| byte == 0)
}

fn zero_sectors(bytes: &[u8]) -> u32 {
    let count = bytes.chunks(SECTOR_BYTES).filter(|sector| is_zero(sector)).count();
    u32::try_from(count).expect("a frame has fewer sectors than bytes")
}
