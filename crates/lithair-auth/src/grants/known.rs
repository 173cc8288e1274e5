//! Somebody whom an operator asks about, as this server would know them now.

use lithair_model::{Backend, Credential, FieldType as _, Identity, Principal, Scopes, Timestamp, Value};

use super::Grants;
use crate::admin::AdminError;
use crate::explain::Described;
use crate::records::ApiKey;
use crate::session::user_id;
use crate::table::Table;
use crate::user::User;
use crate::{api_key, session};

impl Grants {
    /// Somebody with what an operator says of them and what they are granted. Named as the history names them - `token:<subject>`, `user:<id>`,
    /// `key:<id>` - they have what their record says, too; any other text is the subject of a token.
    ///
    /// # Errors
    /// There is no such user or key, or it is not good any more.
    pub(crate) fn known(
        &self,
        backend: &dyn Backend,
        described: Described,
        now: Timestamp,
    ) -> Result<Principal, AdminError> {
        let (kind, id) = described.sub.split_once(':').unwrap_or(("", &described.sub));
        let recorded = match kind {
            "token" => Some(Identity::new(Credential::Token, id).with_scopes(Scopes::All)),
            "user" => Some(user(backend, id)?),
            "key" => Some(key(backend, id, now)?),
            _ => None,
        };
        if described.key && recorded.is_some() {
            return Err(AdminError::Invalid(format!("key: {:?} says by what they are known", described.sub)));
        }
        let principal = match recorded {
            Some(identity) => described.said_of(identity),
            None => described.principal(),
        };
        let granted = self.granted(backend, &principal, now);
        Ok(match principal.identity() {
            Some(identity) => identity.clone().with_roles(granted).into(),
            None => principal,
        })
    }
}

fn user(backend: &dyn Backend, id: &str) -> Result<Identity, AdminError> {
    let users = Table::<User>::new(backend.catalog());
    let found = user_id(id).and_then(|user| users.get(backend, &user.to_value()));
    let (user, _) = found.ok_or_else(|| AdminError::NotFound(format!("there is no user {id:?}")))?;
    match user.disabled_at {
        Some(_) => Err(AdminError::Invalid(format!("the user {id} is kept out: every request of theirs is 401"))),
        None => Ok(session::identity(&user)),
    }
}

fn key(backend: &dyn Backend, id: &str, now: Timestamp) -> Result<Identity, AdminError> {
    let found = Table::<ApiKey>::new(backend.catalog()).get(backend, &Value::Text(id.to_owned()));
    let (key, _) = found.ok_or_else(|| AdminError::NotFound(format!("there is no key {id:?}")))?;
    let users = Table::<User>::new(backend.catalog());
    let is_kept_out = key.subject.as_deref().is_some_and(|subject| session::is_kept_out(backend, &users, subject));
    match key.revoked_at.is_some() || now >= key.expires_at || is_kept_out {
        true => Err(AdminError::Invalid(format!("the key {id} is not good any more: every request with it is 401"))),
        false => Ok(api_key::identity(key)),
    }
}
