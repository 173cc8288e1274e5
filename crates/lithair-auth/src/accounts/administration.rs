//! What administrators do to users.

use lithair_model::{Backend, Principal, Timestamp, email_form};

use super::registration::unnamed;
use super::rules::{email_of, named};
use super::{AccountError, Accounts, NewUser};
use crate::table::submit;
use crate::user::User;

impl Accounts {
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
        let user = User { email, name, ..unnamed(new, now) };
        submit(backend, self.creation(&user, password)?, by, now).await?;
        Ok(user)
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
}
