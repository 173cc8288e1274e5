//! State machines: the declared ways and no other, by every way in.

use std::collections::VecDeque;

use lithair_model::{
    Literal, OperationKind, Predicate, StatesSchema, Timestamp, TransitionSchema, Value, literal_value,
};
use serde_json::{Value as Document, json};

use super::{Made, Suite, code, ensure, expect, json as body_of};
use crate::testing::factory::{json_of, now};

pub(super) fn test(suite: &mut Suite, model: usize) -> Result<(), String> {
    for (place, field) in suite.schema(model).fields.iter().enumerate() {
        if let Some(states) = field.states {
            machine(suite, model, place, states).map_err(|finding| format!("{}: {finding}", field.wire))?;
        }
    }
    Ok(())
}

fn machine(suite: &mut Suite, model: usize, place: usize, states: &'static StatesSchema) -> Result<(), String> {
    let names = variants(suite, model, place);
    let open = suite.is_open(model);
    let made = suite.create_with(model, &[], &open)?;
    let wire = suite.schema(model).fields[place].wire;
    let initial = wire_of(suite, model, place, states.initial);
    ensure(made.shown[wire] == initial, || format!("a new record is {}, not {initial}", made.shown[wire]))?;
    if suite.offers(model, &[OperationKind::Create]) {
        born_elsewhere(suite, model, place, states, &names)?;
    }
    for from in &names {
        for to in &names {
            step(suite, model, place, states, from, to)?;
        }
        for way in states.transitions {
            named(suite, model, place, states, from, way)?;
        }
    }
    Ok(())
}

fn variants(suite: &Suite, model: usize, place: usize) -> Vec<&'static str> {
    match suite.schema(model).fields[place].kind {
        lithair_model::Kind::Enum(schema) => schema.variants.iter().map(|variant| variant.name).collect(),
        _ => Vec::new(),
    }
}

fn wire_of(suite: &Suite, model: usize, place: usize, name: &'static str) -> Document {
    let field = &suite.schema(model).fields[place];
    let value = literal_value(&Literal::Variant(name), &field.kind).unwrap_or(Value::Null);
    json_of(field, &value)
}

fn born_elsewhere(
    suite: &mut Suite,
    model: usize,
    place: usize,
    states: &StatesSchema,
    names: &[&'static str],
) -> Result<(), String> {
    let Some(other) = names.iter().find(|name| **name != states.initial) else { return Ok(()) };
    let values = suite.draw(model, &[], &|_, _| true, 8)?;
    let mut body = suite.factory.json(model, &values);
    body[suite.schema(model).fields[place].wire] = wire_of(suite, model, place, other);
    let collection = suite.collection(model);
    let answer = suite.send("POST", &collection, Some(&body))?;
    ensure([409, 422].contains(&answer.status), || format!("a record is born as {other}: {}", body_of(&answer)))
}

/// Whether a command of the application has this name; then it alone goes this way.
fn is_by_command(suite: &Suite, model: usize, way: &TransitionSchema) -> bool {
    suite.schema(model).commands.iter().any(|command| command.name == way.name)
}

/// A new record that walked to a state by ways that need no code of the application; none if there are none.
fn record_in(
    suite: &mut Suite,
    model: usize,
    place: usize,
    states: &StatesSchema,
    state: &str,
    guards: bool,
) -> Result<Option<Made>, String> {
    let Some(route) = route(suite, model, states, state) else { return Ok(None) };
    let schema = suite.schema(model);
    let predicates: Vec<Predicate> = states
        .transitions
        .iter()
        .filter_map(|way| way.guard.as_ref())
        .filter_map(|guard| Predicate::bind(guard, schema).ok())
        .collect();
    let open = suite.is_open(model);
    let wanted = move |values: &[Value], now: Timestamp| {
        open(values, now) && predicates.iter().all(|guard| !guards || guard.matches(values, now))
    };
    let Ok(mut made) = suite.create_with(model, &[], &wanted) else { return Ok(None) };
    for way in route {
        let answer = act(suite, &made, way.name)?;
        expect(&answer, 200, || format!("{} in {}", way.name, body_of(&answer)))?;
        let to = wire_of(suite, model, place, way.to);
        made.shown = body_of(&answer);
        let wire = schema.fields[place].wire;
        ensure(made.shown[wire] == to, || format!("{} leads to {}, not {to}", way.name, made.shown[wire]))?;
    }
    Ok(Some(made))
}

/// The shortest way to a state; guards are taken to hold.
fn route(suite: &Suite, model: usize, states: &StatesSchema, state: &str) -> Option<Vec<&'static TransitionSchema>> {
    let transitions: &'static [TransitionSchema] = states.transitions;
    let mut open = VecDeque::from([(states.initial, Vec::new())]);
    let mut seen = vec![states.initial];
    while let Some((at, route)) = open.pop_front() {
        if at == state {
            return Some(route);
        }
        for way in transitions.iter().filter(|way| way.from.contains(&at) && !is_by_command(suite, model, way)) {
            if !seen.contains(&way.to) {
                seen.push(way.to);
                open.push_back((way.to, [route.clone(), vec![way]].concat()));
            }
        }
    }
    None
}

fn act(suite: &mut Suite, made: &Made, name: &str) -> Result<crate::client::Response, String> {
    let read = suite.send("GET", &made.path, None)?;
    let revision = read.header("etag").map(str::to_owned);
    suite.send_if("POST", &format!("{}:{name}", made.path), revision.as_deref(), Some(&json!({})))
}

/// A change of the field itself.
fn step(
    suite: &mut Suite,
    model: usize,
    place: usize,
    states: &StatesSchema,
    from: &'static str,
    to: &'static str,
) -> Result<(), String> {
    let field = &suite.schema(model).fields[place];
    if from == to || !suite.offers(model, &[OperationKind::Update, OperationKind::Get]) {
        return Ok(());
    }
    let Some(made) = record_in(suite, model, place, states, from, true)? else { return Ok(()) };
    let closed = is_closed(suite, model, &made)?;
    let before = suite.get(&made.path)?;
    let change = json!({ field.wire: wire_of(suite, model, place, to) });
    let answer = suite.change("PATCH", &made.path, Some(&change))?;
    let is_declared = states
        .transitions
        .iter()
        .any(|way| way.to == to && way.from.contains(&from) && !is_by_command(suite, model, way));
    let is_callers = field.exposure == lithair_model::Exposure::Open && !closed;
    let after = suite.get(&made.path)?;
    if is_declared && is_callers {
        expect(&answer, 200, || format!("{from} -> {to} is declared"))?;
        return ensure(after[field.wire] == change[field.wire], || format!("{from} -> {to} leaves {after}"));
    }
    ensure([409, 422].contains(&answer.status), || format!("{from} -> {to} is not declared: {}", body_of(&answer)))?;
    ensure(after == before, || format!("{from} -> {to} was refused and left {after}, not {before}"))
}

/// A transition by its name.
fn named(
    suite: &mut Suite,
    model: usize,
    place: usize,
    states: &StatesSchema,
    from: &'static str,
    way: &'static TransitionSchema,
) -> Result<(), String> {
    if is_by_command(suite, model, way) {
        return Ok(());
    }
    let Some(made) = record_in(suite, model, place, states, from, true)? else { return Ok(()) };
    let closed = is_closed(suite, model, &made)?;
    let position = suite.position();
    let answer = act(suite, &made, way.name)?;
    if way.from.contains(&from) && !closed {
        expect(&answer, 200, || format!("{} of {from}", way.name))?;
        let wire = suite.schema(model).fields[place].wire;
        let to = wire_of(suite, model, place, way.to);
        ensure(body_of(&answer)[wire] == to, || format!("{} of {from} leads to {}", way.name, body_of(&answer)))?;
        return guarded(suite, model, place, states, way);
    }
    expect(&answer, 409, || format!("{} of {from}", way.name))?;
    ensure(closed || code(&answer) == "state-transition", || body_of(&answer).to_string())?;
    let is_quiet = suite.is_quiet();
    ensure(suite.position() == position || !is_quiet, || {
        format!("{} of {from} was refused and left an entry", way.name)
    })
}

/// A way is closed to a record for which its guard does not hold.
fn guarded(
    suite: &mut Suite,
    model: usize,
    place: usize,
    states: &StatesSchema,
    way: &'static TransitionSchema,
) -> Result<(), String> {
    let schema = suite.schema(model);
    let Some(guard) = way.guard.as_ref().and_then(|guard| Predicate::bind(guard, schema).ok()) else { return Ok(()) };
    // Only where the way begins at the beginning: earlier guards are not in the way.
    if !way.from.contains(&states.initial) && route(suite, model, states, way.from[0]).is_none() {
        return Ok(());
    }
    let first = way.from.iter().find(|from| **from == states.initial).or(way.from.first());
    let Some(route) = first.and_then(|from| route(suite, model, states, from)) else { return Ok(()) };
    if route.iter().any(|way| way.guard.is_some()) {
        return Ok(());
    }
    for _ in 0..6 {
        let (guard, to) = (guard.clone(), literal_value(&Literal::Variant(way.to), &schema.fields[place].kind));
        let open = suite.is_open(model);
        let wanted = move |values: &[Value], now: Timestamp| {
            let mut values = values.to_vec();
            values[place] = to.clone().unwrap_or(Value::Null);
            open(&values, now) && !guard.matches(values.as_slice(), now)
        };
        let Ok(made) = suite.create_with(model, &[], &wanted) else { return Ok(()) };
        for step in &route {
            let answer = act(suite, &made, step.name)?;
            expect(&answer, 200, || format!("{} on the way to {}", step.name, way.name))?;
        }
        let answer = act(suite, &made, way.name)?;
        expect(&answer, 409, || format!("{} while its guard does not hold for {}", way.name, made.shown))?;
    }
    Ok(())
}

fn is_closed(suite: &Suite, model: usize, made: &Made) -> Result<bool, String> {
    let values = suite.values_of(model, &made.shown)?;
    Ok(!suite.is_open(model)(&values, now()))
}
