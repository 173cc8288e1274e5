//! The event store of Lithair: one durable log, and snapshots of what it means.
