//! The models of a program, compiled once at start: everything that is looked up while requests run.

mod check;
mod entry;
mod identity;
mod links;
pub(crate) mod places;
mod relations;
mod suggest;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::fmt;

pub(crate) use check::{is_comparable, rule_word};
pub(crate) use entry::ShownField;
pub use entry::{ModelEntry, NamedAction, Referrer, Transition};
pub(crate) use links::resolve as resolve_link;
pub use links::{Link, Way};
pub(crate) use links::{Target, ways_of};
pub use suggest::nearest;
use thiserror::Error;

use crate::access::{self, Bindings, Roles};
use crate::{Feed, ModelId, ModelSchema, Numbers};

/// The models of a program, compiled.
#[derive(Debug)]
pub struct Catalog {
    /// The models, in the order they were registered.
    pub models: Vec<ModelEntry>,
    /// The stored computed fields of all models, as places of models and of their fields: each behind those that it is computed from.
    pub stored: Vec<(usize, usize)>,
    /// What changes of a model's records may change elsewhere, by the models' places.
    pub feeds: Vec<Vec<Feed>>,
    /// The roles of the application.
    pub roles: Roles,
    /// What the server binds names of policies to.
    pub(crate) bindings: Bindings,
    /// The permissions that a policy names and the server does not bind, with the models that name them: nobody has them.
    pub unbound: Vec<(&'static str, &'static str)>,
    by_table: HashMap<&'static str, usize>,
    by_path: HashMap<&'static str, usize>,
    by_id: HashMap<ModelId, usize>,
}

impl Catalog {
    /// Compiles these models for a log with these numbers, which must know all of their fields.
    ///
    /// # Errors
    /// Everything that is wrong with the schemas, by model and field.
    pub fn new(schemas: Vec<&'static ModelSchema>, numbers: &Numbers) -> Result<Self, SchemaError> {
        Self::bound(schemas, numbers, &Bindings::default())
    }

    /// The same for a server that binds names of policies.
    ///
    /// # Errors
    /// As [`Catalog::new`].
    pub fn bound(
        schemas: Vec<&'static ModelSchema>,
        numbers: &Numbers,
        bindings: &Bindings,
    ) -> Result<Self, SchemaError> {
        let mut problems = check::problems(&schemas, numbers);
        if problems.is_empty() {
            problems = access::problems(&schemas, bindings);
        }
        if !problems.is_empty() {
            return Err(SchemaError { problems });
        }
        let places = 0..schemas.len();
        let mut models: Vec<_> = places.map(|place| ModelEntry::compile(place, &schemas, numbers, bindings)).collect();
        let mut stored = crate::computed::order(&schemas).expect("checked: nothing is computed from itself");
        stored.retain(|&(model, place)| {
            models[model].computed[place].as_ref().is_some_and(|computed| computed.is_stored)
        });
        for &(model, place) in &stored {
            let computed = models[model].computed[place].as_ref();
            if computed.is_some_and(|computed| computed.aggregate().is_none()) {
                models[model].own_order.push(place);
            }
        }
        let named = schemas
            .iter()
            .flat_map(|schema| access::permissions_of(schema).into_iter().map(|permission| (schema.name, permission)));
        Ok(Self {
            stored,
            feeds: crate::computed::feeds(&models.iter().map(|model| model.computed.as_slice()).collect::<Vec<_>>()),
            bindings: bindings.clone(),
            roles: Roles::of(&schemas, bindings).expect("checked: the chains fit"),
            unbound: named.filter(|(_, permission)| bindings.meaning(permission).is_none()).collect(),
            by_table: index(&models, |model| model.schema.table),
            by_path: index(&models, |model| model.schema.path),
            by_id: index(&models, |model| model.id),
            models,
        })
    }

    /// The models that callers know of: all but the server's own.
    pub fn shown(&self) -> impl Iterator<Item = &ModelEntry> {
        self.models.iter().filter(|model| !model.schema.access.is_internal())
    }

    /// The place of the model with this table.
    pub fn by_table(&self, table: &str) -> Option<usize> {
        self.by_table.get(table).copied()
    }

    /// The place of the model with this path. What is internal has none.
    pub fn by_path(&self, path: &str) -> Option<usize> {
        self.by_path.get(path).copied().filter(|&place| !self.models[place].schema.access.is_internal())
    }

    /// The place of the model with this number in the log.
    pub fn by_id(&self, id: ModelId) -> Option<usize> {
        self.by_id.get(&id).copied()
    }

    /// The model with this number in the log.
    pub fn model(&self, id: ModelId) -> Option<&ModelEntry> {
        self.by_id(id).map(|place| &self.models[place])
    }

    /// The table that is spelled most like this word, if one is near.
    pub fn nearest_table(&self, word: &str) -> Option<&'static str> {
        nearest(word, self.models.iter().map(|model| model.schema.table))
    }

    /// The path that is spelled most like this word, if one is near.
    pub fn nearest_path(&self, word: &str) -> Option<&'static str> {
        nearest(word, self.shown().map(|model| model.schema.path))
    }
}

fn index<K: Eq + std::hash::Hash>(models: &[ModelEntry], key: impl Fn(&ModelEntry) -> K) -> HashMap<K, usize> {
    models.iter().map(key).zip(0..).collect()
}

/// Everything that is wrong with a program's schemas. The author's doing; nothing was started.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub struct SchemaError {
    /// The problems, at least one.
    pub problems: Vec<SchemaProblem>,
}

impl fmt::Display for SchemaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, problem) in self.problems.iter().enumerate() {
            let separator = if place == 0 { "" } else { "\n" };
            write!(f, "{separator}{problem}")?;
        }
        Ok(())
    }
}

/// One thing wrong with a schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchemaProblem {
    /// The model's name.
    pub model: &'static str,
    /// The field's name, if it is one field's.
    pub field: Option<&'static str>,
    /// What is wrong, and what would be right.
    pub detail: String,
}

impl fmt::Display for SchemaProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.field {
            Some(field) => write!(f, "{}.{field}: {}", self.model, self.detail),
            None => write!(f, "{}: {}", self.model, self.detail),
        }
    }
}
