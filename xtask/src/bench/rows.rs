//! Two ways to keep a row in memory, measured before one was chosen (docs/adr/0002-rows-are-encoded.md): a typed struct
//! that serde_json writes, and the log's own bytes that `project` writes.
//!
//! Each is measured in a process of its own, so that resident memory is its alone.

use std::collections::HashMap;
use std::hint::black_box;
use std::process::Command;
use std::sync::Arc;
use std::time::Instant;

use lithair_model::{
    Catalog, Decimal, DecimalSchema, FieldSchema, FieldType as _, ModelEntry, ModelSchema, Numbers, Position, Row,
    Selection, Timestamp, Uuid, Value, Visible, project,
};
use serde::ser::{Serialize, SerializeStruct as _, Serializer};

use super::stats::quartiles;
use crate::AnyError;

static PRODUCT: ModelSchema = ModelSchema {
    name: "Product",
    table: "products",
    path: "products",
    fields: &[
        FieldSchema::of::<Uuid>("id"),
        FieldSchema::of::<String>("sku"),
        FieldSchema::of::<String>("name"),
        FieldSchema::of::<String>("category"),
        FieldSchema { decimal: Some(DecimalSchema { precision: 12, scale: 2 }), ..FieldSchema::of::<Decimal>("price") },
        FieldSchema::of::<i64>("stock"),
        FieldSchema::of::<bool>("active"),
        FieldSchema::of::<Timestamp>("listed_at"),
    ],
    key: &[0],
    ..ModelSchema::PLAIN
};

/// The row as a Rust programmer would keep it.
struct Product {
    id: Uuid,
    sku: String,
    name: String,
    category: String,
    price: Decimal,
    stock: i64,
    active: bool,
    listed_at: Timestamp,
    revision: u64,
    position: u64,
}

/// Displays anything as a JSON string without an intermediate one.
struct Shown<T>(T);

impl<T: std::fmt::Display> Serialize for Shown<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl Serialize for Product {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Product", 9)?;
        fields.serialize_field("id", &Shown(self.id))?;
        fields.serialize_field("sku", &self.sku)?;
        fields.serialize_field("name", &self.name)?;
        fields.serialize_field("category", &self.category)?;
        fields.serialize_field("price", &Shown(self.price))?;
        fields.serialize_field("stock", &self.stock)?;
        fields.serialize_field("active", &self.active)?;
        fields.serialize_field("listed_at", &Shown(self.listed_at))?;
        fields.serialize_field("_rev", &self.revision)?;
        fields.end()
    }
}

/// Runs both kinds in child processes, alternating, and prints the table.
pub(crate) fn run(rounds: usize, rows: u64) -> Result<(), AnyError> {
    let mut samples: HashMap<&str, Vec<Vec<f64>>> = HashMap::new();
    for _ in 0..rounds {
        for kind in ["typed", "encoded"] {
            let output =
                Command::new(std::env::current_exe()?).args(["rows-child", kind, &rows.to_string()]).output()?;
            let text = String::from_utf8(output.stdout)?;
            let figures = text.split_whitespace().map(str::parse).collect::<Result<Vec<f64>, _>>()?;
            samples.entry(kind).or_default().push(figures);
        }
    }
    println!(
        "| row at {rows} rows | resident B a row | GET ns | list of 100, ns a row | built, ns a row |\n|---|--:|--:|--:|--:|"
    );
    for kind in ["typed", "encoded"] {
        let median = |at: usize| quartiles(&samples[kind].iter().map(|figures| figures[at]).collect::<Vec<_>>()).median;
        println!("| {kind} | {:.0} | {:.0} | {:.0} | {:.0} |", median(0), median(1), median(2), median(3));
    }
    println!();
    Ok(())
}

/// The child: measures one kind and prints bytes a row, ns a GET, ns a listed row, ns to build a row.
pub(crate) fn child(kind: &str, rows: u64) -> Result<(), AnyError> {
    let catalog = Catalog::new(vec![&PRODUCT], &Numbers::of(&[&PRODUCT]))?;
    let model = &catalog.models[0];
    match kind {
        "typed" => measure(rows, typed, |row: &Arc<Product>, out| {
            serde_json::to_writer(out, &**row).expect("a product is JSON and memory does not fail");
        }),
        "encoded" => measure(
            rows,
            |number| encoded(model, number),
            |row: &Arc<Row>, out| project(model, &Visible::to_system(row), &Selection::all(), out),
        ),
        _ => Err("usage: rows-child typed|encoded ROWS".into()),
    }
}

fn measure<R>(rows: u64, make: impl Fn(u64) -> R, write: impl Fn(&Arc<R>, &mut Vec<u8>)) -> Result<(), AnyError> {
    let mut all: Vec<Arc<R>> = Vec::with_capacity(usize::try_from(rows)?);
    let before = resident()?;
    let begin = Instant::now();
    all.extend((0..rows).map(|number| Arc::new(make(number))));
    let build = begin.elapsed();
    let bytes = (resident()? - before) as f64 / rows as f64;

    let mut out = Vec::with_capacity(64 * 1024);
    let gets = 1_000_000_u64;
    let mut at = 1_u64;
    let begin = Instant::now();
    for _ in 0..gets {
        at = at.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        out.clear();
        write(&all[usize::try_from((at >> 33) % rows)?], &mut out);
        black_box(&out);
    }
    let get = begin.elapsed();
    let begin = Instant::now();
    let pages = 10_000;
    for page in 0..pages {
        out.clear();
        let first = usize::try_from((page * 7_919) % (rows - 100))?;
        all[first..first + 100].iter().for_each(|row| write(row, &mut out));
        black_box(&out);
    }
    let list = begin.elapsed();
    let ns = |time: std::time::Duration, count: u64| time.as_nanos() as f64 / count as f64;
    println!("{bytes} {} {} {}", ns(get, gets), ns(list, pages * 100), ns(build, rows));
    Ok(())
}

fn resident() -> Result<u64, AnyError> {
    Ok(std::fs::read_to_string("/proc/self/statm")?.split(' ').nth(1).ok_or("statm")?.parse::<u64>()? * 4096)
}

fn typed(number: u64) -> Product {
    Product {
        id: Uuid::from_u64_pair(number, !number),
        sku: format!("SEED-{number:010}"),
        name: format!("Product number {number}, of stainless steel, large"),
        category: super::seed::category(number),
        price: Decimal::new(i64::try_from(number % 100_000).expect("small"), 2),
        stock: i64::try_from(number % 5_000).expect("small"),
        active: true,
        listed_at: Timestamp::from_micros(1_769_860_800_000_000),
        revision: 1,
        position: number,
    }
}

fn encoded(model: &ModelEntry, number: u64) -> Row {
    let product = typed(number);
    let values: [Value; 8] = [
        product.id.to_value(),
        product.sku.to_value(),
        product.name.to_value(),
        product.category.to_value(),
        product.price.to_value(),
        product.stock.to_value(),
        product.active.to_value(),
        product.listed_at.to_value(),
    ];
    Row {
        revision: product.revision,
        position: Position::new(product.position),
        bytes: model.encode_row(&values).into(),
    }
}
