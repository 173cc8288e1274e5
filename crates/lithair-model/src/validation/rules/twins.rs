//! Equal elements of a list, found in time that grows with the list: a caller chooses its length.

use std::collections::HashSet;
use std::hash::{Hash, Hasher};

use crate::Value;

/// Whether two elements of a list are equal.
pub(super) fn has_twins(value: &Value) -> bool {
    let Value::List(items) = value else { return false };
    let mut seen = HashSet::with_capacity(items.len());
    items.iter().any(|item| !seen.insert(Hashed(item)))
}

/// A value by what it is equal to. Floats are finite, so equality is an equivalence.
#[derive(PartialEq)]
struct Hashed<'a>(&'a Value);

impl Eq for Hashed<'_> {}

impl Hash for Hashed<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self.0 {
            Value::Null => {}
            Value::Bool(flag) => flag.hash(state),
            Value::Int(number) => number.hash(state),
            // Both zeros are equal.
            Value::Float(number) => (number + 0.0).to_bits().hash(state),
            Value::Text(text) => text.hash(state),
            Value::Decimal(number) => number.hash(state),
            Value::Uuid(id) => id.hash(state),
            Value::Timestamp(at) => at.hash(state),
            Value::Date(date) => date.hash(state),
            Value::Json(json) => json.hash(state),
            Value::List(items) => items.iter().for_each(|item| Hashed(item).hash(state)),
            Value::Variant(name, fields) => {
                name.hash(state);
                fields.iter().for_each(|field| Hashed(field).hash(state));
            }
            Value::Struct(values) => values.iter().for_each(|value| Hashed(value).hash(state)),
            Value::Members(given) => given.iter().for_each(|(place, value)| (place, Hashed(value)).hash(state)),
        }
    }
}
