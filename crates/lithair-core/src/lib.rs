//! Lithair: one annotated struct becomes a complete backend. Applications depend on this crate.

mod completion;
mod engine;
mod local_log;
mod log;
pub mod prelude;
mod retention;
mod seal;
mod secret;
mod snapshotter;
mod startup;
mod stripes;

pub use engine::{Engine, EngineOptions, OnFailure};
pub use lithair_model as model;
pub use lithair_store as store;
pub use lithair_store::EventStore;
pub use snapshotter::SnapshotError;
pub use startup::{Replayed, StartError};

/// What the derives write paths to. Not for people: it changes without notice.
#[doc(hidden)]
pub mod __private {
    pub use lithair_model::*;
}
