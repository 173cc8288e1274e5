//! Pages of what is searched for: find the records that have all words, ask them the filter, keep the best.
//!
//! Ranked by BM25 (Robertson and Zaragoza, *The Probabilistic Relevance Framework*, 2009): a word says the more the fewer
//! records have it, a record the more the oftener it has it and the shorter it is. All numbers are of the view's moment, so
//! the pages of one moment agree on the ranks.

use std::collections::BTreeMap;

use lithair_model::{Key, Page, QueryError, Search, has_phrases};

use super::Task;
use super::gather::Heap;
use crate::ordered_map::Slot;
use crate::table::Weight;

/// How soon more of the same word says nothing more.
const SATURATION: f64 = 1.2;
/// How much a long text is held against a record.
const LENGTH_WEIGHT: f64 = 0.75;
/// Rows that are copied while the table's lock is held once.
const RUN: usize = 256;

/// The records that have all words, each with its score.
#[derive(Debug)]
pub(crate) struct Scores(BTreeMap<Slot, f64>);

impl Scores {
    /// Finds the records.
    ///
    /// # Errors
    /// The budget is spent: the words are too frequent.
    fn of(task: &Task<'_>, search: &Search) -> Result<Self, QueryError> {
        let at = task.view.position();
        let too_expensive = || QueryError::TooExpensive { fields: Vec::new(), budget: task.query.scan_rows_max };
        let mut budget = task.query.scan_rows_max;
        let mut found = Vec::with_capacity(search.words.len());
        for word in &search.words {
            found.push(task.table.with_word(task.model, word, at, &mut budget).ok_or_else(too_expensive)?);
        }
        task.tally.take(task.query.scan_rows_max - budget);
        let ranking = Ranking::of(task);
        // The rarest word says which records there can be.
        let rarest = found.iter().min_by_key(|records| records.len()).expect("a search has a word");
        let score = |slot: &Slot| {
            let weights = found.iter().map(|records| Some((records.get(slot)?, records.len())));
            weights.map(|weight| weight.map(|(weight, records)| ranking.score(*weight, records))).sum::<Option<f64>>()
        };
        Ok(Self(rarest.keys().filter_map(|slot| Some((*slot, score(slot)?))).collect()))
    }

    /// Bytes that put the best record first, with its key behind them.
    fn sort_key(score: f64, key: &Key) -> Vec<u8> {
        // Scores are not negative, so their bits compare as they do.
        [&(!score.to_bits()).to_be_bytes()[..], key.as_bytes()].concat()
    }

    /// The place of the record that a cursor stands at.
    pub(crate) fn cursor_key(&self, task: &Task<'_>, key: &Key) -> Vec<u8> {
        let score = task.table.slot_of(task.model, key).and_then(|slot| self.0.get(&slot).copied());
        // A record that is not found any more stands behind all that are.
        Self::sort_key(score.unwrap_or(0.0), key)
    }
}

/// What all records have to do with the score of one.
struct Ranking {
    records: f64,
    length_mean: f64,
}

impl Ranking {
    fn of(task: &Task<'_>) -> Self {
        let at = task.view.position();
        let records = real(task.table.count(at)).max(1.0);
        Self { records, length_mean: (real(task.table.text_length(at)) / records).max(1.0) }
    }

    /// What a record gets for a word that so many records have.
    fn score(&self, weight: Weight, with_word: usize) -> f64 {
        let with_word = real(with_word as u64);
        let rarity = ((self.records - with_word + 0.5).max(0.5) / (with_word + 0.5)).ln_1p();
        let length = 1.0 - LENGTH_WEIGHT + LENGTH_WEIGHT * real(weight.length) / self.length_mean;
        let times = f64::from(weight.times);
        rarity * times * (SATURATION + 1.0) / (times + SATURATION * length)
    }
}

#[expect(clippy::cast_precision_loss, reason = "there are fewer records and words than a float has digits for")]
const fn real(number: u64) -> f64 {
    number as f64
}

/// Answers a query that searches.
pub(crate) fn page(task: &Task<'_>, search: &Search) -> Result<Page, QueryError> {
    let scores = Scores::of(task, search)?;
    let mut heap = if search.ranked { Heap::ranked(task, &scores) } else { Heap::of(task) };
    let found: Vec<(Slot, f64)> = scores.0.iter().map(|(slot, score)| (*slot, *score)).collect();
    for run in found.chunks(RUN) {
        let slots: Vec<Slot> = run.iter().map(|(slot, _)| *slot).collect();
        let rows = task.table.rows_at(&slots, task.view.position());
        for (row, (_, score)) in rows.into_iter().zip(run) {
            let row = row.expect("what is found at a moment is kept while it is looked at");
            if !task.admits(task.query.filter.as_ref(), &row)? || !has_phrases(task.model, &row.bytes, search) {
                continue;
            }
            let key = match search.ranked {
                true => Scores::sort_key(*score, &task.model.row_key(&row)),
                false => task.order.sort_key(task, &row)?,
            };
            heap.offer(key, row);
        }
    }
    Ok(heap.into_page(task))
}
