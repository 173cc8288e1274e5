//! Granting and taking back.

use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use lithair_model::{Backend, Predicate, Principal, Timestamp, Value};
use serde_json::{Value as Json, json};

use super::{GRANTS_MAX, Grants, RoleSource, SUBJECT, TENANT, shown, subject};
use crate::admin::{AdminError, is_lifetime, is_word};
use crate::authority::Authority;
use crate::records::{ApiKey, Grant};
use crate::secret::letters;
use crate::session::equal;
use crate::table::{StoreError, Table};

const ID_LETTERS: usize = 16;
/// Grants of a page, if nothing is said, and at most.
const PAGE: usize = 100;
const PAGE_MAX: usize = 500;

const ROLE: usize = 2;

/// Somebody who grants, at a time.
pub(crate) struct Grantor<'a> {
    pub(crate) backend: &'a dyn Backend,
    pub(crate) grants: &'a Grants,
    pub(crate) by: &'a Principal,
    pub(crate) now: Timestamp,
}

/// Which grants are asked for; all of them, if nothing is said.
#[derive(Debug, Default)]
pub(crate) struct Asked {
    pub(crate) subject: Option<String>,
    pub(crate) role: Option<String>,
    pub(crate) tenant: Option<String>,
    /// The last one of the page before.
    pub(crate) after: Option<String>,
    pub(crate) limit: Option<usize>,
}

impl Grantor<'_> {
    fn authority(&self) -> Authority<'_> {
        Authority::new(self.backend.catalog(), self.by)
    }

    /// Gives somebody a role. On return it is durable, and holds for their next request.
    pub(crate) async fn grant(
        &self,
        to: String,
        role: String,
        tenant: Option<String>,
        expires_seconds: Option<u64>,
    ) -> Result<Json, AdminError> {
        let invalid = |detail: String| Err(AdminError::Invalid(detail));
        if self.grants.source == RoleSource::Claims {
            return invalid(
                "`auth.roles` is `claims`, so a grant would be nothing: set it to `store` or `both`".to_owned(),
            );
        }
        self.backend.catalog().check_role(&role).map_err(AdminError::Invalid)?;
        if tenant.as_deref().is_some_and(|tenant| !is_word(tenant)) {
            return invalid("expected a tenant of 1 to 128 bytes, without control characters".to_owned());
        }
        if expires_seconds.is_some_and(|seconds| !is_lifetime(Duration::from_secs(seconds))) {
            return invalid("expected a time of a second to five years until the grant ends, or nothing".to_owned());
        }
        let tenant = self.authority().tenant(tenant)?;
        self.may(&to, &role, tenant.as_deref())?;
        match to.starts_with("user:") {
            true => self.authority().has_every_scope()?,
            false => self.authority().is_for_whole_roles()?,
        }
        subject::check(self.backend, &to, self.now)?;
        let expires_at = expires_seconds.map(|seconds| self.now.plus_micros(micros(seconds)));
        let granted_by = self.by.actor().map(str::to_owned);
        let id = id(&to, &role, tenant.as_deref());
        let grant = Grant { id, subject: to, role, tenant, granted_at: self.now, granted_by, expires_at };
        self.store(grant.clone()).await?;
        Ok(json!(shown(grant)))
    }

    /// Refuses whoever may neither give nor take this. Nobody does so with themselves: a role that ends with a token would become one that
    /// stays, and the last administrator would be gone by mistake.
    fn may(&self, subject: &str, role: &String, tenant: Option<&str>) -> Result<(), AdminError> {
        let authority = self.authority();
        authority.is_over(tenant)?;
        authority.has_roles([role])?;
        if authority.is_self(subject, &makers(self.backend, self.by)) {
            let detail = "nobody gives or takes roles of their own: another administrator does, or the command line";
            return Err(AdminError::Forbidden(detail.to_owned()));
        }
        Ok(())
    }

    async fn store(&self, grant: Grant) -> Result<(), AdminError> {
        let (table, by, now) = (&self.grants.table, self.by, self.now);
        let has_it = |id: &str| AdminError::Invalid(format!("{} has it already: it is the grant {id}", grant.subject));
        if let Some((found, revision)) = table.get(self.backend, &Value::Text(grant.id.clone())) {
            // One that is over is as good as gone, and has its place.
            if !found.is_over(now) {
                return Err(has_it(&found.id));
            }
            return Ok(table.replace(self.backend, &grant, revision, by, now).await?);
        }
        // Of this tenant alone: an administrator of one would otherwise take the places of all others, and be told that there are grants elsewhere.
        let grants = self.grants.within(self.backend, &grant.subject, grant.tenant.as_deref());
        if grants.iter().filter(|grant| !grant.is_over(now)).count() >= GRANTS_MAX {
            let place =
                grant.tenant.as_ref().map_or("everywhere".to_owned(), |tenant| format!("in the tenant {tenant:?}"));
            let detail = format!("{} has {GRANTS_MAX} grants {place}, and nobody has more", grant.subject);
            return Err(AdminError::Invalid(detail));
        }
        match table.create(self.backend, &grant, by, now).await {
            Err(StoreError::Conflict) => Err(has_it(&grant.id)),
            other => Ok(other?),
        }
    }

    /// Takes a grant back. From when this returns it holds for nobody.
    pub(crate) async fn revoke(&self, id: &str) -> Result<Json, AdminError> {
        let not_found = || AdminError::NotFound(format!("there is no grant {id:?}"));
        let found = self.grants.table.get(self.backend, &Value::Text(id.to_owned()));
        let (grant, _) = found.filter(|(grant, _)| self.is_shown(grant)).ok_or_else(not_found)?;
        self.may(&grant.subject, &grant.role, grant.tenant.as_deref())?;
        match self.grants.table.delete(self.backend, &Value::Text(grant.id.clone()), self.by, self.now).await {
            Err(StoreError::Conflict) => Err(not_found()),
            other => {
                other?;
                Ok(json!({ "id": grant.id, "subject": grant.subject, "role": grant.role, "revoked": true }))
            }
        }
    }

    fn is_shown(&self, grant: &Grant) -> bool {
        self.authority().sees(grant.tenant.as_deref())
    }

    /// A page of grants, in the order of their ids.
    pub(crate) fn list(&self, asked: Asked) -> Result<Json, AdminError> {
        let limit = asked.limit.unwrap_or(PAGE);
        if !(1..=PAGE_MAX).contains(&limit) {
            return Err(AdminError::Invalid(format!("`limit`: expected a number from 1 to {PAGE_MAX}")));
        }
        let wanted = [(SUBJECT, asked.subject), (ROLE, asked.role), (TENANT, asked.tenant)];
        let mut filter: Vec<Predicate> =
            wanted.iter().filter_map(|(place, text)| text.as_deref().map(|text| equal(*place, text))).collect();
        // Whoever is of a tenant administers that one.
        filter.extend(self.by.tenant().map(|tenant| equal(TENANT, tenant)));
        let filter = (!filter.is_empty()).then_some(Predicate::All(filter));
        let after = asked.after.map(Value::Text);
        let (page, more) = self.grants.table.page(self.backend, filter, after.as_ref(), limit);
        let next = page.last().filter(|_| more).map(|last| last.id.clone());
        Ok(json!({ "items": page.into_iter().map(shown).collect::<Vec<_>>(), "next": next }))
    }
}

/// Who made the key by which somebody asks, and the key that it was made with, and so on: whoever has one has those that were made with it.
fn makers(backend: &dyn Backend, by: &Principal) -> Vec<String> {
    let keys = Table::<ApiKey>::new(backend.catalog());
    let mut makers: Vec<String> = Vec::new();
    let mut id = by.actor().and_then(key_id).map(str::to_owned);
    while let Some((key, _)) = id.and_then(|id| keys.get(backend, &Value::Text(id))) {
        // No key was made with a later one, so this ends.
        id = key.created_by.as_deref().and_then(key_id).map(str::to_owned);
        makers.extend(key.created_by);
    }
    makers
}

fn key_id(actor: &str) -> Option<&str> {
    actor.strip_prefix("key:")
}

/// A grant is known by what it says.
fn id(subject: &str, role: &str, tenant: Option<&str>) -> String {
    // Lengths keep the parts apart, and no tenant is another than one without a name.
    let tenant = tenant.map(|tenant| format!("{}:{tenant}", tenant.len())).unwrap_or_default();
    let text = format!("{}:{subject}{}:{role}{tenant}", subject.len(), role.len());
    letters(&digest(&SHA256, text.as_bytes()).as_ref()[..ID_LETTERS])
}

fn micros(seconds: u64) -> i64 {
    i64::try_from(seconds).unwrap_or(i64::MAX).saturating_mul(1_000_000)
}
