//! OpenRaft's log on the event store.
//!
//! All that OpenRaft writes goes through one queue, in its order, and a batch of it through one sync. So nothing but a vote waits:
//! a truncation or a purge that is not durable yet is lost only together with everything that was asked for after it, and OpenRaft was
//! told of none of that.

use std::fmt;
use std::fmt::Debug;
use std::io;
use std::ops::{Bound, Range, RangeBounds};
use std::sync::Arc;

use openraft::type_config::alias::{LogIdOf, VoteOf};
use openraft::storage::{IOFlushed, LogState, RaftLogReader, RaftLogStorage};
use openraft::type_config::TypeConfigExt as _;
use openraft::{OptionalSend, RaftTypeConfig};
use parking_lot::Mutex;
use thiserror::Error;
use tokio::sync::Notify;

use lithair_model::Position;
use lithair_store::{AppendError, Batch, Event, EventKind, EventStore, Events, Options, Recovered, SharedMedia};

use crate::codec::{
    commit_event, entry_bytes, entry_event, entry_of, log_id_of, purge_event, truncate_event, vote_event, vote_of,
};
use crate::tail::Tail;
use crate::types::{Entry, LogId, TypeConfig, Vote, index_of, position_of};

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

/// What is asked for most, in memory. It runs ahead of the disk by what is queued.
struct State {
    vote: Option<Vote>,
    committed: Option<LogId>,
    /// Whether `committed` has changed since it was last queued.
    committed_is_new: bool,
    purged: Option<LogId>,
    last: Option<LogId>,
    /// Index of the first entry that consensus may ask for.
    floor: u64,
    tail: Tail,
    /// Events queued since the log was opened, and how many of them are durable.
    queued: u64,
    durable: u64,
    /// How often entries were taken back: a reader that was at the disk meanwhile reads again.
    truncations: u64,
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
    async fn queue(&self, mut events: Vec<(Event, Token)>, remember: impl FnOnce(&mut State, u64) + Send) -> io::Result<()> {
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

    /// The entries of a range that the log holds. Stops after `bytes_max`, but not before the first.
    async fn read(&self, range: Range<u64>, bytes_max: usize) -> io::Result<Vec<Entry>> {
        loop {
            let (cold, hot, truncations) = {
                let state = self.inner.shared.state.lock();
                let (begin, end) = (range.start.max(state.floor), range.end.min(state.tail.next()));
                if begin >= end {
                    return Ok(Vec::new());
                }
                let cold = begin..end.min(state.tail.first()).max(begin);
                let hot = limited(state.tail.range(cold.end..end).cloned().map(Ok), bytes_max)?;
                (cold, hot, state.truncations)
            };
            if cold.is_empty() {
                return Ok(hot);
            }
            let count = cold.end - cold.start;
            let entries = self.read_disk(cold, bytes_max).await?;
            if self.inner.shared.state.lock().truncations != truncations {
                // Some of what was read may have been taken back while it was read.
                continue;
            }
            let bytes: usize = entries.iter().map(entry_bytes).sum();
            let is_cut = (entries.len() as u64) < count;
            let hot = if is_cut { Vec::new() } else { limited_behind(bytes, hot, bytes_max) };
            return Ok(entries.into_iter().chain(hot).collect());
        }
    }

    /// Durable entries, from the disk. All of the range must be there.
    async fn read_disk(&self, range: Range<u64>, bytes_max: usize) -> io::Result<Vec<Entry>> {
        let inner = Arc::clone(&self.inner);
        TypeConfig::spawn_blocking(move || {
            limited(consecutive(&inner.store, range), bytes_max)
        })
        .await?
    }
}

/// Entries of a range from the disk, each right behind the one before; an error where one is missing.
fn consecutive(store: &EventStore<Token>, range: Range<u64>) -> impl Iterator<Item = io::Result<Entry>> {
    let mut events = store.query_events(position_of(range.start));
    range.map(move |index| {
        let event = events.next().ok_or_else(|| hole(index))?.map_err(io::Error::other)?;
        let entry = entry_of(event)?;
        if entry.log_id.index == index { Ok(entry) } else { Err(hole(index)) }
    })
}

/// As many entries as fit, but at least one.
fn limited(entries: impl Iterator<Item = io::Result<Entry>>, bytes_max: usize) -> io::Result<Vec<Entry>> {
    let mut bytes: usize = 0;
    let mut taken = Vec::new();
    for entry in entries {
        let entry = entry?;
        bytes = bytes.saturating_add(entry_bytes(&entry));
        if bytes > bytes_max && !taken.is_empty() {
            break;
        }
        taken.push(entry);
    }
    Ok(taken)
}

/// As many entries as fit behind others of so many bytes.
fn limited_behind(mut bytes: usize, entries: Vec<Entry>, bytes_max: usize) -> Vec<Entry> {
    let fits = |entry: &Entry| {
        bytes = bytes.saturating_add(entry_bytes(entry));
        bytes <= bytes_max
    };
    entries.into_iter().take_while(fits).collect()
}

impl Shared {
    /// A batch is durable, or failed; on the flusher's thread.
    fn settle(&self, batch: Batch<Token>) {
        if batch.outcome.is_ok() {
            let mut state = self.state.lock();
            state.durable += batch.events.len() as u64;
            let durable = state.durable;
            state.tail.trim(durable);
        }
        for (_, token) in batch.events {
            if let Some(callback) = token {
                callback.io_completed(batch.outcome.as_ref().map(|()| ()).map_err(refused));
            }
        }
        self.room.notify_waiters();
    }
}

/// Entries that a start reads into memory. It needs the last one; the others save followers that are little behind a way to the disk.
const RECOVERED_ENTRIES_MAX: u64 = 4_096;

impl State {
    const fn new(tail: Tail) -> Self {
        Self {
            vote: None,
            committed: None,
            committed_is_new: false,
            purged: None,
            last: None,
            floor: 0,
            tail,
            queued: 0,
            durable: 0,
            truncations: 0,
        }
    }

    /// What the store holds.
    fn recover(store: &EventStore<Token>, recovered: &Recovered, tail_bytes_max: usize) -> io::Result<Self> {
        let mark = |kind| recovered.marks.iter().find(|mark| mark.kind == kind);
        let mut state = Self::new(Tail::new(0, tail_bytes_max));
        state.vote = mark(EventKind::Vote).map(vote_of).transpose()?;
        state.committed = mark(EventKind::Commit).map(log_id_of).transpose()?.flatten();
        state.purged = mark(EventKind::Purge).map(log_id_of).transpose()?.flatten();
        state.last = state.purged;
        state.floor = match state.purged {
            Some(purged) => purged.index + 1,
            None => first_index(store)?,
        };
        // The last entry stands before the next one; nothing stands there if it is purged, or if there never was one.
        let next = index_of(recovered.next_position).unwrap_or(0).max(state.floor);
        let first = next.saturating_sub(RECOVERED_ENTRIES_MAX).max(state.floor);
        state.tail = Tail::new(first, tail_bytes_max);
        for entry in consecutive(store, first..next) {
            let entry = entry?;
            state.last = Some(entry.log_id);
            state.tail.push(0, entry);
            state.tail.trim(0);
        }
        Ok(state)
    }

    /// Queues events, and the commit hint behind them if it is new. All or none.
    fn queue_in(
        &mut self,
        store: &EventStore<Token>,
        mut events: Vec<(Event, Token)>,
    ) -> Result<(), (AppendError, Vec<(Event, Token)>)> {
        // Behind them: a truncation begins a batch, so a hint before it would cost a sync of its own.
        if self.committed_is_new {
            events.push((commit_event(self.committed), None));
        }
        let count = events.len() as u64;
        match store.append_events(events) {
            Ok(()) => {
                self.committed_is_new = false;
                self.queued += count;
                Ok(())
            }
            Err((error, mut returned)) => {
                if self.committed_is_new {
                    returned.pop();
                }
                Err((error, returned))
            }
        }
    }

    fn push(&mut self, number: u64, entry: Entry) {
        if self.last.is_none() {
            // An empty log may begin anywhere.
            self.floor = entry.log_id.index;
            self.tail.purge(self.floor);
            self.tail.truncate(self.floor);
        }
        self.last = Some(entry.log_id);
        self.tail.push(number, entry);
    }

    fn truncate(&mut self, last: Option<LogId>) {
        self.tail.truncate(last.map_or(self.floor, |last| last.index + 1));
        self.last = last;
        self.truncations += 1;
    }

    fn purge(&mut self, purged: LogId) {
        self.purged = Some(purged);
        self.floor = purged.index + 1;
        self.tail.purge(self.floor);
        if self.last.is_none_or(|last| last.index <= purged.index) {
            self.last = Some(purged);
        }
    }
}

/// The index of the oldest entry; 0 if there is none.
fn first_index(store: &EventStore<Token>) -> io::Result<u64> {
    let first = store.query_events(Position::ZERO).next().transpose().map_err(io::Error::other)?;
    Ok(first.and_then(|event| index_of(event.position)).unwrap_or(0))
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
                return Err(io::Error::new(io::ErrorKind::InvalidInput, format!("entry {index} does not continue the log")));
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

fn half_open(range: &impl RangeBounds<u64>) -> Range<u64> {
    let start = match range.start_bound() {
        Bound::Included(&start) => start,
        Bound::Excluded(&before) => before.saturating_add(1),
        Bound::Unbounded => 0,
    };
    let end = match range.end_bound() {
        Bound::Included(&last) => last.saturating_add(1),
        Bound::Excluded(&end) => end,
        Bound::Unbounded => u64::MAX,
    };
    start..end
}

fn refused(error: &AppendError) -> io::Error {
    let kind = match error {
        AppendError::TooLarge { .. } => io::ErrorKind::InvalidInput,
        AppendError::DiskFull => io::ErrorKind::StorageFull,
        _ => io::ErrorKind::Other,
    };
    io::Error::new(kind, error.clone())
}

fn hole(index: u64) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("entry {index} is missing in the log"))
}
