//! Stored computed fields equal recomputation after any random sequence, and so do those that are computed when they are read; a moment of
//! the past has those of that moment.
//!
//! `LITHAIR_COMPUTED_OPERATIONS` says how many operations (100,000 when it is tried in full, fewer by default).

use std::collections::HashSet;
use std::mem::{Discriminant, discriminant};
use std::sync::Arc;

use lithair_core::Engine;
use lithair_core::model::{
    Action, AsOf, Backend as _, Command, Context, Expected, Key, Operation, PastError, Position, Principal, Procedure,
    Query, RefusalReason, Row, Supplied, Target, Timestamp, Value, Version,
};
use lithair_core::prelude::Id;
use lithair_core::store::{MemoryMedia, SharedMedia};
use serde_json::json;

use super::shop::{All, CUSTOMER, Customer, LINE, Line, MODELS, NODE, ORDER, Order, TAG, TAGGING, open, query, read};
use crate::engine::{create, delete, key_of, patch, run, undelete};

const BEGIN: i64 = 1_900_000_000_000_000;
const STEP: i64 = 1_000_000;

struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

/// A moment, and every record of two models as it was read then.
struct Copy {
    position: Position,
    number: usize,
    orders: Vec<(Key, Arc<Row>)>,
    customers: Vec<(Key, Arc<Row>)>,
}

struct Bench {
    media: SharedMedia,
    engine: Option<Engine>,
    runtime: tokio::runtime::Runtime,
    random: Random,
    number: usize,
    carried_out: HashSet<Discriminant<Action>>,
    /// How many commands changed something.
    done: usize,
    copies: Vec<Copy>,
    /// Whether records are purged: nothing of those is in the past.
    purges: bool,
}

impl Bench {
    fn new(seed: u64, purges: bool) -> Self {
        let media: SharedMedia = Arc::new(MemoryMedia::new());
        let engine = Some(open(Arc::clone(&media)).expect("opens"));
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let (random, carried_out) = (Random(seed), HashSet::new());
        Self { media, engine, runtime, random, number: 0, carried_out, done: 0, copies: Vec::new(), purges }
    }

    fn engine(&self) -> &Engine {
        self.engine.as_ref().expect("it is open")
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_micros(BEGIN + STEP * i64::try_from(self.number).expect("few"))
    }

    fn restart(&mut self) {
        drop(self.engine.take());
        self.engine = Some(open(Arc::clone(&self.media)).expect("opens again"));
    }

    fn step(&mut self) {
        self.number += 1;
        let count = 1 + self.random.below(4) / 3 * self.random.below(4);
        let operations: Vec<Operation> = (0..count).map(|_| self.operation()).collect();
        let kinds: Vec<_> = operations.iter().map(|operation| discriminant(&operation.action)).collect();
        let command = Command { now: self.now(), principal: Principal::Anonymous, operations };
        match self.runtime.block_on(self.engine().submit(command)) {
            Ok(_) => {
                self.carried_out.extend(kinds);
                self.done += 1;
            }
            Err(refusal) => assert!(is_expected(&refusal.reason), "{:?}", refusal.reason),
        }
    }

    fn operation(&mut self) -> Operation {
        let (customer, order, line) = (self.random.below(6), self.random.below(15), self.random.below(60));
        let (tag, node) = (self.random.below(5), self.random.below(20));
        let (kind, number) = (self.random.below(160), self.random.below(1_000));
        let engine = self.engine.as_ref().expect("it is open");
        let price = format!("{}.{:02}", number % 40, number % 100);
        let parent = (number % 3 > 0).then_some(number % 20);
        let weight = f64::from(u32::try_from(number).expect("few")) / 7.0;
        match kind {
            0..6 => create(engine, CUSTOMER, &json!({"id": customer})),
            6..18 => create(engine, ORDER, &json!({"id": order, "customer_id": customer, "shipping": price})),
            18..50 => create(
                engine,
                LINE,
                &json!({"id": line, "order_id": order, "quantity": number % 5, "price": price, "weight": weight}),
            ),
            50..62 => patch(engine, LINE, &line.to_string(), &json!({"quantity": number % 7, "note": price})),
            62..74 => patch(engine, LINE, &line.to_string(), &json!({"order_id": order})),
            74..80 => patch(engine, LINE, &line.to_string(), &json!({"weight": weight, "note": null})),
            80..86 => patch(engine, ORDER, &order.to_string(), &json!({"customer_id": customer})),
            86..92 => {
                let stage = match number % 20 {
                    0 => "Sent",
                    1..8 => "Open",
                    _ => "Paid",
                };
                patch(engine, ORDER, &order.to_string(), &json!({"stage": stage}))
            }
            92..100 => delete(engine, LINE, &line.to_string()),
            100..104 => delete(engine, ORDER, &order.to_string()),
            104..107 => delete(engine, CUSTOMER, &customer.to_string()),
            107..112 => undelete(engine, LINE, &line.to_string()),
            112..117 => undelete(engine, ORDER, &order.to_string()),
            117..120 if self.purges => purge(engine, ORDER, &order.to_string()),
            120..122 if self.purges => purge(engine, LINE, &line.to_string()),
            117..124 => create(engine, TAG, &json!({"id": tag, "rank": number % 4})),
            124..126 => patch(engine, TAG, &tag.to_string(), &json!({"rank": number % 4})),
            126..132 => create(engine, TAGGING, &json!({"order_id": order, "tag_id": tag})),
            132..133 => delete(engine, TAG, &tag.to_string()),
            133..139 => create(engine, NODE, &json!({"id": node, "parent_id": parent, "size": number % 9})),
            139..145 => patch(engine, NODE, &node.to_string(), &json!({"parent_id": parent, "size": number % 9})),
            145..147 => delete(engine, NODE, &node.to_string()),
            147..151 => run(engine, ORDER, &order.to_string(), &json!({"new_line": line})),
            151..154 => self.import(line, order),
            154..156 => self.former_line(line, number),
            _ => transaction(line, order, customer),
        }
    }

    /// A line as an export would show it, with whatever it says of what is computed.
    fn import(&self, line: u64, order: u64) -> Operation {
        let entry = &self.engine().catalog().models[LINE];
        let place = |name: &str| entry.by_name(name).expect("is a field");
        let decimal = |text: &str| Value::Decimal(text.parse().expect("is a decimal"));
        let fields = [
            ("id", Value::Int(line.into())),
            ("order_id", Value::Int(order.into())),
            ("quantity", Value::Int(2)),
            ("price", decimal("4.50")),
            ("weight", Value::Float(0.7)),
            ("total", decimal("999.00")),
        ];
        let mut fields: Vec<_> =
            fields.into_iter().map(|(name, value)| (place(name), Supplied::Value(value))).collect();
        fields.sort_by_key(|(place, _)| *place);
        let action = Action::Import(lithair_core::model::Draft { fields, revision: None });
        Operation { model: LINE, action, expected: Expected::Anything }
    }

    /// A line becomes what it was, whole, as `:restore` asks for it.
    fn former_line(&self, line: u64, number: u64) -> Operation {
        let engine = self.engine();
        let key = key_of(engine, LINE, &line.to_string());
        let present = engine.read(LINE, &key, None).expect("is read").row;
        let revision = present.map_or(1, |row| 1 + number % row.revision);
        let fields = match engine.past(LINE, &key, Version::Revision(revision), self.now()) {
            Ok(past) => {
                let entry = &engine.catalog().models[LINE];
                let values = entry.decode_row(&past.row.bytes).expect("is a row");
                let values =
                    values.into_iter().enumerate().skip(1).map(|(place, value)| (place, Supplied::Value(value)));
                values.filter(|(place, _)| entry.schema.fields[*place].auto.is_none()).collect()
            }
            Err(_) => Vec::new(),
        };
        let action = Action::Restore(Target::Key(key), lithair_core::model::Draft { fields, revision: None });
        Operation { model: LINE, action, expected: Expected::Anything }
    }

    fn copy(&mut self) {
        let shown = |model: usize| {
            let engine = self.engine();
            let entry = &engine.catalog().models[model];
            let now = self.now();
            let rows = engine.list_past(&query(model), now).expect("is listed").rows;
            rows.into_iter().map(|row| (entry.row_key(&row), row)).collect::<Vec<_>>()
        };
        let (orders, customers) = (shown(ORDER), shown(CUSTOMER));
        let position = self.engine().position();
        self.copies.push(Copy { position, number: self.number, orders, customers });
    }

    /// A moment is what it was, those fields included that are computed when they are read.
    fn sample(&mut self) {
        let place = usize::try_from(self.random.below(self.copies.len() as u64)).expect("few");
        let copy = &self.copies[place];
        let (model, then) = if place.is_multiple_of(2) { (ORDER, &copy.orders) } else { (CUSTOMER, &copy.customers) };
        let engine = self.engine.as_ref().expect("it is open");
        let now = Timestamp::from_micros(BEGIN + STEP * i64::try_from(self.number).expect("few"));
        let past = engine.list_past(&Query { at: Some(copy.position), ..query(model) }, now).expect("is rebuilt");
        let expected: Vec<_> = then.iter().map(|(_, row)| Arc::clone(row)).collect();
        assert_eq!(past.rows, expected, "of {model} at {}", copy.position);
        let id = self.random.below(if model == ORDER { 15 } else { 6 });
        let key = key_of(engine, model, &id.to_string());
        let expected = then.iter().find(|(of, _)| *of == key).map(|(_, row)| row);
        let as_of = if id % 2 == 0 {
            AsOf::Position(copy.position)
        } else {
            AsOf::Time(Timestamp::from_micros(BEGIN + STEP * i64::try_from(copy.number).expect("few")))
        };
        match (engine.past(model, &key, Version::AsOf(as_of), now), expected) {
            (Ok(past), Some(row)) => assert_eq!(past.row, *row, "{model} {id} {as_of:?}"),
            (Err(PastError::NotFound), None) => {}
            (past, then) => panic!("{model} {id} {as_of:?}: {past:?} instead of {then:?}"),
        }
    }
}

fn is_expected(reason: &RefusalReason) -> bool {
    match reason {
        // Some orders have eight lines, some prices are too much for some fields.
        RefusalReason::Invalid(violations) => {
            violations.iter().all(|violation| matches!(violation.code, "check" | "computed" | "twice"))
        }
        RefusalReason::NotFound
        | RefusalReason::KeyTaken
        | RefusalReason::ReferenceMissing { .. }
        | RefusalReason::Deleted
        | RefusalReason::NotDeleted
        | RefusalReason::StillReferenced { .. }
        | RefusalReason::Immutable => true,
        _ => false,
    }
}

fn purge(engine: &Engine, model: usize, key: &str) -> Operation {
    let action = Action::Purge(Target::Key(key_of(engine, model, key)));
    Operation { model, action, expected: Expected::Anything }
}

/// Moves a line, changes an order of it, and removes a customer.
fn transaction(line: u64, order: u64, customer: u64) -> Operation {
    let [line, order, customer] = [line, order, customer].map(|id| i64::try_from(id).expect("few"));
    let code = move |records: &Context<'_>| {
        if records.get::<Order>(&order).is_none() {
            return Ok(());
        }
        records.update::<Line, _>(&line, |line| {
            line.order_id = Id::new(order);
            line.quantity += 1;
        });
        records.update::<Order, _>(&((order + 1) % 15), |other| other.shipping += other.shipping.min(1.into()));
        if line % 7 == 0 {
            records.delete::<Customer>(&customer);
            records.delete::<Line>(&((line + 1) % 60));
        }
        Ok(())
    };
    Operation { model: ORDER, action: Action::Transaction(Procedure(Arc::new(code))), expected: Expected::Anything }
}

/// Random operations; after each, every computed field is compared with what computing it again gives.
fn compared(bench: &mut Bench, operations: usize) -> usize {
    let mut compared = 0;
    for number in 1..=operations {
        bench.step();
        compared += All::of(bench.engine()).check();
        if number % (operations / 7) == 0 {
            bench.engine().snapshot().expect("is built");
        }
        if number % (operations / 9) == 0 {
            bench.restart();
            compared += All::of(bench.engine()).check();
        }
        if !bench.purges && number % (operations / 100).max(1) == 0 {
            bench.copy();
            bench.sample();
        }
    }
    println!("{operations} operations, {} done, {compared} computed fields compared", bench.done);
    assert!(bench.done * 5 > operations, "the operations changed something: {}", bench.done);
    assert!(MODELS.iter().all(|model| bench.engine().state().view(None).expect("is there").count(*model) > 0));
    assert!(read::<Customer>(bench.engine(), CUSTOMER).iter().any(|customer| customer.average.is_some()));
    compared
}

fn operations() -> usize {
    std::env::var("LITHAIR_COMPUTED_OPERATIONS").ok().and_then(|text| text.parse().ok()).unwrap_or(4_000)
}

#[test]
fn computed_fields_are_what_computing_them_again_gives() {
    let mut bench = Bench::new(0x5EED, true);
    assert!(compared(&mut bench, operations() / 2) > operations());
    let actions = "create, patch, delete, undelete, purge, restore, import, command, transaction";
    assert_eq!(bench.carried_out.len(), 9, "{actions}");
}

#[test]
fn a_moment_has_the_computed_fields_of_that_moment() {
    let mut bench = Bench::new(0xFEED, false);
    compared(&mut bench, operations() / 2);
    for _ in 0..operations() / 50 {
        bench.sample();
    }
}
