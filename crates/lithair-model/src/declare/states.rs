//! State machines.

use super::List;
use crate::{EnumSchema, Expr, Policy, StatesSchema, TransitionSchema};

/// `states(initial = .., ..)`
pub const fn states(initial: &'static str, transitions: List<TransitionSchema>) -> StatesSchema {
    StatesSchema { initial, transitions }
}

/// `name: From | Other -> To`
pub const fn way(name: &'static str, from: List<&'static str>, to: &'static str) -> TransitionSchema {
    TransitionSchema { name, from, to, guard: None, by: None }
}

impl TransitionSchema {
    /// `.. -> To if condition`
    pub const fn guard(mut self, condition: Expr) -> Self {
        self.guard = Some(condition);
        self
    }

    /// `.. by role(Editor)`
    pub const fn by(mut self, policy: &'static Policy) -> Self {
        self.by = Some(policy);
        self
    }
}

pub(super) const fn every_state_is_reached(schema: &EnumSchema, states: &StatesSchema) -> bool {
    let mut variant = 0;
    while variant < schema.variants.len() {
        let name = schema.variants[variant].name;
        let mut is_reached = same(name, states.initial);
        let mut way = 0;
        while way < states.transitions.len() {
            is_reached = is_reached || same(name, states.transitions[way].to);
            way += 1;
        }
        if !is_reached {
            return false;
        }
        variant += 1;
    }
    true
}

/// Whether two texts are equal, where `==` is not known yet: at compile time.
const fn same(left: &str, right: &str) -> bool {
    let (left, right) = (left.as_bytes(), right.as_bytes());
    if left.len() != right.len() {
        return false;
    }
    let mut place = 0;
    while place < left.len() {
        if left[place] != right[place] {
            return false;
        }
        place += 1;
    }
    true
}
