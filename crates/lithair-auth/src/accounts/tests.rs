//! Accounts by the clock of the test: who gets in, for how long, by what, and what is told to nobody.

mod codes;
mod links;
mod logins;
mod times;
mod tokens;

use std::sync::Arc;
use std::time::Duration;

use lithair_model::{Principal, System, Timestamp};
use parking_lot::Mutex;

use super::{AccountError, Accounts, NewUser};
use crate::memory::{Memory, at, run};
use crate::messenger::{About, Notice};
use crate::session::Begun;
use crate::user::User;
use crate::{Refused, Users};

const ADA: &str = "ada@example.org";
const PASSWORD: &str = "correct horse";
const OTHER: &str = "another horse";
/// An administrator who has the machine.
const ROOT: Principal = Principal::System(System::CommandLine);

/// A server with accounts, and what it sends.
struct World {
    backend: Arc<Memory>,
    accounts: Arc<Accounts>,
    sent: Arc<Mutex<Vec<Notice>>>,
}

impl World {
    /// Anybody may register. Sessions may be idle for sixteen minutes and last for an hour.
    fn new() -> Self {
        Self::of(Users::new().sessions(Duration::from_secs(16 * 60), Duration::from_secs(60 * 60)), true)
    }

    fn of(users: Users, is_open: bool) -> Self {
        let sent = Arc::new(Mutex::new(Vec::new()));
        let told = Arc::clone(&sent);
        let messenger = move |notice: Notice| {
            told.lock().push(notice);
            std::future::ready(Ok(()))
        };
        let users = if is_open { users.open_registration(messenger) } else { users.messenger(messenger) };
        let backend = Memory::new(&[]);
        let accounts = Arc::new(Accounts::new(users, lithair_model::Backend::catalog(&*backend), &[7; 32]));
        Self { backend, accounts, sent }
    }

    /// The same with a user who has proven the address.
    fn with_ada() -> Self {
        let world = Self::new();
        world.create(ADA);
        world
    }

    fn create(&self, email: &str) -> User {
        let new = NewUser {
            email: email.to_owned(),
            password: Some(PASSWORD.to_owned()),
            is_verified: true,
            ..NewUser::default()
        };
        run(self.accounts.create(&*self.backend, new, &ROOT, at(0))).expect("is made")
    }

    /// What comes of it, and of what it has others do.
    fn settled<T>(&self, act: impl Future<Output = T>) -> T {
        run(async {
            let done = act.await;
            for _ in 0..100 {
                tokio::task::yield_now().await;
            }
            done
        })
    }

    fn register(&self, email: &str, now: Timestamp) -> Result<(), AccountError> {
        let backend: Arc<dyn lithair_model::Backend> = Arc::clone(&self.backend) as _;
        self.settled(async { self.accounts.register(&backend, email, None, PASSWORD.to_owned(), now).await })
    }

    fn ask_for_reset(&self, email: &str, now: Timestamp) -> Result<(), AccountError> {
        let backend: Arc<dyn lithair_model::Backend> = Arc::clone(&self.backend) as _;
        self.settled(async { self.accounts.ask_for_reset(&backend, email, now).await })
    }

    /// What was sent since this was asked last.
    fn sent(&self) -> Vec<Notice> {
        std::mem::take(&mut *self.sent.lock())
    }

    /// The token of the one message that was sent.
    fn token(&self) -> String {
        let sent = self.sent();
        let [Notice { about: About::Verify(token) | About::Reset(token), .. }] = &sent[..] else {
            panic!("one token: {sent:?}")
        };
        token.clone()
    }

    fn log_in_with(&self, password: &str, code: Option<&str>, now: Timestamp) -> Result<(User, Begun), AccountError> {
        run(self.accounts.login(&*self.backend, ADA, password.to_owned(), code, now))
    }

    /// A session of ada's.
    fn log_in(&self, now: Timestamp) -> String {
        self.log_in_with(PASSWORD, None, now).expect("logs in").1.id
    }

    fn verify(&self, session: &str, now: Timestamp) -> Result<Principal, Refused> {
        run(self.accounts.verify_session(&*self.backend, session, now))
    }

    /// Who is in the session.
    fn principal(&self, session: &str) -> Principal {
        self.verify(session, at(0)).expect("is a session")
    }

    fn is_in(&self, session: &str) -> bool {
        self.verify(session, at(0)).is_ok()
    }

    fn user(&self, email: &str) -> User {
        self.accounts.by_email(&*self.backend, email).expect("there is a user").0
    }
}
