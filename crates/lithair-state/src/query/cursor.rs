//! Where a page of a list begins: behind the record that the page before it ended with.

use lithair_model::{Key, Value, append_term};

use super::Task;
use super::path::Index;
use crate::ordered_map::{KeyRange, behind_prefix, just_behind};
use crate::table::Source;

/// Where the record of a cursor stands in an index, whether it is there (still) or not.
#[derive(Debug)]
pub(crate) struct Anchor {
    pub(crate) bytes: Vec<u8>,
    /// Bytes of the values, without the key behind them.
    group_bytes: usize,
    /// Whether the bytes are all of the entry's; otherwise its slot stands behind them.
    is_whole: bool,
}

impl Anchor {
    /// None if the cursor does not have the values that the index's terms need.
    pub(crate) fn of(task: &Task<'_>, index: &Index, values: &[Value], key: &Key) -> Option<Self> {
        if index.source == Source::Primary {
            let bytes = key.as_bytes().to_vec();
            return Some(Self { group_bytes: bytes.len(), bytes, is_whole: true });
        }
        let mut bytes = Vec::new();
        for (term, sort) in index.terms.iter().zip(&index.fields) {
            let constant = task.bounds.constant(sort.field);
            append_term(term, constant.or_else(|| task.order.value_of(sort.field, values))?, &mut bytes);
        }
        let group_bytes = bytes.len();
        if index.ends_with_key {
            bytes.extend_from_slice(key.as_bytes());
        }
        Some(Self { bytes, group_bytes, is_whole: index.ends_with_key })
    }

    /// The bytes that all entries of equal values begin with.
    pub(crate) fn group(&self) -> &[u8] {
        &self.bytes[..self.group_bytes]
    }

    /// The range of the entry alone.
    pub(crate) fn own(&self) -> KeyRange {
        KeyRange { low: self.bytes.clone(), high: Some(self.just_behind()) }
    }

    /// The least bytes behind the entry.
    pub(crate) fn just_behind(&self) -> Vec<u8> {
        if self.is_whole {
            just_behind(&self.bytes)
        } else {
            behind_prefix(&self.bytes).unwrap_or_else(|| just_behind(&self.bytes))
        }
    }
}
