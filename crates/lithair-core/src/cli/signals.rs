//! SIGINT and SIGTERM.

use std::io;
use std::thread;

use tokio::runtime::Builder;
use tokio::signal::unix::{SignalKind, signal};

use super::Exit;

/// From when it returns, SIGINT and SIGTERM call `asked` instead of ending the process. The second of them ends it at once: whoever asks
/// twice does not want to wait for clients, and what was acknowledged is on the disk.
pub(super) fn on_stop(asked: impl FnOnce() + Send + 'static) -> io::Result<()> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let (mut interrupt, mut terminate) = {
        let _inside = runtime.enter();
        (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?)
    };
    let wait = move || {
        let mut next = || {
            runtime.block_on(async {
                tokio::select! {
                    _ = interrupt.recv() => {}
                    _ = terminate.recv() => {}
                }
            });
        };
        next();
        asked();
        next();
        std::process::exit(Exit::Failed as i32);
    };
    thread::Builder::new().name("lithair-signals".into()).spawn(wait).map(drop)
}
