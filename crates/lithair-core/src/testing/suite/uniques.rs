//! Unique values: one winner of two at the same time, free again when it goes, and no wider than declared.

use std::thread;

use lithair_model::{Kind, ModelSchema, OperationKind, Predicate, UniqueSchema, Value};
use serde_json::Value as Document;

use super::create::Given;
use super::{Suite, code, ensure, expect, json};
use crate::testing::factory::{broken, now, writable};

pub(super) fn test(suite: &mut Suite, model: usize) -> Result<(), String> {
    if !suite.offers(model, &[OperationKind::Create]) {
        return Ok(());
    }
    let schema = suite.schema(model);
    for unique in schema.uniques {
        let is_callers = unique.fields.iter().all(|place| writable(suite.model(model)).any(|other| other == *place));
        if is_callers {
            one(suite, model, unique)
                .map_err(|finding| format!("unique({}): {finding}", names(schema, unique.fields)))?;
        }
    }
    let is_callers = schema.key.iter().all(|place| writable(suite.model(model)).any(|other| other == *place));
    if is_callers {
        key(suite, model)?;
    }
    Ok(())
}

fn names(schema: &ModelSchema, places: &[usize]) -> String {
    places.iter().map(|place| schema.fields[*place].name).collect::<Vec<_>>().join(", ")
}

/// Two bodies whose values of a unique constraint are the same, and nothing else is where it can be helped.
struct Twins {
    claimed: Given,
    first: Document,
    second: Document,
}

fn twins(suite: &mut Suite, model: usize, unique: &UniqueSchema, is_claiming: bool) -> Result<Option<Twins>, String> {
    let schema = suite.schema(model);
    let condition = unique.condition.as_ref().and_then(|condition| Predicate::bind(condition, schema).ok());
    let fields = unique.fields;
    let wanted = move |values: &[Value], now| {
        let is_present = fields.iter().all(|place| values[*place] != Value::Null);
        is_present && condition.as_ref().is_none_or(|condition| condition.matches(values, now) == is_claiming)
    };
    let mut given = suite.with_targets(model, &[], 8)?;
    require_references(suite, model, fields, &mut given)?;
    let Ok(first) = suite.draw(model, &given, &wanted, 8) else { return Ok(None) };
    let claimed: Given = fields.iter().map(|place| (*place, first[*place].clone())).collect();
    let Ok(second) = suite.draw(model, &claimed, &wanted, 8) else { return Ok(None) };
    let (first, second) = (suite.factory.json(model, &first), suite.factory.json(model, &second));
    Ok(Some(Twins { claimed, first, second }))
}

/// A null reference claims nothing, so those of a constraint are made.
fn require_references(suite: &mut Suite, model: usize, fields: &[usize], given: &mut Given) -> Result<(), String> {
    let targets = suite.model(model).targets.clone();
    for (relation, target) in suite.schema(model).relations.iter().zip(targets) {
        let is_asked = relation.fields.iter().any(|place| fields.contains(place));
        let is_given = given.iter().any(|(place, _)| relation.fields.contains(place));
        if is_asked && !is_given {
            let made = suite.create(target)?;
            given.extend(relation.fields.iter().copied().zip(suite.key_of(target, &made.shown)?));
        }
    }
    Ok(())
}

fn one(suite: &mut Suite, model: usize, unique: &'static UniqueSchema) -> Result<(), String> {
    // A field that is unique by itself cannot be the same in two records of a wider constraint.
    let schema = suite.schema(model);
    let is_covered = schema.uniques.iter().any(|other| {
        other.fields.len() < unique.fields.len() && other.fields.iter().all(|place| unique.fields.contains(place))
    });
    if is_covered {
        return Ok(());
    }
    let Some(twins) = twins(suite, model, unique, true)? else { return Ok(()) };
    let path = race(suite, model, &twins.first, &twins.second, "unique-violation")?;
    if unique.ignore_case {
        other_case(suite, model, unique, &twins.first, 409)?;
    } else {
        other_case(suite, model, unique, &twins.first, 201)?;
    }
    if unique.fields.len() > 1 {
        parts_alone(suite, model, unique, &twins.claimed)?;
    }
    free_again(suite, model, unique, &path, &twins.second)?;
    if unique.condition.is_some()
        && let Some(twins) = self::twins(suite, model, unique, false)?
    {
        let collection = suite.collection(model);
        for body in [&twins.first, &twins.second] {
            let answer = suite.send("POST", &collection, Some(body))?;
            expect(&answer, 201, || format!("outside of the constraint's condition, {body}"))?;
        }
    }
    Ok(())
}

/// Two creates at the same time: one is made, the other is told. The path of the one.
fn race(suite: &mut Suite, model: usize, first: &Document, second: &Document, refusal: &str) -> Result<String, String> {
    let collection = suite.collection(model);
    let post = |body: &Document| suite.server.try_send("POST", &collection, body);
    let answers = thread::scope(|scope| {
        let other = scope.spawn(|| post(second));
        [post(first), other.join().unwrap_or_else(|_| Err("the other one panicked".to_owned()))]
    });
    let [one, other] = answers;
    let (one, other) = (one?, other?);
    let (won, lost) = if one.status == 201 { (one, other) } else { (other, one) };
    expect(&won, 201, || format!("one of two at the same time: {first} {second}"))?;
    expect(&lost, 409, || format!("the other of two with the same values: {first} {second}"))?;
    ensure(code(&lost) == refusal, || format!("expected {refusal}, found {}", json(&lost)))?;
    Ok(won.header("location").unwrap_or_default().to_owned())
}

/// The same texts in the other case.
fn other_case(
    suite: &mut Suite,
    model: usize,
    unique: &UniqueSchema,
    taken: &Document,
    status: u16,
) -> Result<(), String> {
    let schema = suite.schema(model);
    let texts: Vec<usize> =
        unique.fields.iter().copied().filter(|place| matches!(schema.fields[*place].kind, Kind::Text)).collect();
    let is_reference = |place: &usize| schema.relations.iter().any(|relation| relation.fields.contains(place));
    if texts.iter().any(is_reference) {
        return Ok(());
    }
    let mut given: Given = Vec::new();
    let mut is_other = false;
    let taken = suite.values_of(model, taken)?;
    for place in unique.fields {
        let value = match &taken[*place] {
            Value::Text(text) if texts.contains(place) => {
                let upper = lithair_model::normalize(&schema.fields[*place], Value::Text(text.to_uppercase()));
                is_other |= upper != taken[*place];
                upper
            }
            other => other.clone(),
        };
        given.push((*place, value));
    }
    if !is_other {
        return Ok(());
    }
    let targets = suite.with_targets(model, &given, 8)?;
    let condition = unique.condition.as_ref().and_then(|condition| Predicate::bind(condition, schema).ok());
    let is_about = |values: &[Value]| condition.as_ref().is_none_or(|condition| condition.matches(values, now()));
    // Of those that the constraint is about; and some rules take one case only.
    let mut guesses = (0..20).filter_map(|_| suite.factory.guess(model, &targets, &mut suite.random).ok());
    let Some(values) = guesses.find(|values| is_about(values)) else { return Ok(()) };
    if !broken(suite.model(model), &values, now()).is_empty() {
        return Ok(());
    }
    let body = suite.factory.json(model, &values);
    let collection = suite.collection(model);
    let answer = suite.send("POST", &collection, Some(&body))?;
    expect(&answer, status, || format!("the same value in another case: {body}"))
}

/// Records that share some of the values but not all are different.
fn parts_alone(suite: &mut Suite, model: usize, unique: &UniqueSchema, claimed: &Given) -> Result<(), String> {
    let schema = suite.schema(model);
    for left_out in unique.fields {
        let given: Given = claimed.iter().filter(|(place, _)| place != left_out).cloned().collect();
        let mut with_references = given.clone();
        require_references(suite, model, unique.fields, &mut with_references)?;
        let old = claimed.iter().find(|(place, _)| place == left_out).map(|(_, value)| value.clone());
        let place = *left_out;
        let wanted = move |values: &[Value], _| Some(&values[place]) != old.as_ref();
        let Ok(values) = suite.draw(model, &with_references, &wanted, 8) else { continue };
        let body = suite.factory.json(model, &values);
        let collection = suite.collection(model);
        let answer = suite.send("POST", &collection, Some(&body))?;
        let what = || format!("another {} with the rest the same: {body}", schema.fields[place].name);
        expect(&answer, 201, what)?;
    }
    Ok(())
}

/// When the record goes for good, its value may be taken.
fn free_again(
    suite: &mut Suite,
    model: usize,
    unique: &UniqueSchema,
    path: &str,
    body: &Document,
) -> Result<(), String> {
    let schema = suite.schema(model);
    let is_softly = schema.lifecycle.soft_delete.is_some();
    if !suite.offers(model, &[OperationKind::Delete, OperationKind::Get]) {
        return Ok(());
    }
    let gone = suite.change("DELETE", path, None)?;
    if gone.status != 204 {
        // A record that is closed stays.
        return ensure(schema.lifecycle.immutable_when.is_some(), || format!("DELETE {path}: {}", json(&gone)));
    }
    let is_partial = unique.condition.is_some();
    if is_softly && !is_partial {
        let collection = suite.collection(model);
        let answer = suite.send("POST", &collection, Some(body))?;
        expect(&answer, 409, || format!("the value of a record in the trash: {body}"))?;
        let purged = suite.send("POST", &format!("{path}:purge"), None)?;
        expect(&purged, 204, || format!("POST {path}:purge"))?;
    }
    let collection = suite.collection(model);
    let answer = suite.send("POST", &collection, Some(body))?;
    let is_freed = !is_partial || !is_softly;
    if is_freed {
        expect(&answer, 201, || format!("the value is free again: {body}"))?;
    }
    Ok(())
}

/// Keys that callers give are unique, of two at the same time as well.
fn key(suite: &mut Suite, model: usize) -> Result<(), String> {
    let schema = suite.schema(model);
    let first = suite.draw(model, &[], &|_, _| true, 8)?;
    let claimed: Given = schema.key.iter().map(|place| (*place, first[*place].clone())).collect();
    let second = suite.draw(model, &claimed, &|_, _| true, 8)?;
    let (first, second) = (suite.factory.json(model, &first), suite.factory.json(model, &second));
    race(suite, model, &first, &second, "key-taken")?;
    let collection = suite.collection(model);
    let other = suite.send("POST", &collection, Some(&second))?;
    expect(&other, 409, || format!("a key that is taken: {second}"))
}
