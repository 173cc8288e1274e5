//! Logins at providers that a user has besides what they logged in with: linked in a session, and taken off again.

use lithair_model::{Backend, Principal, Timestamp, Value};

use super::providers::{id_of, login_of};
use super::{AccountError, Accounts};
use crate::oidc::FinishedLogin;
use crate::records::ProviderLogin;
use crate::session::{SYSTEM, equal, gone};
use crate::table::StoreError;
use crate::user::User;

/// The place of `user` in a login at a provider, which is found by it.
const USER: usize = 3;

/// How a user can log in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Links {
    /// Whether they have a password.
    pub has_password: bool,
    /// Issuers at which they are known, and since when that is known here.
    pub issuers: Vec<(String, Timestamp)>,
}

impl Accounts {
    /// The ways in that the user of a session has.
    ///
    /// # Errors
    /// It is no user.
    pub fn links(&self, backend: &dyn Backend, principal: &Principal) -> Result<Links, AccountError> {
        let user = self.of_principal(backend, principal)?;
        let issuers = self.logins_of(backend, &user).into_iter().map(|login| (login.issuer, login.created_at));
        Ok(Links { has_password: self.has_password(backend, &user), issuers: issuers.collect() })
    }

    /// A login may be linked to the account: its user has shown the password, where there is one. Whoever has found a session open has not, and
    /// would otherwise have a way in that stays.
    ///
    /// # Errors
    /// The password is wrong.
    pub async fn may_link(
        &self,
        backend: &dyn Backend,
        principal: &Principal,
        password: Option<String>,
        now: Timestamp,
    ) -> Result<(), AccountError> {
        let user = self.of_principal(backend, principal)?;
        if !self.has_password(backend, &user) {
            return Ok(());
        }
        self.confirm(backend, &user, password.unwrap_or_default(), now).await.map(drop)
    }

    /// From now on whoever has logged in at the provider is the user of the session, in which the login was begun.
    ///
    /// # Errors
    /// They are somebody else here; or the login was taken before.
    pub async fn link_proven(
        &self,
        backend: &dyn Backend,
        principal: &Principal,
        login: &FinishedLogin,
        now: Timestamp,
    ) -> Result<(), AccountError> {
        self.take(backend, login, now).await?;
        let user = self.of_principal(backend, principal)?;
        if let Some((known, _)) = self.provider_logins.get(backend, &Value::Text(id_of(&login.proven))) {
            return if known.user == user.id.to_string() { Ok(()) } else { Err(AccountError::Others) };
        }
        match self.provider_logins.create(backend, &login_of(&login.proven, &user, now), &SYSTEM, now).await {
            // Somebody was faster: who it was is known the next time.
            Err(StoreError::Conflict) => Err(AccountError::Others),
            stored => Ok(stored?),
        }
    }

    /// The provider of this issuer does not lead to the user's account any more. Of what else leads there, issuers count if they are among
    /// `offered`: nobody logs in through others.
    ///
    /// # Errors
    /// It did not; or nothing else does.
    pub async fn unlink(
        &self,
        backend: &dyn Backend,
        principal: &Principal,
        issuer: &str,
        offered: &[&str],
        now: Timestamp,
    ) -> Result<(), AccountError> {
        let _unlinking = self.unlinking.lock().await;
        let user = self.of_principal(backend, principal)?;
        let (taken, others): (Vec<_>, Vec<_>) =
            self.logins_of(backend, &user).into_iter().partition(|login| login.issuer == issuer);
        if taken.is_empty() {
            return Err(AccountError::NotLinked);
        }
        let is_offered = |login: &ProviderLogin| offered.contains(&login.issuer.as_str());
        if !self.has_password(backend, &user) && !others.iter().any(is_offered) {
            return Err(AccountError::LastWay);
        }
        for login in taken {
            gone(self.provider_logins.delete(backend, &Value::Text(login.id), &SYSTEM, now).await)?;
        }
        Ok(())
    }

    pub(super) fn logins_of(&self, backend: &dyn Backend, user: &User) -> Vec<ProviderLogin> {
        self.provider_logins.all(backend, Some(equal(USER, &user.id.to_string())))
    }

    pub(super) fn has_password(&self, backend: &dyn Backend, user: &User) -> bool {
        self.secret_of(backend, user.id).is_some_and(|(secret, _)| secret.password.is_some())
    }
}
