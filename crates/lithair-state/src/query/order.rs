//! The order of a list, without what does not change it.

use lithair_model::{Key, KeyTerm, ModelEntry, QueryError, Row, SortTerm, Value, append_term};

use super::Task;
use super::bounds::Bounds;

/// The terms that decide, most significant first; behind them the key decides, ascending.
#[derive(Debug)]
pub(crate) struct Order {
    pub(crate) terms: Vec<SortTerm>,
    /// The order as it was asked for: what cursors have the values of.
    asked: Vec<SortTerm>,
    /// The terms of a key in this order, without the primary key behind them.
    key_terms: Vec<KeyTerm>,
}

impl Order {
    pub(crate) fn of(asked: &[SortTerm], model: &ModelEntry, bounds: &Bounds) -> Self {
        let mut terms: Vec<SortTerm> = Vec::with_capacity(asked.len());
        for term in asked {
            let is_decided =
                bounds.constant(term.field).is_some() || terms.iter().any(|before| before.field == term.field);
            if !is_decided {
                terms.push(*term);
            }
        }
        drop_tie_break(&mut terms, model, bounds);
        let key_terms =
            asked.iter().map(|term| KeyTerm { kind: model.kind_at(term.field), descending: term.descending }).collect();
        Self { terms, asked: asked.to_vec(), key_terms }
    }

    /// The value that a cursor has of a field, if the order has the field.
    pub(crate) fn value_of<'v>(&self, field: usize, values: &'v [Value]) -> Option<&'v Value> {
        values.get(self.asked.iter().position(|term| term.field == field)?)
    }

    /// Bytes that compare as rows do in this order.
    ///
    /// # Errors
    /// More related records than the task may look at.
    pub(crate) fn sort_key(&self, task: &Task<'_>, row: &Row) -> Result<Vec<u8>, QueryError> {
        let values: Vec<Value> = self.asked.iter().map(|term| task.value(row, term.field)).collect();
        if task.tally.is_spent() {
            return Err(task.too_expensive());
        }
        Ok(self.cursor_key(&values, &task.model.row_key(row)))
    }

    /// Bytes that compare with those of rows as the record of a cursor does.
    pub(crate) fn cursor_key(&self, values: &[Value], key: &Key) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(16 * values.len() + key.as_bytes().len());
        for (term, value) in self.key_terms.iter().zip(values) {
            append_term(term, value, &mut bytes);
        }
        bytes.extend_from_slice(key.as_bytes());
        bytes
    }
}

/// Takes off the key's fields at the end if they only say what the tie-break says, and whatever comes behind the whole
/// key, which no two records share.
fn drop_tie_break(terms: &mut Vec<SortTerm>, model: &ModelEntry, bounds: &Bounds) {
    let open: Vec<usize> = model.schema.key.iter().copied().filter(|&field| bounds.constant(field).is_none()).collect();
    let has_key = |terms: &[SortTerm]| open.iter().all(|field| terms.iter().any(|term| term.field == *field));
    let whole = (0..=terms.len()).find(|&count| has_key(&terms[..count]));
    if let Some(count) = whole {
        terms.truncate(count);
        let tie_break = open.iter().map(|&field| SortTerm { field, descending: false });
        if terms.len() >= open.len() && terms[terms.len() - open.len()..].iter().copied().eq(tie_break) {
            terms.truncate(terms.len() - open.len());
        }
    }
}
