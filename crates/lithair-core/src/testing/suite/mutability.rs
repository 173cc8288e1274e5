//! What is immutable, written once, only growing, a key, or the server's: so by PATCH, PUT, batch and import.

use lithair_model::{Exposure, FieldSchema, Kind, Mutability, OperationKind, Timestamp, Value};
use serde_json::{Value as Document, json};

use super::{Made, Suite, code, ensure, expect, json as body_of, points_at};
use crate::testing::factory::{json_of, numbers, writable};

pub(super) fn test(suite: &mut Suite, model: usize) -> Result<(), String> {
    for (place, field) in suite.schema(model).fields.iter().enumerate() {
        servers(suite, model, field)?;
        if !suite.offers(model, &[OperationKind::Update, OperationKind::Get]) || field.exposure != Exposure::Open {
            continue;
        }
        match field.mutability {
            _ if suite.model(model).is_key(place) => key(suite, model, place)?,
            Mutability::Immutable => immutable(suite, model, place)?,
            Mutability::WriteOnce => write_once(suite, model, place)?,
            Mutability::Monotonic => monotonic(suite, model, place)?,
            Mutability::Free => free(suite, model, place)?,
        }
    }
    Ok(())
}

/// A record whose field is as wanted, and another value that the field could have.
fn record(
    suite: &mut Suite,
    model: usize,
    place: usize,
    is_null: Option<bool>,
) -> Result<Option<(Made, Value)>, String> {
    let open = suite.is_open(model);
    let wanted = move |values: &[Value], now: Timestamp| {
        is_null.is_none_or(|is_null| (values[place] == Value::Null) == is_null) && open(values, now)
    };
    let Ok(made) = suite.create_with(model, &[], &wanted) else { return Ok(None) };
    let other = another(suite, model, place, &made.values)?;
    Ok(other.map(|other| (made, other)))
}

/// A value with which the record would keep all rules, too.
fn another(suite: &mut Suite, model: usize, place: usize, values: &[Value]) -> Result<Option<Value>, String> {
    let relations = suite.schema(model).relations;
    // Together with others it names a record.
    if relations.iter().any(|relation| relation.fields.len() > 1 && relation.fields.contains(&place)) {
        return Ok(None);
    }
    if let Some(relation) = relations.iter().position(|relation| relation.fields == [place]) {
        let target = suite.model(model).targets[relation];
        let made = suite.create(target)?;
        return Ok(suite.key_of(target, &made.shown)?.pop());
    }
    for _ in 0..200 {
        let value = suite.factory.value(model, place, values, &mut suite.random).map_err(|error| error.to_string())?;
        let mut after = values.to_vec();
        after[place] = value.clone();
        let is_kept =
            crate::testing::factory::broken(suite.model(model), &after, crate::testing::factory::now()).is_empty();
        // Short texts of unique fields are soon taken by others.
        let is_unique = suite.schema(model).uniques.iter().any(|unique| unique.fields.contains(&place));
        let is_rare = !is_unique || !matches!(&value, Value::Text(text) if text.len() < 4);
        if value != values[place] && value != Value::Null && is_kept && is_rare {
            return Ok(Some(value));
        }
    }
    Ok(None)
}

/// A change of one field is refused by every way in, and changes nothing.
fn refused(suite: &mut Suite, model: usize, place: usize, path: &str, value: &Value) -> Result<(), String> {
    let field = &suite.schema(model).fields[place];
    let before = suite.get(path)?;
    let new = json_of(field, value);
    let what = |how: &str| format!("{how} of {} from {} to {new}", field.wire, before[field.wire]);
    let patch = suite.change("PATCH", path, Some(&json!({ field.wire: new })))?;
    expect(&patch, 422, || what("PATCH"))?;
    ensure(points_at(&patch, field.wire), || format!("{}: {}", what("PATCH"), body_of(&patch)))?;
    let mut whole = before.clone();
    whole[field.wire] = new.clone();
    let put = suite.change("PUT", path, Some(&whole))?;
    expect(&put, 422, || what("PUT"))?;
    let key = batch_key(suite, model, &before);
    let operation = json!({
        "op": "patch", "collection": suite.schema(model).path, "id": key,
        "if_match": before["_rev"], "data": { field.wire: new },
    });
    let batch = suite.send("POST", "/api/_batch", Some(&json!({ "ops": [operation] })))?;
    expect(&batch, 422, || what("a batch's patch"))?;
    let may_import = field.mutability != Mutability::Free && !suite.model(model).is_key(place);
    if may_import && suite.offers(model, &[OperationKind::Bulk]) {
        let done = suite.import(model, &whole)?;
        ensure(done["failed"] == 1, || format!("{}: {done}", what("import")))?;
    }
    let after = suite.get(path)?;
    ensure(after == before, || format!("refused changes left {after}, not {before}"))
}

/// The key as batches have it.
fn batch_key(suite: &Suite, model: usize, shown: &Document) -> Document {
    let schema = suite.schema(model);
    let parts: Vec<Document> = schema.key.iter().map(|place| shown[schema.fields[*place].wire].clone()).collect();
    if parts.len() == 1 { parts[0].clone() } else { parts.into() }
}

fn taken(suite: &mut Suite, model: usize, place: usize, path: &str, value: &Value) -> Result<(), String> {
    let field = &suite.schema(model).fields[place];
    let new = json_of(field, value);
    let patch = suite.change("PATCH", path, Some(&json!({ field.wire: new })))?;
    // By chance, another record has it.
    if code(&patch) == "unique-violation" {
        return Ok(());
    }
    expect(&patch, 200, || format!("PATCH of {} to {new}", field.wire))?;
    // An object is merged with what is there.
    let is_merged = matches!(field.kind, Kind::Json) && new.is_object();
    let is_as_sent = is_merged || body_of(&patch)[field.wire] == new || !suite.schema(model).hooks_before.is_empty();
    ensure(is_as_sent, || format!("PATCH of {} to {new} left {}", field.wire, body_of(&patch)[field.wire]))
}

/// What may change does.
fn free(suite: &mut Suite, model: usize, place: usize) -> Result<(), String> {
    let is_writable = writable(suite.model(model)).any(|other| other == place);
    if !is_writable {
        return Ok(());
    }
    let Some((made, other)) = record(suite, model, place, None)? else { return Ok(()) };
    taken(suite, model, place, &made.path, &other)
}

fn key(suite: &mut Suite, model: usize, place: usize) -> Result<(), String> {
    let field = &suite.schema(model).fields[place];
    if field.auto.is_some() || field.computed.is_some() {
        return Ok(());
    }
    let Some((made, other)) = record(suite, model, place, None)? else { return Ok(()) };
    refused(suite, model, place, &made.path, &other)
}

fn immutable(suite: &mut Suite, model: usize, place: usize) -> Result<(), String> {
    let Some((made, other)) = record(suite, model, place, None)? else { return Ok(()) };
    refused(suite, model, place, &made.path, &other)
}

fn write_once(suite: &mut Suite, model: usize, place: usize) -> Result<(), String> {
    let field = &suite.schema(model).fields[place];
    if field.optional
        && let Some((made, value)) = record(suite, model, place, Some(true))?
    {
        taken(suite, model, place, &made.path, &value)?;
        if suite.get(&made.path)?[field.wire].is_null() {
            return Ok(());
        }
        if let Some(other) = another(suite, model, place, &suite.values_of(model, &suite.shown(&made)?)?)? {
            refused(suite, model, place, &made.path, &other)?;
        }
        return refused(suite, model, place, &made.path, &Value::Null);
    }
    let Some((made, other)) = record(suite, model, place, Some(false))? else { return Ok(()) };
    refused(suite, model, place, &made.path, &other)
}

fn monotonic(suite: &mut Suite, model: usize, place: usize) -> Result<(), String> {
    let field = &suite.schema(model).fields[place];
    for _ in 0..5 {
        let Some((made, _)) = record(suite, model, place, Some(false))? else { return Ok(()) };
        let Some(number) = numbers::of_value(&made.values[place]) else { return Ok(()) };
        let unit = numbers::unit(field);
        for (next, grows) in [(number + unit, true), (number, true), (number - unit, false)] {
            let Some(value) = numbers::to_value(next, field) else { continue };
            let mut after = made.values.clone();
            after[place] = value.clone();
            let is_kept =
                crate::testing::factory::broken(suite.model(model), &after, crate::testing::factory::now()).is_empty();
            if !is_kept {
                continue;
            }
            if grows && next > number {
                taken(suite, model, place, &made.path, &value)?;
            } else {
                refused(suite, model, place, &made.path, &value)?;
            }
        }
    }
    Ok(())
}

/// What the server fills, or callers only read, is not theirs to set.
fn servers(suite: &mut Suite, model: usize, field: &'static FieldSchema) -> Result<(), String> {
    let is_servers = field.auto.is_some() || field.computed.is_some() || field.exposure == Exposure::ReadOnly;
    if !is_servers || field.exposure == Exposure::Hidden {
        return Ok(());
    }
    let open = suite.is_open(model);
    let made = suite.create_with(model, &[], &open)?;
    let other = any_other(field, &made.shown[field.wire]);
    if suite.offers(model, &[OperationKind::Create]) {
        let values = suite.draw(model, &[], &|_, _| true, 8)?;
        let mut body = suite.factory.json(model, &values);
        body[field.wire] = other.clone();
        let collection = suite.collection(model);
        let answer = suite.send("POST", &collection, Some(&body))?;
        expect(&answer, 422, || format!("POST with {}, which is the server's", field.wire))?;
        ensure(points_at(&answer, field.wire), || body_of(&answer).to_string())?;
    }
    if suite.offers(model, &[OperationKind::Update, OperationKind::Get]) {
        let answer = suite.change("PATCH", &made.path, Some(&json!({ field.wire: other })))?;
        expect(&answer, 422, || format!("PATCH of {}, which is the server's", field.wire))?;
        let after = suite.get(&made.path)?;
        ensure(after[field.wire] == made.shown[field.wire], || format!("{} is {after}", field.wire))?;
    }
    Ok(())
}

/// Another value of the field's type than the one that is shown.
fn any_other(field: &FieldSchema, shown: &Document) -> Document {
    use lithair_model::Kind;
    match field.kind {
        Kind::Bool => (!shown.as_bool().unwrap_or_default()).into(),
        Kind::Int { .. } => (shown.as_i64().unwrap_or_default() + 1).into(),
        Kind::Float { .. } => json!(shown.as_f64().unwrap_or_default() + 1.0),
        Kind::Decimal => json!(if *shown == "1" || *shown == "1.00" { "2" } else { "1" }),
        Kind::Uuid => json!("00000000-0000-7000-8000-000000000001"),
        Kind::Timestamp => json!("2001-01-31T12:00:00Z"),
        Kind::Date => json!("2001-01-31"),
        Kind::Enum(schema) => {
            let other = schema.variants.iter().find(|variant| *shown != variant.wire);
            other.map_or(Document::Null, |variant| variant.wire.into())
        }
        Kind::Text => json!(format!("{}x", shown.as_str().unwrap_or_default())),
        _ => json!([]),
    }
}

impl Suite {
    /// The record as it was shown last. Where it changed since, `get` says more.
    fn shown(&self, made: &Made) -> Result<Document, String> {
        self.server.try_get(&made.path).map(|answer| body_of(&answer))
    }
}
