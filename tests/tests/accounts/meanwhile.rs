//! What happens while a password is compared: somebody else is faster, or guesses as often at once.
//!
//! Nobody sleeps: what comes between is done by the backend, when it is asked for what would come after.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::{Duration, Instant};

use lithair_auth::{AccountError, Accounts, NewUser, Refused};
use lithair_core::model::{
    AsOf, Backend, Catalog, Command, Expand, Expanded, HistoryPage, HistoryQuery, Key, Moment, Page, Past, PastError,
    Position, Principal, Query, QueryError, Read, Submission, System, Timestamp, Version,
};
use lithair_core::prelude::HookError;
use lithair_core::testing::{TestServer, one_time_code};
use lithair_core::users::{Notice, Users};

use super::{PASSWORD, PATIENCE, now, program};

/// What happens meanwhile.
type Act = Box<dyn FnOnce() + Send>;

/// Does something once, before the first change that is asked for after so many looks at users' secrets, or before the next look.
struct Meanwhile {
    backend: Arc<dyn Backend>,
    secrets: usize,
    /// Looks until then, and what is done.
    act: Mutex<(usize, Option<Act>)>,
}

impl Meanwhile {
    fn of(backend: &Arc<dyn Backend>, act: impl FnOnce() + Send + 'static) -> Self {
        let secrets = backend.catalog().by_table("lithair_user_secrets").expect("there are users");
        Self { backend: Arc::clone(backend), secrets, act: Mutex::new((1, Some(Box::new(act)))) }
    }

    fn act(&self) {
        let mut act = self.act.lock().expect("is whole");
        if act.0 == 0 {
            let act = act.1.take();
            // On a thread of its own: this one is in the middle of a task.
            std::thread::scope(|scope| act.map(|act| scope.spawn(act).join().expect("does not panic")));
        }
    }
}

impl Backend for Meanwhile {
    fn catalog(&self) -> &Arc<Catalog> {
        self.backend.catalog()
    }

    fn position(&self) -> Position {
        self.backend.position()
    }

    fn read(&self, model: usize, key: &Key, at: Option<Position>) -> Result<Read, QueryError> {
        if model == self.secrets {
            self.act();
            let mut act = self.act.lock().expect("is whole");
            act.0 = act.0.saturating_sub(1);
        }
        self.backend.read(model, key, at)
    }

    fn list(&self, query: &Query) -> Result<Page, QueryError> {
        self.backend.list(query)
    }

    fn view(&self, at: Option<Position>) -> Result<Box<dyn Moment + '_>, QueryError> {
        self.backend.view(at)
    }

    fn history(&self, query: &HistoryQuery) -> Result<HistoryPage, PastError> {
        self.backend.history(query)
    }

    fn past(&self, model: usize, key: &Key, version: Version, now: Timestamp) -> Result<Past, PastError> {
        self.backend.past(model, key, version, now)
    }

    fn moment(&self, as_of: AsOf, now: Timestamp) -> Result<Position, PastError> {
        self.backend.moment(as_of, now)
    }

    fn list_past(&self, query: &Query, expands: &[Expand], now: Timestamp) -> Result<(Page, Vec<Expanded>), PastError> {
        self.backend.list_past(query, expands, now)
    }

    fn submit(&self, command: Command) -> Submission<'_> {
        self.act();
        self.backend.submit(command)
    }

    fn wait_for(&self, position: Position, timeout: Duration) -> Pin<Box<dyn Future<Output = bool> + Send + '_>> {
        self.backend.wait_for(position, timeout)
    }

    fn failing_checks(&self) -> Vec<(&'static str, String)> {
        self.backend.failing_checks()
    }

    fn cursor_secret(&self) -> [u8; 32] {
        self.backend.cursor_secret()
    }

    fn counters(&self) -> Vec<(&'static str, &'static str, u64)> {
        self.backend.counters()
    }
}

fn run<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime").block_on(future)
}

/// All at once, each as far as it comes.
async fn all<F: Future>(futures: Vec<F>) -> Vec<F::Output> {
    let mut waiting: Vec<_> = futures.into_iter().map(|future| (Box::pin(future), None)).collect();
    poll_fn(|cx| {
        for (future, done) in waiting.iter_mut().filter(|(_, done)| done.is_none()) {
            if let Poll::Ready(output) = future.as_mut().poll(cx) {
                *done = Some(output);
            }
        }
        if waiting.iter().all(|(_, done)| done.is_some()) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    waiting.into_iter().filter_map(|(_, done)| done).collect()
}

const ADA: &str = "ada@example.org";
const OTHER: &str = "another horse";

struct World {
    server: TestServer,
    accounts: Arc<Accounts>,
}

impl World {
    /// With a user who has proven their address.
    fn new() -> Self {
        let (program, _sent) = program(Users::new());
        let server = TestServer::start(program);
        let backend: &dyn Backend = &**server.engine();
        let users = Users::new().open_registration(|_: Notice| async { Ok::<(), HookError>(()) });
        let accounts = Arc::new(Accounts::new(users, backend.catalog(), &backend.cursor_secret()));
        let ada = NewUser {
            email: ADA.to_owned(),
            password: Some(PASSWORD.to_owned()),
            is_verified: true,
            ..NewUser::default()
        };
        run(accounts.create(backend, ada, &Principal::System(System::Code), now())).expect("is made");
        Self { server, accounts }
    }

    fn backend(&self) -> Arc<dyn Backend> {
        Arc::clone(self.server.engine()) as Arc<dyn Backend>
    }

    async fn login(&self, backend: &dyn Backend, password: &str) -> Result<String, AccountError> {
        self.accounts.login(backend, ADA, password.to_owned(), None, now()).await.map(|(_, begun)| begun.id)
    }

    /// Whose session it is.
    fn who(&self, id: &str) -> Result<Principal, Refused> {
        run(self.accounts.verify_session(&*self.backend(), id, now()))
    }

    /// By how many entries the log grows with what is asked, some of which is done apart from it.
    fn grown(&self, asked: impl Future<Output = ()>) -> u64 {
        let backend = self.backend();
        let before = backend.position().get();
        run(async {
            asked.await;
            let began = Instant::now();
            while backend.position().get() == before {
                assert!(began.elapsed() < PATIENCE, "nothing is written");
                tokio::task::yield_now().await;
            }
            // What else would be written is written before this.
            self.accounts.reset_token(&*backend, ADA, now()).await.expect("is made");
        });
        backend.position().get() - before - 1
    }

    /// What a reset of the password by the user's own token is, for a thread.
    fn reset(&self) -> impl FnOnce() + Send + 'static {
        let (accounts, backend) = (Arc::clone(&self.accounts), self.backend());
        move || {
            run(async {
                let token = accounts.reset_token(&*backend, ADA, now()).await.expect("is made");
                accounts.reset(&*backend, &token, OTHER.to_owned(), now()).await.expect("is replaced");
            });
        }
    }

    fn disable(&self, enable: bool) -> impl FnOnce() + Send + 'static {
        let (accounts, backend) = (Arc::clone(&self.accounts), self.backend());
        move || {
            let by = Principal::System(System::Code);
            run(accounts.disable(&*backend, ADA, !enable, &by, now())).expect("is there");
        }
    }
}

/// The password was compared, and replaced before the session began: it was one of those that had been ended, and went on.
#[test]
fn a_password_that_was_replaced_while_it_was_compared_begins_no_session() {
    let world = World::new();
    let meanwhile = Meanwhile::of(&world.backend(), world.reset());
    let late = run(world.login(&meanwhile, PASSWORD));
    if let Ok(id) = &late {
        assert!(world.who(id).is_err(), "a session of a password that is none any more");
    }
    assert_eq!(late, Err(AccountError::Login));
    run(world.login(&*world.backend(), OTHER)).expect("the new one is good");
}

#[test]
fn somebody_who_is_kept_out_while_their_password_is_compared_begins_no_session() {
    let world = World::new();
    let meanwhile = Meanwhile::of(&world.backend(), world.disable(false));
    let late = run(world.login(&meanwhile, PASSWORD));
    std::thread::spawn(world.disable(true)).join().expect("does not panic");
    if let Ok(id) = &late {
        assert!(world.who(id).is_err(), "who is let in again logs in again");
    }
    assert_eq!(late, Err(AccountError::Login));
}

/// Whoever knew the former password, and a session, had the last word: their change overwrote the reset.
#[test]
fn a_change_of_a_password_that_was_replaced_meanwhile_changes_nothing() {
    let world = World::new();
    let id = run(world.login(&*world.backend(), PASSWORD)).expect("logs in");
    let thief = world.who(&id).expect("is in");
    let meanwhile = Meanwhile::of(&world.backend(), world.reset());
    let (former, password) = (PASSWORD.to_owned(), "a third horse".to_owned());
    let changed = run(world.accounts.change_password(&meanwhile, &thief, former, password, now()));
    assert_eq!(changed.map(drop), Err(AccountError::Login));
    assert_eq!(run(world.login(&*world.backend(), "a third horse")), Err(AccountError::Login));
    run(world.login(&*world.backend(), OTHER)).expect("the new one is good");
}

/// The same with the device: it was taken off, or another one begun, with a password that was none any more.
#[test]
fn a_device_stays_if_the_password_was_replaced_meanwhile() {
    let world = World::new();
    let id = run(world.login(&*world.backend(), PASSWORD)).expect("logs in");
    let thief = world.who(&id).expect("is in");
    let enrolled = run(world.accounts.enroll(&*world.backend(), &thief, PASSWORD.to_owned(), now())).expect("begins");
    let code = one_time_code(&enrolled.secret, now());
    run(world.accounts.confirm_device(&*world.backend(), &thief, &code, now())).expect("is the device's");
    let meanwhile = Meanwhile::of(&world.backend(), world.reset());
    let removed = run(world.accounts.remove_device(&meanwhile, &thief, PASSWORD.to_owned(), now()));
    assert_eq!(removed, Err(AccountError::Login));
    assert_eq!(run(world.login(&*world.backend(), OTHER)), Err(AccountError::Code));
    let meanwhile = Meanwhile::of(&world.backend(), {
        let (accounts, backend) = (Arc::clone(&world.accounts), world.backend());
        move || {
            run(async {
                let token = accounts.reset_token(&*backend, ADA, now()).await.expect("is made");
                accounts.reset(&*backend, &token, PASSWORD.to_owned(), now()).await.expect("is replaced");
            });
        }
    });
    let enrolled = run(world.accounts.enroll(&meanwhile, &thief, OTHER.to_owned(), now()));
    assert_eq!(enrolled.map(drop), Err(AccountError::Login));
}

/// A code that somebody else uses meanwhile changes what is kept of the user, and not the password.
#[test]
fn a_change_of_the_password_goes_on_if_something_else_of_the_user_changed() {
    let world = World::new();
    let id = run(world.login(&*world.backend(), PASSWORD)).expect("logs in");
    let ada = world.who(&id).expect("is in");
    let meanwhile = Meanwhile::of(&world.backend(), {
        let (accounts, backend, ada) = (Arc::clone(&world.accounts), world.backend(), ada.clone());
        move || {
            run(accounts.enroll(&*backend, &ada, PASSWORD.to_owned(), now())).expect("begins");
        }
    });
    run(world.accounts.change_password(&meanwhile, &ada, PASSWORD.to_owned(), OTHER.to_owned(), now()))
        .expect("is changed");
    run(world.login(&*world.backend(), OTHER)).expect("the new one is good");
}

/// They were counted when they had failed: all that came at once were tried.
#[test]
fn guesses_that_come_at_once_are_as_many_as_those_that_come_one_after_the_other() {
    let world = World::new();
    let backend = world.backend();
    let failures = |guesses: &[Result<String, AccountError>]| {
        guesses.iter().filter(|guess| **guess == Err(AccountError::Login)).count()
    };
    // The minute may turn meanwhile, and then there may be as many again.
    let minute = now();
    let at_once = |email: &'static str, password: &'static str| {
        let login = |_| async {
            let login = world.accounts.login(&*backend, email, password.to_owned(), None, minute);
            login.await.map(|(_, begun)| begun.id)
        };
        run(async { all((0..30).map(login).collect()).await })
    };
    for email in [ADA, "nobody@example.org"] {
        let guesses = at_once(email, "wrong horse");
        assert_eq!((failures(&guesses), guesses.len()), (10, 30), "{email}");
        let others = guesses.iter().filter(|guess| **guess == Err(AccountError::TooMany)).count();
        assert_eq!(others, 20, "{email}: {guesses:?}");
    }
    // Whoever is who they say has guessed nothing.
    let later = Timestamp::from_micros(minute.micros() + 60_000_000);
    for _ in 0..12 {
        let login = world.accounts.login(&*backend, ADA, PASSWORD.to_owned(), None, later);
        run(login).expect("logs in");
    }
}

/// `Lithair-Seq` tells everybody how many entries the log has.
#[test]
fn the_log_grows_alike_whoever_has_an_address() {
    let world = World::new();
    let backend = world.backend();
    let reset =
        |email| world.grown(async { world.accounts.ask_for_reset(&backend, email, now()).await.expect("is heard") });
    let register = |email| {
        let register = world.accounts.register(&backend, email, None, PASSWORD.to_owned(), now());
        world.grown(async { register.await.expect("is heard") })
    };
    // What the log hears of with the first of a kind is no matter of the address.
    reset(ADA);
    register("first@example.org");
    std::thread::spawn(world.disable(false)).join().expect("does not panic");
    assert_eq!(
        [reset(ADA), reset("first@example.org"), reset("nobody@example.org"), reset("x")],
        [1; 4],
        "kept out, somebody, nobody, no address"
    );
    assert_eq!([register("second@example.org"), register("second@example.org"), register(ADA)], [1; 3]);
}
