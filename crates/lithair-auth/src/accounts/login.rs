//! Who proves to be somebody: logging in and out.

use lithair_model::{Backend, FieldType as _, Principal, Timestamp, email_form};

use super::rules::PASSWORD_BYTES_MAX;
use super::{AccountError, Accounts};
use crate::Refused;
use crate::records::UserSecret;
use crate::session::{Begun, user_id};
use crate::table::StoreError;
use crate::user::User;

impl Accounts {
    /// Whose session it is.
    ///
    /// # Errors
    /// Why it is nobody's.
    pub async fn verify_session(&self, backend: &dyn Backend, id: &str, now: Timestamp) -> Result<Principal, Refused> {
        self.sessions.verify(backend, id, now).await
    }

    /// Whose session it is, for a request that came before: it keeps no session going.
    ///
    /// # Errors
    /// Why it is nobody's any more.
    pub fn session(&self, backend: &dyn Backend, id: &str, now: Timestamp) -> Result<Principal, Refused> {
        self.sessions.look(backend, id, now)
    }

    /// Begins a session for whoever knows name, password and, where there is one, the code.
    ///
    /// # Errors
    /// Why there is none.
    pub async fn login(
        &self,
        backend: &dyn Backend,
        email: &str,
        password: String,
        code: Option<&str>,
        now: Timestamp,
    ) -> Result<(User, Begun), AccountError> {
        let email = email_form(email);
        let log_in = async {
            let (user, secret) = self.authenticate(backend, &email, password, code, now).await?;
            let begun = self.begin(backend, &user, Some(&secret), now).await?.ok_or(AccountError::Login)?;
            Ok((user, begun))
        };
        let logged_in = self.counted(&email, now, log_in).await;
        // Whoever has not been asked for a code yet has not guessed at it.
        if matches!(logged_in, Err(AccountError::Code)) && code.is_none() {
            self.attempts.give_back(&email, now);
        }
        logged_in
    }

    /// Begins a session for a user, who has shown the password that was kept then; none, if that is none any more, or they are kept out.
    ///
    /// A password is compared; somebody replaces it, and ends all sessions; the session of whoever was compared begins. So what was compared is
    /// looked at once more when it has begun: whoever replaces the password after that finds the session.
    pub(super) async fn begin(
        &self,
        backend: &dyn Backend,
        user: &User,
        shown: Option<&UserSecret>,
        now: Timestamp,
    ) -> Result<Option<Begun>, StoreError> {
        let begun = self.sessions.begin(backend, user, now).await?;
        let is_let_in =
            self.users.get(backend, &user.id.to_value()).is_some_and(|(user, _)| user.disabled_at.is_none());
        let is_kept = |shown: &UserSecret| self.secret_of(backend, user.id).is_some_and(|(kept, _)| kept.is_of(shown));
        if is_let_in && shown.is_none_or(is_kept) {
            return Ok(Some(begun));
        }
        self.sessions.end(backend, &begun.id, now).await?;
        Ok(None)
    }

    async fn authenticate(
        &self,
        backend: &dyn Backend,
        email: &str,
        password: String,
        code: Option<&str>,
        now: Timestamp,
    ) -> Result<(User, UserSecret), AccountError> {
        // Longer ones are nobody's, and would only keep the hash busy.
        let password = if password.len() > PASSWORD_BYTES_MAX { String::new() } else { password };
        let user = self.by_email(backend, email);
        let secret = user.as_ref().and_then(|(user, _)| self.secret_of(backend, user.id));
        let kept = secret.as_ref().and_then(|(secret, _)| secret.password.clone());
        let fits = self.options.hashing.is(password, kept).await.ok_or(AccountError::Busy)?;
        let may = |user: &User| user.disabled_at.is_none() && user.verified_at.is_some();
        let (Some((user, _)), Some((secret, revision)), true) = (user.filter(|(user, _)| may(user)), secret, fits)
        else {
            return Err(AccountError::Login);
        };
        self.check_code(backend, secret.clone(), revision, code, now).await?;
        Ok((user, secret))
    }

    /// The user who asks knows their password: what is kept of them, with the password that was compared.
    pub(super) async fn confirm(
        &self,
        backend: &dyn Backend,
        user: &User,
        password: String,
        now: Timestamp,
    ) -> Result<UserSecret, AccountError> {
        let compare = async {
            let secret = self.secret_of(backend, user.id).map(|(secret, _)| secret);
            let kept = secret.as_ref().and_then(|secret| secret.password.clone());
            let fits = self.options.hashing.is(password, kept).await.ok_or(AccountError::Busy)?;
            secret.filter(|_| fits).ok_or(AccountError::Login)
        };
        self.counted(&user.email, now, compare).await
    }

    /// What comes of a guess at what a user of this name knows, if there were not too many. It is counted before it is tried, so that those that
    /// come at once are as many as those that come one after the other, and given back if it was none.
    pub(super) async fn counted<T>(
        &self,
        name: &str,
        now: Timestamp,
        guess: impl Future<Output = Result<T, AccountError>>,
    ) -> Result<T, AccountError> {
        if !self.attempts.take(name, now) {
            return Err(AccountError::TooMany);
        }
        let outcome = guess.await;
        if !matches!(outcome, Err(AccountError::Login | AccountError::Code)) {
            self.attempts.give_back(name, now);
        }
        outcome
    }

    /// Ends the session with this identifier; with `everywhere`, all of its user.
    ///
    /// # Errors
    /// The log does not take it.
    pub async fn logout(
        &self,
        backend: &dyn Backend,
        id: &str,
        principal: &Principal,
        everywhere: bool,
        now: Timestamp,
    ) -> Result<(), AccountError> {
        if everywhere && let Some(user) = principal.subject().and_then(user_id) {
            self.sessions.end_all(backend, user, now).await?;
        }
        self.sessions.end(backend, id, now).await?;
        Ok(())
    }
}
