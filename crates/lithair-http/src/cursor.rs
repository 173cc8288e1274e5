//! Cursors: where a page of a list begins, sealed so that nobody can make one up.
//!
//! | bytes | field    | meaning                                                       |
//! |------:|----------|---------------------------------------------------------------|
//! |     1 | kind     | version 1, plus `0x80` for the page before                    |
//! |     8 | position | the moment that all pages of the list show, little-endian     |
//! |     8 | now      | `@now` of the list's filter: microseconds, little-endian      |
//! |     4 | length   | bytes of the order's values, little-endian                    |
//! |     n | order    | values of the order's fields in the record, encoded as a key  |
//! |     m | key      | the record's primary key                                      |
//! |    16 | seal     | HMAC-SHA256 of all this and of the query, cut to 128 bits     |
//!
//! The text is base64url. The query is not in it: a cursor that comes with another query has the wrong seal.

use aws_lc_rs::{constant_time, hmac};
use lithair_auth::base64;
use lithair_model::{Key, KeyTerm, ModelEntry, Position, SortTerm, Start, Timestamp, Value, decode_key, encode_key};

const VERSION: u8 = 1;
const BEFORE: u8 = 0x80;
const HEAD_BYTES: usize = 1 + size_of::<u64>() + size_of::<i64>() + size_of::<u32>();
const SEAL_BYTES: usize = 16;

/// Makes and checks cursors.
pub(crate) struct CursorSeal(hmac::Key);

/// What all pages of a list have in common beside the query: the moment that they show, and when they were asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CursorStamp {
    /// What they show.
    pub(crate) position: Position,
    /// When the first was asked for.
    pub(crate) now: Timestamp,
}

/// Which side of its record a page is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    After,
    Before,
}

/// What a cursor may be used with: model, filter, order and principal, encoded so that no two are the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Binding(Vec<u8>);

impl Binding {
    pub(crate) fn of(parts: &[&[u8]]) -> Self {
        let mut bytes = Vec::with_capacity(parts.iter().map(|part| part.len() + size_of::<u64>()).sum());
        for part in parts {
            bytes.extend_from_slice(&(part.len() as u64).to_le_bytes());
            bytes.extend_from_slice(part);
        }
        Self(bytes)
    }
}

impl CursorSeal {
    pub(crate) fn new(secret: &[u8; 32]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, secret))
    }

    /// The cursor of the page right beside a record.
    pub(crate) fn seal(
        &self,
        side: Side,
        stamp: CursorStamp,
        order: (&ModelEntry, &[SortTerm]),
        values: &[Value],
        key: &Key,
        binding: &Binding,
    ) -> String {
        let order = encode_key(&terms(order.0, order.1), values);
        let order = order.as_bytes();
        let mut bytes = Vec::with_capacity(HEAD_BYTES + order.len() + key.as_bytes().len() + SEAL_BYTES);
        bytes.push(if side == Side::Before { VERSION | BEFORE } else { VERSION });
        bytes.extend_from_slice(&stamp.position.get().to_le_bytes());
        bytes.extend_from_slice(&stamp.now.micros().to_le_bytes());
        let length = u32::try_from(order.len()).expect("a record is smaller than 4 GiB");
        bytes.extend_from_slice(&length.to_le_bytes());
        bytes.extend_from_slice(order);
        bytes.extend_from_slice(key.as_bytes());
        let seal = self.sign(&bytes, binding);
        bytes.extend_from_slice(&seal.as_ref()[..SEAL_BYTES]);
        base64::encode(&bytes)
    }

    /// Where the page of a cursor begins, and what all pages of its list have in common; none if this server did not make the cursor for
    /// this query.
    pub(crate) fn open(
        &self,
        text: &str,
        (model, order): (&ModelEntry, &[SortTerm]),
        binding: &Binding,
    ) -> Option<(Start, CursorStamp)> {
        let bytes = base64::decode(text)?;
        let (content, seal) = bytes.split_at_checked(bytes.len().checked_sub(SEAL_BYTES)?)?;
        constant_time::verify_slices_are_equal(&self.sign(content, binding).as_ref()[..SEAL_BYTES], seal).ok()?;
        let (head, content) = content.split_first_chunk::<HEAD_BYTES>()?;
        let [kind, rest @ ..] = head;
        let (position, rest) = rest.split_first_chunk::<8>()?;
        let (now, length) = rest.split_first_chunk::<8>()?;
        let length = u32::from_le_bytes(length.try_into().ok()?) as usize;
        let (values, key) = content.split_at_checked(length)?;
        let values = decode_key(&terms(model, order), &Key::from_bytes(values)).ok()?;
        let key = Key::from_bytes(key);
        let start = match *kind {
            VERSION => Start::After(values, key),
            kind if kind == VERSION | BEFORE => Start::Before(values, key),
            _ => return None,
        };
        let position = Position::new(u64::from_le_bytes(*position));
        Some((start, CursorStamp { position, now: Timestamp::from_micros(i64::from_le_bytes(*now)) }))
    }

    fn sign(&self, content: &[u8], binding: &Binding) -> hmac::Tag {
        let mut context = hmac::Context::with_key(&self.0);
        context.update(&(content.len() as u64).to_le_bytes());
        context.update(content);
        context.update(&binding.0);
        context.sign()
    }
}

/// The terms by which an order's values are encoded here: directions do not matter.
fn terms(model: &ModelEntry, order: &[SortTerm]) -> Vec<KeyTerm> {
    order.iter().map(|term| KeyTerm::ascending(model.kind_at(term.field))).collect()
}
