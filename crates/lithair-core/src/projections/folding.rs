//! One projection at work: its rows follow the log, or are made of it again.

use lithair_model::{
    Action, Backend as _, Command, Draft, Entry, Expected, Folded, Key, ModelEntry, Operation, OperationResult,
    Position, Principal, ProjectionSchema, Refusal, RefusalReason, Supplied, System, Target, Value, encode_key,
};

use super::records::{PROJECTION, ProjectionState};
use super::rows::{Begin, FoldedRows};
use super::{FoldError, ProjectionError, Rebuilt};
use crate::Engine;
use crate::block_on::block_on;
use crate::clock::now;
use crate::follow::{Run, run_behind};

/// Rows that one entry changes at most; what one entry of the log changes is not divided.
const ROWS_MAX: usize = 256;
/// Positions with nothing to fold after which the marker moves: a start reads no more than these in vain.
const POSITIONS_UNSTORED_MAX: u64 = 10_000;

/// One projection at work.
pub(super) struct Folding<'a> {
    pub(super) engine: &'a Engine,
    pub(super) model: &'a ModelEntry,
    pub(super) schema: &'static ProjectionSchema,
    pub(super) stops: &'a dyn Fn() -> bool,
}

/// How far a projection is, as it is stored.
pub(super) struct Marker {
    pub(super) state: ProjectionState,
    /// The revision of the record: what moves the marker is guarded by it.
    revision: u64,
}

/// Where a projection is on its way behind the log.
struct Progress {
    marker: Marker,
    /// Everything up to here is folded; what made no row may be stored later.
    done: Position,
    /// Entries that are stored together at most.
    together: usize,
}

/// Why a way ended before its end.
enum Interrupted {
    /// Somebody else moved the marker: look again.
    Moved,
    Failed(ProjectionError),
}

impl From<ProjectionError> for Interrupted {
    fn from(error: ProjectionError) -> Self {
        Self::Failed(error)
    }
}

impl Folding<'_> {
    /// Makes the marker of a projection that is new: nothing is folded yet.
    pub(super) fn begin(&self) -> Result<(), ProjectionError> {
        if self.marker().is_some() { Ok(()) } else { self.store_marker(&self.unbegun(), None) }
    }

    /// Folds everything that is published. Why that cannot be is noted in the marker, too.
    pub(super) fn catch_up(&self) -> Result<(), ProjectionError> {
        self.noting_failure(self.fold_new())
    }

    /// Folds everything from the beginning, and stores what differs. Why that cannot be is noted in the marker, too.
    pub(super) fn rebuild(&self) -> Result<Rebuilt, ProjectionError> {
        self.noting_failure(self.fold_all())
    }

    fn fold_new(&self) -> Result<(), ProjectionError> {
        loop {
            let Some(marker) = self.marker().filter(|marker| self.is_settled(&marker.state)) else {
                self.fold_all()?;
                continue;
            };
            match self.fold_behind(marker) {
                Ok(()) => return Ok(()),
                Err(Interrupted::Moved) => {}
                Err(Interrupted::Failed(error)) => return Err(error),
            }
        }
    }

    /// Whether these folds made the rows, and all of them.
    fn is_settled(&self, state: &ProjectionState) -> bool {
        !state.rebuilding && state.version == self.schema.version
    }

    fn fold_behind(&self, marker: Marker) -> Result<(), Interrupted> {
        let done = marker.state.position.max(self.seen());
        let mut progress = Progress { marker, done, together: usize::MAX };
        loop {
            let run = self.run_behind(progress.done)?;
            if run.is_empty() {
                return Ok(());
            }
            let mut rest = run.as_slice();
            while !rest.is_empty() {
                rest = self.fold_part(&mut progress, rest)?;
            }
        }
    }

    /// Folds the first entries of a run, and stores what they make; what is left of the run.
    fn fold_part<'r>(
        &self,
        progress: &mut Progress,
        run: &'r [(Position, Option<Entry>)],
    ) -> Result<&'r [(Position, Option<Entry>)], Interrupted> {
        let part = &run[..run.len().min(progress.together)];
        let (rows, position) = self.fold_run(part).map_err(ProjectionError::Fold)?;
        let known = &progress.marker.state;
        let is_news = rows.len() > 0 || known.error.is_some();
        if is_news || position.since(known.position) > POSITIONS_UNSTORED_MAX {
            let state = ProjectionState { position, error: None, ..known.clone() };
            match self.store(&state, Some(progress.marker.revision), Some(rows.into_folded())) {
                Ok(revision) => progress.marker = Marker { state, revision },
                // One of them breaks a rule: those before it are stored, each for itself, and it is named.
                Err(Interrupted::Failed(ProjectionError::Fold(_))) if part.len() > 1 => {
                    progress.together = 1;
                    return Ok(run);
                }
                Err(Interrupted::Failed(ProjectionError::Fold(error))) => {
                    return Err(ProjectionError::Fold(error.by_entry_at(position)).into());
                }
                Err(other) => return Err(other),
            }
        }
        progress.done = position;
        self.note_seen(position);
        Ok(&run[run.partition_point(|(place, _)| *place <= position)..])
    }

    /// The rows that a run of entries makes, up to where there are enough of them, or up to the entry that cannot be folded.
    fn fold_run(&self, run: &[(Position, Option<Entry>)]) -> Result<(FoldedRows<'_>, Position), FoldError> {
        let mut rows = FoldedRows::new(self.engine, self.model, Begin::Stored);
        for (place, (position, entry)) in run.iter().enumerate() {
            let folded = entry.as_ref().map_or(Ok(()), |entry| rows.fold(self.schema, *position, entry));
            match folded {
                // What came before is stored, and this entry the first of the next run.
                Err(_) if place > 0 => return self.fold_run(&run[..place]),
                Err(error) => return Err(error),
                Ok(()) if rows.len() >= ROWS_MAX => return Ok((rows, *position)),
                Ok(()) => {}
            }
        }
        let last = run.last().expect("a run has an entry").0;
        Ok((rows, last))
    }

    fn fold_all(&self) -> Result<Rebuilt, ProjectionError> {
        loop {
            let known = self.marker();
            let target = self.engine.position();
            let difference = self.difference(target)?;
            let differed = difference.rows.len() + difference.gone.len();
            match self.store_difference(known, target, difference) {
                Ok(()) => {
                    self.note_seen(target);
                    return Ok(Rebuilt { differed, position: target });
                }
                Err(Interrupted::Moved) => {}
                Err(Interrupted::Failed(error)) => return Err(error),
            }
        }
    }

    /// What differs between the rows that are stored and what the log up to here makes of them.
    pub(super) fn difference(&self, target: Position) -> Result<Folded, ProjectionError> {
        let mut rows = FoldedRows::new(self.engine, self.model, Begin::Empty);
        let mut done = Position::ZERO;
        while done < target {
            for (position, entry) in self.run_behind(done)? {
                if position > target {
                    break;
                }
                if let Some(entry) = entry {
                    rows.fold(self.schema, position, &entry)?;
                }
                done = position;
            }
        }
        Ok(rows.into_difference())
    }

    /// Stores what differs, so many rows an entry. Until the last one, the marker says that it is not done: a kill begins anew.
    fn store_difference(&self, known: Option<Marker>, target: Position, difference: Folded) -> Result<(), Interrupted> {
        let mut revision = known.as_ref().map(|marker| marker.revision);
        let position = known.map_or(Position::ZERO, |marker| marker.state.position);
        let mut parts = parts(difference).peekable();
        while let Some(part) = parts.next() {
            self.go_unless_stopped()?;
            let is_last = parts.peek().is_none();
            let state = self.state_at(if is_last { target } else { position });
            let state = ProjectionState { rebuilding: !is_last, ..state };
            revision = Some(self.store(&state, revision, Some(part))?);
        }
        Ok(())
    }

    /// The next run of the log, unless the projection was told to stop.
    fn run_behind(&self, done: Position) -> Result<Run, ProjectionError> {
        self.go_unless_stopped()?;
        Ok(run_behind(self.engine, done)?)
    }

    fn go_unless_stopped(&self) -> Result<(), ProjectionError> {
        if (self.stops)() { Err(ProjectionError::Stopped) } else { Ok(()) }
    }

    /// How far the process has read, which may be further than what is stored.
    fn seen(&self) -> Position {
        self.engine.folded.lock().get(self.model.schema.table).copied().unwrap_or(Position::ZERO)
    }

    fn note_seen(&self, position: Position) {
        self.engine.folded.lock().insert(self.model.schema.table, position);
    }

    fn noting_failure<R>(&self, outcome: Result<R, ProjectionError>) -> Result<R, ProjectionError> {
        if let Err(ProjectionError::Fold(error)) = &outcome {
            self.note_failure(error)?;
        }
        outcome
    }

    /// Notes in the marker why the projection does not go on.
    fn note_failure(&self, error: &FoldError) -> Result<(), ProjectionError> {
        let (state, revision) = match self.marker() {
            Some(marker) => (marker.state, Some(marker.revision)),
            None => (self.unbegun(), None),
        };
        self.store_marker(&ProjectionState { error: Some(error.to_string()), ..state }, revision)
    }

    /// The marker, if the projection has begun.
    pub(super) fn marker(&self) -> Option<Marker> {
        let (place, key) = self.place();
        let row = self.engine.read(place, &key, None).ok()?.row?;
        let values = self.engine.state().catalog().models[place].decode_row(&row.bytes).ok()?;
        Some(Marker { state: ProjectionState::of(&values)?, revision: row.revision })
    }

    /// A projection that has everything before it.
    fn unbegun(&self) -> ProjectionState {
        ProjectionState { rebuilding: true, ..self.state_at(Position::ZERO) }
    }

    fn state_at(&self, position: Position) -> ProjectionState {
        let (projection, version) = (self.model.schema.table.to_owned(), self.schema.version);
        ProjectionState { projection, version, position, rebuilding: false, error: None }
    }

    fn place(&self) -> (usize, Key) {
        let catalog = self.engine.state().catalog();
        let place = catalog.by_table(PROJECTION.table).expect("registered with the projections");
        (place, encode_key(&catalog.models[place].key_terms, [&Value::Text(self.model.schema.table.to_owned())]))
    }

    /// Stores a marker without rows. Where somebody else moves it meanwhile, theirs says more.
    fn store_marker(&self, state: &ProjectionState, revision: Option<u64>) -> Result<(), ProjectionError> {
        match self.store(state, revision, None) {
            Ok(_) | Err(Interrupted::Moved) => Ok(()),
            Err(Interrupted::Failed(error)) => Err(error),
        }
    }

    /// Stores a marker, with rows, if it is as it was; the revision that it has then.
    fn store(&self, state: &ProjectionState, revision: Option<u64>, rows: Option<Folded>) -> Result<u64, Interrupted> {
        let (place, key) = self.place();
        let fields = state.values().into_iter().map(Supplied::Value).enumerate().collect();
        let draft = Draft { fields, revision: None };
        let (action, expected) = match revision {
            None => (Action::Create(draft), Expected::Absent),
            Some(revision) => (Action::Patch(Target::Key(key), draft), Expected::Revisions(vec![revision])),
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
            Ok(outcome) => outcome.results.first().and_then(revision_of).ok_or(Interrupted::Moved),
            Err(refusal) => Err(self.interrupted(refusal)),
        }
    }

    fn interrupted(&self, refusal: Refusal) -> Interrupted {
        match refusal.reason {
            RefusalReason::PreconditionFailed(_) | RefusalReason::KeyTaken => Interrupted::Moved,
            RefusalReason::Unavailable(why) => ProjectionError::Unwritable(why).into(),
            _ => {
                // The row is the server's own, and who operates it is told all.
                let detail = self.engine.in_words(&refusal);
                let reason = Box::new(refusal.reason);
                ProjectionError::Fold(FoldError::Refused { position: None, reason, detail }).into()
            }
        }
    }
}

impl FoldError {
    /// The same, where it is known which entry's rows were refused.
    fn by_entry_at(self, position: Position) -> Self {
        match self {
            Self::Refused { reason, detail, .. } => Self::Refused { position: Some(position), reason, detail },
            other => other,
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
