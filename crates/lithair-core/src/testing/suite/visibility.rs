//! What is hidden or only written is shown nowhere: not in answers, lists, related records or history, and not to filters.

use lithair_model::{Exposure, FieldSchema, Kind, OperationKind, Value, filter_name};

use super::access::encode;
use super::{Made, Suite, ensure, expect};

/// In the values of what is not shown, so that it is found wherever it leaks.
const CANARY: &str = "canary0canary";

pub(super) fn test(suite: &mut Suite, model: usize) -> Result<(), String> {
    let made = suite.create(model)?;
    for (place, field) in suite.schema(model).fields.iter().enumerate() {
        let is_dark = matches!(field.exposure, Exposure::Hidden | Exposure::WriteOnly);
        if is_dark {
            in_answers(suite, model, &made, field)?;
            in_parameters(suite, model, field)?;
        } else {
            ensure(made.shown.get(field.wire).is_some(), || format!("{} is not shown: {}", field.wire, made.shown))?;
        }
        if field.exposure == Exposure::WriteOnly {
            canary(suite, model, place, field)?;
        }
        if field.exposure == Exposure::Hidden && suite.offers(model, &[OperationKind::Create]) {
            unknown(suite, model, field)?;
        }
        readable(suite, model, field)?;
    }
    Ok(())
}

/// Everything that shows records of the model.
fn pages(suite: &mut Suite, model: usize, path: &str) -> Vec<String> {
    let collection = suite.collection(model);
    let offered = [
        (OperationKind::Get, path.to_owned()),
        (OperationKind::List, collection.clone()),
        (OperationKind::History, format!("{path}/history")),
    ];
    offered.into_iter().filter(|(operation, _)| suite.offers(model, &[*operation])).map(|(_, path)| path).collect()
}

fn in_answers(suite: &mut Suite, model: usize, made: &Made, field: &FieldSchema) -> Result<(), String> {
    ensure(made.shown.get(field.wire).is_none(), || format!("{} is in the answer to its creation", field.wire))?;
    let name = format!("\"{}\":", field.wire);
    for path in pages(suite, model, &made.path) {
        let answer = suite.send("GET", &path, None)?;
        expect(&answer, 200, || format!("GET {path}"))?;
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        ensure(!text.contains(&name), || format!("{} is in GET {path}: {text}", field.wire))?;
    }
    Ok(())
}

fn canary(suite: &mut Suite, model: usize, place: usize, field: &FieldSchema) -> Result<(), String> {
    if !matches!(field.kind, Kind::Text) {
        return Ok(());
    }
    let given = [(place, Value::Text(CANARY.to_owned()))];
    let Ok(made) = suite.create_with(model, &given, &|_, _| true) else { return Ok(()) };
    ensure(!made.shown.to_string().contains(CANARY), || format!("the value of {} is in {}", field.wire, made.shown))?;
    for path in pages(suite, model, &made.path) {
        let answer = suite.send("GET", &path, None)?;
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        ensure(!text.contains(CANARY), || format!("the value of {} is in GET {path}: {text}", field.wire))?;
    }
    Ok(())
}

/// A name that is not shown is one that does not exist.
fn in_parameters(suite: &mut Suite, model: usize, field: &FieldSchema) -> Result<(), String> {
    if !suite.offers(model, &[OperationKind::List]) {
        return Ok(());
    }
    let collection = suite.collection(model);
    for query in [
        format!("filter={}", encode(&format!("{}=null", filter_name(field.wire)))),
        format!("sort={}", field.wire),
        format!("fields={}", field.wire),
    ] {
        let answer = suite.send("GET", &format!("{collection}?{query}"), None)?;
        expect(&answer, 400, || format!("GET {collection}?{query}"))?;
    }
    Ok(())
}

fn unknown(suite: &mut Suite, model: usize, field: &FieldSchema) -> Result<(), String> {
    let values = suite.draw(model, &[], &|_, _| true, 8)?;
    let mut body = suite.factory.json(model, &values);
    body[field.wire] = serde_json::Value::Null;
    let collection = suite.collection(model);
    let answer = suite.send("POST", &collection, Some(&body))?;
    expect(&answer, 422, || format!("POST with {}, which is hidden", field.wire))
}

/// The field's name, or the path to the first in it that has an order.
fn in_order(field: &FieldSchema) -> String {
    let Kind::Struct(schema) = field.kind else { return field.wire.to_owned() };
    let inner = schema.fields.iter().find(|inner| !matches!(inner.kind, Kind::List(_) | Kind::Json));
    inner.map_or_else(|| field.wire.to_owned(), |inner| format!("{}.{}", field.wire, in_order(inner)))
}

/// What is declared to be filtered and sorted by can be.
fn readable(suite: &mut Suite, model: usize, field: &FieldSchema) -> Result<(), String> {
    let collection = suite.collection(model);
    if !suite.offers(model, &[OperationKind::List]) {
        return Ok(());
    }
    let sort = format!("sort={}", in_order(field));
    let filter = format!("filter={}", encode(&format!("{}!=null", filter_name(field.wire))));
    for (is_declared, query) in [(field.filter, filter), (field.sort, sort)] {
        if is_declared {
            let answer = suite.send("GET", &format!("{collection}?{query}&limit=1"), None)?;
            expect(&answer, 200, || format!("GET {collection}?{query}"))?;
        }
    }
    Ok(())
}
