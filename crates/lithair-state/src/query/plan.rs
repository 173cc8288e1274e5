//! Choosing the path that leads to a page with the least work.

use std::fmt;

use lithair_model::{ModelEntry, QueryError, SortTerm, Start};

use super::Task;
use super::cursor::Anchor;
use super::merge::{self, Lane};
use super::path::{Index, Path, folded_path, indexes};
use super::sequence::{self, Fit, Stretch};
use crate::table::Source;

/// Rows that are expected to be looked at for one that passes a filter about which nothing is known.
const ROWS_PER_MATCH: u64 = 16;
/// Entries of each path that are counted before looking whether that is enough to choose.
const ENTRIES_COUNTED_FIRST: u64 = 512;

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
    /// Entries in the ranges that lead to the records. Large ranges are not counted to their end.
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
    pub(crate) means: Means,
    /// Entries of the path, counted as far as the choice needed it.
    entries: u64,
}

/// How a page is had of a path.
pub(crate) enum Means {
    /// It has the order that was asked for, and is read until the page is full.
    Walk {
        stretches: Vec<Stretch>,
        /// Where the cursor stands in it.
        anchor: Option<Anchor>,
    },
    /// Each of its ranges has that order.
    Merge(Vec<Lane>),
    /// All that matches is looked at.
    Gather,
}

impl Means {
    const fn is_gather(&self) -> bool {
        matches!(self, Self::Gather)
    }
}

impl Choice {
    pub(crate) fn of(task: &Task<'_>) -> Result<Self, QueryError> {
        let indexes = indexes(task);
        let paths = indexes.iter().filter_map(|index| Self::by(task, index));
        let folded = (0..task.model.schema.uniques.len()).filter_map(|place| folded_path(task, place));
        let folded = folded.map(|path| Self { path, means: Means::Gather, entries: 0 });
        let choice = cheapest(task, paths.chain(folded).collect());
        // All of them would be looked at: the answer is known before the work is done.
        let budget = task.query.scan_rows_max;
        if choice.means.is_gather() && choice.path.entries(task, budget) > budget {
            return Err(task.too_expensive());
        }
        Ok(choice)
    }

    fn by(task: &Task<'_>, index: &Index) -> Option<Self> {
        let fit = fit(task, index);
        // A whole index in an order that nobody asked for is a scan by detours: not worth counting its entries.
        let is_bounded = index.fields.first().is_some_and(|term| task.bounds.field(term.field).is_some());
        if !is_bounded && fit.is_none() && index.source != Source::Primary {
            return None;
        }
        let path = index.path(task)?;
        let means = Self::means(task, index, &path, fit).unwrap_or(Means::Gather);
        Some(Self { path, means, entries: 0 })
    }

    /// How a page is had in the order that was asked for; none if there is no way.
    fn means(task: &Task<'_>, index: &Index, path: &Path, fit: Option<Fit>) -> Option<Means> {
        // Whoever counts what matches looks at all of it.
        if task.query.count && task.query.filter.is_some() {
            return None;
        }
        let Some(fit) = fit else {
            return is_merged(task, index, path).then(|| merge::lanes(task, index, path))?.map(Means::Merge);
        };
        let stretches = sequence::whole(path, fit);
        match &task.query.start {
            Start::First | Start::Offset(_) => Some(Means::Walk { stretches, anchor: None }),
            Start::After(values, key) | Start::Before(values, key) => {
                let anchor = Anchor::of(task, index, values, key)?;
                sequence::behind(&stretches, &anchor)?;
                Some(Means::Walk { stretches, anchor: Some(anchor) })
            }
        }
    }

    /// Entries that are looked at before the page is full.
    fn cost(&self, task: &Task<'_>) -> u64 {
        // Each lane is looked up, and its first row is looked at.
        let heads = match &self.means {
            Means::Gather => return self.entries,
            Means::Merge(lanes) => 2 * lanes.len() as u64,
            Means::Walk { .. } => 0,
        };
        let skipped = if let Start::Offset(count) = task.query.start { count } else { 0 };
        let rows = skipped.saturating_add(task.query.limit as u64).saturating_add(1 + heads);
        let looked_at = if self.path.exact { rows } else { rows.saturating_mul(ROWS_PER_MATCH) };
        looked_at.min(self.entries)
    }

    pub(crate) fn describe(&self, task: &Task<'_>) -> Plan {
        Plan {
            lookup: lookup(self.path.source, task.model),
            bounded: self.path.bounded.clone(),
            ordered: !self.means.is_gather(),
            filtered: task.residual(self).is_some(),
            entries: self.entries,
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

/// The choice with the least cost. Entries are counted no further than it takes to tell: counting all entries of large
/// ranges would cost more than the page.
fn cheapest(task: &Task<'_>, mut choices: Vec<Choice>) -> Choice {
    let mut enough = ENTRIES_COUNTED_FIRST;
    loop {
        for choice in &mut choices {
            choice.entries = choice.path.entries(task, enough);
        }
        let least = choices.iter().map(|choice| choice.cost(task)).min().unwrap_or(0);
        if least <= enough || enough > task.query.scan_rows_max {
            break;
        }
        enough = enough.saturating_mul(8);
    }
    let cheapest = choices.into_iter().min_by_key(|choice| (choice.cost(task), choice.means.is_gather()));
    cheapest.expect("the primary key leads to every record")
}

/// Whether the rows of each range of a path come in the order that was asked for, though one range behind the other they do not.
fn is_merged(task: &Task<'_>, index: &Index, path: &Path) -> bool {
    index.ends_with_key && path.ranges.len() > 1 && index.fields[path.fixed_terms..] == task.order.terms
}

/// Whether the rows of an index come in the order that was asked for, or in its reverse.
fn fit(task: &Task<'_>, index: &Index) -> Option<Fit> {
    let wanted = &task.order.terms[..];
    let variable: Vec<SortTerm> =
        index.fields.iter().filter(|term| task.bounds.constant(term.field).is_none()).copied().collect();
    let is_primary = index.source == Source::Primary;
    let has_room = if is_primary { wanted.len() <= variable.len() } else { wanted.len() == variable.len() };
    // One value of a unique constraint: there is nothing to order.
    if !has_room || (variable.is_empty() && !index.ends_with_key) {
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
    let optional = |term: &SortTerm| task.model.is_optional_at(term.field);
    (variable.len() == 1 || !variable.iter().any(optional)).then_some(Fit::ReverseGroups)
}
