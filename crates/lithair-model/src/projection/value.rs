//! One value as JSON, and the bytes of one as JSON without making it a value first.

use minicbor::Decoder;
use minicbor::data::{Int, Type};
use uuid::Uuid;

use super::text;
use crate::cbor::{self, Shape, decimal_text, struct_fields, variant_fields};
use crate::{Date, Exposure, FieldSchema, Kind, Timestamp, Value};

/// What stands for a value that cannot be read.
const NULL: &[u8] = b"null";

/// Appends a field's value as JSON.
pub fn write_json(field: &FieldSchema, value: &Value, out: &mut Vec<u8>) {
    write_shape(Shape::of(field), value, out);
}

pub(crate) fn write_shape(shape: Shape<'_>, value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Null => out.extend_from_slice(NULL),
        Value::Bool(flag) => boolean(*flag, out),
        Value::Int(number) => text::integer(number, out),
        Value::Float(number) => text::float(*number, float_bits(shape), out),
        Value::Text(content) => text::string(content, out),
        Value::Decimal(number) => text::quoted(decimal_text(*number, shape.scale).as_bytes(), out),
        Value::Uuid(id) => text::uuid(*id, out),
        Value::Timestamp(moment) => text::timestamp(*moment, out),
        Value::Date(date) => text::date(*date, out),
        Value::Json(json) => out.extend_from_slice(json.as_str().as_bytes()),
        Value::List(elements) => array(elements.len(), out, |place, out| {
            write_shape(shape.element(), &elements[place], out);
        }),
        Value::Variant(name, fields) => {
            let declared = variant_fields(shape.kind, name);
            variant(name, declared, out, |place, out| {
                write_json(&declared[place], fields.get(place).unwrap_or(&Value::Null), out);
            });
        }
        Value::Struct(values) => {
            let values = struct_fields(shape.kind).iter().zip(values);
            object(values.filter(|(field, _)| is_shown(field)), out);
        }
        Value::Members(given) => {
            let fields = struct_fields(shape.kind);
            object(given.iter().filter_map(|(place, value)| Some((fields.get(*place)?, value))), out);
        }
    }
}

/// Appends the value at the reader as JSON; null if it cannot be read (see [`crate::Row`]).
#[inline]
pub(super) fn transcode_or_null(shape: Shape<'_>, reader: &mut Decoder<'_>, out: &mut Vec<u8>) {
    let start = out.len();
    if transcode(shape, reader, out).is_err() {
        out.truncate(start);
        out.extend_from_slice(NULL);
    }
}

/// Appends the value at the reader as JSON.
pub(crate) fn transcode(
    shape: Shape<'_>,
    reader: &mut Decoder<'_>,
    out: &mut Vec<u8>,
) -> Result<(), minicbor::decode::Error> {
    if cbor::take_null(reader) {
        out.extend_from_slice(NULL);
        return Ok(());
    }
    match shape.kind {
        Kind::Bool => boolean(reader.bool()?, out),
        Kind::Int { .. } => integer(reader.int()?, out),
        Kind::Float { bits } => text::float(reader.f64()?, *bits, out),
        // A decimal is stored as the text that callers see: digits, point and sign.
        Kind::Text | Kind::Decimal => stored_text(reader, out)?,
        Kind::Timestamp => text::timestamp(Timestamp::from_micros(reader.i64()?), out),
        Kind::Date => text::date(Date::from_days(reader.i32()?), out),
        Kind::Json => out.extend_from_slice(reader.str()?.as_bytes()),
        Kind::Uuid => match Uuid::from_slice(reader.bytes()?) {
            Ok(id) => text::uuid(id, out),
            Err(_) => out.extend_from_slice(NULL),
        },
        Kind::Enum(_) | Kind::Struct(_) | Kind::List(_) => rare(shape, reader, out)?,
    }
    Ok(())
}

fn stored_text(reader: &mut Decoder<'_>, out: &mut Vec<u8>) -> Result<(), minicbor::decode::Error> {
    text::stored(cbor::text_bytes(reader)?, out).map_err(|_| minicbor::decode::Error::message("not UTF-8"))
}

/// The kinds whose bytes have a structure.
fn rare(shape: Shape<'_>, reader: &mut Decoder<'_>, out: &mut Vec<u8>) -> Result<(), minicbor::decode::Error> {
    match shape.kind {
        Kind::Enum(schema) if !schema.has_data() && reader.datatype()? == Type::String => {
            stored_text(reader, out)?;
        }
        _ => write_shape(shape, &cbor::read(shape, reader)?, out),
    }
    Ok(())
}

/// Numbers above the largest `i64` are rare, and wide arithmetic is slow.
fn integer(number: Int, out: &mut Vec<u8>) {
    match i64::try_from(number) {
        Ok(number) => text::integer(number, out),
        Err(_) => text::integer(i128::from(number), out),
    }
}

fn boolean(flag: bool, out: &mut Vec<u8>) {
    out.extend_from_slice(if flag { b"true" } else { b"false" });
}

fn float_bits(shape: Shape<'_>) -> u8 {
    match shape.kind {
        Kind::Float { bits } => *bits,
        _ => 64,
    }
}

fn array(length: usize, out: &mut Vec<u8>, element: impl Fn(usize, &mut Vec<u8>)) {
    out.push(b'[');
    for place in 0..length {
        if place > 0 {
            out.push(b',');
        }
        element(place, out);
    }
    out.push(b']');
}

/// An object tagged by `type`, with the fields of the variant that callers may see.
fn variant(name: &str, fields: &[FieldSchema], out: &mut Vec<u8>, value: impl Fn(usize, &mut Vec<u8>)) {
    out.extend_from_slice(b"{\"type\":");
    text::string(name, out);
    for (place, field) in fields.iter().enumerate() {
        if is_shown(field) {
            out.push(b',');
            text::string(field.wire, out);
            out.push(b':');
            value(place, out);
        }
    }
    out.push(b'}');
}

/// An object of fields with their values.
fn object<'a>(members: impl Iterator<Item = (&'a FieldSchema, &'a Value)>, out: &mut Vec<u8>) {
    out.push(b'{');
    for (place, (field, value)) in members.enumerate() {
        if place > 0 {
            out.push(b',');
        }
        text::string(field.wire, out);
        out.push(b':');
        write_json(field, value, out);
    }
    out.push(b'}');
}

fn is_shown(field: &FieldSchema) -> bool {
    matches!(field.exposure, Exposure::Open | Exposure::ReadOnly)
}
