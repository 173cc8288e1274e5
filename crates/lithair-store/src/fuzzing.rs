//! What holds of a frame whatever its bytes are. A door for the fuzz targets, not for people.

use lithair_model::Position;

use crate::event::{self, Event};
use crate::frame::{self, HEADER_BYTES, Head, Scan};
use crate::hash::{GENESIS, leaf};

/// Reads `bytes` as a frame, as they are and with checksums that fit, so that what lies behind the checksums is read too; then
/// makes a frame of them and reads that.
///
/// # Panics
/// A frame that was written is not read back as it was. Reading never panics.
pub fn frame(bytes: &[u8]) {
    read(bytes);
    let mut forged = bytes.to_vec();
    forged.resize(forged.len().next_multiple_of(frame::SECTOR_BYTES).max(frame::SECTOR_BYTES), 0);
    frame::forge_checksums(&mut forged);
    read(&forged);
    written(bytes);
}

fn read(bytes: &[u8]) {
    let Scan::Frame(frame, payload) = frame::scan(bytes) else { return };
    assert!(frame.padded_bytes() <= bytes.len(), "a frame lies within its bytes");
    let _ = frame::root_matches(&frame, payload);
    let mut rest = payload;
    while let Some((record, behind)) = event::split(rest) {
        let _ = event::decode(record);
        rest = behind;
    }
}

/// Cuts the bytes into payloads by their first bytes, writes them as one frame and reads it.
fn written(bytes: &[u8]) {
    let events: Vec<Event> = bytes
        .chunk_by(|a, b| a <= b)
        .zip(1..)
        .map(|(part, position)| Event {
            position: Position::new(position),
            ..Event::entry(i64::from(part[0]), vec![position, u64::MAX], part.to_vec())
        })
        .collect();
    if events.is_empty() {
        return;
    }
    let (mut out, mut leaves) = (Vec::new(), Vec::new());
    frame::begin(&mut out);
    for event in &events {
        let begin = out.len();
        event::encode(event, &mut out);
        leaves.push(leaf(&out[begin..]));
    }
    let head = Head { salt: 1, ordinal: 2, position: 1, term: 0, at_micros: 3, previous: GENESIS };
    let hash = frame::finish(&mut out, &head, &mut leaves);
    let Scan::Frame(found, payload) = frame::scan(&out) else { panic!("a frame that was written is a frame") };
    assert_eq!((found.hash, found.records as usize), (hash, events.len()));
    assert!(frame::root_matches(&found, payload));
    let mut rest = &out[HEADER_BYTES..HEADER_BYTES + found.payload_bytes];
    for event in &events {
        let (record, behind) = event::split(rest).expect("as many records as were written");
        assert_eq!(event::decode(record).as_ref(), Some(event));
        rest = behind;
    }
    assert!(rest.is_empty());
}
