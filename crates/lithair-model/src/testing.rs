//! A model with a field of every kind, and strategies for its values.

use std::borrow::Cow;

use proptest::prelude::*;

use crate::{
    Catalog, Date, Decimal, DecimalSchema, DefaultValue, Element, EnumSchema, Exposure, Expr, FieldSchema, Json, Kind,
    Literal, ModelEntry, ModelSchema, Numbers, Rule, RuleSchema, StructSchema, Timestamp, Uuid, Value, VariantSchema,
};

/// An enum without data.
pub(crate) static COLOUR: EnumSchema = EnumSchema {
    name: "Colour",
    variants: &[
        VariantSchema { name: "Red", wire: "red", fields: &[] },
        VariantSchema { name: "Green", wire: "green", fields: &[] },
        VariantSchema { name: "Blue", wire: "blue", fields: &[] },
    ],
};

/// An enum with data in one variant.
pub(crate) static SHAPE: EnumSchema = EnumSchema {
    name: "Shape",
    variants: &[
        VariantSchema { name: "Point", wire: "Point", fields: &[] },
        VariantSchema {
            name: "Box",
            wire: "Box",
            fields: &[
                FieldSchema::of::<i64>("width"),
                FieldSchema::of::<Option<String>>("label"),
                FieldSchema { exposure: Exposure::Hidden, ..FieldSchema::of::<Option<bool>>("secret") },
            ],
        },
    ],
};

/// A struct in a field, with another one inside.
pub(crate) static ADDRESS: StructSchema = StructSchema {
    name: "Address",
    fields: &[
        FieldSchema { rules: &[RuleSchema::of(Rule::Len { min: 1, max: 4 })], ..FieldSchema::of::<String>("city") },
        FieldSchema { wire: "postal code", ..FieldSchema::of::<Option<String>>("zip") },
        kind("position", Kind::Struct(&POSITION)),
    ],
};

/// A struct in a struct.
pub(crate) static POSITION: StructSchema = StructSchema {
    name: "Position",
    fields: &[
        FieldSchema::of::<i64>("x"),
        FieldSchema {
            decimal: Some(DecimalSchema { precision: 12, scale: 2 }),
            default: Some(DefaultValue::Expr(Expr::Literal(Literal::Int(1)))),
            ..FieldSchema::of::<Decimal>("y")
        },
    ],
};

const fn kind(name: &'static str, kind: Kind) -> FieldSchema {
    FieldSchema { kind, ..FieldSchema::of::<Option<bool>>(name) }
}

/// The fields of [`EVERY_KIND`], the key first.
pub(crate) static FIELDS: [FieldSchema; 21] = [
    FieldSchema::of::<i64>("id"),
    FieldSchema::of::<Option<bool>>("flag"),
    FieldSchema::of::<Option<i64>>("whole"),
    FieldSchema::of::<Option<u64>>("natural"),
    FieldSchema::of::<Option<f64>>("real"),
    FieldSchema::of::<Option<f32>>("short_real"),
    FieldSchema::of::<Option<String>>("text"),
    FieldSchema::of::<Option<Decimal>>("exact"),
    FieldSchema {
        decimal: Some(DecimalSchema { precision: 12, scale: 2 }),
        ..FieldSchema::of::<Option<Decimal>>("price")
    },
    FieldSchema::of::<Option<Uuid>>("token"),
    FieldSchema::of::<Option<Timestamp>>("at"),
    FieldSchema::of::<Option<Date>>("day"),
    kind("colour", Kind::Enum(&COLOUR)),
    kind("shape", Kind::Enum(&SHAPE)),
    FieldSchema::of::<Option<Vec<Option<String>>>>("tags"),
    FieldSchema { wire: "extra data", ..FieldSchema::of::<Option<Json>>("extra") },
    FieldSchema { exposure: Exposure::Hidden, ..FieldSchema::of::<Option<String>>("hidden") },
    FieldSchema { exposure: Exposure::WriteOnly, ..FieldSchema::of::<Option<String>>("password") },
    kind("mood", Kind::List(&Element { kind: Kind::Enum(&COLOUR), optional: false })),
    kind("address", Kind::Struct(&ADDRESS)),
    kind("places", Kind::List(&Element { kind: Kind::Struct(&POSITION), optional: true })),
];

/// A model with a field of every kind.
pub(crate) static EVERY_KIND: ModelSchema = EVERY_KIND_SCHEMA;

/// The same, to take parts of.
pub(crate) const EVERY_KIND_SCHEMA: ModelSchema =
    ModelSchema { name: "Everything", table: "everythings", path: "everythings", fields: &FIELDS, key: &[0], ..EMPTY };

/// A model without anything.
pub(crate) const EMPTY: ModelSchema =
    ModelSchema { name: "Empty", table: "empties", path: "empties", ..ModelSchema::PLAIN };

/// A catalog of these models on a new log.
#[track_caller]
pub(crate) fn catalog(schemas: &[&'static ModelSchema]) -> Catalog {
    match Catalog::new(schemas.to_vec(), &Numbers::of(schemas)) {
        Ok(catalog) => catalog,
        Err(error) => panic!("{error}"),
    }
}

/// A part of the public test data; says so where the test is skipped because there is none.
pub(crate) fn test_data(name: &str) -> Option<std::path::PathBuf> {
    let Some(folder) = std::env::var_os("LITHAIR_TEST_DATA") else {
        eprintln!("SKIP {name}: LITHAIR_TEST_DATA is not set");
        return None;
    };
    let path = std::path::PathBuf::from(folder).join(name);
    assert!(path.exists(), "LITHAIR_TEST_DATA has no {name}");
    Some(path)
}

/// The model with a field of every kind.
pub(crate) fn every_kind() -> ModelEntry {
    catalog(&[&EVERY_KIND]).models.remove(0)
}

/// A value of each field of [`EVERY_KIND`].
pub(crate) fn any_record() -> impl Strategy<Value = Vec<Value>> {
    FIELDS.iter().map(any_field).collect::<Vec<_>>()
}

/// A value of a field, null included where it may be.
pub(crate) fn any_field(field: &FieldSchema) -> BoxedStrategy<Value> {
    let present = match field.decimal {
        Some(decimal) => any_scaled(u32::from(decimal.scale)).boxed(),
        None => any_value(field.kind),
    };
    if field.optional { prop_oneof![1 => Just(Value::Null), 4 => present].boxed() } else { present }
}

/// A present value of a kind.
#[expect(clippy::cast_possible_truncation, reason = "the nearest float of 32 bits will do")]
pub(crate) fn any_value(kind: Kind) -> BoxedStrategy<Value> {
    match kind {
        Kind::Bool => any::<bool>().prop_map(Value::Bool).boxed(),
        Kind::Int { min, max } => any_integer(min, max).boxed(),
        Kind::Float { bits: 32 } => finite().prop_map(|number| narrowed(number as f32)).boxed(),
        Kind::Float { .. } => finite().prop_map(Value::Float).boxed(),
        Kind::Text => any_text().prop_map(Value::Text).boxed(),
        Kind::Decimal => (0_u32..=28).prop_flat_map(any_scaled).boxed(),
        Kind::Uuid => any::<[u8; 16]>().prop_map(|bytes| Value::Uuid(Uuid::from_bytes(bytes))).boxed(),
        Kind::Timestamp => any::<i64>().prop_map(|micros| Value::Timestamp(Timestamp::from_micros(micros))).boxed(),
        Kind::Date => any::<i32>().prop_map(|days| Value::Date(Date::from_days(days))).boxed(),
        Kind::Enum(schema) => any_variant(schema),
        Kind::Struct(schema) => schema.fields.iter().map(any_field).collect::<Vec<_>>().prop_map(Value::Struct).boxed(),
        Kind::List(element) => any_list(element),
        Kind::Json => any_json().boxed(),
    }
}

fn any_integer(min: i128, max: i128) -> impl Strategy<Value = Value> {
    let small = (-300_i128..300).prop_map(move |number| number.clamp(min, max));
    prop_oneof![small, min..=max, Just(min), Just(max)].prop_map(Value::Int)
}

fn finite() -> impl Strategy<Value = f64> {
    let special = prop_oneof![Just(0.0), Just(-0.0), Just(f64::MAX), Just(f64::MIN), Just(f64::MIN_POSITIVE)];
    prop_oneof![special, -10.0..10.0, proptest::num::f64::NORMAL | proptest::num::f64::SUBNORMAL]
}

/// A float of 32 bits; infinity becomes the largest one.
fn narrowed(number: f32) -> Value {
    Value::Float(f64::from(number.clamp(f32::MIN, f32::MAX)))
}

fn any_text() -> impl Strategy<Value = String> {
    // Short texts over few letters collide and are beginnings of each other; NUL and the last code point are the edges.
    prop_oneof!["[\0\u{1}ab\u{10ffff}]{0,4}", any::<String>()]
}

fn any_scaled(scale: u32) -> impl Strategy<Value = Value> {
    const DIGITS: i128 = 10_i128.pow(12) - 1;
    let mantissa = prop_oneof![-100_i128..100, -DIGITS..=DIGITS];
    mantissa.prop_map(move |mantissa| Value::Decimal(Decimal::from_i128_with_scale(mantissa, scale)))
}

fn any_variant(schema: &'static EnumSchema) -> BoxedStrategy<Value> {
    let variants = proptest::sample::select(schema.variants.iter().collect::<Vec<_>>());
    if !schema.has_data() {
        return variants.prop_map(|variant| Value::Text(variant.wire.to_owned())).boxed();
    }
    let with_fields = variants.prop_flat_map(|variant| {
        let fields = variant.fields.iter().map(any_field).collect::<Vec<_>>();
        fields.prop_map(|fields| Value::Variant(Cow::Borrowed(variant.wire), fields))
    });
    with_fields.boxed()
}

fn any_list(element: &'static Element) -> BoxedStrategy<Value> {
    let present = any_value(element.kind);
    let one = if element.optional { prop_oneof![1 => Just(Value::Null), 3 => present].boxed() } else { present };
    proptest::collection::vec(one, 0..4).prop_map(Value::List).boxed()
}

fn any_json() -> impl Strategy<Value = Value> {
    const TEXTS: &[&str] = &["null", "{}", "[1.50,\"a\\u0000\"]", "{\"a\":{\"b\":[]}}", "1e400", "\"\\ud800\""];
    proptest::sample::select(TEXTS).prop_map(|text| Value::Json(Json::parse(text).expect("is JSON")))
}
