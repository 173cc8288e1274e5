//! The snapshotter: builds snapshots from the log, in the background, while writing goes on.
//!
//! A snapshot is the one before it with the log since folded in. That never pauses a writer, and is a standing proof that the log
//! says what the state is: the digest of what was folded must be the one that the running state had at that position.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use lithair_model::Position;
use lithair_state::{Digest, Fold, Meta, Record, State};
use lithair_store::{ReadError, SnapshotInfo, SnapshotReader};
use parking_lot::Mutex;
use thiserror::Error;

use crate::entries::entry_of;
use crate::local_log::{LocalLog, Published};
use crate::startup::{StartError, block_records};

/// Why a snapshot was not built. The earlier ones stay, and the log has everything.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SnapshotError {
    /// The log or the snapshot before cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The disk cannot be written.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// The log does not lead to the state that is running.
    #[error("the log does not lead to the running state at position {position}: {reason}")]
    Differs {
        /// Where.
        position: Position,
        /// How.
        reason: String,
    },
}

/// Bytes of log that a start replays without anybody noticing.
const TAIL_BYTES_MAX: u64 = 4 * 1024 * 1024;

pub(crate) struct Snapshotter {
    shared: Arc<Shared>,
    jobs: Sender<Job>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

struct Shared {
    log: Arc<LocalLog>,
    state: Arc<State>,
    threshold: u64,
    /// One snapshot is built at a time.
    building: Mutex<()>,
    /// Bytes of log since the last snapshot that was asked for.
    bytes: AtomicU64,
    built: AtomicU64,
    failures: AtomicU64,
}

/// What the thread is told.
enum Job {
    /// To build a snapshot at a boundary.
    Build(Position, Digest),
    /// To end. The flusher's side may outlive the engine, so the channel's end cannot say it.
    End,
}

/// The flusher's side: hears of every batch.
pub(crate) struct Watch {
    shared: Arc<Shared>,
    jobs: Sender<Job>,
}

impl Watch {
    /// Asks for a snapshot where a segment was sealed and enough was written since the last.
    pub(crate) fn saw(&self, batch: Published) {
        let bytes = self.shared.bytes.fetch_add(batch.bytes, Ordering::Relaxed) + batch.bytes;
        if let Some(sealed) = batch.sealed
            && bytes >= self.shared.threshold
        {
            let (position, digest) = sealed;
            self.shared.bytes.store(0, Ordering::Relaxed);
            // If the thread has ended, the engine is closing.
            let _ = self.jobs.send(Job::Build(position, digest));
        }
    }
}

impl Snapshotter {
    pub(crate) fn start(log: Arc<LocalLog>, state: Arc<State>, threshold: u64) -> std::io::Result<Self> {
        let shared = Arc::new(Shared {
            log,
            state,
            threshold,
            building: Mutex::new(()),
            bytes: AtomicU64::new(0),
            built: AtomicU64::new(0),
            failures: AtomicU64::new(0),
        });
        let (jobs, inbox) = channel();
        let worker = Arc::clone(&shared);
        let thread = std::thread::Builder::new().name("lithair-snapshots".into()).spawn(move || worker.work(&inbox))?;
        Ok(Self { shared, jobs, thread: Mutex::new(Some(thread)) })
    }

    pub(crate) fn watch(&self) -> Watch {
        Watch { shared: Arc::clone(&self.shared), jobs: self.jobs.clone() }
    }

    /// The start found a snapshot that it could not use: the next one is built at the next opportunity, so that the next start is quick.
    pub(crate) fn owe(&self) {
        self.shared.bytes.store(self.shared.threshold.max(TAIL_BYTES_MAX), Ordering::Relaxed);
    }

    /// A snapshot of everything that is applied.
    pub(crate) fn build_now(&self) -> Result<SnapshotInfo, SnapshotError> {
        let (position, digest) = self.shared.state.stamp();
        self.shared.bytes.store(0, Ordering::Relaxed);
        self.shared.build(position, digest)
    }

    pub(crate) fn built(&self) -> u64 {
        self.shared.built.load(Ordering::Relaxed)
    }

    pub(crate) fn failures(&self) -> u64 {
        self.shared.failures.load(Ordering::Relaxed)
    }

    /// Builds a last snapshot if enough was written since the one before, and waits for the thread, which holds the data directory.
    pub(crate) fn finish(&self) {
        let Some(thread) = self.thread.lock().take() else { return };
        if self.shared.bytes.load(Ordering::Relaxed) >= TAIL_BYTES_MAX && self.build_now().is_err() {
            self.shared.failures.fetch_add(1, Ordering::Relaxed);
        }
        // It may have panicked, and told why; a snapshot less harms nothing.
        let _ = self.jobs.send(Job::End);
        let _ = thread.join();
    }
}

impl Shared {
    fn work(&self, inbox: &Receiver<Job>) {
        lithair_store::give_way();
        while let Ok(Job::Build(mut position, mut digest)) = inbox.recv() {
            // Of several boundaries that wait the last one is enough.
            loop {
                match inbox.try_recv() {
                    Ok(Job::Build(later, then)) => (position, digest) = (later, then),
                    Ok(Job::End) => return,
                    Err(_) => break,
                }
            }
            if self.build(position, digest).is_err() {
                self.failures.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    fn build(&self, position: Position, digest: Digest) -> Result<SnapshotInfo, SnapshotError> {
        let _alone = self.building.lock();
        let before =
            self.log.store.latest_snapshot()?.0.filter(|before| is_base(before) && before.info().position <= position);
        let differs = |reason: String| SnapshotError::Differs { position, reason };
        if let Some(before) = before.as_ref().filter(|before| before.info().position == position) {
            return Ok(before.info().clone());
        }
        let (from, meta) = match &before {
            Some(before) => {
                let meta = Meta::decode(&before.info().meta).map_err(|error| differs(error.to_string()))?;
                (before.info().position, meta)
            }
            None => (Position::ZERO, Meta::default()),
        };
        let refused = self.state.refused(from);
        let mut fold = Fold::new(Arc::clone(self.state.catalog()), from, meta, refused);
        for event in self.log.store.query_events(from.next()) {
            let event = event?;
            if event.position > position {
                break;
            }
            let entry = entry_of(&event).map_err(|error| differs(error.to_string()))?;
            fold.take(event.position, &entry).map_err(|error| differs(error.to_string()))?;
        }
        let records = fold.records(before.iter().flat_map(records));
        let bytes = records.map(|record| match record {
            Ok(record) => Ok((record.snapshot_key(), record.snapshot_value())),
            Err(error) => Err(differs(error.to_string())),
        });
        let describe = || match fold.digest() == digest {
            true => Ok((digest.get(), fold.meta().encode())),
            false => Err(differs(format!("the digest is {}, expected {}", fold.digest().get(), digest.get()))),
        };
        let info = self.log.store.create_snapshot(position, bytes, describe)?;
        self.built.fetch_add(1, Ordering::Relaxed);
        Ok(info)
    }
}

/// Whether the next snapshot can be built on it.
fn is_base(before: &SnapshotReader) -> bool {
    Meta::decode(&before.info().meta).is_ok_and(|meta| meta.knows_refused())
}

pub(crate) fn records(reader: &SnapshotReader) -> impl Iterator<Item = Result<Record, StartError>> {
    (0..reader.blocks()).flat_map(|block| block_records(reader, block))
}
