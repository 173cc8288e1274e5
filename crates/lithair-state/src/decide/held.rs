//! Code of the application beside the generated API, held to what the caller may do: what is not seen is not there.

use lithair_model::{RefusalReason, Right, Value, Violation, read_only};

use super::{Decider, Key, places};

impl Decider<'_> {
    /// Does something with code held to what the caller may do, or not held.
    pub(super) fn held<R>(&mut self, is_held: bool, work: impl FnOnce(&mut Self) -> R) -> R {
        let was = std::mem::replace(&mut self.is_held, is_held);
        let done = work(self);
        self.is_held = was;
        done
    }

    /// Whether code may have a record. One of which the caller does not see every field is refused: a struct has all its fields.
    pub(super) fn may_have(&mut self, model: usize, values: &[Value]) -> bool {
        if !self.is_held {
            return true;
        }
        if !self.is_for_looking(model) || !self.sees(model, values) {
            return false;
        }
        let is_whole = self.sees_whole(model, values);
        if !is_whole {
            self.refuse(RefusalReason::Forbidden(Some("the principal does not see every field of the record")));
        }
        is_whole
    }

    /// The fields that code changes, with what it says of them.
    pub(super) fn said(&self, before: &[Value], values: &[Value]) -> Vec<(usize, Value)> {
        let changed = before.iter().zip(values).enumerate().filter(|(_, (before, value))| before != value);
        changed.map(|(place, (_, value))| (place, value.clone())).collect()
    }

    /// Refuses a change by code to whoever may not begin it, and one of whose a record is.
    pub(super) fn may_begin_by_code(
        &self,
        model: usize,
        before: &[Value],
        said: &[(usize, Value)],
    ) -> Result<(), RefusalReason> {
        if !self.sees(model, before) {
            return Err(RefusalReason::NotFound);
        }
        self.may_begin(model, before, said)?;
        let entry = self.model(model);
        let fixed = [entry.access.owner, entry.access.tenant];
        let wrong = places(said).into_iter().filter(|place| fixed.contains(&Some(*place)));
        let wrong: Vec<Violation> = wrong.map(|place| read_only(entry, place)).collect();
        if wrong.is_empty() || self.principal.is_system() { Ok(()) } else { Err(RefusalReason::Invalid(wrong)) }
    }

    pub(super) fn may_delete_by_code(&self, model: usize, key: &Key) -> Result<(), RefusalReason> {
        if !self.is_held {
            return Ok(());
        }
        let found = self.overlay.current(self.view, model, key).map(|(values, _)| values);
        let values = found.filter(|values| self.sees(model, values)).ok_or(RefusalReason::NotFound)?;
        self.may(model, Right::Delete, &values)
    }

    /// A struct has all its fields: whose the record is, is the server's to say, and nothing says nothing.
    pub(super) fn without_what_is_not_said(&self, model: usize, supplied: &mut Vec<(usize, Value)>) {
        if self.principal.is_system() {
            return;
        }
        let entry = self.model(model);
        let is_servers = |place: usize| [entry.access.owner, entry.access.tenant].contains(&Some(place));
        let is_said =
            |place: usize, value: &Value| *value != Value::Null || entry.schema.fields[place].access.create.is_none();
        supplied.retain(|(place, value)| !is_servers(*place) && is_said(*place, value));
    }
}
