//! An ordered map from bytes to slots: what a table finds records by.
//!
//! ```text
//! directory (BTreeMap: low bound -> page)
//!   ""        -> page [ key bytes, one behind the other | end and slot of each ]
//!   "SKU-0411"-> page [ .. ]
//! ```
//!
//! A page holds its keys in one allocation, in order. So an entry costs its bytes and eight more, a look-up touches one
//! page behind the directory, and a reader copies a run of entries without following a pointer each. A page that was
//! filled by appending is full; others are half full or more, unless entries were taken out.
//!
//! An entry is *live* or *dead*. What that means is the table's matter (`table.rs`).

mod page;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::ops::{Bound, ControlFlow};

use page::Page;

/// Which record an entry leads to: its place among the table's records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Slot(pub(crate) u32);

/// What a key leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) slot: Slot,
    pub(crate) live: bool,
}

/// From which end a range is walked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    Forward,
    Backward,
}

impl Direction {
    pub(crate) const fn reversed(self) -> Self {
        match self {
            Self::Forward => Self::Backward,
            Self::Backward => Self::Forward,
        }
    }
}

/// Keys from `low` on and below `high`; without `high`, to the end.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(crate) struct KeyRange {
    pub(crate) low: Vec<u8>,
    pub(crate) high: Option<Vec<u8>>,
}

impl KeyRange {
    /// Every key.
    pub(crate) const ALL: Self = Self { low: Vec::new(), high: None };

    /// The keys that begin with these bytes.
    pub(crate) fn prefix(bytes: &[u8]) -> Self {
        Self { low: bytes.to_vec(), high: behind_prefix(bytes) }
    }

    /// Whether no key can be in it.
    pub(crate) fn is_empty(&self) -> bool {
        self.high.as_ref().is_some_and(|high| self.low >= *high)
    }

    /// Whether the key is in it.
    pub(crate) fn contains(&self, key: &[u8]) -> bool {
        self.low.as_slice() <= key && self.high.as_ref().is_none_or(|high| key < high.as_slice())
    }

    /// What is left of the range once it was walked up to and including this key.
    pub(crate) fn behind(&mut self, key: &[u8], direction: Direction) {
        match direction {
            Direction::Forward => self.low = just_behind(key),
            Direction::Backward => self.high = Some(key.to_vec()),
        }
    }
}

/// The least bytes that are greater than these.
pub(crate) fn just_behind(bytes: &[u8]) -> Vec<u8> {
    let mut next = Vec::with_capacity(bytes.len() + 1);
    next.extend_from_slice(bytes);
    next.push(0);
    next
}

/// The least bytes that are greater than all that begin with these; none if there are no such bytes.
pub(crate) fn behind_prefix(bytes: &[u8]) -> Option<Vec<u8>> {
    let last = bytes.iter().rposition(|&byte| byte != u8::MAX)?;
    let mut end = bytes[..=last].to_vec();
    end[last] += 1;
    Some(end)
}

/// See the module's page.
#[derive(Debug)]
pub(crate) struct OrderedMap {
    /// Pages by the bytes that none of their keys is less than, and that all keys of the page before are less than.
    ///
    /// INVARIANT: there is a page for the empty bytes, so every key has a page.
    pages: BTreeMap<Box<[u8]>, Page>,
    len: usize,
}

impl Default for OrderedMap {
    fn default() -> Self {
        Self { pages: BTreeMap::from([(Box::default(), Page::default())]), len: 0 }
    }
}

impl OrderedMap {
    /// How many entries there are, dead ones included.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn find(&self, key: &[u8]) -> Option<Held> {
        let (_, page) = self.page_of(key);
        page.locate(key).ok().map(|at| page.held(at))
    }

    /// Makes the key lead to this slot, live.
    pub(crate) fn insert(&mut self, key: &[u8], slot: Slot) {
        let is_last = self.pages.last_key_value().is_some_and(|(bound, _)| bound.as_ref() <= key);
        let page = self.page_of_mut(key);
        match page.locate(key) {
            Ok(at) => page.set(at, Held { slot, live: true }),
            Err(at) if page.takes(key) => {
                page.insert(at, key, slot);
                self.len += 1;
            }
            Err(at) if is_last && at == page.len() => {
                let bound = separator(page.last_key(), key);
                page.shrink();
                self.pages.insert(bound, Page::of(key, slot));
                self.len += 1;
            }
            Err(_) => {
                let upper = page.split();
                let bound = separator(page.last_key(), upper.first_key());
                self.pages.insert(bound, upper);
                self.insert(key, slot);
            }
        }
    }

    /// Marks the entry of this key as dead, if there is one.
    pub(crate) fn bury(&mut self, key: &[u8]) {
        let page = self.page_of_mut(key);
        if let Ok(at) = page.locate(key) {
            let held = page.held(at);
            page.set(at, Held { live: false, ..held });
        }
    }

    /// Takes the entry of this key out, if it is there and dead.
    pub(crate) fn remove_dead(&mut self, key: &[u8]) {
        let (bound, page) = self.page_of(key);
        let Ok(at) = page.locate(key) else { return };
        if page.held(at).live {
            return;
        }
        let bound: Box<[u8]> = bound.into();
        let page = self.page_of_mut(key);
        page.remove(at);
        let is_sparse = page.is_sparse();
        self.len -= 1;
        if is_sparse {
            self.merge(&bound);
        }
    }

    /// Joins a page with the one behind it, if both fit in one.
    fn merge(&mut self, bound: &[u8]) {
        let behind = self.pages.range::<[u8], _>((Bound::Excluded(bound), Bound::Unbounded)).next();
        let Some((next, _)) = behind.filter(|(_, next)| self.pages[bound].fits_with(next)) else { return };
        let next = next.clone();
        let upper = self.pages.remove(&next).expect("was found above");
        self.page_of_mut(bound).append(&upper);
    }

    /// Adds an entry behind all others.
    pub(crate) fn push(&mut self, key: &[u8], slot: Slot) {
        let (_, page) = self.pages.iter_mut().next_back().expect("there is a page for the empty bytes");
        debug_assert!(page.len() == 0 || page.last_key() < key, "entries are pushed in order, each once");
        if page.takes(key) {
            page.insert(page.len(), key, slot);
        } else {
            let bound = separator(page.last_key(), key);
            page.shrink();
            self.pages.insert(bound, Page::of(key, slot));
        }
        self.len += 1;
    }

    /// Visits the entries of a range until told to stop.
    pub(crate) fn walk(
        &self,
        range: &KeyRange,
        direction: Direction,
        mut visit: impl FnMut(&[u8], Held) -> ControlFlow<()>,
    ) {
        if range.is_empty() {
            return;
        }
        let mut visit_page = |page: &Page| {
            let (first, last) = page.places(range);
            let mut one = |at: usize| visit(page.key(at), page.held(at));
            match direction {
                Direction::Forward => (first..last).try_for_each(&mut one),
                Direction::Backward => (first..last).rev().try_for_each(&mut one),
            }
        };
        let mut pages = self.pages_of(range);
        let _ = match direction {
            Direction::Forward => pages.try_for_each(&mut visit_page),
            Direction::Backward => pages.rev().try_for_each(&mut visit_page),
        };
    }

    /// How many entries a range has, dead ones included; counting stops soon after `enough`.
    pub(crate) fn count(&self, range: &KeyRange, enough: u64) -> u64 {
        if range.is_empty() {
            return 0;
        }
        if *range == KeyRange::ALL {
            return self.len as u64;
        }
        let mut count = 0;
        let mut pages = self.pages_of(range).peekable();
        let mut is_first = true;
        while let Some(page) = pages.next() {
            // Only at its ends a range has parts of pages. Those between are counted without a look at their keys.
            let is_whole = !is_first && pages.peek().is_some();
            let (first, last) = if is_whole { (0, page.len()) } else { page.places(range) };
            count += (last - first) as u64;
            if count > enough {
                break;
            }
            is_first = false;
        }
        count
    }

    /// The pages that a range has keys in, and perhaps one more at its end.
    fn pages_of<'a>(&'a self, range: &'a KeyRange) -> impl DoubleEndedIterator<Item = &'a Page> {
        let (first, page) = self.page_of(&range.low);
        let high = range.high.as_deref();
        let ends_here = high.is_some_and(|high| page.reaches(high));
        let high = high.map_or(Bound::Unbounded, Bound::Excluded);
        let behind = (!ends_here).then(|| self.pages.range::<[u8], _>((Bound::Excluded(first), high)));
        std::iter::once(page).chain(behind.into_iter().flatten().map(|(_, page)| page))
    }

    fn page_of(&self, key: &[u8]) -> (&[u8], &Page) {
        let (bound, page) =
            self.pages.range::<[u8], _>((Bound::Unbounded, Bound::Included(key))).next_back().expect(PAGE);
        (bound, page)
    }

    fn page_of_mut(&mut self, key: &[u8]) -> &mut Page {
        self.pages.range_mut::<[u8], _>((Bound::Unbounded, Bound::Included(key))).next_back().expect(PAGE).1
    }
}

const PAGE: &str = "there is a page for the empty bytes";

/// The shortest bytes that are greater than `below` and not greater than `above`: bounds stay short.
fn separator(below: &[u8], above: &[u8]) -> Box<[u8]> {
    debug_assert!(below < above, "pages are split between two keys");
    let shared = below.iter().zip(above).take_while(|(one, other)| one == other).count();
    above[..=shared].into()
}
