use std::io::Write as _;
use std::process::id;
use std::sync::mpsc::channel;

use lithair_model::{AccessSchema, ModelSchema};
use serde_json::json;

use super::output::Output;
use super::{Exit, Failure};
use crate::config::Config;
use crate::server::{RunningServer, serve as start};

/// Recovers, serves, and returns when it was told to stop or the log has failed.
pub(super) fn serve(output: &Output, config: &Config, schemas: Vec<&'static ModelSchema>) -> Result<Exit, Failure> {
    let open: Vec<&str> =
        schemas.iter().filter(|schema| schema.access == AccessSchema::Public).map(|schema| schema.path).collect();
    let (tell, ended) = channel();
    let server = start(config, schemas, tell)?;
    announce(output, config, &server, &open);

    let stopped = stop_signals(server.engine().clone()).map_err(|error| Failure::new(Exit::Refused, error))?;
    let end = End { failed: ended, stopped };
    let exit = match end.wait() {
        Some(reason) => {
            output.error(&format!("{reason}; the process ends, and the next start recovers"));
            Exit::Failed
        }
        None => {
            output.note("stopping");
            Exit::Ok
        }
    };
    server.stop();
    Ok(exit)
}

fn announce(output: &Output, config: &Config, server: &RunningServer, open: &[&str]) {
    let replayed = server.replayed();
    for refused in &replayed.damaged_snapshots {
        output.note(&format!("passed over a snapshot: {refused}"));
    }
    if let Some((file, offset)) = &replayed.torn {
        output.note(&format!("{file}: an interrupted, unacknowledged write at byte {offset} was cut off"));
    }
    let addr = server.addr();
    let json = json!({
        "listening": addr.to_string(), "data": config.data, "process": id(),
        "snapshot": replayed.snapshot.map(lithair_model::Position::get), "records": replayed.records,
        "replayed": replayed.entries, "public": open,
    });
    let from = match replayed.snapshot {
        Some(position) => format!("a snapshot of {} records at position {position} and ", replayed.records),
        None => String::new(),
    };
    let words = format!(
        "listening on http://{addr}\n  data:    {}, recovered from {from}{} entries\n  public:  {}",
        config.data.display(),
        replayed.entries,
        if open.is_empty() { "nothing".to_owned() } else { open.join(", ") }
    );
    output.line(&json, &words);
    // Whoever started the program waits for the line, also where stdout is a pipe.
    let _ = std::io::stdout().flush();
}

/// What ends a server: a signal, or its log.
struct End {
    failed: std::sync::mpsc::Receiver<String>,
    stopped: std::sync::mpsc::Receiver<()>,
}

impl End {
    /// The reason, if it was the log.
    fn wait(self) -> Option<String> {
        let (tell, told) = channel();
        let of_signal = tell.clone();
        std::thread::spawn(move || {
            if self.stopped.recv().is_ok() {
                let _ = of_signal.send(None);
            }
        });
        std::thread::spawn(move || {
            if let Ok(reason) = self.failed.recv() {
                let _ = tell.send(Some(reason));
            }
        });
        told.recv().ok().flatten()
    }
}

/// Hears of SIGINT and SIGTERM. Keeps the engine alive as long as it listens.
fn stop_signals(engine: std::sync::Arc<crate::Engine>) -> std::io::Result<std::sync::mpsc::Receiver<()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (mut interrupt, mut terminate) = {
        let _inside = runtime.enter();
        (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?)
    };
    let (tell, told) = channel();
    std::thread::Builder::new().name("lithair-signals".into()).spawn(move || {
        runtime.block_on(async {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
        });
        drop(engine);
        // The server may have ended for another reason.
        let _ = tell.send(());
    })?;
    Ok(told)
}
