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

/// Whether the test holds for any byte. In blocks of fixed lengths, so that the compiler looks at a whole block at once; the last block may
/// overlap the one before.
fn any(bytes: &[u8], test: impl Fn(u8) -> bool) -> bool {
    let in_block = |block: &[u8]| block.iter().fold(false, |found, &byte| found | test(byte));
    if let Some(last) = bytes.last_chunk::<16>() {
        return bytes.as_chunks::<16>().0.iter().any(|block| in_block(block)) || in_block(last);
    }
    if let (Some(first), Some(last)) = (bytes.first_chunk::<8>(), bytes.last_chunk::<8>()) {
        return in_block(first) | in_block(last);
    }
    match (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
        (Some(first), Some(last)) => in_block(first) | in_block(last),
        _ => in_block(bytes),
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_escaped_wherever_they_need_it() {
        for length in 0..50 {
            for place in 0..length {
                for special in ["\"", "\\", "\n", "\u{1f}", "é", "\u{7f}", "#"] {
                    let text = format!("{}{special}{}", "a".repeat(place), "b".repeat(length - place - 1));
                    let mut written = Vec::new();
                    stored(text.as_bytes(), &mut written).expect("UTF-8");
                    assert_eq!(written, serde_json::to_vec(&text).expect("a text"), "{text:?}");
                }
            }
        }
        assert!(stored(&[b'a', 0xff], &mut Vec::new()).is_err());
    }
}
