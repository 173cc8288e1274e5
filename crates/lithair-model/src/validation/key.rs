//! Whether the path of a collection can name a record.

use crate::draft::{pointer, violation};
use crate::{ModelEntry, Value, Violation};

/// Keys whose paths are not those of records: `{collection}/events` is the stream of a collection, a path does not end in `/`, and
/// browsers and proxies resolve `.` and `..`, also where they are percent-encoded, before a server sees them.
const RESERVED: [&str; 4] = ["events", "", ".", ".."];

/// What is wrong with a key that no path can name: its record could be created and never be read, changed or deleted.
///
/// A composite key has commas, so it is none of these.
pub(super) fn unaddressable(model: &ModelEntry, values: &[Value]) -> Option<Violation> {
    let [place] = model.schema.key else { return None };
    let Value::Text(text) = &values[*place] else { return None };
    let is_reserved = RESERVED.contains(&text.as_str());
    let detail = || format!("a path cannot name a record whose key is \"{text}\"");
    is_reserved.then(|| violation(&pointer(model.schema.fields[*place].wire), "reserved", detail()))
}
