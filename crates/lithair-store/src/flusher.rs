//! The flusher: the one thread that writes the log.
//!
//! It takes all that is queued, writes it as one frame, syncs once, tells readers, then the sink. No timer: a batch forms while the
//! one before is under way.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

use lithair_model::Position;

use crate::error::AppendError;
use crate::event::{self, Event, EventKind};
use crate::event_store::Batch;
use crate::frame::{self, Head, PAYLOAD_BYTES_MAX};
use crate::hash::{Hash, leaf};
use crate::housekeeper::Chore;
use crate::log::{Form, FramePlace, Frames, Segment};
use crate::manifest::{Manifest, SegmentEnd, SegmentEntry, Void};
use crate::media::MediaFile;
use crate::prepare::{is_full, make_spare};
use crate::queue::Queue;
use crate::recover::{Tail, next_position};
use crate::segment::{SEGMENT_HEADER_BYTES, SPARE_NAME, SegmentHeader, segment_name};
use crate::shared::{Shared, now_micros};

/// A batch that has so many bytes is not made larger by what comes while it is encoded.
const JOINED_BYTES_MAX: usize = 1024 * 1024;

/// How long a full disk is left alone before the next attempt to make a segment.
const FULL_PAUSE: Duration = Duration::from_millis(100);

pub(crate) struct Flusher<T> {
    pub(crate) shared: Arc<Shared>,
    pub(crate) queue: Arc<Queue<T>>,
    pub(crate) chores: Sender<Chore>,
    pub(crate) sink: Box<dyn FnMut(Batch<T>) + Send>,
    pub(crate) tail: Tail,
    /// None until the first batch after opening or after a full disk.
    pub(crate) live: Option<Live>,
    /// Reused from batch to batch.
    pub(crate) buffer: Vec<u8>,
    pub(crate) leaves: Vec<Hash>,
    pub(crate) full_since: Option<Instant>,
    /// The time of the last entry.
    pub(crate) last_at_micros: i64,
}

/// The segment that is written to.
pub(crate) struct Live {
    file: Arc<dyn MediaFile>,
    segment: Arc<Segment>,
    salt: u64,
    offset: u64,
    size: u64,
}

impl<T> Flusher<T> {
    /// Writes batches until the queue is closed and empty.
    pub(crate) fn run(mut self) {
        while let Some(events) = self.queue.take(PAYLOAD_BYTES_MAX) {
            let batch = self.flush(events);
            (self.sink)(batch);
        }
        if self.shared.poison.get().is_none() {
            // The next start reads a live segment as well as a sealed one; it only has to look harder.
            let _ = self.seal();
        }
    }

    fn flush(&mut self, mut events: Vec<(Event, T)>) -> Batch<T> {
        let had = self.live.as_ref().map(|live| live.segment.number);
        let first = Position::new(self.tail.next_position);
        let outcome = match self.shared.poison.get() {
            Some(reason) => Err(AppendError::Poisoned { reason: reason.clone() }),
            None => self.write(&mut events),
        };
        let begins_segment = outcome.is_ok() && self.live.as_ref().map(|live| live.segment.number) != had;
        Batch { first, events, outcome, begins_segment }
    }

    fn write(&mut self, events: &mut Vec<(Event, T)>) -> Result<(), AppendError> {
        let next_position = self.encode(events);
        let payload = self.buffer.len() - frame::HEADER_BYTES;
        self.make_room(frame::padded_bytes(payload) as u64)?;
        let live = self.live.as_ref().expect("there is room, so there is a segment");
        let last_term = events.last().map_or(0, |(event, _)| event.term);
        let head = Head {
            salt: live.salt,
            ordinal: self.tail.next_ordinal,
            position: self.tail.next_position,
            term: last_term,
            at_micros: now_micros(),
            previous: self.tail.hash,
        };
        let hash = frame::finish(&mut self.buffer, &head, &mut self.leaves);
        assert!(live.offset + self.buffer.len() as u64 <= live.size, "a frame ends where its segment does, or before");
        // A write or sync that fails is final, see `AppendError::Poisoned`.
        live.file.write_all_at(&self.buffer, live.offset).map_err(|error| self.poison("write", &error))?;
        live.file.sync().map_err(|error| self.poison("sync", &error))?;
        self.count(events.len());
        self.publish(events, hash);
        assert_eq!(self.tail.next_position, next_position, "what readers are told of is what was written");
        Ok(())
    }

    /// Puts the records into the buffer. What is queued meanwhile joins them: hashing takes longer than queueing, so the last to come
    /// wait for little, and batches are larger. Where the next entry stands behind them.
    fn encode(&mut self, events: &mut Vec<(Event, T)>) -> u64 {
        frame::begin(&mut self.buffer);
        self.leaves.clear();
        let mut next = self.tail.next_position;
        let mut encoded = 0;
        loop {
            for (event, _) in &mut events[encoded..] {
                self.encode_one(event, &mut next);
            }
            encoded = events.len();
            if !self.queue.take_more(events, JOINED_BYTES_MAX.saturating_sub(self.buffer.len())) {
                return next;
            }
        }
    }

    /// Numbers the entry if it has no number, and puts its record into the buffer.
    fn encode_one(&mut self, event: &mut Event, next: &mut u64) {
        if event.kind == EventKind::Entry && event.position == Position::ZERO {
            event.position = Position::new(*next);
            // Times ascend with positions, whatever the clock does and however long a caller took: so a time is found by searching.
            event.at_micros = event.at_micros.max(self.last_at_micros);
            self.last_at_micros = event.at_micros;
        }
        *next = next_position(*next, event);
        let begin = self.buffer.len();
        event::encode(event, &mut self.buffer);
        self.leaves.push(leaf(&self.buffer[begin..]));
    }

    fn count(&self, events: usize) {
        let counters = &self.shared.counters;
        counters.frames.fetch_add(1, Ordering::Relaxed);
        counters.syncs.fetch_add(1, Ordering::Relaxed);
        counters.events.fetch_add(events as u64, Ordering::Relaxed);
        counters.bytes.fetch_add(self.buffer.len() as u64, Ordering::Relaxed);
    }

    /// The frame is durable: readers may know.
    fn publish(&mut self, events: &[(Event, T)], hash: Hash) {
        let live = self.live.as_mut().expect("a frame was written to it");
        let place = FramePlace {
            offset: live.offset,
            padded_bytes: u32::try_from(self.buffer.len()).expect("a frame is small"),
            ordinal: self.tail.next_ordinal,
            position: self.tail.next_position,
        };
        for (event, _) in events {
            self.tail.next_position = next_position(self.tail.next_position, event);
            match event.kind {
                EventKind::Entry => {}
                EventKind::Truncate => {
                    let void = Void { ordinal: place.ordinal, group: event.group, position: event.position.get() };
                    self.shared.manifest.lock().voids.push(void);
                    self.shared.log.push_void(void);
                }
                EventKind::Vote | EventKind::Commit | EventKind::Purge => self.shared.manifest.lock().mark(event),
            }
        }
        live.segment.push(place, events.iter().flat_map(|(event, _)| event.aggregates.iter().copied()));
        live.offset += self.buffer.len() as u64;
        self.tail.next_ordinal += 1;
        self.tail.hash = hash;
    }

    /// Sees to it that the live segment has room for so many bytes.
    fn make_room(&mut self, bytes: u64) -> Result<(), AppendError> {
        if self.live.as_ref().is_some_and(|live| live.offset + bytes <= live.size) {
            return Ok(());
        }
        if self.full_since.is_some_and(|since| since.elapsed() < FULL_PAUSE) {
            return Err(AppendError::DiskFull);
        }
        match self.next_segment(bytes) {
            Ok(()) => {
                self.full_since = None;
                self.shared.disk_full.store(false, Ordering::Relaxed);
                Ok(())
            }
            Err(error) if is_full(&error) => {
                self.full_since = Some(Instant::now());
                self.shared.disk_full.store(true, Ordering::Relaxed);
                if self.shared.options.closes_when_full {
                    return Err(self.poison("new segment", &error));
                }
                Err(AppendError::DiskFull)
            }
            Err(error) => Err(self.poison("new segment", &error)),
        }
    }

    /// Seals the live segment and begins the next. Fails with a full disk only before anything has changed.
    fn next_segment(&mut self, bytes: u64) -> io::Result<()> {
        // Held until the spare has its new name: the housekeeper must not begin another one under the old name meanwhile.
        let shared = Arc::clone(&self.shared);
        let mut spare = shared.spare_bytes.lock();
        self.ensure_spare(&mut spare, SEGMENT_HEADER_BYTES as u64 + bytes)?;
        let media = &*shared.media;
        let mut manifest = shared.manifest.lock();
        let sealed = self.mark_sealed(&mut manifest);
        let number = manifest.segments.last().map_or(1, |entry| entry.number + 1);
        let header = SegmentHeader {
            store: manifest.store,
            number,
            salt: salt(&manifest.store, number, now_micros()),
            ordinal: self.tail.next_ordinal,
            position: self.tail.next_position,
            previous: self.tail.hash,
        };
        // A crash after any of these steps leaves the log as it was: a spare, or a segment without frames that nothing names, or one
        // that is named and empty. The directory is synced before the manifest, or a crash could keep the manifest and lose the name.
        let file: Arc<dyn MediaFile> = Arc::from(media.open(SPARE_NAME)?);
        file.write_all_at(&header.encode(), 0)?;
        file.sync()?;
        let name = segment_name(number);
        media.rename(SPARE_NAME, &name)?;
        let size = std::mem::take(&mut *spare);
        drop(spare);
        media.sync_directory()?;
        manifest.segments.push(SegmentEntry {
            number,
            first_ordinal: header.ordinal,
            first_position: header.position,
            previous: header.previous,
            end: None,
            is_archived: false,
        });
        if let Err(error) = manifest.store_in(media) {
            // Nothing was written to it: the next attempt takes the number again.
            manifest.segments.pop();
            return Err(error);
        }
        drop(manifest);

        let frames = Frames { name, file: Arc::clone(&file), places: Vec::new(), aggregates: Vec::new() };
        let segment = Segment::new(number, header.position, Form::Frames(frames));
        self.shared.log.push(Arc::clone(&segment));
        self.shared.counters.segments.fetch_add(1, Ordering::Relaxed);
        self.live = Some(Live { file, segment, salt: header.salt, offset: SEGMENT_HEADER_BYTES as u64, size });
        // If the housekeeper is gone, the next segment is made here when it is needed.
        let _ = self.chores.send(Chore::Spare(self.planned_bytes(size)));
        self.ask_for_archive(sealed);
        Ok(())
    }

    /// Sees to it that there is a zero-filled spare of at least so many bytes.
    fn ensure_spare(&self, ready: &mut u64, bytes: u64) -> io::Result<()> {
        if *ready < bytes {
            let last = self.live.as_ref().map_or(0, |live| live.size);
            let wanted = self.planned_bytes(last).max(bytes);
            *ready = 0;
            make_spare(&*self.shared.media, wanted)?;
            *ready = wanted;
        }
        Ok(())
    }

    /// Segments double from the smallest size to the largest, so that a small program takes little disk.
    fn planned_bytes(&self, last: u64) -> u64 {
        let options = &self.shared.options;
        (last * 2).clamp(options.segment_bytes_min, options.segment_bytes_max)
    }

    /// Records the end of the live segment. If nothing was written, nothing is.
    fn seal(&mut self) -> io::Result<()> {
        let shared = Arc::clone(&self.shared);
        let mut manifest = shared.manifest.lock();
        let Some(sealed) = self.mark_sealed(&mut manifest) else { return Ok(()) };
        manifest.store_in(&*shared.media)?;
        drop(manifest);
        self.ask_for_archive(Some(sealed));
        Ok(())
    }

    /// Notes the end of the live segment, if there is one; its number. The caller makes the manifest durable.
    fn mark_sealed(&mut self, manifest: &mut Manifest) -> Option<u64> {
        let live = self.live.take()?;
        let number = live.segment.number;
        let place = manifest.place_of(number).expect("the manifest names the live segment");
        let entry = &mut manifest.segments[place];
        assert!(self.tail.next_ordinal > entry.first_ordinal, "a segment is begun for a frame, and sealed behind one");
        assert!(entry.end.is_none(), "a segment is sealed once");
        entry.end = Some(SegmentEnd {
            last_ordinal: self.tail.next_ordinal - 1,
            next_position: self.tail.next_position,
            hash: self.tail.hash,
            offset: live.offset,
        });
        Some(number)
    }

    /// A sealed segment may be compressed. If the housekeeper is gone, the next start asks for it again.
    fn ask_for_archive(&self, sealed: Option<u64>) {
        if let Some(number) = sealed.filter(|_| self.shared.options.archive) {
            let _ = self.chores.send(Chore::Archive(number));
        }
    }

    fn poison(&self, what: &str, error: &io::Error) -> AppendError {
        let name = self.live.as_ref().map_or_else(String::new, |live| segment_name(live.segment.number));
        self.shared.poison(format!("{what} of {name} failed: {error}"));
        AppendError::Poisoned { reason: self.shared.poison.get().cloned().unwrap_or_default() }
    }
}

/// Tells frames of this segment from what the disk may have held before. Different for each segment of each store.
fn salt(store: &[u8; 16], number: u64, now_micros: i64) -> u64 {
    let mut bytes = store.to_vec();
    bytes.extend_from_slice(&number.to_le_bytes());
    bytes.extend_from_slice(&now_micros.to_le_bytes());
    let hash = crate::hash::sha256(&bytes);
    u64::from_le_bytes(hash[..8].try_into().expect("eight bytes are eight bytes"))
}
