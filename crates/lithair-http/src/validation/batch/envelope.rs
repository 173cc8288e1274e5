//! The body of a batch as JSON has it.

use std::borrow::Cow;

use lithair_model::ModelEntry;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Number, Value};

/// The body of a batch.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object with `ops`")]
pub(super) struct Envelope<'b> {
    #[serde(default = "yes")]
    pub(super) atomic: bool,
    /// Read one by one, so that what is wrong with one is told with its index.
    #[serde(borrow)]
    pub(super) ops: Vec<&'b RawValue>,
}

const fn yes() -> bool {
    true
}

/// One operation.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, expecting = "an operation, which is an object")]
pub(super) struct Item<'b> {
    pub(super) op: Verb,
    #[serde(borrow)]
    pub(super) collection: Cow<'b, str>,
    pub(super) id: Option<Id>,
    pub(super) if_match: Option<IfMatch>,
    #[serde(borrow)]
    pub(super) data: Option<&'b RawValue>,
    /// The name by which later operations refer to the record.
    #[serde(rename = "ref")]
    pub(super) reference: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Verb {
    Create,
    Replace,
    Patch,
    Delete,
}

/// A key: its one part, or the list of its parts.
#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "`id` is a text, a number, a boolean, or a list of the parts of a composite key")]
pub(super) enum Id {
    Text(String),
    Number(Number),
    Flag(bool),
    Parts(Vec<Value>),
}

/// A revision, or the text of an `If-Match` header.
#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "`if_match` is a revision, or what the header `If-Match` says")]
pub(super) enum IfMatch {
    Revision(u64),
    Header(String),
}

impl Id {
    /// The key as a segment of a path; none if it has the wrong shape.
    pub(super) fn segment(&self, model: &ModelEntry) -> Option<String> {
        let parts = match self {
            Self::Text(text) => vec![text.clone()],
            Self::Number(number) => vec![number.to_string()],
            Self::Flag(flag) => vec![flag.to_string()],
            Self::Parts(parts) => parts.iter().map(part).collect::<Option<_>>()?,
        };
        let is_whole = parts.len() == model.key_terms.len();
        let encoded = parts.iter().map(|part| utf8_percent_encode(part, NON_ALPHANUMERIC).to_string());
        is_whole.then(|| encoded.collect::<Vec<_>>().join(","))
    }
}

fn part(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}
