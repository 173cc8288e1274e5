//! The outbox's own records: how far each hook is, and what could not be delivered.

use lithair_model::{
    CommandSchema, Decided, Event, Exposure, FieldSchema, ModelSchema, OperationKind, Position, Timestamp, Value,
};

/// The command that tries a dead letter again.
pub(super) const RETRY: &str = "retry";

/// How far a hook is.
pub(crate) static DELIVERY: ModelSchema = ModelSchema {
    name: "LithairDelivery",
    table: "lithair_deliveries",
    path: "lithair/deliveries",
    fields: &[
        FieldSchema::of::<String>("hook"),
        // Everything up to here is done.
        FieldSchema { exposure: Exposure::ReadOnly, ..FieldSchema::of::<i64>("position") },
    ],
    key: &[0],
    operations: &[OperationKind::List, OperationKind::Get],
    ..ModelSchema::PLAIN
};

/// What could not be delivered.
pub(crate) static DEAD_LETTER: ModelSchema = ModelSchema {
    name: "LithairDeadLetter",
    table: "lithair_dead_letters",
    path: "lithair/dead-letters",
    fields: &[
        FieldSchema::of::<String>("id"),
        FieldSchema::of::<String>("hook"),
        FieldSchema::of::<i64>("position"),
        FieldSchema::of::<i64>("place"),
        FieldSchema::of::<String>("error"),
        FieldSchema::of::<i64>("attempts"),
        FieldSchema::of::<Timestamp>("failed_at"),
    ],
    key: &[0],
    operations: &[OperationKind::List, OperationKind::Get, OperationKind::Delete],
    commands: &[CommandSchema {
        name: RETRY,
        summary: "Delivers it again. The record goes when that succeeds.",
        input: &ModelSchema { name: "LithairDeadLetter.retry", table: "retry", path: "retry", ..ModelSchema::PLAIN },
        event: RETRY,
        errors: &[],
        // The outbox reads the event, and does the rest.
        decide: |_, values, _| Ok(Decided { values, event: Event { name: RETRY, payload: "{}".to_owned() } }),
        by: None,
    }],
    ..ModelSchema::PLAIN
};

/// One delivery of a hook that has failed for now.
#[derive(Clone, Debug)]
pub(super) struct DeadLetter {
    pub(super) hook: String,
    pub(super) position: Position,
    pub(super) place: usize,
    pub(super) error: String,
    pub(super) attempts: u32,
    pub(super) failed_at: Timestamp,
}

impl DeadLetter {
    pub(super) fn id(&self) -> String {
        format!("{}.{}.{}", self.hook, self.position, self.place)
    }

    pub(super) fn values(&self) -> Vec<Value> {
        vec![
            Value::Text(self.id()),
            Value::Text(self.hook.clone()),
            Value::Int(self.position.get().into()),
            Value::Int(self.place as i128),
            Value::Text(self.error.clone()),
            Value::Int(self.attempts.into()),
            Value::Timestamp(self.failed_at),
        ]
    }

    /// The letter that a stored record is.
    pub(super) fn of(values: &[Value]) -> Option<Self> {
        let [_, Value::Text(hook), position, place, Value::Text(error), attempts, Value::Timestamp(failed_at)] = values
        else {
            return None;
        };
        let number = |value: &Value| match value {
            Value::Int(number) => u64::try_from(*number).ok(),
            _ => None,
        };
        Some(Self {
            hook: hook.clone(),
            position: Position::new(number(position)?),
            place: usize::try_from(number(place)?).ok()?,
            error: error.clone(),
            attempts: u32::try_from(number(attempts)?).ok()?,
            failed_at: *failed_at,
        })
    }
}
