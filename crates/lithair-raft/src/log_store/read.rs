//! Reading entries: the newest from memory, those before them from the disk.

use std::io;
use std::ops::{Bound, Range, RangeBounds};
use std::sync::Arc;

use openraft::type_config::TypeConfigExt as _;

use lithair_store::EventStore;

use super::{RaftLog, Token};
use crate::codec::{entry_bytes, entry_of};
use crate::types::{Entry, TypeConfig, position_of};

impl RaftLog {
    /// The entries of a range that the log holds. Stops after `bytes_max`, but not before the first.
    pub(super) async fn read(&self, range: Range<u64>, bytes_max: usize) -> io::Result<Vec<Entry>> {
        loop {
            let (cold, hot, truncations) = {
                let state = self.inner.shared.state.lock();
                let (begin, end) = (range.start.max(state.floor), range.end.min(state.tail.next()));
                if begin >= end {
                    return Ok(Vec::new());
                }
                let cold = begin..end.min(state.tail.first()).max(begin);
                let hot = limited(state.tail.range(cold.end..end).cloned().map(Ok), bytes_max)?;
                (cold, hot, state.truncations)
            };
            if cold.is_empty() {
                return Ok(hot);
            }
            let count = cold.end - cold.start;
            let entries = self.read_disk(cold, bytes_max).await?;
            if self.inner.shared.state.lock().truncations != truncations {
                // Some of what was read may have been taken back while it was read.
                continue;
            }
            let bytes: usize = entries.iter().map(entry_bytes).sum();
            let is_cut = (entries.len() as u64) < count;
            let hot = if is_cut { Vec::new() } else { limited_behind(bytes, hot, bytes_max) };
            return Ok(entries.into_iter().chain(hot).collect());
        }
    }

    /// Durable entries, from the disk. All of the range must be there.
    async fn read_disk(&self, range: Range<u64>, bytes_max: usize) -> io::Result<Vec<Entry>> {
        let inner = Arc::clone(&self.inner);
        TypeConfig::spawn_blocking(move || limited(consecutive(&inner.store, range), bytes_max)).await?
    }
}

/// Entries of a range from the disk, each right behind the one before; an error where one is missing.
pub(super) fn consecutive(store: &EventStore<Token>, range: Range<u64>) -> impl Iterator<Item = io::Result<Entry>> {
    let mut events = store.query_events(position_of(range.start));
    range.map(move |index| {
        let event = events.next().ok_or_else(|| hole(index))?.map_err(io::Error::other)?;
        let entry = entry_of(event)?;
        if entry.log_id.index == index { Ok(entry) } else { Err(hole(index)) }
    })
}

/// As many entries as fit, but at least one.
fn limited(entries: impl Iterator<Item = io::Result<Entry>>, bytes_max: usize) -> io::Result<Vec<Entry>> {
    let mut bytes: usize = 0;
    let mut taken = Vec::new();
    for entry in entries {
        let entry = entry?;
        bytes = bytes.saturating_add(entry_bytes(&entry));
        if bytes > bytes_max && !taken.is_empty() {
            break;
        }
        taken.push(entry);
    }
    Ok(taken)
}

/// As many entries as fit behind others of so many bytes.
fn limited_behind(mut bytes: usize, entries: Vec<Entry>, bytes_max: usize) -> Vec<Entry> {
    let fits = |entry: &Entry| {
        bytes = bytes.saturating_add(entry_bytes(entry));
        bytes <= bytes_max
    };
    entries.into_iter().take_while(fits).collect()
}

pub(super) fn half_open(range: &impl RangeBounds<u64>) -> Range<u64> {
    let start = match range.start_bound() {
        Bound::Included(&start) => start,
        Bound::Excluded(&before) => before.saturating_add(1),
        Bound::Unbounded => 0,
    };
    let end = match range.end_bound() {
        Bound::Included(&last) => last.saturating_add(1),
        Bound::Excluded(&end) => end,
        Bound::Unbounded => u64::MAX,
    };
    start..end
}

fn hole(index: u64) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("entry {index} is missing in the log"))
}
