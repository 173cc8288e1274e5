//! Why somebody may do something, or may not: for operators, never for the caller.

use super::{Asker, Condition, policy_text, right_text};
use crate::{AccessSchema, Fields, Policy, Principal, Right};

/// What decided, in the order in which it is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Whether they may.
    pub allowed: bool,
    /// What was asked, and what came of it.
    pub reasons: Vec<Reason>,
}

/// One thing that was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// What, as the author wrote it.
    pub what: String,
    /// Whether it speaks for the right.
    pub speaks_for: bool,
}

impl Asker<'_> {
    /// Why the principal has a right to a record, or has not. What would change it: whatever does not speak for it; of the alternatives of a rule,
    /// one.
    pub fn explain(&self, model: usize, right: Right, fields: &dyn Fields) -> Decision {
        let entry = &self.catalog.models[model];
        let allowed = self.right(model, right).holds(fields, self.now);
        let mut reasons = Vec::new();
        let mut say = |what: String, condition: &Condition| {
            reasons.push(Reason { what, speaks_for: condition.holds(fields, self.now) });
        };
        if self.principal.is_system() {
            say("the program itself may do everything".to_owned(), &Condition::Always);
            return Decision { allowed, reasons };
        }
        if let Some(tenant) = entry.access.tenant {
            say(format!("tenant: {} is the principal's", entry.schema.fields[tenant].name), &self.tenant(model));
        }
        match self.said(model, right) {
            None => say(format!("no rule says who may {}", right_text(right)), &Condition::Never),
            Some((of, policy)) => {
                for part in alternatives(policy) {
                    let text = format!("{} = {}", right_text(of), policy_text(part));
                    say(text, &self.of_policy(model, part));
                }
            }
        }
        for (name, policy) in super::by(entry.schema).filter(|(name, _)| Right::Command(name) == right) {
            say(format!("{name} by {}", policy_text(policy)), &self.of_policy(model, policy));
        }
        if let AccessSchema::Rules(rules) = entry.schema.access {
            let denies = rules.denies.iter().zip(&entry.access.denies).filter(|(_, deny)| deny.is_about(right));
            for (schema, deny) in denies {
                say(format!("deny when {}", policy_text(&schema.when)), &self.condition(&deny.when).negated());
            }
        }
        Decision { allowed, reasons }
    }

    /// Of which records somebody like this has a right, in words: `yes`, `no`, or what it depends on.
    pub fn in_words(&self, model: usize, right: Right) -> String {
        match self.right(model, right) {
            Condition::Always => "yes".to_owned(),
            Condition::Never => "no".to_owned(),
            Condition::When(_) => "by record".to_owned(),
        }
    }

    /// The policy that says who has a right, and of which right it is.
    fn said(&self, model: usize, right: Right) -> Option<(Right, &'static Policy)> {
        let AccessSchema::Rules(rules) = self.catalog.models[model].schema.access else {
            return Some((right, &Policy::Public));
        };
        let own = |right| rules.rules.iter().find(|(of, _)| *of == right).map(|(of, policy)| (*of, policy));
        own(right).or_else(|| match right {
            Right::Command("purge" | "restore") => own(Right::Delete),
            Right::Command(name) if super::by(self.catalog.models[model].schema).any(|(by, _)| by == name) => {
                Some((right, &Policy::Public))
            }
            Right::Command(_) => own(Right::Update),
            _ => None,
        })
    }
}

/// The alternatives of a policy: any of them is enough.
fn alternatives(policy: &'static Policy) -> &'static [Policy] {
    match policy {
        Policy::Any(parts) => parts,
        policy => std::slice::from_ref(policy),
    }
}

/// The columns of a matrix of permissions: nobody in particular, somebody without a role, and each role.
pub fn columns(roles: &super::Roles) -> Vec<(String, Principal)> {
    let known = || crate::Identity::new(crate::Credential::Session, "somebody").with_scopes(crate::Scopes::All);
    let plain = [("anonymous".to_owned(), Principal::Anonymous), ("authenticated".to_owned(), known().into())];
    let roles = roles.names().map(|role| (role.to_owned(), known().with_roles([role.to_owned()]).into()));
    plain.into_iter().chain(roles).collect()
}
