//! Hooks: what those before a change make of a record is stored, and those after one have heard of it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use lithair_model::{
    AfterSchema, AfterWhat, Backend as _, Context, Key, ModelSchema, OperationKind, Principal, Records, Timestamp,
    Value, encode_key,
};

use super::{Made, Suite, edits, ensure, expect};
use crate::testing::factory::now;

/// Records of one model that are tried.
const TRIES: usize = 3;
/// How long a hook may take to hear of a change.
const PATIENCE: Duration = Duration::from_secs(10);

pub(super) fn test(suite: &mut Suite, model: usize) -> Result<(), String> {
    let schema = suite.schema(model);
    if schema.hooks_before.is_empty() && schema.hooks_after.is_empty() {
        return Ok(());
    }
    for hook in schema.hooks_after {
        ensure(delivered(suite, schema, hook)?.is_some(), || format!("the hook `{}` is not run", hook.name))?;
    }
    if !suite.offers(model, &[OperationKind::Create, OperationKind::Get]) {
        return Ok(());
    }
    for _ in 0..TRIES {
        let before = suite.position();
        let made = suite.create(model)?;
        is_settled(suite, model, &made, When::Created)?;
        has_heard(suite, schema, AfterWhat::Create, before)?;
        let before = suite.position();
        if suite.offers(model, &[OperationKind::Update]) && changes(suite, model, &made)? {
            is_settled(suite, model, &made, When::Updated)?;
            has_heard(suite, schema, AfterWhat::Update, before)?;
        }
        let before = suite.position();
        if suite.offers(model, &[OperationKind::Delete]) && suite.change("DELETE", &made.path, None)?.status == 204 {
            has_heard(suite, schema, AfterWhat::Delete, before)?;
        }
    }
    Ok(())
}

/// Changes a record at random; whether anything of it changed.
fn changes(suite: &mut Suite, model: usize, made: &Made) -> Result<bool, String> {
    let Some(change) = edits::edit(suite, model, &made.shown, 3)? else { return Ok(false) };
    let answer = suite.change("PATCH", &made.path, Some(&change))?;
    Ok(answer.status == 200 && super::json(&answer)["_rev"] != made.shown["_rev"])
}

/// The change that hooks before it had a say in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum When {
    Created,
    Updated,
}

/// A record that was stored is what its hooks make of it: asked only where they make the same of it once and twice, now and later, and look at
/// nothing else. Of others, only their author knows.
fn is_settled(suite: &Suite, model: usize, made: &Made, when: When) -> Result<(), String> {
    let schema = suite.schema(model);
    let key = suite.key_of(model, &made.shown)?;
    let Some(stored) = stored(suite, schema, &key) else { return Ok(()) };
    let asked = |values: &[Value], now: Timestamp| hooked(schema, when, values.to_vec(), now);
    let at = now();
    let (Some(once), Some(later)) = (asked(&stored, at), asked(&stored, at.plus_micros(86_400_000_001))) else {
        return Ok(());
    };
    if once != later || asked(&once, at) != Some(once.clone()) {
        return Ok(());
    }
    let differs = |place: &usize| once[*place] != stored[*place];
    match (0..once.len()).find(differs) {
        None => Ok(()),
        Some(place) => {
            let (field, path) = (schema.fields[place].name, &made.path);
            Err(format!("{path}: hooks before a change would make another `{field}` of what was stored"))
        }
    }
}

/// The values of a record, hidden ones too.
fn stored(suite: &Suite, schema: &ModelSchema, key: &[Value]) -> Option<Vec<Value>> {
    let engine = suite.server.engine();
    let place = engine.catalog().by_table(schema.table)?;
    let entry = &engine.catalog().models[place];
    let row = engine.read(place, &encode_key(&entry.key_terms, key), None).ok()?.row?;
    entry.decode_row(&row.bytes).ok()
}

/// What the hooks of the model make of values; none if they look at other records, refuse, or panic.
fn hooked(schema: &ModelSchema, when: When, values: Vec<Value>, now: Timestamp) -> Option<Vec<Value>> {
    let mut alone = Alone { looked: false };
    let run = || {
        let mut asked = schema.hooks_before.iter().filter(|hook| match when {
            When::Created => hook.create,
            When::Updated => hook.update,
        });
        asked.try_fold(values, |values, hook| {
            let context = Context::new(now, &Principal::Anonymous, &mut alone);
            (hook.run)(&context, values).ok()
        })
    };
    let made = catch_unwind(AssertUnwindSafe(run)).ok()?;
    made.filter(|_| !alone.looked)
}

/// Nobody but the record itself.
struct Alone {
    looked: bool,
}

impl Records for Alone {
    fn get(&mut self, _: &'static ModelSchema, _: &[Value]) -> Option<Vec<Value>> {
        self.looked = true;
        None
    }

    fn set(&mut self, _: &'static ModelSchema, _: &[Value], _: Vec<Value>) {
        self.looked = true;
    }

    fn create(&mut self, _: &'static ModelSchema, values: Vec<Value>) -> Vec<Value> {
        self.looked = true;
        values
    }

    fn delete(&mut self, _: &'static ModelSchema, _: &[Value]) {
        self.looked = true;
    }

    fn referring(&mut self, _: &'static ModelSchema, _: usize, _: &[Value]) -> Vec<(Key, Vec<Value>)> {
        self.looked = true;
        Vec::new()
    }
}

/// Every hook that waits for this has heard of it: its progress, which moves with its deliveries and dead letters alone, is behind where the
/// log ended before the change.
fn has_heard(suite: &mut Suite, schema: &'static ModelSchema, what: AfterWhat, before: u64) -> Result<(), String> {
    for hook in schema.hooks_after.iter().filter(|hook| hook.on.contains(&what)) {
        let begin = Instant::now();
        while delivered(suite, schema, hook)?.is_none_or(|done| done <= before) {
            let word = what.word();
            ensure(begin.elapsed() < PATIENCE, || format!("the hook `{}` has not heard of a `{word}`", hook.name))?;
            std::thread::yield_now();
        }
    }
    Ok(())
}

/// How far a hook is; none if nobody runs it.
fn delivered(suite: &mut Suite, schema: &ModelSchema, hook: &AfterSchema) -> Result<Option<u64>, String> {
    let answer = suite.send("GET", &format!("/api/lithair/deliveries/{}.{}", schema.table, hook.name), None)?;
    if answer.status == 404 {
        return Ok(None);
    }
    expect(&answer, 200, || "deliveries".to_owned())?;
    Ok(super::json(&answer)["position"].as_u64())
}
