//! Notes and who wrote them: a program whose users register themselves, and what they are sent.

use std::sync::Mutex;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use lithair_core::prelude::*;
use lithair_core::users::{Notice, User, Users};

/// How long a test waits for what has to come.
pub const PATIENCE: Duration = Duration::from_secs(60);
/// Everybody's.
pub const PASSWORD: &str = "correct horse canary";

const MINUTE_MICROS: i64 = 60 * 1_000_000;
/// How often something is begun again because the minute has turned: it takes a few seconds each time.
const TURNS_MAX: usize = 5;

/// A text of whoever wrote it.
#[derive(DeclarativeModel)]
#[permission(all = public)]
pub struct Note {
    #[db(primary_key, auto = sequence)]
    number: i64,
    text: String,
    #[relation(belongs_to = User)]
    author_id: Option<Id<User>>,
}

#[hooks]
impl Note {
    #[hook(before(create))]
    fn sign(&mut self, cx: &Context) {
        self.author_id = cx.principal().subject().and_then(|id| Uuid::parse_str(id).ok()).map(Id::new);
    }
}

/// The program, with a role that administers and with no end of failures, and what it sends.
pub fn program(users: Users) -> (DeclarativeServer, Receiver<Notice>) {
    let (send, sent) = channel();
    let send = Mutex::new(send);
    let messenger = move |notice: Notice| {
        let gone = send.lock().expect("is whole").send(notice).is_err();
        async move { if gone { Err(HookError::new("nobody reads")) } else { Ok(()) } }
    };
    let program = DeclarativeServer::new("127.0.0.1:0")
        .model::<Note>()
        .with_users(users.open_registration(messenger))
        .setting("auth.admin_role", "Root")
        .setting("limits.auth_failures", "1000000");
    (program, sent)
}

/// The time.
///
/// # Panics
/// It is not between 1970 and 9999.
pub fn now() -> Timestamp {
    let micros = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_micros();
    Timestamp::from_micros(i64::try_from(micros).expect("before the year 9999"))
}

/// What comes of it within one minute, by which failures are counted: from the beginning, if the minute has turned meanwhile.
///
/// # Panics
/// It takes longer.
pub fn in_one_minute<T>(act: impl Fn() -> T) -> T {
    let minute = || now().micros().div_euclid(MINUTE_MICROS);
    for _ in 0..TURNS_MAX {
        let before = minute();
        let done = act();
        if minute() == before {
            return done;
        }
    }
    panic!("it takes longer than a minute");
}
