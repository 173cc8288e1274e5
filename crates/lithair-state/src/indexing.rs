//! The indexes of a model, and what a row's keys in them are.
//!
//! One [`crate::ordered_map::OrderedMap`] an index, in this order: unique constraints, ordered indexes, relations. Keys:
//!
//! | index    | key of an entry                                     | who is not in it                                  |
//! |----------|-----------------------------------------------------|---------------------------------------------------|
//! | unique   | claimed values, then the slot (4 bytes, big-endian) | a null in a field; the constraint's condition false |
//! | ordered  | terms in their directions, then the primary key     | nobody                                            |
//! | relation | key of the target, then the primary key             | a null in a field                                 |

use lithair_model::{Key, ModelEntry, Timestamp, Value};

use crate::ordered_map::Slot;
use crate::query::fields_of;

/// The indexes of one model.
#[derive(Debug, Default)]
pub(crate) struct Indexing {
    uniques: usize,
    ordered: usize,
    relations: usize,
    /// The fields that any key or condition is made from. INVARIANT: all of them, so that [`Self::keys`] of a row are [`Self::keys_of`] its
    /// values.
    fields: Vec<usize>,
}

/// The keys of one row, one an index, without what keeps equal ones apart.
pub(crate) type IndexKeys = Vec<Option<Key>>;

impl Indexing {
    pub(crate) fn of(model: &ModelEntry) -> Self {
        let schema = model.schema;
        let mut fields: Vec<usize> = schema.uniques.iter().flat_map(|unique| unique.fields).copied().collect();
        fields.extend(schema.indexes.iter().flat_map(|index| index.terms).map(|term| term.field));
        fields.extend(schema.relations.iter().flat_map(|relation| relation.fields));
        fields.extend(model.unique_conditions.iter().flatten().flat_map(fields_of));
        fields.iter_mut().for_each(|place| *place = model.field_of_place(*place));
        fields.sort_unstable();
        fields.dedup();
        Self { uniques: schema.uniques.len(), ordered: schema.indexes.len(), relations: schema.relations.len(), fields }
    }

    /// How many indexes there are.
    pub(crate) fn len(&self) -> usize {
        self.uniques + self.ordered + self.relations
    }

    /// The place of a unique constraint's index, if there is such a constraint.
    pub(crate) fn unique(&self, constraint: usize) -> Option<usize> {
        (constraint < self.uniques).then_some(constraint)
    }

    /// The place of an ordered index.
    pub(crate) fn ordered(&self, index: usize) -> Option<usize> {
        (index < self.ordered).then_some(self.uniques + index)
    }

    /// The place of a relation's index.
    pub(crate) fn relation(&self, relation: usize) -> Option<usize> {
        (relation < self.relations).then_some(self.uniques + self.ordered + relation)
    }

    pub(crate) fn is_unique(&self, index: usize) -> bool {
        index < self.uniques
    }

    /// The keys of a row.
    pub(crate) fn keys(&self, model: &ModelEntry, row: &[u8]) -> IndexKeys {
        if self.len() == 0 {
            return Vec::new();
        }
        let mut values = vec![Value::Null; model.schema.fields.len()];
        for &place in &self.fields {
            values[place] = model.field_of(row, place);
        }
        self.keys_of(model, &values)
    }

    /// The keys of a row, from the values of all of its fields.
    pub(crate) fn keys_of(&self, model: &ModelEntry, values: &[Value]) -> IndexKeys {
        let mut keys = Vec::with_capacity(self.len());
        keys.extend((0..self.uniques).map(|constraint| claim(model, constraint, values)));
        keys.extend((0..self.ordered).map(|index| Some(model.index_key(index, values))));
        keys.extend((0..self.relations).map(|relation| model.relation_key(relation, values)));
        keys
    }

    /// Writes the key of an entry.
    pub(crate) fn entry_key(&self, index: usize, values: &Key, primary: &Key, slot: Slot, out: &mut Vec<u8>) {
        out.clear();
        out.extend_from_slice(values.as_bytes());
        if self.is_unique(index) {
            out.extend_from_slice(&slot.0.to_be_bytes());
        } else {
            out.extend_from_slice(primary.as_bytes());
        }
    }
}

/// What a record claims in a unique constraint: its values there, if none is null and the constraint's condition holds.
pub(crate) fn claim(model: &ModelEntry, constraint: usize, values: &[Value]) -> Option<Key> {
    let condition = model.unique_conditions[constraint].as_ref();
    // Conditions of schemas know no time: what a record claims must not change without the record.
    let holds = condition.is_none_or(|condition| condition.matches(values, Timestamp::from_micros(0)));
    holds.then(|| model.unique_key(constraint, values))?
}
