//! The words that a program's policies know: roles that somebody can be given, scopes that mean something.

use std::collections::BTreeSet;

use super::check::{policies, walk};
use crate::{Catalog, Policy, nearest};

impl Catalog {
    /// The roles that mean something to the program: those of `roles(..)`, and those that a policy or a bound permission names.
    pub fn known_roles(&self) -> BTreeSet<String> {
        let mut known: BTreeSet<String> = self.roles.names().map(str::to_owned).collect();
        self.each_policy(&mut |policy| {
            if let Policy::Role(role) = policy {
                known.insert((*role).to_owned());
            }
        });
        known
    }

    /// Refuses a role that nothing would ever ask for.
    ///
    /// # Errors
    /// What was expected, with the nearest role.
    pub fn check_role(&self, role: &str) -> Result<(), String> {
        let known = self.known_roles();
        if known.contains(role) {
            return Ok(());
        }
        let near = nearest(role, known.iter().map(String::as_str));
        let near = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
        Err(format!("no model and no permission of this program names the role {role:?}{near}"))
    }

    /// The scopes that a policy or a bound permission asks for.
    pub fn known_scopes(&self) -> BTreeSet<String> {
        let mut known = BTreeSet::new();
        self.each_policy(&mut |policy| {
            if let Policy::Scope(scope) = policy {
                known.insert((*scope).to_owned());
            }
        });
        known
    }

    /// Whether a policy asks for this scope.
    pub fn asks_for_scope(&self, scope: &str) -> bool {
        self.known_scopes().contains(scope)
    }

    fn each_policy(&self, found: &mut dyn FnMut(&Policy)) {
        for (_, policy) in self.models.iter().flat_map(|model| policies(model.schema)) {
            walk(policy, found);
        }
        self.bindings.policies().for_each(|policy| walk(policy, found));
    }
}
