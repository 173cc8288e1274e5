//! Import and export: records between files and a data directory or a server.
//!
//! ```text
//! files -> lines -> target (a data directory, or a server) -> counts, and what is wrong with which line
//! ```

mod files;
mod lines;
mod local;
mod remote;

use std::io::Write;
use std::path::Path;

use lithair_model::{Catalog, ModelSchema};

pub(crate) use files::{Source, sources};
pub(crate) use lines::{Line, Lines};
pub(crate) use local::Local;
pub(crate) use remote::Remote;

/// Lines sent at a time.
pub(crate) const BATCH: usize = 500;

/// Where records go to and come from.
pub(crate) trait Target {
    /// Loads records of one model: each is created, replaced, or left alone if it is equal.
    ///
    /// # Errors
    /// The target cannot be reached or takes nothing now. What was loaded stays.
    fn load(&mut self, model: &'static ModelSchema, lines: &[Line]) -> Result<Loaded, TargetError>;

    /// Writes all records of one model, one JSON object a line, in the order of their keys.
    ///
    /// # Errors
    /// The target cannot be reached, or `out` cannot be written.
    fn dump(&mut self, model: &'static ModelSchema, out: &mut dyn Write) -> Result<u64, TargetError>;
}

/// Why a target does nothing more.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TargetError {
    /// The server cannot be reached.
    #[error("{0}")]
    Unreachable(String),
    /// The server or the data directory refuses.
    #[error("{0}")]
    Refused(String),
    /// A local file.
    #[error("{0}")]
    Io(#[from] std::io::Error),
}

/// What became of some lines.
#[derive(Clone, Debug, Default)]
pub(crate) struct Loaded {
    pub(crate) created: u64,
    pub(crate) updated: u64,
    pub(crate) unchanged: u64,
    /// The others, by the number of their line.
    pub(crate) failed: Vec<Fault>,
}

/// What is wrong with a line.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    pub(crate) line: u64,
    pub(crate) detail: String,
    /// It refers to a record that is not there; it may come later.
    pub(crate) is_dangling: bool,
}

impl Loaded {
    fn add(&mut self, other: &Self) {
        self.created += other.created;
        self.updated += other.updated;
        self.unchanged += other.unchanged;
    }
}

/// Loads one file. Lines whose references are missing are tried again as long as that helps: records may refer to later ones of
/// their own file.
pub(crate) fn load_file(
    target: &mut dyn Target,
    source: &Source,
    mut seen: impl FnMut(u64),
) -> Result<Loaded, TargetError> {
    let mut total = Loaded::default();
    let mut dangling = Vec::new();
    let mut batch = Vec::with_capacity(BATCH);
    let mut lines = Lines::open(&source.path, source.model)?;
    loop {
        let next = lines.next_line()?;
        let is_last = next.is_none();
        match next {
            Some(Ok(line)) => batch.push(line),
            Some(Err(fault)) => total.failed.push(fault),
            None => {}
        }
        if batch.len() == BATCH || is_last {
            step(target, source.model, &mut batch, &mut total, &mut dangling)?;
            seen(lines.position());
        }
        if is_last {
            break;
        }
    }
    again(target, source.model, &mut total, dangling)?;
    total.failed.sort_by_key(|fault| fault.line);
    Ok(total)
}

fn step(
    target: &mut dyn Target,
    model: &'static ModelSchema,
    batch: &mut Vec<Line>,
    total: &mut Loaded,
    dangling: &mut Vec<(Line, Fault)>,
) -> Result<(), TargetError> {
    if batch.is_empty() {
        return Ok(());
    }
    let loaded = target.load(model, batch)?;
    total.add(&loaded);
    for fault in loaded.failed {
        if fault.is_dangling {
            let line = batch.iter().find(|line| line.number == fault.line).expect("a fault is of a line that was sent");
            dangling.push((line.clone(), fault));
        } else {
            total.failed.push(fault);
        }
    }
    batch.clear();
    Ok(())
}

fn again(
    target: &mut dyn Target,
    model: &'static ModelSchema,
    total: &mut Loaded,
    mut dangling: Vec<(Line, Fault)>,
) -> Result<(), TargetError> {
    loop {
        let before = dangling.len();
        let lines: Vec<Line> = dangling.iter().map(|(line, _)| line.clone()).collect();
        let mut left = Vec::new();
        for batch in lines.chunks(BATCH) {
            step(target, model, &mut batch.to_vec(), total, &mut left)?;
        }
        dangling = left;
        if dangling.is_empty() || dangling.len() == before {
            total.failed.extend(dangling.into_iter().map(|(_, fault)| fault));
            return Ok(());
        }
    }
}

/// Writes one file a model, whole or not at all.
pub(crate) fn dump_file(
    target: &mut dyn Target,
    model: &'static ModelSchema,
    folder: &Path,
) -> Result<u64, TargetError> {
    let path = folder.join(format!("{}.ndjson", model.name));
    let temporary = folder.join(format!("{}.ndjson.tmp", model.name));
    let mut out = std::io::BufWriter::new(std::fs::File::create(&temporary)?);
    let count = target.dump(model, &mut out)?;
    let file = out.into_inner().map_err(std::io::IntoInnerError::into_error)?;
    file.sync_all()?;
    std::fs::rename(&temporary, &path)?;
    Ok(count)
}

/// The models, those that others refer to first. Circles are cut where they are met.
pub(crate) fn dependency_order(catalog: &Catalog) -> Vec<usize> {
    fn visit(catalog: &Catalog, place: usize, order: &mut Vec<usize>, seen: &mut [bool]) {
        if std::mem::replace(&mut seen[place], true) {
            return;
        }
        for &target in &catalog.models[place].targets {
            visit(catalog, target, order, seen);
        }
        order.push(place);
    }
    let mut order = Vec::new();
    let mut seen = vec![false; catalog.models.len()];
    (0..catalog.models.len()).for_each(|place| visit(catalog, place, &mut order, &mut seen));
    order
}

#[cfg(test)]
mod tests;
