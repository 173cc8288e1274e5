//! New users: what is said of them, and those who ask for it themselves.

use std::sync::Arc;

use lithair_model::{Backend, Operation, Timestamp, Uuid, uuid7};

use super::rules::{email_of, named};
use super::tickets::VERIFY;
use super::{AccountError, Accounts};
use crate::messenger::About;
use crate::records::UserSecret;
use crate::session::SYSTEM;
use crate::table::{StoreError, submit};
use crate::user::User;

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

impl Accounts {
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
        if !self.asked.take(&email, now) {
            return Err(AccountError::TooMany);
        }
        let user = User { email, name, ..unnamed(NewUser::default(), now) };
        let (accounts, backend) = (Arc::clone(self), Arc::clone(backend));
        tokio::spawn(async move { accounts.store_registered(&*backend, user, password, now).await });
        Ok(())
    }

    /// One entry of the log, whoever has the address: how far the log is, everybody is told.
    async fn store_registered(&self, backend: &dyn Backend, user: User, password: String, now: Timestamp) {
        let (token, ticket) = self.ticket(Some(user.id), VERIFY, now);
        let operations = self.creation(&user, Some(password)).and_then(|mut operations| {
            operations.push(self.tickets.creation(&ticket)?);
            Ok(operations)
        });
        let Ok(operations) = operations else { return };
        match submit(backend, operations, &SYSTEM, now).await {
            Ok(()) => self.bring(&user, About::Verify(token)).await,
            Err(StoreError::Conflict) => {
                let (_, ticket) = self.ticket(None, VERIFY, now);
                let stored = self.store_ticket(backend, &ticket, now).await;
                if let (Ok(()), Some((user, _))) = (stored, self.by_email(backend, &user.email)) {
                    self.bring(&user, About::AlreadyRegistered).await;
                }
            }
            // Nothing was stored and nothing is sent: whoever waits for the message asks again.
            Err(_) => {}
        }
    }

    /// What adds a user.
    pub(super) fn creation(&self, user: &User, password: Option<String>) -> Result<Vec<Operation>, StoreError> {
        Ok(vec![self.users.creation(user)?, self.secrets.creation(&secret_of(user, password))?])
    }
}

/// The user, but for address and name.
pub(super) fn unnamed(new: NewUser, now: Timestamp) -> User {
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
pub(super) fn secret_of(user: &User, password: Option<String>) -> UserSecret {
    UserSecret {
        user: user.id.to_string(),
        password,
        totp: None,
        totp_pending: None,
        totp_step: 0,
        recovery: Vec::new(),
        proven_at: None,
    }
}

/// An identifier that nobody has: time, then randomness.
fn new_id(now: Timestamp) -> Uuid {
    let mut random = [0; 10];
    aws_lc_rs::rand::fill(&mut random).expect("the operating system has randomness");
    let millis = u64::try_from(now.micros() / 1_000).unwrap_or(0);
    let [a, b, rest @ ..] = random;
    uuid7(millis, u16::from_be_bytes([a, b]), u64::from_be_bytes(rest))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn an_identifier_is_a_uuid_of_its_time() {
        let now = Timestamp::from_micros(1_800_000_000_123_999);
        let ids: BTreeSet<Uuid> = (0..100).map(|_| new_id(now)).collect();
        assert_eq!(ids.len(), 100);
        for id in &ids {
            // RFC 9562, 5.7: 48 bits of milliseconds, the version, 12 random bits; the variant, 62 random bits.
            let (upper, lower) = id.as_u64_pair();
            assert_eq!((upper >> 16, upper >> 12 & 0xF, lower >> 62), (1_800_000_000_123, 7, 0b10), "{id}");
        }
        let differ = |bits: fn(&Uuid) -> u64| ids.iter().map(bits).collect::<BTreeSet<_>>().len();
        assert!(differ(|id| id.as_u64_pair().0 & 0xFFF) > 50 && differ(|id| id.as_u64_pair().1) == 100);
        let later = Timestamp::from_micros(now.micros() + 1_000);
        assert!(ids.iter().all(|id| *id < new_id(later)));
    }
}
