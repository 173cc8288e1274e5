//! One value as CBOR (RFC 8949), as `docs/formats/entry.md` shows it.

use std::borrow::Cow;
use std::convert::Infallible;

use minicbor::data::Type;
use minicbor::{Decoder, Encoder};
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::embedded::absent;
use crate::{Date, EnumSchema, FieldSchema, Json, Kind, StructSchema, Timestamp, Value};

/// Writes to memory.
pub(crate) type Writer<'a> = Encoder<&'a mut Vec<u8>>;
/// What writing returns.
pub(crate) type Written = Result<(), minicbor::encode::Error<Infallible>>;

/// What a value's bytes mean: the parts of a field's schema that the encoding needs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape<'a> {
    pub(crate) kind: &'a Kind,
    /// Digits after the point of decimals, elements' included.
    pub(crate) scale: Option<u8>,
}

impl<'a> Shape<'a> {
    pub(crate) fn of(field: &'a FieldSchema) -> Self {
        Self { kind: &field.kind, scale: field.decimal.map(|decimal| decimal.scale) }
    }

    /// The shape of a list's elements.
    pub(crate) fn element(self) -> Self {
        match self.kind {
            Kind::List(element) => Self { kind: &element.kind, scale: self.scale },
            _ => self,
        }
    }
}

/// Calls `write` with a writer that appends to `out`.
pub(crate) fn append(out: &mut Vec<u8>, write: impl FnOnce(&mut Writer<'_>) -> Written) {
    write(&mut Encoder::new(out)).expect("writing to memory does not fail");
}

/// Writes a value.
pub(crate) fn write(value: &Value, shape: Shape<'_>, writer: &mut Writer<'_>) -> Written {
    match value {
        Value::Null => writer.null()?.ok(),
        Value::Bool(flag) => writer.bool(*flag)?.ok(),
        Value::Int(number) => write_integer(*number, writer),
        Value::Float(number) => writer.f64(*number)?.ok(),
        Value::Text(text) => writer.str(text)?.ok(),
        Value::Decimal(number) => writer.str(&decimal_text(*number, shape.scale))?.ok(),
        Value::Uuid(id) => writer.bytes(id.as_bytes())?.ok(),
        Value::Timestamp(moment) => writer.i64(moment.micros())?.ok(),
        Value::Date(date) => writer.i32(date.days())?.ok(),
        Value::Json(json) => writer.str(json.as_str())?.ok(),
        Value::List(elements) => {
            writer.array(elements.len() as u64)?;
            elements.iter().try_for_each(|element| write(element, shape.element(), writer))
        }
        Value::Variant(name, fields) => {
            writer.array(fields.len() as u64 + 1)?.str(name)?;
            let shapes = variant_fields(shape.kind, name);
            fields.iter().enumerate().try_for_each(|(place, field)| {
                let inner = shapes.get(place).map_or(shape, Shape::of);
                write(field, inner, writer)
            })
        }
        // By name: what is added, moved or left out later finds or misses its value by itself.
        Value::Struct(values) => {
            let fields = struct_fields(shape.kind);
            writer.map(fields.len() as u64)?;
            fields.iter().enumerate().try_for_each(|(place, field)| {
                let value = values.get(place).unwrap_or(&Value::Null);
                write(value, Shape::of(field), writer.str(field.name)?)
            })
        }
        // Merged before it is stored; alone, the rest is absent.
        Value::Members(given) => {
            let fields = struct_fields(shape.kind);
            let given: Vec<_> = given.iter().filter_map(|(place, value)| Some((fields.get(*place)?, value))).collect();
            writer.map(given.len() as u64)?;
            given.iter().try_for_each(|(field, value)| write(value, Shape::of(field), writer.str(field.name)?))
        }
    }
}

fn write_integer(number: i128, writer: &mut Writer<'_>) -> Written {
    let number = minicbor::data::Int::try_from(number).expect("integer fields have at most 64 bits");
    writer.int(number)?.ok()
}

/// The text of a decimal: with exactly the declared places, or as it is.
pub(crate) fn decimal_text(mut number: Decimal, scale: Option<u8>) -> String {
    if let Some(scale) = scale {
        number.rescale(u32::from(scale));
    }
    number.to_string()
}

/// The fields of a variant with data; none for what is not declared.
pub(crate) fn variant_fields(kind: &Kind, name: &str) -> &'static [FieldSchema] {
    let Kind::Enum(schema) = kind else { return &[] };
    schema.variants.iter().find(|variant| variant.wire == name).map_or(&[], |variant| variant.fields)
}

/// The fields of an embedded struct; none for what is none.
pub(crate) fn struct_fields(kind: &Kind) -> &'static [FieldSchema] {
    if let Kind::Struct(schema) = kind { schema.fields } else { &[] }
}

/// Reads a value.
///
/// # Errors
/// The bytes are not CBOR of this kind.
pub(crate) fn read(shape: Shape<'_>, reader: &mut Decoder<'_>) -> Result<Value, minicbor::decode::Error> {
    if take_null(reader) {
        return Ok(Value::Null);
    }
    let at = reader.position();
    let broken = |what| minicbor::decode::Error::message(what).at(at);
    Ok(match shape.kind {
        Kind::Bool => Value::Bool(reader.bool()?),
        Kind::Int { .. } => Value::Int(reader.int()?.into()),
        Kind::Float { .. } => Value::Float(read_float(reader)?),
        Kind::Text => Value::Text(reader.str()?.to_owned()),
        Kind::Decimal => Value::Decimal(reader.str()?.parse().map_err(|_| broken("not a decimal"))?),
        Kind::Uuid => Value::Uuid(Uuid::from_slice(reader.bytes()?).map_err(|_| broken("a UUID has 16 bytes"))?),
        Kind::Timestamp => Value::Timestamp(Timestamp::from_micros(reader.i64()?)),
        Kind::Date => Value::Date(Date::from_days(reader.i32()?)),
        Kind::Enum(schema) => read_variant(schema, reader)?,
        Kind::Struct(schema) => read_struct(schema, reader)?,
        Kind::Json => Value::Json(Json::parse(reader.str()?).map_err(|_| broken("not JSON"))?),
        Kind::List(_) => Value::List(read_list(shape.element(), reader)?),
    })
}

/// Passes over a null, if that is what comes next.
pub(crate) fn take_null(reader: &mut Decoder<'_>) -> bool {
    const NULL: u8 = 0xf6;
    let at = reader.position();
    let is_null = reader.input().get(at) == Some(&NULL);
    if is_null {
        reader.set_position(at + 1);
    }
    is_null
}

fn read_float(reader: &mut Decoder<'_>) -> Result<f64, minicbor::decode::Error> {
    let at = reader.position();
    let number = reader.f64()?;
    if number.is_finite() { Ok(number) } else { Err(minicbor::decode::Error::message("not a finite number").at(at)) }
}

fn read_list(element: Shape<'_>, reader: &mut Decoder<'_>) -> Result<Vec<Value>, minicbor::decode::Error> {
    let length = definite(reader.array()?)?;
    // Each element has at least one byte: a length that lies must not reserve memory.
    let mut elements = Vec::with_capacity(length.min(remaining(reader)));
    for _ in 0..length {
        elements.push(read(element, reader)?);
    }
    Ok(elements)
}

/// Reads a variant, in the form of an enum with data or without: an enum may gain and lose data.
fn read_variant(schema: &EnumSchema, reader: &mut Decoder<'_>) -> Result<Value, minicbor::decode::Error> {
    if reader.datatype()? == Type::String {
        return Ok(named(schema, reader.str()?, Vec::new()));
    }
    let stored = definite(reader.array()?)?.checked_sub(1);
    let stored = stored.ok_or_else(|| minicbor::decode::Error::message("a variant has a name"))?;
    let name = reader.str()?;
    let declared = schema.variants.iter().find(|variant| variant.wire == name).map_or(&[][..], |found| found.fields);
    let mut fields = Vec::with_capacity(declared.len());
    for place in 0..stored {
        match declared.get(place) {
            Some(field) => fields.push(read(Shape::of(field), reader)?),
            None => reader.skip()?,
        }
    }
    // Fields that were declared later than the value was written.
    fields.extend(declared.iter().skip(fields.len()).map(absent));
    Ok(named(schema, name, fields))
}

/// Reads an embedded struct. What it does not know is passed over, what was declared later is absent.
fn read_struct(schema: &StructSchema, reader: &mut Decoder<'_>) -> Result<Value, minicbor::decode::Error> {
    let mut values: Vec<Value> = schema.fields.iter().map(absent).collect();
    for near in 0..map(reader)? {
        match schema.logged(reader.str()?, near) {
            Some(place) => values[place] = read(Shape::of(&schema.fields[place]), reader)?,
            None => skip(reader)?,
        }
    }
    Ok(Value::Struct(values))
}

/// The value of a variant by its name in JSON.
pub(crate) fn named(schema: &EnumSchema, name: &str, fields: Vec<Value>) -> Value {
    if !schema.has_data() {
        return Value::Text(name.to_owned());
    }
    let declared = schema.variants.iter().find(|variant| variant.wire == name);
    Value::Variant(declared.map_or_else(|| Cow::Owned(name.to_owned()), |found| Cow::Borrowed(found.wire)), fields)
}

/// The length of a map or array, which is always written.
pub(crate) fn definite(length: Option<u64>) -> Result<usize, minicbor::decode::Error> {
    let length = length.ok_or_else(|| minicbor::decode::Error::message("lengths are always written"))?;
    usize::try_from(length).map_err(|_| minicbor::decode::Error::message("too long"))
}

/// Bytes that are not read yet.
pub(crate) fn remaining(reader: &Decoder<'_>) -> usize {
    reader.input().len().saturating_sub(reader.position())
}

/// Passes over one value.
#[inline]
pub(crate) fn skip(reader: &mut Decoder<'_>) -> Result<(), minicbor::decode::Error> {
    let end = end_of(reader.input(), reader.position())?;
    reader.set_position(end);
    Ok(())
}

/// Where the value ends that begins at `at`.
///
/// # Errors
/// There is no whole value.
#[inline]
pub(crate) fn end_of(input: &[u8], at: usize) -> Result<usize, minicbor::decode::Error> {
    match end_of_short(input, at) {
        Some(end) => Ok(end),
        None => end_of_long(input, at),
    }
}

/// The same of what nearly all values are: numbers and texts of at most 255 bytes, whose first bytes say how long they are.
#[inline]
fn end_of_short(input: &[u8], at: usize) -> Option<usize> {
    const BYTES_TO_255: u8 = 0x58;
    const TEXT_TO_255: u8 = 0x78;
    let length = match *input.get(at)? {
        BYTES_TO_255 | TEXT_TO_255 => 2 + usize::from(*input.get(at + 1)?),
        first => usize::from(SHORT[usize::from(first)]),
    };
    let end = at + length;
    (length > 0 && end <= input.len()).then_some(end)
}

fn end_of_long(input: &[u8], at: usize) -> Result<usize, minicbor::decode::Error> {
    if let Some((_, length)) = input.get(at..).and_then(flat) {
        return Ok(at + length);
    }
    let mut reader = reader_at(input, at);
    reader.skip()?;
    Ok(reader.position())
}

/// A reader at a place.
pub(crate) fn reader_at(input: &[u8], at: usize) -> Decoder<'_> {
    let mut reader = Decoder::new(input);
    reader.set_position(at);
    reader
}

/// The bytes of an item by its first one; 0 where that does not say it.
static SHORT: [u8; 256] = {
    let mut lengths = [0; 256];
    let mut first = 0_u8;
    loop {
        let argument = first & 0x1f;
        lengths[first as usize] = match (first >> 5, argument) {
            (0 | 1 | 7, 0..24) => 1,
            (0 | 1 | 7, 24..28) => 1 + (1 << (argument - 24)),
            (2 | 3, 0..24) => 1 + argument,
            _ => 0,
        };
        if first == u8::MAX {
            break lengths;
        }
        first += 1;
    }
};

/// The number of a field.
#[inline]
pub(crate) fn field_number(reader: &mut Decoder<'_>) -> Result<u32, minicbor::decode::Error> {
    let (number, value) = number_at(reader.input(), reader.position())?;
    reader.set_position(value);
    Ok(number)
}

/// The number of the field at `at`, and where its value begins. Nearly all numbers are their own head (RFC 8949, 3).
#[inline]
pub(crate) fn number_at(input: &[u8], at: usize) -> Result<(u32, usize), minicbor::decode::Error> {
    if let Some(&number @ ..24) = input.get(at) {
        return Ok((number.into(), at + 1));
    }
    let mut reader = reader_at(input, at);
    Ok((reader.u32()?, reader.position()))
}

/// The number of fields of the map that comes next. Nearly all are in its head.
#[inline]
pub(crate) fn map(reader: &mut Decoder<'_>) -> Result<usize, minicbor::decode::Error> {
    const NONE: u8 = 0xa0;
    let at = reader.position();
    if let Some(count @ ..24) = reader.input().get(at).and_then(|head| head.checked_sub(NONE)) {
        reader.set_position(at + 1);
        return Ok(count.into());
    }
    definite(reader.map()?)
}

/// The bytes of a text, of which it is not known yet whether they are UTF-8.
pub(crate) fn text_bytes<'b>(reader: &mut Decoder<'b>) -> Result<&'b [u8], minicbor::decode::Error> {
    const TEXT: u8 = 3;
    let at = reader.position();
    let item = reader.input().get(at..).filter(|rest| rest.first().is_some_and(|first| first >> 5 == TEXT));
    let Some((item, (head, length))) = item.and_then(|item| Some((item, flat(item)?))) else {
        return Err(minicbor::decode::Error::message("expected a text whose length is written").at(at));
    };
    reader.set_position(at + length);
    Ok(&item[head..length])
}

/// The bytes of the head of the item at the beginning, and of all of it, if it has no items inside and is all there (RFC 8949, 3).
#[inline]
fn flat(bytes: &[u8]) -> Option<(usize, usize)> {
    let (&first, rest) = bytes.split_first()?;
    let argument_bytes = match first & 0x1f {
        0..24 => 0,
        24 => 1,
        25 => 2,
        26 => 4,
        27 => 8,
        _ => return None,
    };
    let argument = rest.get(..argument_bytes)?;
    let content = match first >> 5 {
        0 | 1 | 7 => 0,
        2 | 3 if argument_bytes == 0 => usize::from(first & 0x1f),
        2 | 3 => {
            argument.iter().try_fold(0_usize, |length, &byte| length.checked_mul(256)?.checked_add(byte.into()))?
        }
        _ => return None,
    };
    let head = 1 + argument_bytes;
    let length = content.checked_add(head)?;
    (length <= bytes.len()).then_some((head, length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_passed_over_is_one_value() {
        for first in 0..=u8::MAX {
            for length in 1..300 {
                let mut bytes = vec![0; length];
                bytes[0] = first;
                bytes[length / 2] |= 1;
                let passed = |skip: fn(&mut Decoder<'_>) -> Result<(), minicbor::decode::Error>| {
                    let mut reader = Decoder::new(&bytes);
                    skip(&mut reader).ok().map(|()| reader.position())
                };
                let (ours, theirs) = (passed(skip), passed(|reader| reader.skip()));
                assert_eq!(ours, end_of_long(&bytes, 0).ok(), "{bytes:02x?}");
                // What minicbor refuses beyond a length, such as a text that is not UTF-8, is for whoever reads the value.
                assert!(theirs.is_none() || ours == theirs, "{bytes:02x?}");
                assert!(ours.is_none_or(|position| position <= length), "{bytes:02x?}");
            }
        }
    }

    type Read<T> = fn(&mut Decoder<'_>) -> Result<T, minicbor::decode::Error>;

    /// Two ways to read the head of an item, whatever its bytes are, read the same and stand at the same place then.
    fn read_alike<T: PartialEq + std::fmt::Debug>(one: Read<T>, other: Read<T>) {
        for first in 0..=u8::MAX {
            for length in 0..12 {
                let bytes = &[first, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11][..length];
                let found = [one, other].map(|read| {
                    let mut reader = Decoder::new(bytes);
                    read(&mut reader).ok().map(|value| (value, reader.position()))
                });
                assert_eq!(found[0], found[1], "{bytes:02x?}");
            }
        }
    }

    #[test]
    fn numbers_of_fields_and_lengths_of_maps_are_read_as_any() {
        read_alike(field_number, |reader| reader.u32());
        read_alike(map, |reader| definite(reader.map()?));
    }
}
