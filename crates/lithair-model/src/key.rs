//! Keys: values as bytes that compare as the values do.
//!
//! Each term of a key is encoded so that no encoding is the beginning of another one, and so that its first byte is
//! neither `00` nor `ff`. A descending term has all its bits inverted. Null is the single byte `ff` in both directions,
//! so nulls come last. The byte table is in `docs/formats/key.md`.

mod decimal;
mod decode;
mod encode;
mod of_model;
#[cfg(test)]
mod tests;

use std::borrow::Borrow;
use std::fmt;

use thiserror::Error;

use crate::{Kind, Value};

/// What the most usual key takes: with room for no more, its bytes need not be moved once they are all there.
const UUID_KEY_BYTES: usize = 17;

/// Values encoded so that comparing bytes compares values: a primary key, or the key of an index.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(Box<[u8]>);

impl Key {
    /// A key of bytes that were encoded before.
    pub fn from_bytes(bytes: impl Into<Box<[u8]>>) -> Self {
        Self(bytes.into())
    }

    /// The encoded bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
        f.write_str(")")
    }
}

/// One part of a key: the type of its values and their direction.
#[derive(Clone, Copy, Debug)]
pub struct KeyTerm {
    /// The type of a present value.
    pub kind: Kind,
    /// Largest first. Nulls come last in both directions.
    pub descending: bool,
}

impl KeyTerm {
    /// Smallest first.
    pub const fn ascending(kind: Kind) -> Self {
        Self { kind, descending: false }
    }

    /// Largest first.
    pub const fn descending(kind: Kind) -> Self {
        Self { kind, descending: true }
    }
}

/// The key of these values, one a term.
///
/// Two keys of the same terms compare as the values: numbers by size, text by Unicode code points, enums by declared
/// order, lists element by element, null behind everything. Key bytes of fewer values (the first ones of the terms)
/// are the beginning of every key that begins with these values, so they bound a range.
///
/// A value that is not of its term's kind is encoded by its own kind: equal values still get equal keys.
pub fn encode_key<V: Borrow<Value>>(terms: &[KeyTerm], values: impl IntoIterator<Item = V>) -> Key {
    let mut bytes = Vec::with_capacity(UUID_KEY_BYTES);
    for (term, value) in terms.iter().zip(values) {
        append_term(term, value.borrow(), &mut bytes);
    }
    Key::from_bytes(bytes)
}

/// Appends the encoding of one value to a key under construction.
pub fn append_term(term: &KeyTerm, value: &Value, out: &mut Vec<u8>) {
    let start = out.len();
    encode::value(&term.kind, value, out);
    if term.descending && !matches!(value, Value::Null) {
        out[start..].iter_mut().for_each(|byte| *byte = !*byte);
    }
}

/// The values of a key that was encoded with these terms.
///
/// Numerically equal to what was encoded: a decimal comes back without zeros at its end, `-0.0` as `0.0`.
///
/// # Errors
/// The bytes are not a key of these terms.
pub fn decode_key(terms: &[KeyTerm], key: &Key) -> Result<Vec<Value>, CorruptKey> {
    decode::values(terms, key.as_bytes())
}

/// Bytes that are not a key of a model.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("not a key of this model: {0:?}")]
pub struct CorruptKey(pub Key);
