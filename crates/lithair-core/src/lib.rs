//! Lithair: one annotated struct becomes a complete backend. Applications depend on this crate.

// The derives write paths that begin with this name.
#[cfg(test)]
extern crate self as lithair_core;

mod access_log;
mod additions;
mod auth;
mod block_on;
pub mod cli;
pub mod client;
mod clock;
mod completion;
mod config;
mod control;
mod cors;
mod credentials;
mod db;
mod engine;
mod entries;
mod firewall;
mod follow;
mod ids;
pub mod inspect;
mod internal_models;
mod local_log;
mod log;
pub mod migration;
mod outbox;
mod past;
pub mod prelude;
mod progress;
mod projections;
#[cfg(feature = "oidc")]
mod providers;
mod purger;
mod record_locks;
mod refresher;
mod retention;
#[cfg(feature = "axum")]
mod routes;
mod schedules;
mod secret;
mod server;
mod snapshotter;
mod startup;
#[cfg(feature = "testing")]
pub mod testing;
mod transfer;
#[cfg(feature = "users")]
pub mod users;
mod verify;
mod web;

/// The page for users; its examples are compiled and run.
#[cfg(all(doctest, feature = "axum", feature = "testing"))]
#[doc = include_str!("../../../docs/custom-code.md")]
struct CustomCodePage;

/// Requests are allocated on one thread and freed on another all day, which is what this allocator is good at.
#[cfg(feature = "mimalloc")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

pub use config::{
    AuthSettings, Config, ConfigError, KeySource, Layers, Origin, ProviderSettings, SETTINGS, Setting, TokenSettings,
};
pub use cors::Cors;
pub use db::{Bound, Db, DbError, Filter, Find, Repo};
pub use engine::{Engine, EngineOptions, OnFailure, TransactionError, WriteError};
pub use entries::UnreadableEntry;
pub use firewall::Firewall;
pub use follow::{FollowError, UnreadableBefore};
pub use lithair_http::{HttpFirewall, RequestId};
pub use lithair_model as model;
pub use lithair_store as store;
pub use lithair_store::EventStore;
pub use log::ProposeError;
pub use outbox::Retries;
pub use projections::{FoldError, ProjectionError, ProjectionState, Rebuilt};
pub use server::{DeclarativeServer, MountedServer, RunningServer, ServeError};
pub use snapshotter::SnapshotError;
pub use startup::{Replayed, StartError};

/// What the derives write paths to. Not for people: it changes without notice.
#[doc(hidden)]
pub mod __private {
    pub use lithair_model::*;
}
