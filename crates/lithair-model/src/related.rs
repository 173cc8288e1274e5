//! The records that relations lead to: as queries, and around the records of a page.

mod expand;

pub use expand::{EXPAND_DEPTH_MAX, EXPAND_PATHS_MAX, Expand, Expanded, Related, expand, parse_expand};

use crate::{
    Catalog, Comparison, Key, Link, ModelEntry, Operand, Predicate, Query, QueryError, Row, Start, Value, Way,
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

/// The models whose records an answer looks at, as places in the catalog, ascending: the query's own, those that its filter asks about, and
/// those that are shown around its records.
pub fn involved(catalog: &Catalog, model: usize, filter: Option<&Predicate>, expands: &[Expand]) -> Vec<usize> {
    let mut found = reached(catalog, model, filter, expands);
    if let Err(place) = found.binary_search(&model) {
        found.insert(place, model);
    }
    found
}

/// The models that relations lead to, of those of [`involved`].
pub fn reached(catalog: &Catalog, model: usize, filter: Option<&Predicate>, expands: &[Expand]) -> Vec<usize> {
    let mut found = Vec::new();
    let mut take = |way: Way| found.push(led_to(catalog, way));
    if let Some(filter) = filter {
        filter.steps(&mut take);
    }
    around(catalog, model, expands, &mut take);
    found.sort_unstable();
    found.dedup();
    found
}

/// The model that a step leads to.
fn led_to(catalog: &Catalog, way: Way) -> usize {
    match way {
        Way::Out { model, relation } => catalog.models[model].targets[relation],
        Way::In { model, .. } => model,
    }
}

fn around(catalog: &Catalog, model: usize, expands: &[Expand], take: &mut dyn FnMut(Way)) {
    for expand in expands {
        let link = &catalog.models[model].links[expand.link];
        link.ways.iter().for_each(|way| take(*way));
        around(catalog, link.target, &expand.inner, take);
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
