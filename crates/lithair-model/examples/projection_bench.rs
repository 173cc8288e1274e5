//! What it costs to write a record as JSON from its stored bytes, next to serde_json with a typed struct.
//!
//! `cargo run --release -p lithair-model --example projection_bench`

#![allow(clippy::print_stdout, clippy::disallowed_methods, reason = "a program that measures and reports")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use lithair_model::{
    Catalog, Date, Decimal, DecimalSchema, FieldSchema, FieldType, ModelEntry, ModelSchema, Numbers, Position, Row,
    Selection, Timestamp, Uuid, Value, project,
};
use serde::Serialize;

/// A product of eight fields, about 220 bytes of JSON.
static PRODUCT: ModelSchema = ModelSchema {
    name: "Product",
    table: "products",
    path: "products",
    fields: &[
        FieldSchema::of::<Uuid>("id"),
        FieldSchema::of::<String>("sku"),
        FieldSchema::of::<String>("name"),
        FieldSchema { decimal: Some(DecimalSchema { precision: 12, scale: 2 }), ..FieldSchema::of::<Decimal>("price") },
        FieldSchema::of::<i64>("stock"),
        FieldSchema::of::<bool>("active"),
        FieldSchema::of::<Option<Date>>("released"),
        FieldSchema::of::<Timestamp>("created_at"),
    ],
    key: &[0],
    ..ModelSchema::PLAIN
};

/// The same record for serde_json, in the types that print the same text at the least cost.
#[derive(Serialize)]
struct Product<'a> {
    id: &'a str,
    sku: &'a str,
    name: &'a str,
    price: &'a str,
    stock: i64,
    active: bool,
    released: Option<&'a str>,
    created_at: &'a str,
    _rev: u64,
}

fn main() {
    let catalog = Catalog::new(vec![&PRODUCT], &Numbers::of(&[&PRODUCT])).expect("the schema is right");
    let model = &catalog.models[0];
    let row = row(model);
    let typed = Product {
        id: "0197c3a1-7b5e-7cc3-98c4-dc0c0c07398f",
        sku: "PRD-000123456-XL",
        name: "Enamelled steel mug with bamboo lid",
        price: "1249.50",
        stock: 128,
        active: true,
        released: Some("2026-01-31"),
        created_at: "2026-01-31T12:00:00.123456Z",
        _rev: 3,
    };
    let mut out = Vec::with_capacity(1024);
    let seen = lithair_model::Visible::to_system(&std::sync::Arc::new(row.clone()));
    project(model, &seen, &Selection::all(), &mut out);
    let expected = serde_json::to_vec(&typed).expect("is JSON");
    assert_eq!(String::from_utf8_lossy(&out), String::from_utf8_lossy(&expected), "both write the same");
    println!("record: {} bytes of JSON, {} bytes stored", out.len(), row.bytes.len());

    let everything = Selection::all();
    report("project", || {
        out.clear();
        project(model, black_box(&seen), &everything, &mut out);
        out.len()
    });
    let two = Selection::of([0, 2]);
    report("project, 2 of 8 fields", || {
        out.clear();
        project(model, black_box(&seen), &two, &mut out);
        out.len()
    });
    report("serde_json, texts prepared", || {
        out.clear();
        serde_json::to_writer(&mut out, black_box(&typed)).expect("is JSON");
        out.len()
    });
    report("decode_row", || model.decode_row(black_box(&row.bytes)).expect("is a row").len());
    report("field (last)", || usize::from(model.field(black_box(&row), 7) == Value::Null));
    report("key_of", || model.row_key(black_box(&row)).as_bytes().len());
    let values = model.decode_row(&row.bytes).expect("is a row");
    report("encode_row", || model.encode_row(black_box(&values)).len());
}

fn row(model: &ModelEntry) -> Row {
    let values = [
        "0197c3a1-7b5e-7cc3-98c4-dc0c0c07398f".parse::<Uuid>().expect("is a UUID").to_value(),
        "PRD-000123456-XL".to_owned().to_value(),
        "Enamelled steel mug with bamboo lid".to_owned().to_value(),
        Decimal::new(124_950, 2).to_value(),
        128_i64.to_value(),
        true.to_value(),
        "2026-01-31".parse::<Date>().expect("is a date").to_value(),
        "2026-01-31T12:00:00.123456Z".parse::<Timestamp>().expect("is a moment").to_value(),
    ];
    Row { revision: 3, position: Position::new(7), bytes: model.encode_row(&values).into() }
}

/// Prints the median of 21 rounds, in nanoseconds a call.
fn report(what: &str, mut call: impl FnMut() -> usize) {
    const CALLS: u32 = 50_000;
    let mut rounds: Vec<Duration> = (0..21)
        .map(|_| {
            let start = Instant::now();
            (0..CALLS).for_each(|_| {
                black_box(call());
            });
            start.elapsed()
        })
        .collect();
    rounds.sort_unstable();
    println!("{what:<28} {:>7.1} ns", rounds[10].as_nanos() as f64 / f64::from(CALLS));
}
