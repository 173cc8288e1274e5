//! Records as JSON. The one way out: what is hidden or write-only never passes here, and neither does what the caller may not see, but for its
//! mask: what is written is [`Visible`], which only a decision about access makes.

mod csv;
mod expanded;
mod prefix;
mod selection;
#[cfg(test)]
mod tests;
mod text;
mod value;

pub use csv::{project_csv, project_csv_head};
pub use expanded::project_expanded;
use minicbor::Decoder;
pub(crate) use prefix::Prefix;
pub use selection::Selection;
pub(crate) use text::string as write_text;
pub use value::write_json;
pub(crate) use value::{transcode, write_shape};

use crate::catalog::ShownField;
use crate::cbor;
use crate::{Mask, ModelEntry, Value, Visible, VisibleFields};

/// Appends a record as a JSON object: the selected fields that the caller may see in declared order, then `_rev`. `_redacted` names the
/// selected fields that only others see, whole or at all.
///
/// Straight from the row's bytes: no value is built, names are written as they were prepared at start.
pub fn project(model: &ModelEntry, record: &Visible, selection: &Selection, out: &mut Vec<u8>) {
    project_with(model, record, selection, |_| {}, out);
}

/// The same, with what `members` appends between the fields and `_rev`: each member begins with a comma.
fn project_with(
    model: &ModelEntry,
    record: &Visible,
    selection: &Selection,
    members: impl FnOnce(&mut Vec<u8>),
    out: &mut Vec<u8>,
) {
    let start = out.len();
    let row = record.row();
    match record.redacted() {
        [] if selection.is_all() => fields(model, |_| How::Whole, &row.bytes, out),
        redacted => fields(model, how(model, redacted, selection), &row.bytes, out),
    }
    members(out);
    redacted(model, record, selection, out);
    out.extend_from_slice(b",\"_rev\":");
    // Every member begins with a comma; the first one's place is the brace's.
    out[start] = b'{';
    text::integer(row.revision, out);
    out.push(b'}');
}

/// Appends the fields of a row or of a patch as a JSON object: those that are in its bytes and that callers may see, in declared order.
pub fn project_fields(model: &ModelEntry, fields: &VisibleFields<'_>, selection: &Selection, out: &mut Vec<u8>) {
    let start = out.len();
    by_declaration(model, how(model, fields.redacted(), selection), fields.bytes(), Missing::Left, out);
    match out.get_mut(start) {
        Some(first) => *first = b'{',
        None => out.push(b'{'),
    }
    out.push(b'}');
}

/// Names what is left out, or masked, of what was asked for.
fn redacted(model: &ModelEntry, record: &Visible, asked: &Selection, out: &mut Vec<u8>) {
    let left_out = record.redacted().iter().filter(|place| model.shown[**place].shown && asked.contains(**place));
    for (count, &place) in left_out.enumerate() {
        out.extend_from_slice(if count == 0 { b",\"_redacted\":[" } else { b"," });
        text::string(model.schema.fields[place].wire, out);
    }
    if record.redacted().iter().any(|place| model.shown[*place].shown && asked.contains(*place)) {
        out.push(b']');
    }
}

/// How a field is written that callers are shown at all.
enum How {
    Whole,
    Masked(Mask),
    Not,
}

/// How fields are written of which these are asked for, and of which those in `redacted` may not be seen.
fn how(model: &ModelEntry, redacted: &[usize], asked: &Selection) -> impl Fn(usize) -> How {
    move |place| match (asked.contains(place), redacted.contains(&place)) {
        (false, _) => How::Not,
        (true, false) => How::Whole,
        (true, true) => model.schema.fields[place].access.mask.map_or(How::Not, How::Masked),
    }
}

/// Whether a field is written, to who may see it.
fn shows(model: &ModelEntry, asked: &Selection, place: usize) -> bool {
    model.shown[place].shown && asked.contains(place)
}

/// What is shown of a field that the bytes lack.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Missing {
    /// What it is in rows that were written before it was declared.
    Absent,
    /// Nothing.
    Left,
}

/// Writes the fields of a whole row.
fn fields(model: &ModelEntry, how: impl Fn(usize) -> How, bytes: &[u8], out: &mut Vec<u8>) {
    if model.layout.is_in_order() {
        in_order(model, how, bytes, out);
    } else {
        by_declaration(model, how, bytes, Missing::Absent, out);
    }
}

/// Walks the fields once: they are declared in the order of the log.
fn in_order(model: &ModelEntry, how: impl Fn(usize) -> How, bytes: &[u8], out: &mut Vec<u8>) {
    let mut reader = Decoder::new(bytes);
    let mut stored = cbor::map(&mut reader).unwrap_or(0);
    let mut number = next_number(&mut reader, &mut stored);
    for (place, known) in model.shown.iter().enumerate() {
        // Fields that this program does not know are passed over.
        while number.is_some_and(|number| number < known.number) {
            number = skip(&mut reader).and_then(|()| next_number(&mut reader, &mut stored));
        }
        let is_stored = number == Some(known.number);
        let how = if known.shown { how(place) } else { How::Not };
        if is_stored && matches!(how, How::Not) {
            skip(&mut reader);
        } else {
            field(known, how, || &model.absent[place], is_stored.then_some(&mut reader), out);
        }
        if is_stored {
            number = next_number(&mut reader, &mut stored);
        }
    }
}

/// Finds where each field's value begins, then writes them in declared order.
fn by_declaration(model: &ModelEntry, how: impl Fn(usize) -> How, bytes: &[u8], missing: Missing, out: &mut Vec<u8>) {
    let mut starts = vec![None; model.layout.len()];
    let mut reader = Decoder::new(bytes);
    let mut stored = cbor::map(&mut reader).unwrap_or(0);
    while let Some(number) = next_number(&mut reader, &mut stored) {
        if let Some(place) = model.layout.place(number) {
            starts[place] = Some(reader.position());
        }
        if skip(&mut reader).is_none() {
            break;
        }
    }
    for (place, start) in starts.into_iter().enumerate() {
        let known = &model.shown[place];
        if known.shown && (start.is_some() || missing == Missing::Absent) {
            let at = start.map(|start| reader.set_position(start)).map(|()| &mut reader);
            field(known, how(place), || &model.absent[place], at, out);
        }
    }
}

/// Writes `,"name":value`; the value at the reader, or the field's value in rows that lack it.
#[inline]
fn field<'a>(
    known: &ShownField,
    how: How,
    absent: impl Fn() -> &'a Value,
    reader: Option<&mut Decoder<'_>>,
    out: &mut Vec<u8>,
) {
    let mask = match how {
        How::Not => return,
        How::Whole => None,
        How::Masked(mask) => Some(mask),
    };
    known.prefix.append(out);
    match (mask, reader) {
        (None, Some(reader)) => value::transcode_or_null(known.shape, reader, out),
        (None, None) => value::write_shape(known.shape, absent(), out),
        (Some(mask), Some(reader)) => masked(mask, &cbor::read(known.shape, reader).unwrap_or(Value::Null), out),
        (Some(mask), None) => masked(mask, absent(), out),
    }
}

/// That there is nothing is told; of what is no text, or cannot be read, nothing else is.
fn masked(mask: Mask, value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Text(content) => text::string(&mask.of(content), out),
        _ => out.extend_from_slice(b"null"),
    }
}

fn next_number(reader: &mut Decoder<'_>, stored: &mut usize) -> Option<u32> {
    *stored = stored.checked_sub(1)?;
    cbor::field_number(reader).ok()
}

fn skip(reader: &mut Decoder<'_>) -> Option<()> {
    cbor::skip(reader).ok()
}
