//! Deleting a record, and what refers to it.

use lithair_model::{Expected, Key, ModelEntry, OnDelete, RefusalReason, Right, Target, Timestamp, Value, default_of};

use super::candidate::{differing, stamp};
use super::overlay::Overlay;
use super::{Decider, trash};
use crate::{RecordRef, View};

impl Decider<'_> {
    /// Deletes the record that an operation names.
    pub(super) fn delete(&mut self, model: usize, target: &Target, expected: &Expected) -> Result<(), RefusalReason> {
        let key = self.key(model, target)?;
        let (before, _) = self.existing(model, &key, expected)?;
        self.may(model, Right::Delete, &before)?;
        self.revision_is_named(model, expected, None)?;
        let record = RecordRef::new(model, key);
        self.records.push(record.clone());
        self.take_away(record);
        Ok(())
    }

    /// Takes a record away, or out of sight.
    pub(super) fn take_away(&mut self, record: RecordRef) {
        match self.model(record.model).deleted_at {
            Some(_) => trash::bury(self.view, &mut self.overlay, self.operation, record, self.now),
            None => delete(self.view, &mut self.overlay, self.operation, record, self.now),
        }
    }
}

/// Takes the record away, and does to those that refer to it what their relations say, however far that leads. A relation that restricts
/// is judged at the end, when later operations have had their say.
pub(super) fn delete(view: &View<'_>, overlay: &mut Overlay, operation: usize, record: RecordRef, now: Timestamp) {
    let catalog = view.state().catalog();
    // A list instead of recursion: cascades may be long, and may lead in circles.
    let mut doomed = vec![record];
    while let Some(RecordRef { model, key }) = doomed.pop() {
        if !overlay.exists(view, model, &key) {
            continue;
        }
        overlay.set(view, operation, model, key.clone(), None);
        for referrer in &catalog.models[model].referrers {
            if referrer.on_delete == OnDelete::Restrict {
                continue;
            }
            for child in referring(view, overlay, referrer.model, referrer.relation, &key) {
                if matches!(referrer.on_delete, OnDelete::Cascade | OnDelete::Soft) {
                    doomed.push(RecordRef::new(referrer.model, child));
                } else {
                    let child_model = &catalog.models[referrer.model];
                    let (values, _) = overlay.current(view, referrer.model, &child).expect("it refers, so it exists");
                    let before = values.clone();
                    let mut values = released(child_model, referrer.relation, referrer.on_delete, values);
                    let said = differing(&before, &values);
                    stamp(child_model, &before, &said, &mut values, now);
                    overlay.follow(view, operation, RecordRef::new(referrer.model, child), values);
                }
            }
        }
    }
}

/// The records that refer to `key` as things are so far, in the order of their keys.
pub(super) fn referring(view: &View<'_>, overlay: &Overlay, model: usize, relation: usize, key: &Key) -> Vec<Key> {
    let entry = &view.state().catalog().models[model];
    let stored = view.referrers(model, relation, key).filter(|child| overlay.get(model, child).is_none());
    let touched = overlay.iter().filter(|(of, _, touched)| {
        let refers = |values: &Vec<Value>| entry.relation_key(relation, values).as_ref() == Some(key);
        *of == model && touched.after.as_ref().is_some_and(refers)
    });
    let mut children: Vec<Key> = stored.chain(touched.map(|(_, child, _)| child.clone())).collect();
    children.sort_unstable();
    children
}

/// The values of a record that no longer refers. Of several fields, those change that can: one that is null is enough.
fn released(entry: &ModelEntry, relation: usize, on_delete: OnDelete, mut values: Vec<Value>) -> Vec<Value> {
    for &place in entry.schema.relations[relation].fields {
        let released = match on_delete {
            // A default of a reference is a constant; the time plays no part.
            OnDelete::SetDefault => default_of(entry, place, Timestamp::from_micros(0)),
            _ => entry.schema.fields[place].optional.then_some(Value::Null),
        };
        if let (Some(value), false) = (released, entry.is_key(place)) {
            values[place] = value;
        }
    }
    values
}
