//! Whether the caller may: policies, asked of the state that the command changes.
//!
//! What policies looked at goes into the entry as guards, so that nobody takes away in the meantime what a decision rests on. Code of the
//! application is not asked: the command that runs it was permitted.

use std::collections::BTreeSet;

use lithair_model::{
    Asker, BadTransition, Condition, Exposure, Guard, ModelEntry, Mutability, Refusal, RefusalReason, Right, Sides,
    Value, Violation, is_servers, read_only, text_value,
};

use super::around::{Around, Collection, LookedAt};
use super::behaviour::elsewhere;
use super::computed::Wrong;
use super::judge::{Reference, Unseen};
use super::{Decider, Key};
use crate::RecordRef;

impl Decider<'_> {
    fn asker(&self) -> Asker<'_> {
        Asker { catalog: self.view.state().catalog(), principal: self.principal, now: self.now }
    }

    /// Whether nothing needs to be asked. What is internal is written by the server itself, which names whoever logs in or makes a key; no path
    /// of a caller's leads there, and code that is held to what a caller may do has none either.
    pub(super) fn is_free(&self, model: usize) -> bool {
        let is_servers = self.model(model).schema.access.is_internal() && !self.is_held;
        is_servers || self.asker().is_free(model)
    }

    /// Whether a condition is true of a record, or of a change of one.
    fn holds(&self, condition: &Condition, model: usize, change: Change<'_>) -> bool {
        if let Condition::Always | Condition::Never = condition {
            return *condition == Condition::Always;
        }
        self.ask(model, change, |sides| condition.holds(sides, self.now))
    }

    fn ask<R>(&self, model: usize, change: Change<'_>, question: impl FnOnce(&Sides<'_>) -> R) -> R {
        let entry = self.model(model);
        let own = Around {
            view: self.view,
            overlay: &self.overlay,
            model: entry,
            values: change.own,
            looked_at: &self.relied_on,
        };
        question(&Sides { model: entry, own: &own, before: change.before, input: change.input })
    }

    /// Whether the caller knows of a record of these values. A key that is for changing alone knows of it, and is shown nothing.
    pub(super) fn sees(&self, model: usize, values: &[Value]) -> bool {
        self.is_free(model) || self.holds(&self.asker().known_to_change(model), model, Change::of(values))
    }

    /// Whether the caller's credential is for looking at records of a model.
    pub(super) fn is_for_looking(&self, model: usize) -> bool {
        self.asker().is_for(model, Right::Read)
    }

    /// Whether the caller sees every field of a record that it sees.
    pub(super) fn sees_whole(&self, model: usize, values: &[Value]) -> bool {
        let asker = self.asker();
        let sees = |place: usize| self.holds(&asker.field_read(model, place), model, Change::of(values));
        self.is_free(model) || (0..values.len()).all(sees)
    }

    /// Whether a record shows the caller a field.
    fn shows(&self, model: usize, place: usize, values: &[Value]) -> bool {
        if self.principal.is_system() {
            return true;
        }
        let asker = self.asker();
        let is_open = matches!(self.model(model).schema.fields[place].exposure, Exposure::Open | Exposure::ReadOnly);
        let sees = || [asker.right(model, Right::Read), asker.field_read(model, place)];
        is_open && (self.is_free(model) || sees().iter().all(|right| self.holds(right, model, Change::of(values))))
    }

    /// What the caller is told of a state that does not change so: nothing of where the record is, if it is not shown that.
    pub(super) fn bad_transition(&self, model: usize, before: &[Value], bad: BadTransition) -> RefusalReason {
        let place = self.model(model).by_wire(bad.field);
        let is_told = place.is_some_and(|place| self.shows(model, place, before));
        RefusalReason::BadTransition(is_told.then_some(bad))
    }

    /// Refuses what the caller has no right to do with a record that it sees.
    pub(super) fn may(&self, model: usize, right: Right, values: &[Value]) -> Result<(), RefusalReason> {
        self.permit(model, right, Change::of(values))
    }

    fn permit(&self, model: usize, right: Right, change: Change<'_>) -> Result<(), RefusalReason> {
        if self.is_free(model) || self.holds(&self.asker().right(model, right), model, change) {
            return Ok(());
        }
        let message = self.ask(model, change, |sides| self.asker().denial(model, right, sides));
        Err(self.forbidden(model, right, message))
    }

    fn forbidden(&self, model: usize, right: Right, message: Option<&'static str>) -> RefusalReason {
        match self.model(model).access.hides && right != Right::Create {
            true => RefusalReason::NotFound,
            false => RefusalReason::Forbidden(message),
        }
    }

    /// Refuses a change to whoever may not change the record as it is.
    pub(super) fn may_begin(
        &self,
        model: usize,
        before: &[Value],
        input: &[(usize, Value)],
    ) -> Result<(), RefusalReason> {
        self.permit(model, Right::Update, Change { own: before, before: Some(before), input })
    }

    /// Refuses a change to whoever may not change the record as it is, or as it would be; and fields that are not the caller's to change.
    pub(super) fn may_change(
        &self,
        model: usize,
        before: &[Value],
        after: &[Value],
        input: &[(usize, Value)],
        given: &[usize],
    ) -> Result<(), RefusalReason> {
        if self.is_free(model) {
            return Ok(());
        }
        self.may_begin(model, before, input)?;
        let change = Change { own: after, before: Some(before), input };
        self.permit(model, Right::Update, change)?;
        self.may_transit(model, before, after)?;
        let may_set = |place| self.may_set(model, place, before, change);
        self.refuse_fields(model, given.iter().copied().filter(|place| !may_set(*place)))?;
        let after = self.ask(model, change, |sides| self.asker().after(model, Right::Update, sides));
        after.map_err(|message| self.forbidden(model, Right::Update, message))
    }

    /// Refuses to compare for the caller. What cannot be set, or only so, may be sent as it is; of what the caller does not see, whether it
    /// is so would be told.
    pub(super) fn may_compare(&self, model: usize, before: &[Value], given: &[usize]) -> Result<(), RefusalReason> {
        if self.is_free(model) {
            return Ok(());
        }
        let entry = self.model(model);
        let is_compared = |place: usize| {
            is_servers(entry, place)
                || match entry.schema.fields[place].mutability {
                    Mutability::Free => false,
                    Mutability::WriteOnce => before[place] != Value::Null,
                    _ => true,
                }
        };
        let asker = self.asker();
        let is_seen = |place: usize| self.holds(&asker.field_read(model, place), model, Change::of(before));
        let blind = given.iter().filter(|place| is_compared(**place) && !is_seen(**place));
        let violations: Vec<Violation> = blind.map(|place| not_yours(entry, *place)).collect();
        if violations.is_empty() { Ok(()) } else { Err(RefusalReason::Invalid(violations)) }
    }

    /// What the caller is told of a record for which something is wrong that follows from others: nothing, of one that it does not see. Of the
    /// operation's own record, where in it; of another one, in words of its model.
    pub(super) fn refusal_of(&self, wrong: Wrong) -> Refusal {
        let Wrong { record, operation, violations } = wrong;
        let values = self.overlay.current(self.view, record.model, &record.key).map(|(values, _)| values);
        let is_seen = values.is_none_or(|values| self.sees(record.model, &values));
        let reason = match self.records.get(operation) {
            _ if !is_seen => RefusalReason::Forbidden(None),
            Some(own) if *own == record => RefusalReason::Invalid(violations),
            _ => elsewhere(self.model(record.model).schema.name, RefusalReason::Invalid(violations)),
        };
        Refusal::new(operation, reason)
    }

    /// Refuses fields that are not the caller's to set in the record as it is. Asked before anything is told of what the record would be: whether a
    /// state leads to another one tells which state it is.
    pub(super) fn may_set_as_it_is(
        &self,
        model: usize,
        before: &[Value],
        input: &[(usize, Value)],
        given: &[usize],
    ) -> Result<(), RefusalReason> {
        if self.is_free(model) {
            return Ok(());
        }
        let as_is = Change { own: before, before: Some(before), input };
        let may_set = |place: usize| self.holds(&self.asker().field_write(model, place, Right::Update), model, as_is);
        self.refuse_fields(model, given.iter().copied().filter(|place| !may_set(*place)))
    }

    /// Whether a change may set a field: both in the record as it is and as it would be.
    fn may_set(&self, model: usize, place: usize, before: &[Value], change: Change<'_>) -> bool {
        let condition = self.asker().field_write(model, place, Right::Update);
        let as_is = Change { own: before, ..change };
        self.holds(&condition, model, as_is) && self.holds(&condition, model, change)
    }

    /// A state that is set like any field goes a declared way, and a way is for those who may give its command.
    fn may_transit(&self, model: usize, before: &[Value], after: &[Value]) -> Result<(), RefusalReason> {
        let entry = self.model(model);
        let changed = (0..before.len()).filter(|&place| before[place] != after[place]);
        for field in changed.filter(|&place| entry.schema.fields[place].states.is_some()) {
            let leads = |way: &&lithair_model::Transition| {
                way.field == field && way.to == after[field] && way.from.contains(&before[field]) && !way.by_command
            };
            let guard_holds = |way: &&lithair_model::Transition| {
                way.guard.as_ref().is_none_or(|guard| guard.matches(after, self.now))
            };
            let mut ways = entry.transitions.iter().filter(leads).filter(guard_holds);
            if !ways.any(|way| self.may(model, Right::Command(way.name), before).is_ok()) {
                return Err(self.forbidden(model, Right::Update, None));
            }
        }
        Ok(())
    }

    /// Refuses a new record to whoever may not add it, and fields that are not the caller's to set.
    pub(super) fn may_create(
        &self,
        model: usize,
        values: &[Value],
        input: &[(usize, Value)],
        given: &[usize],
    ) -> Result<(), RefusalReason> {
        if self.is_free(model) {
            return Ok(());
        }
        let change = Change { own: values, before: None, input };
        self.permit(model, Right::Create, change)?;
        let may_set = |place| self.holds(&self.asker().field_write(model, place, Right::Create), model, change);
        self.refuse_fields(model, given.iter().copied().filter(|place| !may_set(*place)))?;
        let after = self.ask(model, change, |sides| self.asker().after(model, Right::Create, sides));
        after.map_err(|message| self.forbidden(model, Right::Create, message))
    }

    fn refuse_fields(&self, model: usize, places: impl Iterator<Item = usize>) -> Result<(), RefusalReason> {
        let entry = self.model(model);
        let violations: Vec<Violation> = places.map(|place| not_yours(entry, place)).collect();
        if violations.is_empty() { Ok(()) } else { Err(RefusalReason::Invalid(violations)) }
    }

    /// Makes a new record the caller's: its owner, and of its tenant. Neither is the caller's to say.
    pub(super) fn take_ownership(&self, model: usize, supplied: &mut Vec<(usize, Value)>) -> Result<(), RefusalReason> {
        if self.principal.is_system() {
            return Ok(());
        }
        let entry = self.model(model);
        let mine = [(entry.access.owner, self.principal.subject()), (entry.access.tenant, self.principal.tenant())];
        let said = supplied.iter().filter(|(place, _)| mine.iter().any(|(field, _)| *field == Some(*place)));
        let said: Vec<Violation> = said.map(|(place, _)| read_only(entry, *place)).collect();
        if !said.is_empty() {
            return Err(RefusalReason::Invalid(said));
        }
        for (field, who) in mine {
            let Some(place) = field else { continue };
            let schema = &entry.schema.fields[place];
            match who.and_then(|who| text_value(who, &schema.kind)) {
                Some(value) => supplied.push((place, value)),
                None if schema.optional => {}
                // Nobody's record would be anybody's.
                None => return Err(RefusalReason::Forbidden(None)),
            }
        }
        Ok(())
    }

    /// What a whole record leaves out keeps its value where the caller may not see or set it.
    pub(super) fn keep_what_is_not_the_callers(
        &self,
        model: usize,
        before: &[Value],
        given: &[usize],
        values: &mut [Value],
    ) {
        if self.is_free(model) {
            return;
        }
        let asker = self.asker();
        let change = Change { own: before, before: Some(before), input: &[] };
        for place in (0..before.len()).filter(|place| !given.contains(place)) {
            let rights = [asker.field_read(model, place), asker.field_write(model, place, Right::Update)];
            if !rights.iter().all(|condition| self.holds(condition, model, change)) {
                values[place] = before[place].clone();
            }
        }
    }

    /// A record that comes from elsewhere is the caller's like any other: what the server sets is not the line's to say, but for the key,
    /// and for what it would be anyway.
    pub(super) fn may_import(
        &self,
        model: usize,
        before: Option<&[Value]>,
        supplied: &mut Vec<(usize, Value)>,
        given: &[usize],
    ) -> Result<(), RefusalReason> {
        if self.is_free(model) {
            return Ok(());
        }
        let entry = self.model(model);
        let mut mine = Vec::new();
        match before {
            // The key is taken, and the caller is told no more than that.
            Some(before) if !self.sees(model, before) => return Err(RefusalReason::KeyTaken),
            // As a patch is: what follows compares the line with the record, and tells how that came out.
            Some(before) => {
                self.may_begin(model, before, supplied)?;
                self.may_compare(model, before, given)?;
                self.may_set_as_it_is(model, before, supplied, given)?;
            }
            None => self.take_ownership(model, &mut mine)?,
        }
        let is_said_anyway = |place: usize, value: &Value| match before {
            Some(before) => before[place] == *value,
            None => mine.iter().any(|(own, is)| *own == place && is == value),
        };
        let has_tenant = entry.access.tenant.is_some();
        let is_servers = |place: usize| {
            let is_chosen = entry.is_key(place) && !(has_tenant && before.is_none());
            is_servers(entry, place) && !is_chosen
        };
        let wrong = supplied.iter().filter(|(place, value)| is_servers(*place) && !is_said_anyway(*place, value));
        let wrong: Vec<Violation> = wrong.map(|(place, _)| read_only(entry, *place)).collect();
        if !wrong.is_empty() {
            return Err(RefusalReason::Invalid(wrong));
        }
        supplied.retain(|(place, _)| mine.iter().all(|(own, _)| own != place));
        supplied.extend(mine);
        Ok(())
    }

    /// What of an earlier revision may come back at all: whose a record is does not change.
    pub(super) fn restorable(&self, model: usize, mut supplied: Vec<(usize, Value)>) -> Vec<(usize, Value)> {
        let access = &self.model(model).access;
        let fixed = [access.owner, access.tenant];
        supplied.retain(|(place, _)| !fixed.contains(&Some(*place)));
        supplied
    }

    /// Refuses to bring back what the caller might not set itself.
    pub(super) fn may_restore(&self, model: usize, before: &[Value], after: &[Value]) -> Result<(), RefusalReason> {
        if self.is_free(model) {
            return Ok(());
        }
        self.may(model, Right::History, before)?;
        self.may_change(model, before, after, &[], &[])?;
        self.may_bring_back(model, before, after)
    }

    /// Refuses to bring back fields that the caller does not see, or might not set: whatever else is wrong with them.
    pub(super) fn may_bring_back(&self, model: usize, before: &[Value], after: &[Value]) -> Result<(), RefusalReason> {
        if self.is_free(model) {
            return Ok(());
        }
        let entry = self.model(model);
        let change = Change { own: after, before: Some(before), input: &[] };
        let changed = (0..before.len()).filter(|&place| before[place] != after[place]);
        let asker = self.asker();
        let is_callers = |place: usize| {
            is_servers(entry, place) && entry.schema.fields[place].auto.is_some()
                || entry.computed[place].is_some()
                || self.may_set(model, place, before, change)
                    && self.holds(&asker.field_read(model, place), model, change)
        };
        // Which field it is, is not said: perhaps the caller may not know that it ever changed.
        if changed.into_iter().all(is_callers) { Ok(()) } else { Err(self.forbidden(model, Right::Update, None)) }
    }

    /// Notes the references that a caller gave.
    pub(super) fn name(&mut self, model: usize, key: &Key, given: &[usize]) {
        if self.principal.is_system() {
            return;
        }
        for (relation, schema) in self.model(model).schema.relations.iter().enumerate() {
            if schema.fields.iter().any(|place| given.contains(place)) {
                self.named.push(Reference { record: RecordRef::new(model, key.clone()), relation });
            }
        }
    }

    /// References that a caller gave to records that it does not see. They are answered as those to records that are not there.
    pub(super) fn unseen(&self) -> Unseen {
        let is_unseen = |Reference { record, relation }: &&Reference| {
            let entry = self.model(record.model);
            let target = entry.targets[*relation];
            if self.is_free(target) {
                return false;
            }
            let values = self.overlay.current(self.view, record.model, &record.key).map(|(values, _)| values);
            let named = values.and_then(|values| entry.relation_key(*relation, &values));
            let Some(named) = named else { return false };
            let found = self.overlay.current(self.view, target, &named).map(|(values, _)| values);
            self.relied_on.borrow_mut().records.push(RecordRef::new(target, named));
            found.is_some_and(|values| !self.sees(target, &values))
        };
        self.named.iter().filter(is_unseen).cloned().collect()
    }

    /// What policies looked at is as it was when the entry is applied: each record, and of collections that were asked to their end that they
    /// have no more records.
    pub(super) fn guard_what_policies_read(&mut self) -> Vec<Guard> {
        let LookedAt { records, collections } = self.relied_on.take();
        for RecordRef { model, key } in BTreeSet::from_iter(records) {
            if self.overlay.get(model, &key).is_none() {
                let values = self.overlay.current(self.view, model, &key).map(|(values, _)| values);
                self.overlay.set(self.view, self.operation, model, key, values);
            }
        }
        let guard = |Collection { model, relation, target }: Collection| {
            let entry = self.model(model);
            let count = self.view.referrers(model, relation, &target).count() as u64;
            Guard::Referrers { model: entry.id, relation: entry.relation_ids[relation], key: target, count }
        };
        BTreeSet::from_iter(collections).into_iter().map(guard).collect()
    }
}

/// A record that a policy is asked about, and the change that is under way.
#[derive(Clone, Copy)]
struct Change<'a> {
    own: &'a [Value],
    before: Option<&'a [Value]>,
    input: &'a [(usize, Value)],
}

impl<'a> Change<'a> {
    /// None.
    const fn of(values: &'a [Value]) -> Self {
        Self { own: values, before: Some(values), input: &[] }
    }
}

fn not_yours(entry: &ModelEntry, place: usize) -> Violation {
    Violation { detail: "this field is not yours to set".to_owned(), ..read_only(entry, place) }
}
