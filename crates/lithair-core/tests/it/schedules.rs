//! What runs because it is time: once for each time, whatever happens in between, on a clock that is handed down.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use lithair_core::model::{Backend as _, Key, Position, encode_key};
use lithair_core::prelude::*;
use lithair_core::store::MemoryMedia;
use lithair_core::{Engine, EngineOptions};

const MINUTE: i64 = 60 * 1_000_000;
/// 2026-01-31T12:00:00Z.
const NOON: i64 = 1_769_860_800 * 1_000_000;

/// Whether what a schedule needs is there; tests that take it away have threads of their own.
static IS_DOWN: AtomicBool = AtomicBool::new(false);

/// A time that was due, and when that was.
#[derive(DeclarativeModel)]
#[permission(all = public)]
struct Tick {
    #[db(primary_key, auto = sequence)]
    number: i64,
    due: Timestamp,
    now: Timestamp,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
struct Report {
    #[db(primary_key)]
    due: Timestamp,
}

#[derive(CommandError, Debug)]
enum NoReport {
    #[error(status = 409, "the printer is down")]
    Down,
}

#[hooks]
impl Tick {
    #[schedule(every = "5m")]
    fn tick(cx: &Context, due: Timestamp) {
        cx.create(&Self { number: 0, due, now: cx.now() });
    }
}

#[hooks]
impl Report {
    /// What the night has to tell.
    #[schedule(cron = "30 3 * * mon-fri")]
    fn print(cx: &Context, due: Timestamp) -> Result<(), NoReport> {
        cx.create(&Self { due });
        if IS_DOWN.load(Ordering::SeqCst) { Err(NoReport::Down) } else { Ok(()) }
    }
}

fn engine(media: &MemoryMedia) -> Engine {
    let schemas = vec![Tick::SCHEMA, Report::SCHEMA];
    Engine::open(Arc::new(media.clone()), schemas, EngineOptions::default(), Box::new(|_| {})).expect("opens")
}

fn at(minutes: i64) -> Timestamp {
    Timestamp::from_micros(NOON + minutes * MINUTE)
}

/// The minutes since noon of the times that are noted, in order.
fn noted(engine: &Engine, model: usize) -> Vec<i64> {
    let view = engine.state().view(None).expect("the present");
    let entry = &engine.catalog().models[model];
    let minute = |row: &lithair_core::model::Row| match entry.field(row, entry.by_name("due").expect("a field")) {
        lithair_core::model::Value::Timestamp(due) => (due.micros() - NOON) / MINUTE,
        other => panic!("{other:?}"),
    };
    view.records_of_model(model).map(|record| minute(&record.row)).collect()
}

/// The record of a schedule, as JSON.
fn told(engine: &Engine, name: &str) -> serde_json::Value {
    let model = engine.catalog().by_table("lithair_schedules").expect("it is registered");
    let entry = &engine.catalog().models[model];
    let key: Key = encode_key(&entry.key_terms, [&lithair_core::model::Value::Text(name.to_owned())]);
    let row = engine.read(model, &key, None).expect("is read").row.expect("it is there");
    let mut json = Vec::new();
    lithair_core::model::project(
        entry,
        &lithair_core::model::Visible::to_system(&row),
        &lithair_core::model::Selection::all(),
        &mut json,
    );
    serde_json::from_slice(&json).expect("JSON")
}

#[test]
fn a_time_that_is_due_is_run_once_and_missed_ones_as_one() {
    let media = MemoryMedia::new();
    let first = engine(&media);
    assert_eq!(first.run_due(at(1)), 0, "a new schedule begins with what comes next");
    assert_eq!((first.run_due(at(4)), first.run_due(at(5)), first.run_due(at(5)), first.run_due(at(6))), (0, 1, 0, 0));
    assert_eq!(first.run_due(at(33)), 1, "10, 15, 20, 25 and 30 are one");
    assert_eq!(noted(&first, 0), [5, 30]);
    drop(first);
    let second = engine(&media);
    assert_eq!((second.run_due(at(34)), second.run_due(at(35))), (0, 1), "what is done is done after a start, too");
    assert_eq!(noted(&second, 0), [5, 30, 35]);
    assert_eq!(second.next_due(at(35)), Some(at(40)));
    assert_eq!(told(&second, "ticks.tick")["times"], "every 5m");
}

#[test]
fn what_a_schedule_does_and_that_it_is_done_are_one_entry() {
    let media = MemoryMedia::new();
    let engine = engine(&media);
    engine.run_due(at(1));
    let before = engine.position();
    engine.run_due(at(5));
    assert_eq!(engine.position(), before.next());
    assert_eq!(told(&engine, "ticks.tick")["done"], at(5).to_string());
}

#[test]
fn two_who_run_it_at_the_same_time_run_it_once() {
    let media = MemoryMedia::new();
    let engine = engine(&media);
    engine.run_due(at(1));
    let ran: usize = std::thread::scope(|scope| {
        let runners: Vec<_> = (0..8).map(|_| scope.spawn(|| engine.run_due(at(5)))).collect();
        runners.into_iter().map(|runner| runner.join().expect("no panic")).sum()
    });
    assert_eq!((ran, noted(&engine, 0)), (1, vec![5]));
}

#[test]
fn what_fails_is_told_tried_again_and_can_be_redriven() {
    let media = MemoryMedia::new();
    // 2026-01-31 is a Saturday.
    let monday = 24 * 60 + 24 * 60 - 12 * 60 + 3 * 60 + 30;
    let engine = engine(&media);
    engine.run_due(at(1));
    IS_DOWN.store(true, Ordering::SeqCst);
    let mut now = at(monday);
    for attempt in 1..=8 {
        engine.run_due(now);
        let record = told(&engine, "reports.print");
        assert_eq!((&record["attempts"], &record["error"]), (&attempt.into(), &"the printer is down".into()));
        assert_eq!(record["failed"], at(monday).to_string());
        engine.run_due(now);
        assert_eq!(told(&engine, "reports.print")["attempts"], attempt, "it waits");
        now = now.plus_micros(MINUTE);
    }
    engine.run_due(now);
    assert_eq!(told(&engine, "reports.print")["attempts"], 8, "given up");
    assert_eq!(noted(&engine, 1), [0_i64; 0], "what failed changed nothing");
    IS_DOWN.store(false, Ordering::SeqCst);
    retry(&engine, "reports.print");
    engine.run_due(now);
    assert_eq!(
        (noted(&engine, 1), &told(&engine, "reports.print")["failed"]),
        (vec![monday], &serde_json::Value::Null)
    );
    engine.run_due(at(monday + 24 * 60));
    assert_eq!(noted(&engine, 1), [monday, monday + 24 * 60], "the next day is as every day");
    let before: Position = engine.position();
    retry(&engine, "reports.print");
    assert_eq!(engine.position(), before, "nothing failed");
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
struct Slip {
    #[db(primary_key)]
    number: i64,
    #[http(validate(len(..=3)))]
    text: String,
    #[http(validate(gte(0)))]
    amount: i64,
}

#[hooks]
impl Slip {
    #[schedule(every = "5m")]
    fn broken(cx: &Context, _due: Timestamp) {
        cx.create(&Self { number: 1, text: "too long".to_owned(), amount: -1 });
    }

    #[schedule(every = "5m")]
    fn twice(cx: &Context, _due: Timestamp) {
        for _ in 0..2 {
            cx.create(&Self { number: 1, text: String::new(), amount: 0 });
        }
    }
}

/// It said `refused: Invalid([Violation { .. }])`.
#[test]
fn what_a_schedule_may_not_make_is_told_in_words() {
    let media = MemoryMedia::new();
    let engine = Engine::open(Arc::new(media), vec![Slip::SCHEMA], EngineOptions::default(), Box::new(|_| {}));
    let engine = engine.expect("opens");
    engine.run_due(at(1));
    engine.run_due(at(5));
    let error = |name: &str| told(&engine, name)["error"].as_str().expect("a text").to_owned();
    let broken =
        "Fields break rules: Slip/text: expected at most 3 characters, found 8; Slip/amount: expected at least 0";
    assert_eq!(error("slips.broken"), broken);
    assert_eq!(error("slips.twice"), "A record with this key exists: a record of the collection has this key");
}

/// `POST /api/lithair/schedules/{name}:retry`
fn retry(engine: &Engine, name: &str) {
    use lithair_core::model::{Action, Command, Draft, Expected, Operation, Target, Value};
    let model = engine.catalog().by_table("lithair_schedules").expect("it is registered");
    let key = encode_key(&engine.catalog().models[model].key_terms, [&Value::Text(name.to_owned())]);
    let action = Action::Run(Target::Key(key), 0, Draft::default());
    let operations = vec![Operation { model, action, expected: Expected::Anything }];
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let _ = runtime.block_on(engine.submit(Command { now: at(0), principal: Principal::Anonymous, operations }));
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
struct Beat {
    #[db(primary_key)]
    due: Timestamp,
}

#[hooks]
impl Beat {
    #[schedule(every = "1s")]
    fn beat(cx: &Context, due: Timestamp) {
        cx.create(&Self { due });
    }
}

#[test]
fn a_server_looks_at_the_clock_by_itself() {
    let data = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("schedules-{}", std::process::id()));
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let program = DeclarativeServer::new("127.0.0.1:0").data(&data).model::<Beat>();
    let server = runtime.block_on(program.start()).expect("starts");
    let begin = std::time::Instant::now();
    while noted(server.engine(), 0).len() < 2 {
        assert!(begin.elapsed().as_secs() < 60, "nothing runs");
        std::thread::yield_now();
    }
    server.stop();
    std::fs::remove_dir_all(data).expect("is removed");
}
