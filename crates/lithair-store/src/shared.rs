//! What the flusher, the housekeeper and readers share.

use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use parking_lot::Mutex;

use crate::event_store::Options;
use crate::log::Log;
use crate::manifest::Manifest;
use crate::media::SharedMedia;

pub(crate) struct Shared {
    pub(crate) media: SharedMedia,
    pub(crate) options: Options,
    pub(crate) log: Arc<Log>,
    /// Changed and stored under one lock, so that what is on the disk is never older than what was built on it.
    pub(crate) manifest: Mutex<Manifest>,
    /// Bytes of the zero-filled file that waits to become a segment; 0 if there is none.
    pub(crate) spare_bytes: Mutex<u64>,
    pub(crate) disk_full: AtomicBool,
    pub(crate) poison: OnceLock<String>,
    pub(crate) counters: AtomicCounters,
}

/// What the store has done since it was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Batches written.
    pub frames: u64,
    /// Syncs of the log for batches. Always as many as frames.
    pub syncs: u64,
    /// Events in them.
    pub events: u64,
    /// Bytes in them.
    pub bytes: u64,
    /// Segments begun.
    pub segments: u64,
    /// Segments compressed.
    pub archives: u64,
}

#[derive(Default)]
pub(crate) struct AtomicCounters {
    pub(crate) frames: AtomicU64,
    pub(crate) syncs: AtomicU64,
    pub(crate) events: AtomicU64,
    pub(crate) bytes: AtomicU64,
    pub(crate) segments: AtomicU64,
    pub(crate) archives: AtomicU64,
}

impl AtomicCounters {
    pub(crate) fn read(&self) -> Counters {
        let of = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Counters {
            frames: of(&self.frames),
            syncs: of(&self.syncs),
            events: of(&self.events),
            bytes: of(&self.bytes),
            segments: of(&self.segments),
            archives: of(&self.archives),
        }
    }
}

impl Shared {
    /// Closes the store for good. The first reason counts.
    pub(crate) fn poison(&self, reason: String) {
        // A later reason is a consequence of the first.
        let _ = self.poison.set(reason);
    }
}

pub(crate) fn now_micros() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}
