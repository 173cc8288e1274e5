//! The event store of Lithair: one durable log, and snapshots of what it means.
//!
//! ```text
//! append_event -> queue -> flusher: one frame, one write, one sync -> sink
//!                                     |
//!                            segment (zero-filled ahead) -> sealed -> archive (compressed, indexed, filtered)
//! ```
//!
//! Payloads are bytes: the store knows positions, batches and the keys' hashes, and nothing of records, requests or users.

mod archive;
mod error;
mod event;
mod event_store;
mod flusher;
mod frame;
#[doc(hidden)]
pub mod fuzzing;
mod hash;
mod housekeeper;
mod log;
mod manifest;
mod media;
mod prepare;
mod priority;
mod queue;
mod recover;
mod segment;
mod shared;
mod snapshot;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
#[cfg(test)]
mod tests;
mod verify;

pub use error::{AppendError, Damage, OpenError, ReadError};
pub use event::{Event, EventKind};
pub use event_store::{Batch, EventStore, Examined, Options, Recovered};
pub use frame::Frame;
pub use hash::{GENESIS, Hash};
pub use log::{Backward, Events};
pub use media::{FsMedia, Media, MediaFile, MemoryMedia, SharedMedia};
pub use priority::give_way;
pub use shared::Counters;
pub use snapshot::{SnapshotInfo, SnapshotReader, SnapshotRecord, records_of};
pub use verify::{Report, dump, verify};
