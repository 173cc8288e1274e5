//! The engine: carries out commands on the log, answers queries from the state.
//!
//! ```text
//! submit -> decide (on the published view) -> log: durable, applied, published -> outcome
//!              ^                                          |
//!              '------- a guard did not hold: again ------'
//! ```

mod backend;
mod maintenance;
mod misjudged;
mod options;
mod outcome;
mod purge;
mod shared;
mod transaction;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use lithair_auth::OwnTokens;
use lithair_model::{
    Command, Key, ModelSchema, Operation, Outcome, PastError, Position, QueryError, Refusal, RefusalReason,
    SchemaChange, Unavailable,
};
use lithair_state::{Decision, RecordRef, State, View, decide, record_hash};
use lithair_store::{EventStore, SharedMedia};
pub use maintenance::WriteError;
use misjudged::misjudged;
pub use options::EngineOptions;
use outcome::{refusal, results, unavailable, with_virtual};
use parking_lot::Mutex;
pub(crate) use purge::unharmed;
use shared::Shared;
pub use transaction::TransactionError;

use crate::ids::ServerIds;
use crate::local_log::{Applier, LocalLog, Pending, Sink, sink};
use crate::log::Log as _;
use crate::outbox::Retries;
use crate::past::{Archive, MomentLimits, Moments};
use crate::record_locks::{self, RecordLocks};
use crate::secret::cursor_secret;
use crate::snapshotter::{SnapshotError, Snapshotter};
use crate::startup::{self, Replayed, StartError, Started, Unbound};

/// How often a command is decided again because others changed what it relied on.
const ATTEMPTS_MAX: usize = 32;

/// What a command means for the records as they are, and where in the log that is.
type Decide<'a> = dyn Fn(&Command) -> Result<(Position, Decision), Refusal> + Sync + 'a;

/// Called once, when the log has failed for good; the process should end soon after.
pub type OnFailure = Box<dyn FnOnce(String) + Send>;

/// A data directory at work.
pub struct Engine {
    shared: Arc<Shared>,
    log: Arc<LocalLog>,
    server_ids: ServerIds,
    record_locks: RecordLocks,
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

impl Engine {
    /// Opens a data directory for these models: recovers, compares schemas, replays, and registers what is new. Names of policies may be unbound:
    /// whoever opens it so asks no policy.
    ///
    /// # Errors
    /// The directory is in use or damaged, or the models do not fit it. Then nothing on the disk was changed but the words of its lock.
    pub fn open(
        media: SharedMedia,
        schemas: Vec<&'static ModelSchema>,
        options: EngineOptions,
        on_failure: OnFailure,
    ) -> Result<Self, StartError> {
        Self::open_with(media, schemas, options, on_failure, Unbound::Taken)
    }

    /// As [`Engine::open`], where it is said what becomes of unbound names.
    pub(crate) fn open_with(
        media: SharedMedia,
        schemas: Vec<&'static ModelSchema>,
        options: EngineOptions,
        on_failure: OnFailure,
        unbound: Unbound,
    ) -> Result<Self, StartError> {
        let bindings = options.bindings.clone();
        let start = |store: &EventStore<Pending>, schemas| startup::start(store, schemas, &bindings, unbound);
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
        let shared = Arc::new(Shared::new(state, options.keep_moments));
        let after = Shared::after_batches(Arc::clone(&shared), snapshotter.watch());
        let first =
            Applier { state: Arc::clone(&shared.state), published: after, failed: Mutex::new(Some(on_failure)) };
        assert!(applier.set(first).is_ok(), "an engine is started once");

        let limits = MomentLimits { entries: options.past_entries_max, bytes: options.past_bytes_max };
        let moments = Moments::new(limits);
        let models = 0..shared.state.catalog().models.len();
        let server_ids = ServerIds::new(models.map(|model| shared.state.sequence(model)));
        if started.replayed.snapshot.is_none() && !started.replayed.damaged_snapshots.is_empty() {
            snapshotter.owe();
        }
        let replayed = Replayed { torn: recovered.torn, ..started.replayed };
        let engine = Self {
            shared,
            log,
            server_ids,
            record_locks: RecordLocks::default(),
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

    /// The state, for reading.
    pub fn state(&self) -> &Arc<State> {
        &self.shared.state
    }

    /// What the start found.
    pub const fn replayed(&self) -> &Replayed {
        &self.replayed
    }

    /// All durable entries of the log, those that were refused included.
    pub fn events(&self) -> lithair_store::Events {
        self.entries_from(Position::ZERO)
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
        let parents = record_locks::parents(&self.present(), command);
        let mut held = self.record_locks.hold(command, &parents).await;
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
                    held = self.record_locks.hold(command, &touched).await;
                }
                Err(error) => return Err(refusal(error)),
            }
        }
        Err(Refusal::new(0, RefusalReason::Contended))
    }

    fn decide(&self, command: &Command) -> Result<(Position, Decision), Refusal> {
        let view = self.present();
        let decision = decide(&view, command, &mut &self.server_ids)?;
        Ok((view.position(), decision))
    }

    /// What the past is read from.
    fn archive(&self) -> Archive<'_> {
        Archive { store: &self.log.store, state: &self.shared.state }
    }

    /// The state at a moment that somebody names: one that is kept, and not too old by the clock.
    fn at(&self, at: Option<Position>) -> Result<View<'_>, QueryError> {
        if let Some(position) = at {
            let oldest = self.shared.oldest_moment(Instant::now());
            if position < oldest {
                return Err(QueryError::HorizonGone(oldest));
            }
        }
        self.shared.state.view(at)
    }

    fn present(&self) -> View<'_> {
        self.shared.state.view(None).expect("the present is always kept")
    }

    fn aggregates(&self, touched: &[RecordRef]) -> Vec<u64> {
        let catalog = self.shared.state.catalog();
        touched.iter().map(|record| record_hash(catalog.models[record.model].id, &record.key)).collect()
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.close();
    }
}
