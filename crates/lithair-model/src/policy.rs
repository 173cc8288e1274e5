//! Who may do what, as it is declared: `permission(..)` of a struct and of its fields.
//!
//! A policy is true or false of a principal and a record. What it means for a request, `access.rs` says.

use crate::{Comparison, Expr, Literal, Mask};

/// A condition on who asks and on the record that they ask about.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Policy {
    /// True when all are.
    All(&'static [Policy]),
    /// True when any is.
    Any(&'static [Policy]),
    /// True when the inner one is not.
    Not(&'static Policy),
    /// Everyone.
    Public,
    /// Whoever is known.
    Authenticated,
    /// Whoever is not.
    Anonymous,
    /// Whoever the record's owner field names.
    Owner,
    /// Whoever has the role, or one above it.
    Role(&'static str),
    /// Whoever's credential may be used for this.
    Scope(&'static str),
    /// A permission of the application by its name, bound on the server. `Public` is everyone.
    Permission(&'static str),
    /// Whoever is among the records that a relation leads to: one of them has the principal's subject as its key.
    Member(&'static str),
    /// Whether any record that a relation leads to is such.
    Related(&'static str, &'static Policy),
    /// Whether the principal has a right to a record that a relation leads to.
    Check(&'static str, Right),
    /// A condition on the record. Of names `before.x` is the field as it was, and `input.x` what the caller sent.
    Test(Expr),
    /// A value of the record compared with a claim. Without the claim it is false.
    Claim(&'static Expr, Comparison, &'static str),
    /// Whether a value of the record is one of a claim's.
    AmongClaim(&'static Expr, &'static str),
    /// A claim compared with a constant. Without the claim it is false, unless null is asked for.
    ClaimIs(&'static str, Comparison, Literal),
}

/// What somebody may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Right {
    /// See a record, wherever records are shown.
    Read,
    /// Add a record.
    Create,
    /// Change one.
    Update,
    /// Delete one; bring it back.
    Delete,
    /// See what a record was.
    History,
    /// Take all records at once.
    Export,
    /// A command or a transition of this name.
    Command(&'static str),
}

/// The permissions of a model.
#[derive(Clone, Copy, Debug)]
pub struct PolicySchema {
    /// `roles(Admin > Editor > Reader)`: each chain from the highest down.
    pub roles: &'static [&'static [&'static str]],
    /// Who has a right. A right that nobody is given is nobody's.
    pub rules: &'static [(Right, Policy)],
    /// Who does not have it, whatever the rules say.
    pub denies: &'static [DenySchema],
    /// What must be true of a record as it would be stored.
    pub afters: &'static [AfterRuleSchema],
    /// What may be seen and not be changed is answered as absent: `on_deny = hide`.
    pub hides: bool,
}

impl PolicySchema {
    /// Nobody may do anything.
    pub const CLOSED: Self = Self { roles: &[], rules: &[], denies: &[], afters: &[], hides: false };
}

/// `deny(update, when = .., message = "..")`
#[derive(Clone, Copy, Debug)]
pub struct DenySchema {
    /// Of which rights.
    pub rights: &'static [Right],
    /// To whom, and of which records.
    pub when: Policy,
    /// What the caller is told.
    pub message: Option<&'static str>,
}

/// `after(update, .., message = "..")`
#[derive(Clone, Copy, Debug)]
pub struct AfterRuleSchema {
    /// Create or update.
    pub right: Right,
    /// What must be true.
    pub holds: Policy,
    /// What the caller is told.
    pub message: Option<&'static str>,
}

/// `permission(..)` of a field. It narrows what the struct says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FieldAccess {
    /// The field names who owns the record.
    pub owner: bool,
    /// Who may see the field.
    pub read: Option<&'static Policy>,
    /// Who may set it in a new record.
    pub create: Option<&'static Policy>,
    /// Who may change it.
    pub update: Option<&'static Policy>,
    /// Whoever may see the field in a record may ask for that record by it: `http(filter(guarded))`.
    pub guarded: bool,
    /// What is shown instead of the text to whoever may not read it: `security(mask(last = 4))`. Without `read`, to everybody.
    pub mask: Option<Mask>,
}

impl FieldAccess {
    /// As the struct says.
    pub const OPEN: Self = Self { owner: false, read: None, create: None, update: None, guarded: false, mask: None };

    /// Whether fewer may see the field than the record.
    pub const fn is_narrower(&self) -> bool {
        self.mask.is_some() || !matches!(self.read, None | Some(Policy::Public))
    }
}
