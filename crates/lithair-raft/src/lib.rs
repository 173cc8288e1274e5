//! Consensus for Lithair: OpenRaft over the event store.
