//! What whoever opens an engine may choose.

use std::time::Duration;

use lithair_model::Bindings;

use crate::outbox::Retries;

/// How an engine behaves.
#[derive(Clone, Debug)]
pub struct EngineOptions {
    /// How the log behaves.
    pub store: lithair_store::Options,
    /// Bytes of log behind a snapshot that make the next one worth building.
    pub snapshot_bytes: u64,
    /// How long the moments of earlier answers stay readable, for cursors.
    pub keep_moments: Duration,
    /// Entries of the log that a list of an earlier moment may cost to rebuild.
    pub past_entries_max: u64,
    /// Bytes of rows that a list of an earlier moment may hold in memory.
    pub past_bytes_max: u64,
    /// How failed deliveries of hooks are tried again.
    pub retries: Retries,
    /// Records that one entry of a migration changes at most.
    pub migration_records: usize,
    /// Whether the program signs tokens itself.
    pub own_tokens: bool,
    /// What names of policies are bound to.
    pub bindings: Bindings,
}

impl Default for EngineOptions {
    fn default() -> Self {
        Self {
            store: lithair_store::Options::default(),
            snapshot_bytes: 64 * 1024 * 1024,
            keep_moments: Duration::from_secs(5 * 60),
            past_entries_max: 5_000_000,
            past_bytes_max: 256 * 1024 * 1024,
            retries: Retries::default(),
            migration_records: 256,
            own_tokens: false,
            bindings: Bindings::default(),
        }
    }
}
