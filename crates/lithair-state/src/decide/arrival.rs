//! The states of records that come from elsewhere: a caller brings them no farther than it could have led them itself.

use lithair_model::{BadTransition, RefusalReason, Right, Transition, Value};

use super::Decider;

impl Decider<'_> {
    /// Refuses a new record in a state that leads to from the first one only by ways that are not the caller's to go.
    pub(super) fn may_arrive(&self, model: usize, values: &[Value]) -> Result<(), RefusalReason> {
        if self.is_free(model) {
            return Ok(());
        }
        let entry = self.model(model);
        let farther = entry.initial_states.iter().find(|(field, first)| !self.leads(model, *field, first, values));
        farther.map_or(Ok(()), |(field, first)| {
            let name = |value: &Value| if let Value::Text(name) = value { name.clone() } else { String::new() };
            let (from, to) = (name(first), name(&values[*field]));
            let field = entry.schema.fields[*field].wire;
            Err(RefusalReason::BadTransition(Some(BadTransition { field, from, to, guarded: None })))
        })
    }

    /// Whether ways that the caller may go lead from the first state to the record's.
    fn leads(&self, model: usize, field: usize, first: &Value, values: &[Value]) -> bool {
        let may = |way: &&Transition| {
            let is_last = way.to == values[field];
            let holds = !is_last || way.guard.as_ref().is_none_or(|guard| guard.matches(values, self.now));
            way.field == field && holds && self.may(model, Right::Command(way.name), values).is_ok()
        };
        let ways: Vec<&Transition> = self.model(model).transitions.iter().filter(may).collect();
        let mut reached = vec![first];
        while let Some(way) =
            ways.iter().find(|way| !reached.contains(&&way.to) && way.from.iter().any(|from| reached.contains(&from)))
        {
            reached.push(&way.to);
        }
        reached.contains(&&values[field])
    }
}
