//! Each rule below, at and above its bounds.

use super::{now, text};
use crate::testing::{COLOUR, EMPTY, catalog};
use crate::{
    Date, Decimal, FieldSchema, FieldType, Format, Json, Kind, Literal, ModelSchema, Rule, RuleSchema, Timestamp,
    Value, judge,
};

/// What a field with one rule says of values: those it takes and those it refuses.
#[track_caller]
fn check<T: FieldType>(rule: Rule, taken: &[Value], refused: &[Value]) {
    check_field(FieldSchema::of::<T>("field"), rule, taken, refused);
}

#[track_caller]
fn check_field(field: FieldSchema, rule: Rule, taken: &[Value], refused: &[Value]) {
    let shown = format!("{rule:?}");
    let code = match &rule {
        Rule::Format(format) => super::super::formats::words(*format).0,
        rule => crate::rule_word(rule),
    };
    let rules: &'static [RuleSchema] = Box::leak(Box::new([RuleSchema::of(rule)]));
    let fields = Box::leak(Box::new([FieldSchema::of::<i64>("id"), FieldSchema { rules, optional: true, ..field }]));
    let schema: &'static ModelSchema =
        Box::leak(Box::new(ModelSchema { name: "One", table: "ones", path: "ones", fields, key: &[0], ..EMPTY }));
    let catalog = catalog(&[schema]);
    let codes = |value: &Value| -> Vec<&str> {
        let violations = judge(&catalog.models[0], &[Value::Int(1), value.clone()], now());
        violations.into_iter().map(|violation| violation.code).collect()
    };
    for value in taken {
        assert_eq!(codes(value), [""; 0], "{shown} takes {value:?}");
    }
    for value in refused {
        assert_eq!(codes(value), [code], "{shown} refuses {value:?}");
    }
    if code != "required" {
        assert_eq!(codes(&Value::Null), [""; 0], "{shown}: null keeps every rule but `required`");
    }
}

fn texts(texts: &[&str]) -> Vec<Value> {
    texts.iter().map(|part| text(part)).collect()
}

fn ints(numbers: &[i128]) -> Vec<Value> {
    numbers.iter().copied().map(Value::Int).collect()
}

fn decimals(numbers: &[&str]) -> Vec<Value> {
    numbers.iter().map(|number| Value::Decimal(number.parse().expect("a decimal"))).collect()
}

fn floats(numbers: &[f64]) -> Vec<Value> {
    numbers.iter().copied().map(Value::Float).collect()
}

fn list(items: &[Value]) -> Value {
    Value::List(items.to_vec())
}

#[test]
fn required_and_non_empty() {
    check::<String>(Rule::Required, &texts(&["", "a"]), &[Value::Null]);
    check::<i64>(Rule::Required, &ints(&[0]), &[Value::Null]);
    check::<String>(Rule::NonEmpty, &texts(&["a", " a ", "\0"]), &texts(&["", " ", "\t\n\u{3000}"]));
    check::<Vec<i64>>(Rule::NonEmpty, &[list(&ints(&[1]))], &[list(&[])]);
    let json = |text: &str| Value::Json(Json::parse(text).expect("is JSON"));
    check::<Json>(
        Rule::NonEmpty,
        &[json("0"), json("false"), json("[null]"), json("{\"a\":null}"), json("\" \"")],
        &[json("null"), json(" [ ] "), json("{ }"), json("\"\"")],
    );
}

#[test]
fn sizes() {
    let rule = || Rule::Len { min: 2, max: 3 };
    check::<String>(rule(), &texts(&["ab", "abc", "äöü", "😀😀"]), &texts(&["", "a", "abcd", "😀"]));
    check::<Vec<i64>>(
        rule(),
        &[list(&ints(&[1, 1])), list(&ints(&[1, 1, 1]))],
        &[list(&ints(&[1])), list(&ints(&[1; 4]))],
    );
    check::<String>(Rule::Len { min: 1, max: u64::MAX }, &texts(&["a", &"a".repeat(9_999)]), &texts(&[""]));
    check::<String>(Rule::Len { min: 0, max: 0 }, &texts(&[""]), &texts(&["a"]));
    check::<String>(Rule::Bytes { min: 2, max: 4 }, &texts(&["ab", "abcd", "ä", "😀"]), &texts(&["a", "abcde", "äöü"]));
}

#[test]
fn ranges_of_numbers() {
    let rule =
        |min: Option<i128>, max: Option<i128>| Rule::Range { min: min.map(Literal::Int), max: max.map(Literal::Int) };
    check::<i64>(rule(Some(0), Some(100)), &ints(&[0, 1, 99, 100]), &ints(&[-1, 101, i128::from(i64::MIN)]));
    check::<i64>(rule(Some(0), None), &ints(&[0, i128::from(i64::MAX)]), &ints(&[-1]));
    check::<u64>(rule(None, Some(u64::MAX.into())), &ints(&[0, u64::MAX.into()]), &[]);
    check::<f64>(
        rule(Some(0), Some(1)),
        &floats(&[0.0, -0.0, 1.0, f64::MIN_POSITIVE]),
        &floats(&[-f64::MIN_POSITIVE, 1.0 + f64::EPSILON]),
    );
    let exact = || Rule::Range { min: Some(Literal::Number("0.10")), max: Some(Literal::Number("0.3")) };
    check::<Decimal>(
        exact(),
        &decimals(&["0.1", "0.100", "0.3"]),
        &decimals(&["0.0999999999", "0.3000000000000000000000000001", "-0.2"]),
    );
    check::<f64>(exact(), &floats(&[0.1, 0.3]), &floats(&[0.1_f64.next_down(), 0.3_f64.next_up()]));
    // The bounds of a short float are what a short float holds.
    let short = |number: f32| Value::Float(f64::from(number));
    check::<f32>(exact(), &[short(0.1), short(0.3)], &[short(0.1_f32.next_down()), short(0.3_f32.next_up())]);
}

#[test]
fn ranges_of_times() {
    let rule = || Rule::Range { min: Some(Literal::Text("2026-01-01")), max: Some(Literal::Text("2026-12-31")) };
    let date = |text: &str| Value::Date(text.parse::<Date>().expect("a date"));
    check::<Date>(rule(), &[date("2026-01-01"), date("2026-12-31")], &[date("2025-12-31"), date("2027-01-01")]);
    let rule = || Rule::Greater(Literal::Text("2026-01-01T00:00:00Z"));
    let time = |text: &str| Value::Timestamp(text.parse::<Timestamp>().expect("a time"));
    check::<Timestamp>(
        rule(),
        &[time("2026-01-01T00:00:00.000001Z")],
        &[time("2026-01-01T00:00:00Z"), time("2025-12-31T23:59:59Z")],
    );
}

#[test]
fn open_bounds() {
    check::<i64>(Rule::Greater(Literal::Int(5)), &ints(&[6]), &ints(&[5, 4]));
    check::<i64>(Rule::Less(Literal::Int(5)), &ints(&[4]), &ints(&[5, 6]));
    check::<Decimal>(
        Rule::Greater(Literal::Int(0)),
        &decimals(&["0.0000000000000000000000000001"]),
        &decimals(&["0", "-1"]),
    );
    check::<f64>(
        Rule::Less(Literal::Number("0.5")),
        &floats(&[0.5_f64.next_down()]),
        &floats(&[0.5, 0.5_f64.next_up()]),
    );
}

#[test]
fn multiples() {
    check::<i64>(Rule::MultipleOf(Literal::Int(5)), &ints(&[0, 5, -10]), &ints(&[1, 4, 6, -1]));
    check::<Decimal>(
        Rule::MultipleOf(Literal::Number("0.05")),
        &decimals(&["0", "0.10", "-1.15", "0.050"]),
        &decimals(&["0.01", "0.051"]),
    );
    check::<f64>(Rule::MultipleOf(Literal::Number("0.1")), &floats(&[0.0, 0.3, 0.7, -1.1]), &floats(&[0.05, 0.31]));
    let short = |number: f32| Value::Float(f64::from(number));
    check::<f32>(Rule::MultipleOf(Literal::Number("0.1")), &[short(0.3), short(0.7)], &[short(0.05)]);
    check::<f64>(Rule::MultipleOf(Literal::Int(2)), &floats(&[1e300]), &floats(&[1.0]));
}

#[test]
fn choices() {
    check::<String>(
        Rule::OneOf(&[Literal::Text("a"), Literal::Text("b")]),
        &texts(&["a", "b"]),
        &texts(&["", "A", "ab"]),
    );
    check::<i64>(Rule::OneOf(&[Literal::Int(1), Literal::Int(3)]), &ints(&[1, 3]), &ints(&[0, 2, 4]));
    check::<Decimal>(Rule::OneOf(&[Literal::Number("0.5")]), &decimals(&["0.5", "0.50"]), &decimals(&["0.51"]));
    let colour = FieldSchema { kind: Kind::Enum(&COLOUR), ..FieldSchema::of::<String>("colour") };
    check_field(colour, Rule::OneOf(&[Literal::Variant("Red")]), &texts(&["red"]), &texts(&["green"]));
}

#[test]
fn texts_and_their_parts() {
    check::<String>(Rule::Regex("^[a-z]{2}$"), &texts(&["ab"]), &texts(&["", "a", "abc", "AB", "ab\n", "ab\0"]));
    check::<String>(Rule::Regex("b"), &texts(&["abc"]), &texts(&["ac"]));
    check::<String>(Rule::StartsWith("ab"), &texts(&["ab", "abc"]), &texts(&["", "a", "cab", "AB"]));
    check::<String>(Rule::EndsWith("ab"), &texts(&["ab", "cab"]), &texts(&["", "b", "abc"]));
    check::<String>(Rule::Contains("ab"), &texts(&["ab", "cabc"]), &texts(&["", "a b", "ba"]));
    check::<String>(Rule::Format(Format::Slug), &texts(&["a-b"]), &texts(&["A-B"]));
}

#[test]
fn the_past_ends_where_the_future_begins() {
    let time = |micros: i64| Value::Timestamp(now().plus_micros(micros));
    check::<Timestamp>(Rule::Past, &[time(-1)], &[time(0), time(1)]);
    check::<Timestamp>(Rule::Future, &[time(1)], &[time(0), time(-1)]);
    let day = |days: i32| Value::Date(Date::from_days(now().date().days() + days));
    check::<Date>(Rule::Past, &[day(-1)], &[day(0), day(1)]);
    check::<Date>(Rule::Future, &[day(1)], &[day(0), day(-1)]);
}

#[test]
fn twins_are_found_by_what_they_are_equal_to() {
    check::<Vec<i64>>(Rule::UniqueItems, &[list(&[]), list(&ints(&[1, 2, 3]))], &[list(&ints(&[1, 2, 1]))]);
    check::<Vec<String>>(Rule::UniqueItems, &[list(&texts(&["a", "A", ""]))], &[list(&texts(&["", "a", ""]))]);
    check::<Vec<Option<String>>>(
        Rule::UniqueItems,
        &[list(&[Value::Null, text("")])],
        &[list(&[Value::Null, Value::Null])],
    );
    check::<Vec<Decimal>>(Rule::UniqueItems, &[list(&decimals(&["1", "1.1"]))], &[list(&decimals(&["1.0", "1.00"]))]);
    check::<Vec<f64>>(Rule::UniqueItems, &[list(&floats(&[1.0, 1.5]))], &[list(&floats(&[0.0, -0.0]))]);
    // A caller chooses the length: this would take minutes if each were compared with each.
    let many: Vec<Value> = (0..100_000).map(Value::Int).collect();
    check::<Vec<i64>>(Rule::UniqueItems, &[list(&many)], &[list(&[many.clone(), ints(&[99_999])].concat())]);
}

#[test]
fn functions_say_it_in_their_own_words() {
    fn even(value: &Value) -> Result<(), String> {
        match value {
            Value::Int(number) if number % 2 == 0 => Ok(()),
            _ => Err("expected an even number".to_owned()),
        }
    }
    check::<i64>(Rule::With { path: "even", check: even }, &ints(&[0, 2]), &ints(&[1]));
    static ODD: ModelSchema = ModelSchema {
        name: "One",
        table: "ones",
        path: "ones",
        fields: &[FieldSchema {
            rules: &[
                RuleSchema::of(Rule::With { path: "even", check: even }),
                RuleSchema {
                    message: Some("not this one"),
                    ..RuleSchema::of(Rule::With { path: "even", check: even })
                },
            ],
            ..FieldSchema::of::<i64>("id")
        }],
        key: &[0],
        ..EMPTY
    };
    let catalog = catalog(&[&ODD]);
    let details: Vec<String> =
        judge(&catalog.models[0], &ints(&[1]), now()).into_iter().map(|violation| violation.detail).collect();
    assert_eq!(details, ["expected an even number", "not this one"]);
}

#[test]
fn a_pattern_too_large_to_compile_is_refused_at_the_start() {
    assert!(super::super::pattern("^[a-z0-9._-]{1,200}$").is_ok());
    assert!(super::super::pattern("(?:(?:\\w{100}){100}){100}").is_err());
}
