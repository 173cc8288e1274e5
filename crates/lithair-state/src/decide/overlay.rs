//! What a command touches: each record as it was, and as the operations so far leave it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use lithair_model::{Key, Row, Value};

use crate::{RecordRef, View};

/// The records that a command touches, as they were and as they will be.
#[derive(Default)]
pub(super) struct Overlay {
    records: BTreeMap<RecordRef, Touched>,
    /// In the order in which they were first touched.
    order: Vec<RecordRef>,
    /// Those that the server changed by itself, since another record goes, or on the way to the trash and back.
    followers: BTreeSet<RecordRef>,
}

/// One touched record.
pub(super) struct Touched {
    /// The operation that touched it last.
    pub(super) operation: usize,
    /// The record in the view, if there is one, and its values.
    pub(super) before: Option<(Arc<Row>, Vec<Value>)>,
    /// The values it will have; none if it will be gone.
    pub(super) after: Option<Vec<Value>>,
    /// Computed fields that are written although they stay as they are.
    pub(super) anyway: Vec<usize>,
}

impl Touched {
    /// Whether the record will be another than it was.
    pub(super) fn is_changed(&self) -> bool {
        self.before.as_ref().map(|(_, values)| values) != self.after.as_ref()
    }
}

impl Overlay {
    pub(super) fn get(&self, model: usize, key: &Key) -> Option<&Touched> {
        // The key is cloned for the look-up; overlays are small and keys are short.
        self.records.get(&RecordRef::new(model, key.clone()))
    }

    /// The keys of a model's touched records.
    pub(super) fn keys_of(&self, model: usize) -> impl Iterator<Item = &Key> {
        self.order.iter().filter(move |record| record.model == model).map(|record| &record.key)
    }

    /// Sets a computed field of a record that exists; one that was not touched is, from now on.
    pub(super) fn maintain(
        &mut self,
        view: &View<'_>,
        operation: usize,
        (model, key): (usize, &Key),
        (field, value): (usize, Value),
    ) {
        let Some((mut values, _)) = self.current(view, model, key) else { return };
        if values[field] != value {
            values[field] = value;
            let operation = self.get(model, key).map_or(operation, |touched| touched.operation);
            self.set(view, operation, model, key.clone(), Some(values));
        }
    }

    /// The field of a record is written although it stays as it is.
    pub(super) fn write_anyway(
        &mut self,
        view: &View<'_>,
        operation: usize,
        (model, key): (usize, &Key),
        field: usize,
    ) {
        let Some((values, _)) = self.current(view, model, key) else { return };
        if self.get(model, key).is_none() {
            self.set(view, operation, model, key.clone(), Some(values));
        }
        if let Some(touched) = self.records.get_mut(&RecordRef::new(model, key.clone())) {
            touched.anyway.push(field);
        }
    }

    /// The touched records in the order in which they were first touched.
    pub(super) fn iter(&self) -> impl Iterator<Item = (usize, &Key, &Touched)> {
        self.order.iter().map(|record| (record.model, &record.key, &self.records[record]))
    }

    /// The record's values and revision as they are so far.
    pub(super) fn current(&self, view: &View<'_>, model: usize, key: &Key) -> Option<(Vec<Value>, u64)> {
        match self.get(model, key) {
            Some(touched) => {
                let revision = touched.before.as_ref().map_or(0, |(row, _)| row.revision);
                touched.after.clone().map(|values| {
                    let is_same = touched.before.as_ref().is_some_and(|(_, before)| *before == values);
                    (values, if is_same { revision } else { revision + 1 })
                })
            }
            None => view.row(model, key).map(|row| (values(view, model, &row), row.revision)),
        }
    }

    /// Whether the record exists as things are so far.
    pub(super) fn exists(&self, view: &View<'_>, model: usize, key: &Key) -> bool {
        match self.get(model, key) {
            Some(touched) => touched.after.is_some(),
            None => view.row(model, key).is_some(),
        }
    }

    /// Sets a record that the server changes by itself. It is judged once everything is known.
    pub(super) fn follow(&mut self, view: &View<'_>, operation: usize, record: RecordRef, after: Vec<Value>) {
        self.followers.insert(record.clone());
        self.set(view, operation, record.model, record.key, Some(after));
    }

    /// The records that the server changed by itself.
    pub(super) fn followers(&self) -> impl Iterator<Item = (&RecordRef, &Touched)> {
        self.followers.iter().map(|record| (record, &self.records[record]))
    }

    pub(super) fn set(&mut self, view: &View<'_>, operation: usize, model: usize, key: Key, after: Option<Vec<Value>>) {
        let record = RecordRef::new(model, key);
        if let Some(touched) = self.records.get_mut(&record) {
            touched.operation = operation;
            touched.after = after;
            return;
        }
        let before = view.row(model, &record.key).map(|row| {
            let values = values(view, model, &row);
            (row, values)
        });
        self.records.insert(record.clone(), Touched { operation, before, after, anyway: Vec::new() });
        self.order.push(record);
    }
}

fn values(view: &View<'_>, model: usize, row: &Row) -> Vec<Value> {
    view.state().catalog().models[model]
        .decode_row(&row.bytes)
        .expect("a row in the state was checked when it was applied")
}
