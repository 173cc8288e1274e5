//! Data directories that are kept as files in `tests/kept`, by the version that wrote them.
//!
//! To add those of a new version: `cargo test -p lithair-core --test evolution -- --ignored`, under a folder of its own name. Those that
//! are there are never written again.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use lithair_core::migration;
use lithair_core::model::{Id, ModelSchema, Value};
use lithair_core::prelude::*;
use lithair_core::store::Media as _;
use lithair_core::{Engine, EngineOptions};
use lithair_sim::{Loss, SimDisk};

use crate::before::{self, Feeling, Hint, Mood, Person, Post, Price, Rank, Size, Word, early};

/// The version whose directories a run of the ignored test writes.
const VERSION: &str = "0.1.0";

pub(crate) fn options() -> EngineOptions {
    let mut options = EngineOptions::default();
    options.store.segment_bytes_min = 16 * 1024;
    options.store.segment_bytes_max = 32 * 1024;
    options.snapshot_bytes = u64::MAX;
    options.migration_records = 2;
    options
}

fn folder(kind: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kept").join(kind)
}

/// Every directory that was left whole, with its name.
pub(crate) fn directories() -> Vec<(String, SimDisk)> {
    directories_of("whole")
}

fn directories_of(kind: &str) -> Vec<(String, SimDisk)> {
    let folders = |path: &Path| {
        let entries = std::fs::read_dir(path).expect("the kept directories are there");
        let mut paths: Vec<_> = entries.map(|entry| entry.expect("is listed").path()).collect();
        paths.sort();
        paths
    };
    let of_version = |version: PathBuf| folders(&version).into_iter().map(move |path| (version.clone(), path));
    let found: Vec<_> = folders(&folder(kind)).into_iter().flat_map(of_version).collect();
    assert!(found.len() >= 2, "of each version there are some");
    let name = |path: &Path| path.file_name().expect("has a name").to_string_lossy().into_owned();
    found.iter().map(|(version, path)| (format!("{}/{}", name(version), name(path)), disk_of(&folders(path)))).collect()
}

fn disk_of(files: &[PathBuf]) -> SimDisk {
    let disk = SimDisk::new();
    for path in files {
        let name = path.file_name().expect("has a name").to_string_lossy().into_owned();
        let file = disk.create(&name).expect("is created");
        file.write_all_at(&std::fs::read(path).expect("is read"), 0).expect("is written");
        file.sync().expect("is synced");
    }
    disk.sync_directory().expect("is synced");
    disk
}

/// The files of a disk, with their bytes.
pub(crate) fn files(disk: &SimDisk) -> Vec<(String, Vec<u8>)> {
    let mut names = disk.list().expect("lists");
    names.sort();
    names.into_iter().map(|name| (name.clone(), disk.read(&name))).collect()
}

/// A disk with the same files.
pub(crate) fn copy(files: &[(String, Vec<u8>)]) -> SimDisk {
    let disk = SimDisk::new();
    for (name, bytes) in files {
        let file = disk.create(name).expect("is created");
        file.write_all_at(bytes, 0).expect("is written");
        file.sync().expect("is synced");
    }
    disk.sync_directory().expect("is synced");
    disk
}

pub(crate) fn start(disk: &SimDisk, schemas: Vec<&'static ModelSchema>) -> Result<Engine, lithair_core::StartError> {
    Engine::open(Arc::new(disk.clone()), schemas, options(), Box::new(|_| {}))
}

fn write(engine: &Engine, code: impl FnOnce(&Context<'_>) + Clone + Send + Sync + 'static) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let code = move |records: &Context<'_>| {
        (code.clone())(records);
        Ok::<_, std::convert::Infallible>(())
    };
    runtime.block_on(engine.transaction(code)).expect("is carried out");
}

/// Records 1 to 5 of each model, record 5 of before the rest.
fn records(records: &Context<'_>, id: i64, with_size: bool) {
    records.create(&Word { id, word: format!("word {id}") });
    if with_size {
        records.create(&Size { id, size: id * 100 });
    }
    records.create(&Feeling { id, mood: if id % 2 == 0 { Mood::Loud } else { Mood::Calm } });
    records.create(&Price { id, price: format!("{id}.50") });
    let hint = [None, Some("12"), Some("a dozen"), None, Some("12")][usize::try_from(id - 1).expect("is small")];
    records.create(&Hint { id, hint: hint.map(str::to_owned) });
    records.create(&Person { id, first: format!("First{id}"), last: format!("Last{id}") });
    records.create(&Post { id, person_id: Id::new(id) });
}

/// What every directory holds; `between` is done in the middle.
fn fill(disk: &SimDisk, between: impl FnOnce(&Engine)) {
    let mut first = before::models();
    first[0] = early::Rank::SCHEMA;
    let engine = start(disk, first).expect("starts");
    write(&engine, |context| drop([1, 2].map(|id| context.create(&early::Rank { id }))));
    engine.close();
    drop(engine);
    fill_later(disk, true, between);
}

/// As [`fill`], after a migration: a model and a field were left out by then.
fn fill_after_a_migration(disk: &SimDisk) {
    let mut first = before::models();
    first[0] = early::Rank::SCHEMA;
    first[2] = early::Size::SCHEMA;
    first.push(early::Lost::SCHEMA);
    let engine = start(disk, first).expect("starts");
    write(&engine, |context| {
        drop([1, 2].map(|id| context.create(&early::Rank { id })));
        drop([1, 2, 3].map(|id| context.create(&early::Lost { id, words: format!("lost {id}") })));
        context.create(&early::Size { id: 5, unit: Some("mm".to_owned()), size: 500 });
    });
    drop(engine);
    let applied = migration::apply(Arc::new(disk.clone()), before::models(), options(), &|_| {}).expect("is done");
    assert_eq!(applied.records, 3, "those that were lost");
    fill_later(disk, false, |engine| drop(engine.snapshot().expect("is built")));
}

fn fill_later(disk: &SimDisk, with_size: bool, between: impl FnOnce(&Engine)) {
    let engine = start(disk, before::models()).expect("starts");
    write(&engine, |context| drop([3, 4, 5].map(|id| context.create(&Rank { id, rank: id * 10 }))));
    for id in [5, 1, 2] {
        write(&engine, move |context| records(context, id, with_size || id != 5));
    }
    between(&engine);
    for id in [3, 4] {
        write(&engine, move |context| records(context, id, true));
    }
    write(&engine, |context| {
        context.update::<Word, _>(&1, |word| word.word = "changed".to_owned());
    });
    engine.close();
}

#[test]
#[ignore = "writes the directories of a new version"]
fn the_directories_of_this_version_are_written() {
    type Between = fn(&Engine);
    let cases: [(&str, Between); 3] = [
        ("log", |_| {}),
        ("snapshot", |engine| drop(engine.snapshot().expect("is built"))),
        ("two-snapshots", |engine| {
            engine.snapshot().expect("is built");
            write(engine, |context| drop(context.create(&Word { id: 9, word: "goes".to_owned() })));
            engine.snapshot().expect("is built");
            write(engine, |context| context.delete::<Word>(&9));
        }),
    ];
    for (name, between) in cases {
        let disk = SimDisk::new();
        fill(&disk, between);
        keep(&disk, &folder("whole").join(VERSION).join(name));
    }
}

fn keep(disk: &SimDisk, path: &Path) {
    assert!(!path.exists(), "{} is there and stays as it is", path.display());
    std::fs::create_dir_all(path).expect("is made");
    // A segment that is ready for later is made anew by each start.
    for (name, bytes) in files(disk).into_iter().filter(|(name, _)| name != "spare.segment") {
        std::fs::write(path.join(name), bytes).expect("is written");
    }
}

/// What the interrupted directories were on the way to. It stays as it is.
mod later {
    use lithair_core::prelude::*;

    fn shown(size: i64) -> String {
        format!("{size} mm")
    }

    #[derive(DeclarativeModel)]
    #[permission(all = public)]
    pub(super) struct Size {
        #[db(primary_key)]
        pub(super) id: i64,
        #[db(upcast = shown)]
        pub(super) size: String,
    }
}

/// Sizes are texts, and there are no words.
fn program() -> Vec<&'static ModelSchema> {
    let mut models = before::models();
    models.retain(|model| !["sizes", "words"].contains(&model.table));
    models.push(later::Size::SCHEMA);
    models
}

fn migrate(disk: &SimDisk) -> Result<u64, lithair_core::StartError> {
    let applied = migration::apply(Arc::new(disk.clone()), program(), options(), &|_| {});
    applied.map(|applied| applied.records)
}

fn left(disk: &SimDisk) -> Vec<Option<u64>> {
    let survey = migration::survey(Arc::new(disk.clone()), program(), &options()).expect("is compared");
    survey.under_way.iter().map(|begun| begun.records).collect()
}

#[test]
#[ignore = "writes the directories of a new version"]
fn the_interrupted_directories_of_this_version_are_written() {
    let whole = SimDisk::new();
    fill(&whole, |_| {});
    // How many sizes, and how many words.
    for (name, wanted) in [("filling", [Some(3), Some(5)]), ("emptying", [Some(0), Some(2)])] {
        let found = (1..).find_map(|operations| {
            let disk = whole.after_crash(Loss::Nothing);
            disk.power_off_after(disk.operations() + operations);
            assert!(migrate(&disk).is_err(), "the wanted moment never comes");
            let found = disk.after_crash(Loss::Everything);
            (left(&found) == wanted).then_some(found)
        });
        keep(&found.expect("there is one"), &folder("interrupted").join(VERSION).join(name));
    }
}

#[test]
fn what_an_earlier_build_began_is_ended() {
    for (name, disk) in directories_of("interrupted") {
        let error = start(&disk, program()).map(drop).expect_err("does not start in the middle").to_string();
        assert!(error.contains("a migration of `sizes`, `words` is under way"), "{name}: {error}");
        let error = start(&disk, before::models()).map(drop).expect_err("nor does an earlier program").to_string();
        assert!(error.contains("was begun by another program"), "{name}: {error}");
        let remaining: u64 = left(&disk).into_iter().flatten().sum();
        assert!((1..10).contains(&remaining), "{name}");
        assert_eq!(migrate(&disk).unwrap_or_else(|error| panic!("{name}: {error}")), remaining, "{name}");
        let engine = start(&disk, program()).unwrap_or_else(|error| panic!("{name}: {error}"));
        let catalog = engine.state().catalog();
        let model = &catalog.models[catalog.by_table("sizes").expect("is registered")];
        let view = engine.state().view(None).expect("the present");
        let sizes: Vec<_> = view.records_of_model(model.place).map(|record| model.field(&record.row, 1)).collect();
        let expected = [1, 2, 3, 4, 5].map(|id| Value::Text(format!("{id}00 mm")));
        assert_eq!(sizes, expected, "{name}");
        assert_eq!(view.records().count(), 7 * 5, "{name}: of words there is none");
    }
}

#[test]
#[ignore = "writes the directories of a new version"]
fn the_migrated_directory_of_this_version_is_written() {
    let disk = SimDisk::new();
    fill_after_a_migration(&disk);
    keep(&disk, &folder("whole").join(VERSION).join("migrated"));
}

#[test]
fn the_program_that_wrote_them_still_opens_them() {
    for (name, disk) in directories() {
        let engine = start(&disk, before::models()).unwrap_or_else(|error| panic!("{name}: {error}"));
        let view = engine.state().view(None).expect("the present");
        assert!((0..8).all(|model| view.count(model) == 5), "{name}");
    }
}
