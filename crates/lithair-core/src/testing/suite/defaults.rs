//! What stands where nothing was sent, what is made of what was sent, and what the server fills.

use lithair_model::{
    Auto, DefaultValue, Element, Exposure, Expr, FieldSchema, Kind, Normalizer, OperationKind, Value, default_of,
    on_update_of,
};
use serde_json::json;

use super::{Suite, ensure, expect, json as body_of};
use crate::testing::factory::{broken, json_of, now, writable};

pub(super) fn test(suite: &mut Suite, model: usize) -> Result<(), String> {
    given_back(suite, model)?;
    for place in 0..suite.schema(model).fields.len() {
        if suite.offers(model, &[OperationKind::Create]) {
            left_out(suite, model, place)?;
            normalized(suite, model, place)?;
        }
    }
    filled(suite, model)
}

/// What was sent is what is shown, unless the application's code has a say.
fn given_back(suite: &mut Suite, model: usize) -> Result<(), String> {
    if !suite.schema(model).hooks_before.is_empty() {
        return Ok(());
    }
    let made = suite.create(model)?;
    let entry = suite.model(model);
    for place in writable(entry).filter(|place| entry.schema.fields[*place].exposure == Exposure::Open) {
        let field = &entry.schema.fields[place];
        let (sent, shown) = (json_of(field, &made.values[place]), &made.shown[field.wire]);
        ensure(*shown == sent || !is_exact(field), || {
            format!("{} was sent as {sent} and is shown as {shown}", field.wire)
        })?;
    }
    Ok(())
}

/// Floats have several forms, and so have decimals without declared digits.
const fn is_exact(field: &FieldSchema) -> bool {
    match field.kind {
        Kind::Decimal => field.decimal.is_some(),
        Kind::Float { .. } => false,
        _ => true,
    }
}

fn left_out(suite: &mut Suite, model: usize, place: usize) -> Result<(), String> {
    let entry = suite.model(model);
    let field = &entry.schema.fields[place];
    let is_callers = writable(entry).any(|other| other == place);
    let is_servers = field.auto.is_some() || field.states.is_some() || field.computed.is_some();
    if field.exposure == Exposure::Hidden || is_servers {
        return Ok(());
    }
    let is_constant = matches!(field.default, Some(DefaultValue::Expr(expr)) if !matches!(expr, Expr::Now(_)));
    let is_needed = is_callers && field.default.is_none() && !field.optional;
    let default = default_of(entry, place, now()).unwrap_or(Value::Null);
    let fixed = default.clone();
    let is_shown =
        matches!(field.exposure, Exposure::Open | Exposure::ReadOnly) && entry.schema.hooks_before.is_empty();
    let values = if is_needed {
        suite.draw(model, &[], &|_, _| true, 8)?
    } else {
        let Ok(values) =
            suite.draw(model, &[], &move |values, _| values[place] == fixed || values[place] != Value::Null, 8)
        else {
            return Ok(());
        };
        let mut with_default = values;
        with_default[place] = default.clone();
        if !broken(suite.model(model), &with_default, now()).is_empty() {
            return Ok(());
        }
        with_default
    };
    let mut body = suite.factory.json(model, &values);
    if let Some(members) = body.as_object_mut() {
        members.remove(field.wire);
    }
    let collection = suite.collection(model);
    let answer = suite.send("POST", &collection, Some(&body))?;
    if is_needed {
        return expect(&answer, 422, || format!("POST without {}, which has no default", field.wire));
    }
    if answer.status == 409 || super::code(&answer) == "command-refused" {
        return Ok(());
    }
    expect(&answer, 201, || format!("POST without {}", field.wire))?;
    if is_shown && (is_constant || field.default.is_none()) && is_exact(field) {
        let (shown, default) = (&body_of(&answer)[field.wire], json_of(field, &default));
        ensure(*shown == default, || format!("{} was left out: expected {default}, found {shown}", field.wire))?;
    }
    Ok(())
}

/// What a normalizer undoes is undone.
fn normalized(suite: &mut Suite, model: usize, place: usize) -> Result<(), String> {
    let schema = suite.schema(model);
    let field = &schema.fields[place];
    let is_callers = writable(suite.model(model)).any(|other| other == place);
    if field.normalizers.is_empty()
        || field.exposure != Exposure::Open
        || !is_callers
        || !schema.hooks_before.is_empty()
    {
        return Ok(());
    }
    let is_untidy = move |values: &[Value], _| untidy(field, &values[place]) != values[place];
    if !has_normalizers(field) {
        return Ok(());
    }
    let values = suite.draw(model, &[], &is_untidy, 8)?;
    let (sent, tidy) = (json_of(field, &untidy(field, &values[place])), json_of(field, &values[place]));
    let mut body = suite.factory.json(model, &values);
    body[field.wire] = sent.clone();
    let collection = suite.collection(model);
    let answer = suite.send("POST", &collection, Some(&body))?;
    expect(&answer, 201, || format!("POST {} = {sent}", field.wire))?;
    let shown = body_of(&answer)[field.wire].clone();
    ensure(shown == tidy, || format!("{} = {sent}: expected {tidy}, found {shown}", field.wire))
}

/// Whether texts of the field, or inside of it, are normalized.
fn has_normalizers(field: &FieldSchema) -> bool {
    !field.normalizers.is_empty()
        || match field.kind {
            Kind::Struct(schema) => schema.fields.iter().any(has_normalizers),
            Kind::Enum(schema) => schema.variants.iter().any(|variant| variant.fields.iter().any(has_normalizers)),
            Kind::List(element) => has_normalizers(&element_of(element)),
            _ => false,
        }
}

/// A value that the normalizers make this one of.
fn untidy(field: &FieldSchema, value: &Value) -> Value {
    let all = |fields: &[FieldSchema], values: &[Value]| {
        fields.iter().zip(values).map(|(field, value)| untidy(field, value)).collect()
    };
    match (value, field.kind) {
        (Value::Text(text), _) => Value::Text(field.normalizers.iter().fold(text.clone(), untidied)),
        (Value::List(items), Kind::List(element)) => {
            let inner = FieldSchema { normalizers: field.normalizers, ..element_of(element) };
            Value::List(items.iter().map(|item| untidy(&inner, item)).collect())
        }
        (Value::Struct(values), Kind::Struct(schema)) => Value::Struct(all(schema.fields, values)),
        (Value::Variant(name, values), Kind::Enum(schema)) => {
            let variant = schema.variants.iter().find(|variant| variant.wire == name);
            Value::Variant(name.clone(), variant.map(|variant| all(variant.fields, values)).unwrap_or_default())
        }
        _ => value.clone(),
    }
}

fn untidied(text: String, normalizer: &Normalizer) -> String {
    match normalizer {
        Normalizer::Trim => format!(" \t{text}  "),
        Normalizer::Lower => text.to_uppercase(),
        Normalizer::Nfc => text,
    }
}

const fn element_of(element: &Element) -> FieldSchema {
    FieldSchema { kind: element.kind, ..FieldSchema::of::<bool>("element") }
}

/// Times and numbers that the server gives, new and after a change.
fn filled(suite: &mut Suite, model: usize) -> Result<(), String> {
    let open = suite.is_open(model);
    let Ok(first) = suite.create_with(model, &[], &open) else { return Ok(()) };
    let second = suite.create(model)?;
    let schema = suite.schema(model);
    for field in schema.fields.iter().filter(|field| matches!(field.exposure, Exposure::Open | Exposure::ReadOnly)) {
        let (before, after) = (&first.shown[field.wire], &second.shown[field.wire]);
        let is_well = match field.auto {
            Some(Auto::Sequence) => before.as_i64() < after.as_i64() && before.as_i64() >= Some(1),
            Some(Auto::Uuid7 | Auto::Ulid) => before.as_str() < after.as_str(),
            Some(Auto::Created | Auto::Updated) => before.as_str() <= after.as_str() && before.is_string(),
            Some(Auto::Deleted) => before.is_null(),
            _ => true,
        };
        ensure(is_well, || format!("{}: {before}, then {after}", field.wire))?;
    }
    if !suite.offers(model, &[OperationKind::Update, OperationKind::Get]) {
        return Ok(());
    }
    let Some((changed, change)) = touch(suite, model, &first)? else { return Ok(()) };
    for (place, field) in schema.fields.iter().enumerate() {
        if !matches!(field.exposure, Exposure::Open | Exposure::ReadOnly) || change == field.wire {
            continue;
        }
        let (before, after) = (&first.shown[field.wire], &changed[field.wire]);
        match field.auto {
            Some(Auto::Updated) => {
                ensure(before.as_str() < after.as_str(), || format!("{} did not move: {after}", field.wire))?
            }
            Some(_) => ensure(before == after, || format!("{} moved from {before} to {after}", field.wire))?,
            None => {}
        }
        let is_constant = matches!(field.on_update, Some(DefaultValue::Expr(expr)) if !matches!(expr, Expr::Now(_)));
        if is_constant && schema.hooks_before.is_empty() {
            let value = on_update_of(suite.model(model), place, now()).unwrap_or(Value::Null);
            ensure(*after == json_of(field, &value), || {
                format!("{}: on_update is {value:?}, found {after}", field.wire)
            })?;
        } else if field.on_update.is_some() && schema.hooks_before.is_empty() {
            ensure(before != after, || format!("{}: on_update left {after}", field.wire))?;
        }
    }
    Ok(())
}

/// The record after a change of some field, and the field.
fn touch(
    suite: &mut Suite,
    model: usize,
    made: &super::Made,
) -> Result<Option<(serde_json::Value, &'static str)>, String> {
    let entry = suite.model(model);
    let schema = entry.schema;
    let is_reference = |place: &usize| schema.relations.iter().any(|relation| relation.fields.contains(place));
    let places: Vec<usize> = writable(entry)
        .filter(|place| schema.fields[*place].mutability == lithair_model::Mutability::Free)
        .filter(|place| !is_reference(place) && !entry.is_key(*place) && schema.fields[*place].on_update.is_none())
        .collect();
    for place in places {
        for _ in 0..30 {
            let value = suite
                .factory
                .value(model, place, &made.values, &mut suite.random)
                .map_err(|error| error.to_string())?;
            let field = &schema.fields[place];
            let answer = suite.change("PATCH", &made.path, Some(&json!({ field.wire: json_of(field, &value) })))?;
            if answer.status == 200 && body_of(&answer)["_rev"] != made.shown["_rev"] {
                return Ok(Some((body_of(&answer), field.wire)));
            }
        }
    }
    Ok(None)
}
