//! Records that come from elsewhere, with what the server gave them there.

use lithair_model::{Auto, Draft, RefusalReason, Value, judge_import};

use super::change::By;
use super::{Decider, candidate, places};

impl Decider<'_> {
    /// Creates, replaces, or leaves alone what is equal. Of a record that exists, what an export does not show the caller keeps its value, and
    /// what is set once stays as it was set.
    pub(super) fn import(&mut self, model: usize, draft: &Draft) -> Result<(), RefusalReason> {
        let entry = self.model(model);
        let mut supplied = self.resolve(model, draft)?;
        // An export has them, and they are what they are computed from.
        supplied.retain(|(place, _)| entry.computed[*place].is_none());
        let given = places(&supplied);
        let created = candidate::created(entry, &supplied, self.now, model, self.ids);
        candidate::has_a_number(entry, &created)?;
        let found = self.overlay.current(self.view, model, &entry.key_of(&created));
        self.may_import(model, found.as_ref().map(|(before, _)| before.as_slice()), &mut supplied, &given)?;
        let (mut values, mut violations) = match found {
            None => (candidate::owned(created, &supplied), Vec::new()),
            Some((before, _)) => {
                let mut values = candidate::replaced(entry, &before, &supplied, self.now);
                self.keep_what_is_not_the_callers(model, &before, &given, &mut values);
                let violations = judge_import(entry, &before, &values);
                if !supplied.iter().any(|(place, _)| entry.schema.fields[*place].auto == Some(Auto::Updated)) {
                    candidate::stamp(entry, &before, &places(&supplied), &mut values, self.now);
                }
                (values, violations)
            }
        };
        let before = self.overlay.current(self.view, model, &entry.key_of(&values)).map(|(before, _)| before);
        match &before {
            Some(before) => self.may_lead(model, before, &values, By::Caller)?,
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
}
