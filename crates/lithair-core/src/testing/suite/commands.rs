//! Commands: who may be asked what, and that an answer is one of those that were declared.

use lithair_model::{CommandSchema, HistorySchema, OperationKind};
use serde_json::json as document;

use super::{Made, Suite, code, ensure, expect, json, points_at};

/// Inputs of one command that are tried.
const TRIES: usize = 6;

pub(super) fn test(suite: &mut Suite, model: usize) -> Result<(), String> {
    let schema = suite.schema(model);
    if schema.commands.is_empty() || !suite.offers(model, &[OperationKind::Get]) {
        return Ok(());
    }
    for (place, command) in schema.commands.iter().enumerate() {
        let made = suite.create(model)?;
        one(suite, model, place, command, &made).map_err(|finding| format!("command {}: {finding}", command.name))?;
    }
    Ok(())
}

fn one(
    suite: &mut Suite,
    model: usize,
    place: usize,
    command: &'static CommandSchema,
    made: &Made,
) -> Result<(), String> {
    let path = format!("{}:{}", made.path, command.name);
    let answer = suite.change_at(&made.path, "POST", &path, &document!({ "_nobody": 1 }))?;
    expect(&answer, 422, || format!("POST {path} with a parameter that nobody declared"))?;
    for field in command.input.fields.iter().filter(|field| !field.optional && field.default.is_none()) {
        let answer = suite.change_at(&made.path, "POST", &path, &document!({}))?;
        ensure(answer.status == 422 && points_at(&answer, field.wire), || {
            format!("POST {path} without `{}`: {}: {}", field.wire, answer.status, json(&answer))
        })?;
    }
    for _ in 0..TRIES {
        let Ok(input) = suite.factory.input(model, place, &mut suite.random) else { return Ok(()) };
        let answer = suite.change_at(&made.path, "POST", &path, &input)?;
        match answer.status {
            200 => return left_its_event(suite, model, command, made, &answer),
            status => is_declared(command, status, &answer, &path)?,
        }
    }
    Ok(())
}

/// What refuses is a rule of the record, a state, a reference, or a reason that the command declares.
fn is_declared(
    command: &CommandSchema,
    status: u16,
    answer: &crate::client::Response,
    path: &str,
) -> Result<(), String> {
    let problem = json(answer);
    let reason = problem["reason"].as_str().unwrap_or_default();
    let is_reason = |status: u16| command.errors.iter().any(|error| (error.status, error.code) == (status, reason));
    let holds = match code(answer).as_str() {
        // Hooks of the records that it changes have reasons of their own.
        "command-refused" => is_reason(status) || !command.errors.iter().any(|error| error.code == reason),
        "internal-error" => false,
        _ => (400..500).contains(&status),
    };
    ensure(holds, || format!("POST {path}: {status} is nothing that is declared: {problem}"))
}

/// The revision that the command made, if it made one, tells the event.
fn left_its_event(
    suite: &mut Suite,
    model: usize,
    command: &CommandSchema,
    made: &Made,
    answer: &crate::client::Response,
) -> Result<(), String> {
    let history = &suite.schema(model).lifecycle.history;
    let revision = &json(answer)["_rev"];
    let is_kept = *history == HistorySchema::WHOLE && suite.offers(model, &[OperationKind::History]);
    if !is_kept || *revision == made.shown["_rev"] {
        return Ok(());
    }
    let page = suite.get(&format!("{}/history", made.path))?;
    let mut revisions = page["items"].as_array().into_iter().flatten();
    let own = revisions.find(|own| own["rev"] == *revision);
    let events = own.and_then(|own| own["events"].as_array()).cloned().unwrap_or_default();
    ensure(events.iter().any(|event| event["name"] == command.event), || {
        format!("revision {revision} tells no `{}`: {page}", command.event)
    })
}
