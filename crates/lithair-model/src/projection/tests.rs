//! What is shown of a record, from its values and from its bytes alike.

use std::sync::Arc;

use proptest::prelude::*;

use super::{Selection, project, project_fields};
use crate::testing::{EMPTY, EVERY_KIND, FIELDS, any_record, catalog, every_kind};
use crate::{
    Auto, Catalog, Credential, Exposure, FieldAccess, FieldSchema, Identity, Json, Mask, ModelEntry, ModelSchema,
    Numbers, Policy, Position, Principal, Reader, Row, RowFields, Timestamp, Value, VisibleFields,
};

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

/// Fields that some bytes lack: a change says nothing of them, and of a record they are what they were before they were declared.
#[test]
fn a_change_shows_what_it_sets_and_a_record_all_of_it() {
    let in_order = every_kind();
    let backward = renumbered(&(0..).take(FIELDS.len()).collect::<Vec<u32>>().into_iter().rev().collect::<Vec<_>>());
    let place = FIELDS.iter().position(|field| field.name == "text").expect("is a field");
    let text = Value::Text("now".to_owned());
    let mut values = in_order.absent.to_vec();
    (values[0], values[place]) = (Value::Int(1), text.clone());
    let whole = shown(&values, &Selection::all());
    for model in [&in_order, &backward] {
        let change = |fields: &[(usize, Value)]| {
            let (bytes, mut out) = (model.encode_patch(fields), Vec::new());
            project_fields(model, &VisibleFields::to_system(&bytes), &Selection::all(), &mut out);
            String::from_utf8(out).expect("JSON is UTF-8")
        };
        assert_eq!([change(&[(place, text.clone())]), change(&[])], [r#"{"text":"now"}"#, "{}"]);
        let bytes = model.encode_patch(&[(0, Value::Int(1)), (place, text.clone())]);
        let row = Row { revision: 3, position: Position::new(9), bytes: bytes.into() };
        let mut out = Vec::new();
        project(model, &crate::Visible::to_system(&row.into()), &Selection::all(), &mut out);
        assert_eq!(String::from_utf8_lossy(&out), whole);
    }
}

/// A card: nobody unknown sees its code, nobody at all its number but for the end of it; one field is in no answer.
static CARD: ModelSchema = ModelSchema {
    name: "Card",
    table: "cards",
    path: "cards",
    fields: &[
        FieldSchema { auto: Some(Auto::Sequence), ..FieldSchema::of::<i64>("id") },
        FieldSchema::of::<String>("holder"),
        FieldSchema {
            access: FieldAccess { read: Some(&Policy::Authenticated), ..FieldAccess::OPEN },
            ..FieldSchema::of::<String>("code")
        },
        FieldSchema {
            access: FieldAccess { mask: Some(Mask { last: 4 }), ..FieldAccess::OPEN },
            ..FieldSchema::of::<Option<String>>("number")
        },
        FieldSchema {
            access: FieldAccess { read: Some(&Policy::Authenticated), ..FieldAccess::OPEN },
            exposure: Exposure::Hidden,
            ..FieldSchema::of::<String>("inside")
        },
    ],
    key: &[0],
    ..EMPTY
};

#[test]
fn what_is_left_out_is_named_where_it_was_asked_for() {
    let catalog = Arc::new(catalog(&[&CARD]));
    let model = &catalog.models[0];
    let check = |who: Principal, selection: Selection, number: Value, expected: &str| {
        let text = |text: &str| Value::Text(text.to_owned());
        let values = [Value::Int(1), text("ann"), text("canary"), number, text("canary")];
        let row = Row { revision: 3, position: Position::new(9), bytes: model.encode_row(&values).into() };
        let reader = Reader::new(&catalog, who, Timestamp::from_micros(0));
        let fields = RowFields { model, row: &row };
        let visible = reader.sight(0).visible(&Arc::new(row.clone()), &fields).expect("everybody sees it");
        let mut out = Vec::new();
        project(model, &visible, &selection, &mut out);
        assert_eq!(String::from_utf8_lossy(&out), expected);
    };
    let card = || Value::Text("4000123412341234".to_owned());
    let shown = r#"{"id":1,"holder":"ann","number":"••••1234","_redacted":["code","number"],"_rev":3}"#;
    check(Principal::Anonymous, Selection::all(), card(), shown);
    check(Principal::Anonymous, Selection::of([1]), card(), r#"{"holder":"ann","_rev":3}"#);
    check(Principal::Anonymous, Selection::of([1, 4]), card(), r#"{"holder":"ann","_rev":3}"#);
    check(Principal::Anonymous, Selection::of([2]), card(), r#"{"_redacted":["code"],"_rev":3}"#);
    check(Principal::Anonymous, Selection::of([3]), Value::Null, r#"{"number":null,"_redacted":["number"],"_rev":3}"#);
    let known = Principal::from(Identity::new(Credential::Session, "ann"));
    let shown = r#"{"id":1,"holder":"ann","code":"canary","number":"••••1234","_redacted":["number"],"_rev":3}"#;
    check(known, Selection::all(), card(), shown);
}

/// A program that was given a field less walks past it, wherever it stands.
#[test]
fn fields_that_the_program_does_not_know_are_not_shown() {
    const fn text(name: &'static str) -> FieldSchema {
        FieldSchema::of::<String>(name)
    }
    const NOTE: ModelSchema = ModelSchema { name: "Note", table: "notes", path: "notes", key: &[0], ..EMPTY };
    static FORMER: ModelSchema = ModelSchema {
        fields: &[
            FieldSchema::of::<i64>("id"),
            text("first"),
            text("title"),
            text("second"),
            text("body"),
            text("last"),
        ],
        ..NOTE
    };
    static TODAY: ModelSchema =
        ModelSchema { fields: &[FieldSchema::of::<i64>("id"), text("title"), text("body")], ..NOTE };
    let former = catalog(&[&FORMER]).models.remove(0);
    let values = ["first", "a", "second", "b", "last"].map(|text| Value::Text(text.to_owned()));
    let bytes = former.encode_row(&[&[Value::Int(1)], &values[..]].concat());
    let numbers = Numbers::of(&[&FORMER]);
    let model = Catalog::new(vec![&TODAY], &numbers).expect("the schema is right").models.remove(0);
    assert!(model.layout.is_in_order());
    let row = Row { revision: 3, position: Position::new(9), bytes: bytes.into() };
    for (selection, expected) in [
        (Selection::all(), r#"{"id":1,"title":"a","body":"b","_rev":3}"#),
        (Selection::of([2]), r#"{"body":"b","_rev":3}"#),
    ] {
        let mut out = Vec::new();
        project(&model, &crate::Visible::to_system(&row.clone().into()), &selection, &mut out);
        assert_eq!(String::from_utf8_lossy(&out), expected);
    }
}
