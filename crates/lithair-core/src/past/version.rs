//! A record as it was at a revision or at a moment.

use std::sync::Arc;

use lithair_model::{AsOf, Key, ModelEntry, Past, PastError, Position, Row, Timestamp, Version};

use super::fold::{row, whole_row, without};
use super::kept::{Kept, Reach, is_purged_for_good};
use super::walk::{Step, StepChange, Walk};
use super::{Archive, Moments};

impl Archive<'_> {
    /// One record as it was.
    pub(crate) fn past(
        &self,
        moments: &Moments,
        model: usize,
        key: &Key,
        version: Version,
        now: Timestamp,
    ) -> Result<Past, PastError> {
        let model = self.model(model);
        let past = match version {
            Version::Revision(number) => self.revision(model, key, number, now),
            Version::AsOf(as_of) => self.as_of(model, key, as_of, now),
        }?;
        let mut rows = self.shown(moments, model, vec![Arc::clone(&past.row)], past.position, now)?;
        Ok(Past { row: rows.pop().unwrap_or(past.row), ..past })
    }

    /// The row of a record as an entry left it, whatever the model lets callers read: for the application's own code, which has seen it.
    pub(crate) fn left_at(&self, model: usize, key: &Key, position: Position) -> Result<Option<Vec<u8>>, PastError> {
        let mut walk = self.walk(self.model(model), key, position);
        match walk.next().transpose()? {
            None | Some(Step { change: StepChange::Delete, .. }) => Ok(None),
            Some(step) => whole_row(&step, &mut walk).map(Some),
        }
    }

    fn present(&self, model: &ModelEntry, key: &Key) -> Option<Arc<Row>> {
        self.state.view(None).expect("the present is always kept").row(model.place, key)
    }

    fn revision(&self, model: &ModelEntry, key: &Key, number: u64, now: Timestamp) -> Result<Past, PastError> {
        let present = self.present(model, key);
        if let Some(row) = present.as_ref().filter(|row| row.revision <= number) {
            let is_newest = row.revision == number;
            return if is_newest { Ok(whole(row, row.position)) } else { Err(PastError::NoRevision) };
        }
        let mut back = Back::new(model, self.walk(model, key, self.state.published()), now);
        while let Some(step) = back.walk.next().transpose()? {
            if !back.kept.keeps(&step.change, step.at) {
                // Of a record that is gone and not kept, nothing is told.
                return Err(if present.is_some() { PastError::LetGo } else { PastError::NotFound });
            }
            match step.change.revision() {
                Some(revision) if revision == number => return back.take(step, None),
                Some(revision) if revision < number || step.change.creates() => return Err(PastError::NoRevision),
                _ => back.kept.pass(&step)?,
            }
        }
        Err(PastError::NotFound)
    }

    fn as_of(&self, model: &ModelEntry, key: &Key, as_of: AsOf, now: Timestamp) -> Result<Past, PastError> {
        let position = self.position(as_of, now)?;
        if !self.keeps_moment(model, position, now)? {
            return Err(PastError::LetGo);
        }
        if let Some(row) = self.present(model, key).filter(|row| row.position <= position) {
            return Ok(whole(&row, position));
        }
        let last = match Kept::reach(model) {
            Reach::All => self.state.published(),
            // The moment is young enough, so what it shows is.
            Reach::Nothing | Reach::Next => position,
        };
        let mut back = Back::new(model, self.walk(model, key, last), now);
        while let Some(step) = back.walk.next().transpose()? {
            if !back.kept.keeps(&step.change, step.at) {
                // That there was a record, or none, is part of what was let go. Of one that was purged, nothing is told.
                let is_purged = is_purged_for_good(model) && step.change.revision().is_none();
                return Err(if is_purged { PastError::NotFound } else { PastError::LetGo });
            }
            if step.position <= position {
                return back.take(step, Some(position));
            }
            back.kept.pass(&step)?;
        }
        Err(PastError::NotFound)
    }
}

/// A version that is the present one.
fn whole(row: &Arc<Row>, position: Position) -> Past {
    Past { row: Arc::clone(row), let_go: Vec::new(), position }
}

/// The way back to a version.
struct Back<'a> {
    model: &'a ModelEntry,
    walk: Walk<'a>,
    kept: Kept<'a>,
}

impl<'a> Back<'a> {
    fn new(model: &'a ModelEntry, walk: Walk<'a>, now: Timestamp) -> Self {
        Self { model, walk, kept: Kept::new(model, now) }
    }

    /// The version that a step made, as of a moment or of itself.
    fn take(mut self, step: Step, position: Option<Position>) -> Result<Past, PastError> {
        if let StepChange::Delete = step.change {
            return Err(PastError::NotFound);
        }
        let let_go = self.kept.let_go();
        let bytes = whole_row(&step, &mut self.walk)?;
        let bytes = without(self.model, bytes, &let_go, &step)?;
        let position = position.unwrap_or(step.position);
        Ok(Past { row: Arc::new(row(&step, bytes)), let_go, position })
    }
}
