//! What reading the past costs at a million revisions: the engine alone, on a real disk, after a restart, nothing cached but by the
//! operating system. Requests add what any request costs.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use lithair_core::model::{
    Action, AsOf, Backend, Command, Draft, Expected, HistoryQuery, Key, Operation, Position, Principal, Query, Start,
    Supplied, Target, Timestamp, Value, Version,
};
use lithair_core::prelude::*;
use lithair_core::store::FsMedia;
use lithair_core::{Engine, EngineOptions};

use super::product::Product;
use super::stats::quartiles;
use crate::AnyError;

const BEGIN: i64 = 1_900_000_000_000_000;
/// Entries written in a simulated hour.
const HOURLY: u64 = 100_000;
const HOUR_MICROS: i64 = 3_600_000_000;
const WRITERS: u64 = 64;
const SAMPLES: u64 = 200;
const PAGE: usize = 50;

pub(super) fn run(directory: &Path, revisions: u64) -> Result<(), AnyError> {
    println!("| {revisions} revisions of one model | us p50 | us p99 | at most |");
    println!("|---|--:|--:|--:|");
    // One record is changed by one writer at a time, a sync each: fewer revisions must do.
    for (records, revisions) in [(20_000, revisions), (1_000, revisions), (1, revisions / 5)] {
        let data = directory.join(format!("history-{records}"));
        std::fs::create_dir_all(&data)?;
        let begin = Instant::now();
        let engine = Arc::new(open(&data)?);
        write(&engine, records, revisions);
        eprintln!("{revisions} revisions of {records} records in {:.1} s", begin.elapsed().as_secs_f64());
        drop(engine);
        let engine = open(&data)?;
        measure(&engine, records);
        drop(engine);
        std::fs::remove_dir_all(&data)?;
    }
    println!();
    Ok(())
}

fn open(data: &Path) -> Result<Engine, AnyError> {
    let media = Arc::new(FsMedia::open(data)?);
    Ok(Engine::open(media, vec![Product::SCHEMA], EngineOptions::default(), Box::new(|_| {}))?)
}

/// Creates the records, then changes random ones.
fn write(engine: &Arc<Engine>, records: u64, revisions: u64) {
    let next = AtomicU64::new(0);
    std::thread::scope(|scope| {
        for _ in 0..WRITERS {
            scope.spawn(|| {
                let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= revisions {
                        return;
                    }
                    let action = if number < records {
                        create(number)
                    } else {
                        change(engine, random(number) % records, number)
                    };
                    let operations = vec![Operation { model: 0, action, expected: Expected::Anything }];
                    let submitted =
                        engine.submit(Command { now: time(number), principal: Principal::Anonymous, operations });
                    // A record may be changed before its creation is through, while the first are written.
                    let _ = runtime.block_on(submitted);
                }
            });
        }
    });
}

/// A simulated time at which so many entries were written.
fn time(number: u64) -> Timestamp {
    let number = i64::try_from(number).expect("fits");
    Timestamp::from_micros(BEGIN + number * HOUR_MICROS / i64::try_from(HOURLY).expect("fits"))
}

fn random(number: u64) -> u64 {
    let mixed = (number ^ (number >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB) >> 20
}

fn int(number: u64) -> Value {
    Value::Int(number.into())
}

fn create(number: u64) -> Action {
    let text = Value::Text;
    let values = [
        int(number),
        text(format!("code-{number}")),
        text(format!("Product number {number}")),
        text(format!(
            "What there is to say of product {number}, in as many words as such texts have: {:x}",
            random(number)
        )),
        int(random(number) % 10_000),
        int(number % 100),
        Value::Bool(true),
        Value::Null,
    ];
    let fields = values.into_iter().enumerate().map(|(place, value)| (place, Supplied::Value(value)));
    Action::Create(Draft { fields: fields.collect(), revision: None })
}

fn change(engine: &Engine, record: u64, number: u64) -> Action {
    let note = Value::Text(format!("changed by entry {number}, {:x}", random(number)));
    let fields = [(4, int(random(number) % 10_000)), (5, int(number)), (7, note)];
    let fields = fields.into_iter().map(|(place, value)| (place, Supplied::Value(value))).collect();
    Action::Patch(Target::Key(key(engine, record)), Draft { fields, revision: None })
}

fn key(engine: &Engine, record: u64) -> Key {
    engine.catalog().models[0].parse_key(&record.to_string()).expect("is a key")
}

fn measure(engine: &Engine, records: u64) {
    let newest = engine.position();
    let now = time(newest.get() + 1);
    let history = |record: u64, before: Option<Position>| {
        let query = HistoryQuery { model: 0, key: key(engine, record), before, limit: PAGE, now };
        let page = engine.history(&query).expect("is read");
        assert!(!page.revisions.is_empty() || before.is_some(), "a record has revisions");
    };
    let past = |record: u64, version: Version| {
        // One that is gone back to before its creation is not there.
        let _ = engine.past(0, &key(engine, record), version, now);
    };
    let back = Position::new(newest.get().saturating_sub(HOURLY));
    let hour = AsOf::Time(Timestamp::from_micros(now.micros() - HOUR_MICROS));
    let middle = Position::new(newest.get() / 2);
    let of = if records == 1 { "one record".to_owned() } else { format!("{records} records") };
    line(&format!("{of}: newest {PAGE} of a history"), "5,000", |number| history(random(number) % records, None));
    line(&format!("{of}: {PAGE} from the middle"), "5,000", |number| history(random(number) % records, Some(middle)));
    line(&format!("{of}: as of {HOURLY} entries ago"), "2,000", |number| {
        past(random(number) % records, Version::AsOf(AsOf::Position(back)));
    });
    line(&format!("{of}: as of an hour ago, {HOURLY} entries"), "2,000", |number| {
        past(random(number) % records, Version::AsOf(hour));
    });
    line(&format!("{of}: as of {middle}"), "", |number| {
        past(random(number) % records, Version::AsOf(AsOf::Position(middle)));
    });
    let list = Query {
        model: 0,
        filter: None,
        search: None,
        order: Vec::new(),
        start: Start::First,
        limit: 100,
        count: false,
        at: Some(back),
        scan_rows_max: u64::MAX,
    };
    let begin = Instant::now();
    let listed = engine.list_past(&list, &[], now).map(|(page, _)| page.rows.len());
    let first = begin.elapsed();
    println!("| {of}: list as of {HOURLY} entries ago, rebuilt ({listed:?}) | {} | | |", first.as_micros());
    line(&format!("{of}: the next page of it"), "", |_| drop(engine.list_past(&list, &[], now)));
}

fn line(what: &str, target: &str, mut work: impl FnMut(u64)) {
    let timed = |number: u64, work: &mut dyn FnMut(u64)| {
        let begin = Instant::now();
        work(number);
        begin.elapsed()
    };
    let mut times: Vec<Duration> = (0..SAMPLES).map(|number| timed(number * 7 + 1, &mut work)).collect();
    times.sort_unstable();
    let micros: Vec<f64> = times.iter().map(|time| time.as_secs_f64() * 1e6).collect();
    let (median, last) = (quartiles(&micros).median, micros[micros.len() * 99 / 100]);
    println!("| {what} | {median:.0} | {last:.0} | {target} |");
}
