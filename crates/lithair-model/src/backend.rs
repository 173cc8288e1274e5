//! The seam between HTTP and data: queries and commands, whoever answers them.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use crate::{
    AsOf, Catalog, Command, Expand, Expanded, HistoryPage, HistoryQuery, Key, Moment, Outcome, Page, Past, PastError,
    Position, Query, QueryError, Read, Refusal, Timestamp, Version,
};

/// What answers queries and carries out commands: the engine, or a map in tests.
///
/// An implementation guarantees:
/// - a read shows only what is durable, and all of it that was acknowledged before the read began;
/// - `submit` returns `Ok` only once the whole command is durable and visible to every later read;
/// - a refused command changed nothing.
pub trait Backend: Send + Sync + 'static {
    /// The models.
    fn catalog(&self) -> &Arc<Catalog>;

    /// The newest position that reads show.
    fn position(&self) -> Position;

    /// One record, now or at a position.
    ///
    /// # Errors
    /// The position is not kept any more, or has not come.
    fn read(&self, model: usize, key: &Key, at: Option<Position>) -> Result<Read, QueryError>;

    /// A page of records of one moment.
    ///
    /// # Errors
    /// The moment is not kept, or the query costs more than its budget.
    fn list(&self, query: &Query) -> Result<Page, QueryError>;

    /// All records of the present or of a position: for what has to be read together.
    ///
    /// # Errors
    /// The position is not kept any more, or has not come.
    fn view(&self, at: Option<Position>) -> Result<Box<dyn Moment + '_>, QueryError>;

    /// The revisions of one record. Reads the log: not for a thread that others wait for.
    ///
    /// # Errors
    /// There is no such record and never was, or nothing of it is kept.
    fn history(&self, query: &HistoryQuery) -> Result<HistoryPage, PastError>;

    /// One record as it was. Reads the log, as `history` does.
    ///
    /// # Errors
    /// It was not there, or is not kept.
    fn past(&self, model: usize, key: &Key, version: Version, now: Timestamp) -> Result<Past, PastError>;

    /// The position that a moment shows, if reads show it.
    ///
    /// # Errors
    /// It has not come yet.
    fn moment(&self, as_of: AsOf, now: Timestamp) -> Result<Position, PastError>;

    /// A page of records of any moment that is kept, however long ago, with the records around them. May rebuild the moment from the
    /// log, of every model that is looked at: that takes long.
    ///
    /// # Errors
    /// The moment is not kept, has not come, or costs too much to rebuild; as for `list`.
    fn list_past(&self, query: &Query, expands: &[Expand], now: Timestamp) -> Result<(Page, Vec<Expanded>), PastError>;

    /// Carries out a command.
    fn submit(&self, command: Command) -> Submission<'_>;

    /// Waits until reads show `position`, at most so long; true if they do.
    fn wait_for(&self, position: Position, timeout: Duration) -> Pin<Box<dyn Future<Output = bool> + Send + '_>>;

    /// What keeps the server from being ready, if anything: a check's name and what is wrong, in words for operators.
    fn failing_checks(&self) -> Vec<(&'static str, String)>;

    /// The key that authenticates cursors. The same for the life of the data directory.
    fn cursor_secret(&self) -> [u8; 32];

    /// Counters for `/metrics`: name without prefix, help, and value.
    fn counters(&self) -> Vec<(&'static str, &'static str, u64)>;
}

/// A command under way.
pub type Submission<'a> = Pin<Box<dyn Future<Output = Result<Outcome, Refusal>> + Send + 'a>>;
