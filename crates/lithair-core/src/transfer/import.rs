//! Loading files. Lines whose references are missing are put off, and tried again as long as that helps: records may refer to later ones.

use std::collections::BTreeMap;
use std::path::Path;

use lithair_model::ModelSchema;

use super::files::Source;
use super::lines::Lines;
use super::{Deed, Fault, Line, Loaded, Target, TargetError};

/// Lines, and bytes of them, sent at a time.
const BATCH_LINES: usize = 500;
const BATCH_BYTES: usize = 1024 * 1024;
/// Bytes of lines that are put off. Further ones fail at once, and an import that is run again takes them up.
const DEFERRED_BYTES_MAX: usize = 256 * 1024 * 1024;
/// Lines that are loaded all at once because they refer to each other in a circle.
const TOGETHER_MAX: usize = 2_000;
/// Faults of a file that are told; further ones are counted.
const FAULTS_MAX: usize = 10_000;

/// What became of an import.
#[derive(Debug, Default)]
pub(crate) struct Imported {
    /// One report a file, in the order in which the files were loaded.
    pub(crate) files: Vec<FileReport>,
    /// Why it ended before its end.
    pub(crate) stopped: Option<TargetError>,
}

/// What became of one file.
#[derive(Debug, Default)]
pub(crate) struct FileReport {
    pub(crate) created: u64,
    pub(crate) updated: u64,
    pub(crate) unchanged: u64,
    pub(crate) failed: u64,
    /// The first of those that failed, by line.
    pub(crate) faults: Vec<Fault>,
}

/// Loads files into a target. `seen` hears of the file being read and the bytes of it that were read.
pub(crate) fn import(target: &mut dyn Target, sources: &[Source], seen: &mut dyn FnMut(&Path, u64)) -> Imported {
    let files = sources.iter().map(|_| FileReport::default()).collect();
    let mut import = Import { target, sources, files, deferred: Vec::new(), deferred_bytes: 0 };
    let stopped = import.run(seen).err();
    import.give_up();
    Imported { files: import.files, stopped }
}

struct Import<'a> {
    target: &'a mut dyn Target,
    sources: &'a [Source],
    files: Vec<FileReport>,
    /// Lines to try again, in the order of their files.
    deferred: Vec<Deferred>,
    deferred_bytes: usize,
}

struct Deferred {
    file: usize,
    line: Line,
    /// Why it was put off.
    fault: Fault,
}

impl Import<'_> {
    fn run(&mut self, seen: &mut dyn FnMut(&Path, u64)) -> Result<(), TargetError> {
        for (file, source) in self.sources.iter().enumerate() {
            self.file(file, source, seen)?;
            // Before the next file: its records may refer to these.
            self.again(|deferred| deferred.file == file)?;
        }
        self.again(|_| true)?;
        self.together()
    }

    fn file(&mut self, file: usize, source: &Source, seen: &mut dyn FnMut(&Path, u64)) -> Result<(), TargetError> {
        let unread = || TargetError::file(&source.path);
        let mut lines = Lines::open(&source.path, source.format, source.model).map_err(unread())?;
        let mut batch = Vec::new();
        let mut bytes = 0;
        while let Some(line) = lines.next().map_err(unread())? {
            match line {
                Err(fault) => self.files[file].fail(fault),
                Ok(line) => {
                    bytes += line.json.len();
                    batch.push(line);
                }
            }
            if batch.len() == BATCH_LINES || bytes >= BATCH_BYTES {
                self.load(file, std::mem::take(&mut batch))?;
                bytes = 0;
                seen(&source.path, lines.position());
            }
        }
        self.load(file, batch)?;
        seen(&source.path, lines.position());
        Ok(())
    }

    fn load(&mut self, file: usize, batch: Vec<Line>) -> Result<(), TargetError> {
        if batch.is_empty() {
            return Ok(());
        }
        let loaded = self.target.load(self.sources[file].model, &batch)?;
        self.files[file].count(&loaded);
        let mut faults: BTreeMap<u64, Fault> = loaded.failed.into_iter().map(|fault| (fault.line, fault)).collect();
        for line in batch {
            let Some(fault) = faults.remove(&line.number) else { continue };
            if fault.is_dangling && self.deferred_bytes + line.json.len() <= DEFERRED_BYTES_MAX {
                self.deferred_bytes += line.json.len();
                self.deferred.push(Deferred { file, line, fault });
            } else {
                self.files[file].fail(fault);
            }
        }
        Ok(())
    }

    /// Tries the lines that were put off, until two rounds bring nothing. A round goes through them backwards, the next one forwards: a
    /// chain of references is then loaded in one round, whichever way it runs.
    fn again(&mut self, chosen: impl Fn(&Deferred) -> bool) -> Result<(), TargetError> {
        let mut idle = 0;
        for is_backwards in [true, false].into_iter().cycle() {
            let (mut lines, others): (Vec<_>, Vec<_>) =
                std::mem::take(&mut self.deferred).into_iter().partition(&chosen);
            self.deferred = others;
            let before = lines.len();
            if before == 0 || idle == 2 {
                self.deferred.append(&mut lines);
                self.deferred.sort_by_key(|deferred| (deferred.file, deferred.line.number));
                return Ok(());
            }
            let untouched = self.deferred.len();
            if is_backwards {
                lines.reverse();
            }
            self.round(lines)?;
            let left = self.deferred.len() - untouched;
            idle = if left < before { 0 } else { idle + 1 };
            self.deferred.sort_by_key(|deferred| (deferred.file, deferred.line.number));
        }
        Ok(())
    }

    /// Loads these lines in their order, file by file as they come.
    fn round(&mut self, lines: Vec<Deferred>) -> Result<(), TargetError> {
        let mut lines = lines.into_iter().peekable();
        while let Some(first) = lines.next() {
            let file = first.file;
            let mut batch = vec![self.taken(first)];
            while batch.len() < BATCH_LINES && lines.peek().is_some_and(|next| next.file == file) {
                let next = lines.next().expect("one was seen");
                batch.push(self.taken(next));
            }
            self.load(file, batch)?;
        }
        Ok(())
    }

    fn taken(&mut self, deferred: Deferred) -> Line {
        self.deferred_bytes -= deferred.line.json.len();
        deferred.line
    }

    /// What is left may be records that refer to each other in a circle: then only all of them together can be loaded.
    fn together(&mut self) -> Result<(), TargetError> {
        let Some(first) = self.deferred.first() else { return Ok(()) };
        // A circle in one batch is no obstacle.
        let is_large = self.deferred.len() > BATCH_LINES || self.deferred.iter().any(|other| other.file != first.file);
        if !is_large || self.deferred.len() > TOGETHER_MAX {
            return Ok(());
        }
        let lines: Vec<(&'static ModelSchema, &Line)> =
            self.deferred.iter().map(|deferred| (self.sources[deferred.file].model, &deferred.line)).collect();
        let loaded: BTreeMap<usize, Deed> = self.target.load_together(&lines)?.into_iter().collect();
        for (place, deferred) in std::mem::take(&mut self.deferred).into_iter().enumerate() {
            match loaded.get(&place) {
                Some(deed) => self.files[deferred.file].loaded(*deed),
                None => self.deferred.push(deferred),
            }
        }
        Ok(())
    }

    /// What is still put off has failed, for the reason it was put off.
    fn give_up(&mut self) {
        for deferred in std::mem::take(&mut self.deferred) {
            self.files[deferred.file].fail(deferred.fault);
        }
        for file in &mut self.files {
            file.faults.sort_by_key(|fault| fault.line);
        }
    }
}

impl FileReport {
    /// Adds the counts of another.
    pub(crate) const fn add(&mut self, other: &Self) {
        self.created += other.created;
        self.updated += other.updated;
        self.unchanged += other.unchanged;
        self.failed += other.failed;
    }

    const fn count(&mut self, loaded: &Loaded) {
        self.created += loaded.created;
        self.updated += loaded.updated;
        self.unchanged += loaded.unchanged;
    }

    const fn loaded(&mut self, deed: Deed) {
        match deed {
            Deed::Created => self.created += 1,
            Deed::Updated => self.updated += 1,
            Deed::Unchanged => self.unchanged += 1,
        }
    }

    fn fail(&mut self, fault: Fault) {
        self.failed += 1;
        if self.faults.len() < FAULTS_MAX {
            self.faults.push(fault);
        }
    }
}
