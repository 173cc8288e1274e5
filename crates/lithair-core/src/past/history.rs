//! Pages of the revisions of a record.

use lithair_model::{HistoryPage, HistoryQuery, ModelEntry, PastError, Position, Revision, RevisionKind};

use super::Archive;
use super::fold::{whole_row, without};
use super::kept::{Kept, Reach};
use super::walk::{Step, StepChange, Walk};

impl Archive<'_> {
    /// A page of a record's revisions.
    pub(crate) fn history(&self, query: &HistoryQuery) -> Result<HistoryPage, PastError> {
        let position = self.state.published();
        let model = self.model(query.model);
        let before = query.before.unwrap_or(position.next()).min(position.next());
        let last = match Kept::reach(model) {
            Reach::Nothing => before.previous().unwrap_or(Position::ZERO),
            Reach::Next => before.min(position),
            Reach::All => position,
        };
        let mut page = Page {
            model,
            walk: self.walk(model, &query.key, last),
            kept: Kept::new(model, query.now),
            before,
            limit: query.limit,
            revisions: Vec::new(),
        };
        let more = page.fill()?;
        let revisions = page.revisions;
        // That there was a record is not told where nothing of it is kept.
        if revisions.is_empty() && query.before.is_none() {
            return Err(PastError::NotFound);
        }
        Ok(HistoryPage { revisions, more, position })
    }
}

/// A page that is being made.
struct Page<'a> {
    model: &'a ModelEntry,
    walk: Walk<'a>,
    kept: Kept<'a>,
    before: Position,
    limit: usize,
    revisions: Vec<Revision>,
}

impl Page<'_> {
    /// Takes revisions until the page is full; whether kept ones follow.
    fn fill(&mut self) -> Result<bool, PastError> {
        let mut newer: Option<(Step, Vec<usize>)> = None;
        while let Some(step) = self.walk.next().transpose()? {
            self.number_delete(&step);
            if !self.kept.keeps(&step.change, step.at) {
                if let Some((oldest, let_go)) = newer {
                    self.complete(&oldest, &let_go, step)?;
                }
                return Ok(false);
            }
            let let_go = self.kept.let_go();
            if step.position < self.before {
                if self.revisions.len() == self.limit {
                    return Ok(true);
                }
                let revision = self.revision(&step, &let_go)?;
                self.revisions.push(revision);
            }
            self.kept.pass(&step)?;
            newer = Some((step, let_go));
        }
        Ok(false)
    }

    /// A delete is one revision more than what it deleted, which is read only now.
    fn number_delete(&mut self, older: &Step) {
        if let (Some(last), Some(number)) = (self.revisions.last_mut(), older.change.revision())
            && last.kind == RevisionKind::Deleted
            && last.number == 0
        {
            last.number = number + 1;
        }
    }

    fn revision(&self, step: &Step, let_go: &[usize]) -> Result<Revision, PastError> {
        let (kind, fields, is_whole) = match &step.change {
            StepChange::Put { row, .. } if step.change.creates() => (RevisionKind::Created, row.clone(), true),
            StepChange::Put { row, .. } => (RevisionKind::Updated, row.clone(), true),
            StepChange::Patch { fields, .. } => (RevisionKind::Updated, fields.clone(), false),
            StepChange::Delete => (RevisionKind::Deleted, Vec::new(), false),
        };
        let fields = match kind {
            RevisionKind::Deleted => fields,
            _ => without(self.model, fields, let_go, step)?,
        };
        Ok(Revision {
            number: step.change.revision().unwrap_or(0),
            position: step.position,
            at: step.at,
            actor: step.actor.clone(),
            kind,
            fields: fields.into(),
            events: step.events.clone(),
            is_whole,
        })
    }

    /// The oldest revision that is kept tells the whole record: what was before it is not to be had any more.
    fn complete(&mut self, oldest: &Step, let_go: &[usize], before: Step) -> Result<(), PastError> {
        let Some(last) = self.revisions.last_mut().filter(|last| last.position == oldest.position) else {
            return Ok(());
        };
        if last.is_whole || last.kind == RevisionKind::Deleted {
            return Ok(());
        }
        let bytes = whole_row(oldest, std::iter::once(Ok(before)).chain(&mut self.walk))?;
        last.fields = without(self.model, bytes, let_go, oldest)?.into();
        last.is_whole = true;
        Ok(())
    }
}
