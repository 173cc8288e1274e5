//! The records that relations lead to: as queries, and around the records of a page.

mod expand;

pub use expand::{EXPAND_DEPTH_MAX, EXPAND_PATHS_MAX, Expand, Expanded, Related, expand, parse_expand};

use crate::{
    Catalog, Comparison, Key, Link, ModelEntry, Operand, Page, Predicate, Query, QueryError, Row, Start, Value, Way,
};

impl Link {
    /// The condition that the records fulfil to which the link leads from the record of `model` with this key.
    ///
    /// None of a reference: what it leads to is said by the record, not by its key.
    pub fn condition(&self, catalog: &Catalog, model: &ModelEntry, key: &Key) -> Option<Predicate> {
        let values = model.key_values(key).ok()?;
        match self.ways[..] {
            [Way::In { model, relation }] => Some(refers(&catalog.models[model], relation, values)),
            [Way::In { model, relation }, Way::Out { relation: far, .. }] => {
                let inner = Box::new(refers(&catalog.models[model], relation, values));
                Some(Predicate::Related { way: Way::In { model, relation: far }, inner })
            }
            _ => None,
        }
    }
}

/// True of the records that refer to the key of these values.
fn refers(model: &ModelEntry, relation: usize, values: Vec<Value>) -> Predicate {
    let fields = model.schema.relations[relation].fields.iter();
    let equals = fields.zip(values).map(|(&field, value)| Predicate::Compare {
        left: Operand::Field(field),
        comparison: Comparison::Equal,
        right: Operand::Value(value),
        kind: model.schema.fields[field].kind,
    });
    let mut equals: Vec<Predicate> = equals.collect();
    if equals.len() == 1 { equals.remove(0) } else { Predicate::All(equals) }
}
