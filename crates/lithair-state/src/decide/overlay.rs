use std::collections::BTreeMap;
use std::sync::Arc;

use lithair_model::{Key, Row, Value};

use crate::View;

/// The records that a command touches, as they were and as they will be.
#[derive(Default)]
pub(super) struct Overlay {
    records: BTreeMap<(usize, Key), Touched>,
    /// In the order in which they were first touched.
    order: Vec<(usize, Key)>,
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
        self.records.get(&(model, key.clone()))
    }

    /// The keys of a model's touched records.
    pub(super) fn keys_of(&self, model: usize) -> impl Iterator<Item = &Key> {
        self.order.iter().filter(move |(of, _)| *of == model).map(|(_, key)| key)
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
        if let Some(touched) = self.records.get_mut(&(model, key.clone())) {
            touched.anyway.push(field);
        }
    }

    /// The touched records in the order in which they were first touched.
    pub(super) fn iter(&self) -> impl Iterator<Item = (usize, &Key, &Touched)> {
        self.order.iter().map(|place| (place.0, &place.1, &self.records[place]))
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

    pub(super) fn set(&mut self, view: &View<'_>, operation: usize, model: usize, key: Key, after: Option<Vec<Value>>) {
        let place = (model, key);
        if let Some(touched) = self.records.get_mut(&place) {
            touched.operation = operation;
            touched.after = after;
            return;
        }
        let before = view.row(model, &place.1).map(|row| {
            let values = values(view, model, &row);
            (row, values)
        });
        self.records.insert(place.clone(), Touched { operation, before, after, anyway: Vec::new() });
        self.order.push(place);
    }
}

fn values(view: &View<'_>, model: usize, row: &Row) -> Vec<Value> {
    view.state().catalog().models[model]
        .decode_row(&row.bytes)
        .expect("a row in the state was checked when it was applied")
}
