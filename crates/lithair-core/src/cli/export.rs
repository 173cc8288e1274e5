//! `export`.

use std::path::Path;

use lithair_model::ModelSchema;
use serde_json::{Map, Value, json};

use super::import::with_target;
use super::{Exit, Failure, Output, inspect};
use crate::config::Config;
use crate::progress::Progress;
use crate::transfer::{Format, export_file};

pub(super) fn run(
    output: Output,
    config: &Config,
    schemas: Vec<&'static ModelSchema>,
    (path, format): (&Path, Format),
    url: Option<&str>,
) -> Result<Exit, Failure> {
    if url.is_none() {
        // Opening what is no data directory would make one of it.
        inspect::directory(&config.data)?;
    }
    std::fs::create_dir_all(path).map_err(|error| Failure::of_path(Exit::Failed, path, error))?;
    let progress = Progress::counter(output.is_json());
    let mut exported: Map<String, Value> = Map::new();
    let outcome = with_target(config, schemas.clone(), url, |target| {
        for model in schemas {
            progress.name(model.name);
            let count = export_file(target, (model, format), path, &|count| progress.reached(count))?;
            exported.insert(model.name.to_owned(), count.into());
        }
        Ok(())
    });
    progress.end();
    outcome?;
    let total: u64 = exported.values().filter_map(Value::as_u64).sum();
    let json = json!({ "records": total, "collections": exported });
    output.line(&json, format_args!("{total} records in {}", path.display()));
    Ok(Exit::Ok)
}
