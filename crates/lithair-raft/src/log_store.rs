//! OpenRaft's log on the event store.
//!
//! All that OpenRaft writes goes through one queue, in its order, and a batch of it through one sync. So nothing but a vote waits:
//! a truncation or a purge that is not durable yet is lost only together with everything that was asked for after it, and OpenRaft was
//! told of none of that.

mod read;
mod state;

use std::fmt::{self, Debug};
use std::io;
use std::ops::RangeBounds;
use std::sync::Arc;

use openraft::storage::{IOFlushed, LogState, RaftLogReader, RaftLogStorage};
use openraft::type_config::TypeConfigExt as _;
use openraft::type_config::alias::{LogIdOf, VoteOf};
use openraft::{OptionalSend, RaftTypeConfig};
use parking_lot::Mutex;
use read::half_open;
use state::State;
use thiserror::Error;
use tokio::sync::Notify;

use lithair_model::Position;
use lithair_store::{AppendError, Batch, Event, EventStore, Events, Options, SharedMedia};

use crate::codec::{commit_event, entry_event, purge_event, truncate_event, vote_event};
use crate::tail::Tail;
use crate::types::{Entry, TypeConfig};

/// Whom the store tells when an event is durable.
type Token = Option<IOFlushed<TypeConfig>>;

/// How a log behaves.
#[derive(Clone, Debug)]
pub struct RaftLogOptions {
    /// The event store's own. `closes_when_full` is always set: OpenRaft numbers its entries, so none may be left out.
    pub store: Options,
    /// Bytes of recent entries to keep in memory. What is not durable yet is kept in any case; the store's queue bounds it.
    pub tail_bytes_max: usize,
    /// Bytes of entries that one message to a follower carries, about: `limited_get_log_entries` stops there, after at least one entry.
    pub payload_bytes_max: usize,
}

impl Default for RaftLogOptions {
    fn default() -> Self {
        Self { store: Options::default(), tail_bytes_max: 64 * 1024 * 1024, payload_bytes_max: 1024 * 1024 }
    }
}

/// Why a log did not open. Nothing that was acknowledged was changed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The event store did not open.
    #[error(transparent)]
    Store(#[from] lithair_store::OpenError),
    /// The event store's entries, vote or purge are not what consensus writes, or cannot be read.
    #[error("the log is not one of consensus: {0}")]
    Log(#[from] io::Error),
}

/// OpenRaft's log: entries, vote, how far it is committed and purged. Clones are the same log.
///
/// What is durable, and when:
///
/// | call | durable |
/// |---|---|
/// | `append` | when its callback is called |
/// | `save_vote` | before it returns |
/// | `save_committed` | with the next batch; a hint that may be lost |
/// | `truncate_after`, `purge` | with the next batch, and never later than what is asked for after them |
///
/// A purge deletes nothing: [`RaftLog::query_events`] still reads what consensus no longer needs.
///
/// Any error is final, as OpenRaft expects: the process ends, and recovers when it starts again.
#[derive(Clone)]
pub struct RaftLog {
    inner: Arc<Inner>,
}

struct Inner {
    store: EventStore<Token>,
    shared: Arc<Shared>,
    payload_bytes_max: usize,
}

/// What the log and the store's sink share.
struct Shared {
    state: Mutex<State>,
    /// Told after each batch: there may be room in the queue.
    room: Notify,
}

impl RaftLog {
    /// Opens the log in a directory, or makes a new one in an empty one.
    ///
    /// # Errors
    /// The event store does not open, or what is in it was not written by consensus.
    pub fn open(media: SharedMedia, options: RaftLogOptions) -> Result<Self, OpenError> {
        let empty = State::new(Tail::new(0, options.tail_bytes_max));
        let shared = Arc::new(Shared { state: Mutex::new(empty), room: Notify::new() });
        let told = Arc::clone(&shared);
        let store_options = Options { closes_when_full: true, ..options.store };
        let (store, recovered) = EventStore::open(media, store_options, move |batch| told.settle(batch))?;
        *shared.state.lock() = State::recover(&store, &recovered, options.tail_bytes_max)?;
        let inner = Inner { store, shared, payload_bytes_max: options.payload_bytes_max };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// The durable entries from `first` on, purged ones too: the history. [`crate::form_of`] says what they are.
    pub fn query_events(&self, first: Position) -> Events {
        self.inner.store.query_events(first)
    }

    /// The store beneath, for reading: history by aggregate, snapshots, counters.
    pub fn store(&self) -> &EventStore<impl Send + 'static> {
        &self.inner.store
    }

    /// Flushes what is queued and closes the log. Later appends are refused; reads go on.
    pub fn close(&self) {
        {
            let mut state = self.inner.shared.state.lock();
            if state.committed_is_new {
                // A hint: without it, a start waits for the leader to say how far it may apply.
                let _ = state.queue_in(&self.inner.store, Vec::new());
            }
        }
        self.inner.store.close();
    }

    /// Queues events; waits while the queue is full. `remember` is called with the number before the first of them, under the same lock,
    /// so that memory and queue agree on the order.
    async fn queue(
        &self,
        mut events: Vec<(Event, Token)>,
        remember: impl FnOnce(&mut State, u64) + Send,
    ) -> io::Result<()> {
        loop {
            // Before the attempt, so that a batch settled behind it is not missed.
            let room = self.inner.shared.room.notified();
            events = {
                let mut state = self.inner.shared.state.lock();
                let number = state.queued;
                match state.queue_in(&self.inner.store, events) {
                    Ok(()) => {
                        remember(&mut state, number);
                        return Ok(());
                    }
                    Err((AppendError::Full, returned)) => returned,
                    Err((error, _)) => return Err(refused(&error)),
                }
            };
            room.await;
        }
    }
}

impl Shared {
    /// A batch is durable, or failed; on the flusher's thread.
    fn settle(&self, batch: Batch<Token>) {
        if batch.outcome.is_ok() {
            let mut state = self.state.lock();
            state.durable += batch.events.len() as u64;
            let durable = state.durable;
            assert!(durable <= state.queued, "what is durable was queued");
            state.tail.trim(durable);
        }
        for (_, token) in batch.events {
            if let Some(callback) = token {
                callback.io_completed(batch.outcome.as_ref().copied().map_err(refused));
            }
        }
        self.room.notify_waiters();
    }
}

impl RaftLogReader<TypeConfig> for RaftLog {
    async fn try_get_log_entries<RB: RangeBounds<u64> + Clone + Debug + OptionalSend>(
        &mut self,
        range: RB,
    ) -> Result<Vec<<TypeConfig as RaftTypeConfig>::Entry>, io::Error> {
        self.read(half_open(&range), usize::MAX).await
    }

    async fn limited_get_log_entries(&mut self, start: u64, end: u64) -> Result<Vec<Entry>, io::Error> {
        self.read(start..end, self.inner.payload_bytes_max).await
    }

    async fn read_vote(&mut self) -> Result<Option<VoteOf<TypeConfig>>, io::Error> {
        Ok(self.inner.shared.state.lock().vote)
    }
}

impl RaftLogStorage<TypeConfig> for RaftLog {
    type LogReader = Self;

    async fn get_log_state(&mut self) -> Result<LogState<TypeConfig>, io::Error> {
        let state = self.inner.shared.state.lock();
        Ok(LogState { last_purged_log_id: state.purged, last_log_id: state.last })
    }

    async fn get_log_reader(&mut self) -> Self::LogReader {
        self.clone()
    }

    async fn save_vote(&mut self, vote: &VoteOf<TypeConfig>) -> Result<(), io::Error> {
        let (sender, durable) = TypeConfig::oneshot();
        self.queue(vec![(vote_event(vote), Some(IOFlushed::signal(sender)))], |_, _| ()).await?;
        // A vote that a crash could take back would let this node vote twice in a term, and two leaders be elected.
        durable.await.map_err(io::Error::other)??;
        self.inner.shared.state.lock().vote = Some(*vote);
        Ok(())
    }

    async fn save_committed(&mut self, committed: Option<LogIdOf<TypeConfig>>) -> Result<(), io::Error> {
        // It is awaited before each apply: it must not cost a sync of its own.
        let mut state = self.inner.shared.state.lock();
        state.committed_is_new |= state.committed != committed;
        state.committed = committed;
        Ok(())
    }

    async fn read_committed(&mut self) -> Result<Option<LogIdOf<TypeConfig>>, io::Error> {
        Ok(self.inner.shared.state.lock().committed)
    }

    async fn append<I>(&mut self, entries: I, callback: IOFlushed<TypeConfig>) -> Result<(), io::Error>
    where
        I: IntoIterator<Item = Entry> + OptionalSend,
        I::IntoIter: OptionalSend,
    {
        let entries: Vec<Entry> = entries.into_iter().collect();
        self.check_order(&entries)?;
        let mut events: Vec<(Event, Token)> =
            entries.iter().map(|entry| entry_event(entry).map(|event| (event, None))).collect::<Result<_, _>>()?;
        match events.last_mut() {
            // Batches become durable in order: with the last entry, all of them are.
            Some((_, token)) => *token = Some(callback),
            // Nothing to write, but what was queued before must be durable before the callback says so.
            None => {
                let committed = self.inner.shared.state.lock().committed;
                events.push((commit_event(committed), Some(callback)));
            }
        }
        let remember = |state: &mut State, number: u64| {
            entries.into_iter().zip(number + 1..).for_each(|(entry, number)| state.push(number, entry));
        };
        self.queue(events, remember).await
    }

    async fn truncate_after(&mut self, last_log_id: Option<LogIdOf<TypeConfig>>) -> Result<(), io::Error> {
        let next = last_log_id.map_or(0, |last| last.index + 1);
        if self.inner.shared.state.lock().tail.next() <= next {
            return Ok(());
        }
        self.queue(vec![(truncate_event(next), None)], |state, _| state.truncate(last_log_id)).await
    }

    async fn purge(&mut self, log_id: LogIdOf<TypeConfig>) -> Result<(), io::Error> {
        if self.inner.shared.state.lock().purged.is_some_and(|purged| purged.index >= log_id.index) {
            return Ok(());
        }
        self.queue(vec![(purge_event(log_id), None)], |state, _| state.purge(log_id)).await
    }
}

impl RaftLog {
    /// Each entry right behind the one before. A hole could not be told from damage later, so it is refused now.
    fn check_order(&self, entries: &[Entry]) -> io::Result<()> {
        let state = self.inner.shared.state.lock();
        let mut expected = state.last.map(|last| last.index + 1);
        for entry in entries {
            let index = entry.log_id.index;
            if expected.is_some_and(|expected| expected != index) {
                return Err(io::Error::new(
                    io::ErrorKind::InvalidInput,
                    format!("entry {index} does not continue the log"),
                ));
            }
            expected = Some(index + 1);
        }
        Ok(())
    }
}

impl Debug for RaftLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.inner.shared.state.lock();
        f.debug_struct("RaftLog").field("purged", &state.purged).field("last", &state.last).finish_non_exhaustive()
    }
}

fn refused(error: &AppendError) -> io::Error {
    let kind = match error {
        AppendError::TooLarge { .. } => io::ErrorKind::InvalidInput,
        AppendError::DiskFull => io::ErrorKind::StorageFull,
        _ => io::ErrorKind::Other,
    };
    io::Error::new(kind, error.clone())
}
