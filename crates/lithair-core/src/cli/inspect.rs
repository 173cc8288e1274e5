//! `log dump`, `log verify`, `snapshot`.

use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::channel;

use lithair_model::ModelSchema;
use lithair_store::{FsMedia, SharedMedia};
use serde_json::json;

use super::output::Output;
use super::{Exit, Failure};
use crate::config::Config;
use crate::inspect::entries;

fn media(data: &Path) -> Result<SharedMedia, Failure> {
    if !data.is_dir() {
        return Err(Failure::new(Exit::Refused, format!("{} is not a data directory", data.display())));
    }
    let media =
        FsMedia::open(data).map_err(|error| Failure::new(Exit::Refused, format!("{}: {error}", data.display())))?;
    Ok(Arc::new(media))
}

pub(super) fn dump(output: &Output, data: &Path) -> Result<Exit, Failure> {
    for entry in entries(&media(data)?).map_err(|error| Failure::new(Exit::Failed, error))? {
        let entry = entry.map_err(|error| Failure::new(Exit::Failed, error))?;
        output.line(&entry, &entry.to_string());
    }
    Ok(Exit::Ok)
}

pub(super) fn verify(output: &Output, data: &Path) -> Result<Exit, Failure> {
    let report = lithair_store::verify(&media(data)?).map_err(|error| Failure::new(Exit::Failed, error))?;
    let torn = report.torn.as_ref().map(|(file, offset)| json!({ "file": file, "offset": offset }));
    let hash: String = report.chain_hash.iter().map(|byte| format!("{byte:02x}")).collect();
    let json = json!({
        "ok": true, "segments": report.segments, "batches": report.frames, "entries": report.events,
        "next_position": report.next_position.get(), "hash": hash, "snapshots": report.snapshots, "interrupted": torn,
    });
    let words = format!(
        "ok: {} entries in {} batches in {} segments, {} snapshots\nnext position {}, hash {hash}{}",
        report.events,
        report.frames,
        report.segments,
        report.snapshots,
        report.next_position,
        report.torn.map(|(file, at)| format!("\n{file} ends in an interrupted write at byte {at}")).unwrap_or_default()
    );
    output.line(&json, &words);
    Ok(Exit::Ok)
}

pub(super) fn snapshot(output: &Output, config: &Config, schemas: Vec<&'static ModelSchema>) -> Result<Exit, Failure> {
    let engine = crate::server::open(config, schemas, channel().0)?;
    let info = engine.snapshot().map_err(|error| Failure::new(Exit::Failed, error))?;
    engine.close();
    let json = json!({ "position": info.position.get(), "records": info.records });
    output.line(&json, &format!("snapshot of {} records at position {}", info.records, info.position));
    Ok(Exit::Ok)
}
