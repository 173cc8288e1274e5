//! `serve`: runs until it is asked to stop or the log has failed.

use std::process::id;
use std::sync::mpsc::channel;

use lithair_model::{AccessSchema, ModelSchema, OperationKind, Position};
use serde_json::json;

use super::{Exit, Failure, Output, signals};
use crate::additions::Additions;
use crate::config::Config;
use crate::server::{RunningServer, serve as start};

/// What ends a server.
enum End {
    /// Somebody asked.
    Asked,
    /// The log has failed for good.
    Failed(String),
}

/// Recovers, serves, and returns when it was told to stop or the log has failed.
pub(super) fn serve(
    output: Output,
    config: &Config,
    schemas: Vec<&'static ModelSchema>,
    additions: &Additions,
) -> Result<Exit, Failure> {
    let (tell, ended) = channel();
    let failed = tell.clone();
    // Telling fails once nobody waits any more, and then it does not matter.
    let on_failure = Box::new(move |reason| drop(failed.send(End::Failed(reason))));
    let server = start(config, schemas.clone(), additions, on_failure)?;
    // Before the announcement: whoever reads it may ask to stop right away.
    signals::on_stop(move || drop(tell.send(End::Asked))).map_err(|error| Failure::new(Exit::Refused, error))?;
    announce(output, config, &server, &schemas);

    let exit = match ended.recv() {
        Ok(End::Failed(reason)) => {
            let words = format!("{reason}; the process ends, and the next start recovers");
            output.failure(&Failure::new(Exit::Failed, words));
            Exit::Failed
        }
        Ok(End::Asked) | Err(_) => {
            output.note("stopping: finishes what is under way");
            Exit::Ok
        }
    };
    server.stop();
    Ok(exit)
}

fn announce(output: Output, config: &Config, server: &RunningServer, schemas: &[&'static ModelSchema]) {
    let replayed = server.replayed();
    for refused in &replayed.damaged_snapshots {
        output.note(format_args!("passed over a snapshot: {refused}"));
    }
    if let Some((file, offset)) = &replayed.torn {
        output.note(format_args!("{file}: an interrupted, unacknowledged write at byte {offset} was cut off"));
    }
    let addr = server.addr();
    let public: Vec<&ModelSchema> =
        schemas.iter().copied().filter(|schema| matches!(schema.access, AccessSchema::Public)).collect();
    let json = json!({
        "listening": addr.to_string(), "data": config.data, "process": id(),
        "snapshot": replayed.snapshot.map(Position::get), "records": replayed.records, "replayed": replayed.entries,
        "public": public.iter().map(|schema| schema.path).collect::<Vec<_>>(),
    });
    let snapshot = match replayed.snapshot {
        Some(position) => format!("a snapshot of {} records at position {position} and ", replayed.records),
        None => String::new(),
    };
    let words = format!(
        "listening on http://{addr}\n  data:    {}, recovered from {snapshot}{} entries\n  public:  {}",
        config.data.display(),
        replayed.entries,
        if public.is_empty() {
            "nothing".to_owned()
        } else {
            public.into_iter().map(open).collect::<Vec<_>>().join(", ")
        }
    );
    output.line(&json, words);
}

/// A collection that everybody may use, and how, if not in every way.
fn open(schema: &ModelSchema) -> String {
    if OperationKind::ALL.iter().all(|kind| schema.operations.contains(kind)) {
        return schema.path.to_owned();
    }
    let words: Vec<String> = schema.operations.iter().map(|kind| format!("{kind:?}").to_lowercase()).collect();
    format!("{} ({})", schema.path, words.join(" "))
}
