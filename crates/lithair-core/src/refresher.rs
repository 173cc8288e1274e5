//! Looks again and again, on a thread of its own, for what changes elsewhere: keys of issuers, and what providers say of themselves.
//!
//! ```text
//! look -> rest: nobody makes it look again -> until somebody wants keys, or what was found is old -> look ..
//! ```

use std::io;
use std::thread::JoinHandle;
use std::time::Duration;

use lithair_auth::TokenVerifier;
use tokio::runtime::Builder;
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep};

/// How long nobody makes it look again, whatever callers send.
pub(crate) const REST: Duration = Duration::from_secs(5);
/// How often somebody who wants keys is seen.
const WAKE: Duration = Duration::from_millis(50);

/// What is looked for.
pub(crate) trait Source: Send + Sync {
    /// Looks once; how long what was found is good, or what was not found is left alone.
    fn look(&mut self) -> impl Future<Output = Duration> + Send;

    /// What the keys are for: whoever wants new ones waits there.
    fn verifier(&self) -> &TokenVerifier;
}

/// Looks until it is dropped.
pub(crate) struct Refresher {
    /// Nothing is ever sent: that nobody could say it any more is the word to end.
    running: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Refresher {
    /// Starts these tasks, and does not wait for what comes of them.
    pub(crate) fn start<F>(name: &str, tasks: impl IntoIterator<Item = F>) -> io::Result<Self>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let (running, end) = oneshot::channel::<()>();
        let runtime = Builder::new_current_thread().enable_all().build()?;
        for task in tasks {
            runtime.spawn(task);
        }
        let work = move || {
            let _ = runtime.block_on(end);
            // A name that is being looked up is not waited for.
            runtime.shutdown_background();
        };
        let thread = std::thread::Builder::new().name(name.to_owned()).spawn(work)?;
        Ok(Self { running: Some(running), thread: Some(thread) })
    }
}

impl Drop for Refresher {
    fn drop(&mut self) {
        self.running = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Looks, and looks again, for ever.
pub(crate) async fn follow(mut source: impl Source) {
    loop {
        let wait = source.look().await;
        source.verifier().looked_for_keys();
        rest(source.verifier(), wait).await;
    }
}

/// Waits for so long, or until somebody wants keys.
pub(crate) async fn until_wanted(verifier: &TokenVerifier, wait: Duration) {
    let end = Instant::now() + wait;
    while Instant::now() < end && !verifier.wants_keys() {
        sleep(WAKE).await;
    }
}

/// The same after a rest.
async fn rest(verifier: &TokenVerifier, wait: Duration) {
    let rest = wait.min(REST);
    sleep(rest).await;
    verifier.rested();
    until_wanted(verifier, wait.saturating_sub(rest)).await;
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(60);

    /// A server that was stopped while a name was being looked up waited for that, which may take longer than anybody waits for a server.
    #[test]
    fn the_end_does_not_wait_for_a_name_that_is_being_looked_up() {
        let (asked, is_asked) = channel();
        let (answer, answered) = channel::<()>();
        // Names are looked up on a thread that waits for the answer, and cannot be told to stop.
        let look_up = move || {
            asked.send(()).expect("the test waits");
            answered.recv_timeout(PATIENCE)
        };
        let task = async {
            let _ = tokio::task::spawn_blocking(look_up).await;
        };
        let refresher = Refresher::start("test", [task]).expect("starts");
        is_asked.recv_timeout(PATIENCE).expect("is asked");
        let began = Instant::now();
        drop(refresher);
        assert!(began.elapsed() < PATIENCE / 2, "it was waited for");
        drop(answer);
    }
}
