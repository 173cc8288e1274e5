//! What the log knows without asking the disk.

use std::io;

use lithair_model::Position;
use lithair_store::{AppendError, Event, EventKind, EventStore, Recovered};

use super::Token;
use super::read::consecutive;
use crate::codec::{commit_event, log_id_of, vote_of};
use crate::tail::Tail;
use crate::types::{Entry, LogId, Vote, index_of};

/// What is asked for most, in memory. It runs ahead of the disk by what is queued.
pub(super) struct State {
    pub(super) vote: Option<Vote>,
    pub(super) committed: Option<LogId>,
    /// Whether `committed` has changed since it was last queued.
    pub(super) committed_is_new: bool,
    pub(super) purged: Option<LogId>,
    pub(super) last: Option<LogId>,
    /// Index of the first entry that consensus may ask for.
    pub(super) floor: u64,
    pub(super) tail: Tail,
    /// Events queued since the log was opened, and how many of them are durable.
    pub(super) queued: u64,
    pub(super) durable: u64,
    /// How often entries were taken back: a reader that was at the disk meanwhile reads again.
    pub(super) truncations: u64,
}

/// Entries that a start reads into memory. It needs the last one; the others save followers that are little behind a way to the disk.
const RECOVERED_ENTRIES_MAX: u64 = 4_096;

impl State {
    pub(super) const fn new(tail: Tail) -> Self {
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
    pub(super) fn recover(store: &EventStore<Token>, recovered: &Recovered, tail_bytes_max: usize) -> io::Result<Self> {
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
    pub(super) fn queue_in(
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

    pub(super) fn push(&mut self, number: u64, entry: Entry) {
        if self.last.is_none() {
            // An empty log may begin anywhere.
            self.floor = entry.log_id.index;
            self.tail.purge(self.floor);
            self.tail.truncate(self.floor);
        }
        self.last = Some(entry.log_id);
        self.tail.push(number, entry);
    }

    pub(super) fn truncate(&mut self, last: Option<LogId>) {
        self.tail.truncate(last.map_or(self.floor, |last| last.index + 1));
        self.last = last;
        self.truncations += 1;
    }

    pub(super) fn purge(&mut self, purged: LogId) {
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
