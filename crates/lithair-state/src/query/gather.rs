//! Pages from a path that has another order, and exact counts: look at everything, keep what the page needs.

use std::collections::BinaryHeap;
use std::sync::Arc;

use lithair_model::{Key, Page, QueryError, Row, Start, Value};

use super::Task;
use super::plan::Choice;
use super::search::Scores;
use crate::ordered_map::Direction;
use crate::records::{RUN, Rows};
use crate::tables::TableRef;

/// Answers a query by looking at every row of its path.
pub(crate) fn page(task: &Task<'_>, choice: &Choice) -> Result<Page, QueryError> {
    let residual = task.residual(choice);
    let mut heap = Heap::of(task);
    for span in &choice.path.ranges {
        let table = TableRef::Known(task.table);
        let rows = Rows::new(task.view, table, choice.path.source, span.keys.clone(), Direction::Forward, RUN);
        for row in rows {
            if task.admits(residual, &row)? {
                heap.offer(task.order.sort_key(task, &row)?, row);
            }
        }
    }
    Ok(heap.into_page(task))
}

/// The best rows so far, the worst of them on top.
pub(super) struct Heap {
    rows: BinaryHeap<Ranked>,
    /// Rows to keep: those of the page, those it skips, and one that says whether there are more.
    room: usize,
    skipped: usize,
    cursor: Option<Cursor>,
    matched: u64,
    /// Rows on the other side of the cursor, the cursor's own included.
    beyond: u64,
}

struct Cursor {
    key: Vec<u8>,
    is_after: bool,
}

struct Ranked {
    rank: Rank,
    row: Arc<Row>,
}

/// What is compared: for the page before a cursor, the last rows are the best.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Ascending(Vec<u8>),
    Descending(std::cmp::Reverse<Vec<u8>>),
}

impl PartialEq for Ranked {
    fn eq(&self, other: &Self) -> bool {
        self.rank == other.rank
    }
}

impl Eq for Ranked {}

impl PartialOrd for Ranked {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ranked {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.rank.cmp(&other.rank)
    }
}

impl Heap {
    pub(super) fn of(task: &Task<'_>) -> Self {
        Self::with(task, |values, key| task.order.cursor_key(values, key))
    }

    /// In the order of scores, which cursors do not have: they are found again.
    pub(super) fn ranked(task: &Task<'_>, scores: &Scores) -> Self {
        Self::with(task, |_, key| scores.cursor_key(task, key))
    }

    /// With what says the place of a cursor.
    fn with(task: &Task<'_>, place: impl Fn(&[Value], &Key) -> Vec<u8>) -> Self {
        let cursor = |values: &[Value], key: &Key, is_after| Some(Cursor { key: place(values, key), is_after });
        let (skipped, cursor) = match &task.query.start {
            Start::First => (0, None),
            Start::Offset(count) => (usize::try_from(*count).unwrap_or(usize::MAX), None),
            Start::After(values, key) => (0, cursor(values, key, true)),
            Start::Before(values, key) => (0, cursor(values, key, false)),
        };
        let room = skipped.saturating_add(task.query.limit).saturating_add(1);
        Self { rows: BinaryHeap::new(), room, skipped, cursor, matched: 0, beyond: 0 }
    }

    pub(super) fn offer(&mut self, key: Vec<u8>, row: Arc<Row>) {
        self.matched += 1;
        let wanted = match &self.cursor {
            None => true,
            Some(cursor) if cursor.is_after => key > cursor.key,
            Some(cursor) => key < cursor.key,
        };
        if !wanted {
            self.beyond += 1;
            return;
        }
        let is_before = self.cursor.as_ref().is_some_and(|cursor| !cursor.is_after);
        let rank = if is_before { Rank::Descending(std::cmp::Reverse(key)) } else { Rank::Ascending(key) };
        if self.rows.len() < self.room {
            self.rows.push(Ranked { rank, row });
        } else if let Some(mut worst) = self.rows.peek_mut()
            && rank < worst.rank
        {
            *worst = Ranked { rank, row };
        }
    }

    pub(super) fn into_page(self, task: &Task<'_>) -> Page {
        let limit = task.query.limit;
        let found = self.rows.len();
        let is_before = self.cursor.as_ref().is_some_and(|cursor| !cursor.is_after);
        let sorted = self.rows.into_sorted_vec().into_iter();
        let mut rows: Vec<Arc<Row>> = sorted.map(|ranked| ranked.row).skip(self.skipped).take(limit).collect();
        let is_cut = found > self.skipped.saturating_add(limit);
        let (more, earlier) = if is_before {
            rows.reverse();
            (self.beyond > 0, is_cut)
        } else {
            (is_cut, self.beyond > 0 || (self.skipped > 0 && found > 0))
        };
        let total = task.query.count.then_some(self.matched);
        Page { rows, more, earlier, total, looked_at: task.tally.looked_at(), position: task.view.position() }
    }
}
