//! What is wrong with records and changes, as callers are told.

mod formats;
mod rules;

use expect_test::{Expect, expect};

use super::judge_change;
use crate::testing::{EMPTY, catalog};
use crate::{
    Auto, CheckSchema, Comparison, Decimal, DecimalSchema, Exposure, Expr, FieldSchema, Literal, ModelSchema,
    Mutability, Normalizer, Rule, RuleSchema, Timestamp, Uuid, Value, Violation, judge, normalize,
};

fn now() -> Timestamp {
    "2026-06-15T12:00:00Z".parse().expect("a time")
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn shown(violations: &[Violation]) -> String {
    let lines = violations.iter().map(|violation| {
        let params: Vec<String> = violation.params.iter().map(|(name, value)| format!(" {name}={value}")).collect();
        format!("{} {}: {}{}", violation.pointer, violation.code, violation.detail, params.concat())
    });
    lines.collect::<Vec<_>>().join("\n")
}

const IS_LIVE: Expr = Expr::Compare(&Expr::Field("live"), Comparison::Equal, &Expr::Literal(Literal::Bool(true)));

static EVENT: ModelSchema = ModelSchema {
    name: "Event",
    table: "events",
    path: "events",
    fields: &[
        FieldSchema { auto: Some(Auto::Uuid7), ..FieldSchema::of::<Uuid>("id") },
        FieldSchema {
            rules: &[
                RuleSchema { message: Some("say what it is"), ..RuleSchema::of(Rule::NonEmpty) },
                RuleSchema::of(Rule::Len { min: 3, max: 5 }),
                RuleSchema::of(Rule::Regex("^[a-z]*$")),
            ],
            ..FieldSchema::of::<String>("title")
        },
        FieldSchema::of::<Option<Timestamp>>("starts_at"),
        FieldSchema {
            rules: &[RuleSchema { condition: Some(IS_LIVE), ..RuleSchema::of(Rule::Required) }],
            wire: "endsAt",
            ..FieldSchema::of::<Option<Timestamp>>("ends_at")
        },
        FieldSchema::of::<bool>("live"),
        FieldSchema {
            rules: &[RuleSchema::of(Rule::Each(&[
                RuleSchema { condition: Some(IS_LIVE), ..RuleSchema::of(Rule::Len { min: 2, max: 3 }) },
                RuleSchema::of(Rule::Required),
            ]))],
            wire: "tag/s",
            ..FieldSchema::of::<Option<Vec<Option<String>>>>("tags")
        },
        FieldSchema { mutability: Mutability::Immutable, ..FieldSchema::of::<Option<i64>>("origin") },
        FieldSchema { exposure: Exposure::ReadOnly, ..FieldSchema::of::<Option<i64>>("views") },
        FieldSchema {
            decimal: Some(DecimalSchema { precision: 4, scale: 2 }),
            ..FieldSchema::of::<Option<Decimal>>("price")
        },
    ],
    key: &[0],
    checks: &[
        CheckSchema {
            condition: Expr::Any(&[
                Expr::Compare(&Expr::Field("ends_at"), Comparison::Equal, &Expr::Literal(Literal::Null)),
                Expr::Compare(&Expr::Field("starts_at"), Comparison::Less, &Expr::Field("ends_at")),
            ]),
            message: "ends before it starts",
            field: Some(3),
        },
        CheckSchema {
            condition: Expr::Not(&Expr::All(&[
                IS_LIVE,
                Expr::Compare(&Expr::Field("starts_at"), Comparison::Greater, &Expr::Now(0)),
            ])),
            message: "cannot be live before it starts",
            field: None,
        },
    ],
    ..EMPTY
};

fn sound() -> Vec<Value> {
    vec![
        Value::Uuid(Uuid::nil()),
        text("abc"),
        Value::Null,
        Value::Null,
        Value::Bool(false),
        Value::Null,
        Value::Null,
        Value::Null,
        Value::Null,
    ]
}

#[track_caller]
fn check(changes: &[(usize, Value)], expected: Expect) {
    let catalog = catalog(&[&EVENT]);
    let mut values = sound();
    changes.iter().for_each(|(place, value)| values[*place] = value.clone());
    expected.assert_eq(&shown(&judge(&catalog.models[0], &values, now())));
}

fn micros(offset: i64) -> Value {
    Value::Timestamp(now().plus_micros(offset))
}

#[test]
fn all_that_is_wrong_with_a_record_is_said_at_once() {
    check(&[], expect![""]);
    check(
        &[(1, text(" 1"))],
        expect![[r#"
        /title len: expected 3 to 5 characters, found 2 min=3 max=5
        /title regex: expected a text that matches ^[a-z]*$ regex="^[a-z]*$""#]],
    );
    check(
        &[(1, text("  "))],
        expect![[r#"
        /title non_empty: say what it is
        /title len: expected 3 to 5 characters, found 2 min=3 max=5
        /title regex: expected a text that matches ^[a-z]*$ regex="^[a-z]*$""#]],
    );
    check(
        &[(1, Value::Null), (4, Value::Null)],
        expect![[r#"
        /title required: a value is required
        /live required: a value is required"#]],
    );
    let tags = Value::List(vec![text("a"), Value::Null, text("abcd"), text("ab")]);
    check(
        &[(1, text("ABCDEF")), (4, Value::Bool(true)), (5, tags.clone())],
        expect![[r#"
        /title len: expected 3 to 5 characters, found 6 min=3 max=5
        /title regex: expected a text that matches ^[a-z]*$ regex="^[a-z]*$"
        /endsAt required: a value is required
        /tag~1s/0 len: expected 2 to 3 characters, found 1 min=2 max=3
        /tag~1s/1 required: a value is required
        /tag~1s/2 len: expected 2 to 3 characters, found 4 min=2 max=3"#]],
    );
    check(&[(5, tags)], expect!["/tag~1s/1 required: a value is required"]);
}

#[test]
fn checks_see_the_whole_record_and_the_time() {
    check(&[(2, micros(0)), (3, micros(0))], expect!["/endsAt check: ends before it starts"]);
    check(&[(2, micros(0)), (3, micros(1))], expect![""]);
    check(&[(3, micros(1))], expect!["/endsAt check: ends before it starts"]);
    check(
        &[(2, micros(1)), (3, micros(2)), (4, Value::Bool(true))],
        expect![" check: cannot be live before it starts"],
    );
    check(&[(2, micros(0)), (3, micros(2)), (4, Value::Bool(true))], expect![""]);
}

#[test]
fn a_value_that_came_from_elsewhere_is_of_the_fields_type() {
    check(
        &[(1, Value::Int(1)), (4, text("true"))],
        expect![[r#"
        /title type: expected a string
        /live type: expected a boolean"#]],
    );
    check(&[(5, Value::List(vec![Value::Int(1)]))], expect!["/tag~1s type: expected an array"]);
    check(
        &[(8, Value::Decimal(Decimal::new(12_345, 3)))],
        expect!["/price decimal: expected at most 2 digits before the point and 2 after it precision=4 scale=2"],
    );
    check(&[(8, Value::Decimal(Decimal::new(12_300, 3)))], expect![""]);
    check(
        &[(8, Value::Decimal(Decimal::new(100, 0)))],
        expect!["/price decimal: expected at most 2 digits before the point and 2 after it precision=4 scale=2"],
    );
}

#[test]
fn what_may_not_change_is_told_by_its_kind() {
    let catalog = catalog(&[&EVENT]);
    let model = &catalog.models[0];
    let mut after = sound();
    after[8] = Value::Decimal(Decimal::new(1, 2));
    let changes = |before: &[Value], after: &[Value]| shown(&judge_change(model, before, after));
    assert_eq!(changes(&sound(), &after), "");
    let mut before = after.clone();
    before[8] = Value::Decimal(Decimal::new(10, 3));
    assert_eq!(changes(&before, &after), "", "equal decimals are the same however they are written");
    after[0] = Value::Uuid(Uuid::max());
    after[6] = Value::Int(1);
    after[7] = Value::Int(1);
    expect![[r#"
        /id immutable: a record's key does not change
        /origin immutable: this field is set once, at creation
        /views read_only: the server sets this field"#]]
    .assert_eq(&changes(&before, &after));
}

#[test]
fn texts_are_normalized_in_the_order_of_the_normalizers() {
    let field = |normalizers: &'static [Normalizer]| FieldSchema { normalizers, ..FieldSchema::of::<String>("a") };
    let check = |normalizers: &'static [Normalizer], given: &str, expected: &str| {
        assert_eq!(normalize(&field(normalizers), text(given)), text(expected), "{normalizers:?} {given:?}");
    };
    check(&[], " A\u{301} ", " A\u{301} ");
    check(&[Normalizer::Trim], "\u{a0}\t A b \u{3000}\n", "A b");
    check(&[Normalizer::Lower], " ÀÉ ", " àé ");
    check(&[Normalizer::Nfc], "A\u{301}", "\u{c1}");
    check(&[Normalizer::Trim, Normalizer::Lower, Normalizer::Nfc], " A\u{301} ", "\u{e1}");
    check(&[Normalizer::Trim], "\0a\0", "\0a\0");
    let list = Value::List(vec![text(" a "), Value::Null]);
    let texts = FieldSchema { normalizers: &[Normalizer::Trim], ..FieldSchema::of::<Vec<Option<String>>>("a") };
    assert_eq!(normalize(&texts, list), Value::List(vec![text("a"), Value::Null]));
}

#[test]
fn a_condition_within_each_is_checked_when_the_program_starts() {
    static ODD: ModelSchema = ModelSchema {
        fields: &[FieldSchema {
            rules: &[RuleSchema::of(Rule::Each(&[RuleSchema {
                condition: Some(Expr::Field("liv")),
                ..RuleSchema::of(Rule::NonEmpty)
            }]))],
            ..FieldSchema::of::<Vec<String>>("tags")
        }],
        key: &[],
        ..EVENT_LIKE
    };
    let schemas: [&'static ModelSchema; 1] = [&ODD];
    let error = crate::Catalog::new(schemas.to_vec(), &crate::Numbers::of(&schemas)).expect_err("no such field");
    assert!(error.to_string().contains("Event.tags: `when`: `liv` is not a field here"), "{error}");
}

static TOPIC: ModelSchema = ModelSchema {
    name: "Topic",
    table: "topics",
    path: "topics",
    fields: &[
        FieldSchema { wire: "the/name", normalizers: &[Normalizer::Trim], ..FieldSchema::of::<String>("name") },
        FieldSchema::of::<Option<String>>("label"),
    ],
    key: &[0],
    ..EMPTY
};

static TOPIC_LABEL: ModelSchema = ModelSchema {
    name: "TopicLabel",
    table: "topic_labels",
    path: "topic-labels",
    fields: &[FieldSchema::of::<String>("name"), FieldSchema::of::<String>("label")],
    key: &[0, 1],
    ..EMPTY
};

/// A record whose key was `events`, or empty, could be created and never be read again.
#[test]
fn a_key_that_no_path_can_name_is_refused() {
    let catalog = catalog(&[&TOPIC, &TOPIC_LABEL]);
    for (key, wrong) in [
        ("events", expect![[r#"/the~1name reserved: a path cannot name a record whose key is "events""#]]),
        ("", expect![[r#"/the~1name reserved: a path cannot name a record whose key is """#]]),
        (".", expect![[r#"/the~1name reserved: a path cannot name a record whose key is ".""#]]),
        ("..", expect![[r#"/the~1name reserved: a path cannot name a record whose key is "..""#]]),
        ("Events", expect![""]),
        ("...", expect![""]),
        ("history", expect![""]),
    ] {
        wrong.assert_eq(&shown(&judge(&catalog.models[0], &[text(key), text(key)], now())));
        assert_eq!(judge(&catalog.models[1], &[text(key), text(key)], now()), [], "a composite key has a comma");
    }
}

const EVENT_LIKE: ModelSchema = ModelSchema { name: "Event", table: "events", path: "events", ..EMPTY };
