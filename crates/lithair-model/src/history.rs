//! What a caller asks of the past, and what it is told.

use std::sync::Arc;

use thiserror::Error;

use crate::{EventRecord, Key, Position, QueryError, Row, Timestamp};

/// A page of a record's revisions, newest first.
#[derive(Clone, Debug)]
pub struct HistoryQuery {
    /// The model, as a place in the catalog.
    pub model: usize,
    /// The record.
    pub key: Key,
    /// Only revisions before this position; none means all.
    pub before: Option<Position>,
    /// Revisions at most.
    pub limit: usize,
    /// The time of asking: what `retention` let go by then is not told.
    pub now: Timestamp,
}

/// Some revisions of one record, newest first.
#[derive(Clone, Debug)]
pub struct HistoryPage {
    /// The revisions.
    pub revisions: Vec<Revision>,
    /// Whether older ones that are kept follow.
    pub more: bool,
    /// The position the answer reflects.
    pub position: Position,
}

/// One revision: what one entry of the log did to a record.
#[derive(Clone, Debug, PartialEq)]
pub struct Revision {
    /// The record's revision. A record that was deleted and made again begins at 1 again.
    pub number: u64,
    /// Where the entry stands in the log.
    pub position: Position,
    /// When it was written. Ascends with the position.
    pub at: Timestamp,
    /// Who asked, if that is known.
    pub actor: Option<String>,
    /// What was done.
    pub kind: RevisionKind,
    /// The fields that it set, encoded as a row or as a patch; empty for a delete. What the policy of a field let go is not among them.
    pub fields: Box<[u8]>,
    /// What happened to the record, in the words of the application: the events of its commands and transitions.
    pub events: Vec<EventRecord>,
    /// Whether `fields` is the whole record: of a creation, and of the oldest revision that is kept.
    pub is_whole: bool,
}

/// What a revision did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RevisionKind {
    /// The record is new.
    Created,
    /// Fields changed.
    Updated,
    /// The record is gone.
    Deleted,
}

/// A moment of the whole database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AsOf {
    /// After the entry at this position.
    Position(Position),
    /// After the last entry that was written by this time.
    Time(Timestamp),
}

/// Which version of one record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// The one with this revision, of the record's newest life.
    Revision(u64),
    /// The one that a moment shows.
    AsOf(AsOf),
}

/// A record as it was.
#[derive(Clone, Debug)]
pub struct Past {
    /// The version.
    pub row: Arc<Row>,
    /// Fields whose values of then are not kept, as places in the schema. The row's bytes lack them.
    pub let_go: Vec<usize>,
    /// The moment the answer shows; of a revision, where it was written.
    pub position: Position,
}

/// Why the past does not answer.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PastError {
    /// There was no such record.
    #[error("there was no such record")]
    NotFound,
    /// The record never had this revision, or has it not yet.
    #[error("the record does not have this revision")]
    NoRevision,
    /// The model's policy (`versions`, `retention`, `snapshot_only`) let it go.
    #[error("it is not kept any more")]
    LetGo,
    /// The moment is too far from anything it could be rebuilt from: so many entries, of at most so many.
    #[error("{entries} entries lie between the moment and what it could be rebuilt from; at most {limit} are read")]
    TooFar {
        /// Entries of the log between the moment and the snapshot before it.
        entries: u64,
        /// The most that one answer may cost.
        limit: u64,
    },
    /// The records of the moment are too many to be rebuilt in memory: more than so many bytes.
    #[error("the records of the moment take more than {limit} bytes")]
    TooLarge {
        /// The most that one answer may cost.
        limit: u64,
    },
    /// As for any other query.
    #[error("{0:?}")]
    Query(QueryError),
    /// The log cannot be read. The reason is for operators.
    #[error("{0}")]
    Storage(String),
}

impl From<QueryError> for PastError {
    fn from(error: QueryError) -> Self {
        Self::Query(error)
    }
}
