//! What a record costs: memory and time, at a million products of about 220 bytes of JSON with one unique and one ordered index.
//!
//! Resident memory is that of the process (`/proc/self/statm`), so it includes what the allocator wastes, and the process is one of its own.
//! Times are those on a processor (`/proc/thread-self/schedstat`), so a busy machine shows only in colder caches.

use std::fs;
use std::hint::black_box;
use std::process::Command;
use std::sync::Arc;

use lithair_model::{
    Catalog, Change, Comparison, Date, Decimal, Entry, Guard, Kind, ModelEntry, Numbers, Operand, Position, Predicate,
    Query, Row, Selection, SortTerm, Start, Timestamp, Uuid, Value, project,
};
use lithair_state::{Meta, Record, State};

use super::schema::{PRICE, PRODUCT, STOCK};
use crate::AnyError;

/// Measures in a child process.
pub(super) fn run(records: u64) -> Result<(), AnyError> {
    let status = Command::new(std::env::current_exe()?).args(["memory-child", &records.to_string()]).status()?;
    if status.success() { Ok(()) } else { Err("the measurement of memory failed".into()) }
}

/// The child: measures and prints.
pub(crate) fn child(records: u64) -> Result<(), AnyError> {
    let catalog = Arc::new(Catalog::new(vec![&PRODUCT], &Numbers::of(&[&PRODUCT]))?);
    println!("{records} records");

    let before = resident_bytes();
    let (state, apply_ns) = applied(&catalog, records);
    let bytes = (resident_bytes() - before) / records;
    println!("created one by one: {bytes} B a record, {apply_ns} ns an entry");
    report(&state, records);

    let copy: Vec<Record> = state.view(None).expect("is kept").records().collect();
    let (position, digest, meta) = (state.published(), state.digest(), state.meta());
    drop(state);
    let start = Clock::start();
    let rows = copy.into_iter().map(Ok::<_, std::convert::Infallible>);
    let loaded = State::load(catalog, position, meta_of(&meta), rows).expect("loads");
    println!("loaded: {} ns a record\n", start.per(records));
    assert_eq!(loaded.digest(), digest, "what was loaded is what was saved");
    Ok(())
}

fn meta_of(meta: &Meta) -> Meta {
    Meta::decode(&meta.encode()).expect("is what was written")
}

/// A state to which every record was added by an entry of its own, and how long an entry took.
fn applied(catalog: &Arc<Catalog>, records: u64) -> (State, u64) {
    let model = &catalog.models[0];
    let state = State::new(catalog.clone());
    let mut spent = 0;
    let mut numbers = 1..=records;
    show_size(model);
    loop {
        // Made before the clock runs: deciding is not applying.
        let entries: Vec<Entry> = numbers.by_ref().take(1_000).map(|number| create(model, number)).collect();
        if entries.is_empty() {
            return (state, spent / records);
        }
        let start = Clock::start();
        for batch in entries.chunks(32) {
            for entry in batch {
                state.apply(state.applied().next(), entry).expect("applies");
            }
            state.publish(state.applied());
            state.advance_horizon(state.applied(), 64);
        }
        spent += start.nanos();
    }
}

fn create(model: &ModelEntry, number: u64) -> Entry {
    let values = product(number);
    let (key, sku) = (model.key_of(&values), model.unique_key(0, &values).expect("has one"));
    Entry {
        at: Timestamp::from_micros(0),
        actor: None,
        guards: vec![
            Guard::Absent { model: model.id, key: key.clone() },
            Guard::Unique { model: model.id, constraint: 0, value: sku, holder: key.clone() },
        ],
        changes: vec![Change::Put { model: model.id, key, revision: 1, row: model.encode_row(&values) }],
        events: Vec::new(),
        refused: Vec::new(),
    }
}

fn show_size(model: &ModelEntry) {
    let mut json = Vec::new();
    let row = Row { revision: 1, position: Position::new(1), bytes: model.encode_row(&product(1)).into() };
    project(model, &lithair_model::Visible::to_system(&Arc::new(row.clone())), &Selection::all(), &mut json);
    println!("a record: {} B of JSON, {} B encoded", json.len(), row.bytes.len());
}

fn product(number: u64) -> Vec<Value> {
    let random = scramble(number);
    let cents = i64::try_from(random % 1_000_000).expect("is small");
    vec![
        Value::Uuid(uuid(number)),
        Value::Text(format!("SKU-{random:016X}")),
        Value::Text(format!("Product number {number} of the catalogue")),
        Value::Decimal(Decimal::new(cents, 2)),
        Value::Int(i128::from(random % 1_000)),
        Value::Bool(random.is_multiple_of(2)),
        if random.is_multiple_of(3) { Value::Date(Date::from_days(20_000)) } else { Value::Null },
        Value::Timestamp(Timestamp::from_micros(1_700_000_000_000_000 + cents)),
    ]
}

/// As identifiers by time are: ascending, with random bits behind.
fn uuid(number: u64) -> Uuid {
    Uuid::from_u64_pair((0x018f_0000_0000 + number / 10) << 16 | 0x7000 | (number % 10), scramble(number) | 1 << 63)
}

/// Different numbers for different numbers (SplitMix64's finalizer).
const fn scramble(number: u64) -> u64 {
    let mixed = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// What reading costs.
fn report(state: &State, records: u64) {
    let model = &state.catalog().models[0];
    let keys: Vec<_> = (0..200_000).map(|at| model.key_of(&product(scramble(at) % records + 1))).collect();
    let look_up = best(|| {
        let start = Clock::start();
        for key in &keys {
            let view = state.view(None).expect("is kept");
            black_box(view.row(0, key).expect("exists"));
        }
        start.per(keys.len() as u64)
    });
    println!("look-up by key, a view each: {look_up} ns");

    let middle = model.field(&state.view(None).expect("is kept").row(0, &keys[0]).expect("exists"), PRICE);
    let at_least = Predicate::Compare {
        left: Operand::Field(PRICE),
        comparison: Comparison::GreaterOrEqual,
        right: Operand::Value(middle),
        kind: Kind::Decimal,
    };
    let in_stock = Predicate::Compare {
        left: Operand::Field(STOCK),
        comparison: Comparison::Less,
        right: Operand::Value(Value::Int(500)),
        kind: Kind::Int { min: i128::from(i64::MIN), max: i128::from(i64::MAX) },
    };
    let price = |descending| vec![SortTerm { field: PRICE, descending }];
    let both = Predicate::All(vec![at_least.clone(), in_stock.clone()]);
    list(state, "by key", None, Vec::new());
    list(state, "price", None, price(false));
    list(state, "-price", None, price(true));
    list(state, "price >= x, price", Some(at_least), price(false));
    list(state, "stock < 500", Some(in_stock), Vec::new());
    list(state, "price >= x and stock < 500, price", Some(both), price(false));
}

fn list(state: &State, name: &str, filter: Option<Predicate>, order: Vec<SortTerm>) {
    const ROUNDS: u64 = 10_000;
    let query = Query {
        model: 0,
        filter,
        search: None,
        order,
        start: Start::First,
        limit: 100,
        count: false,
        at: None,
        scan_rows_max: 100_000,
    };
    let start = Clock::start();
    for _ in 0..ROUNDS {
        let page = state.view(None).expect("is kept").list(&query).expect("is cheap");
        assert_eq!(black_box(page).rows.len(), 100, "a full page");
    }
    let took = start.per(ROUNDS);
    println!("list of 100, {name}: {took} ns");
}

/// The least of a few rounds: what others do on this machine only adds.
fn best(round: impl FnMut() -> u64) -> u64 {
    std::iter::repeat_with(round).take(7).min().expect("seven rounds")
}

/// Time on a processor.
struct Clock(u64);

impl Clock {
    fn start() -> Self {
        Self(on_processor_ns())
    }

    fn nanos(&self) -> u64 {
        on_processor_ns() - self.0
    }

    fn per(&self, count: u64) -> u64 {
        self.nanos() / count
    }
}

fn on_processor_ns() -> u64 {
    let schedstat = fs::read_to_string("/proc/thread-self/schedstat").expect("runs on Linux");
    schedstat.split(' ').next().and_then(|nanos| nanos.parse().ok()).expect("the first number")
}

fn resident_bytes() -> u64 {
    const PAGE_BYTES: u64 = 4096;
    let statm = fs::read_to_string("/proc/self/statm").expect("runs on Linux");
    let pages: u64 = statm.split(' ').nth(1).and_then(|pages| pages.parse().ok()).expect("the second number");
    pages * PAGE_BYTES
}
