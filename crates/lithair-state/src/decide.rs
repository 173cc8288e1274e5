//! Deciding: what a command means for the records it is about. Pure: a view in, an entry or a refusal out.
//!
//! ```text
//! operations, in order -> overlay (each touched record before and after) -> computed -> judged whole -> guards + changes = entry
//! ```
//!
//! Uniques and references are judged once all operations are in the overlay, so a batch may create a parent and its child in either
//! order, or let two records exchange a unique value. What the decision relied on goes into the entry as guards.

mod around;
mod arrival;
mod behaviour;
mod candidate;
mod computed;
mod delete;
mod dependents;
mod held;
mod judge;
mod overlay;
mod permission;
mod trash;
mod write;

use std::cell::RefCell;
use std::sync::Arc;

use lithair_model::{
    Action, Auto, Command, Draft, Entry, Event, Expected, Failure, Folded, Key, ModelEntry, ModelId, Principal,
    Refusal, RefusalReason, Right, Row, Supplied, Target, Timestamp, Uuid, Value, Violation, judge_change,
    judge_decided, judge_import, judge_states,
};

use crate::View;
use overlay::Overlay;

/// Where the server's own values come from. Given once, when a command is sealed, and stored.
pub trait Ids {
    /// A time-ordered random identifier (RFC 9562, 5.7).
    fn uuid7(&mut self) -> Uuid;

    /// A time-ordered random identifier: 48 bits of milliseconds and 80 of randomness in Crockford's base 32 (ULID specification).
    fn ulid(&mut self) -> String {
        let (first, second) = (self.uuid7().as_u128(), self.uuid7().as_u128());
        // Of a version 7 UUID the time and what follows it, version and variant left out: later is greater here as there.
        let (millis, counter, random) = (first >> 80, first >> 64 & 0xFFF, first & 0x3FFF_FFFF_FFFF_FFFF);
        crockford(millis << 80 | counter << 68 | random << 6 | second & 0x3F)
    }

    /// The next number of the model at this place; never one that was given before.
    fn sequence(&mut self, model: usize) -> u64;

    /// A number came from elsewhere: the next one is behind it.
    fn saw(&mut self, model: usize, number: u64);
}

/// 128 bits in 26 digits of Crockford's base 32.
fn crockford(bits: u128) -> String {
    const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let digit = |place: u32| char::from(DIGITS[(bits >> (5 * place) & 0x1F) as usize]);
    (0..26).rev().map(digit).collect()
}

/// What a command means.
#[derive(Clone, Debug)]
pub struct Decision {
    /// What goes into the log; nothing does if it has no changes.
    pub entry: Entry,
    /// One answer an operation.
    pub answers: Vec<Answer>,
    /// The hash of every touched record's key, for the log's index.
    pub touched: Vec<(usize, Key)>,
}

/// What an operation will be answered once the entry is applied.
#[derive(Clone, Debug)]
pub enum Answer {
    /// A new record: the row that this change of the entry leaves.
    Created(usize),
    /// A changed record: the row that this change of the entry leaves.
    Updated(usize),
    /// The record is so already.
    Unchanged(Arc<Row>),
    /// The record is gone.
    Deleted,
}

/// Decides a command on what `view` shows.
///
/// # Errors
/// The first operation that cannot be, and everything that is wrong with it. Nothing is changed either way.
pub fn decide(view: &View<'_>, command: &Command, ids: &mut dyn Ids) -> Result<Decision, Refusal> {
    let mut decider = Decider {
        view,
        now: command.now,
        principal: &command.principal,
        ids,
        overlay: Overlay::default(),
        records: Vec::new(),
        numbers: Vec::new(),
        events: Vec::new(),
        refused: None,
        operation: 0,
        relied_on: RefCell::default(),
        named: Vec::new(),
        is_held: false,
    };
    let is_import = command.operations.iter().all(|operation| matches!(operation.action, Action::Import(_)));
    let mut refused: Option<Refusal> = None;
    for (place, operation) in command.operations.iter().enumerate() {
        decider.operation = place;
        let taken = decider.take(operation.model, &operation.action, &operation.expected);
        match (taken, &mut refused) {
            (Ok(()), _) => {}
            // What breaks rules does so whatever the others are.
            (Err(reason), Some(first)) => first.also.push((place, reason)),
            (Err(reason), first) => *first = Some(Refusal::new(place, reason)),
        }
        if !is_import && refused.is_some() {
            break;
        }
    }
    refused.map_or(Ok(()), Err)?;
    let unseen = decider.unseen();
    if !unseen.is_empty() {
        // Before anything is told of what the records come to that a reference leads to.
        judge::judge(view, &decider.overlay, &unseen, is_import)?;
    }
    computed::compute(view, &mut decider.overlay, command.now).map_err(|wrong| decider.told(*wrong))?;
    judge::judge(view, &decider.overlay, &unseen, is_import)?;
    let guards = decider.guard_what_policies_read();
    // Only now: a refused record's number would use up those before it.
    for (model, number) in std::mem::take(&mut decider.numbers) {
        decider.ids.saw(model, number);
    }
    Ok(write::write(view, command, guards, &decider.overlay, &decider.records, decider.events))
}

/// The hash by which the log's index knows a record: XXH3-64 over its model's number and its key, with the top bit set.
pub fn record_hash(model: ModelId, key: &Key) -> u64 {
    let mut bytes = Vec::with_capacity(4 + key.as_bytes().len());
    bytes.extend_from_slice(&model.0.to_be_bytes());
    bytes.extend_from_slice(key.as_bytes());
    xxhash_rust::xxh3::xxh3_64(&bytes) | 1 << 63
}

/// What a change would make of a record: from its values, those that were supplied, and the time.
type Candidate = fn(&ModelEntry, &[Value], &[(usize, Value)], Timestamp) -> Vec<Value>;

/// Whose doing a change is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    /// What callers send.
    Caller,
    /// What the record was, which has what callers only read.
    Past,
    /// The application's own code, which may set what callers only read.
    Code,
}

/// The state of deciding one command.
struct Decider<'a> {
    view: &'a View<'a>,
    now: Timestamp,
    /// Who asks.
    principal: &'a Principal,
    ids: &'a mut dyn Ids,
    overlay: Overlay,
    /// The record of each operation so far: what `"$a.id"` refers to, and what it is answered with.
    records: Vec<(usize, Key)>,
    /// Numbers of sequences that came from elsewhere.
    numbers: Vec<(usize, u64)>,
    /// What happened, in the words of the application.
    events: Vec<(usize, Key, Event)>,
    /// Why code of the application is refused although it went through.
    refused: Option<RefusalReason>,
    /// The operation that is being taken in.
    operation: usize,
    /// What policies looked at.
    relied_on: RefCell<around::LookedAt>,
    /// References that callers gave: the record, and the relation.
    named: Vec<(usize, Key, usize)>,
    /// Whether code is held to what the caller may do. That of a model is not: the operation that runs it was permitted.
    is_held: bool,
}

impl<'a> Decider<'a> {
    fn model(&self, model: usize) -> &'a ModelEntry {
        &self.view.state().catalog().models[model]
    }

    fn take(&mut self, model: usize, action: &Action, expected: &Expected) -> Result<(), RefusalReason> {
        // A transaction is about no model in particular.
        if !matches!(action, Action::Fold(_) | Action::Transaction(_) | Action::Permitted(_)) {
            self.may_be_written(model)?;
        }
        match action {
            Action::Create(draft) => self.create(model, draft),
            Action::Import(draft) => self.import(model, draft),
            Action::Replace(target, draft) => self.change(model, target, expected, draft, true),
            Action::Patch(target, draft) => self.change(model, target, expected, draft, false),
            Action::Restore(target, draft) => self.restore(model, target, expected, draft),
            Action::Delete(target) => {
                let key = self.key(model, target)?;
                let (before, _) = self.existing(model, &key, expected)?;
                self.may(model, Right::Delete, &before)?;
                self.revision_is_named(model, expected, None)?;
                self.records.push((model, key.clone()));
                self.delete(model, key)
            }
            Action::Undelete(target) => self.undelete(model, target, expected),
            Action::Purge(target) => self.purge(model, target, expected),
            Action::Run(target, command, input) => self.run(model, target, expected, *command, input),
            Action::Transition(target, way) => self.transition(model, target, expected, *way),
            Action::Transaction(procedure) => self.transaction(procedure),
            Action::Permitted(procedure) => self.held(true, |decider| decider.transaction(procedure)),
            Action::Fold(folded) => self.fold(model, folded),
        }
    }

    fn create(&mut self, model: usize, draft: &Draft) -> Result<(), RefusalReason> {
        let mut supplied = self.resolve(model, draft)?;
        let given = places(&supplied);
        self.take_ownership(model, &mut supplied)?;
        let values = self.candidate(model, &supplied)?;
        self.may_create(model, &values, &supplied, &given)?;
        let key = self.model(model).key_of(&values);
        self.name(model, &key, &given);
        if self.overlay.current(self.view, model, &key).is_some() {
            return Err(RefusalReason::KeyTaken);
        }
        self.put(model, key, values);
        Ok(())
    }

    /// Creates, replaces, or leaves alone what is equal. Of a record that exists, what an export does not show the caller keeps its value, and
    /// what is set once stays as it was set.
    fn import(&mut self, model: usize, draft: &Draft) -> Result<(), RefusalReason> {
        let entry = self.model(model);
        let mut supplied = self.resolve(model, draft)?;
        // An export has them, and they are what they are computed from.
        supplied.retain(|(place, _)| entry.computed[*place].is_none());
        let given = places(&supplied);
        let created = candidate::created(entry, &supplied, self.now, model, self.ids);
        let found = self.overlay.current(self.view, model, &entry.key_of(&created));
        self.may_import(model, found.as_ref().map(|(before, _)| before.as_slice()), &mut supplied)?;
        let (mut values, mut violations) = match found {
            None => (candidate::owned(created, &supplied), Vec::new()),
            Some((before, _)) => {
                let mut values = candidate::replaced(entry, &before, &supplied, self.now);
                self.keep_what_is_not_the_callers(model, &before, &given, &mut values);
                let violations = judge_import(entry, &before, &values);
                if !supplied.iter().any(|(place, _)| entry.schema.fields[*place].auto == Some(Auto::Updated)) {
                    candidate::stamp(entry, &before, &supplied, &mut values, self.now);
                }
                (values, violations)
            }
        };
        let before = self.overlay.current(self.view, model, &entry.key_of(&values)).map(|(before, _)| before);
        match &before {
            Some(before) => {
                let judged = judge_states(entry, Some(before), &values, self.now, false);
                judged.map_err(RefusalReason::BadTransition)?;
            }
            None => self.may_arrive(model, &values)?,
        }
        violations.extend(entry.compute_own(&mut values));
        violations.extend(lithair_model::judge(entry, &values, self.now));
        violations.extend(lithair_model::judge_numbers(entry, &values));
        if !violations.is_empty() {
            return Err(RefusalReason::Invalid(violations));
        }
        match &before {
            Some(before) => self.may_change(model, before, &values, &supplied, &given)?,
            None => self.may_create(model, &values, &supplied, &given)?,
        }
        self.name(model, &entry.key_of(&values), &given);
        for (field, value) in entry.schema.fields.iter().zip(&values) {
            if let (Some(Auto::Sequence), Value::Int(number)) = (field.auto, value) {
                self.numbers.push((model, u64::try_from(*number).unwrap_or(0)));
            }
        }
        self.put(model, entry.key_of(&values), values);
        Ok(())
    }

    /// A new record of these values, judged.
    fn candidate(&mut self, model: usize, supplied: &[(usize, Value)]) -> Result<Vec<Value>, RefusalReason> {
        let entry = self.model(model);
        let values = candidate::created(entry, supplied, self.now, model, self.ids);
        let mut values = self.hooked(model, None, values)?;
        let wrong = self.model(model).compute_own(&mut values);
        self.may_be(model, None, &values, wrong)?;
        Ok(values)
    }

    /// Whether a record may be stored, given what it was: states, rules, checks.
    fn may_be(
        &self,
        model: usize,
        before: Option<&[Value]>,
        values: &[Value],
        mut violations: Vec<Violation>,
    ) -> Result<(), RefusalReason> {
        let entry = self.model(model);
        judge_states(entry, before, values, self.now, false).map_err(RefusalReason::BadTransition)?;
        violations.extend(lithair_model::judge(entry, values, self.now));
        if violations.is_empty() { Ok(()) } else { Err(RefusalReason::Invalid(violations)) }
    }

    fn change(
        &mut self,
        model: usize,
        target: &Target,
        expected: &Expected,
        draft: &Draft,
        is_whole: bool,
    ) -> Result<(), RefusalReason> {
        let (key, before) = self.to_be_changed(model, target, expected, draft.revision)?;
        let mut supplied = self.resolve(model, draft)?;
        // Who may not change the record at all is told nothing of what is wrong with the change.
        self.may_begin(model, &before, &supplied)?;
        self.may_compare(model, &before, &places(&supplied))?;
        let mut wrong = self.take_computed(model, &before, &mut supplied);
        let given = places(&supplied);
        let candidate: Candidate = if is_whole { candidate::replaced } else { candidate::patched };
        let mut values = candidate(self.model(model), &before, &supplied, self.now);
        if is_whole {
            self.keep_what_is_not_the_callers(model, &before, &given, &mut values);
        }
        let values = match self.changed(model, &before, &supplied, values, By::Caller) {
            Ok(values) if wrong.is_empty() => values,
            Ok(_) => return Err(RefusalReason::Invalid(wrong)),
            Err(RefusalReason::Invalid(others)) => {
                wrong.extend(others);
                return Err(RefusalReason::Invalid(wrong));
            }
            Err(other) => return Err(other),
        };
        self.may_change(model, &before, &values, &supplied, &given)?;
        self.name(model, &key, &given);
        self.put(model, key, values);
        Ok(())
    }

    /// Takes the computed fields out of what was supplied: they may be sent back as they are, and not otherwise.
    fn take_computed(&self, model: usize, before: &[Value], supplied: &mut Vec<(usize, Value)>) -> Vec<Violation> {
        let entry = self.model(model);
        if supplied.iter().all(|(place, _)| entry.computed[*place].is_none()) {
            return Vec::new();
        }
        let shown = self.for_code(model, before.to_vec());
        let (computed, others): (Vec<_>, Vec<_>) =
            std::mem::take(supplied).into_iter().partition(|(place, _)| entry.computed[*place].is_some());
        *supplied = others;
        let differing = computed.iter().filter(|(place, value)| shown[*place] != *value);
        differing.map(|(place, _)| lithair_model::read_only(entry, *place)).collect()
    }

    /// The record as it once was. What callers only read comes back too: it is not the caller who says what it was.
    fn restore(
        &mut self,
        model: usize,
        target: &Target,
        expected: &Expected,
        draft: &Draft,
    ) -> Result<(), RefusalReason> {
        let (key, before) = self.to_be_changed(model, target, expected, draft.revision)?;
        let mut supplied = self.resolve(model, draft)?;
        // What was computed then is computed from what is now.
        supplied.retain(|(place, _)| self.model(model).computed[*place].is_none());
        let values = candidate::restored(&before, &self.restorable(model, supplied.clone()));
        let values = self.changed(model, &before, &supplied, values, By::Past)?;
        self.may_restore(model, &before, &values)?;
        self.put(model, key, values);
        Ok(())
    }

    /// The record that an operation is about, if it is as the caller believes.
    fn to_be_changed(
        &self,
        model: usize,
        target: &Target,
        expected: &Expected,
        believed: Option<u64>,
    ) -> Result<(Key, Vec<Value>), RefusalReason> {
        let key = self.key(model, target)?;
        let (before, revision) = self.existing(model, &key, expected)?;
        if believed.is_some_and(|believed| believed != revision) {
            return Err(RefusalReason::PreconditionFailed(Some(revision)));
        }
        self.revision_is_named(model, expected, believed)?;
        Ok((key, before))
    }

    /// The values of a changed record as they will be stored, judged.
    fn changed(
        &mut self,
        model: usize,
        before: &[Value],
        supplied: &[(usize, Value)],
        values: Vec<Value>,
        by: By,
    ) -> Result<Vec<Value>, RefusalReason> {
        let judge_change = match by {
            By::Caller => judge_change,
            By::Code | By::Past => judge_decided,
        };
        let mut violations = judge_change(self.model(model), before, &values);
        let mut values = self.hooked(model, Some(before), values)?;
        let entry = self.model(model);
        candidate::stamp(entry, before, supplied, &mut values, self.now);
        violations.extend(self.model(model).compute_own(&mut values));
        judge_states(entry, Some(before), &values, self.now, by == By::Code).map_err(RefusalReason::BadTransition)?;
        violations.extend(lithair_model::judge(entry, &values, self.now));
        if violations.is_empty() { Ok(values) } else { Err(RefusalReason::Invalid(violations)) }
    }

    /// Takes a record away, or out of sight.
    fn delete(&mut self, model: usize, key: Key) -> Result<(), RefusalReason> {
        if self.model(model).deleted_at.is_some() {
            trash::bury(self.view, &mut self.overlay, self.operation, (model, key), self.now);
            return Ok(());
        }
        delete::delete(self.view, &mut self.overlay, self.operation, model, key, self.now)
    }

    fn undelete(&mut self, model: usize, target: &Target, expected: &Expected) -> Result<(), RefusalReason> {
        let key = self.key(model, target)?;
        let (values, _) = self.found(model, &key, expected)?;
        self.may(model, Right::Command("restore"), &values)?;
        let entry = self.model(model);
        let since = values[entry.deleted_at.expect("only what is deleted softly is restored")].clone();
        self.records.push((model, key.clone()));
        if since == Value::Null {
            // It is there: restoring again is no mistake.
            self.overlay.set(self.view, self.operation, model, key, Some(values));
            return Ok(());
        }
        trash::unearth(self.view, &mut self.overlay, self.operation, (model, key), &since, self.now);
        Ok(())
    }

    fn purge(&mut self, model: usize, target: &Target, expected: &Expected) -> Result<(), RefusalReason> {
        let key = self.key(model, target)?;
        let (values, _) = self.found(model, &key, expected)?;
        self.may(model, Right::Command("purge"), &values)?;
        if !self.model(model).is_deleted(&values) {
            return Err(RefusalReason::NotDeleted);
        }
        self.records.push((model, key.clone()));
        delete::delete(self.view, &mut self.overlay, self.operation, model, key, self.now)
    }

    /// What folding the log makes of rows: judged like any record, and sure of nothing else.
    fn fold(&mut self, model: usize, folded: &Folded) -> Result<(), RefusalReason> {
        let entry = self.model(model);
        for values in &folded.rows {
            let violations = lithair_model::judge(entry, values, self.now);
            if !violations.is_empty() {
                return Err(RefusalReason::Invalid(violations));
            }
            self.overlay.set(self.view, self.operation, model, entry.key_of(values), Some(values.clone()));
        }
        for key in &folded.gone {
            self.overlay.set(self.view, self.operation, model, key.clone(), None);
        }
        Ok(())
    }

    /// Whether anybody but its folds writes a model.
    fn may_be_written(&self, model: usize) -> Result<(), RefusalReason> {
        let schema = self.model(model).schema;
        if schema.projection.is_none() {
            return Ok(());
        }
        let detail = format!("`{}` is a projection: its folds alone say what its rows are", schema.path);
        Err(RefusalReason::Failed(Failure { status: 409, code: "projection", detail }))
    }

    fn put(&mut self, model: usize, key: Key, values: Vec<Value>) {
        self.records.push((model, key.clone()));
        self.overlay.set(self.view, self.operation, model, key, Some(values));
    }

    fn key(&self, model: usize, target: &Target) -> Result<Key, RefusalReason> {
        match target {
            Target::Key(key) => Ok(key.clone()),
            Target::Operation(place) => match self.records.get(*place) {
                Some((of, key)) if *of == model => Ok(key.clone()),
                _ => Err(RefusalReason::NotFound),
            },
        }
    }

    /// Whether a change of a model with an optimistic lock says which revision it is about.
    fn revision_is_named(&self, model: usize, expected: &Expected, believed: Option<u64>) -> Result<(), RefusalReason> {
        let is_named = matches!(expected, Expected::Revisions(_)) || believed.is_some();
        let is_needed = self.model(model).schema.lifecycle.optimistic_lock;
        if is_needed && !is_named { Err(RefusalReason::RevisionRequired) } else { Ok(()) }
    }

    /// The record's values and revision, if it is as the caller believes and not deleted.
    fn existing(&self, model: usize, key: &Key, expected: &Expected) -> Result<(Vec<Value>, u64), RefusalReason> {
        let found = self.found(model, key, expected)?;
        if self.model(model).is_deleted(&found.0) { Err(RefusalReason::Deleted) } else { Ok(found) }
    }

    /// The record's values and revision, deleted softly or not, if it is as the caller believes.
    fn found(&self, model: usize, key: &Key, expected: &Expected) -> Result<(Vec<Value>, u64), RefusalReason> {
        let found = self.overlay.current(self.view, model, key).filter(|(values, _)| self.sees(model, values));
        let revision = found.as_ref().map(|(_, revision)| *revision);
        let holds = match (expected, revision) {
            (Expected::Anything, _) | (Expected::Present, Some(_)) | (Expected::Absent, None) => true,
            (Expected::Revisions(revisions), Some(revision)) => revisions.contains(&revision),
            (Expected::Present | Expected::Revisions(_), None) | (Expected::Absent, Some(_)) => false,
        };
        if !holds {
            return Err(RefusalReason::PreconditionFailed(revision));
        }
        found.ok_or(RefusalReason::NotFound)
    }

    /// The supplied values, references to earlier operations replaced by what those created.
    fn resolve(&self, model: usize, draft: &Draft) -> Result<Vec<(usize, Value)>, RefusalReason> {
        let value = |(place, supplied): &(usize, Supplied)| match supplied {
            Supplied::Value(value) => Ok((*place, value.clone())),
            Supplied::Reference { operation, field } => self
                .referred(*operation, *field)
                .map(|value| (*place, value))
                .ok_or_else(|| RefusalReason::Invalid(vec![candidate::dangling(self.model(model), *place)])),
        };
        draft.fields.iter().map(value).collect()
    }

    fn referred(&self, operation: usize, field: usize) -> Option<Value> {
        let (model, key) = self.records.get(operation)?;
        let (values, _) = self.overlay.current(self.view, *model, key)?;
        values.into_iter().nth(field)
    }
}

fn places(supplied: &[(usize, Value)]) -> Vec<usize> {
    supplied.iter().map(|(place, _)| *place).collect()
}
