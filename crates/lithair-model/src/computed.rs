//! Computed fields: what they are bound to, in which order they are computed, and what reads show of those that are not stored.
//!
//! ```text
//! schema -> bound (names inlined) -> order: a field stands behind all that it is computed from
//!   stored:  whoever decides computes them in this order and writes what changed, in the same entry
//!   virtual: put into the row when it is read, so that the projection shows them like any field
//! ```

mod bound;
mod feeds;
mod order;

use std::sync::Arc;

pub use bound::Computed;
pub(crate) use bound::{OfFields, compile};
pub(crate) use feeds::feeds;
pub use feeds::{Feed, Role};
pub(crate) use order::{from_others, order};

use crate::draft::{pointer, violation, with_digits};
use crate::{
    Catalog, Fault, FieldSchema, Kind, ModelEntry, Moment, MomentFields, QueryError, Row, Tally, Timestamp, Value,
    Violation, merge_rows,
};

/// What a computed field is when this was computed: with the digits of the field, within its type.
///
/// # Errors
/// The result cannot be held, by itself or by the field. Nothing is rounded.
pub fn fitted(field: &FieldSchema, result: Result<Value, Fault>) -> Result<Value, Violation> {
    let wrong = |detail: String| violation(&pointer(field.wire), "computed", detail);
    let value = result.map_err(|fault| wrong(format!("the field is computed, and {fault}")))?;
    let value = with_digits(field, value);
    match crate::validation::wrong_shape(field, &value) {
        Some(found) => {
            let detail = match field.kind {
                Kind::Int { min, max } => format!("expected an integer from {min} to {max}"),
                _ => found.detail,
            };
            Err(wrong(format!("the field is computed, and the result does not fit it: {detail}")))
        }
        None => Ok(value),
    }
}

impl ModelEntry {
    /// The fields that are computed when a record is read.
    pub fn virtual_fields(&self) -> impl Iterator<Item = (usize, &Computed)> {
        self.computed_fields().filter(|(_, computed)| !computed.is_stored)
    }

    /// The computed fields.
    pub fn computed_fields(&self) -> impl Iterator<Item = (usize, &Computed)> {
        self.computed.iter().enumerate().filter_map(|(place, computed)| Some((place, computed.as_ref()?)))
    }

    /// Whether any field is computed when a record is read.
    pub fn has_virtual(&self) -> bool {
        self.has_virtual
    }

    /// Sets what is computed from a record's own fields and stored; what is wrong with that.
    pub fn compute_own(&self, values: &mut [Value]) -> Vec<Violation> {
        let mut violations = Vec::new();
        for &field in &self.own_order {
            let computed = self.computed[field].as_ref().expect("the order has computed fields");
            match fitted(&self.schema.fields[field], computed.operand.value(values, Timestamp::from_micros(0))) {
                Ok(value) => values[field] = value,
                Err(violation) => violations.push(violation),
            }
        }
        violations
    }

    /// Whether a check, by its place in the schema, asks what other records come to.
    pub fn is_late_check(&self, check: usize) -> bool {
        self.late_checks[check]
    }

    /// Whether two versions of a record differ in something that is not computed.
    pub fn differs(&self, one: &[Value], other: &[Value]) -> bool {
        (0..one.len()).any(|place| self.computed[place].is_none() && one[place] != other[place])
    }
}

/// A row as it is read: with the fields that are computed then, as they are at the moment. One that cannot be held is null.
///
/// # Errors
/// More related records than the tally allows.
pub fn with_computed<M: Moment + ?Sized>(
    catalog: &Catalog,
    moment: &M,
    model: &ModelEntry,
    row: Arc<Row>,
    tally: &Tally,
) -> Result<Arc<Row>, QueryError> {
    if !model.has_virtual() {
        return Ok(row);
    }
    let fields = MomentFields { catalog, moment, model, row: &row, tally };
    let value = |(place, computed): (usize, &Computed)| {
        let result = computed.operand.value(&fields, Timestamp::from_micros(0));
        (place, fitted(&model.schema.fields[place], result).unwrap_or(Value::Null))
    };
    let values: Vec<(usize, Value)> = model.virtual_fields().map(value).collect();
    if tally.is_spent() {
        return Err(tally.too_expensive());
    }
    // INVARIANT of rows: their bytes were checked, so a patch goes into them.
    let bytes = merge_rows(&row.bytes, &model.encode_patch(&values)).map_or_else(|_| row.bytes.clone(), Into::into);
    Ok(Arc::new(Row { revision: row.revision, position: row.position, bytes }))
}
