//! The event store: what its users call.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use lithair_model::Position;
use parking_lot::Mutex;

use crate::error::{AppendError, Damage, OpenError, ReadError};
use crate::event::{AGGREGATES_MAX, Event};
use crate::flusher::Flusher;
use crate::frame::PAYLOAD_BYTES_MAX;
use crate::housekeeper::{Chore, Housekeeper};
use crate::log::{Backward, Events, Log};
use crate::manifest::Manifest;
use crate::media::SharedMedia;
use crate::queue::Queue;
use crate::recover;
use crate::shared::{AtomicCounters, Counters, Shared, now_micros};
use crate::snapshot::{self, SnapshotInfo, SnapshotReader};

/// One durable log of events, and snapshots of what they mean to the caller.
///
/// `T` is what the caller wants back with each event once it is durable.
///
/// ```
/// use std::sync::{Arc, mpsc::channel};
/// use lithair_model::Position;
/// use lithair_store::{Event, EventStore, MemoryMedia, Options};
///
/// let (told, outcomes) = channel();
/// let media = Arc::new(MemoryMedia::new());
/// let (store, _) = EventStore::open(media, Options::default(), move |batch| {
///     // The batch is on the disk, or failed as a whole.
///     told.send(batch.outcome.is_ok()).unwrap();
/// })?;
/// store.append_event(Event::entry(0, vec![7], b"hello".to_vec()), ()).map_err(|(error, _)| error)?;
/// assert!(outcomes.recv()?);
/// let events = store.load_aggregate(7)?;
/// assert_eq!((events[0].position, events[0].payload.as_slice()), (Position::new(1), b"hello".as_slice()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct EventStore<T> {
    shared: Arc<Shared>,
    queue: Arc<Queue<T>>,
    flusher: Mutex<Option<JoinHandle<()>>>,
    housekeeper: Mutex<Option<Housekeeper>>,
    /// Released when the store is dropped, after the flusher has ended.
    _lock: Box<dyn Send + Sync>,
}

/// How a store behaves.
#[derive(Clone, Debug)]
pub struct Options {
    /// The size of the first segment. Each next one is twice as large, up to the largest.
    pub segment_bytes_min: u64,
    /// The size of the largest segment.
    pub segment_bytes_max: u64,
    /// Bytes of events that may wait for the disk; more are refused with [`AppendError::Full`].
    pub queue_bytes_max: usize,
    /// Whether full segments are compressed in the background.
    pub archive: bool,
    /// Whether a full disk closes the store, as a failed sync does. For callers that give positions themselves: they have numbered
    /// what is queued behind the refused batch, and writing that would leave a hole.
    pub closes_when_full: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            segment_bytes_min: 1024 * 1024,
            segment_bytes_max: 64 * 1024 * 1024,
            queue_bytes_max: 64 * 1024 * 1024,
            archive: true,
            closes_when_full: false,
        }
    }
}

/// What one sync made durable, or failed to.
#[derive(Debug)]
pub struct Batch<T> {
    /// The position of its first entry, or where the next one will stand.
    pub first: Position,
    /// The events with their positions, in order, and what came with them.
    pub events: Vec<(Event, T)>,
    /// `Ok`: all of them are on the disk. `Err`: none was acknowledged; after [`AppendError::Poisoned`] some may be found at the next start.
    pub outcome: Result<(), AppendError>,
    /// Whether it is the first batch of a segment: everything before `first` is in sealed segments.
    pub begins_segment: bool,
}

/// What opening a store found.
#[derive(Clone, Debug)]
pub struct Recovered {
    /// Where the next entry will stand.
    pub next_position: Position,
    /// The hash of the last batch.
    pub chain_hash: [u8; 32],
    /// The file and offset of a batch that a crash interrupted, and that was cut off. Nobody was told that it succeeded.
    pub torn: Option<(String, u64)>,
    /// The latest vote, commit hint and purge of each group.
    pub marks: Vec<Event>,
    /// Snapshots that were passed over, and why.
    pub damaged_snapshots: Vec<Damage>,
}

/// A directory that was read and found whole. What a crash left is still there, and what is dropped now leaves it so.
pub struct Examined<T> {
    store: EventStore<T>,
    recovered: Recovered,
}

impl<T> Examined<T> {
    /// The store, for reading.
    pub const fn store(&self) -> &EventStore<T> {
        &self.store
    }

    /// Makes the directory what it was found to be: the interrupted write and what nothing names are gone, and the store takes events.
    ///
    /// # Errors
    /// What the disk says.
    pub fn settle(self) -> Result<(EventStore<T>, Recovered), OpenError> {
        let Self { store, recovered } = self;
        let shared = &store.shared;
        let io = |source| OpenError::Io { file: shared.media.place(), source };
        let manifest = shared.manifest.lock();
        manifest.store_in(&*shared.media).map_err(io)?;
        recover::sweep(&*shared.media, &manifest).map_err(io)?;
        let unarchived = manifest.segments.iter().filter(|entry| !entry.is_archived && shared.options.archive);
        if let Some(housekeeper) = &*store.housekeeper.lock() {
            for entry in unarchived {
                // It has just been started, so it listens.
                let _ = housekeeper.sender().send(Chore::Archive(entry.number));
            }
        }
        drop(manifest);
        Ok((store, recovered))
    }
}

impl<T: Send + 'static> EventStore<T> {
    /// Opens a directory, or makes a new store in an empty one, and starts the flusher. `sink` is called on the flusher's thread, once a
    /// batch, in order.
    ///
    /// # Errors
    /// Another process has the directory; something in it is not what was written; the disk cannot be read. Then nothing was changed.
    pub fn open(
        media: SharedMedia,
        options: Options,
        sink: impl FnMut(Batch<T>) + Send + 'static,
    ) -> Result<(Self, Recovered), OpenError> {
        Self::examine(media, options, sink)?.settle()
    }

    /// Reads a directory and takes it for this process, for callers who have reasons of their own to leave it as it is. Nothing is changed but
    /// the words of the lock, which tell others who has it.
    ///
    /// # Errors
    /// As for `open`.
    pub fn examine(
        media: SharedMedia,
        options: Options,
        sink: impl FnMut(Batch<T>) + Send + 'static,
    ) -> Result<Examined<T>, OpenError> {
        let lock = media.lock().map_err(|error| match error.kind() {
            std::io::ErrorKind::WouldBlock => OpenError::Locked { place: media.place(), reason: error.to_string() },
            _ => OpenError::Io { file: media.place(), source: error },
        })?;
        let manifest = load_or_new(&media)?;
        let found = recover::find(&*media, manifest)?;
        let io = |source| OpenError::Io { file: media.place(), source };

        let recovered = Recovered {
            next_position: Position::new(found.tail.next_position),
            chain_hash: found.tail.hash,
            torn: found.torn,
            marks: found.manifest.marks.clone(),
            damaged_snapshots: Vec::new(),
        };
        let log = Arc::new(Log::new(found.segments, found.manifest.voids.clone()));
        let last = log.events(Position::new(found.tail.next_position.saturating_sub(1))).last();
        // A block that is damaged is told to whoever needs what is in it; for the order of times it is no reason not to start.
        let last_at_micros = last.and_then(Result::ok).map_or(i64::MIN, |event| event.at_micros);
        let shared = Arc::new(Shared {
            media: Arc::clone(&media),
            options,
            log,
            manifest: Mutex::new(found.manifest),
            spare_bytes: Mutex::new(0),
            disk_full: AtomicBool::new(false),
            poison: std::sync::OnceLock::new(),
            counters: AtomicCounters::default(),
        });
        let housekeeper = Housekeeper::start(Arc::clone(&shared)).map_err(io)?;
        let queue = Arc::new(Queue::new(shared.options.queue_bytes_max));
        let flusher = Flusher {
            shared: Arc::clone(&shared),
            queue: Arc::clone(&queue),
            chores: housekeeper.sender(),
            sink: Box::new(sink),
            tail: found.tail,
            live: None,
            buffer: Vec::new(),
            leaves: Vec::new(),
            full_since: None,
            last_at_micros,
        };
        let thread = std::thread::Builder::new().name("lithair-flusher".into()).spawn(|| flusher.run()).map_err(io)?;
        let store = Self {
            shared,
            queue,
            flusher: Mutex::new(Some(thread)),
            housekeeper: Mutex::new(Some(housekeeper)),
            _lock: lock,
        };
        Ok(Examined { store, recovered })
    }

    /// Queues an event. It is durable when the sink is told so.
    ///
    /// # Errors
    /// Too large, too much queued, or the store is closed; the token comes back, and nothing was queued.
    pub fn append_event(&self, event: Event, token: T) -> Result<(), (AppendError, T)> {
        self.append([(event, token)]).map_err(|(error, [(_, token)])| (error, token))
    }

    /// Queues events in this order, all or none. They may be made durable by more than one batch.
    ///
    /// # Errors
    /// As for `append_event`.
    pub fn append_events(&self, events: Vec<(Event, T)>) -> Result<(), (AppendError, Vec<(Event, T)>)> {
        self.append(events)
    }

    fn append<E>(&self, events: E) -> Result<(), (AppendError, E)>
    where
        E: AsRef<[(Event, T)]> + IntoIterator<Item = (Event, T)>,
    {
        if let Some(reason) = self.shared.poison.get() {
            return Err((AppendError::Poisoned { reason: reason.clone() }, events));
        }
        let too_large = events
            .as_ref()
            .iter()
            .find(|(event, _)| event.encoded_bytes() > PAYLOAD_BYTES_MAX || event.aggregates.len() > AGGREGATES_MAX);
        if let Some((event, _)) = too_large {
            let bytes = event.encoded_bytes() as u64;
            return Err((AppendError::TooLarge { bytes, limit: PAYLOAD_BYTES_MAX as u64 }, events));
        }
        self.queue.push(events)
    }
}

impl<T> EventStore<T> {
    /// The durable entries from `first` on, as far as they are there now or come while they are read.
    pub fn query_events(&self, first: Position) -> Events {
        self.shared.log.events(first)
    }

    /// The entries that name this aggregate, in order.
    ///
    /// # Errors
    /// A file is damaged or cannot be read.
    pub fn load_aggregate(&self, aggregate: u64) -> Result<Vec<Event>, ReadError> {
        self.shared.log.aggregate(aggregate)
    }

    /// The entries that name this aggregate up to and including `last`, newest first. Each batch is read when it is asked for.
    pub fn aggregate_backward(&self, aggregate: u64, last: Position) -> Backward {
        self.shared.log.backward(aggregate, last)
    }

    /// The position of the last entry whose time is not behind `at_micros`; [`Position::ZERO`] if there is none.
    ///
    /// # Errors
    /// A file is damaged or cannot be read.
    pub fn position_at(&self, at_micros: i64) -> Result<Position, ReadError> {
        self.shared.log.position_at(at_micros).map(Position::new)
    }

    /// Writes a snapshot of `position` and keeps the one before. `records` ascend by key; `info` gives the digest and
    /// the caller's bytes after the last of them.
    ///
    /// # Errors
    /// What `records`, `info` or the disk says; then the earlier snapshots stay.
    pub fn create_snapshot<E: From<std::io::Error>>(
        &self,
        position: Position,
        records: impl Iterator<Item = Result<(Vec<u8>, Vec<u8>), E>>,
        info: impl FnOnce() -> Result<(u128, Vec<u8>), E>,
    ) -> Result<SnapshotInfo, E> {
        let store = self.shared.manifest.lock().store;
        let describe = || {
            let (digest, meta) = info()?;
            Ok(SnapshotInfo { position, digest, meta, records: 0, at_micros: now_micros() })
        };
        let info = snapshot::write(&*self.shared.media, store, position, records, describe)?;
        self.forget_snapshots_but(2)?;
        Ok(info)
    }

    /// The newest snapshot that opens, and those that did not.
    ///
    /// # Errors
    /// The directory cannot be read.
    pub fn latest_snapshot(&self) -> Result<(Option<SnapshotReader>, Vec<ReadError>), ReadError> {
        let mut refused = Vec::new();
        for position in self.snapshot_positions()?.into_iter().rev() {
            match self.snapshot_at(position) {
                Ok(reader) => return Ok((Some(reader), refused)),
                Err(error) => refused.push(error),
            }
        }
        Ok((None, refused))
    }

    /// The positions of all snapshots, ascending.
    ///
    /// # Errors
    /// The directory cannot be read.
    pub fn snapshot_positions(&self) -> Result<Vec<Position>, ReadError> {
        let names = self.shared.media.list().map_err(crate::error::reading("the directory"))?;
        Ok(names.iter().filter_map(|name| snapshot::position_of(name)).collect())
    }

    /// The snapshot of a position.
    ///
    /// # Errors
    /// It is damaged, or there is none.
    pub fn snapshot_at(&self, position: Position) -> Result<SnapshotReader, ReadError> {
        let store = self.shared.manifest.lock().store;
        SnapshotReader::open(&*self.shared.media, store, position)
    }

    fn forget_snapshots_but(&self, kept: usize) -> std::io::Result<()> {
        let names = self.shared.media.list()?;
        let snapshots: Vec<&String> = names.iter().filter(|name| snapshot::position_of(name).is_some()).collect();
        for name in snapshots.iter().take(snapshots.len().saturating_sub(kept)) {
            self.shared.media.remove(name)?;
        }
        Ok(())
    }

    /// What was done since the store was opened.
    pub fn counters(&self) -> Counters {
        self.shared.counters.read()
    }

    /// Whether the last attempt to make room for the log failed for want of space.
    pub fn is_disk_full(&self) -> bool {
        self.shared.disk_full.load(Ordering::Relaxed)
    }

    /// Why the store takes nothing more, if a write or sync has failed.
    pub fn poison(&self) -> Option<String> {
        self.shared.poison.get().cloned()
    }

    /// Who this directory is. Random, made with it.
    pub fn store_id(&self) -> [u8; 16] {
        self.shared.manifest.lock().store
    }

    /// The latest vote, commit hint and purge of each group.
    pub fn marks(&self) -> Vec<Event> {
        self.shared.manifest.lock().marks.clone()
    }

    /// Flushes what is queued, seals the tail and ends the threads. Later appends are refused; reads go on.
    pub fn close(&self) {
        self.queue.close();
        if let Some(thread) = self.flusher.lock().take() {
            // A flusher that panicked has told why; what it acknowledged is durable.
            let _ = thread.join();
        }
        if let Some(housekeeper) = self.housekeeper.lock().take() {
            housekeeper.stop();
        }
    }
}

impl<T> Drop for EventStore<T> {
    fn drop(&mut self) {
        self.close();
    }
}

/// The directory's manifest, or the first one of a new store, which is not on the disk yet.
fn load_or_new(media: &SharedMedia) -> Result<Manifest, OpenError> {
    if let Some(manifest) = Manifest::load(&**media)? {
        return Ok(manifest);
    }
    let io = |source| OpenError::Io { file: media.place(), source };
    let names = media.list().map_err(io)?;
    if let Some(name) = names.iter().find(|name| name.starts_with("log-") || snapshot::position_of(name).is_some()) {
        let reason = "the manifest is missing and this file is not";
        return Err(OpenError::Damaged(Damage { file: name.clone(), offset: 0, reason }));
    }
    let mut store = [0; 16];
    aws_lc_rs::rand::fill(&mut store).map_err(|_| io(std::io::Error::other("no randomness")))?;
    Ok(Manifest::new(store))
}
