//! Keys compare as their values do, come back, and are never taken for one another.

use std::cmp::Ordering;

use proptest::prelude::*;

use super::{Key, KeyTerm, decode_key, encode_key};
use crate::testing::{EMPTY, FIELDS, any_field, any_record, catalog, every_kind};
use crate::{FieldSchema, Kind, ModelSchema, Value};

/// The order of values that `key.rs` promises, without bytes. Nulls are last.
fn compare(kind: &Kind, one: &Value, other: &Value) -> Ordering {
    match (one, other) {
        (Value::Null, Value::Null) => Ordering::Equal,
        (Value::Null, _) => Ordering::Greater,
        (_, Value::Null) => Ordering::Less,
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        (Value::Int(a), Value::Int(b)) => a.cmp(b),
        (Value::Float(a), Value::Float(b)) => a.partial_cmp(b).expect("finite"),
        (Value::Decimal(a), Value::Decimal(b)) => a.cmp(b),
        (Value::Uuid(a), Value::Uuid(b)) => a.cmp(b),
        (Value::Timestamp(a), Value::Timestamp(b)) => a.cmp(b),
        (Value::Date(a), Value::Date(b)) => a.cmp(b),
        (Value::Json(a), Value::Json(b)) => a.as_str().chars().cmp(b.as_str().chars()),
        (Value::Text(a), Value::Text(b)) => match kind {
            Kind::Enum(schema) => {
                let place = |name: &str| schema.variants.iter().position(|variant| variant.wire == name);
                place(a).cmp(&place(b))
            }
            _ => a.chars().cmp(b.chars()),
        },
        (Value::List(a), Value::List(b)) => {
            let Kind::List(element) = kind else { panic!("a list is of kind list") };
            let pairs = a.iter().zip(b).map(|(a, b)| compare(&element.kind, a, b));
            pairs.fold(Ordering::Equal, Ordering::then).then(a.len().cmp(&b.len()))
        }
        (Value::Struct(a), Value::Struct(b)) => {
            let Kind::Struct(schema) = kind else { panic!("a struct is of kind struct") };
            let pairs = schema.fields.iter().zip(a.iter().zip(b));
            pairs.map(|(field, (a, b))| compare(&field.kind, a, b)).fold(Ordering::Equal, Ordering::then)
        }
        (Value::Variant(a, fields), Value::Variant(b, others)) => {
            let Kind::Enum(schema) = kind else { panic!("a variant is of kind enum") };
            let place = |name: &str| schema.variants.iter().position(|variant| variant.wire == name);
            let declared = schema.variants.iter().find(|variant| variant.wire == a).map_or(&[][..], |v| v.fields);
            let pairs = declared.iter().zip(fields.iter().zip(others));
            let by_fields = pairs.map(|(field, (a, b))| compare(&field.kind, a, b));
            place(a).cmp(&place(b)).then_with(|| by_fields.fold(Ordering::Equal, Ordering::then))
        }
        (one, other) => panic!("{one:?} and {other:?} are of one kind"),
    }
}

/// As [`compare`], in a direction: nulls stay last.
fn directed(term: &KeyTerm, one: &Value, other: &Value) -> Ordering {
    let order = compare(&term.kind, one, other);
    let has_null = matches!(one, Value::Null) || matches!(other, Value::Null);
    if term.descending && !has_null { order.reverse() } else { order }
}

/// Two values of one field, and a direction.
fn any_pair() -> impl Strategy<Value = (KeyTerm, Value, Value)> {
    let field = proptest::sample::select(FIELDS.iter().collect::<Vec<_>>());
    (field, any::<bool>()).prop_flat_map(|(field, descending)| {
        (Just(KeyTerm { kind: field.kind, descending }), any_field(field), any_field(field))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn keys_compare_as_values((term, a, b) in any_pair(), (other, c, d) in any_pair()) {
        let terms = [term, other];
        let expected = directed(&term, &a, &b).then(directed(&other, &c, &d));
        prop_assert_eq!(encode_key(&terms, [&a, &c]).cmp(&encode_key(&terms, [&b, &d])), expected);
    }

    #[test]
    fn no_encoding_begins_another((term, a, b) in any_pair()) {
        let (one, other) = (encode_key(&[term], [&a]), encode_key(&[term], [&b]));
        prop_assert!(one == other || !other.as_bytes().starts_with(one.as_bytes()));
        prop_assert!(one.as_bytes()[0] != 0 && (one.as_bytes()[0] == 0xff) == (a == Value::Null));
    }

    #[test]
    fn keys_come_back(record in any_record(), descending in any::<bool>()) {
        let terms: Vec<_> = FIELDS.iter().map(|field| KeyTerm { kind: field.kind, descending }).collect();
        let key = encode_key(&terms, &record);
        let back = decode_key(&terms, &key)?;
        for ((term, value), back) in terms.iter().zip(&record).zip(&back) {
            prop_assert_eq!(compare(&term.kind, value, back), Ordering::Equal, "{:?} {:?}", value, back);
        }
    }

    #[test]
    fn garbage_is_no_key_and_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..40), descending in any::<bool>()) {
        for field in &FIELDS {
            let term = KeyTerm { kind: field.kind, descending };
            let _ = decode_key(&[term, term], &Key::from_bytes(bytes.clone()));
        }
    }
}

#[test]
fn integers_keep_their_order_over_every_width() {
    let term = [KeyTerm::ascending(Kind::Int { min: i128::MIN, max: i128::MAX })];
    let edges = (0..127).flat_map(|bit| [(1_i128 << bit) - 1, 1 << bit, -(1 << bit), -(1 << bit) - 1]);
    let mut numbers: Vec<i128> = edges.chain([i128::MIN, i128::MAX]).collect();
    numbers.sort_unstable();
    numbers.dedup();
    let keys: Vec<Key> = numbers.iter().map(|&number| encode_key(&term, [&Value::Int(number)])).collect();
    assert!(keys.windows(2).all(|pair| pair[0] < pair[1]));
    for (number, key) in numbers.iter().zip(&keys) {
        assert_eq!(decode_key(&term, key).expect("is a key"), [Value::Int(*number)]);
    }
}

#[test]
fn a_path_names_a_record_in_one_way_only() {
    let model = every_kind();
    let key = |text: &str| model.parse_key(text);
    assert_eq!(key("7").expect("is a key"), model.key_of(&[Value::Int(7)]));
    assert_eq!(model.key_segment(&key("-7").expect("is a key")).expect("is a key"), "-7");
    for text in ["", "07", "+7", "-0", "7 ", "7,8", "9223372036854775808", "x", "%ff"] {
        let violation = key(text).expect_err(text);
        assert_eq!((violation.pointer.as_str(), violation.code), ("/id", "type"), "{text}");
    }
}

/// A record that shows 0.1 was at an address with the digits that 64 bits add.
#[test]
fn a_float_of_32_bits_is_addressed_by_what_the_record_shows() {
    static WEIGHT: ModelSchema = ModelSchema {
        name: "Weight",
        table: "weights",
        path: "weights",
        fields: &[FieldSchema::of::<f32>("weight"), FieldSchema::of::<f64>("length")],
        key: &[0, 1],
        ..EMPTY
    };
    let catalog = catalog(&[&WEIGHT]);
    let model = &catalog.models[0];
    let key = model.key_of(&[Value::Float(f64::from(0.1_f32)), Value::Float(0.1)]);
    assert_eq!(model.key_segment(&key).expect("is a key"), "0.1,0.1");
    assert_eq!(model.parse_key("0.1,0.1").expect("is a key"), key);
    assert_eq!(model.parse_key("0.10000000149011612,0.1").expect("is a key"), key, "the address that it had");
    assert!(model.parse_key("1e39,0.1").is_err(), "no float of 32 bits");
}

/// The bytes that `docs/formats/key.md` gives.
#[test]
fn keys_are_what_their_page_says() {
    let check = |kind: Kind, value: Value, expected: &str| {
        let key = encode_key(&[KeyTerm::ascending(kind)], [&value]);
        assert_eq!(format!("{key:?}"), format!("Key({expected})"), "{value:?}");
    };
    let whole = Kind::Int { min: i128::MIN, max: i128::MAX };
    for (number, expected) in [(0, "80"), (-1, "7f"), (255, "81ff"), (256, "820100"), (-2, "7efe"), (-256, "7e00")] {
        check(whole, Value::Int(number), expected);
    }
    check(Kind::Bool, Value::Null, "ff");
    check(Kind::Bool, Value::Bool(true), "02");
    check(Kind::Text, Value::Text("a\0".into()), "630201");
    check(Kind::Float { bits: 64 }, Value::Float(-0.0), "808000000000000000");
    for text in ["1.5", "1.50"] {
        check(Kind::Decimal, Value::Decimal(text.parse().expect("is a decimal")), "9e1101");
    }
    check(Kind::Decimal, Value::Decimal("-1.5".parse().expect("is a decimal")), "61eefe");
    check(Kind::Uuid, Value::Uuid(uuid::Uuid::nil()), "8000000000000000000000000000000000");
}
