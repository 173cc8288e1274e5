//! `optimistic_lock` and `immutable_when`.

use lithair_model::{OperationKind, Predicate, Timestamp, Value};
use serde_json::{Value as Document, json};

use super::{Made, Suite, ensure, expect};
use crate::testing::factory::{json_of, writable};

pub(super) fn test(suite: &mut Suite, model: usize) -> Result<(), String> {
    if !suite.offers(model, &[OperationKind::Update, OperationKind::Get]) {
        return Ok(());
    }
    stale(suite, model)?;
    closed(suite, model)
}

/// A change of nothing: what the record is, field by field.
fn same(suite: &Suite, model: usize, made: &Made) -> Document {
    let entry = suite.model(model);
    let member = writable(entry).find(|place| entry.schema.fields[*place].exposure == lithair_model::Exposure::Open);
    member.map_or_else(
        || json!({}),
        |place| {
            let field = &entry.schema.fields[place];
            json!({ field.wire: json_of(field, &made.values[place]) })
        },
    )
}

/// A revision that is not the record's is refused by every model, and none at all by those that ask for one.
fn stale(suite: &mut Suite, model: usize) -> Result<(), String> {
    let open = suite.is_open(model);
    let Ok(made) = suite.create_with(model, &[], &open) else { return Ok(()) };
    let change = same(suite, model, &made);
    let is_locked = suite.schema(model).lifecycle.optimistic_lock;
    let mut tries = vec![("PATCH", Some(&change))];
    if suite.offers(model, &[OperationKind::Delete]) {
        tries.push(("DELETE", None));
    }
    for (method, body) in &tries {
        let answer = suite.send_if(method, &made.path, Some("\"99\""), *body)?;
        expect(&answer, 412, || format!("{method} of another revision"))?;
        if is_locked {
            let answer = suite.send(method, &made.path, *body)?;
            expect(&answer, 428, || format!("{method} without a revision"))?;
        }
    }
    if is_locked && suite.schema(model).lifecycle.soft_delete.is_some() && tries.len() == 2 {
        in_the_trash(suite, model)?;
    }
    if !is_locked {
        let answer = suite.send("PATCH", &made.path, Some(&change))?;
        expect(&answer, 200, || "PATCH without a revision".to_owned())?;
    }
    let answer = suite.change("PATCH", &made.path, Some(&change))?;
    expect(&answer, 200, || "PATCH of the record's revision".to_owned())
}

/// What is in the trash is there in a revision, too.
fn in_the_trash(suite: &mut Suite, model: usize) -> Result<(), String> {
    let open = suite.is_open(model);
    let Ok(made) = suite.create_with(model, &[], &open) else { return Ok(()) };
    expect(&suite.change("DELETE", &made.path, None)?, 204, || format!("DELETE {}", made.path))?;
    for name in ["restore", "purge"] {
        let answer = suite.send("POST", &format!("{}:{name}", made.path), None)?;
        expect(&answer, 428, || format!("POST {}:{name} without a revision", made.path))?;
    }
    Ok(())
}

/// A record that is closed neither changes nor goes.
fn closed(suite: &mut Suite, model: usize) -> Result<(), String> {
    let schema = suite.schema(model);
    let Some(condition) = &schema.lifecycle.immutable_when else { return Ok(()) };
    let Ok(condition) = Predicate::bind(condition, schema) else { return Ok(()) };
    for _ in 0..4 {
        let matches = condition.clone();
        let made = suite.create_with(model, &[], &move |values: &[Value], now: Timestamp| matches.matches(values, now));
        // Where only commands close a record, the application's own tests do.
        let Ok(made) = made else { return Ok(()) };
        let before = suite.get(&made.path)?;
        let Some(change) = difference(suite, model, &made)? else { return Ok(()) };
        for (method, body) in [("PATCH", Some(&change)), ("DELETE", None)] {
            if method == "DELETE" && !suite.offers(model, &[OperationKind::Delete]) {
                continue;
            }
            let answer = suite.change(method, &made.path, body)?;
            expect(&answer, 409, || format!("{method} of a closed record {before}"))?;
        }
        let after = suite.get(&made.path)?;
        ensure(after == before, || format!("a closed record has changed: {after}, not {before}"))?;
    }
    Ok(())
}

/// A change that would be one.
fn difference(suite: &mut Suite, model: usize, made: &Made) -> Result<Option<Document>, String> {
    let entry = suite.model(model);
    let is_reference = |place: &usize| entry.schema.relations.iter().any(|relation| relation.fields.contains(place));
    let places: Vec<usize> = writable(entry)
        .filter(|place| entry.schema.fields[*place].mutability == lithair_model::Mutability::Free)
        .filter(|place| !is_reference(place) && !entry.is_key(*place))
        .collect();
    for place in places {
        for _ in 0..50 {
            let value = suite
                .factory
                .value(model, place, &made.values, &mut suite.random)
                .map_err(|error| error.to_string())?;
            if value != made.values[place] {
                let field = &suite.schema(model).fields[place];
                return Ok(Some(json!({ field.wire: json_of(field, &value) })));
            }
        }
    }
    Ok(None)
}
