//! One JSON value as a value of a field's kind. Numbers are read from their text, so nothing passes through a float that is none.

use super::{DraftError, DraftMode, Wrong, object, pointer, violation};
use crate::{Decimal, DecimalSchema, EnumSchema, Json, Kind, NotJson, Timestamp, Value, VariantSchema, Violation};

/// Decodes a value that is not null.
pub(super) fn decode(kind: &Kind, raw: &str, at: &str, mode: DraftMode) -> Result<Value, Wrong> {
    let mistyped = || Wrong::Value(mistyped(kind, raw, at));
    match kind {
        Kind::Bool => match raw {
            "true" => Ok(Value::Bool(true)),
            "false" => Ok(Value::Bool(false)),
            _ => Err(mistyped()),
        },
        Kind::Int { min, max } => {
            let number = integer(raw).ok_or_else(mistyped)?;
            if (*min..=*max).contains(&number) {
                Ok(Value::Int(number))
            } else {
                Err(Wrong::Value(out_of_range(*min, *max, at)))
            }
        }
        Kind::Float { bits } => float(raw, *bits).map(Value::Float).ok_or_else(mistyped),
        Kind::Text => text(raw, at)?.map(Value::Text).ok_or_else(mistyped),
        Kind::Decimal => decimal(raw, at)?.map(Value::Decimal).ok_or_else(mistyped),
        Kind::Uuid | Kind::Date => {
            let text = text(raw, at)?.ok_or_else(mistyped)?;
            crate::literal::text_value(&text, kind).ok_or_else(mistyped)
        }
        Kind::Timestamp => {
            let text = text(raw, at)?.ok_or_else(mistyped)?;
            let sql = || if mode == DraftMode::Import { sql_timestamp(&text) } else { None };
            text.parse().ok().or_else(sql).map(Value::Timestamp).ok_or_else(mistyped)
        }
        Kind::Enum(schema) if schema.has_data() => tagged(schema, raw, at, mode),
        Kind::Enum(schema) => {
            let text = text(raw, at)?.ok_or_else(mistyped)?;
            if schema.variants.iter().any(|variant| variant.wire == text) {
                Ok(Value::Text(text))
            } else {
                Err(mistyped())
            }
        }
        Kind::List(element) => {
            let items: Vec<&serde_json::value::RawValue> = serde_json::from_str(raw).map_err(|_| mistyped())?;
            let item = |(place, item): (usize, &&serde_json::value::RawValue)| match item.get() {
                "null" if element.optional => Ok(Value::Null),
                raw => decode(&element.kind, raw, &format!("{at}/{place}"), mode),
            };
            items.iter().enumerate().map(item).collect::<Result<_, _>>().map(Value::List)
        }
        Kind::Json => json(raw, at),
    }
}

fn mistyped(kind: &Kind, raw: &str, at: &str) -> Violation {
    let expected = match kind {
        Kind::Timestamp => "an RFC 3339 time such as \"2026-01-31T12:00:00Z\"".to_owned(),
        Kind::Date => "a date such as \"2026-01-31\"".to_owned(),
        Kind::Decimal => "a decimal such as \"12.50\"".to_owned(),
        Kind::Uuid => "a UUID".to_owned(),
        Kind::Enum(schema) => {
            let names: Vec<&str> = schema.variants.iter().map(|variant| variant.wire).collect();
            let near = crate::nearest(raw.trim_matches('"'), names.iter().copied());
            let hint = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
            return violation(at, "enum", format!("expected one of {}{hint}", names.join(", ")));
        }
        kind => {
            format!("{} {}", if matches!(kind, Kind::Int { .. } | Kind::List(_)) { "an" } else { "a" }, kind.word())
        }
    };
    let found = match raw.as_bytes().first() {
        Some(b'"') => "a string",
        Some(b'{') => "an object",
        Some(b'[') => "an array",
        Some(b't' | b'f') => "a boolean",
        Some(b'n') => "null",
        _ => "a number",
    };
    violation(at, "type", format!("expected {expected}, found {found}"))
}

fn out_of_range(min: i128, max: i128, at: &str) -> Violation {
    let mut violation = violation(at, "range", format!("expected an integer from {min} to {max}"));
    violation.params = vec![("min", min.to_string()), ("max", max.to_string())];
    violation
}

/// An integer, also one that is written with a point or an exponent, as JSON Schema counts `1.0`.
fn integer(raw: &str) -> Option<i128> {
    if let Ok(number) = raw.parse() {
        return Some(number);
    }
    let number = number_text(raw)?;
    if number.fract().is_zero() { i128::try_from(number.trunc()).ok() } else { None }
}

fn float(raw: &str, bits: u8) -> Option<f64> {
    if !number_start(raw) {
        return None;
    }
    // What is stored is what the field's Rust type holds.
    let number = if bits == 32 { raw.parse::<f32>().ok().map(f64::from) } else { raw.parse().ok() };
    number.filter(|number| number.is_finite())
}

fn number_start(raw: &str) -> bool {
    raw.starts_with(|c: char| c == '-' || c.is_ascii_digit())
}

fn number_text(raw: &str) -> Option<Decimal> {
    if !number_start(raw) {
        return None;
    }
    if raw.contains(['e', 'E']) { Decimal::from_scientific(raw).ok() } else { Decimal::from_str_exact(raw).ok() }
}

fn decimal(raw: &str, at: &str) -> Result<Option<Decimal>, Wrong> {
    if raw.starts_with('"') {
        let text = text(raw, at)?.unwrap_or_default();
        let is_plain =
            !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b'.'));
        return Ok(if is_plain { Decimal::from_str_exact(&text).ok() } else { None });
    }
    Ok(number_text(raw))
}

/// The text of a JSON string; none for another value. A string that is not Unicode is not JSON.
fn text(raw: &str, at: &str) -> Result<Option<String>, Wrong> {
    let Some(inner) = raw.strip_prefix('"') else { return Ok(None) };
    if !inner.contains('\\') {
        return Ok(Some(inner[..inner.len() - 1].to_owned()));
    }
    serde_json::from_str(raw).map(Some).map_err(|error| malformed(at, &error.to_string()))
}

fn malformed(at: &str, detail: &str) -> Wrong {
    Wrong::Body(DraftError::Malformed { position: 0, detail: format!("in {at}: {detail}") })
}

fn json(raw: &str, at: &str) -> Result<Value, Wrong> {
    object::check(raw).map_err(|detail| malformed(at, &detail))?;
    match Json::parse(raw) {
        Ok(json) => Ok(Value::Json(json)),
        Err(NotJson::TooDeep) => Err(Wrong::Value(violation(at, "depth", NotJson::TooDeep.to_string()))),
        Err(NotJson::Malformed(detail)) => Err(malformed(at, &detail)),
    }
}

/// `2026-01-31 12:00:00`, as databases write a time: UTC.
fn sql_timestamp(text: &str) -> Option<Timestamp> {
    let (date, time) = text.split_once(' ')?;
    format!("{date}T{time}Z").parse().ok()
}

/// An object tagged by `type`, with the variant's fields.
fn tagged(schema: &'static EnumSchema, raw: &str, at: &str, mode: DraftMode) -> Result<Value, Wrong> {
    if !raw.starts_with('{') {
        return Err(Wrong::Value(violation(at, "type", "expected an object with a `type`")));
    }
    let members = object::members(raw.as_bytes()).map_err(Wrong::Body)?;
    let tag = members.iter().find(|(name, _)| name == "type").map(|(_, raw)| text(raw, at)).transpose()?.flatten();
    let variant = schema.variants.iter().find(|variant| Some(variant.wire) == tag.as_deref());
    let Some(variant) = variant else {
        let names: Vec<&str> = schema.variants.iter().map(|variant| variant.wire).collect();
        return Err(Wrong::Value(violation(
            &format!("{at}/type"),
            "enum",
            format!("expected one of {}", names.join(", ")),
        )));
    };
    let stranger =
        members.iter().find(|(name, _)| name != "type" && !variant.fields.iter().any(|field| field.wire == name));
    if let Some((name, _)) = stranger {
        let detail = format!("this is not a field of {}", variant.wire);
        return Err(Wrong::Value(violation(&format!("{at}{}", pointer(name)), "unknown_field", detail)));
    }
    let values = variant_values(variant, &members, at, mode)?;
    Ok(Value::Variant(variant.wire.into(), values))
}

fn variant_values(
    variant: &VariantSchema,
    members: &[(std::borrow::Cow<'_, str>, &str)],
    at: &str,
    mode: DraftMode,
) -> Result<Vec<Value>, Wrong> {
    let value = |field: &crate::FieldSchema| {
        let at = format!("{at}{}", pointer(field.wire));
        match members.iter().find(|(name, _)| name == field.wire).map(|(_, raw)| *raw) {
            None | Some("null") if field.optional => Ok(Value::Null),
            None | Some("null") => Err(Wrong::Value(violation(&at, "required", "a value is required"))),
            Some(raw) => decode(&field.kind, raw, &at, mode),
        }
    };
    variant.fields.iter().map(value).collect()
}

/// A decimal with exactly the places its field has; never rounded.
pub(super) fn fit_decimal(value: Value, digits: Option<DecimalSchema>, at: &str) -> Result<Value, Violation> {
    let (&Value::Decimal(mut number), Some(digits)) = (&value, digits) else { return Ok(value) };
    let number_is_exact = number.normalize().scale() <= u32::from(digits.scale);
    let whole_digits = number.trunc().abs().mantissa().checked_ilog10().map_or(0, |digits| digits + 1);
    if !number_is_exact {
        let mut violation =
            violation(at, "decimal", format!("expected at most {} digits after the point", digits.scale));
        violation.params = vec![("scale", digits.scale.to_string())];
        return Err(violation);
    }
    if whole_digits > u32::from(digits.precision - digits.scale) {
        let detail = format!("expected at most {} digits before the point", digits.precision - digits.scale);
        let mut violation = violation(at, "decimal", detail);
        violation.params = vec![("precision", digits.precision.to_string()), ("scale", digits.scale.to_string())];
        return Err(violation);
    }
    number.rescale(u32::from(digits.scale));
    Ok(Value::Decimal(number))
}
