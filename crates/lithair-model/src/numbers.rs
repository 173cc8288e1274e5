//! The numbers by which a log knows models and fields, what it has to learn of a program, and what a program does to them.

mod difference;
mod dump;
pub(crate) mod inside;

use std::collections::BTreeMap;

pub use difference::{Class, Difference};

use crate::{FieldSchema, Kind, ModelId, ModelSchema, Phase, SchemaChange};

/// The names that a log knows: which model and which field each number means.
///
/// Numbers are given once, in the order in which names come up, and never reused. They are part of the log
/// ([`crate::Change::Schema`]); snapshots carry them too.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Numbers {
    models: BTreeMap<String, ModelNumbers>,
    /// Models that were left out, under the table that they had last.
    gone: BTreeMap<ModelId, (String, ModelNumbers)>,
}

/// What a log knows of one model.
#[derive(Clone, Debug, PartialEq, Eq)]
struct ModelNumbers {
    id: ModelId,
    /// Number and type by name.
    fields: BTreeMap<String, (u32, String)>,
    /// Last name and type of the fields that were left out or have another type now.
    retired: BTreeMap<u32, (String, String)>,
    phase: Phase,
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

    /// What the log must learn before it takes entries of these models: new models, new fields, changed schemas. What the schemas leave
    /// out stays known.
    ///
    /// Nothing is learned yet: append the changes to the log, then [`Numbers::learn`] them.
    pub fn assign(&self, schemas: &[&'static ModelSchema]) -> Vec<SchemaChange> {
        let additions = |change: SchemaChange| SchemaChange { phase: Phase::Settled, ..change };
        let changes = self.changes_for(schemas, Self::addition).map(additions);
        changes.collect()
    }

    /// What the log must learn for these models and no others: [`Numbers::assign`], and what is left out or has another type is retired.
    /// A model that is to be filled or emptied says so.
    pub fn evolve(&self, schemas: &[&'static ModelSchema]) -> Vec<SchemaChange> {
        let left_out = self.models.iter().filter(|(_, model)| {
            model.phase != Phase::Emptying
                && !schemas.iter().any(|schema| self.known(schema).is_some_and(|known| known.id == model.id))
        });
        let left_out = left_out.map(|(table, model)| SchemaChange {
            model: model.id,
            table: table.clone(),
            fields: Vec::new(),
            document: model.document.clone(),
            retired: Vec::new(),
            phase: Phase::Emptying,
        });
        let kept = self.changes_for(schemas, evolution);
        let mut changes: Vec<_> = kept.chain(left_out).collect();
        changes.sort_by_key(|change| change.model);
        changes
    }

    fn addition(schema: &ModelSchema, id: ModelId, known: Option<&ModelNumbers>) -> SchemaChange {
        let mut change = evolution(schema, id, known);
        let retired = std::mem::take(&mut change.retired);
        // A field with another type keeps the number that it has.
        let keeps = |name: &str| known.is_some_and(|known| known.fields.contains_key(name));
        change.fields.retain(|(_, name, _)| !retired.iter().any(|(_, other, _)| other == name && keeps(name)));
        change
    }

    fn changes_for<'a>(
        &'a self,
        schemas: &'a [&'static ModelSchema],
        change: fn(&ModelSchema, ModelId, Option<&ModelNumbers>) -> SchemaChange,
    ) -> impl Iterator<Item = SchemaChange> + 'a {
        let ids = self.models.values().map(|model| model.id.0).chain(self.gone.keys().map(|id| id.0));
        let mut next = ids.max().unwrap_or(0) + 1;
        schemas.iter().filter_map(move |schema| {
            let known = self.known(schema);
            let id = known.map_or(ModelId(next), |known| known.id);
            next += u32::from(known.is_none());
            let change = change(schema, id, known);
            let is_news = |known: &ModelNumbers| {
                !change.fields.is_empty() || !change.retired.is_empty() || known.document != change.document
            };
            known.is_none_or(is_news).then_some(change)
        })
    }

    /// What is known of a model, under its name or the one that it had before.
    fn known(&self, schema: &ModelSchema) -> Option<&ModelNumbers> {
        self.models.get(schema.table).or_else(|| self.models.get(schema.renamed_from?))
    }

    /// Takes in what the log says. A number that is said again has another name from here on.
    pub fn learn(&mut self, change: &SchemaChange) {
        // Records of the former model would be taken for the new one's.
        assert!(!self.gone.contains_key(&change.model), "the number of a model that is gone is given to no other");
        let former = self.models.iter().find(|(_, model)| model.id == change.model);
        let former = former.map(|(table, _)| table.clone()).and_then(|table| self.models.remove(&table));
        let mut model = former.unwrap_or_else(|| ModelNumbers {
            id: change.model,
            fields: BTreeMap::new(),
            retired: BTreeMap::new(),
            phase: Phase::Settled,
            document: String::new(),
        });
        model.take(change);
        if change.phase == Phase::Gone {
            self.gone.insert(change.model, (change.table.clone(), model));
        } else {
            self.models.insert(change.table.clone(), model);
        }
    }

    /// Everything known, as changes in the order of the models' numbers: learned by a new `Numbers`, they make an equal one.
    pub fn changes(&self) -> Vec<SchemaChange> {
        let gone = self.gone.values().map(|(table, model)| (table, model));
        let mut changes: Vec<_> = self.models.iter().chain(gone).map(|(table, model)| model.to_change(table)).collect();
        changes.sort_by_key(|change| change.model);
        changes
    }

    /// The migrations under way: what ends each of them, once its records are done.
    pub fn under_way(&self) -> Vec<SchemaChange> {
        let of = |(table, model): (&String, &ModelNumbers)| {
            let phase = match model.phase {
                Phase::Filling { .. } => Phase::Settled,
                Phase::Emptying => Phase::Gone,
                Phase::Settled | Phase::Gone => return None,
            };
            Some(SchemaChange { fields: Vec::new(), retired: Vec::new(), phase, ..model.to_change(table) })
        };
        self.models.iter().filter_map(of).collect()
    }

    /// How far the migration of a model is.
    pub fn phase(&self, model: ModelId) -> &Phase {
        self.models.values().find(|known| known.id == model).map_or(&Phase::Gone, |known| &known.phase)
    }

    /// A field of the model as it was before a filling that keeps its number.
    pub(crate) fn former(&self, model: ModelId, number: u32, name: &str) -> Option<Source> {
        let known = self.models.values().find(|known| known.id == model)?;
        let Phase::Filling { former, .. } = &known.phase else { return None };
        let document = documented(former, name)?;
        let word = known.fields.values().find(|(known, _)| *known == number).map(|(_, word)| word.clone())?;
        Some(Source { number, word, document })
    }

    /// What a filling of the model reads as the former field of this name.
    pub(crate) fn source(&self, model: ModelId, name: &str) -> Option<Source> {
        let known = self.models.values().find(|known| known.id == model)?;
        let Phase::Filling { first, former } = &known.phase else { return None };
        let live = known.fields.iter().map(|(name, (number, kind))| (*number, name, kind));
        let retired = known.retired.iter().map(|(number, (name, kind))| (*number, name, kind));
        let earlier = live.chain(retired).filter(|(number, other, _)| *other == name && number < first);
        earlier.max_by_key(|(number, ..)| *number).map(|(number, _, word)| Source {
            number,
            word: word.clone(),
            document: documented(former, name).unwrap_or_default(),
        })
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

/// A former field that others are made from.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    pub(crate) number: u32,
    pub(crate) word: String,
    /// The field as `schema.json` showed it.
    pub(crate) document: serde_json::Value,
}

/// The field of this name in a model's document.
fn documented(document: &str, name: &str) -> Option<serde_json::Value> {
    let document: serde_json::Value = serde_json::from_str(document).ok()?;
    document.get("fields")?.as_array()?.iter().find(|field| field["name"] == name).cloned()
}

/// What records of before a field have in its place: its default if that is a constant.
pub(crate) fn absent_word(document: &serde_json::Value) -> Option<&str> {
    document["default"].as_str().filter(|text| *text != "null" && !text.ends_with(')'))
}

/// Whether a type is the one that a document shows. An enum or a struct may have another name in Rust.
pub(crate) fn is_described(kind: &Kind, described: &serde_json::Value) -> bool {
    inside::essence(&crate::document::kind(kind)) == inside::essence(described)
}

impl ModelNumbers {
    fn take(&mut self, change: &SchemaChange) {
        self.document.clone_from(&change.document);
        self.phase.clone_from(&change.phase);
        for (number, name, kind) in &change.retired {
            self.fields.retain(|_, (known, _)| known != number);
            self.retired.insert(*number, (name.clone(), kind.clone()));
        }
        for (number, name, kind) in &change.fields {
            // Old rows have the former field's bytes under its number.
            assert!(!self.retired.contains_key(number), "the number of a field that was left out is given to no other");
            self.fields.retain(|_, (known, _)| known != number);
            self.fields.insert(name.clone(), (*number, kind.clone()));
        }
    }

    fn to_change(&self, table: &str) -> SchemaChange {
        let mut fields: Vec<_> =
            self.fields.iter().map(|(name, (number, kind))| (*number, name.clone(), kind.clone())).collect();
        fields.sort_unstable();
        let retired = self.retired.iter().map(|(number, (name, kind))| (*number, name.clone(), kind.clone()));
        SchemaChange {
            model: self.id,
            table: table.to_owned(),
            fields,
            document: self.document.clone(),
            retired: retired.collect(),
            phase: self.phase.clone(),
        }
    }

    fn next_field(&self) -> u32 {
        let live = self.fields.values().map(|(number, _)| *number);
        live.chain(self.retired.keys().copied()).max().map_or(0, |number| number + 1)
    }

    /// The name under which the field of a schema is known, its own or the one that it had before.
    fn former_name(&self, field: &FieldSchema) -> Option<&'static str> {
        let names = [Some(field.name), field.renamed_from];
        names.into_iter().flatten().find(|name| self.fields.contains_key(*name))
    }

    /// The type of a field as the last schema that the log learned shows it.
    fn documented_type(&self, name: &str) -> Option<serde_json::Value> {
        documented(&self.document, name)?.get("type").cloned()
    }

    /// Whether records of before the field known as `name` would have another value of it.
    fn absent_changes(&self, name: &str, field: &FieldSchema) -> bool {
        documented(&self.document, name).is_some_and(|former| inside::has_another_default(&former, field))
    }

    /// Whether values of the field known as `name` would have something else inside of them, where nothing is written.
    fn has_other_defaults_inside(&self, name: &str, field: &FieldSchema) -> bool {
        self.documented_type(name).is_some_and(|described| inside::has_other_defaults(&described, &field.kind))
    }

    /// Whether the stored field known as `former` is computed from something else than it was.
    fn is_computed_anew(&self, former: &str, schema: &ModelSchema, field: &FieldSchema) -> bool {
        let known = documented(&self.document, former).unwrap_or_default();
        let is_stored = field.computed.is_some_and(|computed| computed.stored);
        is_stored && known["computed"] != crate::document::computed_of(schema, field)
    }

    /// Whether the field known as `former` had no stored values, and has to have some now.
    fn loses_values(&self, former: &str, field: &FieldSchema) -> bool {
        let known = documented(&self.document, former).unwrap_or_default();
        known["computed"]["stored"] == false && field.computed.is_none() && !field.optional && field.default.is_none()
    }

    /// Whether values of the field known as `former` are written again because their type leaves out what is inside of them.
    fn leaves_out_inside(&self, former: &str, field: &FieldSchema) -> bool {
        let is_same = self.fields[former].1 == type_word(&field.kind) && field.upcast.is_none();
        is_same && self.documented_type(former).is_some_and(|described| inside::leaves_out(&described, &field.kind))
    }

    /// Whether values of the field known as `former` become values of another type.
    fn is_converted(&self, former: &str, field: &FieldSchema) -> bool {
        let (_, word) = &self.fields[former];
        let Some(upcast) = &field.upcast else { return self.leaves_out_inside(former, field) };
        if !upcast.sources.is_empty() {
            return *word != type_word(&field.kind);
        }
        // Enums have one word, and structs: which one it was, the last schema knows.
        let input = (upcast.inputs)().first().map(|input| input.kind);
        let is_input = || {
            let described = self.documented_type(former);
            described.zip(input).is_some_and(|(described, kind)| is_described(&kind, &described))
        };
        *word != type_word(&field.kind) || (input.is_some_and(|input| input != field.kind) && is_input())
    }
}

/// What the log does not know of a schema yet, and what it knows that the schema does not have any more.
fn evolution(schema: &ModelSchema, id: ModelId, known: Option<&ModelNumbers>) -> SchemaChange {
    let first = known.map_or(0, ModelNumbers::next_field);
    let (mut next, mut kept, mut fields, mut is_filled) = (first, Vec::new(), Vec::new(), false);
    for field in schema.fields {
        let former = known.and_then(|known| known.former_name(field).map(|name| (known, name)));
        let word = type_word(&field.kind);
        match former {
            Some((known, name)) if !known.is_converted(name, field) => {
                kept.push(name);
                is_filled |= known.absent_changes(name, field)
                    || known.has_other_defaults_inside(name, field)
                    || known.is_computed_anew(name, schema, field);
                if name != field.name {
                    fields.push((known.fields[name].0, field.name.to_owned(), word));
                }
            }
            _ => {
                let is_stored = field.computed.is_some_and(|computed| computed.stored);
                is_filled |= former.is_some()
                    || known.is_some() && (field.upcast.is_some() || field.backfill.is_some() || is_stored);
                fields.push((next, field.name.to_owned(), word));
                next += 1;
            }
        }
    }
    let live = known.into_iter().flat_map(|known| &known.fields);
    let retired = live.filter(|(name, _)| !kept.contains(&name.as_str()));
    let retired = retired.map(|(name, (number, kind))| (*number, name.clone(), kind.clone()));
    let former = known.filter(|_| is_filled).map(|known| known.document.clone());
    let phase = former.map_or(Phase::Settled, |former| Phase::Filling { first, former });
    SchemaChange {
        model: id,
        table: schema.table.to_owned(),
        retired: retired.collect(),
        fields,
        document: crate::document::model_document(schema).to_string(),
        phase,
    }
}

/// The word by which the log knows a type; a list's says what it holds.
pub(crate) fn type_word(kind: &Kind) -> String {
    match kind {
        Kind::List(element) => format!("array of {}", type_word(&element.kind)),
        other => other.word().to_owned(),
    }
}
