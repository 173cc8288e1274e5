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
    let asked = selection;
    let shown = &Shown::of(model, record.redacted(), selection);
    if model.layout.is_in_order() {
        in_order(shown, &row.bytes, out);
    } else {
        by_declaration(shown, &row.bytes, Missing::Absent, out);
    }
    members(out);
    redacted(model, record, asked, out);
    out.extend_from_slice(b",\"_rev\":");
    // Every member begins with a comma; the first one's place is the brace's.
    out[start] = b'{';
    text::integer(row.revision, out);
    out.push(b'}');
}

/// Appends the fields of a row or of a patch as a JSON object: those that are in its bytes and that callers may see, in declared order.
pub fn project_fields(model: &ModelEntry, fields: &VisibleFields<'_>, selection: &Selection, out: &mut Vec<u8>) {
    let start = out.len();
    by_declaration(&Shown::of(model, fields.redacted(), selection), fields.bytes(), Missing::Left, out);
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

/// The fields that are written: those that were asked for and may be seen, and the masks of those that may not.
struct Shown<'a> {
    model: &'a ModelEntry,
    selection: Selection,
    masked: Vec<usize>,
}

impl<'a> Shown<'a> {
    fn of(model: &'a ModelEntry, redacted: &[usize], asked: &Selection) -> Self {
        let is_masked = |place: &usize| model.schema.fields[*place].access.mask.is_some();
        let left_out = redacted.iter().copied().filter(|place| !is_masked(place));
        Self {
            model,
            selection: asked.without(left_out, model.schema.fields.len()),
            masked: redacted.iter().copied().filter(is_masked).collect(),
        }
    }

    fn has(&self, place: usize) -> bool {
        shows(self.model, &self.selection, place)
    }

    fn mask(&self, place: usize) -> Option<Mask> {
        if self.masked.contains(&place) { self.model.schema.fields[place].access.mask } else { None }
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

/// Walks the fields once: they are declared in the order of the log.
fn in_order(shown: &Shown<'_>, bytes: &[u8], out: &mut Vec<u8>) {
    let model = shown.model;
    let mut reader = Decoder::new(bytes);
    let mut stored = cbor::map(&mut reader).unwrap_or(0);
    let mut number = next_number(&mut reader, &mut stored);
    for (place, known) in model.shown.iter().enumerate() {
        // Fields that this program does not know are passed over.
        while number.is_some_and(|number| number < known.number) {
            number = skip(&mut reader).and_then(|()| next_number(&mut reader, &mut stored));
        }
        let is_stored = number == Some(known.number);
        if shown.has(place) {
            field(shown, place, is_stored.then_some(&mut reader), out);
        } else if is_stored {
            skip(&mut reader);
        }
        if is_stored {
            number = next_number(&mut reader, &mut stored);
        }
    }
}

/// Finds where each field's value begins, then writes them in declared order.
fn by_declaration(shown: &Shown<'_>, bytes: &[u8], missing: Missing, out: &mut Vec<u8>) {
    let model = shown.model;
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
        if shown.has(place) && (start.is_some() || missing == Missing::Absent) {
            let at = start.map(|start| reader.set_position(start)).map(|()| &mut reader);
            field(shown, place, at, out);
        }
    }
}

/// Writes `,"name":value`; the value at the reader, or the field's value in rows that lack it.
#[inline]
fn field(shown: &Shown<'_>, place: usize, reader: Option<&mut Decoder<'_>>, out: &mut Vec<u8>) {
    let model = shown.model;
    let known = &model.shown[place];
    known.prefix.append(out);
    match (shown.mask(place), reader) {
        (None, Some(reader)) => value::transcode_or_null(known.shape, reader, out),
        (None, None) => value::write_shape(known.shape, &model.absent[place], out),
        (Some(mask), Some(reader)) => masked(mask, &cbor::read(known.shape, reader).unwrap_or(Value::Null), out),
        (Some(mask), None) => masked(mask, &model.absent[place], out),
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
