//! Whole records, in the place of one that is there or from elsewhere: what they leave out stays as it is where it is not the caller's to
//! leave out.

use std::sync::Arc;

use lithair_model::oracle::{Asked, Verdict};
use lithair_model::{Exposure, Mutability, OperationKind, Right, Value, default_of};
use serde_json::{Map, Value as Document};

use super::super::{code, ensure, json as body_of};
use super::population::put;
use super::writing::{Wish, Writing};
use crate::testing::factory::{broken, json_of, now, writable};

/// How a whole record is sent.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    Replace,
    Import,
}

impl Way {
    const fn word(self) -> &'static str {
        match self {
            Self::Replace => "a replace",
            Self::Import => "an import",
        }
    }
}

/// A whole record that somebody sends, and what becomes of the one that is there.
struct Whole {
    input: Vec<(usize, Value)>,
    after: Vec<Value>,
}

impl Writing<'_> {
    /// Each record is sent whole with one field changed, as its reader would: with what the caller sees and may set.
    pub(super) fn replaces(&mut self, way: Way) -> Result<(), String> {
        if !self.offers(way) {
            return Ok(());
        }
        let mut was_done = false;
        for number in 0..self.records().len() {
            let Some((row, revision)) = self.records().into_iter().nth(number) else { break };
            let Some(Whole { input, after }) = self.whole(&row, number)? else { continue };
            let (world, sides) = (self.scene.world(), [&row, &after]);
            let expected = match way {
                Way::Replace => self.unless_hooked(world.update(self.caller, self.model, &row, &after, &input), &sides),
                // Hooks do not run on what comes from elsewhere.
                Way::Import => {
                    let expected = world.import(self.caller, self.model, Some(&row), &after, &input);
                    self.unless_closed(expected, &sides)
                }
            };
            if expected == Verdict::Done && was_done {
                continue;
            }
            if self.send_whole(way, (&row, revision), &input, expected)? {
                was_done = true;
                self.became(way.word(), &row, &after)?;
                self.put_back(&row)?;
            }
        }
        Ok(())
    }

    pub(super) fn offers(&self, way: Way) -> bool {
        let operation = if way == Way::Replace { OperationKind::Update } else { OperationKind::Bulk };
        self.suite.offers(self.model, &[operation])
    }

    /// Sends a whole record in the place of the one that is there; true if that was done.
    pub(super) fn send_whole(
        &mut self,
        way: Way,
        (row, revision): (&[Value], u64),
        input: &[(usize, Value)],
        expected: Verdict,
    ) -> Result<bool, String> {
        let schema = self.suite.schema(self.model);
        let key = schema.key.iter().map(|place| (*place, row[*place].clone()));
        let key: Vec<(usize, Value)> = key.filter(|_| way == Way::Import).collect();
        let body: Map<String, Document> = key
            .iter()
            .chain(input)
            .map(|(place, value)| (schema.fields[*place].wire.to_owned(), json_of(&schema.fields[*place], value)))
            .collect();
        match way {
            Way::Replace => {
                let path = self.path(row);
                self.expect(&Wish { method: "PUT", path, body: Some(body.into()), revision: Some(revision) }, expected)
            }
            Way::Import => self.expect_line(body, expected),
        }
    }

    /// Imports one line, and compares what comes of it with what should; true if it was done.
    pub(super) fn expect_line(&mut self, line: Map<String, Document>, expected: Verdict) -> Result<bool, String> {
        let path = format!("{}:import", self.suite.collection(self.model));
        let wish = Wish { method: "POST", path, body: Some(line.into()), revision: None };
        let before = self.suite.position();
        let answer = self.ask(&wish)?;
        self.scene.decisions += 1;
        let said = body_of(&answer);
        // Who may import nothing at all is refused before a line is read.
        let is_refused_whole = [401, 403].contains(&answer.status);
        let found = match said["errors"][0]["code"].as_str() {
            Some(code) => code.to_owned(),
            None if answer.status == 200 => "done".to_owned(),
            None => code(&answer),
        };
        let is_right = match expected {
            // Whatever else is wrong with it is no matter of permissions.
            Verdict::Done => {
                let of_permissions = ["forbidden", "record-not-found", "key-taken", "insufficient-scope"];
                !is_refused_whole && !of_permissions.contains(&&*found)
            }
            Verdict::NotFound => found == "record-not-found" || is_refused_whole,
            Verdict::KeyTaken => found == "key-taken" || is_refused_whole,
            Verdict::Forbidden => found == "forbidden" || is_refused_whole,
            Verdict::Invalid => found == "validation-failed" || is_refused_whole,
            Verdict::Unknown => true,
        };
        ensure(is_right, || format!("{}: expected {expected:?}, found {found}: {said}", wish.asked()))?;
        let is_done = found == "done";
        let may_be_done = matches!(expected, Verdict::Done | Verdict::Unknown);
        ensure(may_be_done || !self.suite.is_quiet() || self.suite.position() == before, || {
            format!("{}: is refused, and something is stored", wish.asked())
        })?;
        if is_done {
            self.reload()?;
        }
        Ok(is_done)
    }

    /// The record of this number as its reader would send it, with another value of one field: by turns of one that is not the caller's, too,
    /// and without one that is. None where no value fits.
    fn whole(&mut self, row: &[Value], number: usize) -> Result<Option<Whole>, String> {
        let plain = self.plain_places();
        let Some(changed) = plain.get(number % plain.len().max(1)).copied() else { return Ok(None) };
        let Some(values) = self.changed(row, changed)? else { return Ok(None) };
        let mut input = self.own_fields(row);
        input.retain(|(place, _)| *place != changed);
        let schema = self.suite.schema(self.model);
        let may_be_absent = |place: usize| schema.fields[place].optional || schema.fields[place].default.is_some();
        if number % 2 == 1
            && let Some(left_out) = input.iter().rposition(|(place, _)| plain.contains(place) && may_be_absent(*place))
        {
            input.remove(left_out);
        }
        input.push((changed, values[changed].clone()));
        let entry = self.suite.model(self.model);
        let blank = |place: usize| default_of(entry, place, now()).unwrap_or(Value::Null);
        let blank: Vec<Value> = (0..row.len()).map(blank).collect();
        let after = self.scene.world().replaced(self.caller, self.model, row, &input, &blank);
        let Some(mut after) = after else { return Ok(None) };
        let _ = entry.compute_own(&mut after);
        Ok(broken(entry, &after, now()).is_empty().then_some(Whole { input, after }))
    }

    /// The fields of a record that its reader would send back: those that the caller sees and may set, as they are.
    pub(super) fn own_fields(&self, row: &[Value]) -> Vec<(usize, Value)> {
        let schema = self.suite.schema(self.model);
        let world = self.scene.world();
        let states = (0..row.len()).filter(|place| schema.fields[*place].states.is_some());
        let is_own = |place: &usize| {
            let asked = Asked::of(self.model, row);
            let sees = world.sees_field(self.caller, self.model, row, *place) == Some(true);
            let is_open = schema.fields[*place].exposure == Exposure::Open && !schema.key.contains(place);
            is_open && sees && world.sets_field(self.caller, Right::Update, *place, asked) == Some(true)
        };
        let places = writable(self.suite.model(self.model)).chain(states).filter(is_own);
        places.map(|place| (place, row[place].clone())).collect()
    }

    /// The fields that anybody might change, as far as the model says.
    pub(super) fn plain_places(&self) -> Vec<usize> {
        let schema = self.suite.schema(self.model);
        let is_plain = |place: &usize| {
            let field = &schema.fields[*place];
            let is_reference = schema.relations.iter().any(|relation| relation.fields.contains(place));
            let is_set = field.mutability == Mutability::Free && field.exposure == Exposure::Open;
            is_set
                && !is_reference
                && !schema.key.contains(place)
                && !field.access.owner
                && schema.tenant != Some(*place)
        };
        writable(self.suite.model(self.model)).filter(is_plain).collect()
    }

    /// That a record is what it should be now, but for what the server sets at each change, and hooks do.
    pub(super) fn became(&self, by: &str, row: &[Value], after: &[Value]) -> Result<(), String> {
        let schema = self.suite.schema(self.model);
        if by != Way::Import.word() && !schema.hooks_before.is_empty() {
            return Ok(());
        }
        let is_it = |found: &&Vec<Value>| schema.key.iter().all(|place| found[*place] == row[*place]);
        let found = self.scene.rows[self.model].iter().find(is_it);
        let found = found.ok_or_else(|| "a record that was changed is not there".to_owned())?;
        for (place, field) in schema.fields.iter().enumerate() {
            let is_of_the_server = field.auto.is_some() || field.on_update.is_some() || field.computed.is_some();
            ensure(is_of_the_server || found[place] == after[place], || {
                let [found, after] = [&found[place], &after[place]].map(|value| json_of(field, value));
                let key = self.scene.key(self.suite, self.model, row);
                format!("by {by}, {} of {key} became {found}, expected {after}", field.wire)
            })?;
        }
        Ok(())
    }

    /// Makes a record what it was, so that the records stay as different as they were made.
    pub(super) fn put_back(&mut self, row: &[Value]) -> Result<(), String> {
        let engine = Arc::clone(self.suite.server.engine());
        // What only goes one way stays.
        let _ = put(&engine, self.scene, self.model, row);
        self.reload()
    }
}
