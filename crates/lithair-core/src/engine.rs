//! The engine: carries out commands on the log, answers queries from the state.
//!
//! ```text
//! submit -> decide (on the published view) -> log: durable, applied, published -> outcome
//!              ^                                          |
//!              '------- a guard did not hold: again ------'
//! ```

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use lithair_model::{
    Backend, Catalog, Command, Entry, Key, ModelSchema, OperationResult, Outcome, Page, Position, Query, QueryError,
    Read, Refusal, RefusalReason, Submission, Unavailable,
};
use lithair_state::{Answer, Applied, Decision, State, View, decide, record_hash};
use lithair_store::{EventStore, SharedMedia};
use parking_lot::Mutex;
use tokio::sync::Notify;

use crate::local_log::{Applier, LocalLog, Published, Sink, sink};
use crate::log::{Log as _, ProposeError};
use crate::retention::Retention;
use crate::seal::{Sealer, now};
use crate::secret::cursor_secret;
use crate::snapshotter::{SnapshotError, Snapshotter};
use crate::startup::{self, Replayed, StartError};
use crate::stripes::Stripes;

/// How often a command is decided again because others changed what it relied on.
const ATTEMPTS_MAX: usize = 32;

/// How an engine behaves.
#[derive(Clone, Debug)]
pub struct EngineOptions {
    /// How the log behaves.
    pub store: lithair_store::Options,
    /// Bytes of log behind a snapshot that make the next one worth building.
    pub snapshot_bytes: u64,
    /// How long the moments of earlier answers stay readable, for cursors.
    pub keep_moments: Duration,
}

impl Default for EngineOptions {
    fn default() -> Self {
        Self {
            store: lithair_store::Options::default(),
            snapshot_bytes: 64 * 1024 * 1024,
            keep_moments: Duration::from_secs(5 * 60),
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
    stripes: Stripes,
    cursor_secret: [u8; 32],
    snapshotter: Snapshotter,
    stopping: AtomicBool,
    replayed: Replayed,
}

/// What the flusher's thread tells.
struct Shared {
    state: Arc<State>,
    published: Notify,
    waiting: AtomicUsize,
}

impl Engine {
    /// Opens a data directory for these models: recovers, compares schemas, replays, and registers what is new.
    ///
    /// # Errors
    /// The directory is in use or damaged, or the models do not fit it. Then nothing on the disk was changed.
    pub fn open(
        media: SharedMedia,
        schemas: Vec<&'static ModelSchema>,
        options: EngineOptions,
        on_failure: OnFailure,
    ) -> Result<Self, StartError> {
        let applier: Sink = Arc::default();
        let (store, recovered) =
            EventStore::open(Arc::clone(&media), options.store.clone(), sink(Arc::clone(&applier)))?;
        let started = startup::start(&store, schemas)?;
        let secret = cursor_secret(&*media)?;

        let state = Arc::new(started.state);
        let log = Arc::new(LocalLog { store });
        let snapshotter = Snapshotter::start(Arc::clone(&log), Arc::clone(&state), options.snapshot_bytes)?;
        let shared = Arc::new(Shared { state, published: Notify::new(), waiting: AtomicUsize::new(0) });
        let after = after_batches(Arc::clone(&shared), snapshotter.watch(), options.keep_moments);
        let first =
            Applier { state: Arc::clone(&shared.state), published: after, failed: Mutex::new(Some(on_failure)) };
        assert!(applier.set(first).is_ok(), "an engine is started once");

        let models = 0..shared.state.catalog().models.len();
        let sealer = Sealer::new(models.map(|model| shared.state.sequence(model)));
        let replayed = Replayed { torn: recovered.torn, ..started.replayed };
        let engine = Self {
            shared,
            log,
            sealer,
            stripes: Stripes::new(),
            cursor_secret: secret,
            snapshotter,
            stopping: AtomicBool::new(false),
            replayed,
        };
        engine.register(started.unregistered)?;
        Ok(engine)
    }

    /// Teaches the log the names it does not know, before any entry uses them.
    fn register(&self, changes: Vec<lithair_model::SchemaChange>) -> Result<(), StartError> {
        if changes.is_empty() {
            return Ok(());
        }
        let changes = changes.into_iter().map(lithair_model::Change::Schema).collect();
        let entry = Entry { at: now(), actor: None, guards: Vec::new(), changes };
        match block_on(self.log.propose(entry, Vec::new())) {
            Ok((_, Ok(_))) => Ok(()),
            Ok((_, Err(conflict))) => Err(StartError::Register(conflict.to_string())),
            Err(error) => Err(StartError::Register(format!("{error:?}"))),
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
        let _held = self.stripes.hold(&command).await;
        for _ in 0..ATTEMPTS_MAX {
            if self.stopping.load(Ordering::SeqCst) {
                return Err(unavailable(Unavailable::Stopping));
            }
            let (position, decision) = self.decide(&command)?;
            if decision.entry.changes.is_empty() {
                return Ok(Outcome { position, results: results(&decision, None) });
            }
            let Decision { entry, answers, touched } = decision;
            let aggregates = self.aggregates(&touched);
            match self.log.propose(entry, aggregates).await {
                Ok((position, Ok(applied))) => {
                    let decision = Decision { entry: nothing(), answers, touched };
                    return Ok(Outcome { position, results: results(&decision, Some(&applied)) });
                }
                // Others changed what the decision relied on. Their changes are published: look again.
                Ok((_, Err(_))) => {}
                Err(error) => return Err(refusal(error)),
            }
        }
        Err(Refusal { operation: 0, reason: RefusalReason::Contended })
    }

    fn decide(&self, command: &Command) -> Result<(Position, Decision), Refusal> {
        let view = self.present();
        let decision = decide(&view, command, &mut &self.sealer)?;
        Ok((view.position(), decision))
    }

    fn present(&self) -> View<'_> {
        self.shared.state.view(None).expect("the present is always kept")
    }

    fn aggregates(&self, touched: &[(usize, Key)]) -> Vec<u64> {
        let catalog = self.shared.state.catalog();
        touched.iter().map(|(model, key)| record_hash(catalog.models[*model].id, key)).collect()
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

const fn nothing() -> Entry {
    Entry { at: lithair_model::Timestamp::from_micros(0), actor: None, guards: Vec::new(), changes: Vec::new() }
}

fn results(decision: &Decision, applied: Option<&Applied>) -> Vec<OperationResult> {
    let row = |change: usize| {
        let rows = &applied.expect("a decision with changes is applied").rows;
        Arc::clone(rows[change].as_ref().expect("a record that is put is there"))
    };
    let result = |answer: &Answer| match answer {
        Answer::Created(change) => OperationResult::Created(row(*change)),
        Answer::Updated(change) => OperationResult::Updated(row(*change)),
        Answer::Unchanged(row) => OperationResult::Unchanged(Arc::clone(row)),
        Answer::Deleted => OperationResult::Deleted,
    };
    decision.answers.iter().map(result).collect()
}

fn refusal(error: ProposeError) -> Refusal {
    let why = match error {
        ProposeError::TooLarge { bytes, limit } => {
            return Refusal { operation: 0, reason: RefusalReason::TooLarge { bytes, limit } };
        }
        ProposeError::Full => Unavailable::Overloaded,
        ProposeError::DiskFull => Unavailable::DiskFull,
        ProposeError::Poisoned => Unavailable::Poisoned,
        ProposeError::Unknown => Unavailable::Unknown,
        ProposeError::Closed => Unavailable::Stopping,
    };
    unavailable(why)
}

const fn unavailable(why: Unavailable) -> Refusal {
    Refusal { operation: 0, reason: RefusalReason::Unavailable(why) }
}

impl Backend for Engine {
    fn catalog(&self) -> &Arc<Catalog> {
        self.shared.state.catalog()
    }

    fn position(&self) -> Position {
        self.shared.state.published()
    }

    fn read(&self, model: usize, key: &Key, at: Option<Position>) -> Result<Read, QueryError> {
        let view = self.shared.state.view(at)?;
        Ok(Read { row: view.row(model, key), position: view.position() })
    }

    fn list(&self, query: &Query) -> Result<Page, QueryError> {
        let filter = query.filter.clone().map(|filter| filter.fixed(now()));
        self.shared.state.view(query.at)?.list(&Query { filter, ..query.clone() })
    }

    fn submit(&self, command: Command) -> Submission<'_> {
        Box::pin(self.carry_out(command))
    }

    fn wait_for(
        &self,
        position: Position,
        timeout: Duration,
    ) -> std::pin::Pin<Box<dyn Future<Output = bool> + Send + '_>> {
        Box::pin(async move {
            self.shared.waiting.fetch_add(1, Ordering::SeqCst);
            let reached = async {
                loop {
                    // Listening begins before looking, so that no batch slips between.
                    let published = self.shared.published.notified();
                    if self.position() >= position {
                        return;
                    }
                    published.await;
                }
            };
            let in_time = tokio::time::timeout(timeout, reached).await.is_ok();
            self.shared.waiting.fetch_sub(1, Ordering::SeqCst);
            in_time
        })
    }

    fn failing_checks(&self) -> Vec<(&'static str, String)> {
        let mut failing = Vec::new();
        if let Some(reason) = self.log.store.poison() {
            failing.push(("log", reason));
        }
        if self.log.store.is_disk_full() {
            failing.push(("disk", "the disk is full: writes are refused, reads go on".to_owned()));
        }
        if self.stopping.load(Ordering::SeqCst) {
            failing.push(("draining", "the server is stopping".to_owned()));
        }
        failing
    }

    fn cursor_secret(&self) -> [u8; 32] {
        self.cursor_secret
    }

    fn counters(&self) -> Vec<(&'static str, &'static str, u64)> {
        let counters = self.log.store.counters();
        vec![
            ("log_position", "The newest position that reads show.", self.position().get()),
            ("log_frames", "Batches written to the log.", counters.frames),
            ("log_syncs", "Syncs of the log; one a batch.", counters.syncs),
            ("log_events", "Entries written to the log.", counters.events),
            ("log_bytes", "Bytes written to the log.", counters.bytes),
            ("log_segments", "Segments begun.", counters.segments),
            ("log_archives", "Segments compressed.", counters.archives),
            ("snapshots", "Snapshots built.", self.snapshotter.built()),
            ("snapshot_failures", "Snapshots that could not be built.", self.snapshotter.failures()),
        ]
    }
}

/// Waits on this thread. For the start, where no runtime is.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    struct Unpark(std::thread::Thread);
    impl std::task::Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = std::task::Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut future = std::pin::pin!(future);
    loop {
        if let std::task::Poll::Ready(output) = future.as_mut().poll(&mut std::task::Context::from_waker(&waker)) {
            return output;
        }
        std::thread::park();
    }
}
