//! Projections: models whose rows are folded from the log, and from nothing else.
//!
//! ```text
//! log behind the marker -> what the folds wait for -> rows, in memory -> one entry: the rows, and the marker moved
//! rebuild: the whole log -> rows from nothing -> what differs from what is stored, so many rows an entry
//! ```
//!
//! The marker, how far the rows are, moves in the entry of the rows, and is guarded by the revision that it had: nothing is folded twice or
//! left out, whatever is killed, and whoever else folds.

mod error;
mod folding;
mod projector;
mod records;
mod rows;

pub use error::{FoldError, ProjectionError};
use folding::Folding;
use lithair_model::{Backend as _, ModelEntry, Position, ProjectionSchema};
pub(crate) use projector::Projectors;
pub(crate) use records::PROJECTION;
pub use records::ProjectionState;

use crate::Engine;

/// What a rebuild found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rebuilt {
    /// Rows that differed, and are right now.
    pub differed: usize,
    /// Everything up to here is in the rows.
    pub position: Position,
}

impl Engine {
    /// Folds what is published into every projection. Blocks; on return the rows are durable and visible.
    ///
    /// # Errors
    /// The first projection that does not go on. Those before it are done.
    pub fn fold_projections(&self) -> Result<(), ProjectionError> {
        self.projections().try_for_each(|model| self.fold_projection(model, &|| false))
    }

    /// Folds the whole log again into the projection of this table, and stores what differs. Blocks; on return the rows are durable and
    /// visible. Until then readers see the rows as they were, or in part as they will be.
    ///
    /// # Errors
    /// There is none, a fold failed, or the log cannot be read or written; the next attempt begins anew.
    pub fn rebuild_projection(&self, table: &str) -> Result<Rebuilt, ProjectionError> {
        let model = self.projections().find(|model| model.schema.table == table);
        let model = model.ok_or_else(|| {
            let nearest = lithair_model::nearest(table, self.projections().map(|model| model.schema.table));
            ProjectionError::Unknown { name: table.to_owned(), nearest }
        })?;
        Folding { engine: self, model, schema: schema(model), stops: &|| false }.rebuild()
    }

    /// How many rows of a projection differ from what these folds make of the log, once it was folded.
    #[cfg(feature = "testing")]
    pub(crate) fn projection_differs(
        &self,
        table: &str,
        schema: &'static ProjectionSchema,
    ) -> Result<usize, ProjectionError> {
        let unknown = || ProjectionError::Unknown { name: table.to_owned(), nearest: None };
        let model = self.projections().find(|model| model.schema.table == table).ok_or_else(unknown)?;
        let difference = Folding { engine: self, model, schema, stops: &|| false }.difference(self.position())?;
        Ok(difference.rows.len() + difference.gone.len())
    }

    /// Makes the markers of projections that are new, so that they can be asked for: nothing is folded yet.
    pub(crate) fn begin_projections(&self) -> Result<(), ProjectionError> {
        for model in self.projections() {
            Folding { engine: self, model, schema: schema(model), stops: &|| false }.begin()?;
        }
        Ok(())
    }

    /// How far every projection is, that has begun.
    pub fn projection_states(&self) -> Vec<ProjectionState> {
        let folding = |model| Folding { engine: self, model, schema: schema(model), stops: &|| false };
        self.projections().filter_map(|model| Some(folding(model).marker()?.state)).collect()
    }

    /// The most positions that any projection is behind what is published.
    pub(crate) fn projection_lag(&self) -> u64 {
        let published = self.position();
        let folded = self.folded.lock();
        self.projections()
            .map(|model| published.since(folded.get(model.schema.table).copied().unwrap_or(Position::ZERO)))
            .max()
            .unwrap_or(0)
    }

    fn projections(&self) -> impl Iterator<Item = &ModelEntry> {
        self.state().catalog().models.iter().filter(|model| model.schema.projection.is_some())
    }

    /// Folds what is published into a projection, or until it is told to stop.
    fn fold_projection(&self, model: &ModelEntry, stops: &dyn Fn() -> bool) -> Result<(), ProjectionError> {
        Folding { engine: self, model, schema: schema(model), stops }.catch_up()
    }
}

fn schema(model: &ModelEntry) -> &'static ProjectionSchema {
    model.schema.projection.expect("only projections are folded")
}
