//! The state: the tables, how far they are applied, and how far they are shown.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use lithair_model::{Catalog, Change, Entry, Numbers, Position, QueryError, Row};
use parking_lot::Mutex;

use crate::pins::Pins;
use crate::sequences::Sequences;
use crate::stage::{Stage, Step};
use crate::tables::Tables;
use crate::{Conflict, Digest, Meta, View, guards};

/// The applied records of all models, with the versions that views from the horizon on may show.
///
/// One thread applies; any number of threads read. Readers never wait for a batch, only for another's copying a run of
/// entries or installing one change.
///
/// ```text
/// horizon <= published <= applied
///    |          |            '- what apply() saw last; the next entry is the one behind it
///    |          '- what views show
///    '- views of earlier positions are refused
/// ```
#[derive(Debug)]
pub struct State {
    pub(crate) tables: Tables,
    pub(crate) writer: Mutex<Writer>,
    published: AtomicU64,
    horizon: AtomicU64,
    /// Whether the writer has refusals that no entry names: asked for every entry, and nearly never so.
    has_unrecorded: AtomicBool,
    pub(crate) pins: Pins,
    /// Where the collection of the tables goes on.
    pub(crate) collection: Mutex<usize>,
}

/// What only who applies needs.
#[derive(Debug, Default)]
pub(crate) struct Writer {
    pub(crate) applied: Position,
    pub(crate) digest: Digest,
    pub(crate) sequences: Sequences,
    pub(crate) numbers: Numbers,
    refused: BTreeSet<Position>,
    /// Those of them that no entry names yet.
    unrecorded: BTreeSet<Position>,
}

/// What an entry did.
#[derive(Clone, Debug, PartialEq)]
pub struct Applied {
    /// One a change of the entry: the record as the change left it; none for a record that is gone, and for changes that
    /// are for no record.
    pub rows: Vec<Option<Arc<Row>>>,
}

impl State {
    /// A state without records, for a log without entries.
    pub fn new(catalog: Arc<Catalog>) -> Self {
        Self::starting_at(catalog, Position::ZERO, Writer::default())
    }

    /// A state that shows `position`, for the loader to fill.
    pub(crate) fn starting_at(catalog: Arc<Catalog>, position: Position, writer: Writer) -> Self {
        Self {
            tables: Tables::new(catalog),
            writer: Mutex::new(Writer { applied: position, ..writer }),
            published: AtomicU64::new(position.get()),
            horizon: AtomicU64::new(position.get()),
            has_unrecorded: AtomicBool::new(false),
            pins: Pins::new(),
            collection: Mutex::new(0),
        }
    }

    /// The models.
    pub fn catalog(&self) -> &Arc<Catalog> {
        self.tables.catalog()
    }

    /// Applies one entry of the log: judges its guards, then installs its changes. Nothing of it is visible before
    /// [`State::publish`].
    ///
    /// Equal states given equal entries become equal states, on every replica and on every replay. So nothing in here
    /// reads a clock, draws a random number, or walks an unordered map.
    ///
    /// # Errors
    /// The entry is refused: it keeps its position ([`State::refused`]) and changed nothing.
    ///
    /// # Panics
    /// `position` is not the one behind the last.
    pub fn apply(&self, position: Position, entry: &Entry) -> Result<Applied, Conflict> {
        let writer = &mut *self.writer.lock();
        writer.advance(position);
        for refused in &entry.refused {
            writer.refused.insert(*refused);
            writer.unrecorded.remove(refused);
        }
        self.has_unrecorded.store(!writer.unrecorded.is_empty(), Ordering::Relaxed);
        if writer.refused.contains(&position) {
            return Err(Conflict::Known);
        }
        let judged = Stage::of(&self.tables, position, entry)
            .and_then(|stage| guards::judge(&self.tables, &stage, entry).map(|()| stage));
        match judged {
            Ok(stage) => {
                writer.learn(entry);
                Ok(Applied { rows: writer.install(position, stage) })
            }
            Err(conflict) => {
                writer.refused.insert(position);
                writer.unrecorded.insert(position);
                self.has_unrecorded.store(true, Ordering::Relaxed);
                Err(conflict)
            }
        }
    }

    /// Takes note of a position that is no entry: a vote, a change of members.
    ///
    /// # Panics
    /// `position` is not the one behind the last.
    pub fn pass(&self, position: Position) {
        self.writer.lock().advance(position);
    }

    /// Makes everything up to `position` visible at once.
    ///
    /// # Panics
    /// `position` was not applied yet, or is before what was published.
    pub fn publish(&self, position: Position) {
        assert!(position <= self.writer.lock().applied, "only what was applied is published");
        let before = self.published.swap(position.get(), Ordering::SeqCst);
        assert!(before <= position.get(), "what was published stays published");
    }

    /// The newest position that views show.
    pub fn published(&self) -> Position {
        Position::new(self.published.load(Ordering::SeqCst))
    }

    /// The position that was applied last.
    pub fn applied(&self) -> Position {
        self.writer.lock().applied
    }

    /// The oldest position that views show.
    pub fn horizon(&self) -> Position {
        Position::new(self.horizon.load(Ordering::SeqCst))
    }

    pub(crate) fn raise_horizon(&self, position: Position) {
        self.horizon.fetch_max(position.min(self.published()).get(), Ordering::SeqCst);
        assert!(self.horizon() <= self.published(), "the present is always kept");
    }

    /// The state of a moment: of `at`, or of the present.
    ///
    /// # Errors
    /// The moment is not kept any more, or has not come.
    pub fn view(&self, at: Option<Position>) -> Result<View<'_>, QueryError> {
        loop {
            let position = at.unwrap_or_else(|| self.published());
            if position > self.published() {
                return Err(QueryError::NotYet(position));
            }
            // First the pin, then the horizon: see `pins.rs`.
            let view = View::pinned(self, position);
            let horizon = self.horizon();
            if horizon <= position {
                return Ok(view);
            }
            if at.is_some() {
                return Err(QueryError::HorizonGone(horizon));
            }
            // Between the two loads the present moved on, and the horizon with it. Look again.
        }
    }

    /// The positions of the entries that were refused, ascending, behind `position`.
    ///
    /// Whoever reads the log again - for a snapshot, for the history of a record - skips these: what refused them was the state of their
    /// moment.
    pub fn refused(&self, position: Position) -> Vec<Position> {
        self.writer.lock().refused.range(position.next()..).copied().collect()
    }

    /// The positions of refused entries that no entry of the log names yet.
    pub fn unrecorded_refusals(&self) -> Vec<Position> {
        if !self.has_unrecorded.load(Ordering::Relaxed) {
            return Vec::new();
        }
        self.writer.lock().unrecorded.iter().copied().collect()
    }

    /// Takes note of entries, not applied yet, that were refused when another program applied them: they are refused again, whatever
    /// the constraints of this one are.
    pub fn know_refused(&self, positions: impl IntoIterator<Item = Position>) {
        self.writer.lock().refused.extend(positions);
    }

    /// Whether the entry at the position was refused.
    pub fn is_refused(&self, position: Position) -> bool {
        self.writer.lock().refused.contains(&position)
    }

    /// The digest of what was applied, kept while it changes.
    pub fn digest(&self) -> Digest {
        self.writer.lock().digest
    }

    /// The position that was applied last, and the digest at it.
    pub fn stamp(&self) -> (Position, Digest) {
        let writer = self.writer.lock();
        (writer.applied, writer.digest)
    }

    /// The highest number that records of the model at this place were ever given; 0 if none was.
    pub fn sequence(&self, model: usize) -> u64 {
        self.writer.lock().sequences.highest(self.catalog().models[model].id)
    }

    /// What a snapshot of the applied state keeps beside the records.
    pub fn meta(&self) -> Meta {
        let writer = self.writer.lock();
        Meta::new(writer.sequences.clone(), writer.numbers.clone(), writer.refused.clone())
    }
}

impl Writer {
    /// What a snapshot's meta says.
    pub(crate) fn after(meta: Meta) -> Self {
        let refused = meta.refused();
        Self { sequences: meta.sequences, numbers: meta.numbers, refused, ..Self::default() }
    }

    fn advance(&mut self, position: Position) {
        // A gap would lose a write and a repeat would run it twice. From here neither can be mended: this state and that
        // log do not belong together.
        assert_eq!(position, self.applied.next(), "entries apply once, in log order; pass() over what is no entry");
        self.applied = position;
    }

    fn learn(&mut self, entry: &Entry) {
        for change in &entry.changes {
            if let Change::Schema(change) = change {
                self.numbers.learn(change);
            }
        }
    }

    fn install(&mut self, position: Position, stage: Stage<'_>) -> Vec<Option<Arc<Row>>> {
        let rows = stage.steps.iter().map(|step| step.as_ref().and_then(|step| step.row.clone())).collect();
        stage.steps.into_iter().flatten().for_each(|step| self.install_step(position, step));
        rows
    }

    fn install_step(&mut self, position: Position, step: Step<'_>) {
        let Step { table, model, key, row, keys, .. } = step;
        if let Some(row) = &row {
            self.digest.add(table.model, key, row);
            if let Some(model) = model {
                self.sequences.see(model, &row.bytes);
            }
        }
        if let Some(old) = table.install(model, position, key, row, &keys) {
            self.digest.remove(table.model, key, &old);
        }
    }
}
