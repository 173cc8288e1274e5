//! The purger: removes for good, once an hour, what was deleted softly long enough ago, and credentials whose time is over.

use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Weak};
use std::thread::JoinHandle;
use std::time::Duration;

use lithair_auth::{Accounts, Grants, RevokedTokens, RoleSource, Users};
use lithair_model::Backend as _;

use crate::Engine;
use crate::block_on::block_on;
use crate::clock::now;
use crate::engine::unharmed;

const PERIOD: Duration = Duration::from_secs(60 * 60);

/// Works until it is dropped.
pub(crate) struct Purger {
    /// Nothing is ever sent: the channel's end is the word to end.
    running: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Purger {
    /// Starts the work.
    pub(crate) fn start(engine: &Arc<Engine>, users: Option<Users>) -> std::io::Result<Self> {
        let (running, end) = channel::<()>();
        let engine: Weak<Engine> = Arc::downgrade(engine);
        let work = move || {
            loop {
                let Some(engine) = engine.upgrade() else { return };
                unharmed("deleted records", || engine.purge_expired(now()));
                unharmed("credentials", || sweep(&engine, users.as_ref()));
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

/// Removes sessions, tokens and grants whose time is over. What the log does not take now is removed next time.
fn sweep(engine: &Engine, users: Option<&Users>) {
    let (catalog, secret) = (engine.catalog(), engine.cursor_secret());
    let _ = block_on(RevokedTokens::new(catalog).sweep(engine, now()));
    let _ = block_on(Grants::new(catalog, RoleSource::Store).sweep(engine, now()));
    if let Some(users) = users {
        let _ = block_on(Accounts::new(users.clone(), catalog, &secret).sweep(engine, now()));
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
