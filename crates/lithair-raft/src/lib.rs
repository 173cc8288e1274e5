//! Consensus for Lithair: OpenRaft over the event store.
//!
//! ```text
//! OpenRaft -> append / vote / truncate / purge -> RaftLog -> EventStore: one frame, one sync -> sink -> OpenRaft's callback
//!                                                    |
//!                                       recent entries, in memory <- replication and apply read here
//! ```
//!
//! Only this crate names OpenRaft's types. The bytes in the log are described in `docs/formats/raft-log.md`.

mod codec;
mod log_store;
mod tail;
#[cfg(test)]
mod tests;
mod types;

pub use codec::{Form, form_of};
pub use log_store::{OpenError, RaftLog, RaftLogOptions};
pub use types::{Command, Entry, LeaderId, LogId, Membership, Node, Response, TypeConfig, Vote, index_of, position_of};
