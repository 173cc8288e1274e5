//! The housekeeper: a thread that prepares the next segment and compresses those that are full, away from the hot path.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use crate::archive::{self, Archive};
use crate::frame::{self, Scan};
use crate::log::Segment;
use crate::media::{Media, read_file};
use crate::prepare::make_spare;
use crate::priority::give_way;
use crate::segment::{SEGMENT_HEADER_BYTES, archive_name, segment_name};
use crate::shared::Shared;

/// Something to do in the background.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Chore {
    /// Zero-fill a file of so many bytes for the next segment.
    Spare(u64),
    /// Compress the sealed segment of this number.
    Archive(u64),
}

pub(crate) struct Housekeeper {
    chores: Sender<Chore>,
    thread: JoinHandle<()>,
}

impl Housekeeper {
    pub(crate) fn start(shared: Arc<Shared>) -> std::io::Result<Self> {
        let (chores, inbox) = channel();
        let thread =
            std::thread::Builder::new().name("lithair-housekeeper".into()).spawn(move || work(&shared, &inbox))?;
        Ok(Self { chores, thread })
    }

    pub(crate) fn sender(&self) -> Sender<Chore> {
        self.chores.clone()
    }

    /// Ends once what was asked is done.
    pub(crate) fn stop(self) {
        drop(self.chores);
        // A chore that panicked has told why on stderr; it changed nothing that the log needs.
        let _ = self.thread.join();
    }
}

fn work(shared: &Shared, inbox: &Receiver<Chore>) {
    give_way();
    while let Ok(chore) = inbox.recv() {
        if shared.poison.get().is_some() {
            return;
        }
        match chore {
            Chore::Spare(bytes) => spare(shared, bytes),
            // Without the archive the segment stays as it is, whole and readable. The next start tries again.
            Chore::Archive(number) => drop(compress(shared, number)),
        }
    }
}

/// What fails here is met again, and answered, by the flusher when it needs the segment.
fn spare(shared: &Shared, bytes: u64) {
    let mut ready = shared.spare_bytes.lock();
    if *ready == 0 && make_spare(&*shared.media, bytes).is_ok() {
        *ready = bytes;
    }
}

fn compress(shared: &Shared, number: u64) -> std::io::Result<()> {
    let (store, end, segment) = {
        let manifest = shared.manifest.lock();
        let entry = manifest.place_of(number).map(|place| &manifest.segments[place]);
        let Some(end) = entry.filter(|entry| !entry.is_archived).and_then(|entry| entry.end.clone()) else {
            return Ok(());
        };
        let Some(segment) = shared.log.segment(number) else { return Ok(()) };
        (manifest.store, end, segment)
    };
    if end.offset == SEGMENT_HEADER_BYTES as u64 {
        // A crash came before its first frame was whole. There is nothing to compress.
        return Ok(());
    }
    let bytes = read_file(&*shared.media, &segment_name(number))?;
    let name = archive_name(number);
    let identity = archive::Identity { store, number, last_hash: end.hash };
    let frames =
        frames(bytes.get(SEGMENT_HEADER_BYTES..usize::try_from(end.offset).unwrap_or(usize::MAX)).unwrap_or_default());
    archive::write(&*shared.media, &name, &identity, frames)?;
    adopt(shared, number, &segment, store, &end)
}

/// From here on the archive is the segment: the manifest says so before the segment's file goes.
fn adopt(
    shared: &Shared,
    number: u64,
    segment: &Segment,
    store: [u8; 16],
    end: &crate::manifest::SegmentEnd,
) -> std::io::Result<()> {
    let media: &dyn Media = &*shared.media;
    let name = archive_name(number);
    let archive = Archive::open(media, &name, store, number, &end.hash).map_err(std::io::Error::other)?;
    let is_whole = archive.last_ordinal().map_err(std::io::Error::other)? == Some(end.last_ordinal);
    if !is_whole {
        // The segment could not be read to its end: it stays, and says so when it is read.
        return media.remove(&name);
    }
    {
        let mut manifest = shared.manifest.lock();
        let Some(place) = manifest.place_of(number) else { return Ok(()) };
        manifest.segments[place].is_archived = true;
        manifest.store_in(media)?;
    }
    segment.replace(archive);
    shared.counters.archives.fetch_add(1, Ordering::Relaxed);
    media.remove(&segment_name(number))
}

/// The whole frames at the beginning of `bytes`.
fn frames(bytes: &[u8]) -> impl Iterator<Item = (frame::Frame, &[u8])> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let Scan::Frame(frame, _) = frame::scan(rest) else { return None };
        let (bytes, behind) = rest.split_at_checked(frame.padded_bytes())?;
        rest = behind;
        Some((frame, bytes))
    })
}
