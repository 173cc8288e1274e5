//! A program whose models do not fit the data does not start, says why by name, and changes nothing.

use std::sync::Arc;

use lithair_core::model::{Backend as _, HistoryQuery, ModelSchema, Timestamp, Value, encode_key};
use lithair_core::prelude::*;
use lithair_core::store::{Media as _, MemoryMedia};
use lithair_core::{Engine, StartError, migration};

use crate::engine::options;

/// `program => { its models }`: a module each, in which the first field of a model is its key.
macro_rules! programs {
    ($($program:ident => { $($(#[$($attribute:tt)*])* struct $model:ident { $($fields:tt)* })* })*) => {$(
        mod $program {
            use super::*;
            $(
                #[derive(DeclarativeModel)]
                #[permission(all = public)]
                $(#[$($attribute)*])*
                pub(super) struct $model {
                    #[db(primary_key)]
                    $($fields)*
                }
            )*
        }
    )*};
}

programs! {
    first => {
        struct Note { pub(super) id: i64, pub(super) text: String }
    }
    without_a_field => {
        struct Note { id: i64 }
    }
    of_another_type => {
        struct Note { id: i64, text: i64 }
    }
    with_a_new_required_field => {
        struct Note { id: i64, text: String, rank: i64 }
    }
    with_what_old_records_can_do_without => {
        struct Note { id: i64, text: String, #[db(default = 7)] rank: i64, hint: Option<String> }
    }
    renamed => {
        #[db(table = "memos", renamed_from = "notes")]
        struct Memo { id: i64, #[db(renamed_from = "text", unique)] body: String }
    }
    renamed_twice => {
        #[db(table = "letters", renamed_from = "memos")]
        struct Letter { id: i64, #[db(renamed_from = "body")] words: String }
    }
    constrained => {
        #[db(check(id < 100, "numbers are small", on = id), table = "notes")]
        struct Checked { id: i64, text: String }
        #[db(table = "notes")]
        struct Unique { id: i64, #[db(unique)] text: String }
        #[db(table = "notes")]
        struct Ruled { id: i64, #[http(validate(len(..=3)))] text: String }
        #[db(table = "notes")]
        struct Related { #[relation(belongs_to = Number)] id: i64, text: String }
        struct Number { id: i64 }
        /// Everything above at once, as far as it is true.
        #[db(table = "notes", check(id < 1000, "numbers are small"), unique(id, text), index(-text))]
        struct True { id: i64, #[http(validate(len(..=30)))] text: String }
    }
    twice_unique => {
        #[db(table = "pairs")]
        struct Neither { id: i64, name: String, code: String }
        #[db(table = "pairs")]
        struct Before { pub(super) id: i64, pub(super) name: String, #[db(unique)] pub(super) code: String }
        #[db(table = "pairs")]
        struct After { id: i64, #[db(unique)] name: String, #[db(unique)] code: String }
    }
    with_a_new_text => {
        struct Note { id: i64, text: Option<String> }
    }
    filled => {
        struct Note { id: i64, text: String, #[db(backfill = 5)] rank: i64 }
    }
    filled_and_forgotten => {
        struct Note { id: i64, text: String, rank: i64 }
    }
    counted => {
        struct Note { id: i64, #[db(upcast = letters)] text: i64 }
    }
}

fn letters(text: String) -> i64 {
    i64::try_from(text.len()).expect("is short")
}

fn start(media: &MemoryMedia, schemas: Vec<&'static ModelSchema>) -> Result<Engine, StartError> {
    Engine::open(Arc::new(media.clone()), schemas, options(), Box::new(|_| {}))
}

fn files(media: &MemoryMedia) -> Vec<(String, Vec<u8>)> {
    let bytes = |name: &String| {
        let file = media.open(name).expect("opens");
        let mut bytes = vec![0; usize::try_from(file.len().expect("has a length")).expect("is small")];
        file.read_exact_at(&mut bytes, 0).expect("is read");
        bytes
    };
    media.list().expect("lists").into_iter().map(|name| (name.clone(), bytes(&name))).collect()
}

#[test]
fn what_does_not_fit_is_refused_by_name_and_nothing_changes() {
    let media = MemoryMedia::new();
    start(&media, vec![first::Note::SCHEMA]).expect("starts").close();
    // What a stop leaves behind in the background is done before it returns.
    start(&media, vec![first::Note::SCHEMA]).expect("starts again").close();
    let before = files(&media);
    let cases: [(&str, Vec<&'static ModelSchema>); 4] = [
        ("notes", vec![]),
        ("Note.text", vec![without_a_field::Note::SCHEMA]),
        ("text", vec![of_another_type::Note::SCHEMA]),
        ("Note.rank", vec![with_a_new_required_field::Note::SCHEMA]),
    ];
    for (name, schemas) in cases {
        let error = start(&media, schemas).map(drop).expect_err(name).to_string();
        assert!(error.contains(name), "{error}");
        assert_eq!(files(&media), before, "{name}");
    }
    start(&media, vec![with_what_old_records_can_do_without::Note::SCHEMA]).expect("starts");
}

/// Size, time and bytes of a file.
type Kept = (u64, std::time::SystemTime, Vec<u8>);

/// Names, sizes, times and bytes of a folder's files. Of the lock nothing but that it is there: whoever takes the folder writes into it who
/// that is, before anything can be known of the models.
fn folder(path: &std::path::Path) -> Vec<(String, Option<Kept>)> {
    let file = |entry: std::io::Result<std::fs::DirEntry>| {
        let entry = entry.expect("is listed");
        let (name, about) = (entry.file_name().into_string().expect("is UTF-8"), entry.metadata().expect("is there"));
        let bytes = std::fs::read(entry.path()).expect("is read");
        let told = (name != "lock").then(|| (about.len(), about.modified().expect("has a time"), bytes));
        (name, told)
    };
    let mut files: Vec<_> = std::fs::read_dir(path).expect("is a folder").map(file).collect();
    files.sort();
    files
}

/// The spare segment that a kill had left was removed, the manifest was written again, and full segments were compressed.
#[test]
fn a_refused_start_leaves_every_file_as_it_was() {
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("refused-start-{}", std::process::id()));
    let on_disk = |name: &str| Arc::new(lithair_core::store::FsMedia::open(path.join(name)).expect("is a folder"));
    let open = |name: &str, schemas| Engine::open(on_disk(name), schemas, options(), Box::new(|_| {}));
    let engine = open("alive", vec![first::Note::SCHEMA]).expect("starts");
    for id in 0..200 {
        let note = serde_json::json!({"id": id, "text": "x".repeat(200)});
        crate::engine::submit(&engine, vec![crate::engine::create(&engine, 0, &note)]).expect("is made");
    }
    drop(engine);
    // The folder as a kill leaves it: with more than the log needs.
    std::fs::rename(path.join("alive"), path.join("killed")).expect("is moved");
    std::fs::write(path.join("killed").join("manifest.tmp"), b"half").expect("is written");
    std::fs::write(path.join("killed").join("spare.segment"), vec![0; 4096]).expect("is written");
    let before = folder(&path.join("killed"));
    let unfit = || vec![of_another_type::Note::SCHEMA];
    for _ in 0..2 {
        open("killed", unfit()).map(drop).expect_err("does not fit");
        assert_eq!(folder(&path.join("killed")), before);
    }
    let survey = migration::survey(on_disk("killed"), unfit(), &options()).expect("is looked at");
    assert!(!survey.problems().is_empty());
    assert_eq!(folder(&path.join("killed")), before, "a plan changes nothing either");
    open("new", vec![first::Note::SCHEMA, first::Note::SCHEMA]).map(drop).expect_err("twice the same");
    assert_eq!(folder(&path.join("new")), [("lock".to_owned(), None)], "a new folder stays empty");
    open("killed", vec![first::Note::SCHEMA]).map(drop).expect("starts");
    assert!(!folder(&path.join("killed")).iter().any(|(name, _)| name.ends_with(".tmp")), "a start tidies up");
    std::fs::remove_dir_all(path).expect("is removed");
}

fn write(engine: &Engine, notes: &[(i64, &'static str)]) {
    let notes = notes.to_vec();
    let code = move |records: &Context<'_>| {
        for &(id, text) in &notes {
            records.create(&first::Note { id, text: text.to_owned() });
        }
        Ok::<_, std::convert::Infallible>(())
    };
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(engine.transaction(code)).expect("is carried out");
}

#[test]
fn what_is_renamed_is_the_same() {
    let media = MemoryMedia::new();
    let engine = start(&media, vec![first::Note::SCHEMA]).expect("starts");
    write(&engine, &[(1, "one"), (2, "two")]);
    engine.snapshot().expect("is built");
    write(&engine, &[(3, "three")]);
    drop(engine);
    let rows = |engine: &Engine| {
        let model = &engine.state().catalog().models[0];
        let view = engine.state().view(None).expect("the present");
        let rows = view.records_of_model(0).map(|record| model.decode_row(&record.row.bytes).expect("is a row"));
        rows.map(|values| format!("{values:?}")).collect::<Vec<_>>()
    };
    let engine = start(&media, vec![renamed::Memo::SCHEMA]).expect("starts");
    let memos = rows(&engine);
    assert_eq!(memos.len(), 3);
    engine.snapshot().expect("is built");
    drop(engine);
    let old = start(&media, vec![first::Note::SCHEMA]).map(drop).expect_err("an old program").to_string();
    assert!(old.contains("memos"), "{old}");
    let engine = start(&media, vec![renamed_twice::Letter::SCHEMA]).expect("starts");
    assert_eq!(rows(&engine), memos, "through two snapshots and a tail");
    drop(engine);
    assert_eq!(rows(&start(&media, vec![renamed_twice::Letter::SCHEMA]).expect("starts again")), memos);
}

#[test]
fn a_new_constraint_holds_of_old_records_or_the_program_does_not_start() {
    let media = MemoryMedia::new();
    let engine = start(&media, vec![first::Note::SCHEMA]).expect("starts");
    write(&engine, &[(1, "one"), (2, "two"), (3, "one"), (500, "four")]);
    drop(engine);
    start(&media, vec![first::Note::SCHEMA]).expect("starts again").close();
    let before = files(&media);
    let cases: [(&str, Vec<&'static ModelSchema>); 4] = [
        ("id: numbers are small: 500", vec![constrained::Checked::SCHEMA]),
        ("text: several records have the same value: 1, 3", vec![constrained::Unique::SCHEMA]),
        ("text: ", vec![constrained::Ruled::SCHEMA]),
        (
            "id: there is no such Number: 1, 2, 3 and 1 more",
            vec![constrained::Related::SCHEMA, constrained::Number::SCHEMA],
        ),
    ];
    for (problem, schemas) in cases {
        let error = start(&media, schemas).map(drop).expect_err(problem).to_string();
        assert!(error.contains(problem), "{error}");
        assert!(!error.contains("four"), "values are nobody's business: {error}");
        assert_eq!(files(&media), before, "{problem}");
    }
    start(&media, vec![constrained::True::SCHEMA]).expect("what is true of them is taken");
}

/// A program that declares another constraint in front of an old one judges the old entries as they were.
#[test]
fn guards_mean_what_they_meant() {
    let media = MemoryMedia::new();
    let engine = start(&media, vec![twice_unique::Before::SCHEMA]).expect("starts");
    let code = |records: &Context<'_>| {
        records.create(&twice_unique::Before { id: 1, name: "a".into(), code: "b".into() });
        records.create(&twice_unique::Before { id: 2, name: "b".into(), code: "a".into() });
        Ok::<_, std::convert::Infallible>(())
    };
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(engine.transaction(code)).expect("is carried out");
    drop(engine);
    let engine = start(&media, vec![twice_unique::After::SCHEMA]).expect("starts");
    assert_eq!(engine.state().view(None).expect("the present").count(0), 2, "nothing acknowledged is refused");
}

/// What a constraint refused stays refused when a later program does not have it.
#[test]
fn what_was_refused_stays_refused_without_the_constraint() {
    let media = MemoryMedia::new();
    let engine = Arc::new(start(&media, vec![twice_unique::Before::SCHEMA]).expect("starts"));
    let add = |engine: &Engine, id: i64, code: String| {
        let code = move |records: &Context<'_>| {
            records.create(&twice_unique::Before { id, name: "n".into(), code: code.clone() });
            Ok::<_, std::convert::Infallible>(())
        };
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        runtime.block_on(engine.transaction(code)).is_ok()
    };
    // Eight decide for the same value at the same time, until one of them is refused by the log and not by its decision.
    let mut round = 0;
    while engine.state().refused(lithair_core::model::Position::ZERO).is_empty() {
        round += 1;
        assert!(round < 10_000, "eight writers never meet");
        std::thread::scope(|scope| {
            for writer in 0..8 {
                let engine = &engine;
                scope.spawn(move || add(engine, round * 10 + writer, format!("c{round}")));
            }
        });
    }
    assert!(add(&engine, 9, "the next entry says so".into()));
    let count = |engine: &Engine| engine.state().view(None).expect("the present").count(0);
    let before = count(&engine);
    drop(engine);
    let engine = start(&media, vec![twice_unique::Neither::SCHEMA]).expect("starts");
    assert_eq!(count(&engine), before, "nothing that was refused has come back");
}

/// Everything about leaving out, on one directory.
#[test]
fn what_is_left_out_goes_with_a_plan_and_its_number_is_never_used_again() {
    let media = MemoryMedia::new();
    let engine = start(&media, vec![first::Note::SCHEMA, constrained::Number::SCHEMA]).expect("starts");
    write(&engine, &[(1, "one"), (2, "two"), (3, "three")]);
    drop(engine);
    start(&media, vec![first::Note::SCHEMA, constrained::Number::SCHEMA]).expect("starts again").close();
    let before = files(&media);
    let shared = || Arc::new(media.clone());
    let without = || vec![without_a_field::Note::SCHEMA];
    let refused = start(&media, without()).map(drop).expect_err("is shown first").to_string();
    assert!(refused.contains("`Note.text` (string) is left out, 3 records"), "{refused}");
    assert!(refused.contains("the model `numbers` is left out: its records are removed, 0 records"), "{refused}");
    assert!(refused.contains("migrate apply --yes"), "{refused}");
    let survey = migration::survey(shared(), without(), &options()).expect("is compared");
    assert_eq!(survey.changes.iter().map(|told| told.records).collect::<Vec<_>>(), [Some(3), Some(0)]);
    assert_eq!(files(&media), before, "looking changes nothing");
    migration::apply(shared(), without(), options(), &|_| {}).expect("is done");
    let engine = start(&media, without()).expect("starts now");
    assert_eq!(engine.state().view(None).expect("the present").count(0), 3);
    drop(engine);
    let old = start(&media, vec![first::Note::SCHEMA, constrained::Number::SCHEMA]).map(drop);
    let old = old.expect_err("an old program").to_string();
    assert!(old.contains("Note.text") && old.contains("`numbers` was left out before"), "{old}");
    let again = vec![with_a_new_text::Note::SCHEMA];
    migration::apply(shared(), again.clone(), options(), &|_| {}).expect("a new field of the old name");
    let engine = start(&media, again).expect("starts");
    let model = &engine.state().catalog().models[0];
    assert_eq!(model.layout.number(1), 2, "1 was the former one's");
    let view = engine.state().view(None).expect("the present");
    assert!(view.records_of_model(0).all(|record| model.field(&record.row, 1) == Value::Null));
}

fn migrate(media: &MemoryMedia, schemas: Vec<&'static ModelSchema>) -> u64 {
    let applied = migration::apply(Arc::new(media.clone()), schemas, options(), &|_| {});
    applied.unwrap_or_else(|error| panic!("{error}")).records
}

#[test]
fn a_backfill_stays_when_the_program_forgets_it() {
    let media = MemoryMedia::new();
    let engine = start(&media, vec![first::Note::SCHEMA]).expect("starts");
    write(&engine, &[(1, "one"), (2, "two")]);
    drop(engine);
    let refused = start(&media, vec![filled::Note::SCHEMA]).map(drop).expect_err("needs a plan").to_string();
    assert!(refused.contains("`Note.rank` (integer) is new: old records get its backfill, 2 records"), "{refused}");
    assert_eq!(migrate(&media, vec![filled::Note::SCHEMA]), 2);
    assert_eq!(migrate(&media, vec![filled::Note::SCHEMA]), 0, "there is nothing left to do");
    let engine = start(&media, vec![filled_and_forgotten::Note::SCHEMA]).expect("starts");
    let model = &engine.state().catalog().models[0];
    let view = engine.state().view(None).expect("the present");
    assert!(view.records_of_model(0).all(|record| model.field(&record.row, 2) == Value::Int(5)));
}

#[test]
fn what_is_converted_has_a_past_that_shows_what_is_known() {
    let media = MemoryMedia::new();
    let engine = start(&media, vec![first::Note::SCHEMA]).expect("starts");
    write(&engine, &[(1, "one")]);
    drop(engine);
    assert_eq!(migrate(&media, vec![counted::Note::SCHEMA]), 1);
    let engine = start(&media, vec![counted::Note::SCHEMA]).expect("starts");
    let model = &engine.state().catalog().models[0];
    let key = encode_key(&model.key_terms, [&Value::Int(1)]);
    let query = HistoryQuery { model: 0, key, before: None, limit: 10, now: Timestamp::MAX };
    let revisions = engine.history(&query).expect("is read").revisions;
    let values: Vec<_> =
        revisions.iter().map(|revision| model.decode_patch(&revision.fields).expect("is one")).collect();
    let expected = [vec![(1, Value::Int(3))], vec![(0, Value::Int(1))]];
    assert_eq!(values, expected, "the newest first; of the former type nothing is shown");
    drop(engine);
    let media: lithair_core::store::SharedMedia = Arc::new(media);
    let dumped: Vec<_> = lithair_core::inspect::entries(&media).expect("is read").collect();
    let dumped: Vec<_> = dumped.into_iter().map(|entry| entry.expect("is one").json).collect();
    assert!(dumped.iter().any(|json| json.contains(r#""text":"one""#)), "the log still says it: {dumped:?}");
}

#[test]
fn a_model_that_is_back_before_its_removal_ended_is_not_emptied() {
    let disk = lithair_sim::SimDisk::new();
    let open = |disk: &lithair_sim::SimDisk, schemas| {
        Engine::open(Arc::new(disk.clone()), schemas, options(), Box::new(|_| {}))
    };
    let engine = open(&disk, vec![first::Note::SCHEMA, constrained::Number::SCHEMA]).expect("starts");
    write(&engine, &[(1, "one"), (2, "two")]);
    drop(engine);
    let one_by_one = lithair_core::EngineOptions { migration_records: 1, ..options() };
    let mut found = None;
    for operations in 1.. {
        let disk = disk.after_crash(lithair_sim::Loss::Nothing);
        disk.power_off_after(disk.operations() + operations);
        let without = vec![constrained::Number::SCHEMA];
        let outcome = migration::apply(Arc::new(disk.clone()), without.clone(), one_by_one.clone(), &|_| {});
        let left = disk.after_crash(lithair_sim::Loss::Everything);
        let survey = migration::survey(Arc::new(left.clone()), without, &options()).expect("is compared");
        if !survey.under_way.is_empty() {
            found = Some(left);
        }
        if outcome.is_ok() || found.is_some() {
            break;
        }
    }
    let left = found.expect("one of them is in the middle");
    let both = vec![first::Note::SCHEMA, constrained::Number::SCHEMA];
    let back = migration::apply(Arc::new(left.clone()), both, options(), &|_| {}).expect_err("is refused").to_string();
    assert!(back.contains("a migration of `notes` was begun by another program"), "{back}");
    let with = vec![constrained::Number::SCHEMA];
    migration::apply(Arc::new(left.clone()), with.clone(), options(), &|_| {}).expect("goes on");
    open(&left, with).expect("starts");
}
