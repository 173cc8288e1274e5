//! The data of events.

use super::Values;
use crate::{DomainEvent, FieldSchema, Value, write_json};

/// An event's data: its fields with their values, as a JSON object.
pub fn payload(fields: &[(FieldSchema, Value)]) -> String {
    let mut text = vec![b'{'];
    for (place, (field, value)) in fields.iter().enumerate() {
        if place > 0 {
            text.push(b',');
        }
        write_json(&FieldSchema::of::<String>("name"), &Value::Text(field.name.to_owned()), &mut text);
        text.push(b':');
        write_json(field, value, &mut text);
    }
    text.push(b'}');
    String::from_utf8(text).expect("JSON is UTF-8")
}

/// The values of an event's fields, from its data.
///
/// # Errors
/// A field is missing or of another type.
pub fn event_values(fields: &[FieldSchema], payload: &str) -> Result<Values, String> {
    let members: std::collections::HashMap<String, &serde_json::value::RawValue> =
        serde_json::from_str(payload).map_err(|error| error.to_string())?;
    let value = |field: &FieldSchema| {
        let raw = members.get(field.name).map_or("null", |raw| raw.get());
        crate::draft::event_value(field, raw).map_err(|detail| format!("{}: {detail}", field.name))
    };
    fields.iter().map(value).collect::<Result<Vec<_>, _>>().map(Values::new)
}

/// The name of the event that a command leaves: the event's own, or the command's.
pub const fn event_name<E: DomainEvent>(command: &'static str) -> &'static str {
    match E::NAME {
        Some(name) => name,
        None => command,
    }
}
