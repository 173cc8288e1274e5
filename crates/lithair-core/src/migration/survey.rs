//! What is different, what it takes, and how many records it is about.

use std::collections::HashMap;

use lithair_model::{
    Class, Difference, Filling, ModelId, ModelSchema, Numbers, Phase, Row, SchemaChange, Timestamp, has_value,
};
use lithair_state::{State, View};
use serde_json::json;

use super::FieldProblem;
use crate::clock::now;
use crate::verify::{Fillings, changed_models};

/// Everything that is different between a program's models and a data directory.
#[derive(Clone, Debug, Default)]
pub struct Survey {
    /// The differences. None if the program and the data agree.
    pub changes: Vec<Told>,
    /// What records do not keep of what the models say, each with the keys of the first. Then nothing can be done.
    pub broken: Vec<String>,
    /// The migrations that were begun and are not at their ends.
    pub under_way: Vec<UnderWay>,
}

/// A migration of a model that was begun.
#[derive(Clone, Debug)]
pub struct UnderWay {
    /// The model's table.
    pub table: String,
    /// How many records are left to do; none where they could not be counted.
    pub records: Option<u64>,
}

/// One difference.
#[derive(Clone, Debug)]
pub struct Told {
    /// What it is.
    pub difference: Difference,
    /// How many records it changes, or takes a value from; none where the models cannot be put over the data.
    pub records: Option<u64>,
}

impl Told {
    /// One line.
    pub fn words(&self) -> String {
        let records = match (self.difference.class, self.records) {
            (Class::Plan, Some(1)) => ", 1 record".to_owned(),
            (Class::Plan, Some(records)) => format!(", {records} records"),
            _ => String::new(),
        };
        format!("{}: {}{records}", self.difference.class.word(), self.difference.detail)
    }

    /// As an object.
    pub fn json(&self) -> serde_json::Value {
        let Difference { class, table, field, detail, .. } = &self.difference;
        json!({ "class": class.word(), "table": table, "field": field, "detail": detail, "records": self.records })
    }
}

impl Survey {
    pub(crate) fn of(numbers: &Numbers, schemas: &[&'static ModelSchema]) -> Self {
        let under_way: Vec<_> =
            numbers.under_way().into_iter().map(|change| UnderWay { table: change.table, records: None }).collect();
        let differences = numbers.differences(schemas).into_iter();
        let differences = differences.filter(|difference| {
            // What is being emptied is not in the program, which is as it should be.
            difference.field.is_some()
                || difference.class != Class::Plan
                || !under_way.iter().any(|begun| begun.table == difference.table)
        });
        let changes = differences.map(|difference| Told { difference, records: None }).collect();
        let mut survey = Self { changes, broken: Vec::new(), under_way };
        let is_back =
            |table: &String| schemas.iter().any(|schema| schema.table == *table || schema.renamed_from == Some(table));
        let emptied = numbers.under_way().into_iter().filter(|end| end.phase == Phase::Gone);
        let is_another = emptied.map(|end| end.table).any(|table| is_back(&table));
        if !survey.under_way.is_empty() && (is_another || !numbers.evolve(schemas).is_empty()) {
            survey.broken.push(format!(
                "a migration of {} was begun by another program: end it with that one first",
                names(&survey.under_way)
            ));
        }
        survey
    }

    /// Whether the models cannot even be put over the data.
    pub(crate) fn is_hopeless(&self) -> bool {
        !self.broken.is_empty() || self.is_any(Class::Refused)
    }

    fn is_any(&self, class: Class) -> bool {
        self.changes.iter().any(|told| told.difference.class == class)
    }

    /// What it takes in all.
    pub fn class(&self) -> Class {
        let is_refused = self.is_hopeless();
        match (is_refused, self.is_any(Class::Plan) || !self.under_way.is_empty()) {
            (true, _) => Class::Refused,
            (false, true) => Class::Plan,
            (false, false) => Class::Compatible,
        }
    }

    /// Why a program does not start on the data as it is.
    pub fn problems(&self) -> Vec<String> {
        let stops = self.changes.iter().filter(|told| told.difference.class != Class::Compatible);
        let mut problems: Vec<_> = stops.map(Told::words).chain(self.broken.iter().cloned()).collect();
        if !self.under_way.is_empty() && self.broken.is_empty() {
            problems.push(format!("a migration of {} is under way", names(&self.under_way)));
        }
        if self.class() == Class::Plan {
            problems.push("`migrate plan` shows what would be done, `migrate apply --yes` does it".to_owned());
        }
        problems
    }

    /// Counts the records that the changes are about, and asks them whether they keep what the models say. A filling that has nothing to
    /// fill is none.
    pub(crate) fn count(&mut self, state: &State, changes: &mut [SchemaChange], numbers: &mut Numbers) {
        let view = state.view(None).expect("the present is always kept");
        let now = now();
        let fillings = match fillings(state, numbers) {
            Ok(fillings) => fillings,
            Err(problems) => return self.broken.extend(problems.iter().map(FieldProblem::to_string)),
        };
        for change in changes.iter_mut().filter(|change| matches!(change.phase, Phase::Filling { .. })) {
            let place = state.catalog().by_id(change.model);
            let filling = place.and_then(|place| fillings.get(&place));
            let is_done = |row: &Row| {
                filling.is_none_or(|filling| !lacks(filling, &row.bytes, now))
                    && place.is_none_or(|place| !is_stale(&view, place, row))
            };
            if view.records_of_number(change.model).all(|record| is_done(&record.row)) {
                change.phase = Phase::Settled;
                numbers.learn(change);
                self.is_compatible(&change.table);
            }
        }
        self.broken = changed_models(state, changes, &fillings, now);
        for begun in &mut self.under_way {
            begun.records = left(&view, &begun.table, &fillings, numbers, now);
        }
        for told in &mut self.changes {
            if told.difference.class == Class::Plan {
                told.records = Some(records(&view, &told.difference, &fillings, changes, now));
            }
        }
    }

    /// Fields that no record lacks need no plan.
    fn is_compatible(&mut self, table: &str) {
        let of_model = self.changes.iter_mut().filter(|told| told.difference.table == table);
        for told in of_model.filter(|told| told.difference.field.is_some() && told.difference.lost.is_none()) {
            told.difference.class = Class::Compatible;
        }
    }
}

/// Whether a stored computed field of a record is not what it is computed from.
fn is_stale(view: &View<'_>, model: usize, row: &Row) -> bool {
    view.computed_anew(&view.state().catalog().models[model], row).map_or(true, |fields| !fields.is_empty())
}

fn names(under_way: &[UnderWay]) -> String {
    under_way.iter().map(|begun| format!("`{}`", begun.table)).collect::<Vec<_>>().join(", ")
}

/// How many records of a model whose migration was begun are left to do.
fn left(view: &View<'_>, table: &str, fillings: &Fillings<'_>, numbers: &Numbers, now: Timestamp) -> Option<u64> {
    let place = view.state().catalog().by_table(table);
    let filling = place.and_then(|place| fillings.get(&place));
    let is_left = |row: &Row| match (place, filling) {
        (None, _) => true,
        (Some(place), filling) => {
            filling.is_some_and(|filling| lacks(filling, &row.bytes, now)) || is_stale(view, place, row)
        }
    };
    Some(records_with(view, numbers.model(table)?, &is_left))
}

fn lacks(filling: &Filling<'_>, row: &[u8], now: Timestamp) -> bool {
    filling.missing(row, now).map_or(true, |missing| !missing.is_empty())
}

/// What the migrations under way do to records.
pub(super) fn fillings<'a>(state: &'a State, numbers: &Numbers) -> Result<Fillings<'a>, Vec<FieldProblem>> {
    let (mut fillings, mut problems) = (HashMap::new(), Vec::new());
    for model in &state.catalog().models {
        match Filling::of(model, numbers) {
            Ok(filling) if filling.is_empty() => {}
            Ok(filling) => drop(fillings.insert(model.place, filling)),
            Err(wrong) => {
                let model = model.schema.name;
                problems.extend(wrong.into_iter().map(|(field, reason)| FieldProblem { model, field, reason }));
            }
        }
    }
    if problems.is_empty() { Ok(fillings) } else { Err(problems) }
}

fn records(
    view: &View<'_>,
    difference: &Difference,
    fillings: &Fillings<'_>,
    changes: &[SchemaChange],
    now: Timestamp,
) -> u64 {
    let model = changes.iter().find(|change| change.table == difference.table).map(|change| change.model);
    let Some(model) = model else { return 0 };
    let count = |is: &dyn Fn(&Row) -> bool| records_with(view, model, is);
    match (&difference.field, difference.lost) {
        (None, _) => count(&|_| true),
        (Some(_), Some(number)) => count(&|row| has_value(&row.bytes, number)),
        (Some(field), None) => {
            let place = view.state().catalog().by_table(&difference.table);
            if let Some(entry) = place.map(|place| &view.state().catalog().models[place])
                && let Some(field) = entry.by_name(field).filter(|field| entry.computed[*field].is_some())
            {
                let is_other =
                    |row: &Row| view.computed(entry, row, field).is_ok_and(|value| value != entry.field(row, field));
                return count(&|row| !entry.has_field(&row.bytes, field) || is_other(row));
            }
            let filling = place.and_then(|place| fillings.get(&place));
            let filling = filling.filter(|filling| filling.fields().any(|name| name == field));
            filling.map_or(0, |filling| count(&|row| lacks(filling, &row.bytes, now)))
        }
    }
}

fn records_with(view: &View<'_>, model: ModelId, is: &dyn Fn(&Row) -> bool) -> u64 {
    let count = view.records_of_number(model).filter(|record| is(&record.row)).count();
    u64::try_from(count).expect("there are fewer records than bytes")
}
