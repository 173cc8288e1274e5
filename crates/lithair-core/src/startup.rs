//! Starting, as a list: open the store, learn its names, compare schemas, load the snapshot, replay the tail, compare digests. Nothing is
//! written before all of it held.

use std::sync::Arc;

use lithair_model::{Bindings, Catalog, Change, ModelSchema, Numbers, Position, SchemaChange, SchemaError};
use lithair_state::{Conflict, CorruptMeta, LoadError, Meta, Record, State};
use lithair_store::{EventStore, OpenError, ReadError, SnapshotReader, records_of};
use thiserror::Error;

use crate::credentials;
use crate::engine::WriteError;
use crate::entries::{UnreadableEntry, entry_of};
use crate::internal_models::with_internal;
use crate::local_log::{Pending, SCHEMA_AGGREGATE};
use crate::migration::{MigrateError, Survey};

/// What is decoded before it is needed: enough that neither side waits, little enough to hold in memory.
const ITEMS_AHEAD: usize = 64;

/// Why an engine did not start. Unless it was to register models or to migrate, nothing on the disk was changed, with one exception: whoever
/// takes the directory writes into its lock who that is, for those who find it taken.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StartError {
    /// The directory is in use, damaged, or cannot be read.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// A file of the directory is damaged or cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The program's models are wrong in themselves, or do not fit the data.
    #[error("{0}")]
    Schema(#[from] SchemaError),
    /// The data directory knows what the program does not, or the other way round.
    #[error("the program's models do not fit the data directory:\n{}", problems.join("\n"))]
    Incompatible {
        /// All of them, each with what to do.
        problems: Vec<String>,
    },
    /// Policies name permissions that the program does not bind.
    #[error("{}", not_bound(.0))]
    Unbound(Vec<(&'static str, &'static str)>),
    /// An entry of the log that cannot be understood.
    #[error(transparent)]
    Entry(#[from] UnreadableEntry),
    /// A snapshot whose records are not what it says, although its checksums are right.
    #[error("the snapshot of position {position} is not what it was: {reason}")]
    Snapshot {
        /// Which.
        position: Position,
        /// Why.
        reason: String,
    },
    /// The first entry could not be written.
    #[error("the models could not be registered in the log: {0}")]
    Register(#[source] WriteError),
    /// A migration stopped in the middle. What is done is done; the next attempt goes on.
    #[error("the migration stopped: {0}")]
    Migrate(#[from] MigrateError),
    /// A thread or a file that the engine needs could not be had.
    #[error("{0}")]
    Io(#[from] std::io::Error),
}

fn not_bound(names: &[(&'static str, &'static str)]) -> String {
    let line = |(model, name): &(&str, &str)| {
        format!("{model}: the permission {name:?} is not bound: say who has it, `.permission({name:?}, policy!(..))`")
    };
    names.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// How much work a start was.
#[derive(Clone, Debug, Default)]
pub struct Replayed {
    /// Where the snapshot stood that it began with.
    pub snapshot: Option<Position>,
    /// Records in that snapshot.
    pub records: u64,
    /// Entries replayed behind it.
    pub entries: u64,
    /// An interrupted batch that was cut off: file and offset.
    pub torn: Option<(String, u64)>,
    /// Snapshots that were passed over, and why.
    pub damaged_snapshots: Vec<String>,
}

/// A state that is what the log says, and what the log must still learn.
pub(crate) struct Started {
    pub(crate) state: State,
    pub(crate) unregistered: Vec<SchemaChange>,
    /// What it must learn before it takes records of credentials, if it has none yet.
    pub(crate) unused: Vec<SchemaChange>,
    pub(crate) replayed: Replayed,
}

/// What becomes of names in policies that the program binds to nothing.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unbound {
    /// They are taken: nobody will ask the policies.
    Taken,
    /// They are refused: a program that serves says who may do what.
    Refused,
}

/// Starts without a migration: what is more than a start may do is refused.
pub(crate) fn start(
    store: &EventStore<Pending>,
    schemas: Vec<&'static ModelSchema>,
    bindings: &Bindings,
    unbound: Unbound,
) -> Result<Started, StartError> {
    let examined = examine(store, schemas, bindings)?;
    let problems = examined.survey.problems();
    if !problems.is_empty() {
        return Err(StartError::Incompatible { problems });
    }
    let loaded = examined.loaded.expect("what has no problem was loaded");
    let names = &loaded.state.catalog().unbound;
    if unbound == Unbound::Refused && !names.is_empty() {
        return Err(StartError::Unbound(names.clone()));
    }
    Ok(loaded.started())
}

/// What a program's models and a data directory make of each other.
pub(crate) struct Examined {
    pub(crate) survey: Survey,
    /// None where the models cannot be put over the data at all.
    pub(crate) loaded: Option<Loaded>,
}

/// A state under the program's models.
pub(crate) struct Loaded {
    pub(crate) state: State,
    /// What the log has to learn.
    pub(crate) changes: Vec<SchemaChange>,
    /// What it knows then.
    pub(crate) numbers: Numbers,
    /// What it has to learn before it takes records of credentials.
    unused: Vec<SchemaChange>,
    pub(crate) replayed: Replayed,
}

impl Loaded {
    pub(crate) fn started(self) -> Started {
        let Self { state, changes, unused, replayed, .. } = self;
        Started { state, unregistered: changes, unused, replayed }
    }
}

/// Compares, loads and counts. Writes nothing.
pub(crate) fn examine(
    store: &EventStore<Pending>,
    schemas: Vec<&'static ModelSchema>,
    bindings: &Bindings,
) -> Result<Examined, StartError> {
    let mut numbers = names(store)?;
    let mut schemas = credentials::with_known(with_internal(schemas, &numbers), &numbers);
    let mut survey = Survey::of(&numbers, &schemas);
    if survey.is_hopeless() {
        return Ok(Examined { survey, loaded: None });
    }
    let mut changes = numbers.evolve(&schemas);
    let is_known = |change: &SchemaChange| numbers.changes().iter().any(|known| known.model == change.model);
    let is_changed = changes.iter().any(is_known);
    changes.iter().for_each(|change| numbers.learn(change));
    let unused = credentials::add_unused(&mut schemas, &mut numbers);
    let catalog = Arc::new(Catalog::bound(schemas, &numbers, bindings)?);
    let (state, mut replayed) = load(store, &catalog)?;
    if is_changed {
        state.know_refused(refused(store, state.applied())?);
    }
    replayed.entries = replay(store, &state)?;
    survey.count(&state, &mut changes, &mut numbers);
    Ok(Examined { survey, loaded: Some(Loaded { state, changes, numbers, unused, replayed }) })
}

/// Everything the log was ever taught.
fn names(store: &EventStore<Pending>) -> Result<Numbers, StartError> {
    let mut numbers = Numbers::new();
    for event in store.load_aggregate(SCHEMA_AGGREGATE)? {
        let entry = entry_of(&event)?;
        for change in &entry.changes {
            if let Change::Schema(change) = change {
                numbers.learn(change);
            }
        }
    }
    Ok(numbers)
}

/// The state of the newest snapshot that can be read and is what it says, or of the empty log.
fn load(store: &EventStore<Pending>, catalog: &Arc<Catalog>) -> Result<(State, Replayed), StartError> {
    let mut replayed = Replayed::default();
    for position in store.snapshot_positions()?.into_iter().rev() {
        let loaded = store.snapshot_at(position).map_err(StartError::Read).and_then(|reader| {
            let state = load_snapshot(&reader, catalog)?;
            Ok((state, reader.info().records))
        });
        match loaded {
            Ok((state, records)) => {
                replayed.snapshot = Some(position);
                replayed.records = records;
                return Ok((state, replayed));
            }
            // The log says the same, only slower.
            Err(error) => replayed.damaged_snapshots.push(error.to_string()),
        }
    }
    Ok((State::new(Arc::clone(catalog)), replayed))
}

fn load_snapshot(reader: &SnapshotReader, catalog: &Arc<Catalog>) -> Result<State, StartError> {
    let info = reader.info();
    let wrong = |reason: String| StartError::Snapshot { position: info.position, reason };
    let meta = Meta::decode(&info.meta).map_err(|error: CorruptMeta| wrong(error.to_string()))?;
    if !meta.knows_refused() {
        return Err(wrong(
            "an earlier version wrote it, without the refused entries: the log is replayed instead".to_owned(),
        ));
    }
    let blocks = (0..reader.blocks()).map(|block| block_records(reader, block));
    let loaded = ahead(blocks, |blocks| State::load(Arc::clone(catalog), info.position, meta, blocks.flatten()));
    let state = loaded.map_err(|error| match error {
        LoadError::Source(error) => error,
        other => wrong(other.to_string()),
    })?;
    if state.digest().get() == info.digest { Ok(state) } else { Err(wrong("its digest differs".to_owned())) }
}

pub(crate) fn block_records(reader: &SnapshotReader, block: usize) -> Vec<Result<Record, StartError>> {
    let wrong = |reason: String| StartError::Snapshot { position: reader.info().position, reason };
    match reader.block(block) {
        Ok(raw) => records_of(&raw)
            .map(|(key, value)| Record::from_snapshot(key, value).map_err(|error| wrong(error.to_string())))
            .collect(),
        Err(error) => vec![Err(error.into())],
    }
}

/// The entries behind a position that were refused, as later ones say. Asked before a replay by a program with other constraints than the
/// one that refused them.
fn refused(store: &EventStore<Pending>, after: Position) -> Result<Vec<Position>, StartError> {
    let mut refused = Vec::new();
    for event in store.query_events(after.next()) {
        let event = event?;
        let entry = entry_of(&event)?;
        refused.extend(entry.refused.into_iter().filter(|position| *position > after));
    }
    Ok(refused)
}

/// Applies the entries behind the snapshot; how many there were.
fn replay(store: &EventStore<Pending>, state: &State) -> Result<u64, StartError> {
    let entries = store.query_events(state.applied().next()).map(|event| {
        let event = event?;
        let entry = entry_of(&event)?;
        Ok::<_, StartError>((event.position, entry))
    });
    let count = ahead(entries, |entries| {
        let mut count = 0;
        for entry in entries {
            let (position, entry) = entry?;
            // An entry that was refused then is refused now, for the same reason. But nobody wrote what cannot be read.
            if let Err(Conflict::Damaged { detail, .. }) = state.apply(position, &entry) {
                let problem =
                    format!("the entry at position {position} has a value that the models do not know: {detail}");
                return Err(StartError::Incompatible { problems: vec![problem] });
            }
            count += 1;
        }
        Ok::<_, StartError>(count)
    })?;
    state.publish(state.applied());
    Ok(count)
}

/// Runs `consume` on this thread over items that another thread reads and decodes a little ahead.
fn ahead<T: Send, R>(
    items: impl Iterator<Item = T> + Send,
    consume: impl FnOnce(std::sync::mpsc::IntoIter<T>) -> R,
) -> R {
    std::thread::scope(|scope| {
        let (give, taken) = std::sync::mpsc::sync_channel(ITEMS_AHEAD);
        scope.spawn(move || {
            for item in items {
                // Whoever consumes may have met an error and gone.
                if give.send(item).is_err() {
                    return;
                }
            }
        });
        consume(taken.into_iter())
    })
}
