//! A record that is not stored yet as policies look at it, with its relations.

use std::borrow::Cow;

use crate::{Catalog, Fields, Key, ModelEntry, Moment, MomentFields, Tally, Value, Way, encode_key};

/// A record as a change would leave it, among the records of a moment.
pub struct Candidate<'a> {
    /// All models.
    pub catalog: &'a Catalog,
    /// What is around it.
    pub moment: &'a dyn Moment,
    /// Its model.
    pub model: &'a ModelEntry,
    /// Its values.
    pub values: &'a [Value],
    /// Its key; none while it has none.
    pub key: Option<Key>,
    /// Counts the related records that are looked at.
    pub tally: &'a Tally,
}

impl Fields for Candidate<'_> {
    fn field(&self, place: usize) -> Cow<'_, Value> {
        Cow::Borrowed(&self.values[place])
    }

    fn related(&self, way: Way, each: &mut dyn FnMut(&dyn Fields) -> bool) {
        let Self { catalog, moment, tally, .. } = *self;
        let mut visit = |model: &ModelEntry, row: &crate::Row| {
            let fields = MomentFields { catalog, moment, model, row, tally };
            // What is in the trash is not there.
            tally.take(1) && (model.is_trash(row) || each(&fields))
        };
        match way {
            Way::Out { model, relation } => {
                let entry = &catalog.models[model];
                let values = entry.schema.relations[relation].fields.iter().map(|&place| self.values[place].clone());
                let values: Vec<Value> = values.collect();
                let target = &catalog.models[entry.targets[relation]];
                let key =
                    (!values.contains(&Value::Null)).then(|| encode_key(&entry.relation_terms[relation], &values));
                if let Some(row) = key.and_then(|key| moment.row(target.place, &key)) {
                    visit(target, &row);
                }
            }
            Way::In { model, relation } => {
                let referring = &catalog.models[model];
                if let Some(key) = &self.key {
                    moment.referrers(model, relation, key, &mut |row| visit(referring, row));
                }
            }
        }
    }
}
