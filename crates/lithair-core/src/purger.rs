//! The purger: removes for good, once an hour, what was deleted softly long enough ago.

use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Weak};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::Engine;
use crate::seal::now;

const PERIOD: Duration = Duration::from_secs(60 * 60);

/// Works until it is dropped.
pub(crate) struct Purger {
    /// Nothing is ever sent: the channel's end is the word to end.
    running: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Purger {
    /// Starts the work, if a model has any.
    pub(crate) fn start(engine: &Arc<Engine>) -> std::io::Result<Self> {
        let mut models = engine.state().catalog().models.iter();
        if !models.any(|model| model.schema.lifecycle.soft_delete.is_some_and(|soft| soft.purge_after.is_some())) {
            return Ok(Self { running: None, thread: None });
        }
        let (running, end) = channel::<()>();
        let engine: Weak<Engine> = Arc::downgrade(engine);
        let work = move || {
            loop {
                let Some(engine) = engine.upgrade() else { return };
                engine.purge_expired(now());
                drop(engine);
                if end.recv_timeout(PERIOD) != Err(RecvTimeoutError::Timeout) {
                    return;
                }
            }
        };
        let thread = std::thread::Builder::new().name("lithair-purge".into()).spawn(work)?;
        Ok(Self { running: Some(running), thread: Some(thread) })
    }
}

impl Drop for Purger {
    fn drop(&mut self) {
        self.running = None;
        if let Some(thread) = self.thread.take() {
            // A panic there was told there; stopping goes on.
            let _ = thread.join();
        }
    }
}
