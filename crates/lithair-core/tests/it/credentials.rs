//! Credentials in the log: when they end, and what the log knows of them.

use std::sync::Arc;
use std::time::Duration;

use lithair_auth::{
    Accounts, AdminError, AdminRequest, Administered, ApiKeys, Grants, NewApiKey, NewUser, Refused, RoleSource, User,
    Users, administer,
};
use lithair_core::model::{Backend as _, Credential, Identity, Model, ModelSchema, Principal, System, Timestamp};
use lithair_core::store::MemoryMedia;
use lithair_core::{Engine, EngineOptions};

const USER: &ModelSchema = <User as Model>::SCHEMA;
const MINUTE: i64 = 60 * 1_000_000;

fn engine(media: &MemoryMedia, schemas: Vec<&'static ModelSchema>) -> Engine {
    Engine::open(Arc::new(media.clone()), schemas, EngineOptions::default(), Box::new(|_| {})).expect("opens")
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}

fn at(minutes: i64) -> Timestamp {
    Timestamp::from_micros(1_800_000_000_000_000 + minutes * MINUTE)
}

#[test]
fn a_session_ends_when_it_is_idle_and_in_the_end() {
    let media = MemoryMedia::new();
    let engine = engine(&media, vec![USER]);
    let users = Users::new().sessions(Duration::from_secs(30 * 60), Duration::from_secs(100 * 60));
    let accounts = Accounts::new(users, engine.catalog(), &engine.cursor_secret());
    runtime().block_on(async {
        let password = || "correct horse".to_owned();
        let ada = NewUser {
            email: "ada@example.org".to_owned(),
            password: Some(password()),
            is_verified: true,
            ..NewUser::default()
        };
        accounts.create(&engine, ada, &Principal::Anonymous, at(0)).await.expect("is added");
        let login = async |minutes| {
            accounts.login(&engine, "ada@example.org", password(), None, at(minutes)).await.expect("fits").1.id
        };
        let seen = async |id: &str, minutes| accounts.verify_session(&engine, id, at(minutes)).await.map(drop);

        let idle = login(0).await;
        assert_eq!(seen(&idle, 29).await, Ok(()));
        assert_eq!(seen(&idle, 58).await, Ok(()), "it was used meanwhile");
        assert_eq!(seen(&idle, 88).await, Err(Refused::Expired));
        let busy = login(0).await;
        for minutes in (20..100).step_by(20) {
            assert_eq!(seen(&busy, minutes).await, Ok(()));
        }
        assert_eq!(seen(&busy, 100).await, Err(Refused::Expired), "whatever it does");

        let kept_out = login(100).await;
        assert_eq!(seen(&kept_out, 101).await, Ok(()));
        accounts.disable(&engine, "ada@example.org", true, &Principal::Anonymous, at(102)).await.expect("is there");
        assert_eq!(seen(&kept_out, 103).await, Err(Refused::Unknown), "at once");
        assert!(accounts.login(&engine, "ada@example.org", password(), None, at(104)).await.is_err());
        accounts.sweep(&engine, at(1_000)).await.expect("is swept");
        assert_eq!(seen(&busy, 90).await, Err(Refused::Unknown), "what is over is removed");
    });
}

#[test]
fn a_key_ends_and_a_near_miss_is_none() {
    let media = MemoryMedia::new();
    let engine = engine(&media, Vec::new());
    let keys = ApiKeys::new(engine.catalog(), &engine.cursor_secret());
    let new = NewApiKey { expires_in: Duration::from_secs(60 * 60), ..NewApiKey::default() };
    let made = runtime().block_on(keys.create(&engine, new, &Principal::Anonymous, at(0))).expect("is made");
    let verify = |text: &str, minutes| keys.verify(&engine, text, at(minutes)).map(drop);
    assert_eq!(verify(&made.key, 59), Ok(()));
    assert_eq!(verify(&made.key, 60), Err(Refused::Expired));

    // Right in form, checksum and identifier.
    let sealed = |unsealed: &str| format!("{unsealed}_{:08x}", crc32c::crc32c(unsealed.as_bytes()));
    let guess = format!("lth_live_{}_{}", made.shown.id, "a".repeat(52));
    assert_eq!(verify(&sealed(&guess), 1), Err(Refused::Secret));
    let stranger = format!("lth_live_{}_{}", "z".repeat(12), "a".repeat(52));
    assert_eq!(verify(&sealed(&stranger), 1), Err(Refused::Unknown));
    let (unsealed, _) = made.key.rsplit_once('_').expect("a checksum");
    assert_eq!(verify(&sealed(&unsealed.replacen("live", "test", 1)), 1), Err(Refused::Secret), "another environment");
    let other = ApiKeys::new(engine.catalog(), &[7; 32]);
    assert_eq!(other.verify(&engine, &made.key, at(1)).map(drop), Err(Refused::Secret), "records alone prove nothing");
}

#[test]
fn a_log_hears_of_credentials_with_the_first_of_them() {
    let media = MemoryMedia::new();
    let first = engine(&media, Vec::new());
    let before = first.events().count();
    assert!(first.catalog().shown().next().is_none());
    drop(first);
    let second = engine(&media, Vec::new());
    assert_eq!(second.events().count(), before, "nothing was written for what nobody uses");
    let keys = ApiKeys::new(second.catalog(), &second.cursor_secret());
    let make = || {
        let new = NewApiKey { expires_in: Duration::from_secs(60), ..NewApiKey::default() };
        runtime().block_on(keys.create(&second, new, &Principal::Anonymous, at(0))).expect("is made")
    };
    make();
    make();
    assert_eq!(second.events().count(), before + 3, "the models once, and two keys");
    drop(second);
    // With other models than before, numbered as the log knows them.
    let third = engine(&media, vec![USER]);
    let keys = ApiKeys::new(third.catalog(), &third.cursor_secret());
    assert_eq!(keys.list(&third).len(), 2);
    assert!(third.catalog().by_path("lithair/api-keys").is_none(), "no path leads there");
    drop(third);
    drop(engine(&media, vec![USER]));
}

/// Grants of an engine, at times.
struct Granted {
    engine: Engine,
    keys: ApiKeys,
}

impl Granted {
    fn of(media: &MemoryMedia) -> Self {
        let mut options = EngineOptions::default();
        options.bindings.roles(vec!["Chief".to_owned(), "Reader".to_owned()]);
        (0..257).for_each(|number| options.bindings.roles(vec![format!("R{number}")]));
        let engine = Engine::open(Arc::new(media.clone()), Vec::new(), options, Box::new(|_| {})).expect("opens");
        let keys = ApiKeys::new(engine.catalog(), &engine.cursor_secret());
        Self { engine, keys }
    }

    fn grants(&self, source: RoleSource) -> Grants {
        Grants::new(self.engine.catalog(), source)
    }

    fn grant(&self, subject: &str, tenant: Option<String>, minutes: u64, now: i64) -> Result<(), AdminError> {
        self.grant_role(subject, "Reader", tenant, minutes, now)
    }

    fn grant_role(
        &self,
        subject: &str,
        role: &str,
        tenant: Option<String>,
        minutes: u64,
        now: i64,
    ) -> Result<(), AdminError> {
        let (subject, role, expires_seconds) = (subject.to_owned(), role.to_owned(), Some(minutes * 60));
        let request = AdminRequest::Grant { subject, role, tenant, expires_seconds };
        let grants = self.grants(RoleSource::Both);
        let administered = Administered { keys: &self.keys, accounts: None, grants: &grants };
        let by = Principal::System(System::CommandLine);
        runtime().block_on(administer(&self.engine, administered, request, &by, at(now))).map(drop)
    }

    /// The roles of somebody whose token claims one.
    fn roles(&self, subject: &str, source: RoleSource, now: i64) -> Vec<String> {
        let identity = Identity::new(Credential::Token, subject).with_roles(["Claimed".to_owned()]);
        let principal = self.grants(source).complete(&self.engine, identity.into(), at(now));
        principal.identity().expect("somebody").roles().iter().cloned().collect()
    }
}

#[test]
fn a_grant_ends_by_itself_and_can_be_given_again() {
    let media = MemoryMedia::new();
    let granted = Granted::of(&media);
    granted.grant("token:ann", None, 10, 0).expect("is granted");
    assert_eq!(granted.roles("ann", RoleSource::Both, 9), ["Claimed", "Reader"]);
    assert_eq!(granted.roles("ann", RoleSource::Store, 9), ["Reader"]);
    assert_eq!(granted.roles("ann", RoleSource::Claims, 9), ["Claimed"]);
    assert_eq!(granted.roles("bob", RoleSource::Both, 9), ["Claimed"]);
    assert_eq!(granted.roles("ann", RoleSource::Both, 10), ["Claimed"], "it ends at its end");
    assert!(granted.roles("ann", RoleSource::Store, 10).is_empty());
    assert!(matches!(granted.grant("token:ann", None, 10, 9), Err(AdminError::Invalid(_))), "it is there");
    granted.grant("token:ann", None, 10, 10).expect("it was over");
    assert_eq!(granted.roles("ann", RoleSource::Both, 19), ["Claimed", "Reader"]);
    // Replayed, it is what it was.
    drop(granted);
    let granted = Granted::of(&media);
    assert_eq!(granted.roles("ann", RoleSource::Both, 19), ["Claimed", "Reader"]);
    runtime().block_on(granted.grants(RoleSource::Both).sweep(&granted.engine, at(20))).expect("is swept");
    assert_eq!(granted.roles("ann", RoleSource::Both, 19), ["Claimed"], "what is over is removed");
}

/// In a tenant, and everywhere: those of other tenants are not looked at, and an administrator of one does not fill up another.
#[test]
fn nobody_has_so_many_grants_that_a_request_is_slow() {
    let granted = Granted::of(&MemoryMedia::new());
    let grant = |subject: &str, number: u32, tenant: Option<&str>, now: i64| {
        granted.grant_role(subject, &format!("R{number}"), tenant.map(str::to_owned), 10, now)
    };
    for tenant in [Some("acme"), None] {
        for number in 0..256 {
            grant("token:ann", number, tenant, 0).expect("is granted");
        }
        assert!(
            matches!(grant("token:ann", 256, tenant, 0), Err(AdminError::Invalid(words)) if words.contains("256")),
            "{tenant:?}"
        );
        grant("token:bob", 256, tenant, 0).expect("others have their own");
        grant("token:ann", 256, Some("other"), 0).expect("other tenants have their own");
        granted.grant("token:ann", Some("other".to_owned()), 10, 0).expect("and room for more");
        grant("token:ann", 256, tenant, 10).expect("what is over does not count");
        runtime().block_on(granted.grants(RoleSource::Both).sweep(&granted.engine, at(20))).expect("is swept");
    }
}

#[test]
fn two_who_grant_the_same_at_once_make_one_grant() {
    let granted = Granted::of(&MemoryMedia::new());
    let results: Vec<_> = std::thread::scope(|scope| {
        let granting = [(); 8].map(|()| scope.spawn(|| granted.grant("token:ann", None, 10, 0)));
        granting.map(|thread| thread.join().expect("does not panic")).into_iter().collect()
    });
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1, "{results:?}");
}
