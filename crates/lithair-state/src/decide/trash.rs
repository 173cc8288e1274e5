//! Deleting softly, and back: a record stays, with the time at which it went, and those that refer to it go and come with it.

use lithair_model::{Expected, RefusalReason, Right, Target, Timestamp, Value};

use super::Decider;
use super::candidate::stamp_time;
use super::delete::{delete, referring};
use super::overlay::Overlay;
use crate::{RecordRef, View};

impl Decider<'_> {
    /// Brings back the record that an operation names.
    pub(super) fn undelete(&mut self, model: usize, target: &Target, expected: &Expected) -> Result<(), RefusalReason> {
        let key = self.key(model, target)?;
        let (values, _) = self.found(model, &key, expected)?;
        self.may(model, Right::Command("restore"), &values)?;
        self.revision_is_named(model, expected, None)?;
        let entry = self.model(model);
        let since = values[entry.deleted_at.expect("only what is deleted softly is restored")].clone();
        let record = RecordRef::new(model, key);
        self.records.push(record.clone());
        if since == Value::Null {
            // It is there: restoring again is no mistake.
            self.overlay.set(self.view, self.operation, model, record.key, Some(values));
            return Ok(());
        }
        unearth(self.view, &mut self.overlay, self.operation, record, &since, self.now);
        Ok(())
    }

    /// Removes for good the record that an operation names, which is in the trash.
    pub(super) fn purge(&mut self, model: usize, target: &Target, expected: &Expected) -> Result<(), RefusalReason> {
        let key = self.key(model, target)?;
        let (values, _) = self.found(model, &key, expected)?;
        self.may(model, Right::Command("purge"), &values)?;
        self.revision_is_named(model, expected, None)?;
        if !self.model(model).is_deleted(&values) {
            return Err(RefusalReason::NotDeleted);
        }
        let record = RecordRef::new(model, key);
        self.records.push(record.clone());
        delete(self.view, &mut self.overlay, self.operation, record, self.now);
        Ok(())
    }
}

/// Takes the record out of sight, with those whose relation says so, however far that leads.
pub(super) fn bury(view: &View<'_>, overlay: &mut Overlay, operation: usize, record: RecordRef, now: Timestamp) {
    each(
        view,
        overlay,
        operation,
        record,
        |before| {
            // What went earlier, by itself, does not come back with this one.
            (*before == Value::Null).then_some(Value::Timestamp(now))
        },
        now,
    );
}

/// Brings the record back, with those that went at the same moment. Whether those that it refers to are there is judged at the end.
fn unearth(view: &View<'_>, overlay: &mut Overlay, operation: usize, record: RecordRef, since: &Value, now: Timestamp) {
    each(view, overlay, operation, record, |before| (before == since).then_some(Value::Null), now);
}

/// Sets the time of deletion of a record and of those that go with it, where `becomes` has another one for it.
fn each(
    view: &View<'_>,
    overlay: &mut Overlay,
    operation: usize,
    record: RecordRef,
    becomes: impl Fn(&Value) -> Option<Value>,
    now: Timestamp,
) {
    let catalog = view.state().catalog();
    // A list instead of recursion: it may be long, and may lead in circles.
    let mut waiting = vec![record];
    while let Some(RecordRef { model, key }) = waiting.pop() {
        let entry = &catalog.models[model];
        let (Some(field), Some((before, _))) = (entry.deleted_at, overlay.current(view, model, &key)) else { continue };
        let Some(deleted_at) = becomes(&before[field]) else { continue };
        let mut values = before;
        values[field] = deleted_at;
        // No more than that: a record comes back as it was, without what `on_update` makes of one that changed.
        stamp_time(entry, &mut values, now);
        overlay.follow(view, operation, RecordRef::new(model, key.clone()), values);
        for referrer in entry.referrers.iter().filter(|referrer| referrer.is_soft) {
            let children = referring(view, overlay, referrer.model, referrer.relation, &key);
            waiting.extend(children.into_iter().map(|child| RecordRef::new(referrer.model, child)));
        }
    }
}
