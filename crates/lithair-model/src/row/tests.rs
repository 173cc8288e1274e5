//! Rows come back, patches replace what they name, and damaged bytes are refused.

use proptest::prelude::*;

use crate::testing::{FIELDS, any_record, catalog, every_kind};
use crate::{FieldSchema, ModelSchema, Numbers, Position, Row, Value, merge_rows, testing};

fn row(bytes: Vec<u8>) -> Row {
    Row { revision: 1, position: Position::new(1), bytes: bytes.into() }
}

/// Numbers as a later log would have given them: the fields are declared in another order than they came up.
static FORMER: ModelSchema = ModelSchema {
    fields: &[
        FieldSchema::of::<Option<String>>("text"),
        FieldSchema::of::<Option<bool>>("gone"),
        FieldSchema::of::<i64>("id"),
    ],
    key: &[2],
    ..testing::EVERY_KIND_SCHEMA
};

proptest! {
    #[test]
    fn records_come_back(values in any_record()) {
        let model = every_kind();
        let bytes = model.encode_row(&values);
        model.check_row(&bytes)?;
        prop_assert_eq!(&model.decode_row(&bytes)?, &values);
        let row = row(bytes);
        for (place, value) in values.iter().enumerate() {
            prop_assert_eq!(&model.field(&row, place), value);
            prop_assert_eq!(model.is_true(&row, place), *value == Value::Bool(true));
        }
    }

    #[test]
    fn a_patched_record_is_the_record_with_the_patched_fields(
        mut old in any_record(), new in any_record(), chosen in proptest::collection::vec(any::<bool>(), FIELDS.len()),
    ) {
        let model = every_kind();
        let patch: Vec<(usize, Value)> =
            new.into_iter().enumerate().filter(|&(place, _)| chosen[place]).rev().collect();
        let bytes = model.encode_patch(&patch);
        let merged = merge_rows(&model.encode_row(&old), &bytes)?;
        let mut back = model.decode_patch(&bytes)?;
        back.reverse();
        prop_assert_eq!(&back, &patch);
        for (place, value) in patch {
            old[place] = value;
        }
        prop_assert_eq!(merged, model.encode_row(&old));
    }

    #[test]
    fn garbage_is_refused_and_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
        let model = every_kind();
        let _ = model.decode_row(&bytes);
        let _ = model.decode_patch(&bytes);
        let _ = merge_rows(&bytes, &bytes);
        let row = row(bytes);
        for (place, field) in FIELDS.iter().enumerate() {
            let value = model.field(&row, place);
            let is_bool = field.kind == crate::Kind::Bool;
            prop_assert!(!is_bool || model.is_true(&row, place) == (value == Value::Bool(true)));
        }
        crate::project(&model, &crate::Visible::to_system(&row.into()), &crate::Selection::all(), &mut Vec::new());
    }

    #[test]
    fn damaged_rows_never_panic(values in any_record(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let model = every_kind();
        let mut bytes = model.encode_row(&values);
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let checked = model.check_row(&bytes).is_ok();
        prop_assert_eq!(model.decode_row(&bytes).is_ok(), checked);
        let mut out = Vec::new();
        crate::project(&model, &crate::Visible::to_system(&row(bytes).into()), &crate::Selection::all(), &mut out);
        let shown = serde_json::from_slice::<serde::de::IgnoredAny>(&out);
        prop_assert!(!checked || shown.is_ok(), "{}", String::from_utf8_lossy(&out));
    }

    #[test]
    fn truncated_rows_are_refused(values in any_record(), at in any::<prop::sample::Index>()) {
        let model = every_kind();
        let bytes = model.encode_row(&values);
        prop_assert!(model.check_row(&bytes[..at.index(bytes.len())]).is_err());
    }
}

#[test]
fn fields_that_the_program_does_not_know_are_kept() {
    let mut numbers = Numbers::of(&[&FORMER]);
    let former = catalog(&[&FORMER]).models.remove(0);
    numbers.assign(&[&testing::EVERY_KIND]).iter().for_each(|change| numbers.learn(change));
    let model =
        crate::Catalog::new(vec![&testing::EVERY_KIND], &numbers).expect("the schema is right").models.remove(0);
    assert!(!model.layout.is_in_order(), "`text` came before `id`");

    let old = former.encode_row(&[Value::Text("then".into()), Value::Bool(true), Value::Int(7)]);
    let values = model.decode_row(&old).expect("is a row");
    assert_eq!((&values[0], &values[6], &values[1]), (&Value::Int(7), &Value::Text("then".into()), &Value::Null));

    let patch = model.encode_patch(&[(6, Value::Text("now".into()))]);
    let merged = merge_rows(&old, &patch).expect("are rows");
    let back = former.decode_row(&merged).expect("is a row");
    assert_eq!(back, [Value::Text("now".into()), Value::Bool(true), Value::Int(7)]);
}

#[test]
fn a_field_that_a_row_lacks_has_its_default() {
    let model = catalog(&[&LATER]).models.remove(0);
    let bytes = model.encode_patch(&[(0, Value::Int(7))]);
    let expected = [Value::Int(7), Value::Text("green".into()), Value::Null, Value::Bool(true)];
    assert_eq!(model.decode_row(&bytes).expect("is a row"), expected);
    assert_eq!(model.field_of(&bytes, 1), expected[1]);
    let row = row(bytes);
    assert_eq!([2, 3].map(|place| model.is_true(&row, place)), [false, true]);
    let mut out = Vec::new();
    crate::project(&model, &crate::Visible::to_system(&row.into()), &crate::Selection::all(), &mut out);
    assert_eq!(String::from_utf8_lossy(&out), r#"{"id":7,"colour":"green","note":null,"good":true,"_rev":1}"#);
}

/// A model that got a colour, a note and a flag later.
static LATER: ModelSchema = ModelSchema {
    fields: &[
        FieldSchema::of::<i64>("id"),
        FieldSchema {
            kind: crate::Kind::Enum(&testing::COLOUR),
            default: Some(crate::DefaultValue::Expr(crate::Expr::Literal(crate::Literal::Variant("Green")))),
            ..FieldSchema::of::<bool>("colour")
        },
        FieldSchema::of::<Option<String>>("note"),
        FieldSchema {
            default: Some(crate::DefaultValue::Expr(crate::Expr::Literal(crate::Literal::Bool(true)))),
            ..FieldSchema::of::<bool>("good")
        },
    ],
    ..testing::EVERY_KIND_SCHEMA
};
