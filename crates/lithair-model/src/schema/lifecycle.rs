//! How records live: what is kept of them, and what becomes of those that go.

use crate::Expr;

/// When a record may change, `lifecycle(..)` on the struct.
#[derive(Clone, Copy, Debug)]
pub struct LifecycleSchema {
    /// A change names the revision that it is about.
    pub optimistic_lock: bool,
    /// A record for which this is true neither changes nor goes.
    pub immutable_when: Option<Expr>,
    /// Deleting a record keeps it, out of sight.
    pub soft_delete: Option<SoftDeleteSchema>,
    /// What stays readable of what records were.
    pub history: HistorySchema,
}

/// Records that are deleted and kept: `deleted_at` says since when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SoftDeleteSchema {
    /// The tables of models whose records go with the record that they refer to, and come back with it.
    pub cascade: &'static [&'static str],
    /// Microseconds after which a deleted record is gone for good; none if never by itself.
    pub purge_after: Option<i64>,
}

/// What stays readable of earlier versions, `versions(..)`, `retention = ".."`, `snapshot_only`. The newest version of a record that
/// exists always does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HistorySchema {
    /// So many versions, the newest included; none means all.
    pub versions: Option<u32>,
    /// A version until so long after another took its place, in microseconds; none means for ever.
    pub retention_micros: Option<i64>,
    /// No earlier version at all.
    pub snapshot_only: bool,
}

impl HistorySchema {
    /// Everything, for ever: what holds where nothing is said.
    pub const WHOLE: Self = Self { versions: None, retention_micros: None, snapshot_only: false };

    /// Whether everything is kept.
    pub const fn is_whole(&self) -> bool {
        self.versions.is_none() && self.retention_micros.is_none() && !self.snapshot_only
    }

    /// `versions(n)`
    #[must_use]
    pub const fn versions(self, versions: u32) -> Self {
        Self { versions: Some(versions), ..self }
    }

    /// `retention = ".."`
    #[must_use]
    pub const fn retention(self, micros: i64) -> Self {
        Self { retention_micros: Some(micros), ..self }
    }

    /// `snapshot_only`
    #[must_use]
    pub const fn snapshot_only(self) -> Self {
        Self { snapshot_only: true, ..self }
    }
}

impl LifecycleSchema {
    /// What a model has that does not say.
    pub const FREE: Self =
        Self { optimistic_lock: false, immutable_when: None, soft_delete: None, history: HistorySchema::WHOLE };

    /// The same, and a version is kept as this says.
    #[must_use]
    pub const fn history(self, history: HistorySchema) -> Self {
        Self { history, ..self }
    }

    /// The same, and a change names the revision that it is about.
    #[must_use]
    pub const fn optimistic_lock(self) -> Self {
        Self { optimistic_lock: true, ..self }
    }

    /// The same, and deleting a record keeps it, out of sight.
    #[must_use]
    pub const fn soft_delete(self, cascade: &'static [&'static str], purge_after: Option<i64>) -> Self {
        Self { soft_delete: Some(SoftDeleteSchema { cascade, purge_after }), ..self }
    }

    /// The same, and a record for which this is true neither changes nor goes.
    #[must_use]
    pub const fn immutable_when(self, condition: Expr) -> Self {
        Self { immutable_when: Some(condition), ..self }
    }
}
