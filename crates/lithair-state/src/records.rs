//! Walking a view: all records in order, and those that an index leads to.

use std::sync::Arc;
use std::vec;

use lithair_model::{Key, ModelEntry, ModelId, Position, Row};

use crate::ordered_map::{Direction, KeyRange};
use crate::table::Source;
use crate::tables::TableRef;
use crate::{Record, View};

/// The most entries that are copied while a table's lock is held once.
pub(crate) const RUN: usize = 256;
/// Of what a first run brings, a filter mostly leaves out a small part: that is what the second run is for.
const SECOND_RUN_PART: usize = 4;
const SECOND_RUN_MIN: usize = 8;

/// The visible rows of one range of one index, read a run at a time.
pub(crate) struct Rows<'a> {
    table: TableRef<'a>,
    model: Option<&'a ModelEntry>,
    source: Source,
    range: KeyRange,
    direction: Direction,
    at: Position,
    /// Entries of the next run: small at first, because most readers want few.
    run: usize,
    /// Entries of the run behind that one. They double from run to run.
    second_run: usize,
    ready: vec::IntoIter<Arc<Row>>,
    finished: bool,
    /// Entries that were looked at so far.
    pub(crate) visited: u64,
}

impl<'a> Rows<'a> {
    pub(crate) fn new(
        view: &View<'a>,
        table: TableRef<'a>,
        source: Source,
        range: KeyRange,
        direction: Direction,
        first_run: usize,
    ) -> Self {
        let model = view.state.tables.model_of(&table);
        let run = first_run.clamp(1, RUN);
        Self {
            table,
            model,
            source,
            range,
            direction,
            at: view.position(),
            run,
            // Whoever wants as many as there may be stops nowhere.
            second_run: if run == RUN { RUN } else { (run / SECOND_RUN_PART).max(SECOND_RUN_MIN) },
            ready: Vec::new().into_iter(),
            finished: false,
            visited: 0,
        }
    }
}

impl Iterator for Rows<'_> {
    type Item = Arc<Row>;

    fn next(&mut self) -> Option<Arc<Row>> {
        loop {
            if let Some(row) = self.ready.next() {
                return Some(row);
            }
            if self.finished {
                return None;
            }
            let chosen = self.table.copy(self.model, self.source, &mut self.range, self.direction, self.at, self.run);
            self.visited += chosen.visited;
            self.finished = chosen.finished;
            self.ready = chosen.rows.into_iter();
            self.run = self.second_run;
            self.second_run = RUN.min(2 * self.run);
        }
    }
}

impl<'a> View<'a> {
    /// All records it shows, those of models that the program does not know included, by model number and key.
    pub fn records(&self) -> impl Iterator<Item = Record> {
        let tables = self.state.tables.by_id();
        tables.into_values().flat_map(|table| self.records_of(table))
    }

    /// All records of the model at this place, in the order of their keys.
    pub fn records_of_model(&self, model: usize) -> impl Iterator<Item = Record> + use<'a> {
        self.records_of(TableRef::Known(self.state.tables.at(model)))
    }

    /// All records of the model with this number, whether the program knows it or not, in the order of their keys.
    pub fn records_of_number(&self, model: ModelId) -> impl Iterator<Item = Record> + use<'a> {
        let records = self.state.tables.of(model).map(|table| self.records_of(table));
        records.into_iter().flatten()
    }

    fn records_of(&self, table: TableRef<'a>) -> impl Iterator<Item = Record> + use<'a> {
        let at = self.position();
        let mut range = Some(KeyRange::ALL);
        let mut run = Vec::new().into_iter();
        std::iter::from_fn(move || {
            loop {
                if let Some(record) = run.next() {
                    return Some(record);
                }
                range.as_ref()?;
                run = table.copy_records(&mut range, at, RUN).into_iter();
            }
        })
    }

    /// The keys of the records that have these values in an index.
    pub(crate) fn holders(&self, model: usize, index: usize, values: &Key) -> impl Iterator<Item = Key> + use<'a> {
        let entry = &self.state.catalog().models[model];
        self.rows_with(model, index, values).map(|row| entry.row_key(&row))
    }

    /// The records that have these values in an index.
    pub(crate) fn rows_with(&self, model: usize, index: usize, values: &Key) -> Rows<'a> {
        let table = TableRef::Known(self.state.tables.at(model));
        Rows::new(self, table, Source::Index(index), KeyRange::prefix(values.as_bytes()), Direction::Forward, 8)
    }
}
