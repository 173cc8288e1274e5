//! The highest number each model was ever given, so that none is given twice, also after the record that had it is gone.

use std::collections::BTreeMap;

use lithair_model::{Auto, ModelEntry, ModelId, Value};

/// The highest numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sequences(pub(crate) BTreeMap<ModelId, u64>);

impl Sequences {
    pub(crate) fn highest(&self, model: ModelId) -> u64 {
        self.0.get(&model).copied().unwrap_or(0)
    }

    /// Takes in the row of a new version.
    pub(crate) fn see(&mut self, model: &ModelEntry, row: &[u8]) {
        let fields = model.schema.fields.iter().enumerate();
        for (place, _) in fields.filter(|(_, field)| field.auto == Some(Auto::Sequence)) {
            if let Value::Int(number) = model.field_of(row, place)
                && let Ok(number) = u64::try_from(number)
            {
                self.raise(model.id, number);
            }
        }
    }

    pub(crate) fn raise(&mut self, model: ModelId, number: u64) {
        let highest = self.0.entry(model).or_default();
        *highest = number.max(*highest);
    }
}
