//! Changing a record: to what a caller sends, or back to what it was.

use lithair_model::{
    Draft, Expected, RefusalReason, Target, Value, Violation, judge_change, judge_decided, judge_states,
};

use super::{Decider, candidate, places};

/// How much of a record a draft speaks of.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    /// All of it: what it leaves out has its default.
    Whole,
    /// Some fields: the others stay.
    Part,
}

/// Whose doing a change is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    /// What callers send.
    Caller,
    /// What the record was, which has what callers only read.
    Past,
    /// The application's own code, which may set what callers only read.
    Code,
}

impl Decider<'_> {
    /// Changes a record as a draft says.
    pub(super) fn change(
        &mut self,
        model: usize,
        target: &Target,
        expected: &Expected,
        draft: &Draft,
        extent: Extent,
    ) -> Result<(), RefusalReason> {
        let (key, before) = self.to_be_changed(model, target, expected, draft.revision)?;
        let mut supplied = self.resolve(model, draft)?;
        // Who may not change the record at all is told nothing of what is wrong with the change.
        self.may_begin(model, &before, &supplied)?;
        self.may_compare(model, &before, &places(&supplied))?;
        let mut wrong = self.take_computed(model, &before, &mut supplied);
        let given = places(&supplied);
        self.may_set_as_it_is(model, &before, &supplied, &given)?;
        let values = match extent {
            Extent::Whole => {
                let mut values = candidate::replaced(self.model(model), &before, &supplied, self.now);
                self.keep_what_is_not_the_callers(model, &before, &given, &mut values);
                values
            }
            Extent::Part => candidate::patched(self.model(model), &before, &supplied),
        };
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

    /// The record as it once was. What callers only read comes back too: it is not the caller who says what it was.
    pub(super) fn restore(
        &mut self,
        model: usize,
        target: &Target,
        expected: &Expected,
        draft: &Draft,
    ) -> Result<(), RefusalReason> {
        let (key, before) = self.to_be_changed(model, target, expected, draft.revision)?;
        self.may_begin(model, &before, &[])?;
        let mut supplied = self.resolve(model, draft)?;
        // What was computed then is computed from what is now.
        supplied.retain(|(place, _)| self.model(model).computed[*place].is_none());
        let then = candidate::restored(&before, &self.restorable(model, supplied.clone()));
        let values = self.changed(model, &before, &supplied, then.clone(), By::Past);
        if values.is_err() {
            self.may_bring_back(model, &before, &then)?;
        }
        let values = values?;
        self.may_restore(model, &before, &values)?;
        self.put(model, key, values);
        Ok(())
    }

    /// The values of a changed record as they will be stored, judged.
    pub(super) fn changed(
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
        let mut said = places(supplied);
        if by == By::Code {
            said.extend(candidate::differing(before, &values));
        }
        let (mut values, by_hooks) = self.hooked(model, Some(before), values)?;
        said.extend(by_hooks);
        let entry = self.model(model);
        candidate::stamp(entry, before, &said, &mut values, self.now);
        violations.extend(self.model(model).compute_own(&mut values));
        self.may_lead(model, before, &values, by)?;
        violations.extend(lithair_model::judge(entry, &values, self.now));
        if violations.is_empty() { Ok(values) } else { Err(RefusalReason::Invalid(violations)) }
    }

    /// Whether a change leads states only as they are declared to.
    pub(super) fn may_lead(
        &self,
        model: usize,
        before: &[Value],
        values: &[Value],
        by: By,
    ) -> Result<(), RefusalReason> {
        let judged = judge_states(self.model(model), Some(before), values, self.now, by == By::Code);
        judged.map_err(|bad| self.bad_transition(model, before, bad))
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
}
