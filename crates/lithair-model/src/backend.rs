use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use crate::{Catalog, Command, Key, Moment, Outcome, Page, Position, Query, QueryError, Read, Refusal};

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

    /// All records of one moment, of the present or of a position: for what has to be read together.
    ///
    /// # Errors
    /// The position is not kept any more, or has not come.
    fn moment(&self, at: Option<Position>) -> Result<Box<dyn Moment + '_>, QueryError>;

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
