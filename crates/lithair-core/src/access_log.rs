//! The access log: a line a request, written to stderr by a thread of its own.

use std::io::{self, Write as _};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

/// Lines that wait for whoever reads them. Further ones are counted and dropped: a full pipe stops no request.
const LINES_MAX: usize = 4_096;

/// A thread that writes the lines of requests to stderr. When dropped it writes what it was given, and ends.
pub(crate) struct AccessLog {
    lines: Option<SyncSender<String>>,
    thread: Option<JoinHandle<()>>,
}

impl AccessLog {
    /// Starts the thread.
    ///
    /// # Errors
    /// There is none to be had.
    pub(crate) fn start() -> io::Result<Self> {
        let (lines, written) = sync_channel(LINES_MAX);
        let thread = std::thread::Builder::new().name("access-log".to_owned()).spawn(move || write(&written))?;
        Ok(Self { lines: Some(lines), thread: Some(thread) })
    }

    /// Where lines are handed in.
    pub(crate) fn lines(&self) -> SyncSender<String> {
        self.lines.clone().expect("it is there until it is dropped")
    }
}

fn write(lines: &Receiver<String>) {
    let mut stderr = io::stderr();
    for line in lines {
        // Whoever does not read them goes without.
        let _ = stderr.write_all((line + "\n").as_bytes());
    }
}

impl Drop for AccessLog {
    fn drop(&mut self) {
        self.lines = None;
        if let Some(thread) = self.thread.take() {
            // It only writes lines: there is nothing to mend.
            let _ = thread.join();
        }
    }
}
