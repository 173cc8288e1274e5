//! Who may do what: every caller asks everything of every record, and an interpreter that shares nothing with the engine says what should come.
//!
//! ```text
//! population   records of every model, each field of each with a value of its own: a canary
//! callers      nobody, each role, owners and others, of another tenant and of none, with few scopes, with claims
//! reading      get, list, count, filter, sort, fields, search, expand, related, history, rev, as_of, export; masks
//! writing      create, patch, batch, delete, commands and transitions; what is not the caller's to set
//! whole        put, import: what is left out, too
//! guesses      what is not seen, sent as it is and otherwise
//! back         restores, to a revision and from the trash; purge
//! ```
//! Whatever is answered, in a body or a header, no canary is in it that the caller may not see; and what the caller may see comes. Where
//! something is refused, `rbac explain` says the same.

mod back;
mod callers;
mod guesses;
mod population;
mod reading;
mod telling;
mod whole;
mod writing;

use std::collections::HashMap;
use std::sync::Arc;

use lithair_model::oracle::{Caller, World};
use lithair_model::{AccessSchema, Backend as _, Bindings, FieldAccess, Key, ModelSchema, Query, Start, Value};
pub(super) use reading::encode;
use serde_json::Value as Document;

use super::{Suite, json};
use crate::Engine;
use crate::client::Response;
use crate::testing::factory::{json_of, now};

/// Canaries are at least so long: what is shorter may be anywhere.
const CANARY_BYTES_MIN: usize = 8;

/// Everything that is known of the server's records, and who asks.
pub(super) struct Scene {
    schemas: Vec<&'static ModelSchema>,
    bindings: Bindings,
    /// The records of each model.
    rows: Vec<Vec<Vec<Value>>>,
    /// Their revisions, in the same order.
    revisions: Vec<Vec<u64>>,
    /// Values that were there before.
    past: Vec<Past>,
    callers: Vec<Caller>,
    /// What rules ask about.
    named: callers::Named,
    /// Decisions that were compared.
    decisions: u64,
}

/// What a record once was.
#[derive(Clone)]
struct Past {
    model: usize,
    then: Vec<Value>,
    today: Vec<Value>,
    /// The revision that it was so.
    revision: u64,
}

/// Asks all of it of one model.
pub(super) fn test(suite: &mut Suite, model: usize) -> Result<(), String> {
    if !is_guarded(suite.schema(model)) {
        return Ok(());
    }
    let mut scene = match suite.scene.take() {
        Some(scene) => scene,
        None => Box::new(population::populate(suite)?),
    };
    let found = ask(suite, &mut scene, model);
    suite.decisions += std::mem::take(&mut scene.decisions);
    suite.scene = Some(scene);
    found
}

/// Whether anything is said of who may.
pub(crate) fn is_guarded(schema: &ModelSchema) -> bool {
    let is_open = matches!(schema.access, AccessSchema::Public) && schema.tenant.is_none();
    let is_field_open = |field: &lithair_model::FieldSchema| field.access == FieldAccess::OPEN;
    let by = schema.commands.iter().any(|command| command.by.is_some());
    let ways = schema.fields.iter().filter_map(|field| field.states).flat_map(|states| states.transitions);
    !is_open || by || ways.into_iter().any(|way| way.by.is_some()) || !schema.fields.iter().all(is_field_open)
}

fn ask(suite: &mut Suite, scene: &mut Scene, model: usize) -> Result<(), String> {
    for caller in scene.callers.clone() {
        let who = callers::said(&caller);
        reading::test(suite, scene, model, &caller).map_err(|finding| format!("as {who}: {finding}"))?;
    }
    for caller in scene.callers.clone() {
        let who = callers::said(&caller);
        writing::test(suite, scene, model, &caller).map_err(|finding| format!("as {who}: {finding}"))?;
    }
    Ok(())
}

impl Scene {
    fn world(&self) -> World<'_> {
        World { schemas: &self.schemas, bindings: &self.bindings, rows: &self.rows, now: now() }
    }

    /// Reads all records again, as the engine has them.
    fn reload(&mut self, engine: &Arc<Engine>) -> Result<(), String> {
        for (place, schema) in self.schemas.iter().enumerate() {
            let (rows, revisions) = rows(engine, schema)?;
            (self.rows[place], self.revisions[place]) = (rows, revisions);
        }
        Ok(())
    }

    /// The key of a record as a part of a path.
    fn key(&self, suite: &Suite, model: usize, row: &[Value]) -> String {
        suite.key_path(model, &self.json(model, row))
    }

    /// The key of a record as it is in words.
    fn plain_key(&self, model: usize, row: &[Value]) -> String {
        let schema = self.schemas[model];
        let part = |place: &usize| match json_of(&schema.fields[*place], &row[*place]) {
            Document::String(text) => text,
            other => other.to_string(),
        };
        schema.key.iter().map(part).collect::<Vec<_>>().join(",")
    }

    /// The record as JSON, as somebody would see it who sees everything.
    fn json(&self, model: usize, row: &[Value]) -> Document {
        let fields = self.schemas[model].fields.iter().zip(row);
        fields
            .map(|(field, value)| (field.wire.to_owned(), json_of(field, value)))
            .collect::<serde_json::Map<_, _>>()
            .into()
    }

    /// The values that this caller may not see anywhere, and that are found wherever they are.
    fn forbidden(&self, suite: &Suite, caller: &Caller) -> HashMap<String, String> {
        let world = self.world();
        let mut hidden = HashMap::new();
        let mut seen = Vec::new();
        let past = self.past.iter().map(|past| (past.model, &past.then, Some(&past.today)));
        let present =
            self.rows.iter().enumerate().flat_map(|(model, rows)| rows.iter().map(move |row| (model, row, None)));
        for (model, row, today) in present.chain(past) {
            let schema = self.schemas[model];
            let sides = [Some(row), today];
            let is_seen = |side: &Vec<Value>| world.sees(caller, model, side);
            let sees = lithair_model::oracle::every(sides.iter().flatten().map(|side| is_seen(side)));
            for (place, field) in schema.fields.iter().enumerate() {
                let Some(canary) = canary(&row[place]) else { continue };
                let sees_field = sides.iter().flatten().map(|side| world.sees_field(caller, model, side, place));
                let is_open = suite.is_shown(field);
                let sees = lithair_model::oracle::every(sees_field.chain([sees]));
                match sees {
                    Some(false) => {
                        hidden.insert(
                            canary,
                            format!("{}.{} of {}", schema.name, field.name, self.key(suite, model, row)),
                        );
                    }
                    _ if !is_open => {
                        hidden.insert(canary, format!("{}.{}, which is shown to nobody", schema.name, field.name));
                    }
                    _ => seen.push(canary),
                }
            }
        }
        // The same text may be another record's, too.
        seen.iter().for_each(|canary| drop(hidden.remove(canary)));
        // What callers are themselves, they know.
        let said = callers::said(caller);
        hidden.retain(|canary, _| !said.contains(canary.as_str()));
        hidden
    }

    /// Refuses an answer that has what the caller may not see.
    fn no_leak(&mut self, forbidden: &HashMap<String, String>, asked: &str, answer: &Response) -> Result<(), String> {
        let body = String::from_utf8_lossy(&answer.body);
        let headers: Vec<&str> = answer.headers.iter().filter_map(|(_, value)| value.to_str().ok()).collect();
        for token in headers.into_iter().chain([&*body]).flat_map(tokens) {
            self.decisions += 1;
            if let Some(what) = forbidden.get(token)
                && !asked.contains(token)
            {
                return Err(format!("{asked}: {token}, {what}, is in the answer: {body}"));
            }
        }
        Ok(())
    }
}

/// A value as it would be found in an answer; none where it says too little.
fn canary(value: &Value) -> Option<String> {
    let text = match value {
        Value::Text(text) => text.clone(),
        Value::Int(number) => number.to_string(),
        Value::Uuid(id) => id.to_string(),
        _ => return None,
    };
    let is_token = tokens(&text).next() == Some(text.as_str());
    (text.len() >= CANARY_BYTES_MIN && is_token).then_some(text)
}

/// The words of a text that may be canaries.
fn tokens(text: &str) -> impl Iterator<Item = &str> {
    let is_of_word = |letter: char| letter.is_ascii_alphanumeric() || letter == '-';
    text.split(move |letter| !is_of_word(letter)).filter(|token| token.len() >= CANARY_BYTES_MIN)
}

/// All records of a model as they are stored, those in the trash too, and their revisions.
fn rows(engine: &Arc<Engine>, schema: &ModelSchema) -> Result<(Vec<Vec<Value>>, Vec<u64>), String> {
    let model = engine.catalog().by_table(schema.table).ok_or_else(|| format!("no table {}", schema.table))?;
    let entry = &engine.catalog().models[model];
    let (mut found, mut start): (Vec<_>, _) = (Vec::new(), Start::First);
    loop {
        let query = Query {
            model,
            filter: None,
            search: None,
            order: Vec::new(),
            start,
            limit: 500,
            count: false,
            at: None,
            scan_rows_max: u64::MAX,
        };
        let page = engine.list(&query).map_err(|error| format!("{error:?}"))?;
        found.extend(page.rows.iter().cloned());
        let last: Option<Key> = page.rows.last().map(|row| entry.row_key(row)).filter(|_| page.more);
        let Some(last) = last else { break };
        start = Start::After(Vec::new(), last);
    }
    let values =
        |row: &lithair_model::Row| (0..entry.schema.fields.len()).map(|place| entry.field(row, place)).collect();
    Ok((found.iter().map(|row| values(row)).collect(), found.iter().map(|row| row.revision).collect()))
}

impl Suite {
    /// A request by somebody.
    fn send_as(
        &mut self,
        caller: &Caller,
        (method, path): (&str, &str),
        extra: &[(&str, &str)],
        body: Option<String>,
    ) -> Result<Response, String> {
        let said = caller.subject.is_some().then(|| callers::said(caller));
        let mut headers = extra.to_vec();
        headers.extend(said.as_deref().map(|said| ("lithair-test-principal", said)));
        if body.is_some() && !extra.iter().any(|(name, _)| *name == "content-type") {
            headers.push(("content-type", "application/json"));
        }
        let answer = self.client.request(method, path, &headers, body.unwrap_or_default());
        let answer = answer.map_err(|error| format!("{method} {path}: {error}"))?;
        match answer.status {
            500.. => Err(format!("{method} {path}: {}: {}", answer.status, json(&answer))),
            _ => Ok(answer),
        }
    }

    /// Whether a field is shown to anybody.
    fn is_shown(&self, field: &lithair_model::FieldSchema) -> bool {
        use lithair_model::Exposure::{Open, ReadOnly};
        matches!(field.exposure, Open | ReadOnly)
    }
}
