//! Constants of a schema as values of a field's type.

use crate::draft::tidy;
use crate::exact::exact_decimal;
use crate::{Date, DefaultValue, Expr, FieldSchema, Json, Kind, Literal, Timestamp, Value};

/// The default of a field, if it is a constant of the field's type, as a create without the field has it.
pub(crate) fn constant_default(field: &FieldSchema) -> Option<Value> {
    match &field.default {
        Some(DefaultValue::Expr(expr)) => constant(expr, &field.kind).map(|value| tidy(field, value)),
        _ => None,
    }
}

/// The value of an expression that is a constant of this type.
pub(crate) fn constant(expr: &Expr, kind: &Kind) -> Option<Value> {
    match expr {
        Expr::Literal(literal) => literal_value(literal, kind),
        _ => None,
    }
}

/// The value that a constant means where this type is expected; none if it means none.
///
/// Null is a value of every type here; whether the field takes it is the field's matter.
pub fn literal_value(literal: &Literal, kind: &Kind) -> Option<Value> {
    match literal {
        Literal::Null => Some(Value::Null),
        Literal::Bool(flag) => match kind {
            Kind::Bool => Some(Value::Bool(*flag)),
            Kind::Json => Some(Value::Json(Json::trusted(if *flag { "true" } else { "false" }))),
            _ => None,
        },
        Literal::Int(number) => integer(*number, kind),
        Literal::Number(text) => number(text, kind),
        Literal::Text(text) => text_value(text, kind),
        Literal::Variant(name) => variant(name, kind),
    }
}

fn integer(number: i128, kind: &Kind) -> Option<Value> {
    match kind {
        Kind::Int { min, max } => (min..=max).contains(&&number).then_some(Value::Int(number)),
        Kind::Float { bits } => float(&number.to_string(), *bits).map(Value::Float),
        Kind::Decimal => rust_decimal::Decimal::try_from_i128_with_scale(number, 0).ok().map(Value::Decimal),
        Kind::Json => Some(Value::Json(Json::trusted(&number.to_string()))),
        _ => None,
    }
}

fn number(text: &str, kind: &Kind) -> Option<Value> {
    match kind {
        Kind::Float { bits } => float(text, *bits).filter(|number| number.is_finite()).map(Value::Float),
        Kind::Decimal => exact_decimal(text).map(Value::Decimal),
        Kind::Json => Json::parse(text).ok().map(Value::Json),
        _ => None,
    }
}

/// The float nearest to a text that is one of this many bits: what a field of this type can hold. Infinite where it is too large.
pub(crate) fn float(text: &str, bits: u8) -> Option<f64> {
    if bits == 32 { text.parse::<f32>().ok().map(f64::from) } else { text.parse().ok() }
}

/// The value that a text means where this type is expected; none if it means none.
pub(crate) fn text_value(text: &str, kind: &Kind) -> Option<Value> {
    match kind {
        Kind::Text => Some(Value::Text(text.to_owned())),
        Kind::Decimal => exact_decimal(text).map(Value::Decimal),
        Kind::Uuid => uuid::Uuid::try_parse(text).ok().map(Value::Uuid),
        Kind::Timestamp => text.parse::<Timestamp>().ok().map(Value::Timestamp),
        Kind::Date => text.parse::<Date>().ok().map(Value::Date),
        Kind::Enum(_) => variant(text, kind),
        Kind::Json => Json::parse(&serde_json::to_string(text).ok()?).ok().map(Value::Json),
        _ => None,
    }
}

/// A variant by its Rust name, if it has no data.
fn variant(name: &str, kind: &Kind) -> Option<Value> {
    let Kind::Enum(schema) = kind else { return None };
    let variant = schema.variants.iter().find(|variant| variant.name == name && variant.fields.is_empty())?;
    Some(if schema.has_data() {
        Value::Variant(variant.wire.into(), Vec::new())
    } else {
        Value::Text(variant.wire.to_owned())
    })
}

/// A constant as an author writes it.
pub(crate) fn literal_text(literal: &Literal) -> String {
    match literal {
        Literal::Null => "null".to_owned(),
        Literal::Bool(flag) => flag.to_string(),
        Literal::Int(number) => number.to_string(),
        Literal::Number(text) => (*text).to_owned(),
        Literal::Text(text) => format!("{text:?}"),
        Literal::Variant(name) => (*name).to_owned(),
    }
}
