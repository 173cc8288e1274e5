//! What it costs to decode a create from JSON, to judge the record, and to ask a filter about it.
//!
//! `cargo run --release -p lithair-model --example judge_bench`

#![allow(clippy::print_stdout, clippy::disallowed_methods, reason = "a program that measures and reports")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use lithair_model::{
    Catalog, Date, Decimal, DecimalSchema, DraftMode, FILTER_BYTES_MAX, FieldSchema, Literal, ModelSchema, Normalizer,
    Numbers, Rule, RuleSchema, Supplied, Timestamp, Uuid, Value, decode_draft, judge, parse_filter,
};

/// A product of eight fields with three rules, about 220 bytes of JSON.
static PRODUCT: ModelSchema = ModelSchema {
    name: "Product",
    table: "products",
    path: "products",
    fields: &[
        FieldSchema::of::<Uuid>("id"),
        FieldSchema {
            rules: &[RuleSchema::of(Rule::Regex("^[A-Z]{3}-[0-9]{6}$"))],
            ..FieldSchema::of::<String>("sku")
        },
        FieldSchema {
            rules: &[RuleSchema::of(Rule::Len { min: 1, max: 80 })],
            normalizers: &[Normalizer::Trim],
            filter: true,
            ..FieldSchema::of::<String>("name")
        },
        FieldSchema { decimal: Some(DecimalSchema { precision: 12, scale: 2 }), ..FieldSchema::of::<Decimal>("price") },
        FieldSchema {
            rules: &[RuleSchema::of(Rule::Range { min: Some(Literal::Int(0)), max: None })],
            filter: true,
            ..FieldSchema::of::<i64>("stock")
        },
        FieldSchema::of::<bool>("active"),
        FieldSchema::of::<Option<Date>>("released"),
        FieldSchema::of::<Timestamp>("created_at"),
    ],
    key: &[0],
    ..ModelSchema::PLAIN
};

const BODY: &str = r#"{"id":"01890a5d-ac96-774b-bcce-b302099a8057","sku":"ABC-123456","name":"A chair of oak, oiled, with arms","price":"149.90","stock":12,"active":true,"released":"2026-01-31","created_at":"2026-01-31T12:00:00.123456Z"}"#;
const FILTER: &str = "stock between (1, 100) and name ~ \"OAK\" and (stock != 13 or name = null)";

fn main() {
    let catalog =
        std::sync::Arc::new(Catalog::new(vec![&PRODUCT], &Numbers::of(&[&PRODUCT])).expect("the schema is right"));
    let reader = lithair_model::Reader::system(&catalog);
    let model = &catalog.models[0];
    let decode = || decode_draft(model, BODY.as_bytes(), DraftMode::Create, &|_| None).expect("the body is right");
    let values: Vec<Value> = decode()
        .fields
        .into_iter()
        .map(|(_, supplied)| match supplied {
            Supplied::Value(value) => value,
            Supplied::Reference { .. } => Value::Null,
        })
        .collect();
    let now = Timestamp::from_micros(0);
    assert_eq!(judge(model, &values, now), []);
    let filter = parse_filter(&reader, model, FILTER, FILTER_BYTES_MAX).expect("the filter is right");
    assert!(filter.matches(values.as_slice(), now));

    report("decode a create", median(|| drop(black_box(decode()))));
    report("judge a record", median(|| drop(black_box(judge(model, black_box(&values), now)))));
    report(
        "parse a filter",
        median(|| drop(black_box(parse_filter(&reader, model, black_box(FILTER), FILTER_BYTES_MAX)))),
    );
    report("ask a filter", median(|| _ = black_box(filter.matches(black_box(values.as_slice()), now))));
}

fn report(what: &str, each: Duration) {
    println!("{what:<16} {:>6} ns", each.as_nanos());
}

/// The median of the rounds' means.
fn median(mut work: impl FnMut()) -> Duration {
    const REPEATS: u32 = 20_000;
    let mut rounds: Vec<Duration> = (0..15)
        .map(|_| {
            let begin = Instant::now();
            (0..REPEATS).for_each(|_| work());
            begin.elapsed() / REPEATS
        })
        .collect();
    rounds.sort();
    rounds[rounds.len() / 2]
}
