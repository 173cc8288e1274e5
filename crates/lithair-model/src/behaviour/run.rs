//! What the attribute macros call: from values to the struct, through the user's method, and back.

use super::after::{Happening, HookError, Transitioned};
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

/// The values of a new record, in the form that input has.
pub fn values_of<M: Model>(new: &M) -> Vec<Value> {
    values(new, &vec![Value::Null; M::SCHEMA.fields.len()])
}

/// The event of a state's transition.
pub fn transition_event(name: &'static str, from: &str, to: &str) -> Event {
    let event = Transitioned { from: from.to_owned(), to: to.to_owned() };
    Event { name, payload: event.payload() }
}

/// The event that a hook is about.
///
/// # Errors
/// It is of another type than the hook says.
pub fn event_of<E: DomainEvent>(happening: &Happening) -> Result<E, HookError> {
    match happening {
        Happening::Event(payload) => E::from_payload(payload).map_err(HookError),
        Happening::Record(_) | Happening::Changed { .. } => Err(HookError::new("a record and no event")),
    }
}

/// The record that a hook is about, as it is then or as it was last.
///
/// # Errors
/// The record was of another form then.
pub fn record_of<M: Model>(happening: Happening) -> Result<M, HookError> {
    match happening {
        Happening::Record(values) | Happening::Changed { is: values, .. } => Ok(M::from_values(values)?),
        Happening::Event(_) => Err(HookError::new("an event and no record")),
    }
}

/// The record that a hook is about, as it was before a change and as it is since.
///
/// # Errors
/// The record was of another form then.
pub fn changed_of<M: Model>(happening: Happening) -> Result<(M, M), HookError> {
    match happening {
        Happening::Changed { was, is } => Ok((M::from_values(was)?, M::from_values(is)?)),
        Happening::Record(_) | Happening::Event(_) => Err(HookError::new("no record that changed")),
    }
}
