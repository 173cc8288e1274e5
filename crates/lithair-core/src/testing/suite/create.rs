//! Records for tests: valid, with the records that they refer to.

use lithair_model::{
    Action, Backend as _, Command, DraftMode, Expected, Folded, Operation, OperationKind, OperationResult, Principal,
    Selection, Supplied, Timestamp, Value, Visible, decode_draft, project,
};
use serde_json::Value as Document;

use super::{Made, Suite, code, expect, json};
use crate::block_on::block_on;
use crate::testing::factory::now;

/// Records of one model that are tried: uniques may be taken, and code of the application may refuse.
const TRIES_MAX: usize = 30;
/// How far references of references are followed.
const DEPTH_MAX: usize = 8;

/// Values that a record shall have, by the places of their fields.
pub(super) type Given = Vec<(usize, Value)>;

/// Which records are wanted.
pub(super) type Wanted<'a> = &'a dyn Fn(&[Value], Timestamp) -> bool;

impl Suite {
    /// A new record, and what it refers to.
    pub(super) fn create(&mut self, model: usize) -> Result<Made, String> {
        self.create_with(model, &[], &|_, _| true)
    }

    /// A new record with these values, and for which something is true.
    pub(super) fn create_with(
        &mut self,
        model: usize,
        given: &[(usize, Value)],
        wanted: Wanted<'_>,
    ) -> Result<Made, String> {
        self.create_below(model, given, wanted, DEPTH_MAX)
    }

    fn create_below(
        &mut self,
        model: usize,
        given: &[(usize, Value)],
        wanted: Wanted<'_>,
        depth: usize,
    ) -> Result<Made, String> {
        let mut last = String::new();
        for _ in 0..TRIES_MAX {
            let values = self.draw(model, given, wanted, depth)?;
            let body = self.factory.json(model, &values);
            let path = self.collection(model);
            if !self.offers(model, &[OperationKind::Create]) {
                return self.create_inside(model, values, &body);
            }
            let answer = self.send("POST", &path, Some(&body))?;
            let may_be_other = ["unique-violation", "command-refused", "key-taken"].contains(&code(&answer).as_str());
            if answer.status == 201 || !may_be_other {
                expect(&answer, 201, || format!("a record that keeps all rules is refused: POST {path} {body}"))?;
                let path = answer.header("location").unwrap_or_default().to_owned();
                return Ok(Made { path, shown: json(&answer), values });
            }
            last = json(&answer).to_string();
        }
        Err(format!("{TRIES_MAX} valid records were tried, and none is taken: {last}"))
    }

    /// Values of a record that could be made, with references to records that are.
    pub(super) fn draw(
        &mut self,
        model: usize,
        given: &[(usize, Value)],
        wanted: Wanted<'_>,
        depth: usize,
    ) -> Result<Vec<Value>, String> {
        let given = self.with_targets(model, given, depth)?;
        self.factory.values(model, &given, wanted, &mut self.random).map_err(|error| error.to_string())
    }

    /// The given values, and references to new records where nothing is given.
    pub(super) fn with_targets(
        &mut self,
        model: usize,
        given: &[(usize, Value)],
        depth: usize,
    ) -> Result<Given, String> {
        let mut given = given.to_vec();
        let schema = self.schema(model);
        let mut relations: Vec<_> = schema.relations.iter().zip(self.model(model).targets.clone()).collect();
        // What a reference of several fields says, one of them alone says too.
        relations.sort_by_key(|(relation, _)| std::cmp::Reverse(relation.fields.len()));
        for (relation, target) in relations {
            let value_of =
                |place: &usize| given.iter().find(|(other, _)| other == place).map(|(_, value)| value.clone());
            let known: Vec<Option<Value>> = relation.fields.iter().map(value_of).collect();
            let is_given = known.iter().all(Option::is_some);
            let is_optional = relation.fields.iter().any(|place| schema.fields[*place].optional);
            let is_callers = relation.fields.iter().any(|place| schema.fields[*place].auto.is_none());
            if is_given || !is_callers || is_optional && (depth < DEPTH_MAX || self.random.once_in(2)) {
                continue;
            }
            if depth == 0 {
                return Err(format!("references of references have no end: {}.{}", schema.name, relation.name));
            }
            let parts = self.schema(target).key.iter().copied().zip(known);
            let parts: Given = parts.filter_map(|(place, value)| Some((place, value?))).collect();
            let made = self.create_below(target, &parts, &|_, _| true, depth - 1)?;
            let key = self.key_of(target, &made.shown)?;
            given.extend(relation.fields.iter().copied().zip(key));
        }
        Ok(given)
    }

    /// The key of a record that was shown.
    pub(super) fn key_of(&self, model: usize, shown: &Document) -> Result<Vec<Value>, String> {
        let schema = self.schema(model);
        let values = self.values_of(model, shown)?;
        Ok(schema.key.iter().map(|place| values[*place].clone()).collect())
    }

    /// The values of a record that was shown; null where it is not.
    pub(super) fn values_of(&self, model: usize, shown: &Document) -> Result<Vec<Value>, String> {
        let entry = self.model(model);
        let unreadable =
            |what: &dyn std::fmt::Debug| format!("a record as shown is not one of the model: {what:?}: {shown}");
        let draft = decode_draft(entry, shown.to_string().as_bytes(), DraftMode::Import, &|_| None);
        let draft = draft.map_err(|error| unreadable(&error))?;
        let mut values = vec![Value::Null; entry.schema.fields.len()];
        for (place, supplied) in draft.fields {
            if let Supplied::Value(value) = supplied {
                values[place] = value;
            }
        }
        Ok(values)
    }

    /// Makes a record of a model whose API does not, as the application's own code would.
    fn create_inside(&mut self, model: usize, values: Vec<Value>, body: &Document) -> Result<Made, String> {
        let engine = std::sync::Arc::clone(self.server.engine());
        let draft = decode_draft(self.model(model), body.to_string().as_bytes(), DraftMode::Create, &|_| None);
        let draft = draft.map_err(|error| format!("{error:?}: {body}"))?;
        let table = self.schema(model).table;
        let place = engine.catalog().by_table(table).ok_or_else(|| format!("no table {table}"))?;
        let action = match self.schema(model).projection {
            // As folds would.
            Some(_) => Action::Fold(Folded { rows: vec![values.clone()], gone: Vec::new() }),
            None => Action::Create(draft),
        };
        let operation = Operation { model: place, action, expected: Expected::Anything };
        let command = Command { now: now(), principal: Principal::Anonymous, operations: vec![operation] };
        let outcome = block_on(engine.submit(command))
            .map_err(|refusal| format!("a valid record is refused: {refusal:?}: {body}"))?;
        let created = match outcome.results.into_iter().next() {
            Some(OperationResult::Created(row)) => Some(row),
            _ => engine.read(place, &self.model(model).key_of(&values), None).ok().and_then(|read| read.row),
        };
        let Some(row) = created else {
            return Err(format!("a new record is not created: {body}"));
        };
        let mut text = Vec::new();
        project(&engine.catalog().models[place], &Visible::to_system(&row), &Selection::all(), &mut text);
        let shown: Document = serde_json::from_slice(&text).map_err(|error| error.to_string())?;
        let path = format!("{}/{}", self.collection(model), self.key_path(model, &shown));
        Ok(Made { path, shown, values })
    }

    /// The key as a part of a path.
    pub(super) fn key_path(&self, model: usize, shown: &Document) -> String {
        let schema = self.schema(model);
        let parts = schema.key.iter().map(|place| match &shown[schema.fields[*place].wire] {
            Document::String(text) => text.bytes().map(encoded).collect(),
            other => other.to_string(),
        });
        parts.collect::<Vec<String>>().join(",")
    }
}

/// A byte of a path (RFC 3986, 2.1).
fn encoded(byte: u8) -> String {
    if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") }
}
