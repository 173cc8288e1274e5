//! What the attribute macros call: from values to the struct, through the user's method, and back.

use super::context::record;
use super::{CommandError, Decided, DomainEvent, Event, Failure};
use crate::draft::fit_decimal;
use crate::{Model, Value, normalize};

/// Runs a command's method on a record.
///
/// # Errors
/// What the method says.
pub fn decide<M: Model, E: DomainEvent, F: CommandError>(
    command: &'static str,
    before: Vec<Value>,
    method: impl FnOnce(&mut M) -> Result<E, F>,
) -> Result<Decided, Failure> {
    let mut found: M = record(before.clone());
    let event = method(&mut found).map_err(|error| error.failure())?;
    let event = Event { name: E::NAME.unwrap_or(command), payload: event.payload() };
    Ok(Decided { values: values(&found, &before), event })
}

/// Runs a hook's method on a record that is about to be stored.
///
/// # Errors
/// What the method says.
pub fn before<M: Model, O: HookOutcome>(
    values_before: Vec<Value>,
    method: impl FnOnce(&mut M) -> O,
) -> Result<Vec<Value>, Failure> {
    // A draft that lacks a required value is no struct yet; the rules refuse it.
    let Ok(mut found) = M::from_values(values_before.clone()) else { return Ok(values_before) };
    method(&mut found).outcome()?;
    Ok(values(&found, &values_before))
}

/// What a hook before a change may return.
pub trait HookOutcome {
    /// Whether the change may go on.
    ///
    /// # Errors
    /// Why it may not.
    fn outcome(self) -> Result<(), Failure>;
}

impl HookOutcome for () {
    fn outcome(self) -> Result<(), Failure> {
        Ok(())
    }
}

impl<F: CommandError> HookOutcome for Result<(), F> {
    fn outcome(self) -> Result<(), Failure> {
        self.map_err(|error| error.failure())
    }
}

/// The values of a struct, in the form that input has: decimals with their places, texts normalized. An implicit key, which has no
/// member, is that of `before`.
pub(super) fn values<M: Model>(record: &M, before: &[Value]) -> Vec<Value> {
    let value = |(place, field): (usize, &crate::FieldSchema)| match (record.value(place), field.decimal) {
        (Value::Null, _) if M::SCHEMA.key.contains(&place) => before[place].clone(),
        // A number that does not fit is left as it is, for the rules to refuse: nothing is rounded.
        (Value::Decimal(number), Some(digits)) => Value::Decimal(fit_decimal(number, digits).unwrap_or(number)),
        (value, _) => normalize(field, value),
    };
    M::SCHEMA.fields.iter().enumerate().map(value).collect()
}

/// The event of a state's transition.
pub fn transition_event(name: &'static str, from: &str, to: &str) -> Event {
    Event { name, payload: serde_json::json!({ "from": from, "to": to }).to_string() }
}
