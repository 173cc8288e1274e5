//! Looking at a directory without taking it: everything is read and checked, nothing is changed, no program is needed.

use lithair_model::Position;

use crate::archive::Archive;
use crate::error::ReadError;
use crate::event::Event;
use crate::frame;
use crate::hash::GENESIS;
use crate::log::{Log, block_frames};
use crate::manifest::Manifest;
use crate::media::SharedMedia;
use crate::recover::{self, Found};
use crate::segment::archive_name;
use crate::snapshot::{self, SnapshotReader};

/// What was found in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Segments, compressed ones included.
    pub segments: u64,
    /// Batches, whose checksums, chain and roots were all computed again.
    pub frames: u64,
    /// Records in them.
    pub events: u64,
    /// Where the next entry will stand.
    pub next_position: Position,
    /// The hash of the last batch.
    pub chain_hash: [u8; 32],
    /// Snapshots, whose every block was read.
    pub snapshots: u64,
    /// An interrupted write at the end of the log, which the next start cuts off: file and offset.
    pub torn: Option<(String, u64)>,
}

fn found(media: &SharedMedia) -> Result<Option<Found>, ReadError> {
    Manifest::load(&**media)?.map(|manifest| recover::find(&**media, manifest)).transpose()
}

/// Reads and checks every byte that counts.
///
/// # Errors
/// The first thing that is not what was written, by file and offset.
pub fn verify(media: &SharedMedia) -> Result<Report, ReadError> {
    let empty = Report {
        segments: 0,
        frames: 0,
        events: 0,
        next_position: Position::new(1),
        chain_hash: GENESIS,
        snapshots: 0,
        torn: None,
    };
    let Some(found) = found(media)? else { return Ok(empty) };
    let mut report = Report {
        segments: found.segments.len() as u64,
        next_position: Position::new(found.tail.next_position),
        chain_hash: found.tail.hash,
        torn: found.torn,
        ..empty
    };
    let mut previous = GENESIS;
    for segment in &found.segments {
        segment.each_frame(&mut |name, offset, frame, payload| {
            if frame.previous != previous {
                return Err(crate::error::damaged(name, offset, "a batch does not continue the one before it"));
            }
            if !frame::root_matches(frame, payload) {
                return Err(crate::error::damaged(name, offset, "a batch's records are not those it was made of"));
            }
            previous = frame.hash;
            report.frames += 1;
            report.events += u64::from(frame.records);
            Ok(())
        })?;
    }
    for entry in found.manifest.segments.iter().filter(|entry| entry.is_archived) {
        let last = entry.end.as_ref().expect("an archive has an end").hash;
        let archive = Archive::open(&**media, &archive_name(entry.number), found.manifest.store, entry.number, &last)?;
        // The index is read by a look-up; whatever it finds, its checksum was right.
        archive.blocks_of(0)?;
        (0..archive.blocks()).try_for_each(|block| block_frames(&archive, block).map(drop))?;
    }
    report.snapshots = verify_snapshots(media, found.manifest.store)?;
    Ok(report)
}

fn verify_snapshots(media: &SharedMedia, store: [u8; 16]) -> Result<u64, ReadError> {
    let names = media.list().map_err(crate::error::reading("the directory"))?;
    let mut count = 0;
    for position in names.iter().filter_map(|name| snapshot::position_of(name)) {
        let reader = SnapshotReader::open(&**media, store, position)?;
        (0..reader.blocks()).try_for_each(|block| reader.block(block).map(drop))?;
        count += 1;
    }
    Ok(count)
}

/// All entries, read without taking the directory.
///
/// # Errors
/// The directory is damaged or cannot be read.
pub fn dump(media: &SharedMedia) -> Result<impl Iterator<Item = Result<Event, ReadError>> + use<>, ReadError> {
    let log = match found(media)? {
        Some(found) => Log::new(found.segments, found.manifest.voids),
        None => Log::default(),
    };
    Ok(std::sync::Arc::new(log).events(Position::ZERO))
}
