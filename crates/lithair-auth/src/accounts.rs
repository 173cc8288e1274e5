//! Accounts: users, their passwords, one-time codes, and the tokens that they are sent.
//!
//! What a caller is told, and after how long, is the same for users that there are and users that there are not.

mod administration;
mod codes;
mod links;
mod login;
mod passwords;
mod providers;
mod registration;
mod rules;
#[cfg(all(test, feature = "users"))]
mod tests;
mod tickets;

use lithair_model::{Backend, Catalog, FieldType as _, Principal, Uuid, Value};
use thiserror::Error;
use tokio::sync::Mutex;

use crate::attempts::Attempts;
use crate::messenger::{About, Notice};
use crate::records::{ProviderLogin, Ticket, UserSecret};
use crate::seal::Seal;
use crate::secret::SecretHash;
use crate::session::{Sessions, equal, user_id};
use crate::table::{StoreError, Table};
use crate::user::{EMAIL, User};
use crate::users::Users;

pub use codes::Enrolled;
pub use links::Links;
pub use registration::NewUser;
use rules::UNKNOWN_DOMAIN;
pub(crate) use rules::known_email;

/// Failures of one name in a minute, after which nothing more is tried.
const FAILURES_PER_MINUTE: u32 = 10;
/// How often a change is tried that others come before.
const WRITES_MAX: usize = 8;
/// How often a message is tried.
const DELIVERIES_MAX: usize = 3;
/// Messages to one address in a minute.
const MESSAGES_PER_MINUTE: u32 = 3;

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

impl UserSecret {
    /// Whether the password is the same. Of no two is the hash alike, be they one password.
    fn is_of(&self, shown: &Self) -> bool {
        self.password == shown.password
    }
}
