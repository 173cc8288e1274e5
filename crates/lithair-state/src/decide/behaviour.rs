//! Code of the application, run on the state that it changes.

use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};

use lithair_model::{
    BadTransition, Computed, Context, Decided, Draft, Event, Expected, Failure, Key, ModelEntry, ModelSchema,
    Procedure, Records, RefusalReason, Right, Target, Value, Violation, encode_key, fitted, judge_decided, read_only,
    transition_event,
};

use super::candidate::differing;
use super::change::By;
use super::computed::OfOverlay;
use super::delete::referring;
use super::{Decider, candidate, places};
use crate::RecordRef;

impl Decider<'_> {
    /// A command: its parameters are judged like a form, then its method has the record.
    pub(super) fn run(
        &mut self,
        model: usize,
        target: &Target,
        expected: &Expected,
        command: usize,
        input: &Draft,
    ) -> Result<(), RefusalReason> {
        let (key, before) = self.to_be_decided(model, target, expected)?;
        let entry = self.model(model);
        self.may(model, Right::Command(entry.schema.commands[command].name), &before)?;
        let form = &entry.inputs[command];
        let supplied = self.resolve(model, input)?;
        let input = candidate::created(form, &supplied, self.now, model, self.ids);
        let violations = lithair_model::judge(form, &input, self.now);
        if !violations.is_empty() {
            return Err(RefusalReason::Invalid(violations));
        }
        let method = entry.schema.commands[command].decide;
        let seen = self.for_code(model, before.clone());
        let Decided { values, event } = self.call(|context| method(context, seen.clone(), input))?;
        let values = self.made_by_code(model, &before, &seen, values)?;
        // The method has the record itself. What its code made of it by its key would be lost, so it is refused.
        if self.overlay.current(self.view, model, &key).is_none_or(|(values, _)| values != before) {
            return Err(RefusalReason::Invalid(vec![twice()]));
        }
        let values = self.changed(model, &before, &[], values, By::Code)?;
        self.happened(model, key.clone(), event);
        self.put(model, key, values);
        Ok(())
    }

    /// A transition of a state.
    pub(super) fn transition(
        &mut self,
        model: usize,
        target: &Target,
        expected: &Expected,
        way: usize,
    ) -> Result<(), RefusalReason> {
        let (key, before) = self.to_be_decided(model, target, expected)?;
        let way = &self.model(model).transitions[way];
        self.may(model, Right::Command(way.name), &before)?;
        let names = [&before[way.field], &way.to].map(|state| match state {
            Value::Text(name) => name.clone(),
            _ => String::new(),
        });
        let [from, to] = names;
        if !way.from.contains(&before[way.field]) {
            let field = self.model(model).schema.fields[way.field].wire;
            return Err(self.bad_transition(model, &before, BadTransition { field, from, to, guarded: None }));
        }
        let mut values = before.clone();
        values[way.field] = way.to.clone();
        let values = self.changed(model, &before, &[], values, By::Code)?;
        self.happened(model, key.clone(), transition_event(way.name, &from, &to));
        self.put(model, key, values);
        Ok(())
    }

    /// Code that changes several records.
    pub(super) fn transaction(&mut self, procedure: &Procedure) -> Result<(), RefusalReason> {
        self.call(|context| (procedure.0)(context))
    }

    /// What the hooks make of a record that is about to be stored, and the fields that they changed.
    pub(super) fn hooked(
        &mut self,
        model: usize,
        before: Option<&[Value]>,
        values: Vec<Value>,
    ) -> Result<(Vec<Value>, Vec<usize>), RefusalReason> {
        self.held(false, |decider| decider.made_by_hooks(model, before, values))
    }

    fn made_by_hooks(
        &mut self,
        model: usize,
        before: Option<&[Value]>,
        mut values: Vec<Value>,
    ) -> Result<(Vec<Value>, Vec<usize>), RefusalReason> {
        let entry = self.model(model);
        // What changes nothing is no change to have a say in.
        if entry.schema.hooks_before.is_empty() || before.is_some_and(|before| before == values) {
            return Ok((values, Vec::new()));
        }
        let given = values.clone();
        for hook in entry.schema.hooks_before {
            let is_asked = if before.is_some() { hook.update } else { hook.create };
            if is_asked {
                let kept: Vec<(usize, Value)> =
                    entry.schema.key.iter().map(|&place| (place, values[place].clone())).collect();
                let mut filled = values.clone();
                if before.is_none() {
                    // What cannot be computed of it yet is refused when the hooks have had their say.
                    let _ = entry.compute_own(&mut filled);
                }
                let seen = self.for_code(model, filled);
                let made = self.call(|context| (hook.run)(context, seen.clone()))?;
                values = self.made_by_code(model, &values, &seen, made)?;
                // A record's key is not a hook's to change.
                kept.into_iter().for_each(|(place, value)| values[place] = value);
            }
        }
        let theirs = differing(&given, &values);
        let violations = judge_hooked(entry, before, &theirs, &values);
        if violations.is_empty() { Ok((values, theirs)) } else { Err(RefusalReason::Invalid(violations)) }
    }

    /// The values of a record as code sees it: with what is computed when it is read.
    pub(super) fn for_code(&self, model: usize, mut values: Vec<Value>) -> Vec<Value> {
        let entry = self.model(model);
        // Of a record that is being made nothing refers to it yet, so nothing has been counted: without this it would be no struct, and no
        // hook would ever see it.
        for (place, _) in entry.computed_fields() {
            let field = &entry.schema.fields[place];
            if values[place] == Value::Null && !field.optional {
                values[place] = field.kind.blank();
            }
        }
        let record = OfOverlay { view: self.view, overlay: &self.overlay, model, values: Cow::Borrowed(&values) };
        let value = |(place, computed): (usize, &Computed)| {
            let result = computed.operand.value(&record, self.now);
            let of_none = |_| {
                if entry.schema.fields[place].optional { Value::Null } else { entry.schema.fields[place].kind.blank() }
            };
            (place, fitted(&entry.schema.fields[place], result).unwrap_or_else(of_none))
        };
        let computed: Vec<_> = entry.virtual_fields().map(value).collect();
        computed.into_iter().for_each(|(place, value)| values[place] = value);
        values
    }

    /// The values that code made of those it saw, as they are stored: what is computed is not its to set.
    fn made_by_code(
        &self,
        model: usize,
        stored: &[Value],
        seen: &[Value],
        mut values: Vec<Value>,
    ) -> Result<Vec<Value>, RefusalReason> {
        let entry = self.model(model);
        let mut violations = Vec::new();
        for (place, _) in entry.computed_fields() {
            if values[place] != seen[place] {
                violations.push(read_only(entry, place));
            }
            values[place] = stored[place].clone();
        }
        if violations.is_empty() { Ok(values) } else { Err(RefusalReason::Invalid(violations)) }
    }

    /// Calls code of the application. A panic of it is an answer, not the end of the server.
    fn call<R>(&mut self, code: impl FnOnce(&Context<'_>) -> Result<R, Failure>) -> Result<R, RefusalReason> {
        let now = self.now;
        let principal = self.principal;
        let result = catch_unwind(AssertUnwindSafe(|| code(&Context::new(now, principal, self))));
        if let Some(refused) = self.refused.take() {
            return Err(refused);
        }
        match result {
            Ok(result) => result.map_err(RefusalReason::Failed),
            Err(_) => Err(RefusalReason::Panicked),
        }
    }

    fn happened(&mut self, model: usize, key: Key, event: Event) {
        self.events.push((RecordRef::new(model, key), event));
    }

    /// The place of a model, if the program registers it.
    fn place_of(&mut self, schema: &'static ModelSchema) -> Option<usize> {
        let place = self.view.state().catalog().by_table(schema.table);
        if place.is_none() {
            let detail = format!("the program uses `{}` and does not register it", schema.name);
            self.refuse(RefusalReason::Failed(Failure { status: 500, code: "internal-error", detail }));
        }
        place
    }

    /// The first refusal is told.
    pub(super) fn refuse(&mut self, reason: RefusalReason) {
        self.refused.get_or_insert(reason);
    }

    fn key_of(&self, model: usize, key: &[Value]) -> Key {
        encode_key(&self.model(model).key_terms, key)
    }

    /// Sets a record, which was read before, to values that are judged.
    fn set_judged(&mut self, model: usize, key: Key, values: Vec<Value>) -> Result<(), RefusalReason> {
        self.may_be_written(model)?;
        // Code of the application sees what there is, whoever asked for it.
        let found = self.overlay.current(self.view, model, &key);
        let (before, _) = found.ok_or(RefusalReason::NotFound)?;
        if self.model(model).is_deleted(&before) {
            return Err(RefusalReason::Deleted);
        }
        let seen = self.for_code(model, before.clone());
        let values = self.made_by_code(model, &before, &seen, values)?;
        let said = self.said(&before, &values);
        if self.is_held {
            self.may_begin_by_code(model, &before, &said)?;
        }
        let values = self.changed(model, &before, &[], values, By::Code)?;
        if self.is_held {
            let given = places(&said);
            self.may_change(model, &before, &values, &said, &given)?;
            self.name(model, &key, &given);
        }
        self.overlay.set(self.view, self.operation, model, key, Some(values));
        Ok(())
    }

    /// Adds a record. What the server gives is not taken from the values.
    fn create_judged(&mut self, model: usize, values: Vec<Value>) -> Result<Vec<Value>, RefusalReason> {
        self.may_be_written(model)?;
        let entry = self.model(model);
        let fields = entry.schema.fields.iter().zip(values).enumerate();
        let mut supplied: Vec<(usize, Value)> = fields
            .filter(|(_, (field, _))| field.auto.is_none() && field.computed.is_none())
            .map(|(place, (_, value))| (place, value))
            .collect();
        if self.is_held {
            self.without_what_is_not_said(model, &mut supplied);
        }
        let given = places(&supplied);
        if self.is_held {
            self.take_ownership(model, &mut supplied)?;
        }
        let values = self.candidate(model, &supplied)?;
        let key = self.model(model).key_of(&values);
        if self.is_held {
            self.may_create(model, &values, &supplied, &given)?;
            self.name(model, &key, &given);
        }
        if self.overlay.current(self.view, model, &key).is_some() {
            return Err(RefusalReason::KeyTaken);
        }
        self.overlay.set(self.view, self.operation, model, key, Some(values.clone()));
        Ok(values)
    }
}

impl Records for Decider<'_> {
    fn get(&mut self, model: &'static ModelSchema, key: &[Value]) -> Option<Vec<Value>> {
        let model = self.place_of(model)?;
        let key = self.key_of(model, key);
        let found = self.overlay.current(self.view, model, &key).map(|(values, _)| values);
        // Set to what it is: the entry is guarded by what was read.
        self.overlay.set(self.view, self.operation, model, key, found.clone());
        let found = found.filter(|values| !self.model(model).is_deleted(values) && self.may_have(model, values));
        found.map(|values| self.for_code(model, values))
    }

    fn set(&mut self, model: &'static ModelSchema, key: &[Value], values: Vec<Value>) {
        let Some(model) = self.place_of(model) else { return };
        let key = self.key_of(model, key);
        if let Err(reason) = self.set_judged(model, key, values) {
            self.refuse(elsewhere(self.model(model).schema.name, reason));
        }
    }

    fn create(&mut self, model: &'static ModelSchema, values: Vec<Value>) -> Vec<Value> {
        let Some(model) = self.place_of(model) else { return values };
        match self.create_judged(model, values.clone()) {
            Ok(created) => self.for_code(model, created),
            Err(reason) => {
                self.refuse(elsewhere(self.model(model).schema.name, reason));
                values
            }
        }
    }

    fn delete(&mut self, model: &'static ModelSchema, key: &[Value]) {
        let Some(model) = self.place_of(model) else { return };
        let key = self.key_of(model, key);
        match self.may_be_written(model).and_then(|()| self.may_delete_by_code(model, &key)) {
            Ok(()) => self.take_away(RecordRef::new(model, key)),
            Err(reason) => self.refuse(reason),
        }
    }

    fn referring(&mut self, model: &'static ModelSchema, relation: usize, key: &[Value]) -> Vec<(Key, Vec<Value>)> {
        let Some(model) = self.place_of(model) else { return Vec::new() };
        let target = encode_key(&self.model(model).relation_terms[relation], key);
        let keys = referring(self.view, &self.overlay, model, relation, &target);
        let mut found = Vec::with_capacity(keys.len());
        for key in keys {
            if let Some((values, _)) = self.overlay.current(self.view, model, &key) {
                self.overlay.set(self.view, self.operation, model, key.clone(), Some(values.clone()));
                if !self.model(model).is_deleted(&values) && self.may_have(model, &values) {
                    let values = self.for_code(model, values);
                    found.push((key, values));
                }
            }
        }
        found
    }
}

/// What hooks may not have changed, of the fields that they changed: they are held to what any code of the application is held to. `before`
/// is absent for a new record, of which everything may be set but what the server gives.
fn judge_hooked(entry: &ModelEntry, before: Option<&[Value]>, theirs: &[usize], made: &[Value]) -> Vec<Violation> {
    match before {
        Some(before) => {
            // Without what others changed, which is judged as theirs.
            let mut after = before.to_vec();
            theirs.iter().for_each(|&place| after[place] = made[place].clone());
            judge_decided(entry, before, &after)
        }
        None => {
            let is_servers = |place: &&usize| entry.schema.fields[**place].auto.is_some();
            theirs.iter().filter(is_servers).map(|&place| read_only(entry, place)).collect()
        }
    }
}

/// The violation of a command that changes its own record by the context too.
fn twice() -> Violation {
    Violation {
        pointer: String::new(),
        code: "twice",
        detail: "the command would change its own record in two ways: expected another record".to_owned(),
        params: Vec::new(),
    }
}

/// A refusal about another record than the one that the operation names: the broken rules say of which model they are, and point at
/// nothing in the caller's body.
pub(super) fn elsewhere(model: &str, reason: RefusalReason) -> RefusalReason {
    let RefusalReason::Invalid(mut violations) = reason else { return reason };
    for violation in &mut violations {
        violation.detail = format!("{model}{}: {}", violation.pointer, violation.detail);
        violation.pointer.clear();
    }
    RefusalReason::Invalid(violations)
}
