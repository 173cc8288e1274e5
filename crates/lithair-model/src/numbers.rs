mod dump;

use std::collections::BTreeMap;

use crate::{Kind, ModelId, ModelSchema, SchemaChange};

/// The names that a log knows: which model and which field each number means.
///
/// Numbers are given once, in the order in which names come up, and never reused. They are part of the log
/// ([`crate::Change::Schema`]); snapshots carry them too.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Numbers {
    models: BTreeMap<String, ModelNumbers>,
}

/// What a log knows of one model.
#[derive(Clone, Debug, PartialEq, Eq)]
struct ModelNumbers {
    id: ModelId,
    /// Number and type by name.
    fields: BTreeMap<String, (u32, String)>,
    document: String,
}

impl Numbers {
    /// What a log knows that has heard of nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// The numbers that a new log would give these models.
    pub fn of(schemas: &[&'static ModelSchema]) -> Self {
        let mut numbers = Self::new();
        numbers.assign(schemas).iter().for_each(|change| numbers.learn(change));
        numbers
    }

    /// What the log must learn before it takes entries of these models: new models, new fields, changed schemas.
    ///
    /// Nothing is learned yet: append the changes to the log, then [`Numbers::learn`] them.
    pub fn assign(&self, schemas: &[&'static ModelSchema]) -> Vec<SchemaChange> {
        let mut next = self.models.values().map(|model| model.id.0 + 1).max().unwrap_or(1);
        schemas
            .iter()
            .filter_map(|schema| {
                let known = self.known(schema);
                let id = known.map_or(ModelId(next), |known| known.id);
                next += u32::from(known.is_none());
                let change = change(schema, id, known);
                let news = known.is_none_or(|known| !change.fields.is_empty() || known.document != change.document);
                news.then_some(change)
            })
            .collect()
    }

    /// What is known of a model, under its name or the one that it had before.
    fn known(&self, schema: &ModelSchema) -> Option<&ModelNumbers> {
        self.models.get(schema.table).or_else(|| self.models.get(schema.renamed_from?))
    }

    /// Takes in what the log says. A number that is said again has another name from here on.
    pub fn learn(&mut self, change: &SchemaChange) {
        let former = self.models.iter().find(|(table, model)| model.id == change.model && **table != change.table);
        let former = former.map(|(table, _)| table.clone()).and_then(|table| self.models.remove(&table));
        let model = self.models.entry(change.table.clone()).or_insert_with(|| {
            former.unwrap_or_else(|| ModelNumbers {
                id: change.model,
                fields: BTreeMap::new(),
                document: String::new(),
            })
        });
        model.document.clone_from(&change.document);
        for (number, name, kind) in &change.fields {
            model.fields.retain(|_, (known, _)| known != number);
            model.fields.insert(name.clone(), (*number, kind.clone()));
        }
    }

    /// Everything known, as changes in the order of the models' numbers: learned by a new `Numbers`, they make an equal one.
    pub fn changes(&self) -> Vec<SchemaChange> {
        let mut changes: Vec<_> = self.models.iter().map(|(table, model)| model.to_change(table)).collect();
        changes.sort_by_key(|change| change.model);
        changes
    }

    /// What the log calls the models and fields that these schemas have renamed: the names of before are these from here on.
    #[must_use]
    pub fn renamed(&self, schemas: &[&'static ModelSchema]) -> Self {
        let mut renamed = Self::new();
        for (table, model) in &self.models {
            let schema = schemas.iter().find(|schema| schema.table == table);
            let renames = |schema: &&&'static ModelSchema| schema.renamed_from == Some(table.as_str());
            let schema = schema.or_else(|| schemas.iter().find(renames));
            let name_of = |name: &str| {
                let fields = schema.map(|schema| schema.fields).unwrap_or_default();
                let field = fields.iter().find(|field| field.renamed_from == Some(name));
                field.map_or(name, |field| field.name).to_owned()
            };
            let fields = model.fields.iter().map(|(name, known)| (name_of(name), known.clone())).collect();
            let table = schema.map_or(table.as_str(), |schema| schema.table).to_owned();
            renamed.models.insert(table, ModelNumbers { fields, ..model.clone() });
        }
        renamed
    }

    /// The number of the model with this table.
    pub fn model(&self, table: &str) -> Option<ModelId> {
        self.models.get(table).map(|model| model.id)
    }

    /// The number and the type word of a field.
    pub fn field(&self, table: &str, name: &str) -> Option<(u32, &str)> {
        let (number, kind) = self.models.get(table)?.fields.get(name)?;
        Some((*number, kind))
    }
}

impl ModelNumbers {
    fn to_change(&self, table: &str) -> SchemaChange {
        let mut fields: Vec<_> =
            self.fields.iter().map(|(name, (number, kind))| (*number, name.clone(), kind.clone())).collect();
        fields.sort_unstable();
        SchemaChange { model: self.id, table: table.to_owned(), fields, document: self.document.clone() }
    }
}

/// What the log does not know of a schema yet.
fn change(schema: &ModelSchema, id: ModelId, known: Option<&ModelNumbers>) -> SchemaChange {
    let is_new = |name: &str| known.is_none_or(|known| !known.fields.contains_key(name));
    let mut next = known.and_then(|known| known.fields.values().map(|(number, _)| number + 1).max()).unwrap_or(0);
    let fields = schema.fields.iter().filter(|field| is_new(field.name)).map(|field| {
        let former = field.renamed_from.and_then(|former| known?.fields.get(former)).map(|(number, _)| *number);
        let number = former.unwrap_or(next);
        next += u32::from(former.is_none());
        (number, field.name.to_owned(), type_word(&field.kind))
    });
    SchemaChange {
        model: id,
        table: schema.table.to_owned(),
        fields: fields.collect(),
        document: crate::document::model_document(schema).to_string(),
    }
}

/// The word by which the log knows a type; a list's says what it holds.
pub(crate) fn type_word(kind: &Kind) -> String {
    match kind {
        Kind::List(element) => format!("array of {}", type_word(&element.kind)),
        other => other.word().to_owned(),
    }
}
