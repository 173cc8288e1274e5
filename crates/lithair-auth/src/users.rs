//! The options of a program that has users.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use lithair_model::{ModelSchema, Policy};

use crate::messenger::Messenger;
use crate::password::Hashing;
use crate::user;

/// That a program has users with passwords, and how it goes about them.
#[derive(Clone)]
pub struct Users {
    pub(crate) hashing: Hashing,
    pub(crate) messenger: Option<Arc<dyn Messenger>>,
    pub(crate) is_open: bool,
    pub(crate) idle: Duration,
    pub(crate) absolute: Duration,
    readers: Option<Policy>,
}

impl Users {
    /// Users that the command line adds: a session may be idle for half an hour and lasts twelve hours at most.
    #[cfg(feature = "users")]
    #[expect(clippy::new_without_default, reason = "it computes a hash, which is no default")]
    pub fn new() -> Self {
        Self {
            hashing: Hashing::new(),
            messenger: None,
            is_open: false,
            idle: Duration::from_secs(30 * 60),
            absolute: Duration::from_secs(12 * 60 * 60),
            readers: None,
        }
    }

    /// Tokens for new passwords and for proofs of an address go this way. Without it there are neither.
    #[must_use]
    pub fn messenger(mut self, messenger: impl Messenger) -> Self {
        self.messenger = Some(Arc::new(messenger));
        self
    }

    /// Anybody may register with an address, which they prove by the token that is sent to it.
    #[must_use]
    pub fn open_registration(mut self, messenger: impl Messenger) -> Self {
        self.is_open = true;
        self.messenger(messenger)
    }

    /// Passwords are hashed by these, which a program may use for others, too: together they run as many at once as one alone.
    #[must_use]
    pub fn hashing(mut self, hashing: Hashing) -> Self {
        self.hashing = hashing;
        self
    }

    /// Who sees the users, as far as anybody sees them: `name` and when they were added. Everybody, if nothing is said, of every tenant.
    ///
    /// `policy!(authenticated)`, `policy!(id == actor.id || role(Support))`, `policy!(tenant == actor.tenant)`: fields are those of [`crate::User`].
    /// Whoever administers sees them, too.
    #[must_use]
    pub const fn readable_by(mut self, readers: Policy) -> Self {
        self.readers = Some(readers);
        self
    }

    /// The model of the users of this program.
    pub fn schema(&self) -> &'static ModelSchema {
        user::schema(self.readers.is_some())
    }

    /// What that model asks for, and what the program has said of it.
    pub fn permission(&self) -> Option<(&'static str, Policy)> {
        self.readers.map(|readers| (user::READERS, readers))
    }

    /// How long a session may be idle, and how long it lasts at most.
    #[must_use]
    pub fn sessions(mut self, idle: Duration, absolute: Duration) -> Self {
        (self.idle, self.absolute) = (idle, absolute);
        self
    }
}

impl fmt::Debug for Users {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Users")
            .field("is_open", &self.is_open)
            .field("idle", &self.idle)
            .field("absolute", &self.absolute)
            .finish_non_exhaustive()
    }
}

#[cfg(all(test, feature = "users"))]
mod tests {
    use lithair_model::AccessSchema;

    use super::*;

    #[test]
    fn users_are_guarded_where_the_program_says_who_sees_them() {
        let open = Users::new();
        let guarded = open.clone().readable_by(Policy::Role("Clerk"));
        assert_eq!(open.permission(), None);
        assert_eq!(guarded.permission(), Some(("lithair.users.read", Policy::Role("Clerk"))));
        let is_guarded = |users: &Users| matches!(users.schema().access, AccessSchema::Rules(_));
        assert_eq!([&open, &guarded].map(is_guarded), [false, true]);
        // Either is the model of users, and nothing that looks like one is.
        assert_eq!([&open, &guarded].map(|users| user::is_user_model(users.schema())), [true, true]);
        assert!(!user::is_user_model(&ModelSchema { ..*open.schema() }));
    }
}
