//! What becomes of a change that somebody asks for, as far as permissions say.

use super::{Asked, Caller, World, every};
use crate::{AccessSchema, Literal, Right, Value, literal_value};

/// What becomes of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is made.
    Done,
    /// There is no such record, to this caller.
    NotFound,
    /// The key is taken, and by which record the caller is not told.
    KeyTaken,
    /// The caller may not.
    Forbidden,
    /// The body says what is not the caller's to say.
    Invalid,
    /// This interpreter does not know.
    Unknown,
}

impl World<'_> {
    /// A change of a record from `before` to `after`, of which these fields are sent.
    pub fn update(
        &self,
        caller: &Caller,
        model: usize,
        before: &[Value],
        after: &[Value],
        input: &[(usize, Value)],
    ) -> Verdict {
        let sides = [before, after].map(|own| Asked { model, own, before: Some(before), input });
        let [is, would_be] = sides;
        let may = |side| refused(self.may(caller, Right::Update, side), self.forbidden(model));
        let sets = |side| {
            let each = input.iter().map(|(place, _)| self.sets_field(caller, Right::Update, *place, side));
            refused(every(each), Verdict::Invalid)
        };
        // Of what the record would be nothing is told to who may not even begin.
        self.seen(caller, model, before)
            .or_else(|| may(is))
            .or_else(|| sets(is))
            .or_else(|| may(would_be))
            .or_else(|| refused(self.transits(caller, model, before, after), self.forbidden(model)))
            .or_else(|| sets(would_be))
            .or_else(|| refused(self.after(caller, Right::Update, would_be), self.forbidden(model)))
            .unwrap_or(Verdict::Done)
    }

    /// A new record of these values, of which these fields are sent.
    pub fn create(&self, caller: &Caller, model: usize, values: &[Value], input: &[(usize, Value)]) -> Verdict {
        let asked = Asked { model, own: values, before: None, input };
        let sets = || every(input.iter().map(|(place, _)| self.sets_field(caller, Right::Create, *place, asked)));
        refused(self.may(caller, Right::Create, asked), Verdict::Forbidden)
            .or_else(|| refused(sets(), Verdict::Invalid))
            .or_else(|| refused(self.after(caller, Right::Create, asked), Verdict::Forbidden))
            .unwrap_or(Verdict::Done)
    }

    /// A delete, a command or a transition.
    pub fn act(&self, caller: &Caller, right: Right, model: usize, row: &[Value]) -> Verdict {
        let may = || self.may(caller, right, Asked::of(model, row));
        self.seen(caller, model, row).or_else(|| refused(may(), self.forbidden(model))).unwrap_or(Verdict::Done)
    }

    pub(super) fn seen(&self, caller: &Caller, model: usize, row: &[Value]) -> Option<Verdict> {
        // A key that is for changing alone knows of records that it is not shown.
        let path = self.schemas[model].path;
        let is_for = caller.is_for("read", path) || caller.is_for("write", path);
        let given = self.given(caller, Right::Read, Asked::of(model, row));
        refused(every([Some(is_for), given]), Verdict::NotFound)
    }

    /// What may be seen and not be changed.
    pub(super) fn forbidden(&self, model: usize) -> Verdict {
        match self.schemas[model].access {
            AccessSchema::Rules(rules) if rules.hides => Verdict::NotFound,
            _ => Verdict::Forbidden,
        }
    }

    fn after(&self, caller: &Caller, right: Right, asked: Asked<'_>) -> Option<bool> {
        let AccessSchema::Rules(rules) = self.schemas[asked.model].access else { return Some(true) };
        every(
            rules
                .afters
                .iter()
                .filter(|after| after.right == right)
                .map(|after| self.holds(&after.holds, caller, asked)),
        )
    }

    /// A state that is set like any field: who may give the command of the way may.
    fn transits(&self, caller: &Caller, model: usize, before: &[Value], after: &[Value]) -> Option<bool> {
        let schema = self.schemas[model];
        let changed = schema.fields.iter().enumerate().filter(|(place, _)| before[*place] != after[*place]);
        let states = changed.filter_map(|(place, field)| Some((place, field, field.states?)));
        every(states.map(|(place, field, states)| {
            let is = |name: &'static str, values: &[Value]| {
                literal_value(&Literal::Variant(name), &field.kind).as_ref() == Some(&values[place])
            };
            let ways = states
                .transitions
                .iter()
                .filter(|way| is(way.to, after) && way.from.iter().any(|from| is(from, before)));
            super::some(ways.map(|way| self.may(caller, Right::Command(way.name), Asked::of(model, before))))
        }))
    }
}

/// The verdict where something is not true.
pub(super) fn refused(holds: Option<bool>, verdict: Verdict) -> Option<Verdict> {
    match holds {
        Some(true) => None,
        Some(false) => Some(verdict),
        None => Some(Verdict::Unknown),
    }
}
