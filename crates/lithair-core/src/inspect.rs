//! A log as JSON, without the program that wrote it: names come from the log itself.

use lithair_model::{Change, CorruptRow, Entry, EventRecord, Key, ModelId, Numbers, Position, SchemaChange};
use lithair_store::{Event, EventKind, ReadError, SharedMedia};
use serde::Serialize;
use serde_json::value::RawValue;
use thiserror::Error;

use crate::entries::{UnreadableEntry, entry_of};

/// Why a log cannot be shown.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum InspectError {
    /// A file is damaged or cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// An entry that cannot be understood.
    #[error(transparent)]
    Entry(#[from] UnreadableEntry),
    /// What an entry says of a record cannot be shown.
    #[error("the entry at position {position} cannot be read: {source}")]
    Record {
        /// Where.
        position: Position,
        /// Why.
        source: RecordError,
    },
}

/// Why what an entry says of a record cannot be shown.
#[derive(Debug, Error)]
pub enum RecordError {
    /// A row or a patch is damaged.
    #[error(transparent)]
    Row(#[from] CorruptRow),
    /// What should be JSON is none.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
}

/// One entry of a log, as JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Where it stands.
    pub position: Position,
    /// A JSON object in one line.
    pub json: String,
}

/// Every entry of the log in a data directory, as JSON. The directory is not taken: a server may be running on it.
///
/// # Errors
/// The directory is damaged or cannot be read.
pub fn entries(media: &SharedMedia) -> Result<impl Iterator<Item = Result<Shown, InspectError>> + use<>, InspectError> {
    let mut numbers = Numbers::new();
    let events = lithair_store::dump(media)?;
    let entries = events.filter(|event| event.as_ref().map_or(true, |event| event.kind == EventKind::Entry));
    Ok(entries.map(move |event| show(&mut numbers, &event?)))
}

/// Members in the order in which people read them.
#[derive(Serialize)]
struct EntryJson {
    position: u64,
    #[serde(skip_serializing_if = "is_zero")]
    term: u64,
    at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    actor: Option<String>,
    changes: Vec<ChangeJson>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    events: Vec<EventJson>,
}

/// What happened to a record.
#[derive(Serialize)]
struct EventJson {
    event: String,
    of: String,
    key: Box<RawValue>,
    payload: Box<RawValue>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum ChangeJson {
    Put { put: String, key: Box<RawValue>, rev: u64, record: Box<RawValue> },
    Patch { patch: String, key: Box<RawValue>, rev: u64, fields: Box<RawValue> },
    Delete { delete: String, key: Box<RawValue> },
    Schema { schema: String, number: u32, fields: Vec<FieldJson> },
}

#[derive(Serialize)]
struct FieldJson {
    number: u32,
    name: String,
    #[serde(rename = "type")]
    kind: String,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
const fn is_zero(term: &u64) -> bool {
    *term == 0
}

fn show(numbers: &mut Numbers, event: &Event) -> Result<Shown, InspectError> {
    let position = event.position;
    let entry = entry_of(event)?;
    for change in &entry.changes {
        if let Change::Schema(change) = change {
            numbers.learn(change);
        }
    }
    let json = entry_json(numbers, event, entry).map_err(|source| InspectError::Record { position, source })?;
    Ok(Shown { position, json })
}

fn entry_json(numbers: &Numbers, event: &Event, entry: Entry) -> Result<String, RecordError> {
    let changes: Result<_, _> = entry.changes.into_iter().map(|change| change_json(numbers, change)).collect();
    let events: Result<_, _> = entry.events.into_iter().map(|event| event_json(numbers, event)).collect();
    let json = EntryJson {
        position: event.position.get(),
        term: event.term,
        at: entry.at.to_string(),
        actor: entry.actor,
        changes: changes?,
        events: events?,
    };
    Ok(serde_json::to_string(&json)?)
}

fn change_json(numbers: &Numbers, change: Change) -> Result<ChangeJson, RecordError> {
    let table = |model: ModelId| table(numbers, model);
    let row = |model: ModelId, bytes: &[u8]| raw(numbers.row_json(model, bytes)?);
    Ok(match change {
        Change::Put { model, key, revision, row: bytes } => ChangeJson::Put {
            put: table(model),
            key: key_json(numbers, model, &key)?,
            rev: revision,
            record: row(model, &bytes)?,
        },
        Change::Patch { model, key, revision, fields, .. } => ChangeJson::Patch {
            patch: table(model),
            key: key_json(numbers, model, &key)?,
            rev: revision,
            fields: row(model, &fields)?,
        },
        Change::Delete { model, key } => {
            ChangeJson::Delete { delete: table(model), key: key_json(numbers, model, &key)? }
        }
        Change::Schema(SchemaChange { model, table, fields, .. }) => ChangeJson::Schema {
            schema: table,
            number: model.0,
            fields: fields.into_iter().map(|(number, name, kind)| FieldJson { number, name, kind }).collect(),
        },
    })
}

fn event_json(numbers: &Numbers, event: EventRecord) -> Result<EventJson, RecordError> {
    let EventRecord { model, key, name, payload } = event;
    let key = key_json(numbers, model, &key)?;
    Ok(EventJson { event: name, of: table(numbers, model), key, payload: raw(payload)? })
}

/// The model's table; its number where the log has not named it.
fn table(numbers: &Numbers, model: ModelId) -> String {
    numbers.table(model).map_or_else(|| format!("#{}", model.0), str::to_owned)
}

/// A key's values; in hexadecimal where it takes the program to read them.
fn key_json(numbers: &Numbers, model: ModelId, key: &Key) -> Result<Box<RawValue>, RecordError> {
    raw(numbers.key_json(model, key).unwrap_or_else(|| {
        let hex: String = key.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        format!("\"#{hex}\"")
    }))
}

fn raw(json: String) -> Result<Box<RawValue>, RecordError> {
    Ok(RawValue::from_string(json)?)
}
