//! The texts of JSON: strings and numbers as serde_json writes them.

use std::io::Write;
use std::str::Utf8Error;

use serde::Serialize;
use uuid::Uuid;
use uuid::fmt::Hyphenated;

use crate::{Date, Timestamp};

/// Appends a string, escaped where RFC 8259 asks for it.
pub(crate) fn string(text: &str, out: &mut Vec<u8>) {
    if any(text.as_bytes(), needs_escape) {
        return serialize(text, out);
    }
    quoted(text.as_bytes(), out);
}

/// The same of bytes that should be UTF-8: nearly all are ASCII, which one look at each says.
pub(super) fn stored(bytes: &[u8], out: &mut Vec<u8>) -> Result<(), Utf8Error> {
    if any(bytes, |byte| needs_escape(byte) | !byte.is_ascii()) {
        string(std::str::from_utf8(bytes)?, out);
        return Ok(());
    }
    quoted(bytes, out);
    Ok(())
}

/// Without branches, so that the compiler looks at many bytes at once.
fn any(bytes: &[u8], test: impl Fn(u8) -> bool) -> bool {
    bytes.iter().fold(false, |found, &byte| found | test(byte))
}

/// `"`, `\` and control characters.
fn needs_escape(byte: u8) -> bool {
    (byte < 0x20) | (byte == b'"') | (byte == b'\\')
}

/// Appends a text that has nothing to escape.
pub(super) fn quoted(text: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    out.extend_from_slice(text);
    out.push(b'"');
}

/// Appends an integer.
pub(super) fn integer(number: impl Serialize, out: &mut Vec<u8>) {
    serialize(&number, out);
}

/// Appends a number of a field of 32 or 64 bits: the shortest text that means it.
#[expect(clippy::cast_possible_truncation, reason = "a field of 32 bits holds numbers of 32 bits")]
pub(super) fn float(number: f64, bits: u8, out: &mut Vec<u8>) {
    if bits == 32 { serialize(&(number as f32), out) } else { serialize(&number, out) }
}

// The texts below have fixed lengths: copies of fixed lengths need no call.

pub(super) fn uuid(id: Uuid, out: &mut Vec<u8>) {
    let mut text = [b'"'; Hyphenated::LENGTH + 2];
    id.hyphenated().encode_lower(&mut text[1..=Hyphenated::LENGTH]);
    out.extend_from_slice(&text);
}

pub(super) fn timestamp(moment: Timestamp, out: &mut Vec<u8>) {
    let mut text = [0; Timestamp::TEXT_BYTES_MAX];
    let length = moment.write(&mut text);
    out.push(b'"');
    let end = out.len() + length;
    out.extend_from_slice(&text);
    out.truncate(end);
    out.push(b'"');
}

pub(super) fn date(date: Date, out: &mut Vec<u8>) {
    let mut text = [0; Date::TEXT_BYTES];
    date.write(&mut text);
    out.push(b'"');
    out.extend_from_slice(&text);
    out.push(b'"');
}

/// Appends what serde_json writes.
fn serialize<T: Serialize + ?Sized>(value: &T, out: &mut Vec<u8>) {
    serde_json::to_writer(out.by_ref(), value).expect("strings and numbers are JSON, and memory takes them");
}
