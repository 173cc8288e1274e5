//! What the policies of a model and of its fields leave readable, told while a record is walked from the newest version back.

use lithair_model::{HistorySchema, ModelEntry, PastError, Timestamp};

use super::damaged;
use super::walk::{Step, StepChange};

/// Of one record: what has been passed on the way back.
pub(super) struct Kept<'a> {
    model: &'a ModelEntry,
    now: Timestamp,
    record: Passed,
    /// One a field; empty if no field has a policy of its own.
    fields: Vec<Passed>,
}

/// Newer versions of something.
#[derive(Clone, Copy, Default)]
struct Passed {
    count: u32,
    /// When the next newer one took its place.
    ended: Option<Timestamp>,
}

impl Passed {
    fn keeps(&self, policy: &HistorySchema, now: Timestamp) -> bool {
        let Some(ended) = self.ended else { return true };
        let is_young = |retention: i64| ended.micros() >= now.micros().saturating_sub(retention);
        !policy.snapshot_only
            && policy.versions.is_none_or(|versions| self.count < versions)
            && policy.retention_micros.is_none_or(is_young)
    }
}

/// What has to be walked to know what is kept.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// Nothing: all is kept.
    Nothing,
    /// The version behind: it says when the one in question ended.
    Next,
    /// All newer versions.
    All,
}

impl<'a> Kept<'a> {
    pub(super) fn new(model: &'a ModelEntry, now: Timestamp) -> Self {
        let fields = if has_field_policies(model) { model.schema.fields.len() } else { 0 };
        Self { model, now, record: Passed::default(), fields: vec![Passed::default(); fields] }
    }

    pub(super) fn reach(model: &ModelEntry) -> Reach {
        let policy = &model.schema.lifecycle.history;
        if policy.versions.is_some() || policy.snapshot_only || has_field_policies(model) || is_purged_for_good(model) {
            Reach::All
        } else if policy.retention_micros.is_some() {
            Reach::Next
        } else {
            Reach::Nothing
        }
    }

    /// Whether the version is readable that is the next to be passed. Once one is not, none before it is.
    pub(super) fn keeps(&self, change: &StepChange, at: Timestamp) -> bool {
        let policy = &self.model.schema.lifecycle.history;
        match change {
            // A purge takes everything with it.
            StepChange::Delete if is_purged_for_good(self.model) => false,
            // The end of a record is told as long as the version that it ended.
            StepChange::Delete => {
                Passed { ended: self.record.ended.or(Some(at)), ..self.record }.keeps(policy, self.now)
            }
            _ => self.record.keeps(policy, self.now),
        }
    }

    /// The fields whose values in the version to be passed next are let go.
    pub(super) fn let_go(&self) -> Vec<usize> {
        let fields = self.fields.iter().zip(self.model.schema.fields).enumerate();
        let gone = fields.filter(|(_, (passed, field))| !passed.keeps(&field.history, self.now));
        gone.map(|(place, _)| place).collect()
    }

    /// The numbers of these fields in the log.
    pub(super) fn numbers(model: &ModelEntry, places: &[usize]) -> Vec<u32> {
        places.iter().map(|&place| model.layout.number(place)).collect()
    }

    /// Takes note of a version, and goes on to the one before it.
    pub(super) fn pass(&mut self, step: &Step) -> Result<(), PastError> {
        let at = Some(step.at);
        let revisions = u32::from(step.change.revision().is_some());
        self.record = Passed { count: self.record.count.saturating_add(revisions), ended: at };
        if self.fields.is_empty() {
            return Ok(());
        }
        match &step.change {
            StepChange::Put { .. } => self.fields.iter_mut().for_each(|passed| passed.pass(at)),
            StepChange::Patch { fields, .. } => {
                for (place, _) in self.model.decode_patch(fields).map_err(|error| damaged(step.position, error))? {
                    self.fields[place].pass(at);
                }
            }
            StepChange::Delete => self.fields.iter_mut().for_each(|passed| passed.ended = at),
        }
        Ok(())
    }
}

impl Passed {
    fn pass(&mut self, at: Option<Timestamp>) {
        *self = Self { count: self.count.saturating_add(1), ended: at };
    }
}

/// Whether a record that is gone leaves nothing behind: where deleting is keeping, a purge is what removes.
pub(super) const fn is_purged_for_good(model: &ModelEntry) -> bool {
    model.deleted_at.is_some()
}

/// Whether any field keeps less than its model.
pub(super) fn has_field_policies(model: &ModelEntry) -> bool {
    model.schema.fields.iter().any(|field| !field.history.is_whole())
}
