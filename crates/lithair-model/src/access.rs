//! Who may do what: policies compiled once, and what they mean for one principal.
//!
//! ```text
//! permission(..) -> Policy -> Rule (names are places)      once, with the catalog
//!                            -> Condition (who asks is known) once a request: never, always, or a predicate of the record
//!                                 -> conjoined to queries, asked of what changes, and of every record that is shown
//! ```
//!
//! Deny beats allow beats default-deny, whatever the order in which they are written. The program itself may do everything. What a key is for
//! is asked before all of it, and of every model that a request comes to.

mod asker;
mod candidate;
mod check;
mod condition;
mod explain;
mod reader;
mod roles;
mod rule;
mod scope;
mod sight;
#[cfg(test)]
mod tests;
mod text;
mod words;

pub use asker::{Asker, Sides, text_value};
pub use candidate::Candidate;
pub(crate) use check::{permissions_of, problems};
pub use condition::Condition;
pub use explain::{Asked, Attempt, Decision, Left, Step, Truth, Whom};
pub use reader::Reader;
pub use roles::{Bindings, Roles};
pub use scope::{READ, WRITE};
pub use sight::{Sight, Visible, VisibleFields};
pub use text::{policy_text, right_text};

use crate::{AccessSchema, ModelSchema, Right};
use rule::{Compiler, Rule};

/// What a model's permissions are, compiled.
#[derive(Debug)]
pub struct ModelAccess {
    /// Nothing is said but `all = public`.
    is_open: bool,
    rules: Vec<(Right, Rule)>,
    /// What `by` says of commands and transitions.
    by: Vec<(&'static str, Rule)>,
    denies: Vec<Deny>,
    afters: Vec<After>,
    fields: Vec<FieldRules>,
    /// The field that names who owns a record.
    pub owner: Option<usize>,
    /// The field that names whose tenant a record is.
    pub tenant: Option<usize>,
    /// What may be seen and not be changed is answered as absent.
    pub hides: bool,
}

#[derive(Debug)]
struct Deny {
    rights: &'static [Right],
    when: Rule,
    message: Option<&'static str>,
}

#[derive(Debug)]
struct After {
    right: Right,
    holds: Rule,
    message: Option<&'static str>,
}

/// The rules of one field; none is as the struct says.
#[derive(Debug, Default)]
struct FieldRules {
    read: Option<Rule>,
    create: Option<Rule>,
    update: Option<Rule>,
}

impl ModelAccess {
    /// Compiles what [`check`] found right. What the server does not bind is nobody's.
    pub(crate) fn compile(place: usize, schemas: &[&'static ModelSchema], bindings: &Bindings) -> Self {
        let schema = schemas[place];
        let compiler = Compiler { schemas, bindings };
        let rule = |policy| compiler.rule(place, policy).expect("checked: the policy binds");
        let field = |field: &crate::FieldSchema| FieldRules {
            // What is masked is read by whom `read` says, and by nobody where it says nothing.
            read: field.access.read.map(rule).or(field.access.mask.map(|_| Rule::Fixed(false))),
            create: field.access.create.map(rule),
            update: field.access.update.map(rule),
        };
        let fields: Vec<FieldRules> = schema.fields.iter().map(field).collect();
        let owner = schema.fields.iter().position(|field| field.access.owner);
        let by: Vec<(&'static str, Rule)> = by(schema).map(|(name, policy)| (name, rule(policy))).collect();
        let has_no_rules = by.is_empty() && schema.fields.iter().all(|field| field.access == crate::FieldAccess::OPEN);
        let is_open = matches!(schema.access, AccessSchema::Public) && has_no_rules && schema.tenant.is_none();
        let AccessSchema::Rules(policy) = schema.access else {
            let (rules, denies, afters) = (Vec::new(), Vec::new(), Vec::new());
            return Self { is_open, rules, by, denies, afters, fields, owner, tenant: schema.tenant, hides: false };
        };
        let denies = policy.denies.iter();
        let afters = policy.afters.iter();
        Self {
            is_open,
            by,
            rules: policy.rules.iter().map(|(right, policy)| (*right, rule(policy))).collect(),
            denies: denies
                .map(|deny| Deny { rights: deny.rights, when: rule(&deny.when), message: deny.message })
                .collect(),
            afters: afters
                .map(|after| After { right: after.right, holds: rule(&after.holds), message: after.message })
                .collect(),
            fields,
            owner,
            tenant: schema.tenant,
            hides: policy.hides,
        }
    }

    /// Whether everybody may do everything, and see every field.
    pub const fn is_open(&self) -> bool {
        self.is_open
    }
}

/// What `by` says of the commands and transitions of a model.
fn by(schema: &'static ModelSchema) -> impl Iterator<Item = (&'static str, &'static crate::Policy)> {
    let commands = schema.commands.iter().map(|command| (command.name, command.by));
    let states = schema.fields.iter().filter_map(|field| field.states);
    let transitions = states.flat_map(|states| states.transitions.iter().map(|way| (way.name, way.by)));
    commands.chain(transitions).filter_map(|(name, by)| Some((name, by?)))
}
