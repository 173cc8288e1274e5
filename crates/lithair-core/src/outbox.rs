//! The outbox: after a change is durable, the hooks that wait for it run: at least once, in the order of the log, and never because a
//! log is replayed.
//!
//! ```text
//! log -> entries that were not refused -> what hooks wait for -> run, again with back-off -> progress, a record of the log
//!                                                                   '-> dead letter, a record of the log: `:retry`
//! ```
//!
//! Each hook has its own place in the log, and does one thing after the other: a hook whose receiver is down delays its own later
//! deliveries and nobody else's. Its progress is stored every so often, so a process that is killed delivers the last ones again;
//! [`Effects::key`] is the same then.

mod records;
mod retried;
mod worker;

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use lithair_model::{AfterSchema, ModelSchema};
pub(crate) use records::{DEAD_LETTER, DELIVERY};
use tokio::sync::watch;
use worker::Worker;

use crate::Engine;

/// How failed deliveries are tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retries {
    /// How often a delivery is tried before it is a dead letter.
    pub attempts_max: u32,
    /// How long the second attempt waits; each later one twice as long as the one before, a minute at most.
    pub first_wait: Duration,
}

impl Default for Retries {
    fn default() -> Self {
        Self { attempts_max: 8, first_wait: Duration::from_millis(100) }
    }
}

/// The longest wait before another attempt.
const WAIT_MAX: Duration = Duration::from_secs(60);

impl Retries {
    /// How long to wait once so many attempts have failed, at least one.
    pub(crate) fn wait_behind(&self, attempts: u32) -> Duration {
        self.first_wait.saturating_mul(1_u32.checked_shl(attempts.saturating_sub(1)).unwrap_or(u32::MAX)).min(WAIT_MAX)
    }
}

/// A hook and its model.
#[derive(Clone, Copy)]
struct Hook {
    schema: &'static ModelSchema,
    hook: &'static AfterSchema,
}

impl Hook {
    /// What its records are known by: names, for code moves.
    fn name(&self) -> String {
        format!("{}.{}", self.schema.table, self.hook.name)
    }
}

/// Works until it is dropped.
pub(crate) struct Outbox {
    stop: watch::Sender<bool>,
    thread: Option<JoinHandle<()>>,
}

impl Outbox {
    /// Starts the hooks of the engine's models, if there are any.
    pub(crate) fn start(engine: &Arc<Engine>, retries: Retries) -> std::io::Result<Self> {
        let (stop, stopping) = watch::channel(false);
        let models = engine.state().catalog().models.iter().map(|model| model.schema);
        let hooks = models.flat_map(|schema| schema.hooks_after.iter().map(move |hook| Hook { schema, hook }));
        let hooks: Vec<Hook> = hooks.collect();
        if hooks.is_empty() {
            return Ok(Self { stop, thread: None });
        }
        let workers: Vec<Worker> =
            hooks.into_iter().map(|hook| Worker::new(Arc::clone(engine), hook, retries, stopping.clone())).collect();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let work = move || {
            runtime.block_on(async {
                let tasks: Vec<_> = workers.into_iter().map(|worker| tokio::spawn(worker.work())).collect();
                for task in tasks {
                    // A panic of a hook was told where it happened, and is a failed attempt; this is the worker's own.
                    let _ = task.await;
                }
            });
        };
        let thread = std::thread::Builder::new().name("lithair-outbox".into()).spawn(work)?;
        Ok(Self { stop, thread: Some(thread) })
    }
}

impl Drop for Outbox {
    fn drop(&mut self) {
        self.stop.send_replace(true);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
