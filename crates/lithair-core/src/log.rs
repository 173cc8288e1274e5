//! The log as the engine sees it: alone or in a cluster, an entry is proposed, and comes back applied.

use std::future::Future;
use std::pin::Pin;

use lithair_model::{Entry, Position};
use lithair_state::{Applied, Conflict};
use thiserror::Error;

use crate::completion::Waiting;

/// What became of a proposed entry.
pub(crate) type Proposed = Result<(Position, Result<Applied, Conflict>), ProposeError>;

/// Why an entry is not in the log, or may not be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ProposeError {
    /// The queue is full; it is not in the log.
    #[error("the queue of the log is full")]
    Full,
    /// There is no room on the disk; it is not in the log.
    #[error("the disk is full")]
    DiskFull,
    /// It is larger than the log takes.
    #[error("an entry of {bytes} bytes exceeds the log's limit of {limit} bytes")]
    TooLarge {
        /// Its bytes.
        bytes: u64,
        /// The most that fits.
        limit: u64,
    },
    /// The log failed before; it is not in the log.
    #[error("the log is closed: an earlier write or sync failed")]
    Poisoned,
    /// The log failed while it was written: it may be there after recovery.
    #[error("the log failed while the entry was written: whether it is there, the next start finds out")]
    Unknown,
    /// The log is closed; it is not in the log.
    #[error("the log is closed")]
    Closed,
}

/// Makes entries durable in one order, and applies them.
///
/// An implementation guarantees, before it tells the proposer: the entry is durable, everything before it is applied, its batch is
/// applied and published.
pub(crate) trait Log: Send + Sync {
    /// Proposes an entry that touches the records with these key hashes.
    fn propose(&self, entry: Entry, aggregates: Vec<u64>) -> Proposal;
}

/// A proposal under way.
pub(crate) enum Proposal {
    Refused(ProposeError),
    Waiting(Waiting<Proposed>),
}

impl Future for Proposal {
    type Output = Proposed;

    fn poll(self: Pin<&mut Self>, context: &mut std::task::Context<'_>) -> std::task::Poll<Proposed> {
        match self.get_mut() {
            Self::Refused(error) => std::task::Poll::Ready(Err(*error)),
            Self::Waiting(waiting) => Pin::new(waiting).poll(context),
        }
    }
}
