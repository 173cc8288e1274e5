//! Tokens that users are sent: good once, for a while, and for one thing.

use std::sync::Arc;

use lithair_model::{Backend, FieldType as _, Kind, Operand, Predicate, Timestamp, Uuid, Value, email_form};

use super::rules::is_password;
use super::{AccountError, Accounts};
use crate::messenger::About;
use crate::records::{Ticket, UserSecret};
use crate::secret::random_letters;
use crate::session::{SYSTEM, USER, equal, gone, user_id};
use crate::table::{StoreError, submit};
use crate::user::{User, VERIFIED_AT};

pub(crate) const VERIFY: Purpose = Purpose { word: "verify", micros: 24 * HOUR_MICROS };
pub(crate) const RESET: Purpose = Purpose { word: "reset", micros: HOUR_MICROS };
/// The same for one that an administrator was shown, who hands it on: that it came back says nothing of the address.
const HANDED_RESET: Purpose = Purpose { word: "handed-reset", micros: HOUR_MICROS };

const HOUR_MICROS: i64 = 60 * 60 * 1_000_000;
const LETTERS: usize = 52;

/// What a token is for.
#[derive(Clone, Copy)]
pub(crate) struct Purpose {
    pub(super) word: &'static str,
    micros: i64,
}

impl Accounts {
    /// A token for a user, and what is kept of it. One for nobody is kept like any other, and is good for nothing.
    pub(super) fn ticket(&self, user: Option<Uuid>, purpose: Purpose, now: Timestamp) -> (String, Ticket) {
        let token = random_letters(LETTERS);
        let ticket = Ticket {
            id: self.hash.of(&token),
            user: user.map(|user| user.to_string()).unwrap_or_default(),
            purpose: purpose.word.to_owned(),
            expires_at: now.plus_micros(purpose.micros),
        };
        (token, ticket)
    }

    pub(super) async fn store_ticket(
        &self,
        backend: &dyn Backend,
        ticket: &Ticket,
        now: Timestamp,
    ) -> Result<(), AccountError> {
        Ok(self.tickets.create(backend, ticket, &SYSTEM, now).await?)
    }

    /// Sends a token for a new password to the address, if it is a user's; apart from the request, which has its answer before. The log grows by one entry
    /// whose address it is: how far it is, everybody is told.
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
        if !self.asked.take(&email, now) {
            return Err(AccountError::TooMany);
        }
        let (accounts, backend) = (Arc::clone(self), Arc::clone(backend));
        tokio::spawn(async move {
            let found = accounts.by_email(&*backend, &email).map(|(user, _)| user);
            let user = found.filter(|user| user.disabled_at.is_none());
            let (token, ticket) = accounts.ticket(user.as_ref().map(|user| user.id), RESET, now);
            if accounts.store_ticket(&*backend, &ticket, now).await.is_ok()
                && let Some(user) = user
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
        let (token, ticket) = self.ticket(Some(user.id), HANDED_RESET, now);
        self.store_ticket(backend, &ticket, now).await?;
        Ok(token)
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
        let is_handed = self.good_ticket(backend, token, HANDED_RESET, now).is_ok();
        let purpose = if is_handed { HANDED_RESET } else { RESET };
        self.good_ticket(backend, token, purpose, now)?;
        let hashed = self.options.hashing.of(password).await.ok_or(AccountError::Busy)?;
        let (user, revision) = self.use_ticket(backend, token, purpose, now).await?;
        let (secret, _) = self.secret_of(backend, user.id).ok_or(AccountError::Ticket)?;
        match self.set_password(backend, &secret, user.id, hashed, now).await {
            // Somebody has chosen another one meanwhile, which no former token replaces.
            Err(AccountError::Login) => return Err(AccountError::Ticket),
            set => set?,
        }
        if !is_handed {
            self.set_proven(backend, user.id, now).await?;
        }
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
        self.set_proven(backend, user.id, now).await?;
        self.set_verified(backend, user, revision, now).await
    }

    /// Whoever has read the mail has read it, whatever else becomes of the user meanwhile.
    async fn set_proven(&self, backend: &dyn Backend, user: Uuid, now: Timestamp) -> Result<(), AccountError> {
        let (secret, revision) = self.secret_of(backend, user).ok_or(AccountError::Ticket)?;
        if secret.proven_at.is_some() {
            return Ok(());
        }
        let secret = UserSecret { proven_at: Some(now), ..secret };
        Ok(self.secrets.replace(backend, &secret, revision, &SYSTEM, now).await?)
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
        let is_reset = |ticket: &Ticket| [RESET.word, HANDED_RESET.word].contains(&ticket.purpose.as_str());
        self.void(backend, self.tickets_of(backend, user).into_iter().filter(is_reset), now).await
    }

    pub(super) fn tickets_of(&self, backend: &dyn Backend, user: Uuid) -> Vec<Ticket> {
        self.tickets.all(backend, Some(equal(USER, &user.to_string())))
    }

    /// These are good no more.
    pub(super) async fn void(
        &self,
        backend: &dyn Backend,
        tickets: impl IntoIterator<Item = Ticket, IntoIter: Send>,
        now: Timestamp,
    ) -> Result<(), AccountError> {
        for ticket in tickets {
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

    /// Removes sessions and tokens whose time is over, and users who have never proven their address and have no token for it any more.
    ///
    /// # Errors
    /// The log does not take it.
    pub async fn sweep(&self, backend: &dyn Backend, now: Timestamp) -> Result<(), AccountError> {
        self.sessions.sweep(backend, now).await?;
        let tickets = self.tickets.all(backend, None).into_iter();
        self.void(backend, tickets.filter(|ticket| now >= ticket.expires_at), now).await?;
        let unverified =
            Predicate::In { operand: Operand::Field(VERIFIED_AT), values: vec![Value::Null], kind: Kind::Timestamp };
        for user in self.users.all(backend, Some(unverified)) {
            // Tokens for a new password prove the address, too. Anybody may ask for these again and again, so they do not keep it for long.
            let has_token = || !self.tickets_of(backend, user.id).is_empty();
            let (day, age) = (VERIFY.micros, now.micros() - user.created_at.micros());
            if age >= 2 * day || age >= day && !has_token() {
                self.remove_unproven(backend, &user, now).await?;
            }
        }
        Ok(())
    }

    /// The address is its owner's to register with again. Whoever is kept out stays so, and stays known for it.
    async fn remove_unproven(&self, backend: &dyn Backend, user: &User, now: Timestamp) -> Result<(), AccountError> {
        // As they are now: they may have proven it meanwhile.
        let found = self.users.get(backend, &user.id.to_value());
        let Some((user, revision)) = found.filter(|(user, _)| self.is_unproven(backend, user)) else { return Ok(()) };
        let Some((secret, of_secret)) = self.secret_of(backend, user.id) else { return Ok(()) };
        let operations =
            vec![self.users.deletion(backend, &user, revision)?, self.secrets.deletion(backend, &secret, of_secret)?];
        match submit(backend, operations, &SYSTEM, now).await {
            // They have changed; or a record of the program's refers to them, and they stay.
            Err(StoreError::Conflict | StoreError::Refused(_)) => Ok(()),
            done => Ok(done?),
        }
    }

    /// Whether somebody has registered with the address and never proven it: nobody could ever log in, so nobody loses anything. Users whom the
    /// program has made itself have no password here.
    pub(super) fn is_unproven(&self, backend: &dyn Backend, user: &User) -> bool {
        let is_kept_out = user.disabled_at.is_some();
        let is_registered = || self.has_password(backend, user) && self.logins_of(backend, user).is_empty();
        user.verified_at.is_none() && !is_kept_out && is_registered()
    }
}
