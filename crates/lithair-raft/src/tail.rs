//! The end of the log, in memory: what replication and apply read, and what is not on the disk yet.

use std::collections::VecDeque;
use std::ops::Range;

use crate::codec::entry_bytes;
use crate::types::Entry;

/// The last entries, without a gap.
///
/// INVARIANT: an entry that is not in here, and not purged, is durable, and so is every truncation that was queued before it. So
/// what the tail lacks can be read from the disk.
#[derive(Debug)]
pub(crate) struct Tail {
    /// Each with the number of the event that carries it.
    entries: VecDeque<(u64, Entry)>,
    /// Index of the first entry in here, or of the next one to come.
    first: u64,
    bytes: usize,
    bytes_max: usize,
}

impl Tail {
    pub(crate) const fn new(next: u64, bytes_max: usize) -> Self {
        Self { entries: VecDeque::new(), first: next, bytes: 0, bytes_max }
    }

    /// The index of the first entry in here, or of the next to come.
    pub(crate) const fn first(&self) -> u64 {
        self.first
    }

    /// Where the next entry belongs.
    pub(crate) fn next(&self) -> u64 {
        self.first + self.entries.len() as u64
    }

    /// Takes the next entry.
    pub(crate) fn push(&mut self, number: u64, entry: Entry) {
        assert_eq!(entry.log_id.index, self.next(), "entries follow each other without a gap");
        self.bytes += entry_bytes(&entry);
        self.entries.push_back((number, entry));
    }

    /// Forgets the entries from `next` on; the next one to come is there.
    pub(crate) fn truncate(&mut self, next: u64) {
        while self.next() > next && !self.entries.is_empty() {
            let dropped = self.entries.pop_back();
            self.bytes -= dropped.map_or(0, |(_, entry)| entry_bytes(&entry));
        }
        self.first = self.first.min(next);
    }

    /// Forgets the entries before `first`.
    pub(crate) fn purge(&mut self, first: u64) {
        while self.first < first {
            if !self.pop_front() {
                self.first = first;
            }
        }
    }

    /// Forgets the oldest entries beyond the limit, as far as they are durable: those of events up to `durable`.
    pub(crate) fn trim(&mut self, durable: u64) {
        while self.bytes > self.bytes_max && self.entries.front().is_some_and(|(number, _)| *number <= durable) {
            self.pop_front();
        }
    }

    fn pop_front(&mut self) -> bool {
        let Some((_, entry)) = self.entries.pop_front() else { return false };
        self.bytes -= entry_bytes(&entry);
        self.first += 1;
        true
    }

    /// The entries of a range that are in here.
    pub(crate) fn range(&self, range: Range<u64>) -> impl Iterator<Item = &Entry> {
        let place = |index: u64| {
            let place = usize::try_from(index.saturating_sub(self.first)).unwrap_or(usize::MAX);
            place.min(self.entries.len())
        };
        let (begin, end) = (place(range.start), place(range.end));
        self.entries.range(begin..end.max(begin)).map(|(_, entry)| entry)
    }
}
