use proptest::prelude::*;

use super::{Selection, project};
use crate::testing::{EVERY_KIND, FIELDS, any_record, every_kind};
use crate::{Catalog, Json, ModelEntry, Numbers, Position, Row, Value};

/// What a record's JSON is.
fn shown(values: &[Value], selection: &Selection) -> String {
    let model = every_kind();
    let row = Row { revision: 3, position: Position::new(9), bytes: model.encode_row(values).into() };
    let mut out = Vec::new();
    project(&model, &crate::Visible::to_system(&row.into()), selection, &mut out);
    String::from_utf8(out).expect("JSON is UTF-8")
}

/// A record with nothing but a key and some fields, by name.
fn record(fields: &[(&str, Value)]) -> Vec<Value> {
    let mut values = vec![Value::Null; FIELDS.len()];
    values[0] = Value::Int(1);
    for (name, value) in fields {
        let place = FIELDS.iter().position(|field| field.name == *name).expect("is a field");
        values[place] = value.clone();
    }
    values
}

/// Asserts the JSON of one field's value.
#[track_caller]
fn check(name: &str, value: Value, expected: &str) {
    let place = FIELDS.iter().position(|field| field.name == name).expect("is a field");
    let wire = serde_json::to_string(FIELDS[place].wire).expect("is JSON");
    let text = shown(&record(&[(name, value)]), &Selection::of([place]));
    assert_eq!(text, format!("{{{wire}:{expected},\"_rev\":3}}"));
}

#[test]
fn every_kind_has_its_text() {
    check("flag", Value::Bool(false), "false");
    check("whole", Value::Int(i64::MIN.into()), "-9223372036854775808");
    check("natural", Value::Int(u64::MAX.into()), "18446744073709551615");
    check("real", Value::Float(1.0), "1.0");
    check("real", Value::Float(-0.0), "-0.0");
    check("real", Value::Float(0.1 + 0.2), "0.30000000000000004");
    check("real", Value::Float(1e300), "1e+300");
    check("short_real", Value::Float(f64::from(0.1_f32)), "0.1");
    check("text", Value::Text("a\"b\\\n\0é".into()), r#""a\"b\\\n\u0000é""#);
    check("exact", Value::Decimal("12.500".parse().expect("is a decimal")), r#""12.500""#);
    check("price", Value::Decimal("12.5".parse().expect("is a decimal")), r#""12.50""#);
    check("price", Value::Decimal("-7".parse().expect("is a decimal")), r#""-7.00""#);
    check("token", Value::Uuid(uuid::Uuid::max()), r#""ffffffff-ffff-ffff-ffff-ffffffffffff""#);
    check(
        "at",
        Value::Timestamp("2026-01-31T13:00:00.5+01:00".parse().expect("is a moment")),
        r#""2026-01-31T12:00:00.5Z""#,
    );
    check("day", Value::Date("2026-01-31".parse().expect("is a date")), r#""2026-01-31""#);
    check("colour", Value::Text("blue".into()), r#""blue""#);
    check("tags", Value::List(vec![Value::Text("a".into()), Value::Null]), r#"["a",null]"#);
    check("extra", Value::Json(Json::parse("{ \"a\" : 1.0 }").expect("is JSON")), r#"{"a":1.0}"#);
    check("shape", Value::Variant("Point".into(), vec![]), r#"{"type":"Point"}"#);
    let boxed = Value::Variant("Box".into(), vec![Value::Int(2), Value::Null, Value::Bool(true)]);
    check("shape", boxed, r#"{"type":"Box","width":2,"label":null}"#);
    check("text", Value::Null, "null");
}

#[test]
fn what_callers_may_not_see_is_not_shown_even_when_asked_for() {
    let values = record(&[("hidden", Value::Text("h".into())), ("password", Value::Text("p".into()))]);
    assert_eq!(shown(&values, &Selection::of(0..FIELDS.len())), shown(&values, &Selection::all()));
    assert!(!shown(&values, &Selection::all()).contains("hidden"));
    assert!(!shown(&values, &Selection::all()).contains("password"));
    assert_eq!(shown(&values, &Selection::of([16, 17])), "{\"_rev\":3}");
}

proptest! {
    #[test]
    fn the_bytes_and_the_values_have_one_text(values in any_record()) {
        let mut expected = Vec::from(*b"{");
        for (field, value) in FIELDS.iter().zip(&values).filter(|(field, _)| !matches!(field.name, "hidden" | "password")) {
            expected.extend_from_slice(format!("{:?}:", field.wire).as_bytes());
            super::write_json(field, value, &mut expected);
            expected.push(b',');
        }
        expected.extend_from_slice(b"\"_rev\":3}");
        let shown = shown(&values, &Selection::all());
        prop_assert_eq!(&shown, &String::from_utf8_lossy(&expected));
        prop_assert!(serde_json::from_str::<serde::de::IgnoredAny>(&shown).is_ok());
    }

    #[test]
    fn the_order_in_the_log_does_not_show(
        values in any_record(), numbers in Just((0_u32..).take(FIELDS.len()).collect::<Vec<_>>()).prop_shuffle(),
        chosen in proptest::collection::vec(0..FIELDS.len(), 0..FIELDS.len()),
    ) {
        let model = renumbered(&numbers);
        let bytes = model.encode_row(&values);
        prop_assert_eq!(&model.decode_row(&bytes)?, &values);
        let row = crate::Visible::to_system(&Row { revision: 3, position: Position::new(9), bytes: bytes.into() }.into());
        for selection in [Selection::all(), Selection::of(chosen)] {
            let mut out = Vec::new();
            project(&model, &row, &selection, &mut out);
            prop_assert_eq!(String::from_utf8_lossy(&out), shown(&values, &selection));
        }
    }
}

/// The model with a field of every kind, in a log that gave its fields these numbers.
fn renumbered(numbers: &[u32]) -> ModelEntry {
    let mut change = Numbers::new().assign(&[&EVERY_KIND]).remove(0);
    change.fields.iter_mut().zip(numbers).for_each(|(field, &number)| field.0 = number);
    let mut known = Numbers::new();
    known.learn(&change);
    Catalog::new(vec![&EVERY_KIND], &known).expect("the schema is right").models.remove(0)
}
