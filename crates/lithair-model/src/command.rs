//! What a caller asks to change, checked at the edge as far as that can be done without the state.

use crate::{BadTransition, Context, Failure, Key, Position, Principal, Row, Timestamp, Value, Violation};
use std::sync::Arc;

/// Operations that happen together or not at all: one entry of the log.
#[derive(Clone, Debug)]
pub struct Command {
    /// When the request arrived. The command is sealed with it: `now()` and timestamps are this.
    pub now: Timestamp,
    /// Who asks. The entry says who: [`Principal::actor`].
    pub principal: Principal,
    /// What is asked, in order; later operations may refer to earlier ones.
    pub operations: Vec<Operation>,
}

/// One record's change.
#[derive(Clone, Debug)]
pub struct Operation {
    /// The model, as a place in the catalog.
    pub model: usize,
    /// What is done.
    pub action: Action,
    /// What the caller believes of the record.
    pub expected: Expected,
}

/// What is done to one record.
#[derive(Clone, Debug)]
pub enum Action {
    /// A new record. Refused if the key is taken.
    Create(Draft),
    /// The record becomes exactly this; what the draft leaves out becomes null or its default.
    Replace(Target, Draft),
    /// The fields of the draft change.
    Patch(Target, Draft),
    /// The fields of the draft become exactly this: what an earlier revision had. The others stay.
    Restore(Target, Draft),
    /// The record goes, with what `on_delete` says.
    Delete(Target),
    /// A whole record from elsewhere, keys and automatic fields included: created, replaced, or left alone if equal.
    Import(Draft),
    /// A command of the model, by its place in the schema, with its parameters.
    Run(Target, usize, Draft),
    /// A transition of the model's state machine, by its place in [`crate::ModelEntry::transitions`].
    Transition(Target, usize),
    /// A record that was deleted softly comes back, with those that went with it.
    Undelete(Target),
    /// A record that was deleted softly is gone for good, with what `on_delete` says.
    Purge(Target),
    /// Code of the application that changes several records. Its operation has no result of its own.
    Transaction(Procedure),
    /// The same for whoever asks: what they do not see is not there, and what they may not do is refused.
    Permitted(Procedure),
    /// What folding the log makes of rows of a projection, which nobody else changes. Its operation has no result of its own.
    Fold(Folded),
}

/// What becomes of rows of a projection.
#[derive(Clone, Debug, Default)]
pub struct Folded {
    /// The values of rows that are there.
    pub rows: Vec<Vec<Value>>,
    /// The keys of rows that are not.
    pub gone: Vec<Key>,
}

/// Code of the application that is run on the state. It may be run again if others change what it read.
#[derive(Clone)]
pub struct Procedure(pub Arc<ProcedureFn>);

/// The code of a [`Procedure`].
pub type ProcedureFn = dyn Fn(&Context<'_>) -> Result<(), Failure> + Send + Sync;

impl std::fmt::Debug for Procedure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Procedure(..)")
    }
}

/// Which record.
#[derive(Clone, Debug)]
pub enum Target {
    /// The record with this key.
    Key(Key),
    /// The record that an earlier operation of the same command created (`"$a"`).
    Operation(usize),
}

/// The fields a caller supplied, typed but not yet judged together with the record.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// The supplied fields, as places in the schema, ascending.
    pub fields: Vec<(usize, Supplied)>,
    /// The revision in the body (`_rev`), which must be the record's: a body that was read can be sent back.
    pub revision: Option<u64>,
}

/// One supplied value.
#[derive(Clone, Debug)]
pub enum Supplied {
    /// The value itself.
    Value(Value),
    /// The value of a field of the record that an earlier operation creates (`"$a.id"`).
    Reference {
        /// The earlier operation.
        operation: usize,
        /// The field, as a place in the schema of that operation's model.
        field: usize,
    },
}

/// What the caller believes of the record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    /// Nothing: the operation is decided on whatever is there.
    Anything,
    /// It exists: `If-Match: *`.
    Present,
    /// It does not exist: `If-None-Match: *`.
    Absent,
    /// It is at one of these revisions: `If-Match: "3"`.
    Revisions(Vec<u64>),
}

/// What became of a command.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Where the entry stands in the log; for a command that changed nothing, the position it was judged at.
    pub position: Position,
    /// One result an operation, in order.
    pub results: Vec<OperationResult>,
}

/// What became of one operation.
#[derive(Clone, Debug)]
pub enum OperationResult {
    /// The new record.
    Created(Arc<Row>),
    /// The record after the change.
    Updated(Arc<Row>),
    /// The record was so already; nothing was written for it.
    Unchanged(Arc<Row>),
    /// The record is gone.
    Deleted,
}

/// Why a command changed nothing.
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal {
    /// The operation that failed.
    pub operation: usize,
    /// Why.
    pub reason: RefusalReason,
    /// Of a command that only imports: further operations that fail whatever becomes of the others. Whoever tries again without
    /// the first one leaves them out too, and is not told of each by another try.
    pub also: Vec<(usize, RefusalReason)>,
}

impl Refusal {
    /// The refusal of one operation.
    pub const fn new(operation: usize, reason: RefusalReason) -> Self {
        Self { operation, reason, also: Vec::new() }
    }

    /// All operations that are refused, the last one first, so that they can be taken out one by one.
    pub fn all(self) -> Vec<Self> {
        let also = self.also.into_iter().map(|(operation, reason)| Self::new(operation, reason));
        let mut all: Vec<Self> = also.chain([Self::new(self.operation, self.reason)]).collect();
        all.sort_by_key(|refusal| std::cmp::Reverse(refusal.operation));
        all
    }
}

/// Why an operation was refused.
#[derive(Clone, Debug, PartialEq)]
pub enum RefusalReason {
    /// The caller's doing: values that break rules. All of them.
    Invalid(Vec<Violation>),
    /// The record does not exist, or the caller does not see it.
    NotFound,
    /// The caller sees the record, or could, and may not do this; what the rule says that forbids it.
    Forbidden(Option<&'static str>),
    /// The record is deleted, and may be restored.
    Deleted,
    /// What is gone for good is deleted first, and the record is not.
    NotDeleted,
    /// `expected` did not hold. The current revision, if the record exists.
    PreconditionFailed(Option<u64>),
    /// The model's changes name the revision that they are about, and this one does not.
    RevisionRequired,
    /// The record is in a state in which it neither changes nor goes.
    Immutable,
    /// The state does not change so; how it is, where the principal is shown that.
    BadTransition(Option<BadTransition>),
    /// The application's code says no.
    Failed(Failure),
    /// The application's code panicked: a bug of the program.
    Panicked,
    /// The key is taken.
    KeyTaken,
    /// Others hold the values of these unique constraints (places in the model's uniques). Who holds which is not said.
    UniqueTaken {
        /// The model of the record, as a place in the catalog: code may change records of other models than the operation is about.
        model: usize,
        /// The constraints, at least one.
        constraints: Vec<usize>,
        /// References of the record that do not hold either, as [`RefusalReason::ReferenceMissing`] has them.
        missing: Vec<usize>,
    },
    /// References to records that do not exist (places in the model's relations).
    ReferenceMissing {
        /// The model of the record, as a place in the catalog.
        model: usize,
        /// The relations, at least one.
        relations: Vec<usize>,
    },
    /// Records of another model refer to this one and `on_delete` restricts.
    StillReferenced {
        /// The model that refers, as a place in the catalog.
        model: usize,
        /// The relation, as a place in that model's relations.
        relation: usize,
    },
    /// Too many others changed the same records at the same time. Try again.
    Contended,
    /// The decision contradicts its own guards, although nobody else wrote in between: a bug of the server. The text says what it was about,
    /// for whoever operates it.
    Misjudged(String),
    /// The entry is larger than the log takes.
    TooLarge {
        /// Its bytes.
        bytes: u64,
        /// The most the log takes.
        limit: u64,
    },
    /// The server cannot write now.
    Unavailable(Unavailable),
}

/// Why the server cannot write now. Nothing was changed, or (`Unknown`) it cannot say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unavailable {
    /// The queue to the log is full.
    Overloaded,
    /// The disk is full; reads go on.
    DiskFull,
    /// A sync failed; the process will end.
    Poisoned,
    /// The server is shutting down.
    Stopping,
    /// The write was under way when the log failed: it may or may not be there after recovery.
    Unknown,
}
