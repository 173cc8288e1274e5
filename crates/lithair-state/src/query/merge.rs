//! Pages from several ranges of an index at once: each is in the order that was asked for, one behind the other they are not.
//!
//! `shop_id in (1, 2)` in the order of keys is two ranges of the relation's index. The next record is the first of what stands at their heads.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

use lithair_model::{Page, QueryError, Row, Start, append_term};

use super::Task;
use super::path::{Index, Path, Span};
use super::plan::Choice;
use crate::ordered_map::{Direction, KeyRange, just_behind};
use crate::records::Rows;
use crate::table::Source;
use crate::tables::TableRef;

/// A range in the order that was asked for.
#[derive(Clone, Debug)]
pub(crate) struct Lane {
    keys: KeyRange,
    /// Where the record of the cursor would stand in it; none without a cursor.
    anchor: Option<Vec<u8>>,
}

/// The ranges of a path as lanes; none where a cursor lacks a value that says its place.
pub(crate) fn lanes(task: &Task<'_>, index: &Index, path: &Path) -> Option<Vec<Lane>> {
    let behind = match &task.query.start {
        Start::First | Start::Offset(_) => None,
        Start::After(values, key) | Start::Before(values, key) => {
            let mut behind = Vec::new();
            for (term, sort) in index.terms.iter().zip(&index.fields).skip(path.fixed_terms) {
                append_term(term, task.order.value_of(sort.field, values)?, &mut behind);
            }
            behind.extend_from_slice(key.as_bytes());
            Some(behind)
        }
    };
    let lane = |span: &Span| Lane {
        keys: span.keys.clone(),
        anchor: behind.as_ref().map(|behind| [&span.keys.low[..span.fixed], behind].concat()),
    };
    Some(path.ranges.iter().map(lane).collect())
}

/// Answers a query whose path is lanes.
pub(crate) fn page(task: &Task<'_>, choice: &Choice, lanes: &[Lane]) -> Result<Page, QueryError> {
    let read = |part: Part, skipped: u64, limit: usize| read(task, choice, (lanes, part), skipped, limit);
    let exists = |part: Part| read(part, 0, 1).map(|(rows, _)| !rows.is_empty());
    let limit = task.query.limit;
    let (rows, more, earlier) = match task.query.start {
        Start::First | Start::Offset(_) => {
            let skipped = if let Start::Offset(count) = task.query.start { count } else { 0 };
            let (rows, more) = read(Part::Whole, skipped, limit)?;
            (rows, more, skipped > 0 && exists(Part::Whole)?)
        }
        Start::After(..) => {
            let (rows, more) = read(Part::Behind, 0, limit)?;
            (rows, more, exists(Part::UpTo)?)
        }
        Start::Before(..) => {
            let (mut rows, earlier) = read(Part::Before, 0, limit)?;
            rows.reverse();
            (rows, exists(Part::From)?, earlier)
        }
    };
    let total = task.query.count.then(|| task.view.count(task.query.model));
    Ok(Page { rows, more, earlier, total, looked_at: task.tally.looked_at(), position: task.view.position() })
}

/// What of the lanes is read, as the cursor divides them.
#[derive(Clone, Copy)]
enum Part {
    Whole,
    /// Behind the cursor's record.
    Behind,
    /// From the cursor's record on.
    From,
    /// What precedes the cursor's record, from the last on.
    Before,
    /// The same with the record itself.
    UpTo,
}

impl Part {
    const fn direction(self) -> Direction {
        match self {
            Self::Whole | Self::Behind | Self::From => Direction::Forward,
            Self::Before | Self::UpTo => Direction::Backward,
        }
    }

    fn of(self, lane: &Lane) -> KeyRange {
        let KeyRange { low, high } = lane.keys.clone();
        let Some(anchor) = lane.anchor.clone() else { return KeyRange { low, high } };
        let until = |end: Vec<u8>| Some(high.clone().map_or(end.clone(), |high| high.min(end)));
        match self {
            Self::Whole => KeyRange { low, high },
            Self::Behind => KeyRange { low: low.max(just_behind(&anchor)), high },
            Self::From => KeyRange { low: low.max(anchor), high },
            Self::Before => KeyRange { low, high: until(anchor) },
            Self::UpTo => KeyRange { low, high: until(just_behind(&anchor)) },
        }
    }
}

/// The matching rows behind the first `skipped` ones, at most `limit`, and whether there are more.
fn read(
    task: &Task<'_>,
    choice: &Choice,
    (lanes, part): (&[Lane], Part),
    skipped: u64,
    limit: usize,
) -> Result<(Vec<Arc<Row>>, bool), QueryError> {
    let ranges: Vec<KeyRange> = lanes.iter().map(|lane| part.of(lane)).filter(|keys| !keys.is_empty()).collect();
    let expected = usize::try_from(skipped).unwrap_or(usize::MAX).saturating_add(limit).saturating_add(1);
    let mut merged = Merged::new(task, choice.path.source, ranges, part.direction(), expected)?;
    let residual = task.residual(choice);
    let mut to_skip = skipped;
    let mut rows = Vec::with_capacity(limit.min(1024));
    while let Some(row) = merged.next()? {
        if !task.admits(residual, &row)? {
            continue;
        }
        match (to_skip, rows.len() < limit) {
            (1.., _) => to_skip -= 1,
            (0, true) => rows.push(row),
            (0, false) => return Ok((rows, true)),
        }
    }
    Ok((rows, false))
}

/// The rows of several ranges, in the order of the query or in its reverse.
struct Merged<'a> {
    task: &'a Task<'a>,
    direction: Direction,
    ranges: Vec<Rows<'a>>,
    /// The next row of each range that has one.
    heads: Vec<Option<Arc<Row>>>,
    /// Which head comes next.
    next: BinaryHeap<(Rank, usize)>,
}

/// The greatest is the next.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Forward(Reverse<Vec<u8>>),
    Backward(Vec<u8>),
}

impl<'a> Merged<'a> {
    fn new(
        task: &'a Task<'a>,
        source: Source,
        ranges: Vec<KeyRange>,
        direction: Direction,
        expected: usize,
    ) -> Result<Self, QueryError> {
        let each = expected / ranges.len().max(1) + 1;
        let rows = |keys| Rows::new(task.view, TableRef::Known(task.table), source, keys, direction, each);
        let ranges: Vec<Rows<'a>> = ranges.into_iter().map(rows).collect();
        let heads = vec![None; ranges.len()];
        let mut merged = Self { task, direction, ranges, heads, next: BinaryHeap::new() };
        (0..merged.ranges.len()).try_for_each(|range| merged.advance(range))?;
        Ok(merged)
    }

    /// The row that comes next, of whichever range.
    fn next(&mut self) -> Result<Option<Arc<Row>>, QueryError> {
        let Some((_, range)) = self.next.pop() else { return Ok(None) };
        let row = self.heads[range].take();
        debug_assert!(row.is_some(), "a rank stands for a head");
        self.advance(range)?;
        Ok(row)
    }

    fn advance(&mut self, range: usize) -> Result<(), QueryError> {
        debug_assert!(self.heads[range].is_none(), "a head is taken before the next one stands there");
        if let Some(row) = self.ranges[range].next() {
            let key = self.task.order.sort_key(self.task, &row)?;
            let rank = match self.direction {
                Direction::Forward => Rank::Forward(Reverse(key)),
                Direction::Backward => Rank::Backward(key),
            };
            self.next.push((rank, range));
            self.heads[range] = Some(row);
        }
        Ok(())
    }
}
