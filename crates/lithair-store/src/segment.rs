//! Segment: one file of frames. 4 KiB of header, then frames, then zeros.
//!
//! | offset | bytes | field |
//! |-------:|------:|-------|
//! | 0 | 8 | magic `LITHSEG1` |
//! | 8 | 2 | version, 1 |
//! | 10 | 2 | cipher, 0 = none |
//! | 12 | 4 | key id, 0 |
//! | 16 | 16 | store id: the directory it belongs to |
//! | 32 | 8 | number |
//! | 40 | 8 | salt |
//! | 48 | 8 | ordinal of its first frame |
//! | 56 | 8 | position of its first entry |
//! | 64 | 32 | hash of the frame before its first |
//! | 96 | 4 | crc32c of bytes 0..96 |
//! | 100 | .. | zeros up to 4096 |

use crate::hash::Hash;

pub(crate) const SEGMENT_HEADER_BYTES: usize = 4096;
const MAGIC: &[u8; 8] = b"LITHSEG1";
const VERSION: u16 = 1;
const CHECKED_BYTES: usize = 96;

/// What a segment says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SegmentHeader {
    pub(crate) store: [u8; 16],
    pub(crate) number: u64,
    pub(crate) salt: u64,
    pub(crate) ordinal: u64,
    pub(crate) position: u64,
    pub(crate) previous: Hash,
}

impl SegmentHeader {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(SEGMENT_HEADER_BYTES);
        out.extend_from_slice(MAGIC);
        out.extend_from_slice(&VERSION.to_le_bytes());
        out.extend_from_slice(&[0; 6]);
        out.extend_from_slice(&self.store);
        for number in [self.number, self.salt, self.ordinal, self.position] {
            out.extend_from_slice(&number.to_le_bytes());
        }
        out.extend_from_slice(&self.previous);
        assert_eq!(out.len(), CHECKED_BYTES, "the header is as long as its table says");
        out.extend_from_slice(&crc32c::crc32c(&out).to_le_bytes());
        out.resize(SEGMENT_HEADER_BYTES, 0);
        out
    }

    /// The header at the beginning of a segment, or what is wrong with it.
    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, &'static str> {
        let bytes = bytes.get(..SEGMENT_HEADER_BYTES).ok_or("it is shorter than a header")?;
        let number = |at: usize| u64::from_le_bytes(bytes[at..at + 8].try_into().expect("eight bytes are eight bytes"));
        let crc = crc32c::crc32c(&bytes[..CHECKED_BYTES]).to_le_bytes();
        if bytes[CHECKED_BYTES..CHECKED_BYTES + 4] != crc || !crate::frame::is_zero(&bytes[CHECKED_BYTES + 4..]) {
            return Err("its header is damaged");
        }
        if &bytes[..8] != MAGIC {
            return Err("it is not a segment");
        }
        if bytes[8..10] != VERSION.to_le_bytes() {
            return Err("it was written by a newer version");
        }
        if bytes[10..16] != [0; 6] {
            return Err("it is encrypted, which this version cannot read");
        }
        Ok(Self {
            store: bytes[16..32].try_into().expect("16 bytes are 16 bytes"),
            number: number(32),
            salt: number(40),
            ordinal: number(48),
            position: number(56),
            previous: bytes[64..96].try_into().expect("32 bytes are 32 bytes"),
        })
    }
}

/// The file name of a segment as it was written.
pub(crate) fn segment_name(number: u64) -> String {
    format!("log-{number:08}.segment")
}

/// The file name of a segment that was compressed.
pub(crate) fn archive_name(number: u64) -> String {
    format!("log-{number:08}.archive")
}

/// The zero-filled file that becomes the next segment.
pub(crate) const SPARE_NAME: &str = "spare.segment";
