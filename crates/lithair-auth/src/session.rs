//! Sessions: 256 random bits that the user's browser keeps and the server has a hash of.

use std::time::Duration;

use lithair_model::{
    Backend, Catalog, Comparison, Credential, FieldType as _, Identity, Kind, Operand, Predicate, Principal, Scopes,
    System, Timestamp, Uuid, Value,
};

use crate::Refused;
use crate::records::Session;
use crate::secret::{SecretHash, random_letters};
use crate::table::{StoreError, Table};
use crate::user::User;

/// The place of `user` in a session and in a ticket, which are found by it.
pub(crate) const USER: usize = 1;
const LETTERS: usize = 52;
/// A session is written again when it was used so long after the last time, as a part of the time that it may be idle.
const SEEN_PART: u32 = 16;

/// The sessions of a server.
#[derive(Debug)]
pub(crate) struct Sessions {
    table: Table<Session>,
    users: Table<User>,
    hash: SecretHash,
    idle: Duration,
    absolute: Duration,
}

/// A session that has begun. The identifier is in no record.
#[derive(Clone)]
pub struct Begun {
    /// What the browser keeps.
    pub id: String,
    /// How long it lasts at most.
    pub absolute: Duration,
}

impl std::fmt::Debug for Begun {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Begun").field("absolute", &self.absolute).finish_non_exhaustive()
    }
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

pub(crate) const SYSTEM: Principal = Principal::System(System::Accounts);

impl Sessions {
    pub(crate) fn new(catalog: &Catalog, directory_secret: &[u8; 32], idle: Duration, absolute: Duration) -> Self {
        Self {
            table: Table::new(catalog),
            users: Table::new(catalog),
            hash: SecretHash::new(directory_secret, "sessions"),
            idle,
            absolute,
        }
    }

    /// Begins one for a user who has proven to be themselves. The identifier is always a new one: nobody can have put it there before.
    pub(crate) async fn begin(&self, backend: &dyn Backend, user: &User, now: Timestamp) -> Result<Begun, StoreError> {
        let id = random_letters(LETTERS);
        let session = Session {
            id: self.hash.of(&id),
            user: user.id.to_string(),
            created_at: now,
            seen_at: now,
            expires_at: now.plus_micros(micros(self.absolute)),
        };
        self.table.create(backend, &session, &SYSTEM, now).await?;
        Ok(Begun { id, absolute: self.absolute })
    }

    /// Whose session it is, who is here now. Asked of the records every time, so what ends is refused from then on.
    pub(crate) async fn verify(&self, backend: &dyn Backend, id: &str, now: Timestamp) -> Result<Principal, Refused> {
        let (user, session, revision) = self.of(backend, id, now)?;
        if now > session.seen_at.plus_micros(micros(self.idle) / i64::from(SEEN_PART)) {
            let seen = Session { seen_at: now, ..session.clone() };
            // Another request of the session says the same, or the log takes nothing now: then it ends a little earlier.
            let _ = self.table.replace(backend, &seen, revision, &SYSTEM, now).await;
        }
        Ok(principal(&user, &session))
    }

    /// Whose session it is, for a request that came before: it keeps no session going.
    pub(crate) fn look(&self, backend: &dyn Backend, id: &str, now: Timestamp) -> Result<Principal, Refused> {
        self.of(backend, id, now).map(|(user, session, _)| principal(&user, &session))
    }

    fn of(&self, backend: &dyn Backend, id: &str, now: Timestamp) -> Result<(User, Session, u64), Refused> {
        if id.len() != LETTERS {
            return Err(Refused::Unknown);
        }
        let key = Value::Text(self.hash.of(id));
        let (session, revision) = self.table.get(backend, &key).ok_or(Refused::Unknown)?;
        if now >= session.expires_at || now >= session.seen_at.plus_micros(micros(self.idle)) {
            return Err(Refused::Expired);
        }
        let user = user_id(&session.user).and_then(|id| self.users.get(backend, &id.to_value()));
        let (user, _) = user.ok_or(Refused::Unknown)?;
        if user.disabled_at.is_some() { Err(Refused::Disabled) } else { Ok((user, session, revision)) }
    }

    /// Ends one.
    pub(crate) async fn end(&self, backend: &dyn Backend, id: &str, now: Timestamp) -> Result<(), StoreError> {
        gone(self.table.delete(backend, &Value::Text(self.hash.of(id)), &SYSTEM, now).await)
    }

    /// Ends all of a user.
    pub(crate) async fn end_all(&self, backend: &dyn Backend, user: Uuid, now: Timestamp) -> Result<(), StoreError> {
        let of_user = equal(USER, &user.to_string());
        self.end_where(backend, Some(of_user), now, |_| true).await
    }

    /// Ends those whose time is over anyway.
    pub(crate) async fn sweep(&self, backend: &dyn Backend, now: Timestamp) -> Result<(), StoreError> {
        let idle = micros(self.idle);
        self.end_where(backend, None, now, |session| {
            now >= session.expires_at || now >= session.seen_at.plus_micros(idle)
        })
        .await
    }

    async fn end_where(
        &self,
        backend: &dyn Backend,
        filter: Option<Predicate>,
        now: Timestamp,
        ends: impl Fn(&Session) -> bool,
    ) -> Result<(), StoreError> {
        for session in self.table.all(backend, filter).into_iter().filter(ends) {
            gone(self.table.delete(backend, &Value::Text(session.id), &SYSTEM, now).await)?;
        }
        Ok(())
    }
}

/// What somebody else has ended is ended.
pub(crate) fn gone(deleted: Result<(), StoreError>) -> Result<(), StoreError> {
    match deleted {
        Err(StoreError::Conflict) => Ok(()),
        other => other,
    }
}

pub(crate) fn user_id(text: &str) -> Option<Uuid> {
    Uuid::parse_str(text).ok()
}

/// Whether this is the id of a user who is kept out.
pub(crate) fn is_kept_out(backend: &dyn Backend, users: &Table<User>, subject: &str) -> bool {
    let user = user_id(subject).and_then(|id| users.get(backend, &id.to_value()));
    user.is_some_and(|(user, _)| user.disabled_at.is_some())
}

/// The records whose text at this place is this.
pub(crate) fn equal(place: usize, text: &str) -> Predicate {
    Predicate::Compare {
        left: Operand::Field(place),
        comparison: Comparison::Equal,
        right: Operand::Value(Value::Text(text.to_owned())),
        kind: Kind::Text,
    }
}

fn principal(user: &User, session: &Session) -> Principal {
    identity(user).with_credential_id(&session.id).until(session.expires_at).into()
}

/// A user who is logged in.
pub(crate) fn identity(user: &User) -> Identity {
    let claims = serde_json::json!({ "email": user.email, "name": user.name });
    let claims = claims.as_object().cloned().unwrap_or_default();
    let identity = Identity::new(Credential::Session, &user.id.to_string())
        .with_roles(user.roles.iter().cloned())
        .with_scopes(Scopes::All)
        .with_claims(claims);
    match &user.tenant {
        Some(tenant) => identity.of_tenant(tenant),
        None => identity,
    }
}
