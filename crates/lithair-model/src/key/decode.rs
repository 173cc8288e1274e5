//! The bytes of a key to its values; bytes that no key has are refused.

use std::borrow::Cow;

use uuid::Uuid;

use super::encode::{ELEMENT, END, FALSE, FIXED, NULL, TEXT_SHIFT, TRUE, ZERO};
use super::{CorruptKey, Key, KeyTerm, decimal};
use crate::{Date, EnumSchema, Json, Kind, StructSchema, Timestamp, Value};

/// A value and the bytes behind it.
type Parsed<'a, T> = Option<(T, &'a [u8])>;

pub(super) fn values(terms: &[KeyTerm], bytes: &[u8]) -> Result<Vec<Value>, CorruptKey> {
    try_values(terms, bytes).ok_or_else(|| CorruptKey(Key::from_bytes(bytes)))
}

fn try_values(terms: &[KeyTerm], mut bytes: &[u8]) -> Option<Vec<Value>> {
    let mut values = Vec::with_capacity(terms.len());
    for term in terms {
        let (value, length) = term_value(term, bytes)?;
        values.push(value);
        bytes = &bytes[length..];
    }
    bytes.is_empty().then_some(values)
}

/// The value at the beginning of the bytes, and how many bytes it takes.
fn term_value(term: &KeyTerm, bytes: &[u8]) -> Option<(Value, usize)> {
    if bytes.first() == Some(&NULL) {
        return Some((Value::Null, 1));
    }
    if !term.descending {
        let (value, rest) = value(&term.kind, bytes)?;
        return Some((value, bytes.len() - rest.len()));
    }
    let inverted: Vec<u8> = bytes.iter().map(|byte| !byte).collect();
    let (value, rest) = value(&term.kind, &inverted)?;
    Some((value, bytes.len() - rest.len()))
}

fn value<'a>(kind: &Kind, bytes: &'a [u8]) -> Parsed<'a, Value> {
    let (&first, rest) = bytes.split_first()?;
    if first == NULL {
        return Some((Value::Null, rest));
    }
    match kind {
        Kind::Bool if first == FALSE => Some((Value::Bool(false), rest)),
        Kind::Bool if first == TRUE => Some((Value::Bool(true), rest)),
        Kind::Bool => None,
        Kind::Int { min, max } => {
            let (number, rest) = integer(bytes)?;
            (min..=max).contains(&&number).then_some((Value::Int(number), rest))
        }
        Kind::Float { .. } => float(bytes),
        Kind::Text => text(bytes).map(|(text, rest)| (Value::Text(text), rest)),
        Kind::Decimal => decimal::decode(bytes).map(|(number, rest)| (Value::Decimal(number), rest)),
        Kind::Uuid => {
            let (bytes, rest) = fixed(bytes)?;
            Some((Value::Uuid(Uuid::from_bytes(bytes)), rest))
        }
        Kind::Timestamp => {
            let (micros, rest) = integer(bytes)?;
            Some((Value::Timestamp(Timestamp::from_micros(i64::try_from(micros).ok()?)), rest))
        }
        Kind::Date => {
            let (days, rest) = integer(bytes)?;
            Some((Value::Date(Date::from_days(i32::try_from(days).ok()?)), rest))
        }
        Kind::Enum(schema) => variant(schema, bytes),
        Kind::Struct(schema) => members(schema, bytes),
        Kind::List(element) => list(&element.kind, bytes),
        Kind::Json => {
            let (text, rest) = text(bytes)?;
            Some((Value::Json(Json::parse(&text).ok()?), rest))
        }
    }
}

fn integer(bytes: &[u8]) -> Parsed<'_, i128> {
    let (&header, rest) = bytes.split_first()?;
    let negative = header < ZERO;
    let length = usize::from(if negative { ZERO - 1 - header } else { header - ZERO });
    let (significant, rest) = rest.split_at_checked(length).filter(|_| length <= 16)?;
    let mask = if negative { 0xff } else { 0 };
    let magnitude = significant.iter().fold(0_u128, |number, byte| number << 8 | u128::from(byte ^ mask));
    let number = i128::try_from(magnitude).ok()?;
    Some((if negative { !number } else { number }, rest))
}

fn float(bytes: &[u8]) -> Parsed<'_, Value> {
    let (bytes, rest) = fixed(bytes)?;
    let ordered = u64::from_be_bytes(bytes);
    let bits = if ordered >> 63 == 1 { ordered & !(1 << 63) } else { !ordered };
    let number = f64::from_bits(bits);
    number.is_finite().then_some((Value::Float(number), rest))
}

fn fixed<const N: usize>(bytes: &[u8]) -> Parsed<'_, [u8; N]> {
    let (header, rest) = bytes.split_first()?;
    let (value, rest) = rest.split_first_chunk().filter(|_| *header == FIXED)?;
    Some((*value, rest))
}

fn text(bytes: &[u8]) -> Parsed<'_, String> {
    let end = bytes.iter().position(|&byte| byte == END)?;
    let shifted: Option<Vec<u8>> = bytes[..end].iter().map(|byte| byte.checked_sub(TEXT_SHIFT)).collect();
    Some((String::from_utf8(shifted?).ok()?, &bytes[end + 1..]))
}

fn list<'a>(kind: &Kind, mut bytes: &'a [u8]) -> Parsed<'a, Value> {
    let mut elements = Vec::new();
    loop {
        let (&header, rest) = bytes.split_first()?;
        match header {
            END => return Some((Value::List(elements), rest)),
            ELEMENT => {
                let (element, rest) = value(kind, rest)?;
                elements.push(element);
                bytes = rest;
            }
            _ => return None,
        }
    }
}

fn members<'a>(schema: &StructSchema, bytes: &'a [u8]) -> Parsed<'a, Value> {
    let (&begin, rest) = bytes.split_first()?;
    let (mut values, mut rest) = (Vec::with_capacity(schema.fields.len()), rest);
    for field in schema.fields {
        let (inner, behind) = value(&field.kind, rest)?;
        values.push(inner);
        rest = behind;
    }
    let (&end, rest) = rest.split_first()?;
    (begin == ELEMENT && end == END).then_some((Value::Struct(values), rest))
}

fn variant<'a>(schema: &EnumSchema, bytes: &'a [u8]) -> Parsed<'a, Value> {
    let (place, mut rest) = integer(bytes)?;
    let place = usize::try_from(place).ok()?;
    if place == schema.variants.len() {
        let (name, rest) = text(rest)?;
        return Some((plain_variant(schema, name), rest));
    }
    let variant = schema.variants.get(place)?;
    if !schema.has_data() {
        return Some((Value::Text(variant.wire.to_owned()), rest));
    }
    let mut fields = Vec::with_capacity(variant.fields.len());
    for field in variant.fields {
        let (inner, behind) = value(&field.kind, rest)?;
        fields.push(inner);
        rest = behind;
    }
    Some((Value::Variant(Cow::Borrowed(variant.wire), fields), rest))
}

/// A variant that is not declared any more.
fn plain_variant(schema: &EnumSchema, name: String) -> Value {
    if schema.has_data() { Value::Variant(Cow::Owned(name), Vec::new()) } else { Value::Text(name) }
}
