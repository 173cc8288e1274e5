//! Copying a run of visible rows out of a table: all that readers do while they hold its lock.

use std::ops::ControlFlow;
use std::sync::Arc;

use lithair_model::{Key, ModelEntry, Position, Row};

use super::{Records, Table};
use crate::Record;
use crate::ordered_map::{Direction, Held, KeyRange, OrderedMap};

/// What a table is walked by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// The primary key.
    Primary,
    /// The index at this place.
    Index(usize),
}

/// A run that was copied.
#[derive(Debug)]
pub(crate) struct Chosen {
    /// The visible rows, in the order of the walk.
    pub(crate) rows: Vec<Arc<Row>>,
    /// Entries that were looked at.
    pub(crate) visited: u64,
    /// Whether the range was walked to its end.
    pub(crate) finished: bool,
}

/// One entry of an index that ends with the primary key.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) key: Box<[u8]>,
    /// How many bytes at the key's end are the primary key.
    pub(crate) primary_bytes: usize,
    /// The visible version of its record, if the entry is that version's.
    pub(crate) row: Option<Arc<Row>>,
}

impl Table {
    /// Copies the visible rows among the next `entries` entries of a range, and takes the entries off the range.
    pub(crate) fn copy(
        &self,
        model: Option<&ModelEntry>,
        source: Source,
        range: &mut KeyRange,
        direction: Direction,
        at: Position,
        entries: usize,
    ) -> Chosen {
        let records = self.records.read();
        let mut chosen = Chosen { rows: Vec::with_capacity(entries.min(256)), visited: 0, finished: true };
        let mut last = Vec::new();
        let look_up = Lookup { records: &records, table: self, model, source, at };
        records.source(source).walk(range, direction, |key, held| {
            chosen.visited += 1;
            chosen.rows.extend(look_up.row(key, held).cloned());
            if chosen.visited < entries as u64 {
                return ControlFlow::Continue(());
            }
            chosen.finished = false;
            last.extend_from_slice(key);
            ControlFlow::Break(())
        });
        if !chosen.finished {
            range.behind(&last, direction);
        }
        chosen
    }

    /// Copies the visible records among the next entries by primary key, and takes the entries off the range; at its end
    /// the range is none. An answer without records does not mean the end.
    pub(crate) fn copy_records(&self, range: &mut Option<KeyRange>, at: Position, entries: usize) -> Vec<Record> {
        let Some(left) = range else { return Vec::new() };
        let records = self.records.read();
        let mut copied = Vec::with_capacity(entries);
        let mut visited = 0;
        let mut last = None;
        records.primary.walk(left, Direction::Forward, |key, held| {
            let row = records.record(held.slot).visible(at).cloned();
            copied.extend(row.map(|row| Record { model: self.model, key: Key::from_bytes(key), row }));
            visited += 1;
            if visited < entries {
                return ControlFlow::Continue(());
            }
            last = Some(key.to_vec());
            ControlFlow::Break(())
        });
        match last {
            Some(last) => left.behind(&last, Direction::Forward),
            None => *range = None,
        }
        copied
    }

    /// Copies the next `entries` entries of an index's range, visible or not.
    pub(crate) fn copy_entries(
        &self,
        model: &ModelEntry,
        source: Source,
        range: &KeyRange,
        direction: Direction,
        at: Position,
        entries: usize,
    ) -> Vec<Entry> {
        let records = self.records.read();
        let mut copied = Vec::with_capacity(entries);
        let look_up = Lookup { records: &records, table: self, model: Some(model), source, at };
        records.source(source).walk(range, direction, |key, held| {
            // Any version will do: all versions of a record have one primary key.
            let any = records.record(held.slot).rows().next().expect("an entry leads to a record with a row");
            let primary_bytes = model.row_key(any).as_bytes().len();
            copied.push(Entry { key: key.into(), primary_bytes, row: look_up.row(key, held).cloned() });
            if copied.len() < entries { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        });
        copied
    }

    /// How many entries a range has, dead ones included; counting stops soon after `enough`.
    pub(crate) fn entries(&self, source: Source, range: &KeyRange, enough: u64) -> u64 {
        self.records.read().source(source).count(range, enough)
    }
}

impl Records {
    fn source(&self, source: Source) -> &OrderedMap {
        match source {
            Source::Primary => &self.primary,
            Source::Index(index) => &self.indexes[index],
        }
    }
}

/// From an entry to the version that a view shows.
struct Lookup<'a> {
    records: &'a Records,
    table: &'a Table,
    model: Option<&'a ModelEntry>,
    source: Source,
    at: Position,
}

impl<'a> Lookup<'a> {
    /// The visible version of the entry's record, if the entry is that version's.
    fn row(&self, key: &[u8], held: Held) -> Option<&'a Arc<Row>> {
        let record = self.records.record(held.slot);
        let Source::Index(index) = self.source else { return record.visible(self.at) };
        match record.head() {
            Some(head) if head.position <= self.at => held.live.then_some(head),
            _ => record.visible(self.at).filter(|row| self.is_of(row, index, key, held)),
        }
    }

    /// Whether an entry is one of this version's.
    fn is_of(&self, row: &Row, index: usize, key: &[u8], held: Held) -> bool {
        let Some(model) = self.model else { return false };
        let indexing = &self.table.indexing;
        let keys = indexing.keys(model, &row.bytes);
        let mut expected = Vec::with_capacity(key.len());
        keys[index].as_ref().is_some_and(|values| {
            indexing.entry_key(index, values, &model.row_key(row), held.slot, &mut expected);
            expected == key
        })
    }
}
