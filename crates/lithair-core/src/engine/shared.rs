//! What the engine and the flusher's thread have in common: the state, and who waits for it to move on.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use lithair_model::Position;
use lithair_state::State;
use parking_lot::Mutex;
use tokio::sync::Notify;

use crate::local_log::Published;
use crate::retention::Retention;
use crate::snapshotter::Watch;

/// What the flusher's thread tells.
pub(super) struct Shared {
    pub(super) state: Arc<State>,
    published: Notify,
    waiting: AtomicUsize,
    retention: Mutex<Retention>,
}

impl Shared {
    pub(super) fn new(state: Arc<State>, keep_moments: Duration) -> Self {
        let retention = Mutex::new(Retention::new(keep_moments));
        Self { state, published: Notify::new(), waiting: AtomicUsize::new(0), retention }
    }

    /// The oldest moment that is not too old by the clock.
    pub(super) fn oldest_moment(&self, now: Instant) -> Position {
        self.retention.lock().oldest(now)
    }

    /// Waits until reads show this position.
    pub(super) async fn reached(&self, position: Position) {
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

    /// What the flusher does after each batch: tells those who wait for a position, the snapshotter, and lets old moments go.
    pub(super) fn after_batches(shared: Arc<Self>, watch: Watch) -> Box<dyn Fn(Published) + Send + Sync> {
        Box::new(move |batch| {
            if shared.waiting.load(Ordering::SeqCst) > 0 {
                shared.published.notify_waiters();
            }
            watch.saw(batch);
            shared.retention.lock().saw(&shared.state, batch.position);
        })
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
