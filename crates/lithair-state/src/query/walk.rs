//! Pages from a path that has the order that was asked for: read until the page is full.

use std::collections::VecDeque;
use std::sync::Arc;
use std::vec;

use lithair_model::{Page, Predicate, QueryError, Row, Start};

use super::Task;
use super::cursor::Anchor;
use super::groups::{self, Groups};
use super::plan::Choice;
use super::sequence::{self, Stretch, Way};
use crate::ordered_map::{Direction, KeyRange};
use crate::records::Rows;
use crate::table::Source;
use crate::tables::TableRef;

/// Answers a query whose path is in order, with where the cursor stands in it.
pub(crate) fn page(
    task: &Task<'_>,
    choice: &Choice,
    stretches: &[Stretch],
    anchor: Option<&Anchor>,
) -> Result<Page, QueryError> {
    let mut reader = Reader { task, source: choice.path.source, residual: task.residual(choice) };
    let limit = task.query.limit;
    let (rows, more, earlier) = match (&task.query.start, anchor) {
        (Start::After(..), Some(anchor)) => {
            let (rows, more) = reader.read(behind(stretches, anchor), 0, limit)?;
            let back = sequence::reversed(stretches);
            (rows, more, reader.has_from(back, anchor)?)
        }
        (Start::Before(..), Some(anchor)) => {
            let back = sequence::reversed(stretches);
            let (mut rows, earlier) = reader.read(behind(&back, anchor), 0, limit)?;
            rows.reverse();
            (rows, reader.has_from(stretches.to_vec(), anchor)?, earlier)
        }
        (start, _) => {
            let skipped = if let Start::Offset(count) = start { *count } else { 0 };
            let (rows, more) = reader.read(stretches.to_vec(), skipped, limit)?;
            (rows, more, reader.earlier_than_offset(stretches, skipped)?)
        }
    };
    let total = task.query.count.then(|| task.view.count(task.query.model));
    let looked_at = task.tally.looked_at();
    Ok(Page { rows, more, earlier, total, looked_at, position: task.view.position() })
}

fn behind(stretches: &[Stretch], anchor: &Anchor) -> Vec<Stretch> {
    sequence::behind(stretches, anchor).expect("the plan found the anchor in a stretch")
}

/// Reads rows in order, asks them the filter, and keeps the budget.
struct Reader<'t, 'a> {
    task: &'t Task<'a>,
    source: Source,
    residual: Option<&'t Predicate>,
}

impl Reader<'_, '_> {
    /// The matching rows behind the first `skipped` ones, at most `limit`, and whether there are more.
    fn read(
        &mut self,
        stretches: Vec<Stretch>,
        skipped: u64,
        limit: usize,
    ) -> Result<(Vec<Arc<Row>>, bool), QueryError> {
        let expected = usize::try_from(skipped).unwrap_or(usize::MAX).saturating_add(limit).saturating_add(1);
        let mut walk = Walk::new(self.task, self.source, stretches, expected);
        for _ in 0..skipped {
            if self.next(&mut walk)?.is_none() {
                return Ok((Vec::new(), false));
            }
        }
        let mut rows = Vec::with_capacity(limit.min(1024));
        while rows.len() < limit {
            match self.next(&mut walk)? {
                Some(row) => rows.push(row),
                None => return Ok((rows, false)),
            }
        }
        let more = self.next(&mut walk)?.is_some();
        Ok((rows, more))
    }

    /// The next matching row.
    fn next(&mut self, walk: &mut Walk<'_>) -> Result<Option<Arc<Row>>, QueryError> {
        for row in walk {
            if self.task.admits(self.residual, &row)? {
                return Ok(Some(row));
            }
        }
        Ok(None)
    }

    /// Whether a matching row stands at the anchor or behind it.
    fn has_from(&mut self, stretches: Vec<Stretch>, anchor: &Anchor) -> Result<bool, QueryError> {
        // Nearly always the cursor's own record answers.
        let own = Stretch { keys: anchor.own(), way: Way::Entries(Direction::Forward) };
        let from = [vec![own], behind(&stretches, anchor)].concat();
        Ok(self.read(from, 0, 1)?.0.len() == 1)
    }

    fn earlier_than_offset(&mut self, stretches: &[Stretch], skipped: u64) -> Result<bool, QueryError> {
        if skipped == 0 {
            return Ok(false);
        }
        Ok(self.read(stretches.to_vec(), 0, 1)?.0.len() == 1)
    }
}

/// The visible rows of stretches, one behind the other.
struct Walk<'a> {
    task: &'a Task<'a>,
    source: Source,
    stretches: VecDeque<Stretch>,
    current: Current<'a>,
    /// Rows that are still wanted, as far as one can tell.
    expected: usize,
}

/// The rows of one stretch, or of a part of it.
enum Current<'a> {
    Entries(Rows<'a>),
    Groups(vec::IntoIter<Arc<Row>>),
}

impl Iterator for Current<'_> {
    type Item = Arc<Row>;

    fn next(&mut self) -> Option<Arc<Row>> {
        match self {
            Self::Entries(rows) => rows.next(),
            Self::Groups(rows) => rows.next(),
        }
    }
}

impl<'a> Walk<'a> {
    fn new(task: &'a Task<'_>, source: Source, stretches: Vec<Stretch>, expected: usize) -> Self {
        let current = Current::Groups(Vec::new().into_iter());
        Self { task, source, stretches: stretches.into(), current, expected }
    }

    /// Begins with what comes next: a whole stretch, or the next groups of one.
    fn begin(&mut self) -> Option<Current<'a>> {
        loop {
            let Stretch { mut keys, way } = self.stretches.pop_front()?;
            let direction = match way {
                Way::Entries(direction) => return Some(self.entries(keys, direction)),
                Way::Groups(direction) => direction,
            };
            let current = match groups::next(self.task, self.source, &mut keys, direction, self.expected) {
                Groups::None => continue,
                Groups::Whole(rows) => Current::Groups(rows),
                Groups::Long(group) => self.entries(group, direction.reversed()),
            };
            self.stretches.push_front(Stretch { keys, way });
            return Some(current);
        }
    }

    fn entries(&self, keys: KeyRange, direction: Direction) -> Current<'a> {
        let table = TableRef::Known(self.task.table);
        Current::Entries(Rows::new(self.task.view, table, self.source, keys, direction, self.expected))
    }
}

impl Iterator for Walk<'_> {
    type Item = Arc<Row>;

    fn next(&mut self) -> Option<Arc<Row>> {
        loop {
            if let Some(row) = self.current.next() {
                self.expected = self.expected.saturating_sub(1).max(1);
                return Some(row);
            }
            self.current = self.begin()?;
        }
    }
}
