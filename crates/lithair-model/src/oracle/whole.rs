//! Whole records: those that are sent in the place of another one, those that come from elsewhere, and those that come back.

use super::verdict::refused;
use super::{Asked, Caller, Verdict, World, every};
use crate::{Exposure, FieldSchema, Mutability, Right, Value};

impl World<'_> {
    /// What a whole record of these fields makes of another one. What it leaves out is `blank`, but for what is not the caller's to leave out:
    /// what the server sets, what is set once, and what the caller does not see or may not set.
    pub fn replaced(
        &self,
        caller: &Caller,
        model: usize,
        before: &[Value],
        input: &[(usize, Value)],
        blank: &[Value],
    ) -> Option<Vec<Value>> {
        let schema = self.schemas[model];
        let value = |place: usize| {
            let field = &schema.fields[place];
            let is_set_once = matches!(field.mutability, Mutability::Immutable | Mutability::WriteOnce);
            let is_whose = field.access.owner || schema.tenant == Some(place) || schema.key.contains(&place);
            let asked = Asked::of(model, before);
            let is_callers = every([
                Some(!is_whose && !is_set_once && !is_of_the_server(field) && field.exposure == Exposure::Open),
                self.sees_field(caller, model, before, place),
                self.sets_field(caller, Right::Update, place, asked),
            ]);
            let sent = input.iter().find(|(sent, _)| *sent == place).map(|(_, value)| value.clone());
            match sent {
                Some(value) => Some(value),
                None => {
                    is_callers.map(|is_callers| if is_callers { blank[place].clone() } else { before[place].clone() })
                }
            }
        };
        (0..before.len()).map(value).collect()
    }

    /// A line of an import: of a record that is there and becomes `after`, or of a new one.
    pub fn import(
        &self,
        caller: &Caller,
        model: usize,
        before: Option<&[Value]>,
        after: &[Value],
        input: &[(usize, Value)],
    ) -> Verdict {
        let Some(before) = before else { return self.create(caller, model, after, input) };
        match self.seen(caller, model, before) {
            Some(Verdict::NotFound) => Verdict::KeyTaken,
            Some(unknown) => unknown,
            None => self.update(caller, model, before, after, input),
        }
    }

    /// What a record is once it is again what it was: whose it is stays, and so does what the server gives.
    pub fn restored(&self, model: usize, before: &[Value], then: &[Value]) -> Vec<Value> {
        let schema = self.schemas[model];
        let comes_back = |place: usize| {
            let field = &schema.fields[place];
            let is_whose = field.access.owner || schema.tenant == Some(place) || schema.key.contains(&place);
            !is_whose && field.auto.is_none() && field.on_update.is_none() && field.computed.is_none()
        };
        let value = |place: usize| if comes_back(place) { then[place].clone() } else { before[place].clone() };
        (0..before.len()).map(value).collect()
    }

    /// A record that becomes again what it was `then`, as far as that comes back: for who sees both, may know the past, and might have made
    /// each change of it.
    pub fn restore(&self, caller: &Caller, model: usize, before: &[Value], then: &[Value], after: &[Value]) -> Verdict {
        let is_changed =
            |place: &usize| before[*place] != after[*place] && self.schemas[model].fields[*place].computed.is_none();
        let changed = (0..before.len()).filter(is_changed);
        let shown = |row: &[Value]| refused(self.sees(caller, model, row), Verdict::NotFound);
        let knows = self.may(caller, Right::History, Asked::of(model, before));
        let sides = [before, after].map(|own| Asked { model, own, before: Some(before), input: &[] });
        let is_callers = |place: usize| {
            let sets = sides.iter().map(|side| self.sets_field(caller, Right::Update, place, *side));
            every(sets.chain([self.sees_field(caller, model, after, place)]))
        };
        shown(before)
            .or_else(|| refused(knows, Verdict::Forbidden))
            .or_else(|| shown(then))
            .or_else(|| match self.update(caller, model, before, after, &[]) {
                Verdict::Done => None,
                other => Some(other),
            })
            .or_else(|| refused(every(changed.map(is_callers)), self.forbidden(model)))
            .unwrap_or(Verdict::Done)
    }
}

/// What the server sets by itself.
fn is_of_the_server(field: &FieldSchema) -> bool {
    field.auto.is_some() || field.computed.is_some() || field.exposure == Exposure::ReadOnly
}
