//! Projections: models whose rows are folded from the log, and from nothing else.
//!
//! ```text
//! log behind the marker -> what the folds wait for -> rows, in memory -> one entry: the rows, and the marker moved
//! rebuild: the whole log -> rows from nothing -> what differs from what is stored, so many rows an entry
//! ```
//!
//! The marker, how far the rows are, moves in the entry of the rows, and is guarded by the revision that it had: nothing is folded twice or
//! left out, whatever is killed, and whoever else folds.

mod projector;
mod records;
mod rows;

use lithair_model::{
    Action, Backend as _, Command, Draft, Entry, Expected, Folded, Key, ModelEntry, Operation, OperationResult,
    Position, Principal, ProjectionSchema, Refusal, RefusalReason, Supplied, System, Target, Value, encode_key,
};
pub(crate) use projector::Projectors;
pub(crate) use records::PROJECTION;
pub use records::ProjectionState;
use rows::{Begin, FoldedRows};
use thiserror::Error;

use crate::Engine;
use crate::block_on::block_on;
use crate::follow::run_behind;
use crate::seal::now;

/// Rows that one entry changes at most; what one entry of the log changes is not divided.
const ROWS_MAX: usize = 256;
/// Positions with nothing to fold after which the marker moves: a start reads no more than these in vain.
const POSITIONS_UNSTORED_MAX: u64 = 10_000;

/// Why a projection does not go on. Its rows are as they were.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ProjectionError {
    /// There is no projection of this name.
    #[error("there is no projection `{name}`{}", nearest.map(|near| format!("; is it `{near}`?")).unwrap_or_default())]
    Unknown {
        /// What was asked for.
        name: String,
        /// The one that is spelled most like it.
        nearest: Option<&'static str>,
    },
    /// A fold failed, or what it made of a row cannot be. The program's doing.
    #[error("{0}")]
    Fold(String),
    /// The log cannot be read or written.
    #[error("{0}")]
    Log(String),
    /// It was told to stop.
    #[error("it was stopped")]
    Stopped,
}

/// What a rebuild found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rebuilt {
    /// Rows that differed, and are right now.
    pub differed: usize,
    /// Everything up to here is in the rows.
    pub position: Position,
}

impl Engine {
    /// Folds what is published into every projection. Blocks; on return the rows are durable and visible.
    ///
    /// # Errors
    /// The first projection that does not go on. Those before it are done.
    pub fn fold_projections(&self) -> Result<(), ProjectionError> {
        self.projections().try_for_each(|model| self.fold_projection(model, &|| false))
    }

    /// Folds the whole log again into the projection of this table, and puts right what differs. Blocks; on return the rows are durable and
    /// visible. Until then readers see the rows as they were, or in part as they will be.
    ///
    /// # Errors
    /// There is none, a fold failed, or the log cannot be read or written; the next attempt begins anew.
    pub fn rebuild_projection(&self, table: &str) -> Result<Rebuilt, ProjectionError> {
        let model = self.projections().find(|model| model.schema.table == table);
        let model = model.ok_or_else(|| {
            let nearest = lithair_model::nearest(table, self.projections().map(|model| model.schema.table));
            ProjectionError::Unknown { name: table.to_owned(), nearest }
        })?;
        Folding { engine: self, model, schema: schema(model), stops: &|| false }.rebuild()
    }

    /// How many rows of a projection differ from what these folds make of the log, once it was folded.
    #[cfg(feature = "testing")]
    pub(crate) fn projection_differs(
        &self,
        table: &str,
        schema: &'static ProjectionSchema,
    ) -> Result<usize, ProjectionError> {
        let unknown = || ProjectionError::Unknown { name: table.to_owned(), nearest: None };
        let model = self.projections().find(|model| model.schema.table == table).ok_or_else(unknown)?;
        let difference = Folding { engine: self, model, schema, stops: &|| false }.difference(self.position())?;
        Ok(difference.rows.len() + difference.gone.len())
    }

    /// Makes the markers of projections that are new, so that they can be asked for: nothing is folded yet.
    pub(crate) fn begin_projections(&self) -> Result<(), ProjectionError> {
        for model in self.projections() {
            let folding = Folding { engine: self, model, schema: schema(model), stops: &|| false };
            if folding.marker().is_none() {
                let marker = ProjectionState { rebuilding: true, ..folding.marker_at(Position::ZERO) };
                folding.store(&marker, None, None).map(drop)?;
            }
        }
        Ok(())
    }

    /// How far every projection is, that has begun.
    pub fn projection_states(&self) -> Vec<ProjectionState> {
        let folding = |model| Folding { engine: self, model, schema: schema(model), stops: &|| false };
        self.projections().filter_map(|model| Some(folding(model).marker()?.0)).collect()
    }

    /// The most positions that any projection is behind what is published.
    pub(crate) fn projection_lag(&self) -> u64 {
        let published = self.position();
        let folded = self.folded.lock();
        self.projections()
            .map(|model| published.since(folded.get(model.schema.table).copied().unwrap_or(Position::ZERO)))
            .max()
            .unwrap_or(0)
    }

    fn projections(&self) -> impl Iterator<Item = &ModelEntry> {
        self.state().catalog().models.iter().filter(|model| model.schema.projection.is_some())
    }

    /// Folds what is published into a projection, or until it is told to stop.
    fn fold_projection(&self, model: &ModelEntry, stops: &dyn Fn() -> bool) -> Result<(), ProjectionError> {
        let folding = Folding { engine: self, model, schema: schema(model), stops };
        folding.catch_up()
    }
}

fn schema(model: &ModelEntry) -> &'static ProjectionSchema {
    model.schema.projection.expect("only projections are folded")
}

/// One projection at work.
struct Folding<'a> {
    engine: &'a Engine,
    model: &'a ModelEntry,
    schema: &'static ProjectionSchema,
    stops: &'a dyn Fn() -> bool,
}

/// Somebody else moved the marker: look again.
struct Moved;

impl Folding<'_> {
    /// Folds everything that is published. Why that cannot be is told in the marker, too.
    fn catch_up(&self) -> Result<(), ProjectionError> {
        let outcome = self.fold_new();
        if let Err(ProjectionError::Fold(reason)) = &outcome {
            self.tell(reason)?;
        }
        outcome
    }

    fn fold_new(&self) -> Result<(), ProjectionError> {
        loop {
            let settled =
                self.marker().filter(|(marker, _)| !marker.rebuilding && marker.version == self.schema.version);
            match settled {
                None => drop(self.fold_all()?),
                Some((marker, revision)) => {
                    if self.go_on(marker, revision)?.is_ok() {
                        return Ok(());
                    }
                }
            }
        }
    }

    /// Folds what is behind a marker.
    fn go_on(&self, mut marker: ProjectionState, mut revision: u64) -> Result<Result<(), Moved>, ProjectionError> {
        let mut done = marker.position.max(self.seen());
        // Entries that are stored together at most.
        let mut together = usize::MAX;
        loop {
            self.may_go_on()?;
            let run = run_behind(self.engine, done).map_err(ProjectionError::Log)?;
            let mut rest = run.as_slice();
            if rest.is_empty() {
                return Ok(Ok(()));
            }
            while !rest.is_empty() {
                let part = &rest[..rest.len().min(together)];
                let (rows, position) = self.fold_run(part).map_err(ProjectionError::Fold)?;
                let is_news = rows.len() > 0 || marker.error.is_some();
                if is_news || position.since(marker.position) > POSITIONS_UNSTORED_MAX {
                    let moved = ProjectionState { position, error: None, ..marker.clone() };
                    match self.store(&moved, Some(revision), Some(rows.into_folded())) {
                        Ok(Ok(stored)) => (marker, revision) = (moved, stored),
                        Ok(Err(moved)) => return Ok(Err(moved)),
                        // One of them breaks a rule: those before it are stored, each for itself, and it is named.
                        Err(ProjectionError::Fold(_)) if part.len() > 1 => {
                            together = 1;
                            continue;
                        }
                        Err(ProjectionError::Fold(reason)) => {
                            return Err(ProjectionError::Fold(format!("the entry at position {position}: {reason}")));
                        }
                        Err(other) => return Err(other),
                    }
                }
                done = position;
                self.engine.folded.lock().insert(self.model.schema.table, done);
                rest = &rest[rest.partition_point(|(place, _)| *place <= done)..];
            }
        }
    }

    /// The rows that a run of entries makes, up to where there are enough of them, or up to the entry that cannot be folded.
    fn fold_run(&self, run: &[(Position, Option<Entry>)]) -> Result<(FoldedRows<'_>, Position), String> {
        let mut rows = FoldedRows::new(self.engine, self.model, Begin::Stored);
        for (place, (position, entry)) in run.iter().enumerate() {
            let folded = entry.as_ref().map_or(Ok(()), |entry| rows.fold(self.schema, *position, entry));
            match folded {
                // What came before is stored, and this entry the first of the next run.
                Err(_) if place > 0 => return self.fold_run(&run[..place]),
                Err(reason) => return Err(reason),
                Ok(()) if rows.len() >= ROWS_MAX => return Ok((rows, *position)),
                Ok(()) => {}
            }
        }
        let last = run.last().expect("a run has an entry").0;
        Ok((rows, last))
    }

    /// Folds everything from the beginning, and puts right what differs. Why that cannot be is told in the marker, too.
    fn rebuild(&self) -> Result<Rebuilt, ProjectionError> {
        let rebuilt = self.fold_all();
        if let Err(ProjectionError::Fold(reason)) = &rebuilt {
            self.tell(reason)?;
        }
        rebuilt
    }

    /// Notes why it does not go on.
    fn tell(&self, reason: &str) -> Result<(), ProjectionError> {
        let known = self.marker();
        let revision = known.as_ref().map(|(_, revision)| *revision);
        // One that is new has everything before it.
        let marker =
            known.map_or(ProjectionState { rebuilding: true, ..self.marker_at(Position::ZERO) }, |(marker, _)| marker);
        // Whoever moves it meanwhile tells more.
        self.store(&ProjectionState { error: Some(reason.to_owned()), ..marker }, revision, None).map(drop)
    }

    fn fold_all(&self) -> Result<Rebuilt, ProjectionError> {
        loop {
            let known = self.marker();
            let target = self.engine.position();
            let difference = self.difference(target)?;
            let differed = difference.rows.len() + difference.gone.len();
            if self.put_right(known, target, difference)?.is_ok() {
                self.engine.folded.lock().insert(self.model.schema.table, target);
                return Ok(Rebuilt { differed, position: target });
            }
        }
    }

    /// What differs between the rows that are stored and what the log up to here makes of them.
    fn difference(&self, target: Position) -> Result<Folded, ProjectionError> {
        let mut rows = FoldedRows::new(self.engine, self.model, Begin::Empty);
        let mut done = Position::ZERO;
        while done < target {
            self.may_go_on()?;
            for (position, entry) in run_behind(self.engine, done).map_err(ProjectionError::Log)? {
                if position > target {
                    break;
                }
                if let Some(entry) = entry {
                    rows.fold(self.schema, position, &entry).map_err(ProjectionError::Fold)?;
                }
                done = position;
            }
        }
        Ok(rows.into_difference())
    }

    /// Stores what differs, so many rows an entry. Until the last one, the marker says that it is not done: a kill begins anew.
    fn put_right(
        &self,
        known: Option<(ProjectionState, u64)>,
        target: Position,
        difference: Folded,
    ) -> Result<Result<(), Moved>, ProjectionError> {
        let mut revision = known.as_ref().map(|(_, revision)| *revision);
        let position = known.map_or(Position::ZERO, |(marker, _)| marker.position);
        let mut parts = parts(difference).peekable();
        while let Some(part) = parts.next() {
            self.may_go_on()?;
            let is_last = parts.peek().is_none();
            let marker = self.marker_at(if is_last { target } else { position });
            let marker = ProjectionState { rebuilding: !is_last, ..marker };
            match self.store(&marker, revision, Some(part))? {
                Ok(stored) => revision = Some(stored),
                Err(moved) => return Ok(Err(moved)),
            }
        }
        Ok(Ok(()))
    }

    /// How far the process has read, which may be further than what is stored.
    fn seen(&self) -> Position {
        self.engine.folded.lock().get(self.model.schema.table).copied().unwrap_or(Position::ZERO)
    }

    fn may_go_on(&self) -> Result<(), ProjectionError> {
        if (self.stops)() { Err(ProjectionError::Stopped) } else { Ok(()) }
    }

    /// The marker, and its revision.
    fn marker(&self) -> Option<(ProjectionState, u64)> {
        let (place, key) = self.place();
        let row = self.engine.read(place, &key, None).ok()?.row?;
        let values = self.engine.state().catalog().models[place].decode_row(&row.bytes).ok()?;
        Some((ProjectionState::of(&values)?, row.revision))
    }

    fn marker_at(&self, position: Position) -> ProjectionState {
        let (projection, version) = (self.model.schema.table.to_owned(), self.schema.version);
        ProjectionState { projection, version, position, rebuilding: false, error: None }
    }

    fn place(&self) -> (usize, Key) {
        let catalog = self.engine.state().catalog();
        let place = catalog.by_table(PROJECTION.table).expect("registered with the projections");
        (place, encode_key(&catalog.models[place].key_terms, [&Value::Text(self.model.schema.table.to_owned())]))
    }

    /// Stores a marker, with rows, if it is as it was; the revision that it has then.
    fn store(
        &self,
        marker: &ProjectionState,
        revision: Option<u64>,
        rows: Option<Folded>,
    ) -> Result<Result<u64, Moved>, ProjectionError> {
        let (place, key) = self.place();
        let fields = marker.values().into_iter().map(Supplied::Value).enumerate().collect();
        let draft = Draft { fields, revision: None };
        let (action, expected) = match revision {
            None => (Action::Create(draft), Expected::Absent),
            Some(revision) => (Action::Patch(Target::Key(key.clone()), draft), Expected::Revisions(vec![revision])),
        };
        let marked = Operation { model: place, action, expected };
        let folded = rows.map(|rows| {
            let (model, action) = (self.model.place, Action::Fold(rows));
            Operation { model, action, expected: Expected::Anything }
        });
        let operations = [marked].into_iter().chain(folded).collect();
        let command = Command { now: now(), principal: Principal::System(System::Projection), operations };
        match block_on(self.engine.submit(command)) {
            // Of the marker as this entry left it: somebody else may have moved it since, and what they folded is not ours to fold again.
            Ok(outcome) => Ok(outcome.results.first().and_then(revision_of).ok_or(Moved)),
            Err(Refusal { reason: RefusalReason::PreconditionFailed(_) | RefusalReason::KeyTaken, .. }) => {
                Ok(Err(Moved))
            }
            Err(Refusal { reason: RefusalReason::Unavailable(reason), .. }) => {
                Err(ProjectionError::Log(format!("the log is not writable: {reason:?}")))
            }
            Err(refusal) => {
                // The row is the server's own, and who operates it is told all.
                Err(ProjectionError::Fold(format!("what was folded cannot be: {}", self.engine.in_words(&refusal))))
            }
        }
    }
}

/// The revision that an operation left its record at.
fn revision_of(result: &OperationResult) -> Option<u64> {
    match result {
        OperationResult::Created(row) | OperationResult::Updated(row) | OperationResult::Unchanged(row) => {
            Some(row.revision)
        }
        OperationResult::Deleted => None,
    }
}

/// Rows for so many entries, at least one.
fn parts(folded: Folded) -> impl Iterator<Item = Folded> {
    // What is gone goes first: a row that takes its place may claim its unique values.
    let gone: Vec<Folded> =
        folded.gone.chunks(ROWS_MAX).map(|gone| Folded { gone: gone.to_vec(), rows: Vec::new() }).collect();
    let rows: Vec<Folded> =
        folded.rows.chunks(ROWS_MAX).map(|rows| Folded { rows: rows.to_vec(), gone: Vec::new() }).collect();
    let all: Vec<Folded> = gone.into_iter().chain(rows).collect();
    if all.is_empty() { vec![Folded::default()] } else { all }.into_iter()
}
