//! Types of fields as types of columns.

use super::expression::quoted;
use super::name;
use crate::{FieldSchema, Kind};

/// The type of a column.
pub(super) fn sql(field: &FieldSchema) -> String {
    match &field.kind {
        Kind::Bool => "BOOLEAN".to_owned(),
        Kind::Int { min, max } => integer(*min, *max).to_owned(),
        Kind::Float { bits: 32 } => "REAL".to_owned(),
        Kind::Float { .. } => "DOUBLE PRECISION".to_owned(),
        Kind::Text => "TEXT".to_owned(),
        Kind::Decimal => match field.decimal {
            Some(decimal) => format!("NUMERIC({}, {})", decimal.precision, decimal.scale),
            None => "NUMERIC".to_owned(),
        },
        Kind::Uuid => "UUID".to_owned(),
        Kind::Timestamp => "TIMESTAMPTZ".to_owned(),
        Kind::Date => "DATE".to_owned(),
        Kind::Enum(schema) if !schema.has_data() => "TEXT".to_owned(),
        Kind::Enum(_) | Kind::Struct(_) | Kind::List(_) | Kind::Json => "JSONB".to_owned(),
    }
}

/// The narrowest type that has all values.
fn integer(min: i128, max: i128) -> &'static str {
    let fits = |low: i128, high: i128| low <= min && max <= high;
    if fits(i16::MIN.into(), i16::MAX.into()) {
        "SMALLINT"
    } else if fits(i32::MIN.into(), i32::MAX.into()) {
        "INTEGER"
    } else if fits(i64::MIN.into(), i64::MAX.into()) {
        "BIGINT"
    } else {
        "NUMERIC(20)"
    }
}

/// What the column's values keep that the type does not say.
pub(super) fn check(field: &FieldSchema) -> Option<String> {
    let column = name(field.name);
    match &field.kind {
        Kind::Int { min, max } => {
            let exact = [
                (i16::MIN.into(), i16::MAX.into()),
                (i32::MIN.into(), i32::MAX.into()),
                (i64::MIN.into(), i64::MAX.into()),
            ];
            (!exact.contains(&(*min, *max))).then(|| format!("{column} BETWEEN {min} AND {max}"))
        }
        Kind::Enum(schema) if !schema.has_data() => {
            let variants: Vec<String> = schema.variants.iter().map(|variant| quoted(variant.wire)).collect();
            Some(format!("{column} IN ({})", variants.join(", ")))
        }
        _ => None,
    }
}
