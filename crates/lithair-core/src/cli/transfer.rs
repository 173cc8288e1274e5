//! `import` and `export`.

use std::path::Path;
use std::sync::mpsc::channel;

use lithair_model::ModelSchema;
use serde_json::{Map, json};

use super::output::Output;
use super::{Exit, Failure, catalog};
use crate::config::Config;
use crate::transfer::{Loaded, Local, Remote, Target, TargetError, dump_file, load_file, sources};

impl From<TargetError> for Failure {
    fn from(error: TargetError) -> Self {
        let exit = match error {
            TargetError::Unreachable(_) => Exit::Unreachable,
            TargetError::Refused(_) => Exit::Refused,
            TargetError::Io(_) => Exit::Failed,
        };
        Self::new(exit, error)
    }
}

/// Does something with the target that the command line names.
fn with_target<R>(
    config: &Config,
    schemas: Vec<&'static ModelSchema>,
    url: Option<&str>,
    work: impl FnOnce(&mut dyn Target) -> Result<R, Failure>,
) -> Result<R, Failure> {
    if let Some(url) = url {
        return work(&mut Remote::connect(url)?);
    }
    let mut local = Local::new(crate::server::open(config, schemas, channel().0)?);
    let outcome = work(&mut local);
    local.close();
    outcome
}

pub(super) fn import(
    output: &Output,
    config: &Config,
    schemas: Vec<&'static ModelSchema>,
    path: &Path,
    url: Option<&str>,
) -> Result<Exit, Failure> {
    let catalog = catalog(schemas.clone())?;
    let (sources, strangers) = sources(&catalog, path).map_err(|error| Failure::new(Exit::Usage, error))?;
    for stranger in &strangers {
        output.note(&format!("{}: no model has this name; passed over", stranger.display()));
    }
    if sources.is_empty() {
        return Err(Failure::new(Exit::Usage, format!("{} has no .ndjson or .csv file of a model", path.display())));
    }
    let mut total = Loaded::default();
    let mut failed = 0_u64;
    let mut collections = Map::new();
    with_target(config, schemas, url, |target| {
        for source in &sources {
            let bytes = std::fs::metadata(&source.path).map_or(0, |metadata| metadata.len());
            let bar = output.progress(bytes).with_message(source.model.name);
            let loaded = load_file(target, source, |position| bar.set_position(position))?;
            bar.finish_and_clear();
            let file = source.path.file_name().unwrap_or_default().to_string_lossy();
            for fault in &loaded.failed {
                output.error(&format!("{file}:{}: {}", fault.line, fault.detail));
            }
            failed += loaded.failed.len() as u64;
            total.created += loaded.created;
            total.updated += loaded.updated;
            total.unchanged += loaded.unchanged;
            collections.insert(source.model.name.to_owned(), counts(&loaded, loaded.failed.len() as u64));
        }
        Ok(())
    })?;
    let mut report = counts(&total, failed);
    report["collections"] = collections.into();
    let words =
        format!("{} created, {} updated, {} unchanged, {failed} failed", total.created, total.updated, total.unchanged);
    output.line(&report, &words);
    Ok(if failed == 0 && strangers.is_empty() { Exit::Ok } else { Exit::Failed })
}

fn counts(loaded: &Loaded, failed: u64) -> serde_json::Value {
    json!({ "created": loaded.created, "updated": loaded.updated, "unchanged": loaded.unchanged, "failed": failed })
}

pub(super) fn export(
    output: &Output,
    config: &Config,
    schemas: Vec<&'static ModelSchema>,
    path: &Path,
    url: Option<&str>,
) -> Result<Exit, Failure> {
    if url.is_none() && !config.data.is_dir() {
        return Err(Failure::new(Exit::Refused, format!("{} is not a data directory", config.data.display())));
    }
    std::fs::create_dir_all(path)
        .map_err(|error| Failure::new(Exit::Failed, format!("{}: {error}", path.display())))?;
    let mut exported = Map::new();
    with_target(config, schemas.clone(), url, |target| {
        for model in schemas {
            let count = dump_file(target, model, path)?;
            exported.insert(model.name.to_owned(), count.into());
        }
        Ok(())
    })?;
    let total: u64 = exported.values().filter_map(serde_json::Value::as_u64).sum();
    output
        .line(&json!({ "records": total, "collections": exported }), &format!("{total} records in {}", path.display()));
    Ok(Exit::Ok)
}
