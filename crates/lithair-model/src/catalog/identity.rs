//! What guards know constraints and relations by: what they are, and not where a program declares them.
//!
//! A log is applied by programs of other times, in which constraints were added, removed or moved. A guard that named a place would be
//! judged against another constraint there, and an entry that was applied once would be refused.

use xxhash_rust::xxh3::xxh3_64;

use crate::document::expression;
use crate::{Layout, RelationSchema, UniqueSchema};

/// Numbers below are places: the guards of logs that were written before.
const FIRST: u32 = 1 << 31;

/// The number of a unique constraint: its fields by their numbers in the log, its condition, and whether case counts.
pub(super) fn of_unique(unique: &UniqueSchema, layout: &Layout) -> u32 {
    let condition = unique.condition.as_ref().map(expression).unwrap_or_default();
    // Claims of before were in lower case, which is less than folded: guards with such mean another constraint.
    let case = if unique.ignore_case { "folded" } else { "false" };
    number(&format!("unique {:?} {case} {condition}", numbers(unique.fields, layout)))
}

/// The number of a relation: its fields by their numbers in the log, and the table of its target.
pub(super) fn of_relation(relation: &RelationSchema, layout: &Layout) -> u32 {
    number(&format!("relation {:?} {}", numbers(relation.fields, layout), (relation.target)().table))
}

fn numbers(fields: &[usize], layout: &Layout) -> Vec<u32> {
    fields.iter().map(|&place| layout.number(place)).collect()
}

fn number(text: &str) -> u32 {
    FIRST | (xxh3_64(text.as_bytes()) >> 33) as u32
}

/// The place of what a guard names, if this program has it.
pub(super) fn place(ids: &[u32], number: u32) -> Option<usize> {
    if number < FIRST { usize::try_from(number).ok() } else { ids.iter().position(|id| *id == number) }
}
