use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::messenger::Messenger;
use crate::password::Hashing;

/// That a program has users with passwords, and how it goes about them.
#[derive(Clone)]
pub struct Users {
    pub(crate) hashing: Hashing,
    pub(crate) messenger: Option<Arc<dyn Messenger>>,
    pub(crate) is_open: bool,
    pub(crate) idle: Duration,
    pub(crate) absolute: Duration,
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
