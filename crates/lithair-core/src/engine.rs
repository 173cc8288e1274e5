//! The engine: carries out commands on the log, answers queries from the state.
//!
//! ```text
//! submit -> decide (on the published view) -> log: durable, applied, published -> outcome
//!              ^                                          |
//!              '------- a guard did not hold: again ------'
//! ```

mod backend;
mod misjudged;
mod outcome;
mod purge;
mod transaction;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use lithair_auth::OwnTokens;
use lithair_model::{
    Action, Bindings, Change, Command, Draft, Entry, Key, ModelSchema, Operation, Outcome, PastError, Position,
    Refusal, RefusalReason, Role, SchemaChange, Supplied, Target, Unavailable, Value,
};
use lithair_state::{Decision, State, View, decide, record_hash};
use lithair_store::{EventStore, SharedMedia};
use misjudged::misjudged;
use outcome::{refusal, results, unavailable, with_virtual};
use parking_lot::Mutex;
use tokio::sync::Notify;

use crate::block_on::block_on;
use crate::local_log::{Applier, LocalLog, Pending, Published, Sink, sink};
use crate::log::{Log as _, ProposeError};
use crate::outbox::Retries;
use crate::past::{Archive, MomentLimits, Moments};
use crate::retention::Retention;
use crate::seal::{Sealer, now};
use crate::secret::cursor_secret;
use crate::snapshotter::{SnapshotError, Snapshotter};
use crate::startup::{self, Replayed, StartError, Started};
use crate::turns::Turns;

pub use transaction::TransactionError;

/// How often a command is decided again because others changed what it relied on.
const ATTEMPTS_MAX: usize = 32;

/// What a command means for the records as they are, and where in the log that is.
type Decide<'a> = dyn Fn(&Command) -> Result<(Position, Decision), Refusal> + Sync + 'a;

/// How an engine behaves.
#[derive(Clone, Debug)]
pub struct EngineOptions {
    /// How the log behaves.
    pub store: lithair_store::Options,
    /// Bytes of log behind a snapshot that make the next one worth building.
    pub snapshot_bytes: u64,
    /// How long the moments of earlier answers stay readable, for cursors.
    pub keep_moments: Duration,
    /// Entries of the log that a list of an earlier moment may cost to rebuild.
    pub past_entries_max: u64,
    /// Bytes of rows that a list of an earlier moment may hold in memory.
    pub past_bytes_max: u64,
    /// How failed deliveries of hooks are tried again.
    pub retries: Retries,
    /// Records that one entry of a migration changes at most.
    pub migration_records: usize,
    /// Whether the program signs tokens itself.
    pub own_tokens: bool,
    /// What names of policies are bound to.
    pub bindings: Bindings,
}

impl Default for EngineOptions {
    fn default() -> Self {
        Self {
            store: lithair_store::Options::default(),
            snapshot_bytes: 64 * 1024 * 1024,
            keep_moments: Duration::from_secs(5 * 60),
            past_entries_max: 5_000_000,
            past_bytes_max: 256 * 1024 * 1024,
            retries: Retries::default(),
            migration_records: 256,
            own_tokens: false,
            bindings: Bindings::default(),
        }
    }
}

/// Called once, when the log has failed for good; the process should end soon after.
pub type OnFailure = Box<dyn FnOnce(String) + Send>;

/// A data directory at work.
pub struct Engine {
    shared: Arc<Shared>,
    log: Arc<LocalLog>,
    sealer: Sealer,
    turns: Turns,
    cursor_secret: [u8; 32],
    own_tokens: Option<OwnTokens>,
    snapshotter: Snapshotter,
    moments: Moments,
    stopping: AtomicBool,
    retries: Retries,
    /// How far each projection has read, by its table.
    pub(crate) folded: Mutex<BTreeMap<&'static str, Position>>,
    /// Why a hook does not run any more.
    outbox_failure: Mutex<Option<String>>,
    replayed: Replayed,
    /// The models of credentials that the log has not heard of; the first record of one teaches it all of them.
    unused: tokio::sync::Mutex<Vec<SchemaChange>>,
}

/// What the flusher's thread tells.
struct Shared {
    state: Arc<State>,
    published: Notify,
    waiting: AtomicUsize,
}

impl Shared {
    /// Waits until reads show this position.
    async fn reached(&self, position: Position) {
        let _waiting = Waiting::count(&self.waiting);
        loop {
            // Listening begins before looking, so that no batch slips between.
            let published = self.published.notified();
            if self.state.published() >= position {
                return;
            }
            published.await;
        }
    }
}

/// One who waits, counted until it has gone, also where its client gave up.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn count(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Self(count)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Engine {
    /// Opens a data directory for these models: recovers, compares schemas, replays, and registers what is new.
    ///
    /// # Errors
    /// The directory is in use or damaged, or the models do not fit it. Then nothing on the disk was changed but the words of its lock.
    pub fn open(
        media: SharedMedia,
        schemas: Vec<&'static ModelSchema>,
        options: EngineOptions,
        on_failure: OnFailure,
    ) -> Result<Self, StartError> {
        let bindings = options.bindings.clone();
        let start = |store: &EventStore<Pending>, schemas| startup::start(store, schemas, &bindings);
        Self::open_by(media, schemas, options, on_failure, start)
    }

    /// As [`Engine::open`], for a program that serves: every name of its policies is bound.
    pub(crate) fn open_bound(
        media: SharedMedia,
        schemas: Vec<&'static ModelSchema>,
        options: EngineOptions,
        on_failure: OnFailure,
    ) -> Result<Self, StartError> {
        let bindings = options.bindings.clone();
        let start = |store: &EventStore<Pending>, schemas| {
            let started = startup::start(store, schemas, &bindings)?;
            let unbound = &started.state.catalog().unbound;
            if unbound.is_empty() { Ok(started) } else { Err(StartError::Unbound(unbound.clone())) }
        };
        Self::open_by(media, schemas, options, on_failure, start)
    }

    /// Opens a data directory, and starts on it as `start` says.
    pub(crate) fn open_by(
        media: SharedMedia,
        schemas: Vec<&'static ModelSchema>,
        options: EngineOptions,
        on_failure: OnFailure,
        start: impl FnOnce(&EventStore<Pending>, Vec<&'static ModelSchema>) -> Result<Started, StartError>,
    ) -> Result<Self, StartError> {
        let applier: Sink = Arc::default();
        let directory = EventStore::examine(Arc::clone(&media), options.store.clone(), sink(Arc::clone(&applier)))?;
        let started = start(directory.store(), schemas)?;
        // From here on the disk is changed: the start is not refused any more.
        let (store, recovered) = directory.settle()?;
        let secret = cursor_secret(&*media)?;

        let state = Arc::new(started.state);
        let log = Arc::new(LocalLog { store });
        let snapshotter = Snapshotter::start(Arc::clone(&log), Arc::clone(&state), options.snapshot_bytes)?;
        let shared = Arc::new(Shared { state, published: Notify::new(), waiting: AtomicUsize::new(0) });
        let after = after_batches(Arc::clone(&shared), snapshotter.watch(), options.keep_moments);
        let first =
            Applier { state: Arc::clone(&shared.state), published: after, failed: Mutex::new(Some(on_failure)) };
        assert!(applier.set(first).is_ok(), "an engine is started once");

        let limits = MomentLimits { entries: options.past_entries_max, bytes: options.past_bytes_max };
        let moments = Moments::new(limits);
        let models = 0..shared.state.catalog().models.len();
        let sealer = Sealer::new(models.map(|model| shared.state.sequence(model)));
        if started.replayed.snapshot.is_none() && !started.replayed.damaged_snapshots.is_empty() {
            snapshotter.owe();
        }
        let replayed = Replayed { torn: recovered.torn, ..started.replayed };
        let engine = Self {
            shared,
            log,
            sealer,
            turns: Turns::default(),
            cursor_secret: secret,
            own_tokens: options.own_tokens.then(|| OwnTokens::new(&secret)),
            snapshotter,
            moments,
            stopping: AtomicBool::new(false),
            retries: options.retries,
            folded: Mutex::default(),
            outbox_failure: Mutex::new(None),
            replayed,
            unused: tokio::sync::Mutex::new(started.unused),
        };
        engine.register(started.unregistered)?;
        Ok(engine)
    }

    /// What signs the program's own tokens, if it has such.
    pub(crate) const fn own_tokens(&self) -> Option<&OwnTokens> {
        self.own_tokens.as_ref()
    }

    /// Teaches the log the names it does not know, before any entry uses them.
    fn register(&self, changes: Vec<SchemaChange>) -> Result<(), StartError> {
        if changes.is_empty() {
            return Ok(());
        }
        self.write(changes.into_iter().map(Change::Schema).collect(), Vec::new()).map_err(StartError::Register)
    }

    /// Teaches the log the models of credentials, if a record of one is about to be written and it does not know them.
    async fn learn_unused(&self, touched: &[(usize, Key)]) -> Result<(), ProposeError> {
        let catalog = self.shared.state.catalog();
        if !touched.iter().any(|(model, _)| catalog.models[*model].schema.access.is_internal()) {
            return Ok(());
        }
        let mut unused = self.unused.lock().await;
        if unused.is_empty() {
            return Ok(());
        }
        let changes = unused.iter().cloned().map(Change::Schema).collect();
        let entry =
            Entry { at: now(), actor: None, guards: Vec::new(), changes, events: Vec::new(), refused: Vec::new() };
        self.log.propose(entry, Vec::new()).await.map(drop)?;
        unused.clear();
        Ok(())
    }

    /// Appends changes that nobody decided on: names, and the steps of a migration.
    pub(crate) fn write(&self, changes: Vec<Change>, aggregates: Vec<u64>) -> Result<(), String> {
        let refused = self.shared.state.unrecorded_refusals();
        let entry = Entry { at: now(), actor: None, guards: Vec::new(), changes, events: Vec::new(), refused };
        match block_on(self.log.propose(entry, aggregates)) {
            Ok((_, Ok(_))) => Ok(()),
            Ok((_, Err(conflict))) => Err(conflict.to_string()),
            Err(error) => Err(format!("{error:?}")),
        }
    }

    /// The state, for reading.
    pub fn state(&self) -> &Arc<State> {
        &self.shared.state
    }

    /// What the start found.
    pub const fn replayed(&self) -> &Replayed {
        &self.replayed
    }

    /// The log's events, its snapshots, its counters.
    pub fn events(&self) -> lithair_store::Events {
        self.log.store.query_events(Position::ZERO)
    }

    /// The durable entries of the log from a position on, those that were refused included.
    pub(crate) fn entries_from(&self, first: Position) -> lithair_store::Events {
        self.log.store.query_events(first)
    }

    /// The row of a record as it was at a position: from memory where the moment is kept there, otherwise from the log.
    pub(crate) fn left_at(&self, model: usize, key: &Key, at: Position) -> Result<Option<Vec<u8>>, PastError> {
        match self.shared.state.view(Some(at)) {
            Ok(view) => Ok(view.row(model, key).map(|row| row.bytes.to_vec())),
            Err(_) => self.archive().left_at(model, key, at),
        }
    }

    /// Waits until reads show this position.
    pub(crate) async fn reached(&self, position: Position) {
        self.shared.reached(position).await;
    }

    /// How what fails is tried again.
    pub(crate) const fn retries(&self) -> Retries {
        self.retries
    }

    /// A hook does not run any more.
    pub(crate) fn outbox_failed(&self, reason: String) {
        self.outbox_failure.lock().get_or_insert(reason);
    }

    /// What the log has done since the start.
    pub fn log_counters(&self) -> lithair_store::Counters {
        self.log.store.counters()
    }

    /// Builds a snapshot of everything applied so far, from the log.
    ///
    /// # Errors
    /// The log cannot be read, or the disk cannot be written; the earlier snapshots stay.
    pub fn snapshot(&self) -> Result<lithair_store::SnapshotInfo, SnapshotError> {
        self.snapshotter.build_now()
    }

    /// Refuses new commands, makes what is under way durable, and seals the log. Reads go on.
    pub fn close(&self) {
        self.stopping.store(true, Ordering::SeqCst);
        // A long tail would have to be replayed by the next start. If there is no room for a snapshot, it is.
        self.snapshotter.finish();
        self.log.store.close();
    }

    async fn carry_out(&self, command: Command) -> Result<Outcome, Refusal> {
        let outcome = self.decided(&command, &|command| self.decide(command)).await?;
        let is_virtual = |operation: &Operation| self.shared.state.catalog().models[operation.model].has_virtual();
        if !command.operations.iter().any(is_virtual) {
            return Ok(outcome);
        }
        // The moment of the answer, if it is still kept.
        let view = self.shared.state.view(Some(outcome.position)).unwrap_or_else(|_| self.present());
        Ok(with_virtual(&command, outcome, &view))
    }

    async fn decided(&self, command: &Command, decide: &Decide<'_>) -> Result<Outcome, Refusal> {
        let parents = parents(&self.present(), command);
        let mut held = self.turns.hold(command, &parents).await;
        for _ in 0..ATTEMPTS_MAX {
            if self.stopping.load(Ordering::SeqCst) {
                return Err(unavailable(Unavailable::Stopping));
            }
            let (position, Decision { mut entry, answers, touched }) = decide(command)?;
            if entry.changes.is_empty() && entry.events.is_empty() {
                return Ok(Outcome { position, results: results(&answers, None) });
            }
            self.learn_unused(&touched).await.map_err(refusal)?;
            entry.refused = self.shared.state.unrecorded_refusals();
            match self.log.propose(entry, self.aggregates(&touched)).await {
                Ok((position, Ok(applied))) => {
                    return Ok(Outcome { position, results: results(&answers, Some(&applied)) });
                }
                Ok((refused, Err(conflict))) if refused == position.next() => {
                    return Err(misjudged(command, &conflict));
                }
                // Others changed what the decision relied on. Their changes are published: look again, and keep others from it.
                Ok((_, Err(_))) => {
                    drop(held);
                    held = self.turns.hold(command, &touched).await;
                }
                Err(error) => return Err(refusal(error)),
            }
        }
        Err(Refusal::new(0, RefusalReason::Contended))
    }

    fn decide(&self, command: &Command) -> Result<(Position, Decision), Refusal> {
        let view = self.present();
        let decision = decide(&view, command, &mut &self.sealer)?;
        Ok((view.position(), decision))
    }

    /// What the past is read from.
    fn archive(&self) -> Archive<'_> {
        Archive { store: &self.log.store, state: &self.shared.state }
    }

    fn present(&self) -> View<'_> {
        self.shared.state.view(None).expect("the present is always kept")
    }

    fn aggregates(&self, touched: &[(usize, Key)]) -> Vec<u64> {
        let catalog = self.shared.state.catalog();
        touched.iter().map(|(model, key)| record_hash(catalog.models[*model].id, key)).collect()
    }
}

/// The records whose stored computed fields the command will change: those that its records refer to, and those that they will. Whoever
/// is about to change one of them waits for the others from the start: a busy one would else be lost to those who come first each time.
fn parents(view: &View<'_>, command: &Command) -> Vec<(usize, Key)> {
    let catalog = view.state().catalog();
    let of = |operation: &Operation| {
        let feeds = &catalog.feeds[operation.model];
        if feeds.is_empty() {
            return Vec::new();
        }
        let model = &catalog.models[operation.model];
        let (key, draft) = target_and_draft(&operation.action);
        let row = key.and_then(|key| view.row(operation.model, key));
        let stored = row.and_then(|row| model.decode_row(&row.bytes).ok());
        let mut supplied = stored.clone().unwrap_or_else(|| vec![Value::Null; model.schema.fields.len()]);
        for (place, value) in draft.into_iter().flat_map(|draft| &draft.fields) {
            if let Supplied::Value(value) = value {
                supplied[*place] = value.clone();
            }
        }
        let relations = feeds.iter().filter_map(|feed| match feed.role {
            Role::Refers { relation } => Some((feed.model, relation)),
            Role::Referred { .. } => None,
        });
        let versions = [stored, Some(supplied)];
        let keys = |(parent, relation): (usize, usize)| {
            let keys = versions.iter().flatten().filter_map(|values| model.relation_key(relation, values));
            keys.map(|key| (parent, key)).collect::<Vec<_>>()
        };
        relations.flat_map(keys).collect()
    };
    command.operations.iter().flat_map(of).collect()
}

/// The record that an action is about, and what it gives.
const fn target_and_draft(action: &Action) -> (Option<&Key>, Option<&Draft>) {
    let (target, draft) = match action {
        Action::Create(draft) | Action::Import(draft) => return (None, Some(draft)),
        Action::Replace(target, draft) | Action::Patch(target, draft) | Action::Restore(target, draft) => {
            (target, Some(draft))
        }
        Action::Delete(target)
        | Action::Undelete(target)
        | Action::Purge(target)
        | Action::Run(target, ..)
        | Action::Transition(target, _) => (target, None),
        Action::Transaction(_) | Action::Permitted(_) | Action::Fold(_) => return (None, None),
    };
    match target {
        Target::Key(key) => (Some(key), draft),
        Target::Operation(_) => (None, draft),
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.close();
    }
}

/// What the flusher does after each batch: tells those who wait for a position, the snapshotter, and lets old moments go.
fn after_batches(
    shared: Arc<Shared>,
    watch: crate::snapshotter::Watch,
    keep_moments: Duration,
) -> Box<dyn Fn(Published) + Send + Sync> {
    let retention = Mutex::new(Retention::new(keep_moments));
    Box::new(move |batch| {
        if shared.waiting.load(Ordering::SeqCst) > 0 {
            shared.published.notify_waiters();
        }
        watch.saw(batch);
        retention.lock().saw(&shared.state, batch.position);
    })
}
