//! JSON envelopes of our own: queries and batches. Records are read by the model's decoder.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::Value;

use crate::rejection::{Problem, Rejection};

/// The value that an object says. What serde would also take for a struct, a list of its members, is not one.
pub(crate) fn parse_object<'b, T: Deserialize<'b>>(bytes: &'b [u8]) -> Result<T, Rejection> {
    match bytes.iter().find(|byte| !byte.is_ascii_whitespace()) {
        Some(b'[') => Err(Problem::MalformedJson.because("expected an object, found an array")),
        _ => parse(bytes),
    }
}

/// The value that a body says.
pub(crate) fn parse<'b, T: Deserialize<'b>>(bytes: &'b [u8]) -> Result<T, Rejection> {
    let malformed = |detail: String| Problem::MalformedJson.because(detail);
    // Checked as a whole first: the names and values of an envelope may be anywhere.
    let text =
        std::str::from_utf8(bytes).map_err(|error| malformed(format!("not UTF-8 at byte {}", error.valid_up_to())))?;
    serde_json::from_str(text).map_err(|error| malformed(error.to_string()))
}

/// The members of an object in the order they come, repeated ones included.
#[derive(Debug)]
pub(crate) struct Members(pub(crate) Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Members(members))
    }
}
