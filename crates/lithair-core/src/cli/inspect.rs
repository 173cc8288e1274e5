//! `log dump`, `log verify`, `snapshot`.

use std::path::Path;
use std::sync::Arc;

use lithair_model::ModelSchema;
use lithair_store::{FsMedia, Media as _, Report, SharedMedia};
use serde_json::json;

use super::{Exit, Failure, Output};
use crate::config::Config;
use crate::inspect::entries;

/// A directory that a store was made in. Looking at another one would make files in it.
pub(super) fn directory(data: &Path) -> Result<SharedMedia, Failure> {
    let refused = |problem: &dyn std::fmt::Display| Failure::of_path(Exit::Refused, data, problem);
    if !data.is_dir() {
        return Err(refused(&"there is no such directory"));
    }
    let media = FsMedia::open(data).map_err(|error| refused(&error))?;
    let names = media.list().map_err(|error| refused(&error))?;
    if !names.iter().any(|name| name == "manifest") {
        return Err(refused(&"this is not a data directory: it has no manifest"));
    }
    Ok(Arc::new(media))
}

/// Prints every entry of the log from a position on, as JSON lines. A server may be running on the directory.
///
/// # Errors
/// The directory is none, is damaged, or cannot be read.
pub fn dump_log(output: Output, data: &Path, from: u64) -> Result<Exit, Failure> {
    let media = directory(data)?;
    for entry in entries(&media)? {
        let entry = entry?;
        if entry.position.get() >= from && !output.text(&entry.json) {
            break;
        }
    }
    Ok(Exit::Ok)
}

/// Reads and checks every file, and prints what is there. A server may be running on the directory.
///
/// # Errors
/// The directory is none, is damaged, or cannot be read.
pub fn verify_log(output: Output, data: &Path) -> Result<Exit, Failure> {
    let media = directory(data)?;
    let report = lithair_store::verify(&media).map_err(|error| Failure::new(Exit::Failed, error))?;
    let hash: String = report.chain_hash.iter().map(|byte| format!("{byte:02x}")).collect();
    let Report { segments, frames, events, snapshots, next_position, torn, .. } = report;
    let interrupted = torn.as_ref().map(|(file, offset)| json!({ "file": file, "offset": offset }));
    let json = json!({
        "ok": true, "segments": segments, "batches": frames, "entries": events, "next_position": next_position.get(),
        "hash": hash, "snapshots": snapshots, "interrupted": interrupted,
    });
    let torn =
        torn.map(|(file, at)| format!("\n{file} ends in an interrupted write at byte {at}, which nobody was told of"));
    let words = format!(
        "ok: {events} entries in {frames} batches in {segments} segments, {snapshots} snapshots\n\
         next position {next_position}, hash {hash}{}",
        torn.unwrap_or_default()
    );
    output.line(&json, words);
    Ok(Exit::Ok)
}

pub(super) fn snapshot(output: Output, config: &Config, schemas: Vec<&'static ModelSchema>) -> Result<Exit, Failure> {
    directory(&config.data)?;
    let engine = crate::server::open(config, schemas, Box::new(drop))?;
    let info = engine.snapshot().map_err(|error| Failure::new(Exit::Failed, error));
    engine.close();
    let info = info?;
    let json = json!({ "position": info.position.get(), "records": info.records });
    output.line(&json, format_args!("snapshot of {} records at position {}", info.records, info.position));
    Ok(Exit::Ok)
}
