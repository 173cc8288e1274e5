//! Tokens that users are sent: good once, for a while, and for one thing.

use std::sync::Arc;

use lithair_model::{Backend, FieldType as _, Timestamp, Uuid, Value, email_form};

use super::{AccountError, Accounts, is_password};
use crate::messenger::About;
use crate::records::Ticket;
use crate::secret::random_letters;
use crate::session::{SYSTEM, gone, user_id};
use crate::table::StoreError;
use crate::user::User;

pub(crate) const VERIFY: Purpose = Purpose { word: "verify", micros: 24 * HOUR_MICROS };
pub(crate) const RESET: Purpose = Purpose { word: "reset", micros: HOUR_MICROS };

const HOUR_MICROS: i64 = 60 * 60 * 1_000_000;
const LETTERS: usize = 52;

/// What a token is for.
#[derive(Clone, Copy)]
pub(crate) struct Purpose {
    pub(super) word: &'static str,
    micros: i64,
}

impl Accounts {
    /// A token for a user.
    pub(crate) async fn ticket(
        &self,
        backend: &dyn Backend,
        user: Uuid,
        purpose: Purpose,
        now: Timestamp,
    ) -> Result<String, AccountError> {
        let token = random_letters(LETTERS);
        let ticket = Ticket {
            id: self.hash.of(&token),
            user: user.to_string(),
            purpose: purpose.word.to_owned(),
            expires_at: now.plus_micros(purpose.micros),
        };
        self.tickets.create(backend, &ticket, &SYSTEM, now).await?;
        Ok(token)
    }

    /// Sends a token for a new password to the address, if it is a user's; apart from the request, which has its answer before.
    ///
    /// # Errors
    /// The program has no way to send tokens, or it was asked too often.
    pub async fn ask_for_reset(
        self: &Arc<Self>,
        backend: &Arc<dyn Backend>,
        email: &str,
        now: Timestamp,
    ) -> Result<(), AccountError> {
        if self.options.messenger.is_none() {
            return Err(AccountError::NotOffered);
        }
        let email = email_form(email);
        if self.asked.are_too_many(&email, now) {
            return Err(AccountError::TooMany);
        }
        self.asked.count(&email, now);
        let (accounts, backend) = (Arc::clone(self), Arc::clone(backend));
        tokio::spawn(async move {
            let user = accounts.by_email(&*backend, &email).filter(|(user, _)| user.disabled_at.is_none());
            if let Some((user, _)) = user
                && let Ok(token) = accounts.ticket(&*backend, user.id, RESET, now).await
            {
                accounts.bring(&user, About::Reset(token)).await;
            }
        });
        Ok(())
    }

    /// A token for a new password, for whoever administers users.
    ///
    /// # Errors
    /// There is no such user, or the log does not take it.
    pub async fn reset_token(
        &self,
        backend: &dyn Backend,
        email: &str,
        now: Timestamp,
    ) -> Result<String, AccountError> {
        let (user, _) = self.by_email(backend, &email_form(email)).ok_or(AccountError::Login)?;
        self.ticket(backend, user.id, RESET, now).await
    }

    /// A new password for whoever has the token. All sessions end, and it is known that they read their mail.
    ///
    /// # Errors
    /// The token is not good, or the password is none.
    pub async fn reset(
        &self,
        backend: &dyn Backend,
        token: &str,
        password: String,
        now: Timestamp,
    ) -> Result<(), AccountError> {
        is_password(&password)?;
        // Only for a token that is good: others would keep the hash busy. And before it is used: whoever is told to come again needs it then.
        self.good_ticket(backend, token, RESET, now)?;
        let hashed = self.options.hashing.of(password).await.ok_or(AccountError::Busy)?;
        let (user, revision) = self.use_ticket(backend, token, RESET, now).await?;
        self.set_password(backend, user.id, hashed, now).await?;
        self.set_verified(backend, user.clone(), revision, now).await?;
        self.sessions.end_all(backend, user.id, now).await?;
        Ok(())
    }

    /// It is known that whoever has the token reads their mail.
    ///
    /// # Errors
    /// The token is not good.
    pub async fn verify_address(&self, backend: &dyn Backend, token: &str, now: Timestamp) -> Result<(), AccountError> {
        let (user, revision) = self.use_ticket(backend, token, VERIFY, now).await?;
        self.set_verified(backend, user, revision, now).await
    }

    async fn set_verified(
        &self,
        backend: &dyn Backend,
        user: User,
        revision: u64,
        now: Timestamp,
    ) -> Result<(), AccountError> {
        if user.verified_at.is_some() {
            return Ok(());
        }
        let user = User { verified_at: Some(now), ..user };
        Ok(self.users.replace(backend, &user, revision, &SYSTEM, now).await?)
    }

    /// No token that was sent to the user for a new password is good any more: the password that they have now is meant to stay.
    pub(super) async fn void_resets(
        &self,
        backend: &dyn Backend,
        user: Uuid,
        now: Timestamp,
    ) -> Result<(), AccountError> {
        let user = user.to_string();
        let is_void = |ticket: &Ticket| ticket.user == user && ticket.purpose == RESET.word;
        for ticket in self.tickets.all(backend, None).into_iter().filter(is_void) {
            gone(self.tickets.delete(backend, &Value::Text(ticket.id), &SYSTEM, now).await)?;
        }
        Ok(())
    }

    /// A token that may be used, by its key.
    fn good_ticket(
        &self,
        backend: &dyn Backend,
        token: &str,
        purpose: Purpose,
        now: Timestamp,
    ) -> Result<(Value, Ticket), AccountError> {
        let key = Value::Text(self.hash.of(token));
        let ticket = self.tickets.get(backend, &key).map(|(ticket, _)| ticket);
        let ticket = ticket.filter(|ticket| ticket.purpose == purpose.word && now < ticket.expires_at);
        Ok((key, ticket.ok_or(AccountError::Ticket)?))
    }

    /// The user of a token, which is good no more.
    async fn use_ticket(
        &self,
        backend: &dyn Backend,
        token: &str,
        purpose: Purpose,
        now: Timestamp,
    ) -> Result<(User, u64), AccountError> {
        let (key, ticket) = self.good_ticket(backend, token, purpose, now)?;
        // Whoever deletes it has used it: of two who come at once, one is told that it is gone.
        match self.tickets.delete(backend, &key, &SYSTEM, now).await {
            Err(StoreError::Conflict) => return Err(AccountError::Ticket),
            deleted => deleted?,
        }
        let user = user_id(&ticket.user).and_then(|id| self.users.get(backend, &id.to_value()));
        user.filter(|(user, _)| user.disabled_at.is_none()).ok_or(AccountError::Ticket)
    }

    /// Removes sessions and tokens whose time is over.
    ///
    /// # Errors
    /// The log does not take it.
    pub async fn sweep(&self, backend: &dyn Backend, now: Timestamp) -> Result<(), AccountError> {
        self.sessions.sweep(backend, now).await?;
        for ticket in self.tickets.all(backend, None).into_iter().filter(|ticket| now >= ticket.expires_at) {
            gone(self.tickets.delete(backend, &Value::Text(ticket.id), &SYSTEM, now).await)?;
        }
        Ok(())
    }
}
