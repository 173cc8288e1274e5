//! Values to the bytes of a key: the table of bytes of `docs/formats/key.md`.

use super::decimal;
use crate::{EnumSchema, Kind, Value};

/// Null: behind every present value, also inverted ones.
pub(super) const NULL: u8 = 0xff;
pub(super) const FALSE: u8 = 0x01;
pub(super) const TRUE: u8 = 0x02;
/// Zero of the integers; the distance from it is the number of bytes that follow.
pub(super) const ZERO: u8 = 0x80;
/// In front of values of fixed width, whose first byte could be any.
pub(super) const FIXED: u8 = 0x80;
/// In front of each element of a list, and of a struct's fields.
pub(super) const ELEMENT: u8 = 0x02;
/// Ends a text or a list: less than anything that could follow instead.
pub(super) const END: u8 = 0x01;
/// Added to each byte of a text, so that none is `END` or less. UTF-8 has no byte above `f4`.
pub(super) const TEXT_SHIFT: u8 = 2;
const SIGN: u64 = 1 << 63;

/// Appends the ascending encoding of a value.
pub(super) fn value(kind: &Kind, value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Null => out.push(NULL),
        Value::Bool(false) => out.push(FALSE),
        Value::Bool(true) => out.push(TRUE),
        Value::Int(number) => integer(*number, out),
        Value::Float(number) => float(*number, out),
        Value::Text(name) => match kind {
            Kind::Enum(schema) => variant(schema, name, &[], out),
            _ => text(name, out),
        },
        Value::Decimal(number) => decimal::encode(number, out),
        Value::Uuid(id) => {
            out.push(FIXED);
            out.extend_from_slice(id.as_bytes());
        }
        Value::Timestamp(moment) => integer(i128::from(moment.micros()), out),
        Value::Date(date) => integer(i128::from(date.days()), out),
        Value::List(elements) => list(kind, elements, out),
        Value::Json(json) => text(json.as_str(), out),
        Value::Variant(name, fields) => match kind {
            Kind::Enum(schema) => variant(schema, name, fields, out),
            _ => text(name, out),
        },
        Value::Struct(values) => members(kind, values, out),
        // A part of a value is no key; the catalog refuses the kind.
        Value::Members(_) => out.push(NULL),
    }
}

/// The fields in declared order.
fn members(kind: &Kind, values: &[Value], out: &mut Vec<u8>) {
    let Kind::Struct(schema) = kind else { return out.push(NULL) };
    // The first field may be null, and the struct is not.
    out.push(ELEMENT);
    for (place, field) in schema.fields.iter().enumerate() {
        value(&field.kind, values.get(place).unwrap_or(&Value::Null), out);
    }
    out.push(END);
}

/// One byte that says sign and length, then the significant bytes, most significant first.
///
/// A negative number is written as the inverted bytes of `-(number + 1)`, so that larger is larger.
#[expect(clippy::cast_possible_truncation, reason = "a number has at most 16 bytes")]
pub(super) fn integer(number: i128, out: &mut Vec<u8>) {
    let magnitude = if number < 0 { !number } else { number }.unsigned_abs();
    let bytes = magnitude.to_be_bytes();
    let significant = &bytes[magnitude.leading_zeros() as usize / 8..];
    let length = significant.len() as u8;
    if number < 0 {
        out.push(ZERO - 1 - length);
        out.extend(significant.iter().map(|byte| !byte));
    } else {
        out.push(ZERO + length);
        out.extend_from_slice(significant);
    }
}

/// The total order of IEEE 754 with both zeros equal: positive numbers with the sign bit set, negative ones inverted.
fn float(number: f64, out: &mut Vec<u8>) {
    let bits = if number == 0.0 { 0 } else { number.to_bits() };
    let ordered = if bits & SIGN == 0 { bits | SIGN } else { !bits };
    out.push(FIXED);
    out.extend_from_slice(&ordered.to_be_bytes());
}

fn text(text: &str, out: &mut Vec<u8>) {
    out.extend(text.bytes().map(|byte| byte + TEXT_SHIFT));
    out.push(END);
}

fn list(kind: &Kind, elements: &[Value], out: &mut Vec<u8>) {
    let inner = match kind {
        Kind::List(element) => &element.kind,
        other => other,
    };
    for element in elements {
        out.push(ELEMENT);
        value(inner, element, out);
    }
    out.push(END);
}

/// The variant's place, then its fields in declared order. A name that is not declared (any more) comes behind all
/// others, with its text, so that different names stay different.
fn variant(schema: &EnumSchema, name: &str, fields: &[Value], out: &mut Vec<u8>) {
    let Some(place) = schema.variants.iter().position(|variant| variant.wire == name) else {
        integer(schema.variants.len() as i128, out);
        return text(name, out);
    };
    integer(place as i128, out);
    for (field, inner) in schema.variants[place].fields.iter().zip(fields) {
        value(&field.kind, inner, out);
    }
}
