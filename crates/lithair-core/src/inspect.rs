//! A log as JSON, without the program that wrote it: names come from the log itself.

use lithair_model::{Change, Entry, Key, ModelId, Numbers, Position};
use lithair_store::{Event, ReadError, SharedMedia};
use serde_json::{Map, Value, json, value::RawValue};
use thiserror::Error;

/// Why a log cannot be shown.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum InspectError {
    /// A file is damaged or cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// An entry that cannot be understood.
    #[error("the entry at position {position} cannot be read: {reason}")]
    Entry {
        /// Where.
        position: Position,
        /// Why.
        reason: String,
    },
}

/// Every entry of the log in a data directory, as JSON. The directory is not taken: a server may be running on it.
///
/// # Errors
/// The directory is damaged or cannot be read.
pub fn entries(media: &SharedMedia) -> Result<impl Iterator<Item = Result<Value, InspectError>> + use<>, InspectError> {
    let mut numbers = Numbers::new();
    let events = lithair_store::dump(media)?;
    Ok(events.map(move |event| entry(&mut numbers, &event?)))
}

fn entry(numbers: &mut Numbers, event: &Event) -> Result<Value, InspectError> {
    let wrong = |reason: String| InspectError::Entry { position: event.position, reason };
    let entry = Entry::decode(&event.payload).map_err(|error| wrong(error.to_string()))?;
    for change in &entry.changes {
        if let Change::Schema(change) = change {
            numbers.learn(change);
        }
    }
    let changes: Result<Vec<Value>, String> = entry.changes.iter().map(|change| show(numbers, change)).collect();
    let mut shown = Map::new();
    shown.insert("position".to_owned(), event.position.get().into());
    shown.insert("at".to_owned(), entry.at.to_string().into());
    if let Some(actor) = &entry.actor {
        shown.insert("actor".to_owned(), actor.as_str().into());
    }
    shown.insert("changes".to_owned(), changes.map_err(wrong)?.into());
    Ok(Value::Object(shown))
}

fn show(numbers: &Numbers, change: &Change) -> Result<Value, String> {
    let table = |model: ModelId| numbers.table(model).map_or_else(|| format!("#{}", model.0), str::to_owned);
    let key = |model: ModelId, key: &Key| {
        numbers.key_json(model, key).map_or_else(|| json!(format!("{key:?}")), |text| parsed(&text))
    };
    let row = |model: ModelId, bytes: &[u8]| {
        numbers.row_json(model, bytes).map(|text| parsed(&text)).map_err(|error| error.to_string())
    };
    Ok(match change {
        Change::Put { model, key: at, revision, row: bytes } => {
            json!({ "put": table(*model), "key": key(*model, at), "rev": revision, "record": row(*model, bytes)? })
        }
        Change::Patch { model, key: at, revision, fields } => {
            json!({ "patch": table(*model), "key": key(*model, at), "rev": revision, "fields": row(*model, fields)? })
        }
        Change::Delete { model, key: at } => json!({ "delete": table(*model), "key": key(*model, at) }),
        Change::Schema(change) => {
            let fields: Vec<Value> = change
                .fields
                .iter()
                .map(|(number, name, kind)| json!({ "number": number, "name": name, "type": kind }))
                .collect();
            json!({ "schema": change.table, "number": change.model.0, "fields": fields })
        }
    })
}

/// JSON that this program wrote.
fn parsed(text: &str) -> Value {
    let raw: Result<&RawValue, _> = serde_json::from_str(text);
    raw.ok().and_then(|raw| serde_json::from_str(raw.get()).ok()).unwrap_or(Value::Null)
}
