//! What a policy is asked about: a record, and those around it, as the command leaves them.

use std::borrow::Cow;
use std::cell::RefCell;

use lithair_model::{Fields, Key, ModelEntry, Timestamp, Value, Way, fitted};

use super::delete::referring;
use super::overlay::{Overlay, Touched};
use crate::{RecordRef, View};

/// The values of a record and, by relations, those of the records around it, as the command leaves them so far. Whatever is looked at is
/// noted: the decision rests on it.
pub(super) struct Around<'a> {
    pub(super) view: &'a View<'a>,
    pub(super) overlay: &'a Overlay,
    pub(super) model: &'a ModelEntry,
    pub(super) values: &'a [Value],
    pub(super) looked_at: &'a RefCell<LookedAt>,
}

/// What a decision rests on beside the records that it changes.
#[derive(Default)]
pub(super) struct LookedAt {
    pub(super) records: Vec<RecordRef>,
    /// Those whose records were all asked: one more might have answered otherwise.
    pub(super) collections: Vec<Collection>,
}

/// The records of a model that refer to one by a relation.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Collection {
    pub(super) model: usize,
    pub(super) relation: usize,
    /// The key of what they refer to.
    pub(super) target: Key,
}

impl Around<'_> {
    /// Hands out a record that is there and not deleted; false if no more are wanted.
    fn visit(&self, model: usize, key: Key, each: &mut dyn FnMut(&dyn Fields) -> bool) -> bool {
        let entry = &self.view.state().catalog().models[model];
        let found = self.overlay.current(self.view, model, &key).map(|(values, _)| values);
        self.looked_at.borrow_mut().records.push(RecordRef::new(model, key));
        match found.filter(|values| !entry.is_deleted(values)) {
            Some(values) => each(&Around { model: entry, values: &values, ..*self }),
            None => true,
        }
    }
}

impl Around<'_> {
    /// What a stored field that follows from others is with what the command did so far. Only its end writes it, so that the operations of
    /// a command would otherwise each count what the others add for nothing.
    fn computed_so_far(&self, place: usize) -> Option<Value> {
        let computed = self.model.computed[place].as_ref().filter(|computed| computed.is_stored)?;
        let catalog = self.view.state().catalog();
        let feeds =
            |(model, _, touched): (usize, &Key, &Touched)| touched.is_changed() && !catalog.feeds[model].is_empty();
        self.overlay.iter().any(feeds).then(|| {
            let result = computed.operand.value(self, Timestamp::from_micros(0));
            fitted(&self.model.schema.fields[place], result).unwrap_or(Value::Null)
        })
    }
}

impl Fields for Around<'_> {
    fn field(&self, place: usize) -> Cow<'_, Value> {
        self.computed_so_far(place).map_or_else(|| Cow::Borrowed(&self.values[place]), Cow::Owned)
    }

    fn key(&self) -> Option<Key> {
        Some(self.model.key_of(self.values))
    }

    fn related(&self, way: Way, each: &mut dyn FnMut(&dyn Fields) -> bool) {
        match way {
            Way::Out { relation, .. } => {
                if let Some(key) = self.model.relation_key(relation, self.values) {
                    self.visit(self.model.targets[relation], key, each);
                }
            }
            Way::In { model, relation } => {
                let target = self.model.key_of(self.values);
                let mut keys = referring(self.view, self.overlay, model, relation, &target).into_iter();
                if keys.all(|key| self.visit(model, key, each)) {
                    self.looked_at.borrow_mut().collections.push(Collection { model, relation, target });
                }
            }
        }
    }
}
