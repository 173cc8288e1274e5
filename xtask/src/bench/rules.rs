//! What a create costs that has to be judged and kept: five rules, a hook before it, two stored aggregates of the record above, three
//! indexes; beside the plain create. The engine alone, on a real disk, in interleaved rounds.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use lithair_core::model::{Action, Backend, Command, Draft, Expected, Operation, Supplied, Timestamp, Value};
use lithair_core::prelude::*;
use lithair_core::store::FsMedia;
use lithair_core::{Engine, EngineOptions};

use super::product::Product;
use super::stats::quartiles;
use crate::AnyError;

#[derive(DeclarativeModel)]
#[permission(all = public)]
struct Basket {
    #[db(primary_key)]
    id: i64,
    #[relation(has_many = Item, via = basket_id)]
    items: Many<Item>,
    #[computed(count(items), stored)]
    item_count: u32,
    #[computed(sum(items.price where active), stored)]
    total: i64,
}

/// The same, below a basket.
#[derive(DeclarativeModel)]
#[db(index(name), index(stock, -price))]
#[permission(all = public)]
struct Item {
    #[db(primary_key)]
    id: i64,
    #[http(validate(len(1..=40), regex("^code-[0-9]+$")))]
    code: String,
    #[http(validate(non_empty))]
    name: String,
    #[http(validate(len(..=500)))]
    description: String,
    #[db(index)]
    #[http(validate(range(0..=10000)))]
    price: i64,
    stock: i64,
    active: bool,
    note: Option<String>,
    #[relation(belongs_to = Basket)]
    basket_id: i64,
}

/// The same below a shelf, which keeps nothing of its items.
#[derive(DeclarativeModel)]
#[permission(all = public)]
struct Shelf {
    #[db(primary_key)]
    id: i64,
}

#[derive(DeclarativeModel)]
#[db(index(name), index(stock, -price))]
#[permission(all = public)]
struct Kept {
    #[db(primary_key)]
    id: i64,
    #[http(validate(len(1..=40), regex("^code-[0-9]+$")))]
    code: String,
    #[http(validate(non_empty))]
    name: String,
    #[http(validate(len(..=500)))]
    description: String,
    #[db(index)]
    #[http(validate(range(0..=10000)))]
    price: i64,
    stock: i64,
    active: bool,
    note: Option<String>,
    #[relation(belongs_to = Shelf)]
    shelf_id: i64,
}

#[hooks]
impl Kept {
    #[hook(before(create))]
    fn noted(&mut self, _: &Context) {
        self.note = Some(format!("of {}", self.shelf_id));
    }
}

#[hooks]
impl Item {
    #[hook(before(create))]
    fn noted(&mut self, _: &Context) {
        self.note = Some(format!("of {}", self.basket_id));
    }
}

const PLAIN: usize = 0;
const BASKET: usize = 1;
const ITEM: usize = 2;
const SHELF: usize = 3;
const KEPT: usize = 4;
const WRITERS: u64 = 32;

pub(super) fn run(directory: &Path, rounds: usize, time: Duration) -> Result<(), AnyError> {
    let data = directory.join("create-rules");
    std::fs::create_dir_all(&data)?;
    let models = vec![Product::SCHEMA, Basket::SCHEMA, Item::SCHEMA, Shelf::SCHEMA, Kept::SCHEMA];
    let media = Arc::new(FsMedia::open(&data)?);
    let engine = Engine::open(media, models, EngineOptions::default(), Box::new(|_| {}))?;
    let next = AtomicU64::new(0);
    let baskets = 1_000;
    for model in [BASKET, SHELF] {
        submit(&engine, (0..=baskets).map(|id| create(model, vec![int(id)])).collect());
    }
    println!("| durable creates, {WRITERS} writers | cost of a plain one | plain/s | with rules/s | in vain |");
    println!("|---|--:|--:|--:|--:|");
    let cases = [
        ("five rules, a hook, three indexes, a reference", KEPT, baskets),
        ("the same, and two stored aggregates", ITEM, baskets),
        ("the same, all below one record", ITEM, 1),
    ];
    for (what, model, baskets) in cases {
        let (mut ratios, mut plains, mut riches) = (Vec::new(), Vec::new(), Vec::new());
        let mut in_vain = 0;
        for _ in 0..rounds {
            let plain = creates(&engine, &next, time, &|number| create(PLAIN, fields(number)));
            let (position, first) = (engine.position(), next.load(Ordering::Relaxed));
            let rich = creates(&engine, &next, time, &|number| {
                let mut values = fields(number);
                values.push(int(number % baskets));
                create(model, values)
            });
            // What is refused where it is applied has a place in the log, and is decided again.
            in_vain += engine.position().since(position) - (next.load(Ordering::Relaxed) - first);
            ratios.push(plain / rich);
            plains.push(plain);
            riches.push(rich);
        }
        let ratio = quartiles(&ratios);
        let (plain, rich) = (quartiles(&plains).median, quartiles(&riches).median);
        println!(
            "| {what} | {:.2} [{:.2}, {:.2}] | {plain:.0} | {rich:.0} | {in_vain} |",
            ratio.median, ratio.first, ratio.third
        );
    }
    println!();
    Ok(())
}

/// Creates a second.
fn creates(engine: &Engine, next: &AtomicU64, time: Duration, make: &(dyn Fn(u64) -> Operation + Sync)) -> f64 {
    let (begin, done) = (Instant::now(), AtomicU64::new(0));
    std::thread::scope(|scope| {
        for _ in 0..WRITERS {
            scope.spawn(|| {
                while begin.elapsed() < time {
                    submit(engine, vec![make(next.fetch_add(1, Ordering::Relaxed))]);
                    done.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
    done.into_inner() as f64 / begin.elapsed().as_secs_f64()
}

fn submit(engine: &Engine, operations: Vec<Operation>) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let now = Timestamp::from_micros(1_900_000_000_000_000);
    let outcome = runtime.block_on(engine.submit(Command { now, principal: Principal::Anonymous, operations }));
    outcome.expect("what the benchmark creates is right");
}

fn int(number: u64) -> Value {
    Value::Int(number.into())
}

fn fields(number: u64) -> Vec<Value> {
    let text = Value::Text;
    vec![
        int(number),
        text(format!("code-{number}")),
        text(format!("Product number {number}")),
        text(format!("What there is to say of product {number}, in as many words as such texts have")),
        int(number * 7 % 10_000),
        int(number % 100),
        Value::Bool(number.is_multiple_of(2)),
        Value::Null,
    ]
}

fn create(model: usize, values: Vec<Value>) -> Operation {
    let fields = values.into_iter().enumerate().map(|(place, value)| (place, Supplied::Value(value)));
    let action = Action::Create(Draft { fields: fields.collect(), revision: None });
    Operation { model, action, expected: Expected::Anything }
}
