//! What stored computed fields of a record should be, computed again from the records of a moment.

use lithair_model::{ModelEntry, MomentFields, Row, Tally, Timestamp, Value, Violation, fitted};

use crate::View;

impl View<'_> {
    /// What a stored computed field of a row is, computed from what this view shows.
    ///
    /// # Errors
    /// The field cannot hold it.
    pub fn computed(&self, model: &ModelEntry, row: &Row, field: usize) -> Result<Value, Violation> {
        let tally = Tally::new(u64::MAX);
        let fields = MomentFields { catalog: self.state().catalog(), moment: self, model, row, tally: &tally };
        let computed = model.computed[field].as_ref().expect("the field is computed");
        fitted(&model.schema.fields[field], computed.operand.value(&fields, Timestamp::from_micros(0)))
    }

    /// The stored computed fields of a row that are not, or not written as, what computing them again gives.
    ///
    /// # Errors
    /// A field that cannot hold what it would be.
    pub fn computed_anew(&self, model: &ModelEntry, row: &Row) -> Result<Vec<(usize, Value)>, Violation> {
        let stored = model.computed_fields().filter(|(_, computed)| computed.is_stored);
        let mut found = Vec::new();
        for (field, _) in stored {
            let value = self.computed(model, row, field)?;
            if !model.has_field(&row.bytes, field) || model.field(row, field) != value {
                found.push((field, value));
            }
        }
        Ok(found)
    }
}
