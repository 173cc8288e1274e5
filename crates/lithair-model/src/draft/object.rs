//! The members of a body, before it is known what they mean.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::DraftError;
use super::strict::{self, Twice};

/// The members of an object, values as they were written.
pub(crate) type Members<'a> = Vec<(Cow<'a, str>, &'a str)>;

/// The members of the JSON object that a body is, in order. No name comes twice, to the depths of all members but those of which
/// `twice` says otherwise. Every text is Unicode.
pub(super) fn of_body(bytes: &[u8], twice: impl Fn(&str) -> Twice) -> Result<Members<'_>, DraftError> {
    let text =
        std::str::from_utf8(bytes).map_err(|error| malformed(error.valid_up_to(), "this is not UTF-8".to_owned()))?;
    let members = read(text).map_err(|error| of_serde(&error, text))?;
    for (name, raw) in &members {
        // The value is a part of the text, so its offset is the distance between the two.
        let offset = raw.as_ptr().addr() - text.as_ptr().addr();
        strict::check(raw, 1, || twice(name)).map_err(|(at, detail)| malformed(offset + at, detail))?;
    }
    Ok(members)
}

/// The members of an object inside of a body that [`of_body`] has read; none if it is not an object.
pub(crate) fn of_value(raw: &str) -> Option<Members<'_>> {
    read(raw).ok()
}

fn read(text: &str) -> serde_json::Result<Members<'_>> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let members = reader.deserialize_map(Object)?;
    reader.end().map(|()| members)
}

fn malformed(position: usize, detail: String) -> DraftError {
    DraftError::Malformed { position, detail }
}

/// serde_json tells line and column; callers are told bytes.
fn of_serde(error: &serde_json::Error, text: &str) -> DraftError {
    let line_begin: usize = text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
    let told = error.to_string();
    // The column counts bytes.
    let detail = told.rsplit_once(" at line ").map_or(told.as_str(), |(detail, _)| detail);
    malformed((line_begin + error.column()).min(text.len()), detail.to_owned())
}

struct Object;

impl<'de> Visitor<'de> for Object {
    type Value = Members<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members: Self::Value = Vec::with_capacity(16);
        let mut known = HashSet::new();
        while let Some(name) = map.next_key_seed(Name)? {
            let raw: &RawValue = map.next_value()?;
            // Few members are compared one by one; many, which only a hostile body has, by a set.
            let is_twice = if members.len() < 32 {
                members.iter().any(|(other, _)| *other == name)
            } else {
                if known.is_empty() {
                    known.extend(members.iter().map(|(name, _)| name.clone()));
                }
                !known.insert(name.clone())
            };
            if is_twice {
                return Err(A::Error::custom(format!("the name {name:?} comes twice")));
            }
            members.push((name, raw.get()));
        }
        Ok(members)
    }
}

struct Name;

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Name {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(name))
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(name.to_owned()))
    }
}
