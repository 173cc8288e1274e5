//! Groups of equal values, a run of entries at a time.

use std::sync::Arc;
use std::vec;

use lithair_model::Row;

use super::Task;
use crate::ordered_map::{Direction, KeyRange, behind_prefix};
use crate::table::{Entry, Source};

/// Entries of a run at least: a group of one needs two to be seen whole. Tests see groups that are longer than a run.
const RUN_MIN: usize = if cfg!(test) { 2 } else { 16 };

/// What stands at one end of a range.
pub(crate) enum Groups {
    /// Nothing.
    None,
    /// Whole groups, their rows in the order of the list.
    Whole(vec::IntoIter<Arc<Row>>),
    /// A group that is longer than a run: its entries.
    Long(KeyRange),
}

/// The next groups of a range in a direction, each in the other direction inside; takes them off the range.
pub(crate) fn next(task: &Task<'_>, source: Source, keys: &mut KeyRange, direction: Direction, run: usize) -> Groups {
    let run = run.clamp(RUN_MIN, crate::records::RUN);
    let entries = task.table.copy_entries(task.model, source, keys, direction, task.view.position(), run);
    let Some(last) = entries.last() else { return Groups::None };
    let is_cut = entries.len() == run;
    let last_values = last.values().to_vec();
    let whole = if is_cut {
        // Entries of the last group may stand behind the run.
        entries.iter().rposition(|entry| entry.values() != last_values).map_or(0, |place| place + 1)
    } else {
        entries.len()
    };
    let off = if whole == 0 { &last_values[..] } else { entries[whole - 1].values() };
    take_off(keys, off, direction);
    if whole == 0 {
        return Groups::Long(KeyRange::prefix(&last_values));
    }
    let groups = entries[..whole].chunk_by(|one, other| one.values() == other.values());
    let rows = groups.flat_map(|group| group.iter().rev().filter_map(|entry| entry.row.clone()));
    Groups::Whole(rows.collect::<Vec<_>>().into_iter())
}

/// Takes a group, and what comes before it in this direction, off a range.
fn take_off(keys: &mut KeyRange, values: &[u8], direction: Direction) {
    match (direction, behind_prefix(values)) {
        (Direction::Backward, _) => keys.high = Some(values.to_vec()),
        (Direction::Forward, Some(behind)) => keys.low = behind,
        (Direction::Forward, None) => *keys = KeyRange { low: Vec::new(), high: Some(Vec::new()) },
    }
}

impl Entry {
    /// The bytes of its values: entries of equal ones are a group.
    fn values(&self) -> &[u8] {
        &self.key[..self.key.len() - self.primary_bytes]
    }
}
