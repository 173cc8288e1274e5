//! Events, the records of the log, and their bytes.

use lithair_model::Position;

/// What a record of the log is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum EventKind {
    /// An entry of the log, at a position.
    Entry = 1,
    /// A vote of consensus; the latest one of a group counts.
    Vote = 2,
    /// How far consensus has committed, as a hint; the latest one counts.
    Commit = 3,
    /// The entries of the group from the position on are void.
    Truncate = 4,
    /// Consensus needs nothing up to the position any more. Nothing is deleted.
    Purge = 5,
}

impl EventKind {
    pub(crate) const fn from_byte(byte: u8) -> Option<Self> {
        match byte {
            1 => Some(Self::Entry),
            2 => Some(Self::Vote),
            3 => Some(Self::Commit),
            4 => Some(Self::Truncate),
            5 => Some(Self::Purge),
            _ => None,
        }
    }
}

/// One record of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// What it is.
    pub kind: EventKind,
    /// The consensus group; 0 alone.
    pub group: u32,
    /// The term of consensus; 0 alone.
    pub term: u64,
    /// Where an entry stands; for `Truncate` the first void position, for `Purge` and `Commit` the last position it speaks of. Given
    /// by the store for entries appended without one.
    pub position: Position,
    /// When, in microseconds since 1970. Of entries that the store gives their position, none is before the one in front of it: an
    /// earlier time becomes that one's.
    pub at_micros: i64,
    /// Hashes of the keys of the records it touches, for `load_aggregate`.
    pub aggregates: Vec<u64>,
    /// What the caller wants back.
    pub payload: Vec<u8>,
}

impl Event {
    /// An entry of a program that runs alone; the store gives its position.
    pub const fn entry(at_micros: i64, aggregates: Vec<u64>, payload: Vec<u8>) -> Self {
        Self { kind: EventKind::Entry, group: 0, term: 0, position: Position::ZERO, at_micros, aggregates, payload }
    }

    /// Bytes it takes in a frame.
    pub(crate) const fn encoded_bytes(&self) -> usize {
        RECORD_HEADER_BYTES + 8 * self.aggregates.len() + self.payload.len()
    }
}

/// | offset | bytes | field |
/// |---:|---:|---|
/// | 0 | 1 | kind |
/// | 1 | 1 | reserved, 0 |
/// | 2 | 2 | aggregates |
/// | 4 | 4 | group |
/// | 8 | 8 | term |
/// | 16 | 8 | position |
/// | 24 | 8 | at, microseconds |
/// | 32 | 4 | payload bytes |
/// | 36 | 8 each | aggregate hashes |
/// | .. | n | payload |
pub(crate) const RECORD_HEADER_BYTES: usize = 36;

/// Aggregates a record may name.
pub(crate) const AGGREGATES_MAX: usize = u16::MAX as usize;

/// Appends a record's bytes.
pub(crate) fn encode(event: &Event, out: &mut Vec<u8>) {
    let aggregates =
        u16::try_from(event.aggregates.len()).expect("an event with too many aggregates was refused before");
    let payload = u32::try_from(event.payload.len()).expect("an event too large was refused before");
    out.extend_from_slice(&[event.kind as u8, 0]);
    out.extend_from_slice(&aggregates.to_le_bytes());
    out.extend_from_slice(&event.group.to_le_bytes());
    out.extend_from_slice(&event.term.to_le_bytes());
    out.extend_from_slice(&event.position.get().to_le_bytes());
    out.extend_from_slice(&event.at_micros.to_le_bytes());
    out.extend_from_slice(&payload.to_le_bytes());
    for hash in &event.aggregates {
        out.extend_from_slice(&hash.to_le_bytes());
    }
    out.extend_from_slice(&event.payload);
}

/// Takes the first record of `bytes`: its bytes, and what follows. `None` if it is not whole.
pub(crate) fn split(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let header = bytes.get(..RECORD_HEADER_BYTES)?;
    let aggregates = usize::from(u16::from_le_bytes(header[2..4].try_into().ok()?));
    let payload = u32::from_le_bytes(header[32..36].try_into().ok()?) as usize;
    bytes.split_at_checked(RECORD_HEADER_BYTES + 8 * aggregates + payload)
}

/// Whether a record's bytes name the aggregate.
pub(crate) fn names(record: &[u8], aggregate: u64) -> bool {
    let count = record.get(2..4).map_or(0, |bytes| usize::from(u16::from_le_bytes([bytes[0], bytes[1]])));
    let hashes = record.get(RECORD_HEADER_BYTES..RECORD_HEADER_BYTES + 8 * count).unwrap_or_default();
    hashes.chunks_exact(8).any(|hash| hash == aggregate.to_le_bytes())
}

/// The event of a record's bytes. `None` if they are not one.
pub(crate) fn decode(record: &[u8]) -> Option<Event> {
    let number = |at: usize| Some(u64::from_le_bytes(record.get(at..at + 8)?.try_into().ok()?));
    let count = usize::from(u16::from_le_bytes(record.get(2..4)?.try_into().ok()?));
    let payload = RECORD_HEADER_BYTES + 8 * count;
    Some(Event {
        kind: EventKind::from_byte(*record.first()?)?,
        group: u32::from_le_bytes(record.get(4..8)?.try_into().ok()?),
        term: number(8)?,
        position: Position::new(number(16)?),
        at_micros: number(24)?.cast_signed(),
        aggregates: (0..count).map(|place| number(RECORD_HEADER_BYTES + 8 * place)).collect::<Option<_>>()?,
        payload: record.get(payload..)?.to_vec(),
    })
}
