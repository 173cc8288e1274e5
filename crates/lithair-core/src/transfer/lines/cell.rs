//! What a cell of a CSV file means. CSV has texts only: the field's type says the rest.

use std::borrow::Cow;

use lithair_model::{FieldSchema, Kind};
use serde_json::value::RawValue;

/// The cell as JSON; none where the record shall not have the member.
///
/// An empty cell, without quotes, is null where null is a value, the empty text for a text, and otherwise as if the column were not there: the default, if
/// there is one. What does not look like its type is given as text, so that the target says what it expected.
pub(super) fn json<'a>(field: Option<&FieldSchema>, text: &'a str) -> Option<Cow<'a, str>> {
    let Some(field) = field else { return as_is(text) };
    if text.is_empty() {
        return match field.kind {
            _ if field.optional => Some("null".into()),
            Kind::Text => Some("\"\"".into()),
            _ => None,
        };
    }
    let parsed = match field.kind {
        Kind::Bool => flag(text).map(Cow::Borrowed),
        Kind::Int { .. } | Kind::Float { .. } => number(text).map(Cow::Borrowed),
        Kind::Json | Kind::List(_) | Kind::Struct(_) => document(text),
        Kind::Enum(schema) if schema.has_data() => document(text),
        _ => None,
    };
    parsed.or_else(|| Some(quoted(text).into()))
}

/// What two quotes with nothing between them mean: the empty text, where the field has texts; otherwise as an empty cell.
pub(super) fn empty_text(field: &FieldSchema) -> Option<Cow<'static, str>> {
    match field.kind {
        Kind::Text => Some("\"\"".into()),
        _ => json(Some(field), ""),
    }
}

/// A number stays one: `_rev` is the only such column.
fn as_is(text: &str) -> Option<Cow<'_, str>> {
    (!text.is_empty()).then(|| number(text).map_or_else(|| quoted(text).into(), Cow::Borrowed))
}

/// The spellings of spreadsheets and of PostgreSQL.
fn flag(text: &str) -> Option<&'static str> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "t" | "1" => Some("true"),
        "false" | "f" | "0" => Some("false"),
        _ => None,
    }
}

/// The digits as they stand: a detour over a float would lose some.
fn number(text: &str) -> Option<&str> {
    let text = text.trim();
    let begins = text.strip_prefix('-').unwrap_or(text).starts_with(|first: char| first.is_ascii_digit());
    (begins && serde_json::from_str::<&RawValue>(text).is_ok()).then_some(text)
}

/// A JSON document in one line: line feeds stand between its parts only.
fn document(text: &str) -> Option<Cow<'_, str>> {
    serde_json::from_str::<&RawValue>(text).ok()?;
    let is_one_line = !text.contains(['\n', '\r']);
    Some(if is_one_line { text.into() } else { text.replace(['\n', '\r'], " ").into() })
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Appends a text as JSON.
pub(super) fn push_text(json: &mut Vec<u8>, text: &str) {
    json.extend_from_slice(quoted(text).as_bytes());
}
