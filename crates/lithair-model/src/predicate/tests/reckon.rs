//! What expressions are worth: exact, null with null, null for what is divided by zero.

use crate::declare::{
    abs, choice, code, date, day, duration, eq, field, int, le, len, lower, lt, minus, month, negative, now_and, null,
    number, of, or_else, over, plus, rounded, text, times, trim, upper, value, year,
};
use crate::predicate::{Untyped, bind_operand, bind_value};
use crate::{BindError, Expr, Fault, FieldSchema, Kind, ModelSchema, Predicate, Timestamp, Value};

const FIELDS: &[FieldSchema] = &[
    field::<i64>("a"),
    field::<Option<i64>>("b"),
    field::<rust_decimal::Decimal>("price"),
    field::<f64>("ratio"),
    field::<String>("name"),
    field::<Timestamp>("at"),
    field::<crate::Date>("on"),
];

static SCHEMA: ModelSchema =
    ModelSchema { name: "Thing", table: "things", path: "things", fields: FIELDS, key: &[0], ..ModelSchema::PLAIN };

fn values() -> Vec<Value> {
    vec![
        Value::Int(7),
        Value::Null,
        Value::Decimal("19.99".parse().expect("is a decimal")),
        Value::Float(0.5),
        Value::Text(" Ada ".to_owned()),
        Value::Timestamp("2026-01-31T12:00:00Z".parse().expect("is a time")),
        Value::Date("2026-02-28".parse().expect("is a date")),
    ]
}

/// What an expression is worth, or why it has no worth.
#[track_caller]
fn check(expr: &Expr, expected: &str) {
    let scope = crate::computed::OfFields::new(SCHEMA.fields);
    let shown = match bind_operand(&Untyped::of(expr), &scope) {
        Ok((operand, _)) => match operand.value(values().as_slice(), Timestamp::from_micros(0)) {
            Ok(Value::Decimal(number)) => format!("Decimal({number})"),
            Ok(Value::Timestamp(at)) => format!("{at}"),
            Ok(Value::Date(date)) => format!("{date}"),
            Ok(value) => format!("{value:?}"),
            Err(Fault::Overflow) => "overflow".to_owned(),
        },
        Err(BindError { detail, .. }) => format!("error: {detail}"),
    };
    assert_eq!(shown, expected, "{expr:?}");
}

/// The same for an expression that is written in place: schemas are constants.
macro_rules! check {
    ($expr:expr, $expected:expr $(,)?) => {{
        const EXPR: &Expr = &$expr;
        check(EXPR, $expected)
    }};
}

const A: Expr = of("a");
const B: Expr = of("b");
const PRICE: Expr = of("price");
const RATIO: Expr = of("ratio");
const NAME: Expr = of("name");
const AT: Expr = of("at");
const ON: Expr = of("on");
const TWO: Expr = value(int(2));
const ZERO: Expr = value(int(0));
const DAY: Expr = duration(86_400_000_000);
const HOUR: Expr = duration(3_600_000_000);

#[test]
fn integers_and_decimals_are_exact() {
    check!(plus(&A, &TWO), "Int(9)");
    check!(over(&A, &TWO), "Int(3)");
    check!(over(&negative(&A), &TWO), "Int(-3)");
    check!(times(&PRICE, &A), "Decimal(139.93)");
    check!(minus(&A, &PRICE), "Decimal(-12.99)");
    check!(times(&A, &value(number("1.5"))), "Decimal(10.5)");
    check!(over(&PRICE, &value(int(3))), "Decimal(6.6633333333333333333333333333)");
    check!(times(&A, &RATIO), "Float(3.5)");
    check!(plus(&RATIO, &value(number("0.25"))), "Float(0.75)");
    check!(plus(&RATIO, &PRICE), "error: a decimal is exact and a float is not: they do not go together");
    check!(abs(&negative(&PRICE)), "Decimal(19.99)");
    check!(rounded(&value(number("2.345")), 2), "error: expected a field, found a constant");
    check!(rounded(&over(&PRICE, &TWO), 2), "Decimal(10.00)");
    check!(rounded(&negative(&over(&PRICE, &TWO)), 2), "Decimal(-10.00)");
    check!(rounded(&over(&RATIO, &value(int(4))), 2), "Float(0.13)");
}

#[test]
fn what_cannot_be_held_has_no_worth_and_is_null_to_a_condition() {
    const LARGE: Expr = value(int(i128::MAX));
    const DEAR: Expr = value(number("7922816251426433759354395033.5"));
    check!(plus(&A, &LARGE), "overflow");
    check!(times(&PRICE, &DEAR), "overflow");
    check!(plus(&AT, &times(&minus(&AT, &AT), &A)), "2026-01-31T12:00:00Z");
    check!(plus(&AT, &duration(i64::MAX)), "overflow");
    check!(over(&RATIO, &value(number("0.000001"))), "Float(500000.0)");
    static TOO_MUCH: Expr = plus(&A, &LARGE);
    static LESS: Expr = lt(&A, &TOO_MUCH);
    let predicate = Predicate::bind(&LESS, &SCHEMA).expect("binds");
    assert!(!predicate.matches(values().as_slice(), Timestamp::from_micros(0)));
}

#[test]
fn null_makes_null_and_so_does_zero() {
    check!(plus(&A, &B), "Null");
    check!(over(&A, &ZERO), "Null");
    check!(over(&PRICE, &minus(&A, &A)), "Null");
    check!(over(&RATIO, &minus(&RATIO, &RATIO)), "Null");
    check!(or_else(&plus(&A, &B), &TWO), "Int(2)");
    check!(or_else(&over(&PRICE, &ZERO), &value(int(1))), "Decimal(1)");
    check!(abs(&B), "Null");
    check!(negative(&B), "Null");
    let holds = |expr: &'static Expr| {
        Predicate::bind(expr, &SCHEMA).expect("binds").matches(values().as_slice(), Timestamp::from_micros(0))
    };
    static SUM: Expr = plus(&A, &B);
    static LESS: Expr = lt(&SUM, &TWO);
    static IS_NULL: Expr = eq(&SUM, &value(null()));
    assert!(!holds(&LESS), "a comparison with nothing is false");
    assert!(holds(&IS_NULL));
}

#[test]
fn texts_and_times_have_their_own_words() {
    check!(plus(&trim(&NAME), &value(text("!"))), "Text(\"Ada!\")");
    check!(upper(&lower(&trim(&NAME))), "Text(\"ADA\")");
    check!(len(&trim(&NAME)), "Int(3)");
    check!(plus(&AT, &HOUR), "2026-01-31T13:00:00Z");
    check!(minus(&AT, &DAY), "2026-01-30T12:00:00Z");
    check!(plus(&ON, &DAY), "2026-03-01");
    check!(plus(&ON, &HOUR), "error: a date has no hours: add whole days");
    check!(minus(&AT, &ON), "error: `-` does not go with a timestamp and a date");
    check!(minus(&ON, &ON), "error: a duration is no value of a field");
    check!(plus(&AT, &A), "error: `+` does not go with a timestamp and an integer");
    check!(year(&AT), "Int(2026)");
    check!(month(&AT), "Int(1)");
    check!(day(&ON), "Int(28)");
    check!(date(&AT), "2026-01-31");
    check!(choice(&le(&minus(&plus(&AT, &HOUR), &AT), &DAY), &A, &PRICE), "Decimal(7)");
    check!(choice(&lt(&A, &TWO), &NAME, &value(text("x"))), "Text(\"x\")");
    check!(choice(&lt(&A, &TWO), &NAME, &A), "error: one is a string, the other an integer");
    check!(now_and(5), "1970-01-01T00:00:00.000005Z");
}

#[test]
fn a_value_is_of_the_kind_that_is_expected() {
    let scope = crate::computed::OfFields::new(SCHEMA.fields);
    let bound = |expr: &Expr, kind: &Kind| bind_value(&Untyped::of(expr), kind, &scope);
    let worth = |expr: &Expr, kind: &Kind| {
        bound(expr, kind).expect("binds").value(values().as_slice(), Timestamp::from_micros(0))
    };
    assert_eq!(worth(const { &plus(&A, &TWO) }, &Kind::Decimal), Ok(Value::Decimal(9.into())));
    assert_eq!(worth(const { &lt(&A, &TWO) }, &Kind::Bool), Ok(Value::Bool(false)));
    assert_eq!(
        bound(&NAME, &Kind::Bool).map_err(|error| error.detail),
        Err("this is a string, and the field a boolean".into())
    );
    const ASKED: Expr = code::<bool>("asked", |values| Value::Bool(values.len() == FIELDS.len()));
    assert_eq!(worth(&ASKED, &Kind::Bool), Ok(Value::Bool(true)), "a function has the whole record");
}
