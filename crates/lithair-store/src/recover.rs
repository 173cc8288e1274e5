//! Opening a directory: what is there must be what was acknowledged.
//!
//! The rules, in order. Nothing on the disk changes before all of them held.
//!
//! 1. The manifest names the segments. One that is missing, another store's, or in another's place, is refused by name.
//! 2. A segment whose end is known must hold whole frames, in one chain, up to that end.
//! 3. Only the live segment may end badly. A frame that was never written whole, with no valid frame behind it, is the write that a crash
//!    interrupted; nobody was told it succeeded: the log ends before it. Anything else that is not a frame was once whole and
//!    synced, and has changed since: refused, by file and offset.
//! 4. Writing goes on in a new segment, so that nothing is ever written over.

use std::collections::HashSet;
use std::sync::Arc;

use crate::archive::Archive;
use crate::error::{ReadError, damaged, reading};
use crate::event::{Event, EventKind};
use crate::frame::{self, SECTOR_BYTES, Scan};
use crate::hash::{GENESIS, Hash};
use crate::log::{Form, FramePlace, Frames, Segment, records};
use crate::manifest::{Manifest, SegmentEnd, SegmentEntry, Void};
use crate::media::Media;
use crate::segment::{SEGMENT_HEADER_BYTES, SegmentHeader, archive_name, segment_name};

/// What recovery found.
pub(crate) struct Found {
    pub(crate) manifest: Manifest,
    pub(crate) segments: Vec<Arc<Segment>>,
    pub(crate) tail: Tail,
    /// Bytes of an interrupted write that were cut off.
    pub(crate) torn: Option<(String, u64)>,
}

/// Where the log goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tail {
    pub(crate) next_ordinal: u64,
    pub(crate) next_position: u64,
    pub(crate) hash: Hash,
}

impl Tail {
    const EMPTY: Self = Self { next_ordinal: 1, next_position: 1, hash: GENESIS };
}

/// Reads and checks the directory. Changes nothing.
pub(crate) fn find(media: &dyn Media, mut manifest: Manifest) -> Result<Found, ReadError> {
    let mut tail = Tail::EMPTY;
    let mut segments = Vec::new();
    let mut torn = None;
    for place in 0..manifest.segments.len() {
        let entry = manifest.segments[place].clone();
        if entry.first_ordinal != tail.next_ordinal || entry.previous != tail.hash {
            return Err(damaged(&segment_name(entry.number), 0, "it does not continue the segment before it"));
        }
        let segment = if entry.is_archived {
            let end = entry.end.as_ref().expect("the manifest's parser knows no archive without an end");
            tail = Tail { next_ordinal: end.last_ordinal + 1, next_position: end.next_position, hash: end.hash };
            let name = archive_name(entry.number);
            let archive = Archive::open(media, &name, manifest.store, entry.number, &end.hash)?;
            Segment::new(entry.number, entry.first_position, Form::Archive(archive))
        } else {
            let read = read_segment(media, manifest.store, &entry)?;
            tail = read.tail.clone();
            torn = read.torn.map(|offset| (segment_name(entry.number), offset));
            if entry.end.is_none() {
                seal(&mut manifest, place, &read);
            }
            Segment::new(entry.number, entry.first_position, Form::Frames(read.frames))
        };
        segments.push(segment);
    }
    refuse_strangers(media, &manifest)?;
    Ok(Found { manifest, segments, tail, torn })
}

/// What a segment file holds.
struct SegmentRead {
    frames: Frames,
    tail: Tail,
    end_offset: u64,
    voids: Vec<Void>,
    marks: Vec<Event>,
    torn: Option<u64>,
}

/// Gives the live segment its end, and takes over what it says beyond entries.
fn seal(manifest: &mut Manifest, place: usize, read: &SegmentRead) {
    manifest.segments[place].end = Some(SegmentEnd {
        last_ordinal: read.tail.next_ordinal - 1,
        next_position: read.tail.next_position,
        hash: read.tail.hash,
        offset: read.end_offset,
    });
    manifest.voids.extend(&read.voids);
    for mark in &read.marks {
        manifest.mark(mark);
    }
}

fn read_segment(media: &dyn Media, store: [u8; 16], entry: &SegmentEntry) -> Result<SegmentRead, ReadError> {
    let name = segment_name(entry.number);
    let bytes = match crate::media::read_file(media, &name) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Err(damaged(&name, 0, "it is missing")),
        Err(error) => return Err(reading(&name)(error)),
    };
    let header = SegmentHeader::decode(&bytes).map_err(|reason| damaged(&name, 0, reason))?;
    check_header(&name, store, entry, &header)?;
    let file = Arc::from(media.open(&name).map_err(reading(&name))?);
    let frames = Frames { name: name.clone(), file, places: Vec::new(), aggregates: Vec::new() };
    let tail = Tail { next_ordinal: entry.first_ordinal, next_position: entry.first_position, hash: entry.previous };
    let end_offset = SEGMENT_HEADER_BYTES as u64;
    let mut read = SegmentRead { frames, tail, end_offset, voids: Vec::new(), marks: Vec::new(), torn: None };
    let limit = entry.end.as_ref().map_or(bytes.len() as u64, |end| end.offset);
    let mut at = SEGMENT_HEADER_BYTES;
    while (at as u64) < limit {
        match frame::scan(&bytes[at..]) {
            Scan::Frame(frame, payload) => {
                if frame.salt != header.salt
                    || frame.ordinal != read.tail.next_ordinal
                    || frame.previous != read.tail.hash
                {
                    return Err(damaged(&name, at as u64, "a batch of another place"));
                }
                at += frame.padded_bytes();
                read.push(&frame, payload, at);
            }
            Scan::Damaged => return Err(damaged(&name, at as u64, "a batch is not what was written")),
            Scan::End | Scan::Torn if follows(&bytes, at + SECTOR_BYTES, &header, read.tail.next_ordinal) => {
                return Err(damaged(&name, at as u64, "a batch is not what was written, and later ones are whole"));
            }
            Scan::End => break,
            Scan::Torn => {
                read.torn = Some(at as u64);
                break;
            }
        }
    }
    match &entry.end {
        Some(end) if end.offset != read.end_offset || end.hash != read.tail.hash => {
            Err(damaged(&name, read.end_offset, "acknowledged batches are missing at its end"))
        }
        _ => Ok(read),
    }
}

fn check_header(name: &str, store: [u8; 16], entry: &SegmentEntry, header: &SegmentHeader) -> Result<(), ReadError> {
    let reason = if header.store != store {
        "it belongs to another store"
    } else if header.number != entry.number {
        "it is another segment under this name"
    } else if header.ordinal != entry.first_ordinal || header.previous != entry.previous {
        "it does not continue the segment before it"
    } else {
        return Ok(());
    };
    Err(damaged(name, 0, reason))
}

/// Whether a frame of this segment stands anywhere from `offset` on, later than the one that is missing.
fn follows(bytes: &[u8], offset: usize, header: &SegmentHeader, ordinal: u64) -> bool {
    let sectors = bytes.get(offset..).unwrap_or_default().chunks_exact(SECTOR_BYTES);
    sectors.filter_map(frame::header).any(|frame| frame.salt == header.salt && frame.ordinal > ordinal)
}

impl SegmentRead {
    fn push(&mut self, frame: &frame::Frame, payload: &[u8], end: usize) {
        let index = u32::try_from(self.frames.places.len()).expect("a segment has fewer frames than bytes");
        self.frames.places.push(FramePlace {
            offset: self.end_offset,
            padded_bytes: u32::try_from(frame.padded_bytes()).expect("a frame is small"),
            ordinal: frame.ordinal,
            position: frame.position,
        });
        for event in records(payload) {
            self.frames.aggregates.extend(event.aggregates.iter().map(|&hash| (hash, index)));
            self.tail.next_position = next_position(self.tail.next_position, &event);
            match event.kind {
                EventKind::Entry => {}
                EventKind::Truncate => {
                    let void = Void { ordinal: frame.ordinal, group: event.group, position: event.position.get() };
                    self.voids.push(void);
                }
                EventKind::Vote | EventKind::Commit | EventKind::Purge => self.marks.push(event),
            }
        }
        self.tail.next_ordinal = frame.ordinal + 1;
        self.tail.hash = frame.hash;
        self.end_offset = end as u64;
    }
}

/// Where the next entry stands once `event` is in the log.
pub(crate) fn next_position(next: u64, event: &Event) -> u64 {
    match event.kind {
        EventKind::Entry => event.position.next().get(),
        EventKind::Truncate => event.position.get().min(next),
        EventKind::Vote | EventKind::Commit | EventKind::Purge => next,
    }
}

/// A segment that the manifest does not name is either one that a crash left before it was written to, or does not belong here.
fn refuse_strangers(media: &dyn Media, manifest: &Manifest) -> Result<(), ReadError> {
    let named: HashSet<String> = manifest.segments.iter().map(|entry| segment_name(entry.number)).collect();
    for name in media.list().map_err(reading("the directory"))? {
        let is_segment = name.starts_with("log-") && name.ends_with(".segment");
        if !is_segment || named.contains(&name) {
            continue;
        }
        let bytes = crate::media::read_file(media, &name).map_err(reading(&name))?;
        let has_frame = bytes
            .get(SEGMENT_HEADER_BYTES..)
            .unwrap_or_default()
            .chunks_exact(SECTOR_BYTES)
            .any(|sector| frame::header(sector).is_some());
        if has_frame {
            return Err(damaged(&name, 0, "it holds batches and the manifest does not name it"));
        }
    }
    Ok(())
}

/// Removes what crashes leave behind: files that nothing names.
pub(crate) fn sweep(media: &dyn Media, manifest: &Manifest) -> std::io::Result<()> {
    let mut kept: HashSet<String> = HashSet::new();
    for entry in &manifest.segments {
        kept.insert(if entry.is_archived { archive_name(entry.number) } else { segment_name(entry.number) });
    }
    for name in media.list()? {
        let is_ours = name.starts_with("log-") || name.starts_with("spare.") || name.ends_with(".tmp");
        if is_ours && !kept.contains(&name) {
            media.remove(&name)?;
        }
    }
    Ok(())
}
