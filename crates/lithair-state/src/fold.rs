//! A snapshot from the snapshot before it and the entries since, without a state.
//!
//! ```text
//! entries -> last change of each record ---.
//!                                          merge (both in key order) -> records, digest, meta
//! records of the snapshot before ----------'
//! ```

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::iter::Peekable;
use std::sync::Arc;

use lithair_model::{Catalog, Change, CorruptRow, Entry, Key, ModelId, Position, Row, merge_rows};
use thiserror::Error;

use crate::{Digest, Meta, Record};

/// Entries folded into what they leave of each record they change.
///
/// It keeps the changed records in memory, once each, however often they changed.
#[derive(Debug)]
pub struct Fold {
    catalog: Arc<Catalog>,
    position: Position,
    meta: Meta,
    refused: BTreeSet<Position>,
    pending: BTreeMap<(ModelId, Key), Pending>,
    digest: Cell<Digest>,
}

/// What the entries leave of a record.
#[derive(Debug)]
enum Pending {
    Row(Arc<Row>),
    /// The record before, with these fields changed.
    Patch(Row),
    End,
}

/// Why there is no snapshot. The log and the snapshot before do not belong together, or one of them is damaged.
#[derive(Debug, PartialEq, Eq, Error)]
pub enum FoldError<E> {
    /// The records of the snapshot before could not be read.
    #[error(transparent)]
    Source(E),
    /// A change of a record that is not there, in an entry that was not refused.
    #[error("entry {position} changes record {key:?} of model {}, which does not exist", model.0)]
    NoRecord {
        /// The entry.
        position: Position,
        /// The record's model.
        model: ModelId,
        /// Its key.
        key: Key,
    },
    /// A row or a patch that is none.
    #[error("entry {position}: record {key:?} of model {}: {detail}", model.0)]
    Damaged {
        /// The entry.
        position: Position,
        /// The record's model.
        model: ModelId,
        /// Its key.
        key: Key,
        /// What is wrong with it.
        detail: String,
    },
}

/// Never made: folding an entry reads nothing but the entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum NoSource {}

impl Fold {
    /// Begins behind a snapshot of `position` with this meta; without one, at [`Position::ZERO`] with an empty meta.
    ///
    /// `refused` are the positions behind it whose entries changed nothing ([`crate::State::refused`]).
    pub fn new(
        catalog: Arc<Catalog>,
        position: Position,
        meta: Meta,
        refused: impl IntoIterator<Item = Position>,
    ) -> Self {
        let refused = refused.into_iter().collect();
        Self { catalog, position, meta, refused, pending: BTreeMap::new(), digest: Cell::default() }
    }

    /// Takes in the next entry. One that was refused is passed over.
    ///
    /// # Errors
    /// The entry does not fit those before it.
    ///
    /// # Panics
    /// `position` is not behind the one before.
    pub fn take(&mut self, position: Position, entry: &Entry) -> Result<(), FoldError<NoSource>> {
        self.pass(position);
        if self.refused.contains(&position) {
            self.meta.refuse(position);
            return Ok(());
        }
        entry.changes.iter().try_for_each(|change| self.take_change(position, change))
    }

    /// Takes note of a position that is no entry.
    ///
    /// # Panics
    /// `position` is not behind the one before.
    pub fn pass(&mut self, position: Position) {
        assert!(position > self.position, "entries are folded in log order, each once");
        self.position = position;
    }

    fn take_change(&mut self, position: Position, change: &Change) -> Result<(), FoldError<NoSource>> {
        match change {
            Change::Put { model, key, revision, row } => {
                if let Some(entry) = self.catalog.model(*model) {
                    self.meta.sequences.see(entry, row);
                }
                let row = Row { revision: *revision, position, bytes: row.as_slice().into() };
                self.pending.insert((*model, key.clone()), Pending::Row(Arc::new(row)));
            }
            Change::Patch { model, key, revision, fields, .. } => {
                let patch = Row { revision: *revision, position, bytes: fields.as_slice().into() };
                let before = self.pending.remove(&(*model, key.clone()));
                let after = patched(before, patch).map_err(|what| what.at(position, *model, key))?;
                self.pending.insert((*model, key.clone()), after);
            }
            Change::Delete { model, key } => {
                self.pending.insert((*model, key.clone()), Pending::End);
            }
            Change::Schema(change) => self.meta.numbers.learn(change),
        }
        Ok(())
    }

    /// The position of the last entry.
    pub const fn position(&self) -> Position {
        self.position
    }

    /// What the snapshot keeps beside its records.
    pub const fn meta(&self) -> &Meta {
        &self.meta
    }

    /// The digest of the records that [`Fold::records`] gave last, once it gave them all.
    pub fn digest(&self) -> Digest {
        self.digest.get()
    }

    /// The records of the new snapshot in order, from those of the snapshot before.
    pub fn records<E>(
        &self,
        before: impl IntoIterator<Item = Result<Record, E>>,
    ) -> impl Iterator<Item = Result<Record, FoldError<E>>> {
        self.digest.set(Digest::default());
        let mut merge = Merge { before: before.into_iter().peekable(), pending: self.pending.iter().peekable() };
        std::iter::from_fn(move || merge.next_record().transpose()).inspect(|record| {
            if let Ok(record) = record {
                let mut digest = self.digest.get();
                digest.add(record.model, &record.key, &record.row);
                self.digest.set(digest);
            }
        })
    }
}

/// What is wrong with a change.
enum Misfit {
    NoRecord,
    Damaged(CorruptRow),
}

impl Misfit {
    fn at<E>(self, position: Position, model: ModelId, key: &Key) -> FoldError<E> {
        let key = key.clone();
        match self {
            Self::NoRecord => FoldError::NoRecord { position, model, key },
            Self::Damaged(error) => FoldError::Damaged { position, model, key, detail: error.to_string() },
        }
    }
}

/// What is left of a record after one more patch.
fn patched(before: Option<Pending>, patch: Row) -> Result<Pending, Misfit> {
    Ok(match before {
        None => Pending::Patch(patch),
        Some(Pending::Row(row)) => Pending::Row(Arc::new(merged(&row, &patch)?)),
        // Of two patches the later one wins field by field, as it would on the record.
        Some(Pending::Patch(earlier)) => Pending::Patch(merged(&earlier, &patch)?),
        Some(Pending::End) => return Err(Misfit::NoRecord),
    })
}

fn merged(row: &Row, patch: &Row) -> Result<Row, Misfit> {
    let bytes = merge_rows(&row.bytes, &patch.bytes).map_err(Misfit::Damaged)?;
    Ok(Row { revision: patch.revision, position: patch.position, bytes: bytes.into() })
}

struct Merge<'a, I: Iterator, P: Iterator<Item = (&'a (ModelId, Key), &'a Pending)>> {
    before: Peekable<I>,
    pending: Peekable<P>,
}

impl<'a, E, I, P> Merge<'a, I, P>
where
    I: Iterator<Item = Result<Record, E>>,
    P: Iterator<Item = (&'a (ModelId, Key), &'a Pending)>,
{
    fn next_record(&mut self) -> Result<Option<Record>, FoldError<E>> {
        loop {
            let before = self.before.next_if(|before| match (before, self.pending.peek()) {
                (Ok(before), Some((at, _))) => (before.model, &before.key) <= (at.0, &at.1),
                _ => true,
            });
            let before = before.transpose().map_err(FoldError::Source)?;
            let is_pending = |at: &(ModelId, Key)| match &before {
                Some(before) => (before.model, &before.key) == (at.0, &at.1),
                None => true,
            };
            let Some((at, pending)) = self.pending.next_if(|(at, _)| is_pending(at)) else { return Ok(before) };
            if let Some(row) = pending.over(before, at)? {
                return Ok(Some(Record { model: at.0, key: at.1.clone(), row }));
            }
        }
    }
}

impl Pending {
    /// The record with what is pending done to it; none if it is gone.
    fn over<E>(&self, before: Option<Record>, at: &(ModelId, Key)) -> Result<Option<Arc<Row>>, FoldError<E>> {
        match self {
            Self::Row(row) => Ok(Some(row.clone())),
            Self::End => Ok(None),
            Self::Patch(patch) => {
                let row = match before {
                    Some(before) => merged(&before.row, patch),
                    None => Err(Misfit::NoRecord),
                };
                row.map(|row| Some(Arc::new(row))).map_err(|what| what.at(patch.position, at.0, &at.1))
            }
        }
    }
}
