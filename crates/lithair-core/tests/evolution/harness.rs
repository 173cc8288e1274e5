//! What is asked of each pair.

use std::sync::Arc;

use expect_test::Expect;
use lithair_core::Engine;
use lithair_core::migration::{self, Survey};
use lithair_core::model::{Class, ModelSchema};
use lithair_sim::{Loss, SimDisk};

use crate::before;
use crate::kept::{copy, directories, files, options, start};

/// A program that comes after the one of [`before`].
pub(crate) struct Pair {
    pub(crate) label: Class,
    /// The tables of before that it has other models for, or none.
    pub(crate) replaces: &'static [&'static str],
    pub(crate) models: Vec<&'static ModelSchema>,
    /// What is told, and what the records are then.
    pub(crate) after: Expect,
}

impl Pair {
    fn program(&self) -> Vec<&'static ModelSchema> {
        let kept = before::models().into_iter().filter(|model| !self.replaces.contains(&model.table));
        self.models.iter().copied().chain(kept).collect()
    }

    pub(crate) fn check(self) {
        let mut told = Vec::new();
        for (name, disk) in directories() {
            let before = files(&disk);
            let survey = survey(&disk, self.program());
            assert_eq!(survey.class(), self.label, "{name}: {:?}", survey.problems());
            same(&files(&disk), &before, &format!("{name}: looking changes nothing"));
            let mut lines = lines(&survey);
            match self.label {
                Class::Compatible => {}
                Class::Plan | Class::Refused => {
                    let problems = start(&disk, self.program()).map(drop).expect_err("does not start").to_string();
                    assert!(survey.problems().iter().all(|problem| problems.contains(problem)), "{problems}");
                    same(&files(&disk), &before, &format!("{name}: a refused start changes nothing"));
                }
            }
            match self.label {
                Class::Refused => {
                    self.apply(&disk).expect_err("is refused");
                    same(&files(&disk), &before, &format!("{name}: a refused migration changes nothing"));
                }
                Class::Plan => self.migrate(&name, &before, &mut lines),
                Class::Compatible => lines.push(self.records(&start(&disk, self.program()).expect("starts"))),
            }
            told.push(lines.join("\n"));
        }
        assert!(told.iter().all(|one| *one == told[0]), "the directories differ: {told:#?}");
        self.after.assert_eq(&told[0]);
    }

    fn apply(&self, disk: &SimDisk) -> Result<u64, lithair_core::StartError> {
        let applied = migration::apply(Arc::new(disk.clone()), self.program(), options(), &|_| {});
        applied.map(|applied| applied.records)
    }

    /// Whole, and cut off at each operation of the disk.
    fn migrate(&self, name: &str, before: &[(String, Vec<u8>)], lines: &mut Vec<String>) {
        let disk = copy(before);
        self.apply(&disk).unwrap_or_else(|error| panic!("{name}: {error}"));
        let after = self.settled(name, &disk);
        self.stays(name, &disk, &after);
        let mut interruptions = 0;
        // Every operation of one directory, every sixth of the others: they differ in what is read first.
        for operations in (0..).step_by(if name.ends_with("/log") { 1 } else { 6 }) {
            let disk = copy(before);
            disk.power_off_after(disk.operations() + operations);
            let is_done = self.apply(&disk).is_ok();
            let loss = [Loss::Everything, Loss::Nothing, Loss::Some(operations)][interruptions % 3];
            let found = disk.after_crash(loss);
            let place = format!("{name}, cut off at operation {operations}");
            if survey(&found, self.program()).class() == Class::Plan {
                let bytes = files(&found);
                interruptions += 1;
                start(&found, self.program()).map(drop).expect_err("does not start in the middle");
                same(&files(&found), &bytes, &place);
                self.apply(&found).unwrap_or_else(|error| panic!("{place}: {error}"));
            }
            assert_eq!(self.settled(&place, &found), after, "{place}");
            if is_done {
                break;
            }
        }
        assert!(interruptions >= 2, "{name}: there are operations to cut off");
        lines.push(after);
    }

    /// The records once nothing is left to do.
    fn settled(&self, place: &str, disk: &SimDisk) -> String {
        let survey = survey(disk, self.program());
        assert_eq!(survey.class(), Class::Compatible, "{place}: {:?}", survey.problems());
        let engine = start(disk, self.program()).unwrap_or_else(|error| panic!("{place}: {error}"));
        let view = engine.state().view(None).expect("the present");
        assert_eq!(engine.state().digest(), view.digest(), "{place}");
        self.records(&engine)
    }

    /// The records are the same from the log and from a snapshot, and an earlier program sees none that it does not understand.
    fn stays(&self, place: &str, disk: &SimDisk, records: &str) {
        let engine = start(disk, self.program()).unwrap_or_else(|error| panic!("{place}: {error}"));
        engine.snapshot().unwrap_or_else(|error| panic!("{place}: {error}"));
        drop(engine);
        assert_eq!(self.settled(place, disk), records, "{place}: from the snapshot");
        match start(disk, before::models()).map(drop) {
            // It knows all that is there.
            Ok(()) => assert_eq!(names(&self.program()), names(&before::models()), "{place}: an earlier program"),
            Err(old) => {
                let old = old.to_string();
                let is_named = |model: &&ModelSchema| old.contains(model.name) || old.contains(model.table);
                assert!(before::models().iter().any(is_named), "{place}: by name: {old}");
            }
        }
    }

    /// The records of the pair's models.
    fn records(&self, engine: &Engine) -> String {
        let catalog = engine.state().catalog();
        let view = engine.state().view(None).expect("the present");
        let of_model = |schema: &&'static ModelSchema| {
            let model = &catalog.models[catalog.by_table(schema.table).expect("is registered")];
            let records = view.records_of_model(model.place).map(|record| {
                let values = model.decode_row(&record.row.bytes).expect("is a row");
                format!("{} r{} {values:?}", schema.table, record.row.revision)
            });
            records.collect::<Vec<_>>()
        };
        let known = (0..catalog.models.len()).map(|place| view.records_of_model(place).count()).sum::<usize>();
        assert_eq!(view.records().count(), known, "no record of a model that is gone");
        self.models.iter().flat_map(of_model).collect::<Vec<_>>().join("\n")
    }
}

fn survey(disk: &SimDisk, program: Vec<&'static ModelSchema>) -> Survey {
    migration::survey(Arc::new(disk.clone()), program, &options()).expect("is compared")
}

/// The same files with the same bytes.
fn same(now: &[(String, Vec<u8>)], before: &[(String, Vec<u8>)], what: &str) {
    let names = |files: &[(String, Vec<u8>)]| {
        files.iter().map(|(name, bytes)| format!("{name}: {} bytes", bytes.len())).collect::<Vec<_>>()
    };
    assert_eq!(names(now), names(before), "{what}");
    for (now, before) in now.iter().zip(before) {
        assert!(now == before, "{what}: the bytes of {}", now.0);
    }
}

/// The names of everything, in order.
fn names(models: &[&'static ModelSchema]) -> Vec<String> {
    let of_model = |model: &&'static ModelSchema| {
        model.fields.iter().map(|field| format!("{}.{}", model.table, field.name)).collect::<Vec<_>>()
    };
    let mut names: Vec<_> = models.iter().flat_map(of_model).collect();
    names.sort();
    names
}

fn lines(survey: &Survey) -> Vec<String> {
    survey.changes.iter().map(lithair_core::migration::Told::words).chain(survey.broken.iter().cloned()).collect()
}
