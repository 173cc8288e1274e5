//! What somebody changes: what they may is done, what they may not is refused and changes nothing.

use std::collections::HashMap;
use std::sync::Arc;

use lithair_auth::{Described, Question, explain};
use lithair_model::oracle::{Asked, Caller, Verdict};
use lithair_model::{
    Action, Draft, Exposure, Literal, MASK_SIGN, OperationKind, Principal, Right, Supplied, System, Target, Value,
    default_of, literal_value, right_text, text_value,
};
use serde_json::{Value as Document, json};

use super::super::{Suite, code, ensure, json as body_of};
use super::Scene;
use super::population::{ROWS, put, submit};
use super::whole::Way;
use crate::client::Response;
use crate::testing::factory::{broken, json_of, now, writable};

/// The last records are for what cannot be undone: their states change.
pub(super) const LASTING: usize = ROWS - 3;

pub(super) fn test(suite: &mut Suite, scene: &mut Scene, model: usize, caller: &Caller) -> Result<(), String> {
    let mut writing = Writing { suite, scene, model, caller, forbidden: None, last: 0 };
    let schema = writing.suite.schema(model);
    if !caller.is_for("write", schema.path) {
        return writing.nothing();
    }
    if schema.operations.contains(&OperationKind::Update) && schema.projection.is_none() {
        writing.changes()?;
        writing.replaces(Way::Replace)?;
        writing.forgeries()?;
        writing.restores()?;
    }
    writing.actions()?;
    if schema.projection.is_none() {
        writing.creates(OperationKind::Create)?;
        writing.creates(OperationKind::Bulk)?;
        writing.replaces(Way::Import)?;
    }
    writing.guesses()?;
    writing.out_of_the_trash()?;
    if schema.operations.contains(&OperationKind::Delete) {
        writing.deletes()?;
    }
    Ok(())
}

pub(super) struct Writing<'s> {
    pub(super) suite: &'s mut Suite,
    pub(super) scene: &'s mut Scene,
    pub(super) model: usize,
    pub(super) caller: &'s Caller,
    /// Canaries that are not to come; none where they are to be found out again.
    forbidden: Option<HashMap<String, String>>,
    /// The status of the last answer.
    pub(super) last: u16,
}

/// Something that is asked for.
pub(super) struct Wish<'a> {
    pub(super) method: &'a str,
    pub(super) path: String,
    pub(super) body: Option<Document>,
    /// The revision of the record, where the model asks for it.
    pub(super) revision: Option<u64>,
}

impl Wish<'_> {
    /// In words.
    pub(super) fn asked(&self) -> String {
        let body = self.body.as_ref().map(Document::to_string).unwrap_or_default();
        format!("{} {} {body}", self.method, self.path)
    }
}

impl Writing<'_> {
    pub(super) fn path(&self, row: &[Value]) -> String {
        format!("{}/{}", self.suite.collection(self.model), self.scene.key(self.suite, self.model, row))
    }

    fn locks(&self) -> bool {
        self.suite.schema(self.model).lifecycle.optimistic_lock
    }

    /// The records with their revisions: those in the trash are not changed.
    pub(super) fn records(&self) -> Vec<(Vec<Value>, u64)> {
        let rows = self.scene.rows[self.model].iter().cloned().zip(self.scene.revisions[self.model].iter().copied());
        rows.filter(|(row, _)| !self.suite.model(self.model).is_deleted(row)).collect()
    }

    pub(super) fn ask(&mut self, wish: &Wish<'_>) -> Result<Response, String> {
        let revision = wish.revision.filter(|_| self.locks()).map(|revision| format!("\"{revision}\""));
        let mut headers: Vec<(&str, &str)> =
            revision.as_deref().map(|revision| ("if-match", revision)).into_iter().collect();
        headers.extend(wish.path.ends_with(":import").then_some(("content-type", "application/x-ndjson")));
        let body = wish.body.as_ref().map(Document::to_string);
        let asked = wish.asked();
        let forbidden = self.forbidden.take().unwrap_or_else(|| self.scene.forbidden(self.suite, self.caller));
        let answer = self.suite.send_as(self.caller, (wish.method, &wish.path), &headers, body)?;
        self.last = answer.status;
        self.scene.no_leak(&forbidden, &asked, &answer)?;
        self.forbidden = Some(forbidden);
        Ok(answer)
    }

    /// Asks, and compares what comes of it with what should; true if it was done.
    pub(super) fn expect(&mut self, wish: &Wish<'_>, expected: Verdict) -> Result<bool, String> {
        self.expect_either(wish, [expected, expected])
    }

    /// The same, where the same refusal is told in one of two ways.
    pub(super) fn expect_either(&mut self, wish: &Wish<'_>, either: [Verdict; 2]) -> Result<bool, String> {
        let expected = either[0];
        let before = self.suite.position();
        let answer = self.ask(wish)?;
        self.scene.decisions += 1;
        let (status, code) = (answer.status, code(&answer));
        let is_done = (200..300).contains(&status);
        let is_known = self.caller.subject.is_some();
        let is_so = |expected: Verdict| match expected {
            // Whatever else is wrong with it is no matter of permissions.
            Verdict::Done => {
                is_done
                    || !["forbidden", "authentication-required", "record-not-found", "insufficient-scope"]
                        .contains(&&*code)
            }
            // A revision that is named is that of no record.
            Verdict::NotFound => status == 404 || status == 412 && self.locks() || status == 401 && !is_known,
            Verdict::Forbidden => status == 403 || status == 401 && !is_known,
            Verdict::Invalid => status == 422,
            Verdict::KeyTaken => status == 409,
            Verdict::Unknown => true,
        };
        let asked = || wish.asked();
        ensure(either.into_iter().any(is_so), || {
            format!("{}: expected {expected:?}, found {status}: {}", asked(), body_of(&answer))
        })?;
        let may_be_done = matches!(expected, Verdict::Done | Verdict::Unknown);
        ensure(may_be_done || !self.suite.is_quiet() || self.suite.position() == before, || {
            format!("{}: is refused, and something is stored", asked())
        })?;
        if is_done {
            self.reload()?;
        }
        Ok(is_done)
    }

    /// Reads what is there now, and what of it the caller may not see.
    pub(super) fn reload(&mut self) -> Result<(), String> {
        let engine = Arc::clone(self.suite.server.engine());
        self.scene.reload(&engine)?;
        self.forbidden = None;
        Ok(())
    }

    /// A key without the scope changes nothing.
    fn nothing(&mut self) -> Result<(), String> {
        for (row, revision) in self.records() {
            let (path, nothing) = (self.path(&row), || Some(json!({})));
            for (method, rest, body) in [
                ("PATCH", "", nothing()),
                ("PUT", "", nothing()),
                ("POST", ":restore", nothing()),
                ("DELETE", "", None),
            ] {
                let wish = Wish { method, path: format!("{path}{rest}"), body, revision: Some(revision) };
                let answer = self.ask(&wish)?;
                ensure([403, 405].contains(&answer.status), || format!("{method} {}: {}", wish.path, answer.status))?;
            }
        }
        if self.offers(Way::Import) {
            self.expect_line(serde_json::Map::new(), Verdict::Forbidden)?;
        }
        Ok(())
    }

    /// Changes of one field, by a patch and in a batch.
    fn changes(&mut self) -> Result<(), String> {
        let schema = self.suite.schema(self.model);
        let places = self.plain_places();
        let states: Vec<usize> =
            (0..schema.fields.len()).filter(|place| schema.fields[*place].states.is_some()).collect();
        let places: Vec<usize> = places.into_iter().chain(states).collect();
        for (round, place) in places.iter().enumerate() {
            let mut was_done = false;
            for number in 0..self.records().len() {
                let Some((row, revision)) = self.records().into_iter().nth(number) else { break };
                let Some(after) = self.changed(&row, *place)? else { continue };
                let input = [(*place, after[*place].clone())];
                let expected = self.scene.world().update(self.caller, self.model, &row, &after, &input);
                let expected = self.unless_hooked(expected, &[&row, &after]);
                // What is done costs a sync: once is enough.
                let is_kept = schema.fields[*place].states.is_some() && number < LASTING;
                let field = &schema.fields[*place];
                let mut body = serde_json::Map::new();
                body.insert(field.wire.to_owned(), json_of(field, &after[*place]));
                if expected == Verdict::Done && (was_done || is_kept) {
                    self.explained_change(&row, body, 200)?;
                    continue;
                }
                let path = self.path(&row);
                let in_batch = (round + number) % 3 == 2 && !self.locks() && schema.key.len() == 1;
                let wish = if in_batch {
                    let key = json_of(&schema.fields[schema.key[0]], &row[schema.key[0]]);
                    let operation = json!({ "op": "patch", "collection": schema.path, "id": key, "data": body });
                    let body = Some(json!({ "ops": [operation] }));
                    Wish { method: "POST", path: "/api/_batch".to_owned(), body, revision: None }
                } else {
                    Wish { method: "PATCH", path, body: Some(body.clone().into()), revision: Some(revision) }
                };
                if self.expect(&wish, expected)? {
                    was_done = true;
                    self.undo(&row, *place)?;
                } else if !in_batch && matches!(expected, Verdict::Forbidden | Verdict::NotFound | Verdict::Invalid) {
                    self.explained_change(&row, body, self.last)?;
                }
            }
        }
        Ok(())
    }

    /// Gives a field back the value that it had, so that the records stay as different as they were made.
    fn undo(&mut self, row: &[Value], place: usize) -> Result<(), String> {
        if self.suite.schema(self.model).fields[place].states.is_some() {
            return Ok(());
        }
        let engine = Arc::clone(self.suite.server.engine());
        let draft = Draft { fields: vec![(place, Supplied::Value(row[place].clone()))], revision: None };
        let target = Target::Key(self.suite.model(self.model).key_of(row));
        // What only goes one way stays.
        let _ = submit(&engine, self.scene, self.model, Action::Patch(target, draft));
        self.reload()
    }

    /// What hooks make of a record, only they know.
    pub(super) fn unless_hooked(&self, expected: Verdict, sides: &[&Vec<Value>]) -> Verdict {
        match expected {
            Verdict::Forbidden | Verdict::Invalid if !self.suite.schema(self.model).hooks_before.is_empty() => {
                Verdict::Unknown
            }
            expected => self.unless_closed(expected, sides),
        }
    }

    /// A record that does not change at all is refused for that, whoever asks.
    pub(super) fn unless_closed(&self, expected: Verdict, sides: &[&Vec<Value>]) -> Verdict {
        let when = self.suite.model(self.model).immutable_when.as_ref();
        let is_closed = when.is_some_and(|when| sides.iter().any(|row| when.matches(row.as_slice(), now())));
        match expected {
            Verdict::Forbidden | Verdict::Invalid if is_closed => Verdict::Unknown,
            expected => expected,
        }
    }

    /// The record with another value of a field; none where there is none that could be.
    pub(super) fn changed(&mut self, row: &[Value], place: usize) -> Result<Option<Vec<Value>>, String> {
        let schema = self.suite.schema(self.model);
        let mut after = row.to_vec();
        if let Some(states) = schema.fields[place].states {
            let is = |name: &'static str| literal_value(&Literal::Variant(name), &schema.fields[place].kind);
            let entry = self.suite.model(self.model);
            let ways = states
                .transitions
                .iter()
                .filter(|way| way.from.iter().any(|from| is(from).as_ref() == Some(&row[place])));
            let by_itself = |way: &&lithair_model::TransitionSchema| {
                way.guard.is_none() && entry.transitions.iter().any(|known| known.name == way.name && !known.by_command)
            };
            let Some(value) = ways.filter(by_itself).find_map(|way| is(way.to)) else { return Ok(None) };
            after[place] = value;
            return Ok(Some(after));
        }
        for _ in 0..10 {
            let value = self.suite.factory.value(self.model, place, row, &mut self.suite.random);
            after[place] = value.map_err(|error| error.to_string())?;
            if after[place] != row[place] && broken(self.suite.model(self.model), &after, now()).is_empty() {
                let _ = self.suite.model(self.model).compute_own(&mut after);
                return Ok(Some(after));
            }
        }
        Ok(None)
    }

    /// What is not the caller's to say is refused, by every way in.
    fn forgeries(&mut self) -> Result<(), String> {
        let schema = self.suite.schema(self.model);
        let Some((row, revision)) = self.records().into_iter().find(|(row, _)| {
            let verdict = self.scene.world().update(self.caller, self.model, row, row, &[]);
            verdict == Verdict::Done && self.unless_hooked(Verdict::Forbidden, &[row]) == Verdict::Forbidden
        }) else {
            return Ok(());
        };
        let own = self.own_fields(&row);
        for (place, field) in schema.fields.iter().enumerate() {
            self.mask_is_no_value((&row, revision), &own, place)?;
            let is_whose = field.access.owner || schema.tenant == Some(place);
            let is_servers = field.computed.is_some() || field.exposure == Exposure::ReadOnly || field.auto.is_some();
            if !is_whose && !is_servers {
                continue;
            }
            let other = self.scene.rows[self.model]
                .iter()
                .map(|row| row[place].clone())
                .find(|value| *value != row[place] && *value != Value::Null);
            let Some(other) = other else { continue };
            let body = json!({ field.wire: json_of(field, &other) });
            let path = self.path(&row);
            self.expect(&Wish { method: "PATCH", path, body: Some(body), revision: Some(revision) }, Verdict::Invalid)?;
            let forged = with(&own, place, other);
            self.send_whole(Way::Replace, (&row, revision), &forged, Verdict::Invalid)?;
            // An import has keys of its own, and what is computed in it is passed over.
            if self.offers(Way::Import) && !schema.key.contains(&place) && field.computed.is_none() {
                self.send_whole(Way::Import, (&row, revision), &forged, Verdict::Invalid)?;
            }
        }
        Ok(())
    }

    /// A mask that is sent back is refused, whoever sends it.
    fn mask_is_no_value(
        &mut self,
        (row, revision): (&[Value], u64),
        own: &[(usize, Value)],
        place: usize,
    ) -> Result<(), String> {
        let field = &self.suite.schema(self.model).fields[place];
        if field.access.mask.is_none() || field.exposure != Exposure::Open {
            return Ok(());
        }
        let mask = Value::Text(format!("{MASK_SIGN}1234"));
        let (path, body) = (self.path(row), json!({ field.wire: json_of(field, &mask) }));
        self.expect(&Wish { method: "PATCH", path, body: Some(body), revision: Some(revision) }, Verdict::Invalid)?;
        let masked = with(own, place, mask);
        self.send_whole(Way::Replace, (row, revision), &masked, Verdict::Invalid)?;
        match self.offers(Way::Import) {
            true => self.send_whole(Way::Import, (row, revision), &masked, Verdict::Invalid).map(drop),
            false => Ok(()),
        }
    }

    /// Commands and transitions.
    fn actions(&mut self) -> Result<(), String> {
        let names: Vec<&'static str> = self.suite.model(self.model).actions().filter(|name| *name != "purge").collect();
        for name in names {
            let command = self.suite.schema(self.model).commands.iter().position(|command| command.name == name);
            let mut was_done = false;
            for number in 0..self.records().len() {
                let Some((row, revision)) = self.records().into_iter().nth(number) else { break };
                let right = Right::Command(name);
                let expected = self.scene.world().act(self.caller, right, self.model, &row);
                if expected == Verdict::Done && (was_done || number < LASTING) {
                    explained(self.suite, self.scene, (self.model, &row), self.caller, (name, right), 200)?;
                    continue;
                }
                let body = match command {
                    Some(command) => {
                        let input = self.suite.factory.input(self.model, command, &mut self.suite.random);
                        Some(input.map_err(|error| error.to_string())?)
                    }
                    None => None,
                };
                let path = format!("{}:{name}", self.path(&row));
                let wish = Wish { method: "POST", path, body, revision: Some(revision) };
                was_done |= self.expect(&wish, expected)?;
                if matches!(expected, Verdict::Forbidden | Verdict::NotFound) {
                    explained(self.suite, self.scene, (self.model, &row), self.caller, (name, right), self.last)?;
                }
            }
        }
        Ok(())
    }

    /// New records: of whoever makes them, and of their tenant. With what the caller may set, and with one field more that is not theirs.
    fn creates(&mut self, operation: OperationKind) -> Result<(), String> {
        let schema = self.suite.schema(self.model);
        if !schema.operations.contains(&operation) {
            return Ok(());
        }
        let is_whose = |place: usize| schema.fields[place].access.owner || schema.tenant == Some(place);
        let ruled = (0..schema.fields.len()).filter(|place| schema.fields[*place].access.create.is_some());
        let added: Vec<Option<usize>> = [None, None].into_iter().chain(ruled.map(Some)).collect();
        for (round, added) in added.into_iter().enumerate() {
            let Some(mut values) = self.made(round)? else { return Ok(()) };
            let writable: Vec<usize> =
                writable(self.suite.model(self.model)).filter(|place| !is_whose(*place)).collect();
            let is_owned = self.owned(&mut values);
            let world = self.scene.world();
            let asked = Asked { model: self.model, own: &values, before: None, input: &[] };
            let may_be_absent = |place: usize| schema.fields[place].optional || schema.fields[place].default.is_some();
            let sets = |place: usize| world.sets_field(self.caller, Right::Create, place, asked) == Some(true);
            let is_sent = |place: &usize| !may_be_absent(*place) || sets(*place) || added == Some(*place);
            let sent: Vec<usize> = writable.iter().copied().filter(is_sent).collect();
            for place in writable.iter().filter(|place| !sent.contains(place)) {
                values[*place] = default_of(self.suite.model(self.model), *place, now()).unwrap_or(Value::Null);
            }
            let input: Vec<(usize, Value)> = sent.iter().map(|place| (*place, values[*place].clone())).collect();
            let expected = match is_owned {
                // Hooks do not run on what comes from elsewhere.
                true if operation == OperationKind::Bulk => {
                    self.scene.world().import(self.caller, self.model, None, &values, &input)
                }
                true => self.unless_hooked(self.scene.world().create(self.caller, self.model, &values, &input), &[]),
                false => Verdict::Forbidden,
            };
            let member = |place: &usize| {
                (schema.fields[*place].wire.to_owned(), json_of(&schema.fields[*place], &values[*place]))
            };
            let body: serde_json::Map<String, Document> = sent.iter().map(member).collect();
            let known: Vec<Vec<Value>> = self.scene.rows[self.model].clone();
            let is_done = match operation {
                OperationKind::Bulk => self.expect_line(body, expected)?,
                _ => {
                    let path = self.suite.collection(self.model);
                    let wish = Wish { method: "POST", path, body: Some(body.into()), revision: None };
                    self.expect(&wish, expected)?
                }
            };
            if is_done {
                self.is_whose(&known, &values)?;
            }
        }
        Ok(())
    }

    /// Values of a new record, with references to records that the caller sees.
    fn made(&mut self, round: usize) -> Result<Option<Vec<Value>>, String> {
        let schema = self.suite.schema(self.model);
        let mut given = Vec::new();
        for (relation, target) in schema.relations.iter().zip(self.suite.model(self.model).targets.clone()) {
            let world = self.scene.world();
            let is_there = |row: &&Vec<Value>| !self.suite.model(target).is_deleted(row);
            let seen = self.scene.rows[target]
                .iter()
                .filter(is_there)
                .filter(|row| world.sees(self.caller, target, row) == Some(true));
            let row = seen.clone().nth(round % seen.count().max(1)).cloned();
            let Some(row) = row else {
                if relation.fields.iter().any(|place| schema.fields[*place].optional) {
                    continue;
                }
                return Ok(None);
            };
            let key = self.suite.schema(target).key.iter().map(|place| row[*place].clone());
            given.extend(relation.fields.iter().copied().zip(key));
        }
        if round % 2 == 1 {
            // What rules compare with is worth trying.
            for (place, field) in
                schema.fields.iter().enumerate().filter(|(_, field)| field.states.is_none() && field.rules.is_empty())
            {
                let is_plain =
                    !given.iter().any(|(other, _)| *other == place) && field.auto.is_none() && field.computed.is_none();
                given.extend(self.scene.named.literal(field, 0).filter(|_| is_plain).map(|value| (place, value)));
            }
        }
        let values = self.suite.factory.values(self.model, &given, &|_, _| true, &mut self.suite.random);
        let mut values = values.map_err(|error| error.to_string())?;
        let _ = self.suite.model(self.model).compute_own(&mut values);
        Ok(Some(values))
    }

    /// Makes a new record the caller's; false where it cannot be anybody's.
    fn owned(&self, values: &mut [Value]) -> bool {
        let schema = self.suite.schema(self.model);
        let owner = schema.fields.iter().position(|field| field.access.owner);
        let whose = [(owner, &self.caller.subject), (schema.tenant, &self.caller.tenant)];
        for (place, who) in whose {
            let Some(place) = place else { continue };
            match who.as_deref().and_then(|who| text_value(who, &schema.fields[place].kind)) {
                Some(value) => values[place] = value,
                None if schema.fields[place].optional => values[place] = Value::Null,
                None => return false,
            }
        }
        true
    }

    /// That the record which is new is the caller's, and goes again.
    fn is_whose(&mut self, known: &[Vec<Value>], values: &[Value]) -> Result<(), String> {
        let schema = self.suite.schema(self.model);
        let key = |row: &[Value]| schema.key.iter().map(|place| row[*place].clone()).collect::<Vec<_>>();
        let is_new = |row: &&Vec<Value>| !known.iter().any(|other| key(other) == key(row));
        let Some(new) = self.scene.rows[self.model].iter().find(is_new).cloned() else {
            return Err("a new record is not there".to_owned());
        };
        let owner = schema.fields.iter().position(|field| field.access.owner);
        for place in [owner, schema.tenant].into_iter().flatten() {
            ensure(new[place] == values[place], || {
                format!("a new record is somebody else's: {}", self.scene.json(self.model, &new))
            })?;
        }
        let engine = Arc::clone(self.suite.server.engine());
        let target = || Target::Key(self.suite.model(self.model).key_of(&new));
        // It stays where something refers to it already.
        let _ = submit(&engine, self.scene, self.model, Action::Delete(target()));
        let _ = submit(&engine, self.scene, self.model, Action::Purge(target()));
        self.reload()
    }

    /// Deletes: one that is done is undone, so that there is something to ask about.
    fn deletes(&mut self) -> Result<(), String> {
        let mut was_done = false;
        for number in 0..self.records().len() {
            let Some((row, revision)) = self.records().into_iter().nth(number) else { return Ok(()) };
            let expected =
                self.unless_hooked(self.scene.world().act(self.caller, Right::Delete, self.model, &row), &[&row]);
            if expected == Verdict::Done && was_done {
                explained(self.suite, self.scene, (self.model, &row), self.caller, ("delete", Right::Delete), 200)?;
                continue;
            }
            let wish = Wish { method: "DELETE", path: self.path(&row), body: None, revision: Some(revision) };
            let all = self.scene.rows.clone();
            if self.expect(&wish, expected)? {
                was_done = true;
                self.restore(&all)?;
            } else if matches!(expected, Verdict::Forbidden | Verdict::NotFound) {
                explained(
                    self.suite,
                    self.scene,
                    (self.model, &row),
                    self.caller,
                    ("delete", Right::Delete),
                    self.last,
                )?;
            }
        }
        Ok(())
    }

    /// Brings back what a delete took along, and puts back what was in the trash.
    pub(super) fn restore(&mut self, all: &[Vec<Vec<Value>>]) -> Result<(), String> {
        let engine = Arc::clone(self.suite.server.engine());
        for _ in 0..2 {
            for (model, rows) in all.iter().enumerate() {
                let missing =
                    rows.iter().filter(|row| !self.scene.rows[model].contains(row)).cloned().collect::<Vec<_>>();
                for row in missing {
                    let entry = self.suite.model(model);
                    let target = Target::Key(entry.key_of(&row));
                    let back = if entry.is_deleted(&row) { Action::Delete(target) } else { Action::Undelete(target) };
                    let _ = submit(&engine, self.scene, model, back);
                    let _ = put(&engine, self.scene, model, &row);
                }
            }
            self.reload()?;
        }
        Ok(())
    }

    /// What an operator is told of a change says the same as the answer.
    fn explained_change(
        &mut self,
        row: &[Value],
        body: serde_json::Map<String, Document>,
        status: u16,
    ) -> Result<(), String> {
        let of = format!("{}/{}", self.suite.schema(self.model).name, self.scene.plain_key(self.model, row));
        let question =
            Question { who: described(self.caller), can: "update".to_owned(), of, field: None, body: Some(body) };
        says(self.suite, question, status)
    }
}

/// The same fields with another value of one.
fn with(fields: &[(usize, Value)], place: usize, value: Value) -> Vec<(usize, Value)> {
    let others = fields.iter().filter(|(other, _)| *other != place).cloned();
    others.chain([(place, value)]).collect()
}

/// That an explanation says the status of the answer that was given.
pub(super) fn explained(
    suite: &Suite,
    scene: &Scene,
    (model, row): (usize, &[Value]),
    caller: &Caller,
    (_, right): (&str, Right),
    status: u16,
) -> Result<(), String> {
    let of = format!("{}/{}", suite.schema(model).name, scene.plain_key(model, row));
    says(suite, Question { who: described(caller), can: right_text(right), of, field: None, body: None }, status)
}

fn says(suite: &Suite, question: Question, status: u16) -> Result<(), String> {
    let asked = serde_json::to_string(&question).unwrap_or_default();
    let engine = suite.server.engine();
    let said = explain(&**engine, question, &Principal::System(System::Code), now())
        .map_err(|error| format!("{asked}: {error}"))?;
    let is_same = said["status"] == status || status == 412;
    ensure(is_same, || format!("the answer is {status}, and `rbac explain` {asked} says {said}"))
}

fn described(caller: &Caller) -> Option<Described> {
    let sub = caller.subject.clone()?;
    let Caller { tenant, roles, scopes, claims, is_key, .. } = caller.clone();
    Some(Described { sub, roles, tenant, scopes, claims, key: is_key })
}
