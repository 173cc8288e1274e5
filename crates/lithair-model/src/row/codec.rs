//! Rows and patches to and from bytes, as a model knows them.

use minicbor::Decoder;

use super::{CorruptRow, Row};
use crate::cbor::{self, Shape};
use crate::{ModelEntry, Value};

impl ModelEntry {
    /// A whole record as bytes, from the values of all fields in declared order.
    pub fn encode_row(&self, values: &[Value]) -> Vec<u8> {
        debug_assert_eq!(values.len(), self.schema.fields.len(), "a row has a value for each field");
        // What is computed when it is read is no part of a stored row.
        let is_stored = |place: usize| self.computed[place].as_ref().is_none_or(|computed| computed.is_stored);
        let fields = self.layout.by_number().iter().filter(|(_, place)| is_stored(*place));
        let fields = fields.filter_map(|&(_, place)| Some((place, values.get(place)?)));
        self.encode_fields(fields, values.len() - self.virtual_fields().count())
    }

    /// Some fields of a record as bytes, for [`crate::Change::Patch`]: places and values.
    pub fn encode_patch(&self, fields: &[(usize, Value)]) -> Vec<u8> {
        let mut sorted: Vec<_> = fields.iter().map(|(place, value)| (*place, value)).collect();
        sorted.sort_by_key(|&(place, _)| self.layout.number(place));
        let count = sorted.len();
        self.encode_fields(sorted.into_iter(), count)
    }

    fn encode_fields<'a>(&self, fields: impl Iterator<Item = (usize, &'a Value)>, count: usize) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(16 + count * 16);
        cbor::append(&mut bytes, |writer| {
            writer.map(count as u64)?;
            for (place, value) in fields {
                writer.u32(self.layout.number(place))?;
                cbor::write(value, Shape::of(&self.schema.fields[place]), writer)?;
            }
            Ok(())
        });
        bytes.shrink_to_fit();
        bytes
    }

    /// The values of all fields in declared order. A field that the bytes lack has its default, or is null.
    ///
    /// # Errors
    /// The bytes are not a row of this model.
    pub fn decode_row(&self, bytes: &[u8]) -> Result<Vec<Value>, CorruptRow> {
        let mut values = self.absent.to_vec();
        self.read_fields(bytes, |place, value| values[place] = value)?;
        Ok(values)
    }

    /// The fields that a patch's bytes set: places and values, in the order of the field numbers.
    ///
    /// # Errors
    /// The bytes are not a patch of this model.
    pub fn decode_patch(&self, bytes: &[u8]) -> Result<Vec<(usize, Value)>, CorruptRow> {
        let mut fields = Vec::new();
        self.read_fields(bytes, |place, value| fields.push((place, value)))?;
        Ok(fields)
    }

    /// Whether the bytes are a row, or a patch, of this model.
    ///
    /// # Errors
    /// They are not.
    pub fn check_row(&self, bytes: &[u8]) -> Result<(), CorruptRow> {
        self.read_fields(bytes, |_, _| ())
    }

    fn read_fields(&self, bytes: &[u8], mut found: impl FnMut(usize, Value)) -> Result<(), CorruptRow> {
        let mut reader = Decoder::new(bytes);
        let count = cbor::map(&mut reader)?;
        let mut last = None;
        for _ in 0..count {
            let number = cbor::field_number(&mut reader)?;
            if last.is_some_and(|last| last >= number) {
                return Err(CorruptRow::new("field numbers do not ascend"));
            }
            last = Some(number);
            match self.layout.place(number) {
                Some(place) => found(place, cbor::read(Shape::of(&self.schema.fields[place]), &mut reader)?),
                None => cbor::skip(&mut reader)?,
            }
        }
        if reader.position() == bytes.len() { Ok(()) } else { Err(CorruptRow::new("bytes behind the last field")) }
    }

    /// Whether a row's bytes have the field, be it null. Those of before the field do not.
    pub fn has_field(&self, bytes: &[u8], place: usize) -> bool {
        find(bytes, self.layout.number(place)).is_ok_and(|reader| reader.is_some())
    }

    /// The value of one field, without decoding the others.
    pub fn field(&self, row: &Row, place: usize) -> Value {
        self.field_of(&row.bytes, place)
    }

    /// The value of one field of a row's bytes, without decoding the others.
    pub fn field_of(&self, bytes: &[u8], place: usize) -> Value {
        let sought = self.layout.number(place);
        let shape = Shape::of(&self.schema.fields[place]);
        match find(bytes, sought) {
            Ok(Some(mut reader)) => cbor::read(shape, &mut reader).unwrap_or(Value::Null),
            Ok(None) => self.absent[place].clone(),
            Err(_) => Value::Null,
        }
    }

    /// Whether a row's field is true: `field(..) == Value::Bool(true)`, without making a value.
    pub fn is_true(&self, row: &Row, place: usize) -> bool {
        match find(&row.bytes, self.layout.number(place)) {
            Ok(Some(mut reader)) => reader.bool().unwrap_or(false),
            Ok(None) => self.absent[place] == Value::Bool(true),
            Err(_) => false,
        }
    }
}

/// Whether a row's bytes have a value that is not null for the field with this number, whichever program wrote it.
pub fn has_value(bytes: &[u8], number: u32) -> bool {
    find(bytes, number).is_ok_and(|reader| reader.is_some_and(|mut reader| !cbor::take_null(&mut reader)))
}

/// A reader at the value with a number, if the map has it.
pub(crate) fn find(bytes: &[u8], sought: u32) -> Result<Option<Decoder<'_>>, minicbor::decode::Error> {
    let mut reader = Decoder::new(bytes);
    let count = cbor::map(&mut reader)?;
    let mut at = reader.position();
    for _ in 0..count {
        let (number, value) = cbor::number_at(bytes, at)?;
        if number >= sought {
            return Ok((number == sought).then(|| cbor::reader_at(bytes, value)));
        }
        at = cbor::end_of(bytes, value)?;
    }
    Ok(None)
}
