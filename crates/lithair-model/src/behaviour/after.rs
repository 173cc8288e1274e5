//! Hooks that run after a change is durable: effects on the world outside.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use super::{CommandError, Context, DomainEvent};
use crate::command::Procedure;
use crate::{Position, Value};

/// A function that runs after a change, at least once, and never when a log is replayed.
#[derive(Debug)]
pub struct AfterSchema {
    /// The function's name.
    pub name: &'static str,
    /// What it waits for: changes of records, or events; at least one.
    pub on: &'static [AfterWhat],
    /// Runs it.
    pub run: fn(Happening, Effects) -> AfterResult,
}

/// What a hook waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AfterWhat {
    /// A new record of the model.
    Create,
    /// A record that is in sight before and after it changed, whoever changed it.
    Update,
    /// A record that goes: for good, or out of sight where deletes are soft.
    Delete,
    /// A record that was deleted softly and comes back.
    Restore,
    /// A record that was deleted softly and is gone for good.
    Purge,
    /// The event that the command, transition or event of this name leaves.
    Event(&'static str),
}

impl AfterWhat {
    /// The word for it in `after(..)` and in documents.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::Restore => "restore",
            Self::Purge => "purge",
            Self::Event(name) => name,
        }
    }
}

/// What a hook's function comes to.
pub type AfterResult = Pin<Box<dyn Future<Output = Result<(), HookError>> + Send>>;

/// What happened.
#[derive(Clone, Debug)]
pub enum Happening {
    /// A record: one that came as it is then, one that went as it was last.
    Record(Vec<Value>),
    /// A record that changed.
    Changed {
        /// Its values before.
        was: Vec<Value>,
        /// Its values since then.
        is: Vec<Value>,
    },
    /// An event, with its data as JSON.
    Event(String),
}

/// Why an effect did not come about. It is tried again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HookError(pub String);

impl HookError {
    /// With this text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl<E: std::error::Error> From<E> for HookError {
    fn from(error: E) -> Self {
        Self(error.to_string())
    }
}

/// Which delivery this is, and what a hook may do to the records.
#[derive(Clone)]
pub struct Effects {
    position: Position,
    place: usize,
    attempt: u32,
    transactions: Arc<dyn Transactions>,
}

/// Carries out code on the records.
pub trait Transactions: Send + Sync {
    /// Runs the code as one entry of the log, or says in words why that cannot be.
    fn run(&self, code: Procedure) -> Pin<Box<dyn Future<Output = Result<(), HookError>> + Send + '_>>;
}

impl Effects {
    /// The effects of one delivery.
    pub fn new(position: Position, place: usize, attempt: u32, transactions: Arc<dyn Transactions>) -> Self {
        Self { position, place, attempt, transactions }
    }

    /// The same text for every delivery of what happened, and no other's: for receivers that drop what they have seen.
    pub fn key(&self) -> String {
        format!("{}.{}", self.position, self.place)
    }

    /// Where in the log it is.
    pub const fn position(&self) -> Position {
        self.position
    }

    /// How often it was tried, this time included.
    pub const fn attempt(&self) -> u32 {
        self.attempt
    }

    /// Runs code on the records as one entry, all or nothing.
    ///
    /// # Errors
    /// What the code says, or why the records cannot be as it leaves them.
    pub async fn transaction<E: CommandError>(
        &self,
        code: impl Fn(&Context<'_>) -> Result<(), E> + Send + Sync + 'static,
    ) -> Result<(), HookError> {
        let procedure = move |context: &Context<'_>| code(context).map_err(|error| error.failure());
        self.transactions.run(Procedure(Arc::new(procedure))).await
    }
}

impl fmt::Debug for Effects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Effects").field("key", &self.key()).field("attempt", &self.attempt).finish_non_exhaustive()
    }
}

/// That a state went from one to another: the event of a transition. States are names of variants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transitioned {
    /// The state that was.
    pub from: String,
    /// The state that is.
    pub to: String,
}

impl DomainEvent for Transitioned {
    const NAME: Option<&'static str> = None;

    fn payload(&self) -> String {
        serde_json::json!({ "from": self.from, "to": self.to }).to_string()
    }

    fn from_payload(payload: &str) -> Result<Self, String> {
        let members: serde_json::Value = serde_json::from_str(payload).map_err(|error| error.to_string())?;
        let text = |name: &str| members[name].as_str().map(str::to_owned).ok_or_else(|| format!("`{name}` is missing"));
        Ok(Self { from: text("from")?, to: text("to")? })
    }
}
