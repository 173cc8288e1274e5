//! `import`.

use std::path::Path;

use lithair_model::ModelSchema;
use serde_json::{Map, Value, json};

use super::documents::catalog;
use super::{Exit, Failure, Output};
use crate::config::Config;
use crate::progress::Progress;
use crate::transfer::{
    FileReport, Imported, Local, Remote, Source, SourceError, Sources, Target, TargetError, import, sources,
};

pub(super) fn run(
    output: Output,
    config: &Config,
    schemas: Vec<&'static ModelSchema>,
    path: &Path,
    url: Option<&str>,
) -> Result<Exit, Failure> {
    let catalog = catalog(config, schemas.clone())?;
    let Sources { files, strangers, passed_over } = sources(&catalog, path)?;
    passed_over.iter().for_each(|why| output.note(why));
    for stranger in &strangers {
        output.fault(&json!({ "error": stranger.to_string() }), stranger);
    }
    let imported = with_target(config, schemas, url, |target| Ok(load(output, target, &files)))?;
    for (source, report) in files.iter().zip(&imported.files) {
        print_faults(output, source, report);
    }
    let failed = summarize(output, &files, &imported);
    match imported.stopped {
        Some(error) => {
            output.note("what was loaded stays; the same import, run again, goes on from there");
            Err(error.into())
        }
        None if failed == 0 && strangers.is_empty() => Ok(Exit::Ok),
        None => Ok(Exit::Failed),
    }
}

/// Does something with the target that the command line names.
pub(super) fn with_target<R>(
    config: &Config,
    schemas: Vec<&'static ModelSchema>,
    url: Option<&str>,
    work: impl FnOnce(&mut dyn Target) -> Result<R, TargetError>,
) -> Result<R, Failure> {
    if let Some(url) = url {
        return Ok(work(&mut Remote::connect(url)?)?);
    }
    let engine = crate::server::open(config, schemas, Box::new(drop)).map_err(TargetError::Directory)?;
    let mut local = Local::new(engine);
    let outcome = work(&mut local);
    local.close();
    Ok(outcome?)
}

fn load(output: Output, target: &mut dyn Target, files: &[Source]) -> Imported {
    let progress = Progress::new(files.iter().map(|file| file.bytes).sum(), output.is_json());
    let imported = import(target, files, &mut |file, position| {
        let before: u64 = files.iter().take_while(|other| other.path != file).map(|other| other.bytes).sum();
        progress.name(&name(file));
        progress.reached(before + position);
    });
    progress.end();
    imported
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn print_faults(output: Output, source: &Source, report: &FileReport) {
    let file = name(&source.path);
    for fault in &report.faults {
        let problems: Vec<Value> = fault
            .problems
            .iter()
            .map(|problem| json!({ "pointer": problem.pointer, "detail": problem.detail }))
            .collect();
        let json = json!({ "file": file, "line": fault.line, "errors": problems });
        output.fault(&json, format_args!("{file}:{}: {}", fault.line, fault.words()));
    }
    let untold = report.failed - report.faults.len() as u64;
    if untold > 0 {
        output.note(format_args!("{file}: {untold} more lines failed"));
    }
}

/// Prints what was done; how many lines failed.
fn summarize(output: Output, files: &[Source], imported: &Imported) -> u64 {
    let mut total = FileReport::default();
    let mut collections: Map<String, Value> = Map::new();
    for (source, report) in files.iter().zip(&imported.files) {
        total.add(report);
        // Two files may be of one model.
        let counts = collections.entry(source.model.name).or_insert_with(|| counts(&FileReport::default()));
        for (name, count) in numbers(report) {
            counts[name] = (counts[name].as_u64().unwrap_or(0) + count).into();
        }
    }
    let mut report = counts(&total);
    report["collections"] = collections.into();
    let words = numbers(&total).map(|(name, count)| format!("{count} {name}")).join(", ");
    output.line(&report, words);
    total.failed
}

const fn numbers(report: &FileReport) -> [(&'static str, u64); 4] {
    [
        ("created", report.created),
        ("updated", report.updated),
        ("unchanged", report.unchanged),
        ("failed", report.failed),
    ]
}

fn counts(report: &FileReport) -> Value {
    numbers(report).into_iter().map(|(name, count)| (name.to_owned(), Value::from(count))).collect::<Map<_, _>>().into()
}

impl From<SourceError> for Failure {
    fn from(error: SourceError) -> Self {
        Self::new(Exit::Usage, error)
    }
}
