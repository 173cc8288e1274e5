//! `on_delete`: what becomes of the records that refer to one that goes, in the same entry.

use lithair_model::{Backend as _, OnDelete, OperationKind, RelationSchema, Value};

use super::{Made, Suite, code, ensure, expect, json};
use crate::testing::factory::json_of;

pub(super) fn test(suite: &mut Suite, model: usize) -> Result<(), String> {
    // A projection's references hold nothing.
    if suite.schema(model).projection.is_some() {
        return Ok(());
    }
    let targets = suite.model(model).targets.clone();
    for (relation, target) in targets.into_iter().enumerate() {
        if suite.offers(target, &[OperationKind::Delete, OperationKind::Get]) {
            let name = suite.schema(model).relations[relation].name;
            one(suite, model, relation, target).map_err(|finding| format!("relation {name}: {finding}"))?;
        }
    }
    Ok(())
}

fn one(suite: &mut Suite, model: usize, relation: usize, target: usize) -> Result<(), String> {
    let schema = suite.schema(model);
    let relation = &schema.relations[relation];
    let open = suite.is_open(target);
    let Ok(parent) = suite.create_with(target, &[], &open) else { return Ok(()) };
    let key = suite.key_of(target, &parent.shown)?;
    let given: Vec<(usize, Value)> = relation.fields.iter().copied().zip(key).collect();
    let missing = suite.schema(target).key.len() == 1 && suite.offers(model, &[OperationKind::Create]);
    let open = suite.is_open(model);
    let child = suite.create_with(model, &given, &open)?;
    let grandchildren = grandchildren(suite, model, &child)?;
    if relation.on_delete == OnDelete::SetDefault {
        default_target(suite, model, relation.fields, target, &child)?;
    }
    let is_soft = suite.model(target).referrers.iter().any(|referrer| {
        referrer.model == model && schema.relations[referrer.relation].fields == relation.fields && referrer.is_soft
    });
    let target_is_soft = suite.schema(target).lifecycle.soft_delete.is_some();
    let breaks = breaks_a_rule(suite, model, relation, &child)?;
    let before = suite.position();
    let answer = suite.change("DELETE", &parent.path, None)?;
    let after = suite.position();
    match relation.on_delete {
        OnDelete::Restrict => {
            expect(&answer, 409, || format!("DELETE {} while {} refers to it", parent.path, child.path))?;
            ensure(code(&answer) == "reference-violation", || json(&answer).to_string())?;
            suite.get(&parent.path)?;
            return is_there(suite, model, &child);
        }
        _ if breaks && !target_is_soft => {
            expect(&answer, 422, || format!("DELETE {} while {} needs it", parent.path, child.path))?;
            return is_there(suite, model, &child);
        }
        _ => expect(&answer, 204, || format!("DELETE {}", parent.path))?,
    }
    ensure(after <= before + 1 || !suite.is_quiet(), || format!("a delete is one entry, and was {}", after - before))?;
    if missing {
        new_orphan(suite, model, &given)?;
    }
    if target_is_soft && is_soft {
        return with_its_target(suite, model, &parent, &child);
    }
    if target_is_soft {
        is_there(suite, model, &child)?;
        let purged = suite.change_deleted(&parent.path, "purge")?;
        if breaks {
            expect(&purged, 422, || format!("POST {}:purge while {} needs it", parent.path, child.path))?;
            return is_there(suite, model, &child);
        }
        expect(&purged, 204, || format!("POST {}:purge", parent.path))?;
    }
    settled(suite, model, relation.on_delete, relation.fields, &child)?;
    for (model, grandchild) in grandchildren {
        let is_gone =
            !matches!(relation.on_delete, OnDelete::Cascade | OnDelete::Soft) || count(suite, model, &grandchild)? == 0;
        ensure(is_gone, || format!("{} is there still, and what it refers to is gone", grandchild.path))?;
    }
    Ok(())
}

/// Whether the record would break a rule without its reference, which it keeps with it.
fn breaks_a_rule(suite: &Suite, model: usize, relation: &RelationSchema, child: &Made) -> Result<bool, String> {
    if !matches!(relation.on_delete, OnDelete::SetNull | OnDelete::SetDefault) {
        return Ok(false);
    }
    let (entry, now) = (suite.model(model), crate::testing::factory::now());
    let before = if child.shown.is_null() { child.values.clone() } else { suite.values_of(model, &child.shown)? };
    let mut after = before.clone();
    for &place in relation.fields.iter().filter(|place| !entry.is_key(**place)) {
        let released = match relation.on_delete {
            OnDelete::SetDefault => lithair_model::default_of(entry, place, now),
            _ => entry.schema.fields[place].optional.then_some(Value::Null),
        };
        after[place] = released.unwrap_or_else(|| after[place].clone());
    }
    let broken = |mut values: Vec<Value>| {
        let misfits = entry.compute_own(&mut values);
        misfits.into_iter().chain(lithair_model::judge(entry, &values, now)).collect::<Vec<_>>()
    };
    let (before, after) = (broken(before), broken(after));
    Ok(after.iter().any(|violation| !before.contains(violation)))
}

/// Records that go with the one that goes with its target: three levels deep.
fn grandchildren(suite: &mut Suite, model: usize, child: &Made) -> Result<Vec<(usize, Made)>, String> {
    let key = suite.key_of(model, &child.shown)?;
    let mut made = Vec::new();
    for referrer in suite.model(model).referrers.clone() {
        if referrer.on_delete != OnDelete::Cascade || referrer.model == model {
            continue;
        }
        let fields = suite.schema(referrer.model).relations[referrer.relation].fields;
        let given: Vec<(usize, Value)> = fields.iter().copied().zip(key.clone()).collect();
        made.push((referrer.model, suite.create_with(referrer.model, &given, &|_, _| true)?));
    }
    Ok(made)
}

/// Makes the record that the default of a reference names, unless it is there.
fn default_target(
    suite: &mut Suite,
    model: usize,
    fields: &[usize],
    target: usize,
    child: &Made,
) -> Result<(), String> {
    let now = crate::testing::factory::now();
    let values = suite.values_of(model, &child.shown)?;
    let default = |place: &usize| {
        lithair_model::default_of(suite.model(model), *place, now).unwrap_or_else(|| values[*place].clone())
    };
    let given: Vec<(usize, Value)> = suite.schema(target).key.iter().copied().zip(fields.iter().map(default)).collect();
    let values = suite.draw(target, &given, &|_, _| true, 8)?;
    let (body, collection) = (suite.factory.json(target, &values), suite.collection(target));
    let answer = suite.send("POST", &collection, Some(&body))?;
    ensure([201, 409].contains(&answer.status), || format!("the default's target {body}: {}", json(&answer)))
}

/// What the relation says has happened.
fn settled(suite: &mut Suite, model: usize, on_delete: OnDelete, fields: &[usize], child: &Made) -> Result<(), String> {
    if !suite.offers(model, &[OperationKind::Get]) {
        return ensure(count(suite, model, child)? == 0 || on_delete != OnDelete::Cascade, || {
            format!("{} is there", child.path)
        });
    }
    let schema = suite.schema(model);
    match on_delete {
        OnDelete::Cascade | OnDelete::Soft => {
            let answer = suite.send("GET", &child.path, None)?;
            ensure([404, 410].contains(&answer.status), || format!("{} is there still: {}", child.path, json(&answer)))
        }
        OnDelete::SetNull | OnDelete::SetDefault => {
            let shown = suite.get(&child.path)?;
            for place in fields {
                let field = &schema.fields[*place];
                let default = lithair_model::default_of(suite.model(model), *place, crate::testing::factory::now());
                let value = match on_delete {
                    OnDelete::SetNull => field.optional.then_some(Value::Null),
                    _ => default,
                };
                // What cannot be set stays: the others say that there is no reference.
                let expected = value.map_or_else(|| child.shown[field.wire].clone(), |value| json_of(field, &value));
                ensure(shown[field.wire] == expected, || {
                    format!("{}.{}: expected {expected}, found {}", child.path, field.wire, shown[field.wire])
                })?;
            }
            Ok(())
        }
        OnDelete::Restrict => Ok(()),
    }
}

/// How many records of the model have the key of this one.
fn count(suite: &mut Suite, model: usize, made: &Made) -> Result<usize, String> {
    let engine = std::sync::Arc::clone(suite.server.engine());
    let key = suite.key_of(model, &made.shown)?;
    let place = engine.catalog().by_table(suite.schema(model).table).unwrap_or(model);
    let key = lithair_model::encode_key(&suite.model(model).key_terms, &key);
    let read = engine.read(place, &key, None).map_err(|error| format!("{error:?}"))?;
    Ok(usize::from(read.row.is_some()))
}

fn is_there(suite: &mut Suite, model: usize, child: &Made) -> Result<(), String> {
    if !suite.offers(model, &[OperationKind::Get]) {
        return ensure(count(suite, model, child)? == 1, || format!("{} is gone", child.path));
    }
    let shown = suite.get(&child.path)?;
    let schema = suite.schema(model);
    for relation in schema.relations {
        for place in relation.fields {
            let wire = schema.fields[*place].wire;
            ensure(shown[wire] == child.shown[wire], || format!("{}.{wire} has changed: {shown}", child.path))?;
        }
    }
    Ok(())
}

/// Nothing new refers to what is gone.
fn new_orphan(suite: &mut Suite, model: usize, given: &[(usize, Value)]) -> Result<(), String> {
    let values = suite.draw(model, given, &|_, _| true, 8)?;
    let (body, collection) = (suite.factory.json(model, &values), suite.collection(model));
    let answer = suite.send("POST", &collection, Some(&body))?;
    let is_refused = answer.status == 409 || code(&answer) == "command-refused";
    ensure(is_refused, || format!("a new record refers to one that is gone: {body}: {}", json(&answer)))
}

/// Out of sight with its target, and back with it.
fn with_its_target(suite: &mut Suite, model: usize, parent: &Made, child: &Made) -> Result<(), String> {
    if !suite.offers(model, &[OperationKind::Get]) {
        return Ok(());
    }
    let gone = suite.send("GET", &child.path, None)?;
    expect(&gone, 410, || format!("{} goes out of sight with {}", child.path, parent.path))?;
    let back = suite.change_deleted(&parent.path, "restore")?;
    expect(&back, 200, || format!("POST {}:restore", parent.path))?;
    is_there(suite, model, child)
}
