use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::DraftError;

/// The members of a JSON object in order, values as they were written. No name comes twice.
pub(super) fn members(bytes: &[u8]) -> Result<Vec<(Cow<'_, str>, &str)>, DraftError> {
    let text =
        std::str::from_utf8(bytes).map_err(|error| malformed(error.valid_up_to(), "this is not UTF-8".to_owned()))?;
    let mut reader = serde_json::Deserializer::from_str(text);
    let members = reader.deserialize_map(Members).and_then(|members| reader.end().map(|()| members));
    members.map_err(|error| of_serde(&error, text))
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
    let detail = detail.replace("a map", "a JSON object");
    malformed((line_begin + error.column()).min(text.len()), detail)
}

struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Vec<(Cow<'de, str>, &'de str)>;

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

/// Checks what a raw value holds, to its depths: texts are Unicode, and no object has a name twice.
pub(super) fn check(raw: &str) -> Result<(), String> {
    let mut reader = serde_json::Deserializer::from_str(raw);
    Strict.deserialize(&mut reader).map_err(|error| {
        let told = error.to_string();
        told.rsplit_once(" at line ").map_or(told.clone(), |(detail, _)| detail.to_owned())
    })
}

#[derive(Clone, Copy)]
struct Strict;

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while items.next_element_seed(self)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut names = HashSet::new();
        while let Some(name) = map.next_key_seed(Name)? {
            map.next_value_seed(self)?;
            if !names.insert(name.clone()) {
                return Err(A::Error::custom(format!("the name {name:?} comes twice")));
            }
        }
        Ok(())
    }
}
