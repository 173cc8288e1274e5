//! The record that an operation is about, if it is as the caller believes.

use lithair_model::{Expected, Key, RefusalReason, Target, Value};

use super::Decider;

impl Decider<'_> {
    /// The record that an operation is about, if it is as the caller believes.
    pub(super) fn to_be_changed(
        &self,
        model: usize,
        target: &Target,
        expected: &Expected,
        believed: Option<u64>,
    ) -> Result<(Key, Vec<Value>), RefusalReason> {
        let key = self.key(model, target)?;
        let (before, revision) = self.existing(model, &key, expected)?;
        if believed.is_some_and(|believed| believed != revision) {
            return Err(RefusalReason::PreconditionFailed(Some(revision)));
        }
        self.revision_is_named(model, expected, believed)?;
        Ok((key, before))
    }

    /// The record that code decides on. It looks at the state that it changes, so nobody has to name the revision.
    pub(super) fn to_be_decided(
        &self,
        model: usize,
        target: &Target,
        expected: &Expected,
    ) -> Result<(Key, Vec<Value>), RefusalReason> {
        let key = self.key(model, target)?;
        let (before, _) = self.existing(model, &key, expected)?;
        Ok((key, before))
    }

    /// The key of the record that an operation names.
    pub(super) fn key(&self, model: usize, target: &Target) -> Result<Key, RefusalReason> {
        match target {
            Target::Key(key) => Ok(key.clone()),
            Target::Operation(place) => match self.records.get(*place) {
                Some(record) if record.model == model => Ok(record.key.clone()),
                _ => Err(RefusalReason::NotFound),
            },
        }
    }

    /// Whether a change of a model with an optimistic lock says which revision it is about.
    pub(super) fn revision_is_named(
        &self,
        model: usize,
        expected: &Expected,
        believed: Option<u64>,
    ) -> Result<(), RefusalReason> {
        let is_named = matches!(expected, Expected::Revisions(_)) || believed.is_some();
        let is_needed = self.model(model).schema.lifecycle.optimistic_lock;
        if is_needed && !is_named { Err(RefusalReason::RevisionRequired) } else { Ok(()) }
    }

    /// The record's values and revision, if it is as the caller believes and not deleted.
    pub(super) fn existing(
        &self,
        model: usize,
        key: &Key,
        expected: &Expected,
    ) -> Result<(Vec<Value>, u64), RefusalReason> {
        let found = self.found(model, key, expected)?;
        if self.model(model).is_deleted(&found.0) { Err(RefusalReason::Deleted) } else { Ok(found) }
    }

    /// The record's values and revision, deleted softly or not, if it is as the caller believes.
    pub(super) fn found(
        &self,
        model: usize,
        key: &Key,
        expected: &Expected,
    ) -> Result<(Vec<Value>, u64), RefusalReason> {
        let found = self.overlay.current(self.view, model, key).filter(|(values, _)| self.sees(model, values));
        let revision = found.as_ref().map(|(_, revision)| *revision);
        let holds = match (expected, revision) {
            (Expected::Anything, _) | (Expected::Present, Some(_)) | (Expected::Absent, None) => true,
            (Expected::Revisions(revisions), Some(revision)) => revisions.contains(&revision),
            (Expected::Present | Expected::Revisions(_), None) | (Expected::Absent, Some(_)) => false,
        };
        if !holds {
            return Err(RefusalReason::PreconditionFailed(revision));
        }
        found.ok_or(RefusalReason::NotFound)
    }
}
