//! What OpenRaft's type parameters are, once and for all: they decide what is on the disk and on the wire.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use openraft::impls::leader_id_std;
use openraft::type_config::alias::{EntryOf, LogIdOf, VoteOf};

use lithair_model::Position;

openraft::declare_raft_types!(
    /// OpenRaft's types for Lithair.
    ///
    /// At most one leader in a term, as in Ongaro's thesis: so a term and an index name an entry, and the log need not hold who led.
    pub TypeConfig:
        D = Command,
        R = Response,
        NodeId = u64,
        Node = openraft::impls::BasicNode,
        Term = u64,
        LeaderId = leader_id_std::LeaderId<Self::Term, Self::NodeId>,
        AsyncRuntime = openraft_rt_tokio::TokioRuntime,
);

/// A node that stands for election, or leads, in a term.
pub type LeaderId = leader_id_std::LeaderId<u64, u64>;
/// A term and an index: which entry.
pub type LogId = LogIdOf<TypeConfig>;
/// Whom a node votes for, and whether a quorum agreed.
pub type Vote = VoteOf<TypeConfig>;
/// One entry of consensus: a command, a membership or nothing.
pub type Entry = EntryOf<TypeConfig>;
/// Where a node is reached.
pub type Node = openraft::impls::BasicNode;
/// Who votes and who learns.
pub type Membership = openraft::Membership<u64, Node>;

/// One batch of a program: the bytes of a lithair entry, and what the event store keeps beside them. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// When it was sealed, in microseconds since 1970.
    pub at_micros: i64,
    /// Hashes of the keys of the records it touches.
    pub aggregates: Arc<[u64]>,
    /// The entry, as `docs/formats/entry.md` describes it. Consensus does not look into it.
    pub bytes: Bytes,
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "command of {} bytes", self.bytes.len())
    }
}

/// What applying an entry answers to the node that proposed it. Empty for a membership or a blank entry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Response(pub Bytes);

/// Where the entry with an index stands in the event store.
///
/// OpenRaft counts entries from 0, because a new cluster's first membership has index 0. The event store counts from 1, because position
/// 0 is "before anything": what an empty state has applied. This is the only place where one becomes the other.
pub const fn position_of(index: u64) -> Position {
    Position::new(index).next()
}

/// The index of the entry at a position. `None` for position 0, where no entry stands.
pub const fn index_of(position: Position) -> Option<u64> {
    match position.previous() {
        Some(before) => Some(before.get()),
        None => None,
    }
}
