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
mod change;
mod computed;
mod delete;
mod dependents;
mod followers;
mod held;
mod ids;
mod import;
mod judge;
mod overlay;
mod permission;
mod target;
mod trash;
mod write;

use std::cell::RefCell;
use std::sync::Arc;

use lithair_model::{
    Action, Command, Draft, Entry, Event, Expected, Failure, Folded, Key, ModelEntry, ModelId, Operation, Principal,
    Refusal, RefusalReason, Row, Supplied, Timestamp, Value, judge_states,
};

use crate::{RecordRef, View};
use change::Extent;
pub use ids::Ids;
use judge::Reference;
use overlay::Overlay;

/// What a command means.
#[derive(Clone, Debug)]
pub struct Decision {
    /// What goes into the log; nothing does if it has no changes.
    pub entry: Entry,
    /// One answer an operation.
    pub answers: Vec<Answer>,
    /// The records that the entry changes or has events of: the log's index leads from each of them to it.
    pub touched: Vec<RecordRef>,
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
    let is_import = command.operations.iter().all(|operation| matches!(operation.action, Action::Import(_)));
    let mut decider = Decider::new(view, command, ids);
    decider.take_all(&command.operations, is_import)?;
    let unseen = decider.unseen();
    if !unseen.is_empty() {
        // Before anything is told of what the records come to that a reference leads to.
        judge::judge(view, &decider.overlay, &unseen, is_import)?;
    }
    computed::compute(view, &mut decider.overlay, command.now).map_err(|wrong| decider.refusal_of(*wrong))?;
    followers::judge(view, &decider.overlay, command.now).map_err(|wrong| decider.refusal_of(*wrong))?;
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

/// The state of deciding one command.
struct Decider<'a> {
    view: &'a View<'a>,
    now: Timestamp,
    /// Who asks.
    principal: &'a Principal,
    ids: &'a mut dyn Ids,
    overlay: Overlay,
    /// The record of each operation so far: what `"$a.id"` refers to, and what it is answered with.
    records: Vec<RecordRef>,
    /// Numbers of sequences that came from elsewhere, each with its model.
    numbers: Vec<(usize, u64)>,
    /// What happened, in the words of the application.
    events: Vec<(RecordRef, Event)>,
    /// Why code of the application is refused although it went through.
    refused: Option<RefusalReason>,
    /// The operation that is being taken in.
    operation: usize,
    /// What policies looked at.
    relied_on: RefCell<around::LookedAt>,
    /// References that callers gave.
    named: Vec<Reference>,
    /// Whether code is held to what the caller may do. That of a model is not: the operation that runs it was permitted.
    is_held: bool,
}

impl<'a> Decider<'a> {
    fn new(view: &'a View<'a>, command: &'a Command, ids: &'a mut dyn Ids) -> Self {
        Self {
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
        }
    }

    fn model(&self, model: usize) -> &'a ModelEntry {
        &self.view.state().catalog().models[model]
    }

    /// Takes operations in, up to the first that cannot be; those of an import all.
    fn take_all(&mut self, operations: &[Operation], is_import: bool) -> Result<(), Refusal> {
        let mut refused: Option<Refusal> = None;
        for (place, operation) in operations.iter().enumerate() {
            self.operation = place;
            let taken = self.take(operation.model, &operation.action, &operation.expected);
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
        refused.map_or(Ok(()), Err)
    }

    fn take(&mut self, model: usize, action: &Action, expected: &Expected) -> Result<(), RefusalReason> {
        // A transaction is about no model in particular.
        if !matches!(action, Action::Fold(_) | Action::Transaction(_) | Action::Permitted(_)) {
            self.may_be_written(model)?;
        }
        match action {
            Action::Create(draft) => self.create(model, draft),
            Action::Import(draft) => self.import(model, draft),
            Action::Replace(target, draft) => self.change(model, target, expected, draft, Extent::Whole),
            Action::Patch(target, draft) => self.change(model, target, expected, draft, Extent::Part),
            Action::Restore(target, draft) => self.restore(model, target, expected, draft),
            Action::Delete(target) => self.delete(model, target, expected),
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

    /// A new record of these values, judged.
    fn candidate(&mut self, model: usize, supplied: &[(usize, Value)]) -> Result<Vec<Value>, RefusalReason> {
        let entry = self.model(model);
        let values = candidate::created(entry, supplied, self.now, model, self.ids);
        candidate::has_a_number(entry, &values)?;
        let (mut values, _) = self.hooked(model, None, values)?;
        let mut violations = entry.compute_own(&mut values);
        let states = judge_states(entry, None, &values, self.now, false);
        states.map_err(|bad| RefusalReason::BadTransition(Some(bad)))?;
        violations.extend(lithair_model::judge(entry, &values, self.now));
        if violations.is_empty() { Ok(values) } else { Err(RefusalReason::Invalid(violations)) }
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
        self.records.push(RecordRef::new(model, key.clone()));
        self.overlay.set(self.view, self.operation, model, key, Some(values));
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
        let RecordRef { model, key } = self.records.get(operation)?;
        let (values, _) = self.overlay.current(self.view, *model, key)?;
        values.into_iter().nth(field)
    }
}

fn places(supplied: &[(usize, Value)]) -> Vec<usize> {
    supplied.iter().map(|(place, _)| *place).collect()
}
