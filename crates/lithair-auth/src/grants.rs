//! Grants: roles that somebody has because the log says so.
//!
//! ```text
//! credential -> Principal -> roles of the credential, where they count   -+
//!                         -> grants to `token:alice`, here and everywhere -+> Principal with all of them, for this request
//! ```
//!
//! They are looked up for every request, by an index, so a grant holds for the next one and so does its end. What was found is kept until the log
//! grows, and nothing of it with a token.

mod administer;
mod known;
mod recent;
mod subject;

use std::str::FromStr;
use std::sync::Arc;

pub(crate) use administer::{Asked, Grantor};
use lithair_model::{Backend, Catalog, Credential, Identity, Kind, Operand, Predicate, Principal, Timestamp, Value};
use recent::Recent;
use serde::Serialize;

use crate::records::Grant;
use crate::session::{SYSTEM, equal, gone};
use crate::table::{StoreError, Table};

/// Grants that somebody has at most in a tenant, and as many that hold everywhere.
pub(crate) const GRANTS_MAX: usize = 256;

/// The places of `subject` and `tenant` in the record.
const SUBJECT: usize = 1;
const TENANT: usize = 3;

/// Where the roles of somebody come from: `auth.roles`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RoleSource {
    /// What credentials say: the claims of tokens, and the roles that keys and users were made with. Nothing is granted.
    Claims,
    /// What this server's own log says: grants, and the roles that keys and users were made with. No claim names a role.
    Store,
    /// Both together.
    #[default]
    Both,
}

impl RoleSource {
    /// The words of the setting.
    pub const WORDS: [&'static str; 3] = ["claims", "store", "both"];
}

impl FromStr for RoleSource {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        match word {
            "claims" => Ok(Self::Claims),
            "store" => Ok(Self::Store),
            "both" => Ok(Self::Both),
            _ => Err(()),
        }
    }
}

/// The grants of a server.
#[derive(Debug)]
pub struct Grants {
    table: Table<Grant>,
    source: RoleSource,
    recent: Recent,
}

/// A grant as lists show it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[expect(missing_docs, reason = "the members of the answer, as the documentation of the API has them")]
pub struct ShownGrant {
    pub id: String,
    pub subject: String,
    pub role: String,
    pub tenant: Option<String>,
    pub granted_at: String,
    pub granted_by: Option<String>,
    pub expires_at: Option<String>,
}

impl Grants {
    /// The grants of these models' records.
    pub fn new(catalog: &Catalog, source: RoleSource) -> Self {
        Self { table: Table::new(catalog), source, recent: Recent::default() }
    }

    /// Somebody with the roles that they have now, where they act now.
    pub fn complete(&self, backend: &dyn Backend, principal: Principal, now: Timestamp) -> Principal {
        let Principal::Known(identity) = &principal else { return principal };
        let granted = self.granted(backend, &principal, now);
        let is_claimed = identity.credential() == Credential::Token && !identity.roles().is_empty();
        let takes_back = is_claimed && self.source == RoleSource::Store;
        if granted.is_empty() && !takes_back {
            return principal;
        }
        let identity = Identity::clone(identity);
        let identity = if takes_back { identity.without_roles() } else { identity };
        Principal::Known(Arc::new(identity.with_roles(granted)))
    }

    /// The roles that somebody is granted: those that hold everywhere, and those of the tenant in which they act.
    fn granted(&self, backend: &dyn Backend, principal: &Principal, now: Timestamp) -> Vec<String> {
        let Some(subject) = principal.actor().filter(|_| self.source != RoleSource::Claims) else { return Vec::new() };
        if self.table.is_empty(backend) {
            return Vec::new();
        }
        // Before the look: what comes meanwhile has a later position, and is looked for again.
        let position = backend.position();
        let tenant = principal.tenant();
        let look = || self.table.all(backend, Some(here(subject, tenant)));
        let grants = self.recent.or_else(position, format!("{tenant:?}{subject}"), look);
        let grants = grants.iter().filter(|grant| !grant.is_over(now));
        grants.map(|grant| grant.role.clone()).collect()
    }

    /// The grants to somebody in this tenant, or those that hold everywhere.
    fn within(&self, backend: &dyn Backend, subject: &str, tenant: Option<&str>) -> Vec<Grant> {
        let tenant = tenant.map_or(Value::Null, |tenant| Value::Text(tenant.to_owned()));
        self.table.all(backend, Some(among(subject, vec![tenant])))
    }

    /// All grants to somebody.
    fn to(&self, backend: &dyn Backend, subject: &str) -> Vec<Grant> {
        self.table.all(backend, Some(equal(SUBJECT, subject)))
    }

    /// The roles that somebody is granted anywhere.
    pub(crate) fn anywhere(&self, backend: &dyn Backend, subject: &str, now: Timestamp) -> Vec<String> {
        let grants = self.to(backend, subject).into_iter();
        grants.filter(|grant| !grant.is_over(now)).map(|grant| grant.role).collect()
    }

    /// Forgets those whose time is over.
    ///
    /// # Errors
    /// The log does not take it.
    pub async fn sweep(&self, backend: &dyn Backend, now: Timestamp) -> Result<(), StoreError> {
        for grant in self.table.all(backend, None).into_iter().filter(|grant| grant.is_over(now)) {
            gone(self.table.delete(backend, &Value::Text(grant.id), &SYSTEM, now).await)?;
        }
        Ok(())
    }
}

impl Grant {
    fn is_over(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|end| now >= end)
    }
}

/// The grants to somebody that hold in a tenant: two ranges of the index, however many they have elsewhere.
fn here(subject: &str, tenant: Option<&str>) -> Predicate {
    among(subject, [Value::Null].into_iter().chain(tenant.map(|tenant| Value::Text(tenant.to_owned()))).collect())
}

/// The grants to somebody of these tenants; null is of those that hold everywhere.
fn among(subject: &str, values: Vec<Value>) -> Predicate {
    let tenants = Predicate::In { operand: Operand::Field(TENANT), values, kind: Kind::Text };
    Predicate::All(vec![equal(SUBJECT, subject), tenants])
}

fn shown(grant: Grant) -> ShownGrant {
    ShownGrant {
        id: grant.id,
        subject: grant.subject,
        role: grant.role,
        tenant: grant.tenant,
        granted_at: grant.granted_at.to_string(),
        granted_by: grant.granted_by,
        expires_at: grant.expires_at.map(|time| time.to_string()),
    }
}
