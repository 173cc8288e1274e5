//! The queue to the flusher: bounded, and taken whole.

use std::collections::VecDeque;

use parking_lot::{Condvar, Mutex};

use crate::error::AppendError;
use crate::event::{Event, EventKind};

pub(crate) struct Queue<T> {
    state: Mutex<State<T>>,
    filled: Condvar,
    bytes_max: usize,
}

struct State<T> {
    events: VecDeque<(Event, T)>,
    bytes: usize,
    closed: bool,
}

impl<T> State<T> {
    fn pop(&mut self) -> Option<(Event, T)> {
        let taken = self.events.pop_front()?;
        self.bytes -= taken.0.encoded_bytes();
        Some(taken)
    }

    /// Moves the oldest events, up to the first truncation or the first that does not fit.
    fn move_to(&mut self, taken: &mut Vec<(Event, T)>, bytes_max: usize) {
        let mut room = bytes_max;
        while let Some((event, _)) = self.events.front() {
            let bytes = event.encoded_bytes();
            if bytes > room || event.kind == EventKind::Truncate {
                return;
            }
            room -= bytes;
            taken.extend(self.pop());
        }
    }
}

impl<T> Queue<T> {
    pub(crate) fn new(bytes_max: usize) -> Self {
        let state = State { events: VecDeque::new(), bytes: 0, closed: false };
        Self { state: Mutex::new(state), filled: Condvar::new(), bytes_max }
    }

    /// Adds all or none, in order.
    pub(crate) fn push<E>(&self, events: E) -> Result<(), (AppendError, E)>
    where
        E: AsRef<[(Event, T)]> + IntoIterator<Item = (Event, T)>,
    {
        let bytes: usize = events.as_ref().iter().map(|(event, _)| event.encoded_bytes()).sum();
        let mut state = self.state.lock();
        if state.closed {
            return Err((AppendError::Closed, events));
        }
        // An empty queue takes anything that fits into a frame.
        if state.bytes > 0 && state.bytes + bytes > self.bytes_max {
            return Err((AppendError::Full, events));
        }
        state.bytes += bytes;
        let was_empty = state.events.is_empty();
        state.events.extend(events);
        drop(state);
        if was_empty {
            self.filled.notify_one();
        }
        Ok(())
    }

    /// Waits for events and takes as many as fit into so many bytes, at least one. `None` once the queue is closed and empty.
    ///
    /// A truncation begins a batch, so that it voids only what earlier batches hold.
    pub(crate) fn take(&self, bytes_max: usize) -> Option<Vec<(Event, T)>> {
        let mut state = self.state.lock();
        while state.events.is_empty() {
            if state.closed {
                return None;
            }
            self.filled.wait(&mut state);
        }
        let mut taken = vec![state.pop().expect("it is not empty")];
        let room = bytes_max.saturating_sub(taken[0].0.encoded_bytes());
        state.move_to(&mut taken, room);
        Some(taken)
    }

    /// Takes what has come since and belongs to the same batch, as far as it fits into so many bytes; whether there was anything.
    pub(crate) fn take_more(&self, taken: &mut Vec<(Event, T)>, bytes_max: usize) -> bool {
        let before = taken.len();
        self.state.lock().move_to(taken, bytes_max);
        taken.len() > before
    }

    /// Takes nothing more; what is queued is still flushed.
    pub(crate) fn close(&self) {
        self.state.lock().closed = true;
        self.filled.notify_one();
    }
}
