//! Whether old records are what their models say now. Asked when a program comes with other models than the log knows, before anything is
//! written: a constraint that does not hold of what is stored would be no constraint.

use std::collections::{BTreeMap, HashMap};

use lithair_model::{Filling, Key, ModelEntry, Row, SchemaChange, Timestamp, Value, fitted, judge_stored};
use lithair_state::{State, View};

/// Records of one problem that are named; the problem counts the others.
const NAMED_MAX: usize = 3;

/// What is wrong, a problem a line, each with the keys of records that have it. Values are not shown. Records are judged as the migration
/// that is under way leaves them.
pub(crate) fn changed_models(
    state: &State,
    changed: &[SchemaChange],
    fillings: &Fillings<'_>,
    now: Timestamp,
) -> Vec<String> {
    let view = state.view(None).expect("the present is always kept");
    let models = state.catalog().models.iter();
    let models = models.filter(|model| changed.iter().any(|change| change.table == model.schema.table));
    models.flat_map(|model| of_model(&view, model, fillings.get(&model.place), now)).collect()
}

/// What migrations do to the records of models, by the models' places.
pub(crate) type Fillings<'a> = HashMap<usize, Filling<'a>>;

fn of_model(view: &View<'_>, model: &ModelEntry, filling: Option<&Filling<'_>>, now: Timestamp) -> Vec<String> {
    let mut found = Found::default();
    let mut claims: Vec<HashMap<Key, String>> = vec![HashMap::new(); model.schema.uniques.len()];
    for record in view.records_of_model(model.place) {
        let mut values =
            model.decode_row(&record.row.bytes).expect("a row in the state was checked when it was applied");
        let key = model.key_text(&record.row);
        match filling.map(|filling| filling.missing(&record.row.bytes, now)) {
            Some(Err(problems)) => {
                problems.into_iter().for_each(|(field, problem)| found.add(format!("{field}: {problem}"), &key));
                continue;
            }
            Some(Ok(missing)) => missing.into_iter().for_each(|(place, value)| values[place] = value),
            None => {}
        }
        compute(view, model, &record.row, &mut values, &key, &mut found);
        for wrong in judge_stored(model, &values) {
            found.add(format!("{}: {}", place(&wrong.pointer), wrong.detail), &key);
        }
        for (constraint, claims) in claims.iter_mut().enumerate() {
            let Some(claim) = view.claim(model.place, constraint, &values) else { continue };
            if let Some(other) = claims.insert(claim, key.clone()) {
                let problem = format!(
                    "{}: several records have the same value",
                    fields(model, model.schema.uniques[constraint].fields)
                );
                found.add(problem.clone(), &other);
                found.add(problem, &key);
            }
        }
        references(view, model, &values, &key, &mut found);
    }
    found.into_lines(model)
}

/// Sets what is computed and stored, as the migration will.
fn compute(view: &View<'_>, model: &ModelEntry, row: &Row, values: &mut [Value], key: &str, found: &mut Found) {
    for &(_, field) in view.state().catalog().stored.iter().filter(|(of, _)| *of == model.place) {
        let computed = model.computed[field].as_ref().expect("is computed");
        let result = match computed.aggregate() {
            Some(_) => view.computed(model, row, field),
            None => fitted(&model.schema.fields[field], computed.operand.value(&*values, Timestamp::from_micros(0))),
        };
        match result {
            Ok(value) => values[field] = value,
            Err(wrong) => found.add(format!("{}: {}", place(&wrong.pointer), wrong.detail), key),
        }
    }
}

fn references(view: &View<'_>, model: &ModelEntry, values: &[Value], key: &str, found: &mut Found) {
    for (relation, schema) in model.schema.relations.iter().enumerate() {
        let target = model.relation_key(relation, values);
        if target.is_some_and(|target| view.row(model.targets[relation], &target).is_none()) {
            let target = (schema.target)().name;
            found.add(format!("{}: there is no such {target}", fields(model, schema.fields)), key);
        }
    }
}

fn fields(model: &ModelEntry, places: &[usize]) -> String {
    places.iter().map(|&place| model.schema.fields[place].name).collect::<Vec<_>>().join(", ")
}

fn place(pointer: &str) -> &str {
    pointer.strip_prefix('/').filter(|name| !name.is_empty()).unwrap_or("the record")
}

/// The keys of the records that have each problem.
#[derive(Default)]
struct Found(BTreeMap<String, Vec<String>>);

impl Found {
    fn add(&mut self, problem: String, key: &str) {
        let keys = self.0.entry(problem).or_default();
        if keys.last().is_none_or(|last| last != key) {
            keys.push(key.to_owned());
        }
    }

    /// A line a problem.
    fn into_lines(self, model: &ModelEntry) -> Vec<String> {
        let line = |(problem, keys): (String, Vec<String>)| {
            let named = keys.iter().take(NAMED_MAX).map(String::as_str).collect::<Vec<_>>().join(", ");
            let more = keys.len().saturating_sub(NAMED_MAX);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            format!("{} records do not keep what the model says now: {problem}: {named}{more}", model.schema.name)
        };
        self.0.into_iter().map(line).collect()
    }
}
