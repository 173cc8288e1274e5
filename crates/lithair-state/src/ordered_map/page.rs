//! A page of the ordered map: keys side by side.

use super::{Held, KeyRange, Slot};

/// Entries a page holds at most.
const ENTRIES_MAX: usize = 128;
/// Bytes of keys a page holds at most, unless it has one entry only.
const KEY_BYTES_MAX: usize = 4096;
/// Marks a dead entry; the other bits are the slot.
const DEAD: u32 = 1 << 31;

/// A run of entries in order: the bytes of their keys in one allocation, their ends and slots in another.
#[derive(Debug, Default)]
pub(super) struct Page {
    bytes: Vec<u8>,
    entries: Vec<Entry>,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    /// Where the key ends in `bytes`; it begins where the one before ends.
    end: u32,
    /// The slot, and the mark of the dead.
    slot: u32,
}

impl Entry {
    fn new(end: usize, held: Held) -> Self {
        debug_assert!(held.slot.0 < DEAD, "a table has fewer than 2^31 records");
        let end = u32::try_from(end).expect("a page is smaller than 4 GiB: keys are parts of entries");
        Self { end, slot: held.slot.0 | if held.live { 0 } else { DEAD } }
    }
}

impl Page {
    pub(super) fn of(key: &[u8], slot: Slot) -> Self {
        let mut page = Self::default();
        page.insert(0, key, slot);
        page
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn key(&self, at: usize) -> &[u8] {
        &self.bytes[self.start(at)..self.entries[at].end as usize]
    }

    fn start(&self, at: usize) -> usize {
        at.checked_sub(1).map_or(0, |before| self.entries[before].end as usize)
    }

    pub(super) fn held(&self, at: usize) -> Held {
        let slot = self.entries[at].slot;
        Held { slot: Slot(slot & !DEAD), live: slot & DEAD == 0 }
    }

    pub(super) fn first_key(&self) -> &[u8] {
        self.key(0)
    }

    pub(super) fn last_key(&self) -> &[u8] {
        self.key(self.len() - 1)
    }

    /// The place of the key, or the place where it belongs.
    pub(super) fn locate(&self, key: &[u8]) -> Result<usize, usize> {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low.midpoint(high);
            match self.key(middle).cmp(key) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Equal => return Ok(middle),
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        Err(low)
    }

    /// The places of a range's entries: from the first to behind the last.
    pub(super) fn places(&self, range: &KeyRange) -> (usize, usize) {
        let place = |key: &[u8]| self.locate(key).unwrap_or_else(|place| place);
        let first = if range.low.is_empty() { 0 } else { place(&range.low) };
        let last = match range.high.as_deref() {
            None => self.len(),
            // Nearly always: does anybody have this value? Nobody has.
            Some(high) if first < self.len() && self.key(first) >= high => first,
            Some(high) => place(high),
        };
        (first, last.max(first))
    }

    /// Whether all keys below `high` that are not in pages before are in this one.
    pub(super) fn reaches(&self, high: &[u8]) -> bool {
        self.len() > 0 && self.last_key() >= high
    }

    /// Whether there is room for the key.
    pub(super) fn takes(&self, key: &[u8]) -> bool {
        self.len() < ENTRIES_MAX && (self.bytes.len() + key.len() <= KEY_BYTES_MAX || self.len() < 2)
    }

    pub(super) fn set(&mut self, at: usize, held: Held) {
        self.entries[at] = Entry::new(self.entries[at].end as usize, held);
    }

    pub(super) fn insert(&mut self, at: usize, key: &[u8], slot: Slot) {
        let start = self.start(at);
        let behind = self.bytes.len();
        self.bytes.resize(behind + key.len(), 0);
        self.bytes.copy_within(start..behind, start + key.len());
        self.bytes[start..start + key.len()].copy_from_slice(key);
        self.entries.insert(at, Entry::new(start + key.len(), Held { slot, live: true }));
        let moved = u32::try_from(key.len()).expect("checked by the entry");
        self.entries[at + 1..].iter_mut().for_each(|entry| entry.end += moved);
    }

    pub(super) fn remove(&mut self, at: usize) {
        let (start, end) = (self.start(at), self.entries[at].end);
        self.bytes.drain(start..end as usize);
        self.entries.remove(at);
        let moved = u32::try_from(end as usize - start).expect("was a part of a page");
        self.entries[at..].iter_mut().for_each(|entry| entry.end -= moved);
    }

    /// Takes the upper half out, as a page of its own. There are at least two entries.
    pub(super) fn split(&mut self) -> Self {
        let at = self.len() / 2;
        let start = self.start(at);
        // Both halves have room to become full again: pages of one size are cheap to allocate, and growing in small
        // steps cost an eighth of all time.
        let mut upper = Self {
            bytes: Vec::with_capacity(self.bytes.capacity()),
            entries: Vec::with_capacity(self.entries.capacity()),
        };
        for place in at..self.len() {
            upper.push(self.key(place), self.held(place));
        }
        self.entries.truncate(at);
        self.bytes.truncate(start);
        upper
    }

    /// Adds the entries of the page behind this one.
    pub(super) fn append(&mut self, behind: &Self) {
        self.bytes.reserve_exact(behind.bytes.len());
        self.entries.reserve_exact(behind.len());
        (0..behind.len()).for_each(|at| self.push(behind.key(at), behind.held(at)));
    }

    fn push(&mut self, key: &[u8], held: Held) {
        self.bytes.extend_from_slice(key);
        self.entries.push(Entry::new(self.bytes.len(), held));
    }

    /// Whether so few entries are left that joining pages is worth a look.
    pub(super) fn is_sparse(&self) -> bool {
        self.len() < ENTRIES_MAX / 4
    }

    /// Whether this page and the one behind it make one that has room left.
    pub(super) fn fits_with(&self, behind: &Self) -> bool {
        self.len() + behind.len() <= ENTRIES_MAX / 2 && self.bytes.len() + behind.bytes.len() <= KEY_BYTES_MAX / 2
    }

    /// Gives back what is reserved: the page is full.
    pub(super) fn shrink(&mut self) {
        self.bytes.shrink_to_fit();
        self.entries.shrink_to_fit();
    }
}
