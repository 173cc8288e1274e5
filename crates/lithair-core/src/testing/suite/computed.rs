//! Computed fields, stored or not: what computing them again gives, after any random sequence.
//!
//! Records are read through the API, and what is computed is computed again from what was read, by the declaration that the tests are made
//! for. So whatever the server keeps, adds up or leaves out, it is asked for the result.

use std::borrow::Cow;

use lithair_model::{
    Aggregate, Catalog, Exposure, Fields, Key, ModelEntry, Operand, OperationKind, Timestamp, Value, Way, fitted,
    judge_computed,
};
use serde_json::Value as Document;

use super::{Suite, ensure, expect, json};
use crate::testing::factory::{broken, json_of, now, writable};

/// Steps of a sequence.
const STEPS: usize = 30;
/// Records of each kind around one of the model's.
const CROWD: usize = 15;
/// Records around the model's that go in the end, and come back.
const GOING: usize = 6;

pub(super) fn test(suite: &mut Suite, model: usize) -> Result<(), String> {
    let places = askable(suite, model);
    if places.is_empty() || !suite.offers(model, &[OperationKind::Create, OperationKind::Get, OperationKind::List]) {
        return Ok(());
    }
    let around = around(suite.model(model));
    let mut made: Vec<(usize, String)> = Vec::new();
    for _ in 0..3 {
        made.push((model, suite.create(model)?.path));
    }
    for step in 0..STEPS {
        take(suite, model, &around, &mut made)?;
        if step % 10 == 9 {
            suite.restart();
        }
        compare(suite, model, &places)?;
    }
    overfill(suite, model, &around, &made)?;
    compare(suite, model, &places)?;
    let others = made.into_iter().filter(|(of, _)| *of != model).take(GOING);
    others.into_iter().try_for_each(|(of, path)| goes_and_comes(suite, model, &places, (of, &path)))
}

/// So many records around one of the model's that a check over what they come to has to keep some out.
fn overfill(
    suite: &mut Suite,
    model: usize,
    around: &[(usize, usize)],
    made: &[(usize, String)],
) -> Result<(), String> {
    let Some(key) = key_of_one(suite, model, made)? else { return Ok(()) };
    for &(other, relation) in around
        .iter()
        .filter(|(other, _)| suite.schema(*other).operations.contains(&OperationKind::Create))
        .collect::<Vec<_>>()
    {
        let fields = suite.schema(other).relations[relation].fields;
        let given: Vec<_> = fields.iter().copied().zip(key.iter().cloned()).collect();
        for _ in 0..CROWD {
            // What a check refuses is not made.
            let _ = suite.create_with(other, &given, &|_, _| true);
        }
    }
    Ok(())
}

/// What goes counts no more, and what comes back out of the trash counts again.
fn goes_and_comes(suite: &mut Suite, model: usize, places: &[usize], (of, path): (usize, &str)) -> Result<(), String> {
    suite.change("DELETE", path, None)?;
    compare(suite, model, places)?;
    if suite.model(of).deleted_at.is_none() {
        return Ok(());
    }
    suite.change("POST", &format!("{path}:restore"), Some(&serde_json::json!({})))?;
    compare(suite, model, places)
}

/// The computed fields that can be computed again from what callers read.
fn askable(suite: &Suite, model: usize) -> Vec<usize> {
    let is_shown = |entry: &ModelEntry, place: usize| {
        matches!(entry.schema.fields[place].exposure, Exposure::Open | Exposure::ReadOnly)
    };
    let reads = |entry: &ModelEntry, operand: &Operand| {
        let mut is_seen = true;
        operand.walk(&mut |part| match part {
            Operand::Field(place) => is_seen &= is_shown(entry, *place),
            Operand::Code(..) => is_seen = false,
            _ => {}
        });
        is_seen
    };
    let entry = suite.model(model);
    let is_askable = |operand: &Operand| match operand {
        Operand::Aggregate(aggregate) => {
            let mut models = aggregate.ways.iter().map(model_of).chain([aggregate.target]);
            let target = suite.model(aggregate.target);
            let mut is_seen = aggregate.operand.as_ref().is_none_or(|operand| reads(target, operand));
            if let Some(condition) = &aggregate.condition {
                condition.operands(&mut |operand| is_seen &= reads(target, operand));
            }
            is_seen && models.all(|model| suite.offers(model, &[OperationKind::List]))
        }
        operand => reads(entry, operand) && !has_aggregate(operand),
    };
    let computed = entry.computed_fields().filter(|(place, _)| is_shown(entry, *place));
    computed.filter(|(_, computed)| is_askable(&computed.operand)).map(|(place, _)| place).collect()
}

fn has_aggregate(operand: &Operand) -> bool {
    let mut found = false;
    operand.walk(&mut |part| found |= matches!(part, Operand::Aggregate(_)));
    found
}

fn model_of(way: &Way) -> usize {
    match way {
        Way::In { model, .. } | Way::Out { model, .. } => *model,
    }
}

/// The references by which records lead to those of the model: the model that refers, and the relation there.
fn around(entry: &ModelEntry) -> Vec<(usize, usize)> {
    let aggregates = entry.computed_fields().filter_map(|(_, computed)| computed.aggregate());
    let ways = aggregates.filter_map(|aggregate: &Aggregate| match aggregate.ways.first() {
        Some(Way::In { model, relation }) => Some((*model, *relation)),
        _ => None,
    });
    let mut found: Vec<_> = ways.collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// One random step: a record more around one of the model's, or a change or the end of one that was made.
fn take(
    suite: &mut Suite,
    model: usize,
    around: &[(usize, usize)],
    made: &mut Vec<(usize, String)>,
) -> Result<(), String> {
    let any = |suite: &mut Suite, count: usize| usize::try_from(suite.random.below(count as u64)).unwrap_or_default();
    let kind = suite.random.below(10);
    if let (0..=4, false) = (kind, around.is_empty()) {
        let (other, relation) = around[any(suite, around.len())];
        if !suite.offers(other, &[OperationKind::Create]) {
            return Ok(());
        }
        let Some(key) = key_of_one(suite, model, made)? else { return Ok(()) };
        let fields = suite.schema(other).relations[relation].fields;
        let given: Vec<_> = fields.iter().copied().zip(key).collect();
        // What code of the application or a check refuses is not made.
        if let Ok(record) = suite.create_with(other, &given, &|_, _| true) {
            made.push((other, record.path));
        }
        return Ok(());
    }
    let place = any(suite, made.len());
    let (of, path) = made[place].clone();
    match kind {
        5 if made.len() > 4 => drop(suite.change("DELETE", &path, None)?),
        6 if suite.model(of).deleted_at.is_some() => {
            drop(suite.change("POST", &format!("{path}:restore"), Some(&serde_json::json!({})))?);
        }
        7 => match around.iter().find(|(other, _)| *other == of) {
            Some((_, relation)) => lead_elsewhere(suite, model, (of, *relation), &path, made)?,
            None => patch(suite, of, &path)?,
        },
        _ => patch(suite, of, &path)?,
    }
    Ok(())
}

/// The key of one of the model's records; none if it is gone.
fn key_of_one(suite: &mut Suite, model: usize, made: &[(usize, String)]) -> Result<Option<Vec<Value>>, String> {
    let own: Vec<&String> = made.iter().filter(|(of, _)| *of == model).map(|(_, path)| path).collect();
    let Some(first) = own.first() else { return Ok(None) };
    // The first one gets every other of them, so that what many come to is seen as well.
    let chosen = usize::try_from(suite.random.below(own.len() as u64)).unwrap_or_default();
    let path = if suite.random.once_in(2) { first } else { own[chosen] };
    let answer = suite.send("GET", path, None)?;
    if answer.status == 200 { suite.key_of(model, &json(&answer)).map(Some) } else { Ok(None) }
}

/// Lets a record around the model's refer to another one of them, if it may: the one that it left has less, the other one more.
fn lead_elsewhere(
    suite: &mut Suite,
    model: usize,
    (other, relation): (usize, usize),
    path: &str,
    made: &[(usize, String)],
) -> Result<(), String> {
    let Some(key) = key_of_one(suite, model, made)? else { return Ok(()) };
    let schema = suite.schema(other);
    let member = |(place, value): (&usize, &Value)| {
        let field = &schema.fields[*place];
        (field.wire.to_owned(), json_of(field, value))
    };
    let body: serde_json::Map<_, _> = schema.relations[relation].fields.iter().zip(&key).map(member).collect();
    suite.change("PATCH", path, Some(&Document::Object(body))).map(drop)
}

/// Changes one field of a record, if that keeps the rules.
fn patch(suite: &mut Suite, model: usize, path: &str) -> Result<(), String> {
    let answer = suite.send("GET", path, None)?;
    if answer.status != 200 || !suite.offers(model, &[OperationKind::Update]) {
        return Ok(());
    }
    let before = suite.values_of(model, &json(&answer))?;
    let entry = suite.model(model);
    let is_reference = |place: &usize| entry.schema.relations.iter().any(|relation| relation.fields.contains(place));
    let places: Vec<usize> = writable(entry).filter(|place| !entry.is_key(*place) && !is_reference(place)).collect();
    let chosen = suite.random.below(places.len().max(1) as u64);
    let Some(&place) = usize::try_from(chosen).ok().and_then(|chosen| places.get(chosen)) else { return Ok(()) };
    let Ok(value) = suite.factory.value(model, place, &before, &mut suite.random) else { return Ok(()) };
    let mut after = before;
    after[place] = value;
    if broken(suite.model(model), &after, now()).is_empty() {
        let field = &suite.schema(model).fields[place];
        let mut body = serde_json::Map::new();
        body.insert(field.wire.to_owned(), json_of(field, &after[place]));
        suite.change("PATCH", path, Some(&body.into()))?;
    }
    Ok(())
}

/// Every record of the model shows what computing its fields again gives, and keeps the checks over that.
fn compare(suite: &mut Suite, model: usize, places: &[usize]) -> Result<(), String> {
    let mut records = Vec::new();
    for of in 0..suite.factory.catalog().models.len() {
        records.push(if suite.offers(of, &[OperationKind::List]) { all(suite, of)? } else { Vec::new() });
    }
    let seen = Seen { catalog: suite.factory.catalog(), records: &records };
    let entry = suite.model(model);
    let is_whole =
        entry.schema.fields.iter().all(|field| matches!(field.exposure, Exposure::Open | Exposure::ReadOnly));
    for values in &records[model] {
        if is_whole && let Some(broken) = judge_computed(entry, values, now()).first() {
            return Err(format!("a check over what is computed does not hold: {}: {values:?}", broken.detail));
        }
        for &place in places {
            let field = &entry.schema.fields[place];
            let operand = &entry.computed[place].as_ref().ok_or("is computed")?.operand;
            let record = OfSeen { seen: &seen, model, values };
            let again = fitted(field, operand.value(&record, Timestamp::from_micros(0))).unwrap_or(Value::Null);
            ensure(values[place] == again, || {
                let key: Vec<_> = entry.schema.key.iter().map(|place| &values[*place]).collect();
                format!("{} of {key:?} is {:?}; computed again it is {again:?}", field.wire, values[place])
            })?;
        }
    }
    Ok(())
}

/// Every record of a model that is not in the trash, in the order of keys.
fn all(suite: &mut Suite, model: usize) -> Result<Vec<Vec<Value>>, String> {
    let path = format!("{}?limit={}", suite.collection(model), suite.schema(model).page.max);
    let (mut found, mut cursor) = (Vec::new(), String::new());
    loop {
        let answer = suite.send("GET", &format!("{path}{cursor}"), None)?;
        expect(&answer, 200, || format!("GET {path}"))?;
        let page: Document = json(&answer);
        for record in page["items"].as_array().into_iter().flatten() {
            found.push(suite.values_of(model, record)?);
        }
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    let entry = suite.model(model);
    found.sort_by_key(|values| entry.key_of(values));
    Ok(found)
}

/// What was read.
struct Seen<'a> {
    catalog: &'a Catalog,
    /// By the places of the models.
    records: &'a [Vec<Vec<Value>>],
}

/// A record that was read, with those around it.
struct OfSeen<'a> {
    seen: &'a Seen<'a>,
    model: usize,
    values: &'a [Value],
}

/// Whether a record of these values is meant.
type Asks<'a> = dyn Fn(&[Value]) -> bool + 'a;

impl Fields for OfSeen<'_> {
    fn field(&self, place: usize) -> Cow<'_, Value> {
        Cow::Borrowed(&self.values[place])
    }

    fn key(&self) -> Option<Key> {
        Some(self.seen.catalog.models[self.model].key_of(self.values))
    }

    fn related(&self, way: Way, each: &mut dyn FnMut(&dyn Fields) -> bool) {
        let models = &self.seen.catalog.models;
        let (of, is_meant): (usize, Box<Asks<'_>>) = match way {
            Way::Out { model, relation } => {
                let (target, key) =
                    (models[model].targets[relation], models[model].relation_key(relation, self.values));
                (target, Box::new(move |values| key.as_ref() == Some(&models[target].key_of(values))))
            }
            Way::In { model, relation } => {
                let key = self.key();
                (model, Box::new(move |values| models[model].relation_key(relation, values) == key))
            }
        };
        let mut found = self.seen.records[of].iter().filter(|values| is_meant(values));
        found.all(|values| each(&OfSeen { seen: self.seen, model: of, values }));
    }
}
