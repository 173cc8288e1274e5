//! State machines on enums.

use crate::{Expr, Policy};

/// A state machine on an enum field.
#[derive(Clone, Copy, Debug)]
pub struct StatesSchema {
    /// The variant that a new record has.
    pub initial: &'static str,
    /// The ways from state to state. There is no other.
    pub transitions: &'static [TransitionSchema],
}

/// A way from state to state: a command of this name.
#[derive(Clone, Copy, Debug)]
pub struct TransitionSchema {
    /// The command's name.
    pub name: &'static str,
    /// The variants it leads from.
    pub from: &'static [&'static str],
    /// The variant it leads to.
    pub to: &'static str,
    /// What must be true of the record as it would be stored.
    pub guard: Option<Expr>,
    /// Who may go it, of those who may change the record: `by role(Editor)`.
    pub by: Option<&'static Policy>,
}
