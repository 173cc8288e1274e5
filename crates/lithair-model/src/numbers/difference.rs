//! What is different between the models of a program and what a log knows, and what it takes.

use super::{ModelNumbers, Numbers, inside, type_word};
use crate::{FieldSchema, ModelSchema, Phase};

/// What a change of the models takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// Nothing: a start takes it.
    Compatible,
    /// `migrate apply`, because records change or something is lost.
    Plan,
    /// It cannot be done; the reason is told.
    Refused,
}

impl Class {
    /// The word for people and tools.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Compatible => "compatible",
            Self::Plan => "needs a plan",
            Self::Refused => "refused",
        }
    }
}

/// One change of the models.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What it takes.
    pub class: Class,
    /// The model's table in the program; in the log, for one that is left out.
    pub table: String,
    /// The field's name, if it is one field's.
    pub field: Option<String>,
    /// The number of the field in the log whose values are lost, if any are.
    pub lost: Option<u32>,
    /// What changes, and what to do where it is refused.
    pub detail: String,
}

impl Numbers {
    /// What is different between these models and the log, by names and types. Whether records keep new constraints, the records say.
    pub fn differences(&self, schemas: &[&'static ModelSchema]) -> Vec<Difference> {
        let mut found = Vec::new();
        for schema in schemas {
            match self.known(schema) {
                Some(known) => self.of_model(schema, known, &mut found),
                None => found.push(self.new_model(schema)),
            }
        }
        for (table, model) in &self.models {
            let is_kept = |schema: &'static ModelSchema| self.known(schema).is_some_and(|known| known.id == model.id);
            if !schemas.iter().copied().any(is_kept) {
                let detail = format!("the model `{table}` is left out: its records are removed");
                found.push(difference(Class::Plan, table, None, detail));
            }
        }
        found
    }

    fn new_model(&self, schema: &ModelSchema) -> Difference {
        let table = schema.table;
        if self.gone.values().any(|(former, _)| former == table) {
            let detail = format!("`{table}` was left out before: this is a new model with the name of a former one");
            return difference(Class::Plan, table, None, detail);
        }
        difference(Class::Compatible, table, None, format!("the model `{table}` is new"))
    }

    fn of_model(&self, schema: &ModelSchema, known: &ModelNumbers, found: &mut Vec<Difference>) {
        let before = found.len();
        let former = self.models.iter().find(|(_, model)| model.id == known.id).map_or("", |(table, _)| table);
        let mut say = |class, field: Option<&str>, detail| found.push(difference(class, schema.table, field, detail));
        if former != schema.table {
            say(Class::Compatible, None, format!("the model `{former}` is `{}` now", schema.table));
        }
        let mut kept = Vec::new();
        for field in schema.fields {
            kept.extend(known.former_name(field));
            let own = known.of_field(schema, field);
            let inner = known.inside(schema, field);
            for (class, detail) in own.into_iter().chain(inner) {
                say(class, Some(field.name), detail);
            }
        }
        for (name, (number, kind)) in &known.fields {
            if !kept.contains(&name.as_str()) {
                let detail = format!("`{}.{name}` ({kind}) is left out", schema.name);
                let gone = difference(Class::Plan, schema.table, Some(name), detail);
                found.push(Difference { lost: Some(*number), ..gone });
            }
        }
        let document = crate::document::model_document(schema).to_string();
        let is_other = known.document != document;
        if found.len() == before && is_other && known.phase == Phase::Settled {
            let detail = format!("`{}` declares something else of the same fields", schema.name);
            found.push(difference(Class::Compatible, schema.table, None, detail));
        }
    }
}

impl ModelNumbers {
    fn of_field(&self, schema: &ModelSchema, field: &FieldSchema) -> Option<(Class, String)> {
        let (name, word) = (format!("`{}.{}`", schema.name, field.name), type_word(&field.kind));
        let place = schema.fields.iter().position(|other| other.name == field.name);
        let is_key = place.is_some_and(|place| schema.key.contains(&place));
        let Some(former) = self.former_name(field) else { return Some(self.new_field(&name, &word, field, is_key)) };
        let (_, known) = &self.fields[former];
        if self.leaves_out_inside(former, field) && !is_key {
            // What is left out is told, by its path.
            return (former != field.name)
                .then(|| (Class::Compatible, format!("`{}.{former}` is {name} now", schema.name)));
        }
        if self.is_converted(former, field) {
            if is_key {
                return Some((Class::Refused, format!("{name} is part of the key, which never changes its type")));
            }
            return Some((
                Class::Plan,
                format!("{name} was `{known}` and is `{word}`: a function converts the values"),
            ));
        }
        if *known != word && is_key {
            return Some((Class::Refused, format!("{name} is part of the key, which never changes its type")));
        }
        if *known != word {
            let detail = format!(
                "{name} has values of type `{known}` in the log, the struct says `{word}`: give it `#[db(upcast = function)]`, or another name"
            );
            return Some((Class::Refused, detail));
        }
        if self.absent_changes(former, field) {
            let detail = format!("{name} has another default: records of before the field keep the former one");
            return Some((Class::Plan, detail));
        }
        if self.is_computed_anew(former, schema, field) {
            return Some((Class::Plan, format!("{name} is computed from something else: old records get it anew")));
        }
        if self.loses_values(former, field) {
            let detail = format!(
                "{name} was computed when it was read, and old records have no value for it: make it an `Option`, give it a default, or another name with a backfill"
            );
            return Some((Class::Refused, detail));
        }
        (former != field.name).then(|| (Class::Compatible, format!("`{}.{former}` is {name} now", schema.name)))
    }

    /// What changes inside of a field that keeps its type.
    fn inside(&self, schema: &ModelSchema, field: &FieldSchema) -> Vec<(Class, String)> {
        let Some(former) = self.former_name(field) else { return Vec::new() };
        let is_same = self.fields[former].1 == type_word(&field.kind)
            && (!self.is_converted(former, field) || self.leaves_out_inside(former, field));
        let described = self.documented_type(former).filter(|_| is_same);
        let path = format!("{}.{}", schema.name, field.name);
        let changes = described.map(|described| inside::changes(&path, &described, &field.kind)).unwrap_or_default();
        changes.into_iter().map(|(what, detail)| (what.class(), detail)).collect()
    }

    fn new_field(&self, name: &str, word: &str, field: &FieldSchema, is_key: bool) -> (Class, String) {
        if is_key {
            return (
                Class::Refused,
                format!("{name} is new and part of the key, and old records have keys without it"),
            );
        }
        let was_there = self.retired.values().any(|(former, _)| former == field.name);
        if let Some(upcast) = &field.upcast {
            let from = upcast.sources.join(", ");
            return (Class::Plan, format!("{name} ({word}) is new: a function makes its values from {from}"));
        }
        if field.backfill.is_some() {
            return (Class::Plan, format!("{name} ({word}) is new: old records get its backfill"));
        }
        if field.computed.is_some_and(|computed| computed.stored) {
            return (Class::Plan, format!("{name} ({word}) is new: old records get what it is computed from"));
        }
        if !field.optional && field.default.is_none() && field.computed.is_none() {
            let detail = format!(
                "{name} is new and old records have no value for it: make it an `Option`, or give it `#[db(default = ..)]` or `#[db(backfill = ..)]`"
            );
            return (Class::Refused, detail);
        }
        if was_there {
            let detail = format!("{name} was left out before: this is a new field with the name of a former one");
            return (Class::Plan, detail);
        }
        (Class::Compatible, format!("{name} ({word}) is new"))
    }
}

fn difference(class: Class, table: &str, field: Option<&str>, detail: String) -> Difference {
    Difference { class, table: table.to_owned(), field: field.map(str::to_owned), lost: None, detail }
}
