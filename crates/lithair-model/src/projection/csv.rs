//! Records as CSV (RFC 4180): a head with the fields' names, then a record a line. The same record as [`project`] writes, cell by cell.
//!
//! | value | cell |
//! |---|---|
//! | null | empty |
//! | the empty text | `""` |
//! | text, number, boolean, time, identifier | as in JSON, without JSON's quotes |
//! | list, embedded struct, variant with data, `Json` | its JSON |
//! | what the caller does not see | empty, and named in the cell of `_redacted` |
//!
//! Values are not changed for programs that would run what begins with `=`, `+`, `-` or `@`: a file that is read again is the records.

use super::{Selection, project, shows};
use crate::draft::object;
use crate::{FieldSchema, Kind, ModelEntry, Visible};

const LINE_END: &[u8] = b"\r\n";

/// Appends the line of names: the selected fields in declared order, `_redacted` where only some callers see some of them, and `_rev`.
pub fn project_csv_head(model: &ModelEntry, selection: &Selection, out: &mut Vec<u8>) {
    for field in columns(model, selection) {
        cell(field.wire, out);
        out.push(b',');
    }
    if is_narrowed(model, selection) {
        out.extend_from_slice(b"_redacted,");
    }
    out.extend_from_slice(b"_rev");
    out.extend_from_slice(LINE_END);
}

/// Appends a record as a line of CSV, under the names of [`project_csv_head`].
pub fn project_csv(model: &ModelEntry, record: &Visible, selection: &Selection, out: &mut Vec<u8>) {
    let mut json = Vec::new();
    project(model, record, selection, &mut json);
    let json = std::str::from_utf8(&json).expect("JSON is text");
    let mut members = object::of_value(json).expect("the projection writes an object").into_iter().peekable();
    let mut next = |name: &str| members.next_if(|(found, _)| *found == name).map(|(_, value)| value);
    for field in columns(model, selection) {
        if let Some(value) = next(field.wire) {
            value_cell(field, value, out);
        }
        out.push(b',');
    }
    if is_narrowed(model, selection) {
        if let Some(names) = next("_redacted") {
            cell(names, out);
        }
        out.push(b',');
    }
    out.extend_from_slice(next("_rev").unwrap_or_default().as_bytes());
    out.extend_from_slice(LINE_END);
}

fn columns<'m>(model: &'m ModelEntry, selection: &Selection) -> impl Iterator<Item = &'m FieldSchema> {
    let fields = model.schema.fields.iter().enumerate();
    fields.filter(move |(place, _)| shows(model, selection, *place)).map(|(_, field)| field)
}

fn is_narrowed(model: &ModelEntry, selection: &Selection) -> bool {
    columns(model, selection).any(|field| field.access.is_narrower())
}

/// The cell of a value that is given as JSON.
fn value_cell(field: &FieldSchema, json: &str, out: &mut Vec<u8>) {
    let is_document = match field.kind {
        Kind::Json | Kind::List(_) | Kind::Struct(_) => true,
        Kind::Enum(schema) => schema.has_data(),
        _ => false,
    };
    match json {
        "null" if field.optional => {}
        _ if !is_document && json.starts_with('"') => {
            let text: String = serde_json::from_str(json).expect("the projection writes JSON");
            cell(&text, out);
        }
        _ => cell(json, out),
    }
}

/// A cell of this text. The empty text has quotes, for an empty cell is null.
fn cell(text: &str, out: &mut Vec<u8>) {
    if !text.is_empty() && !text.contains(['"', ',', '\n', '\r']) {
        return out.extend_from_slice(text.as_bytes());
    }
    out.push(b'"');
    out.extend_from_slice(text.replace('"', "\"\"").as_bytes());
    out.push(b'"');
}
