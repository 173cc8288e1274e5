//! A patch laid over a row, bytes over bytes.

use std::cmp::Ordering;

use minicbor::Decoder;

use super::CorruptRow;
use crate::cbor;

/// The bytes of a record after a patch: each field of the patch replaces the row's or is added.
///
/// Needs no schema: fields that this program does not know are kept as they are.
///
/// # Errors
/// The bytes are not a row and a patch.
pub fn merge_rows(row: &[u8], patch: &[u8]) -> Result<Vec<u8>, CorruptRow> {
    let (row, patch) = (fields(row)?, fields(patch)?);
    let (mut row, mut patch) = (row.into_iter().peekable(), patch.into_iter().peekable());
    let mut merged = Vec::with_capacity(row.len() + patch.len());
    loop {
        let newer = match (row.peek(), patch.peek()) {
            (None, None) => break,
            (Some(_), None) => false,
            (None, Some(_)) => true,
            (Some((old, _)), Some((new, _))) => match old.cmp(new) {
                Ordering::Less => false,
                Ordering::Greater => true,
                Ordering::Equal => {
                    row.next();
                    true
                }
            },
        };
        merged.extend(if newer { patch.next() } else { row.next() });
    }
    Ok(map(&merged))
}

/// The bytes of a record, or of a patch, without the fields of these numbers.
///
/// # Errors
/// The bytes are not a row.
pub fn row_without(row: &[u8], numbers: &[u32]) -> Result<Vec<u8>, CorruptRow> {
    let mut fields = fields(row)?;
    fields.retain(|(number, _)| !numbers.contains(number));
    Ok(map(&fields))
}

/// A field's number, and the bytes of number and value together.
type Field<'a> = (u32, &'a [u8]);

fn fields(bytes: &[u8]) -> Result<Vec<Field<'_>>, CorruptRow> {
    let mut reader = Decoder::new(bytes);
    let count = cbor::map(&mut reader)?;
    let mut fields: Vec<Field<'_>> = Vec::with_capacity(count.min(cbor::remaining(&reader)));
    for _ in 0..count {
        let start = reader.position();
        let number = cbor::field_number(&mut reader)?;
        if fields.last().is_some_and(|&(last, _)| last >= number) {
            return Err(CorruptRow::new("field numbers do not ascend"));
        }
        cbor::skip(&mut reader)?;
        fields.push((number, &bytes[start..reader.position()]));
    }
    if reader.position() == bytes.len() { Ok(fields) } else { Err(CorruptRow::new("bytes behind the last field")) }
}

fn map(fields: &[Field<'_>]) -> Vec<u8> {
    let bytes = fields.iter().map(|(_, bytes)| bytes.len()).sum::<usize>();
    let mut out = Vec::with_capacity(bytes + 9);
    cbor::append(&mut out, |writer| writer.map(fields.len() as u64)?.ok());
    fields.iter().for_each(|(_, bytes)| out.extend_from_slice(bytes));
    out.shrink_to_fit();
    out
}
