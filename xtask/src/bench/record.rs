//! What one record costs by itself: to decode a create from JSON, to judge it, to ask a filter about it, and to write it as JSON from its
//! stored bytes, next to serde_json with a typed struct.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use lithair_model::{
    Catalog, DraftMode, FILTER_BYTES_MAX, ModelEntry, Numbers, Position, Reader, Row, Selection, Supplied, Timestamp,
    Value, Visible, decode_draft, judge, parse_filter, project,
};
use serde::Serialize;

use super::schema::{NAME, PRODUCT};
use super::stats::quartiles;
use crate::AnyError;

/// The record in the types that print the same text at the least cost.
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
    #[serde(skip_serializing_if = "Option::is_none")]
    _rev: Option<u64>,
}

const TYPED: Product<'_> = Product {
    id: "0197c3a1-7b5e-7cc3-98c4-dc0c0c07398f",
    sku: "PRD-00012345600000FF",
    name: "Enamelled steel mug with bamboo lid",
    price: "1249.50",
    stock: 12,
    active: true,
    released: Some("2026-01-31"),
    created_at: "2026-01-31T12:00:00.123456Z",
    _rev: None,
};
const FILTER: &str = "stock between (1, 100) and name ~ \"BAMBOO\" and (stock != 13 or name = null)";

pub(super) fn run(rounds: usize) -> Result<(), AnyError> {
    let catalog = Arc::new(Catalog::new(vec![&PRODUCT], &Numbers::of(&[&PRODUCT]))?);
    println!("| one record | ns |\n|---|--:|");
    coming_in(&catalog, rounds)?;
    going_out(&catalog.models[0], rounds)?;
    println!();
    Ok(())
}

fn values(model: &ModelEntry, body: &[u8]) -> Vec<Value> {
    let draft = decode_draft(model, body, DraftMode::Create, &|_| None).expect("the body is right");
    let value = |supplied| match supplied {
        Supplied::Value(value) => value,
        Supplied::Reference { .. } => Value::Null,
    };
    draft.fields.into_iter().map(|(_, supplied)| value(supplied)).collect()
}

fn coming_in(catalog: &Arc<Catalog>, rounds: usize) -> Result<(), AnyError> {
    let (model, reader) = (&catalog.models[0], Reader::system(catalog));
    let body = serde_json::to_vec(&TYPED)?;
    let values = values(model, &body);
    let now = Timestamp::from_micros(0);
    assert_eq!(judge(model, &values, now), []);
    let parse = || parse_filter(&reader, model, black_box(FILTER), FILTER_BYTES_MAX).expect("the filter is right");
    let filter = parse();
    assert!(filter.matches(values.as_slice(), now));
    report("decode a create", rounds, || drop(black_box(decode_draft(model, &body, DraftMode::Create, &|_| None))));
    report("judge a record", rounds, || drop(black_box(judge(model, black_box(&values), now))));
    report("parse a filter", rounds, || drop(black_box(parse())));
    report("ask a filter", rounds, || _ = black_box(filter.matches(black_box(values.as_slice()), now)));
    Ok(())
}

fn going_out(model: &ModelEntry, rounds: usize) -> Result<(), AnyError> {
    let values = values(model, &serde_json::to_vec(&TYPED)?);
    let row = Row { revision: 3, position: Position::new(7), bytes: model.encode_row(&values).into() };
    let seen = Visible::to_system(&Arc::new(row.clone()));
    let (everything, two) = (Selection::all(), Selection::of([0, NAME]));
    let typed = Product { _rev: Some(3), ..TYPED };
    let mut out = Vec::with_capacity(1024);
    project(model, &seen, &everything, &mut out);
    assert_eq!(String::from_utf8_lossy(&out), serde_json::to_string(&typed)?, "both write the same");

    let mut written = |name: &str, write: &dyn Fn(&mut Vec<u8>)| {
        report(name, rounds, || {
            out.clear();
            write(&mut out);
            black_box(&out);
        });
    };
    written("project", &|out| project(model, black_box(&seen), &everything, out));
    written("project, 2 of 8 fields", &|out| project(model, black_box(&seen), &two, out));
    written("serde_json, texts prepared", &|out| {
        serde_json::to_writer(out, black_box(&typed)).expect("is JSON");
    });
    report("decode_row", rounds, || drop(black_box(model.decode_row(black_box(&row.bytes)))));
    report("field (last)", rounds, || drop(black_box(model.field(black_box(&row), 7))));
    report("row_key", rounds, || drop(black_box(model.row_key(black_box(&row)))));
    report("encode_row", rounds, || drop(black_box(model.encode_row(black_box(&values)))));
    Ok(())
}

/// Prints the median of the rounds' means.
fn report(what: &str, rounds: usize, mut work: impl FnMut()) {
    const REPEATS: u32 = 50_000;
    let round = |_| {
        let begin = Instant::now();
        (0..REPEATS).for_each(|_| work());
        begin.elapsed().as_nanos() as f64 / f64::from(REPEATS)
    };
    let times: Vec<f64> = (0..rounds * 3).map(round).collect();
    println!("| {what} | {:.0} |", quartiles(&times).median);
}
