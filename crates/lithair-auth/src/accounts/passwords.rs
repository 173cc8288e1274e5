//! Passwords: another one, and what is kept of one.

use lithair_model::{Backend, Principal, Timestamp, Uuid, Value};

use super::rules::is_password;
use super::{AccountError, Accounts, WRITES_MAX};
use crate::records::UserSecret;
use crate::session::{Begun, SYSTEM};
use crate::table::StoreError;

impl Accounts {
    /// Another password for whoever knows the former one. All sessions end; a new one begins.
    ///
    /// # Errors
    /// Why the password stays.
    pub async fn change_password(
        &self,
        backend: &dyn Backend,
        principal: &Principal,
        former: String,
        password: String,
        now: Timestamp,
    ) -> Result<Begun, AccountError> {
        is_password(&password)?;
        let user = self.of_principal(backend, principal)?;
        let confirmed = self.confirm(backend, &user, former, now).await?;
        let hashed = self.options.hashing.of(password).await.ok_or(AccountError::Busy)?;
        self.set_password(backend, &confirmed, user.id, hashed.clone(), now).await?;
        self.sessions.end_all(backend, user.id, now).await?;
        let shown = UserSecret { password: Some(hashed), ..confirmed };
        self.begin(backend, &user, Some(&shown), now).await?.ok_or(AccountError::Login)
    }

    pub(super) async fn set_password(
        &self,
        backend: &dyn Backend,
        former: &UserSecret,
        user: Uuid,
        hashed: String,
        now: Timestamp,
    ) -> Result<(), AccountError> {
        let change = |secret| UserSecret { password: Some(hashed.clone()), ..secret };
        self.change_secret(backend, former, change, now).await?;
        self.void_resets(backend, user, now).await
    }

    /// Changes what is kept of a user, unless they have another password by now than the one that was compared. Whatever else of it changed
    /// meanwhile, a code that was used, stays changed.
    pub(super) async fn change_secret(
        &self,
        backend: &dyn Backend,
        compared: &UserSecret,
        change: impl Fn(UserSecret) -> UserSecret,
        now: Timestamp,
    ) -> Result<(), AccountError> {
        for _ in 0..WRITES_MAX {
            let found = self.secrets.get(backend, &Value::Text(compared.user.clone()));
            let found = found.filter(|(kept, _)| kept.is_of(compared));
            let (kept, revision) = found.ok_or(AccountError::Login)?;
            match self.secrets.replace(backend, &change(kept), revision, &SYSTEM, now).await {
                Err(StoreError::Conflict) => {}
                stored => return Ok(stored?),
            }
        }
        Err(StoreError::Conflict.into())
    }

    /// What is kept of it, if it is one.
    pub(super) async fn hashed(&self, password: String) -> Result<String, AccountError> {
        is_password(&password)?;
        self.options.hashing.of(password).await.ok_or(AccountError::Busy)
    }
}
