//! Which roles there are, which of them have others, and what permissions by name mean.

use std::collections::{BTreeMap, BTreeSet};

use crate::{AccessSchema, ModelSchema, Policy, Principal};

/// What a program binds on its server: permissions by name, and roles of the whole application.
#[derive(Clone, Debug, Default)]
pub struct Bindings {
    permissions: BTreeMap<String, Policy>,
    roles: Vec<Vec<String>>,
}

impl Bindings {
    /// Binds a permission. A name that is bound already gets the new meaning.
    pub fn permission(&mut self, name: &str, policy: Policy) {
        self.permissions.insert(name.to_owned(), policy);
    }

    /// Adds a chain of roles, the highest first.
    pub fn roles(&mut self, chain: Vec<String>) {
        self.roles.push(chain);
    }

    /// What names are bound to.
    pub fn policies(&self) -> impl Iterator<Item = &Policy> {
        self.permissions.values()
    }

    /// The chains of roles, each from the highest down.
    pub fn chains(&self) -> &[Vec<String>] {
        &self.roles
    }

    /// What a name is bound to. `Public` is everyone.
    pub fn meaning(&self, name: &str) -> Option<&Policy> {
        const PUBLIC: Policy = Policy::Public;
        self.permissions.get(name).or((name == "Public").then_some(&PUBLIC))
    }
}

/// The roles of the application: those that its models and its server name, and which of them have others.
#[derive(Debug, Default)]
pub struct Roles {
    /// For each role those that have it too, from the one right above it up.
    above: BTreeMap<String, BTreeSet<String>>,
}

impl Roles {
    /// The roles of these models and of the server.
    ///
    /// # Errors
    /// A role that would be above itself.
    pub(crate) fn of(schemas: &[&'static ModelSchema], bindings: &Bindings) -> Result<Self, String> {
        let mut above: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let declared = schemas.iter().filter_map(|schema| match schema.access {
            AccessSchema::Rules(policy) => Some(policy.roles),
            AccessSchema::Public | AccessSchema::Internal => None,
        });
        let declared = declared.flatten().map(|chain| chain.iter().map(|role| (*role).to_owned()).collect());
        for chain in declared.chain(bindings.roles.iter().cloned()) {
            let chain: Vec<String> = chain;
            for (place, role) in chain.iter().enumerate() {
                let higher = above.entry(role.clone()).or_default();
                higher.extend(place.checked_sub(1).map(|place| chain[place].clone()));
            }
        }
        close(&mut above);
        match above.iter().find(|(role, higher)| higher.contains(*role)) {
            Some((role, _)) => {
                Err(format!("the role `{role}` would be above itself: the chains of `roles(..)` contradict each other"))
            }
            None => Ok(Self { above }),
        }
    }

    /// Whether somebody has a role, by itself or by one above it.
    pub fn has(&self, principal: &Principal, role: &str) -> bool {
        let higher = || self.above.get(role).is_some_and(|above| above.iter().any(|role| principal.has_role(role)));
        principal.has_role(role) || higher()
    }

    /// Whether the application names this role.
    pub fn knows(&self, role: &str) -> bool {
        self.above.contains_key(role)
    }

    /// All roles, in the order of their names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.above.keys().map(String::as_str)
    }

    /// The roles above this one.
    pub fn above(&self, role: &str) -> impl Iterator<Item = &str> {
        self.above.get(role).into_iter().flatten().map(String::as_str)
    }
}

/// Adds to each role those above the ones above it.
fn close(above: &mut BTreeMap<String, BTreeSet<String>>) {
    loop {
        let mut grew = false;
        for role in above.keys().cloned().collect::<Vec<_>>() {
            let farther: BTreeSet<String> =
                above[&role].iter().filter_map(|higher| above.get(higher)).flatten().cloned().collect();
            let higher = above.get_mut(&role).expect("it is one of the keys");
            let before = higher.len();
            higher.extend(farther);
            grew |= higher.len() > before;
        }
        if !grew {
            return;
        }
    }
}
