//! Choosing the path that leads to a page with the least work.

use std::fmt;

use lithair_model::{ModelEntry, QueryError, SortTerm, Start};

use super::Task;
use super::cursor::Anchor;
use super::path::{Index, Path, folded_path, indexes};
use super::sequence::{self, Fit, Stretch};
use crate::table::Source;

/// Rows that are expected to be looked at for one that passes a filter about which nothing is known.
const ROWS_PER_MATCH: u64 = 16;

/// How a query is answered, for operators and tests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// What leads to the records.
    pub lookup: Lookup,
    /// The fields whose conditions it uses, as places in the schema.
    pub bounded: Vec<usize>,
    /// Whether records come in the order that was asked for, so that reading ends with the page.
    pub ordered: bool,
    /// Whether each record is still asked the filter.
    pub filtered: bool,
    /// Entries in the ranges that are looked at; more than the query's budget means "too many to count".
    pub entries: u64,
}

/// What leads to records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// The primary key.
    Primary,
    /// A unique constraint, as a place in the schema's.
    Unique(usize),
    /// An ordered index, as a place in the schema's.
    Index(usize),
    /// A relation, as a place in the schema's.
    Relation(usize),
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.lookup {
            Lookup::Primary if self.bounded.is_empty() && !self.ordered => write!(f, "scan")?,
            Lookup::Primary => write!(f, "primary key")?,
            Lookup::Unique(place) => write!(f, "unique {place}")?,
            Lookup::Index(place) => write!(f, "index {place}")?,
            Lookup::Relation(place) => write!(f, "relation {place}")?,
        }
        write!(f, " bounded by {:?}, {} entries", self.bounded, self.entries)?;
        f.write_str(if self.ordered { ", in order" } else { ", sorted" })?;
        f.write_str(if self.filtered { ", filtered" } else { "" })
    }
}

/// The path that was chosen.
pub(crate) struct Choice {
    pub(crate) path: Path,
    /// Whether the page is walked to; otherwise all that matches is gathered.
    pub(crate) walks: bool,
    /// The path in the order that was asked for, if it has that order.
    pub(crate) stretches: Vec<Stretch>,
    /// Where the cursor stands in the path.
    pub(crate) anchor: Option<Anchor>,
    cost: u64,
}

impl Choice {
    pub(crate) fn of(task: &Task<'_>) -> Result<Self, QueryError> {
        let indexes = indexes(task);
        let paths = indexes.iter().filter_map(|index| Self::by(task, index));
        let folded = (0..task.model.schema.uniques.len()).filter_map(|place| folded_path(task, place));
        let folded = folded.map(|path| Self::gathering(path, &[]));
        let choice = paths.chain(folded).min_by_key(|choice| (choice.cost, !choice.walks));
        let choice = choice.expect("the primary key leads to every record");
        // All of them would be looked at: the answer is known before the work is done.
        if !choice.walks && choice.path.entries > task.query.scan_rows_max {
            return Err(task.too_expensive());
        }
        Ok(choice)
    }

    fn by(task: &Task<'_>, index: &Index) -> Option<Self> {
        let path = index.path(task)?;
        let fit = fit(task, index);
        // A whole index in an order that nobody asked for is a scan by detours.
        if path.bounded.is_empty() && fit.is_none() && index.source != Source::Primary {
            return None;
        }
        let counts_matches = task.query.count && task.query.filter.is_some();
        let anchor = match &task.query.start {
            Start::First | Start::Offset(_) => None,
            Start::After(values, key) | Start::Before(values, key) => Anchor::of(task, index, values, key),
        };
        let stretches = fit.map(|fit| sequence::whole(&path, fit)).unwrap_or_default();
        let anchored = match &anchor {
            Some(anchor) => sequence::behind(&stretches, anchor).is_some(),
            None => matches!(task.query.start, Start::First | Start::Offset(_)),
        };
        if fit.is_none() || counts_matches || !anchored {
            return Some(Self::gathering(path, &stretches));
        }
        let cost = walking_cost(task, &path);
        Some(Self { path, walks: true, stretches, anchor, cost })
    }

    fn gathering(path: Path, stretches: &[Stretch]) -> Self {
        let cost = path.entries;
        Self { path, walks: false, stretches: stretches.to_vec(), anchor: None, cost }
    }

    pub(crate) fn describe(&self, task: &Task<'_>) -> Plan {
        Plan {
            lookup: lookup(self.path.source, task.model),
            bounded: self.path.bounded.clone(),
            ordered: self.walks,
            filtered: task.residual(self).is_some(),
            entries: self.path.entries,
        }
    }
}

fn lookup(source: Source, model: &ModelEntry) -> Lookup {
    let (uniques, indexes) = (model.schema.uniques.len(), model.schema.indexes.len());
    match source {
        Source::Primary => Lookup::Primary,
        Source::Index(place) if place < uniques => Lookup::Unique(place),
        Source::Index(place) if place < uniques + indexes => Lookup::Index(place - uniques),
        Source::Index(place) => Lookup::Relation(place - uniques - indexes),
    }
}

/// Entries that are looked at before the page is full.
fn walking_cost(task: &Task<'_>, path: &Path) -> u64 {
    let skipped = match task.query.start {
        Start::Offset(count) => count,
        _ => 0,
    };
    let rows = skipped.saturating_add(task.query.limit as u64).saturating_add(1);
    let looked_at = if path.exact { rows } else { rows.saturating_mul(ROWS_PER_MATCH) };
    looked_at.min(path.entries)
}

/// Whether the rows of an index come in the order that was asked for, or in its reverse.
fn fit(task: &Task<'_>, index: &Index) -> Option<Fit> {
    let wanted = &task.order.terms[..];
    let variable: Vec<SortTerm> =
        index.fields.iter().filter(|term| task.bounds.constant(term.field).is_none()).copied().collect();
    let is_primary = index.source == Source::Primary;
    let has_room = if is_primary { wanted.len() <= variable.len() } else { wanted.len() == variable.len() };
    if variable.is_empty() && !index.ends_with_key {
        return Some(Fit::Same);
    }
    if !has_room {
        return None;
    }
    if wanted.iter().zip(&variable).all(|(wanted, term)| wanted == term) {
        return Some(Fit::Same);
    }
    let reverse = |term: &SortTerm| SortTerm { descending: !term.descending, ..*term };
    if wanted.len() != variable.len() || !wanted.iter().zip(&variable).all(|(wanted, term)| *wanted == reverse(term)) {
        return None;
    }
    if is_primary || !index.ends_with_key {
        return Some(Fit::Reverse);
    }
    // Of several terms, the nulls of the second come last within each value of the first: no walk does that backward.
    let optional = |term: &SortTerm| task.model.schema.fields[term.field].optional;
    (variable.len() == 1 || !variable.iter().any(optional)).then_some(Fit::ReverseGroups)
}
