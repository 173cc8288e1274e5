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

impl<T> Queue<T> {
    pub(crate) fn new(bytes_max: usize) -> Self {
        let state = State { events: VecDeque::new(), bytes: 0, closed: false };
        Self { state: Mutex::new(state), filled: Condvar::new(), bytes_max }
    }

    /// Adds all or none, in order.
    pub(crate) fn push(&self, events: Vec<(Event, T)>) -> Result<(), (AppendError, Vec<(Event, T)>)> {
        let bytes: usize = events.iter().map(|(event, _)| event.encoded_bytes()).sum();
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

    /// Waits for events and takes as many as fit into so many bytes. `None` once the queue is closed and empty.
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
        let mut bytes = 0;
        let mut count = 0;
        for (event, _) in &state.events {
            bytes += event.encoded_bytes();
            if count > 0 && (bytes > bytes_max || event.kind == EventKind::Truncate) {
                break;
            }
            count += 1;
        }
        let taken: Vec<_> = state.events.drain(..count).collect();
        state.bytes -= taken.iter().map(|(event, _)| event.encoded_bytes()).sum::<usize>();
        Some(taken)
    }

    /// Takes nothing more; what is queued is still flushed.
    pub(crate) fn close(&self) {
        self.state.lock().closed = true;
        self.filled.notify_one();
    }
}
