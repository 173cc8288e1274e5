//! Behaviour that an application writes in `impl` blocks: commands, hooks, events and errors, as the schema knows them.
//!
//! User code decides and is not replayed: it runs where a command is decided, against the state that the command changes, and what
//! goes into the log is its result.

mod after;
mod context;
mod projection;
mod run;
mod schedule;

pub use after::{AfterResult, AfterSchema, AfterWhat, Effects, Happening, HookError, Transactions, Transitioned};
pub use context::{Context, RecordKey, Records};
pub use projection::{Fact, FoldRows, FoldSchema, ProjectionSchema, Rows, is_read_only};
pub use run::{HookOutcome, before, changed_of, decide, event_of, record_of, transition_event, values_of};
pub use schedule::{Cron, ScheduleSchema, Times};

use crate::{ModelSchema, Value};

/// A method that decides what becomes of a record.
#[derive(Debug)]
pub struct CommandSchema {
    /// The method's name; also the action in the path, `POST /{collection}/{key}:{name}`.
    pub name: &'static str,
    /// The method's documentation.
    pub summary: &'static str,
    /// The parameters, as the fields of a form: what the body of a request has.
    pub input: &'static ModelSchema,
    /// The event that it leaves in the log.
    pub event: &'static str,
    /// How it may fail.
    pub errors: &'static [ErrorSchema],
    /// Runs the method on the values of a record and of the parameters.
    pub decide: Decide,
    /// Who may give it, of those who may change the record: `by = role(Editor)`.
    pub by: Option<&'static crate::Policy>,
}

/// Runs a command: from the record's values and the parameters' values to what is decided.
pub type Decide = fn(&Context<'_>, Vec<Value>, Vec<Value>) -> Result<Decided, Failure>;

/// A method that has a say in records before they are stored.
#[derive(Debug)]
pub struct BeforeSchema {
    /// The method's name.
    pub name: &'static str,
    /// Whether it sees new records.
    pub create: bool,
    /// Whether it sees changed records.
    pub update: bool,
    /// Runs the method on the values of the record as it would be stored; the result is stored instead.
    pub run: fn(&Context<'_>, Vec<Value>) -> Result<Vec<Value>, Failure>,
}

/// What a command decided.
#[derive(Clone, Debug, PartialEq)]
pub struct Decided {
    /// The record's values.
    pub values: Vec<Value>,
    /// What happened.
    pub event: Event,
}

/// Something that happened to a record, in the words of its domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The event's name.
    pub name: &'static str,
    /// Its data, a JSON object.
    pub payload: String,
}

/// Why user code refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The status of the answer, `400..=499`.
    pub status: u16,
    /// The stable name.
    pub code: &'static str,
    /// In words.
    pub detail: String,
}

/// A way in which a command may fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ErrorSchema {
    /// The status of the answer.
    pub status: u16,
    /// The stable name.
    pub code: &'static str,
    /// In words, with the names of fields in braces.
    pub detail: &'static str,
}

/// A struct that says what happened. `#[derive(DomainEvent)]` writes it.
pub trait DomainEvent: Sized {
    /// The event's name; none means the command's.
    const NAME: Option<&'static str>;

    /// The event's data, a JSON object.
    fn payload(&self) -> String;

    /// The event of this data.
    ///
    /// # Errors
    /// The data is not this event's.
    fn from_payload(payload: &str) -> Result<Self, String>;
}

/// Nothing to say beyond that the command was carried out.
impl DomainEvent for () {
    const NAME: Option<&'static str> = None;

    fn payload(&self) -> String {
        "{}".to_owned()
    }

    fn from_payload(_: &str) -> Result<Self, String> {
        Ok(())
    }
}

/// An enum that says why a command refuses. `#[derive(CommandError)]` writes it.
pub trait CommandError {
    /// Every way to fail.
    const ERRORS: &'static [ErrorSchema];

    /// This one.
    fn failure(&self) -> Failure;
}

/// A command that never refuses.
impl CommandError for std::convert::Infallible {
    const ERRORS: &'static [ErrorSchema] = &[];

    fn failure(&self) -> Failure {
        match *self {}
    }
}

/// What a model without `#[commands]` or `#[hooks]` has. The attributes write constants of the same names on the struct itself, which
/// Rust finds first: so a block of behaviour needs no registration that could be forgotten.
pub trait NoBehaviour {
    /// The model's commands.
    const LITHAIR_COMMANDS: &'static [CommandSchema] = &[];
    /// The model's hooks that run before a record is stored.
    const LITHAIR_HOOKS_BEFORE: &'static [BeforeSchema] = &[];
    /// The model's hooks that run after a change is durable.
    const LITHAIR_HOOKS_AFTER: &'static [AfterSchema] = &[];
    /// What runs because it is time.
    const LITHAIR_SCHEDULES: &'static [ScheduleSchema] = &[];
    /// How the records follow from the log.
    const LITHAIR_PROJECTION: Option<&'static ProjectionSchema> = None;
}

impl<T> NoBehaviour for T {}
