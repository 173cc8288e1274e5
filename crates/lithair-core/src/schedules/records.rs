//! What the engine remembers of each schedule.

use lithair_model::{
    CommandSchema, Decided, ErrorSchema, Event, Failure, FieldSchema, ModelSchema, OperationKind, Timestamp, Value,
};

const RETRY: &str = "retry";
const NOTHING_FAILED: ErrorSchema =
    ErrorSchema { status: 409, code: "nothing-failed", detail: "the last time that was due is done" };

/// How far a schedule is, and what went wrong.
pub(crate) static SCHEDULE: ModelSchema = ModelSchema {
    name: "LithairSchedule",
    table: "lithair_schedules",
    path: "lithair/schedules",
    fields: &[
        FieldSchema::of::<String>("schedule"),
        FieldSchema::of::<String>("times"),
        // Everything that was due up to here is done, or was missed and is not made up for.
        FieldSchema::of::<Timestamp>("done"),
        // A time that is due and not done.
        FieldSchema::of::<Option<Timestamp>>("failed"),
        FieldSchema::of::<i64>("attempts"),
        FieldSchema::of::<Option<Timestamp>>("tried_at"),
        FieldSchema::of::<Option<String>>("error"),
    ],
    key: &[0],
    operations: &[OperationKind::List, OperationKind::Get],
    commands: &[CommandSchema {
        name: RETRY,
        summary: "Runs what failed once more, with as many attempts as at first.",
        input: &ModelSchema { name: "LithairSchedule.retry", table: "retry", path: "retry", ..ModelSchema::PLAIN },
        event: RETRY,
        errors: &[NOTHING_FAILED],
        decide: |_, values, _| {
            let ErrorSchema { status, code, detail } = NOTHING_FAILED;
            let progress = Progress::of(&values).filter(|progress| progress.failed.is_some());
            let progress = progress.ok_or_else(|| Failure { status, code, detail: detail.to_owned() })?;
            let values = Progress { attempts: 0, tried_at: None, ..progress }.values();
            Ok(Decided { values, event: Event { name: RETRY, payload: "{}".to_owned() } })
        },
        by: None,
    }],
    ..ModelSchema::PLAIN
};

/// A record of [`SCHEDULE`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Progress {
    pub(super) schedule: String,
    pub(super) times: String,
    pub(super) done: Timestamp,
    pub(super) failed: Option<Timestamp>,
    pub(super) attempts: u32,
    pub(super) tried_at: Option<Timestamp>,
    pub(super) error: Option<String>,
}

impl Progress {
    /// One that begins now: what was due before is nobody's.
    pub(super) fn begin(schedule: String, times: &str, now: Timestamp) -> Self {
        let times = times.to_owned();
        Self { schedule, times, done: now, failed: None, attempts: 0, tried_at: None, error: None }
    }

    pub(super) fn values(&self) -> Vec<Value> {
        let time = |time: Option<Timestamp>| time.map_or(Value::Null, Value::Timestamp);
        vec![
            Value::Text(self.schedule.clone()),
            Value::Text(self.times.clone()),
            Value::Timestamp(self.done),
            time(self.failed),
            Value::Int(self.attempts.into()),
            time(self.tried_at),
            self.error.clone().map_or(Value::Null, Value::Text),
        ]
    }

    pub(super) fn of(values: &[Value]) -> Option<Self> {
        let [
            Value::Text(schedule),
            Value::Text(times),
            Value::Timestamp(done),
            failed,
            Value::Int(attempts),
            tried_at,
            error,
        ] = values
        else {
            return None;
        };
        let time = |value: &Value| if let Value::Timestamp(time) = value { Some(*time) } else { None };
        Some(Self {
            schedule: schedule.clone(),
            times: times.clone(),
            done: *done,
            failed: time(failed),
            attempts: u32::try_from(*attempts).ok()?,
            tried_at: time(tried_at),
            error: if let Value::Text(error) = error { Some(error.clone()) } else { None },
        })
    }
}
