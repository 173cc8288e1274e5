//! Accounts: users, their passwords, one-time codes, and the tokens that they are sent.
//!
//! What a caller is told, and after how long, is the same for users that there are and users that there are not.

mod codes;
mod links;
mod providers;
mod tickets;

use std::sync::Arc;

use lithair_model::{Backend, Catalog, FieldType as _, Principal, Timestamp, Uuid, Value, email_form, is_email};
use thiserror::Error;
use tokio::sync::Mutex;

use crate::admin::is_word;
use crate::attempts::Attempts;
use crate::messenger::{About, Notice};
use crate::records::{ProviderLogin, Ticket, UserSecret};
use crate::seal::Seal;
use crate::secret::SecretHash;
use crate::session::{Begun, SYSTEM, Sessions, equal, user_id};
use crate::table::{StoreError, Table, submit};
use crate::user::{EMAIL, User};
use crate::users::Users;

pub use codes::Enrolled;
pub use links::Links;
use tickets::VERIFY;

/// Failures of one name in a minute, after which nothing more is tried.
const FAILURES_PER_MINUTE: u32 = 10;
/// How often a message is tried.
const DELIVERIES_MAX: usize = 3;
/// Messages to one address in a minute.
const MESSAGES_PER_MINUTE: u32 = 3;
const PASSWORD_CHARACTERS_MIN: usize = 8;
const PASSWORD_BYTES_MAX: usize = 256;
const EMAIL_BYTES_MAX: usize = 254;
/// Of addresses that stand in where none is known: no mail ever goes there (RFC 6761, 6.4).
const UNKNOWN_DOMAIN: &str = ".invalid";

/// The accounts of a server.
#[derive(Debug)]
pub struct Accounts {
    options: Users,
    users: Table<User>,
    secrets: Table<UserSecret>,
    tickets: Table<Ticket>,
    provider_logins: Table<ProviderLogin>,
    pub(crate) sessions: Sessions,
    hash: SecretHash,
    seal: Seal,
    attempts: Attempts,
    /// Messages that were asked for.
    asked: Attempts,
    /// Held by whoever unlinks: of two who take the last two ways in at once, one is told.
    unlinking: Mutex<()>,
}

/// Why nothing came of it.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum AccountError {
    /// Name and password are not together a user's who may log in. Which of it is wrong is nobody's business.
    #[error("name and password do not fit")]
    Login,
    /// Name and password fit, and a one-time code is missing or wrong.
    #[error("a one-time code is needed")]
    Code,
    /// Too many failures of this name.
    #[error("too many failures")]
    TooMany,
    /// Too many hashes are computed already.
    #[error("too much to do")]
    Busy,
    /// A token that was not sent, was used, or is too old.
    #[error("the token is not good")]
    Ticket,
    /// A field of the caller's: its name, and what was expected.
    #[error("{0}: {1}")]
    Invalid(&'static str, String),
    /// A provider knows them, and nobody here is they, or is they and may log in.
    #[error("no account belongs to it")]
    NoAccount,
    /// The login was taken before.
    #[error("the login was taken before")]
    Taken,
    /// Whom the provider knows is another user here.
    #[error("the login is another account's")]
    Others,
    /// The account has no login at the provider.
    #[error("the account is not linked to it")]
    NotLinked,
    /// Without it nobody could log in to the account any more.
    #[error("it is the last way in")]
    LastWay,
    /// The program does not offer it.
    #[error("this server does not offer it")]
    NotOffered,
    /// It was not stored.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Accounts {
    /// The accounts of a server with these models.
    pub fn new(options: Users, catalog: &Catalog, directory_secret: &[u8; 32]) -> Self {
        let sessions = Sessions::new(catalog, directory_secret, options.idle, options.absolute);
        Self {
            users: Table::new(catalog),
            secrets: Table::new(catalog),
            tickets: Table::new(catalog),
            provider_logins: Table::new(catalog),
            sessions,
            hash: SecretHash::new(directory_secret, "tickets and codes"),
            seal: Seal::new(directory_secret, "one-time codes"),
            attempts: Attempts::new(FAILURES_PER_MINUTE),
            asked: Attempts::new(MESSAGES_PER_MINUTE),
            unlinking: Mutex::new(()),
            options,
        }
    }

    /// Whose session it is.
    ///
    /// # Errors
    /// Why it is nobody's.
    pub async fn verify_session(
        &self,
        backend: &dyn Backend,
        id: &str,
        now: Timestamp,
    ) -> Result<Principal, crate::Refused> {
        self.sessions.verify(backend, id, now).await
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
        let user = self.authenticate(backend, &email, password, code, now).await?;
        let begun = self.sessions.begin(backend, &user, now).await?;
        Ok((user, begun))
    }

    async fn authenticate(
        &self,
        backend: &dyn Backend,
        email: &str,
        password: String,
        code: Option<&str>,
        now: Timestamp,
    ) -> Result<User, AccountError> {
        if self.attempts.are_too_many(email, now) {
            return Err(AccountError::TooMany);
        }
        // Longer ones are nobody's, and would only keep the hash busy.
        let password = if password.len() > PASSWORD_BYTES_MAX { String::new() } else { password };
        let user = self.by_email(backend, email);
        let secret = user.as_ref().and_then(|(user, _)| self.secret_of(backend, user.id));
        let kept = secret.as_ref().and_then(|(secret, _)| secret.password.clone());
        let fits = self.options.hashing.is(password, kept).await.ok_or(AccountError::Busy)?;
        let may = |user: &User| user.disabled_at.is_none() && user.verified_at.is_some();
        let (Some((user, _)), Some((secret, revision)), true) = (user.filter(|(user, _)| may(user)), secret, fits)
        else {
            self.attempts.count(email, now);
            return Err(AccountError::Login);
        };
        let checked = self.check_code(backend, secret, revision, code, now).await;
        if checked == Err(AccountError::Code) && code.is_some() {
            self.attempts.count(email, now);
        }
        checked.map(|()| user)
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
        self.confirm(backend, &user, former, now).await?;
        let hashed = self.options.hashing.of(password).await.ok_or(AccountError::Busy)?;
        self.set_password(backend, user.id, hashed, now).await?;
        self.sessions.end_all(backend, user.id, now).await?;
        Ok(self.sessions.begin(backend, &user, now).await?)
    }

    /// The user who asks knows their password.
    async fn confirm(
        &self,
        backend: &dyn Backend,
        user: &User,
        password: String,
        now: Timestamp,
    ) -> Result<(), AccountError> {
        if self.attempts.are_too_many(&user.email, now) {
            return Err(AccountError::TooMany);
        }
        let kept = self.secret_of(backend, user.id).and_then(|(secret, _)| secret.password);
        if self.options.hashing.is(password, kept).await.ok_or(AccountError::Busy)? {
            return Ok(());
        }
        self.attempts.count(&user.email, now);
        Err(AccountError::Login)
    }

    async fn set_password(
        &self,
        backend: &dyn Backend,
        user: Uuid,
        hashed: String,
        now: Timestamp,
    ) -> Result<(), AccountError> {
        let (secret, revision) = self.secret_of(backend, user).ok_or(AccountError::Ticket)?;
        let secret = UserSecret { password: Some(hashed), ..secret };
        self.secrets.replace(backend, &secret, revision, &SYSTEM, now).await?;
        self.void_resets(backend, user, now).await
    }

    /// Adds a user, with a password or with a token to choose one.
    ///
    /// # Errors
    /// What cannot be; somebody else has the address.
    pub async fn create(
        &self,
        backend: &dyn Backend,
        new: NewUser,
        by: &Principal,
        now: Timestamp,
    ) -> Result<User, AccountError> {
        let email = email_of(&new.email)?;
        let name = named(new.name.clone(), &email)?;
        let password = match new.password.clone() {
            Some(password) => Some(self.hashed(password).await?),
            None => None,
        };
        self.store(backend, User { email, name, ..unnamed(new, now) }, password, by, now).await
    }

    async fn hashed(&self, password: String) -> Result<String, AccountError> {
        is_password(&password)?;
        self.options.hashing.of(password).await.ok_or(AccountError::Busy)
    }

    async fn store(
        &self,
        backend: &dyn Backend,
        user: User,
        password: Option<String>,
        by: &Principal,
        now: Timestamp,
    ) -> Result<User, AccountError> {
        let operations = vec![self.users.creation(&user)?, self.secrets.creation(&secret_of(&user, password))?];
        submit(backend, operations, by, now).await?;
        Ok(user)
    }

    /// Adds a user who asks for it, and sends them a token. Whether somebody has the address already is told to the address alone: what has
    /// to be stored is stored apart from the request, which has its answer before.
    ///
    /// # Errors
    /// What cannot be, whoever has the address.
    pub async fn register(
        self: &Arc<Self>,
        backend: &Arc<dyn Backend>,
        email: &str,
        name: Option<String>,
        password: String,
        now: Timestamp,
    ) -> Result<(), AccountError> {
        if !self.options.is_open {
            return Err(AccountError::NotOffered);
        }
        let email = email_of(email)?;
        let name = named(name, &email)?;
        let password = self.hashed(password).await?;
        if self.asked.are_too_many(&email, now) {
            return Err(AccountError::TooMany);
        }
        self.asked.count(&email, now);
        let user = User { email, name, ..unnamed(NewUser::default(), now) };
        let (accounts, backend) = (Arc::clone(self), Arc::clone(backend));
        tokio::spawn(async move { accounts.store_registered(&*backend, user, password, now).await });
        Ok(())
    }

    async fn store_registered(&self, backend: &dyn Backend, user: User, password: String, now: Timestamp) {
        match self.store(backend, user.clone(), Some(password), &SYSTEM, now).await {
            Ok(user) => {
                if let Ok(token) = self.ticket(backend, user.id, VERIFY, now).await {
                    self.bring(&user, About::Verify(token)).await;
                }
            }
            Err(AccountError::Store(StoreError::Conflict)) => {
                if let Some((user, _)) = self.by_email(backend, &user.email) {
                    self.bring(&user, About::AlreadyRegistered).await;
                }
            }
            // Nothing was stored and nothing is sent: whoever waits for the message asks again.
            Err(_) => {}
        }
    }

    /// All users, in the order of their addresses.
    pub fn list(&self, backend: &dyn Backend) -> Vec<User> {
        let mut users = self.users.all(backend, None);
        users.sort_by(|first, second| first.email.cmp(&second.email));
        users
    }

    /// From when this returns the user may not use the server any more, or may again.
    ///
    /// # Errors
    /// There is no such user, or the log does not take it.
    pub async fn disable(
        &self,
        backend: &dyn Backend,
        email: &str,
        is_disabled: bool,
        by: &Principal,
        now: Timestamp,
    ) -> Result<User, AccountError> {
        let (user, revision) = self.by_email(backend, &email_form(email)).ok_or(AccountError::Login)?;
        let user = User { disabled_at: is_disabled.then_some(now), ..user };
        self.users.replace(backend, &user, revision, by, now).await?;
        if is_disabled {
            self.sessions.end_all(backend, user.id, now).await?;
        }
        Ok(user)
    }

    /// Whoever asks, as they are now.
    ///
    /// # Errors
    /// It is no user.
    pub fn of_principal(&self, backend: &dyn Backend, principal: &Principal) -> Result<User, AccountError> {
        let id = principal.subject().and_then(user_id);
        let user = id.and_then(|id| self.users.get(backend, &id.to_value()));
        user.map(|(user, _)| user).ok_or(AccountError::Login)
    }

    pub(crate) fn by_email(&self, backend: &dyn Backend, email: &str) -> Option<(User, u64)> {
        let found = self.users.all(backend, Some(equal(EMAIL, email))).into_iter().next()?;
        self.users.get(backend, &found.id.to_value())
    }

    fn secret_of(&self, backend: &dyn Backend, user: Uuid) -> Option<(UserSecret, u64)> {
        self.secrets.get(backend, &Value::Text(user.to_string()))
    }

    async fn bring(&self, user: &User, about: About) {
        let Some(messenger) = &self.options.messenger else { return };
        if user.email.ends_with(UNKNOWN_DOMAIN) {
            return;
        }
        let notice = Notice { email: user.email.clone(), name: user.name.clone(), about };
        for _ in 0..DELIVERIES_MAX {
            if messenger.bring(notice.clone()).await.is_ok() {
                return;
            }
        }
    }
}

/// A user who is to be added.
#[derive(Clone, Debug, Default)]
pub struct NewUser {
    /// The address.
    pub email: String,
    /// What others call them; what stands before the `@` if nothing is said.
    pub name: Option<String>,
    /// The password, if it is known.
    pub password: Option<String>,
    /// Their roles.
    pub roles: Vec<String>,
    /// Their tenant.
    pub tenant: Option<String>,
    /// Whether it is known that they read mail to the address.
    pub is_verified: bool,
}

/// The user, but for address and name.
fn unnamed(new: NewUser, now: Timestamp) -> User {
    User {
        id: new_id(now),
        email: String::new(),
        name: String::new(),
        roles: new.roles,
        tenant: new.tenant,
        verified_at: new.is_verified.then_some(now),
        disabled_at: None,
        created_at: now,
    }
}

/// What a new user proves to be themselves by.
fn secret_of(user: &User, password: Option<String>) -> UserSecret {
    UserSecret {
        user: user.id.to_string(),
        password,
        totp: None,
        totp_pending: None,
        totp_step: 0,
        recovery: Vec::new(),
    }
}

/// The name, or what stands before the `@` of the address.
fn named(name: Option<String>, email: &str) -> Result<String, AccountError> {
    let name = name.unwrap_or_else(|| email.split('@').next().unwrap_or_default().to_owned());
    if is_word(&name) {
        return Ok(name);
    }
    Err(AccountError::Invalid("name", "expected 1 to 128 bytes, without control characters".to_owned()))
}

/// Long enough, short enough, and nothing else is demanded: NIST SP 800-63B, 5.1.1.2.
fn is_password(password: &str) -> Result<(), AccountError> {
    if password.chars().count() < PASSWORD_CHARACTERS_MIN || password.len() > PASSWORD_BYTES_MAX {
        let expected =
            format!("expected {PASSWORD_CHARACTERS_MIN} characters or more, {PASSWORD_BYTES_MAX} bytes at most");
        return Err(AccountError::Invalid("password", expected));
    }
    Ok(())
}

/// The address in the form in which it is kept. One of [`UNKNOWN_DOMAIN`] is nobody's to give.
fn email_of(text: &str) -> Result<String, AccountError> {
    let email = email_form(text);
    if email.len() > EMAIL_BYTES_MAX || !is_email(&email) || email.ends_with(UNKNOWN_DOMAIN) {
        return Err(AccountError::Invalid("email", "expected an address such as ada@example.org".to_owned()));
    }
    Ok(email)
}

/// The same, for whoever has no use for one that is none.
pub(crate) fn known_email(text: &str) -> Option<String> {
    email_of(text).ok()
}

/// RFC 9562, 5.7: milliseconds, then randomness.
fn new_id(now: Timestamp) -> Uuid {
    let mut random = [0; 10];
    aws_lc_rs::rand::fill(&mut random).expect("the operating system has randomness");
    let millis = u64::try_from(now.micros() / 1_000).unwrap_or(0);
    let [a, b, rest @ ..] = random;
    let upper = millis << 16 | 0x7000 | u64::from(u16::from_be_bytes([a, b]) & 0xFFF);
    let lower = 1 << 63 | u64::from_be_bytes(rest) & 0x3FFF_FFFF_FFFF_FFFF;
    Uuid::from_u64_pair(upper, lower)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_has_eight_characters_or_more_and_256_bytes_at_most() {
        for good in ["12345678", "\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}", &"p".repeat(256)] {
            assert_eq!(is_password(good), Ok(()), "{good}");
        }
        for bad in ["", "1234567", "\u{e9}\u{e9}\u{e9}\u{e9}", &"p".repeat(257), &"\u{e9}".repeat(129)] {
            assert!(matches!(is_password(bad), Err(AccountError::Invalid("password", _))), "{bad}");
        }
    }

    #[test]
    fn an_identifier_is_a_uuid_of_its_time() {
        let now = Timestamp::from_micros(1_800_000_000_123_999);
        let ids: std::collections::BTreeSet<Uuid> = (0..100).map(|_| new_id(now)).collect();
        assert_eq!(ids.len(), 100);
        for id in &ids {
            // RFC 9562, 5.7: 48 bits of milliseconds, the version, 12 random bits; the variant, 62 random bits.
            let (upper, lower) = id.as_u64_pair();
            assert_eq!((upper >> 16, upper >> 12 & 0xF, lower >> 62), (1_800_000_000_123, 7, 0b10), "{id}");
        }
        let differ = |bits: fn(&Uuid) -> u64| ids.iter().map(bits).collect::<std::collections::BTreeSet<_>>().len();
        assert!(differ(|id| id.as_u64_pair().0 & 0xFFF) > 50 && differ(|id| id.as_u64_pair().1) == 100);
        let later = Timestamp::from_micros(now.micros() + 1_000);
        assert!(ids.iter().all(|id| *id < new_id(later)));
    }

    #[test]
    fn addresses_that_look_alike_are_one_and_what_is_none_is_refused() {
        for text in
            ["zo\u{e9}@example.org", " ZO\u{c9}@Example.org", "zoe\u{301}@example.org", "ZOE\u{301}@example.org\n"]
        {
            assert_eq!(email_of(text).as_deref(), Ok("zo\u{e9}@example.org"), "{text:?}");
        }
        let of_bytes = |last: usize| {
            let domain = [62, 62, last].map(|letters| "a".repeat(letters)).join(".");
            format!("{}@{domain}.org", "a".repeat(64))
        };
        let (longest, long) = (of_bytes(59), of_bytes(60));
        assert_eq!((longest.len(), email_of(&longest).as_deref()), (254, Ok(longest.as_str())));
        for text in [
            "",
            "ada",
            "ada@localhost",
            "@example.org",
            "ada@@example.org",
            "a\"b@example.org",
            "ada<script>@example.org",
            "ada@example..org",
            "ada@-example.org",
            "ada@exam_ple.org",
            ".ada@example.org",
            "ada @example.org",
            "ada@example.org\r\nbcc: eve@example.org",
            "ada@first.invalid",
            &long,
        ] {
            assert!(email_of(text).is_err(), "{text:?}");
        }
    }
}
