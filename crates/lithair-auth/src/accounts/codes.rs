//! One-time codes of a user's device, and the ten codes that stand in for it.

use lithair_model::{Backend, Principal, Timestamp};

use super::{AccountError, Accounts};
use crate::records::UserSecret;
use crate::secret::random_letters;
use crate::session::SYSTEM;
use crate::table::StoreError;
use crate::totp;

const RECOVERY_CODES: usize = 10;
const RECOVERY_LETTERS: usize = 16;

/// A secret for a device, shown this once.
#[derive(Clone)]
pub struct Enrolled {
    /// For typing.
    pub secret: String,
    /// For a QR code.
    pub uri: String,
}

impl Accounts {
    /// A new secret for the device of a user who knows their password. It counts once a code of it was confirmed.
    ///
    /// # Errors
    /// The password is wrong, or the log does not take it.
    pub async fn enroll(
        &self,
        backend: &dyn Backend,
        principal: &Principal,
        password: String,
        now: Timestamp,
    ) -> Result<Enrolled, AccountError> {
        let user = self.of_principal(backend, principal)?;
        let confirmed = self.confirm(backend, &user, password, now).await?;
        let secret = totp::secret();
        let pending = self.seal.close(&secret, &confirmed.user);
        let begin = |kept| UserSecret { totp_pending: Some(pending.clone()), ..kept };
        self.change_secret(backend, &confirmed, begin, now).await?;
        let secret = totp::base32(&secret);
        let label = user.email.replace('%', "%25").replace('?', "%3F").replace('#', "%23");
        let uri = format!("otpauth://totp/lithair:{label}?secret={secret}&issuer=lithair");
        Ok(Enrolled { secret, uri })
    }

    /// The device is right: from now on a login needs its code. The codes that stand in for it, shown this once.
    ///
    /// # Errors
    /// The code is not the new secret's.
    pub async fn confirm_device(
        &self,
        backend: &dyn Backend,
        principal: &Principal,
        code: &str,
        now: Timestamp,
    ) -> Result<Vec<String>, AccountError> {
        let user = self.of_principal(backend, principal)?;
        if !self.attempts.take(&user.email, now) {
            return Err(AccountError::TooMany);
        }
        let (kept, revision) = self.secret_of(backend, user.id).ok_or(AccountError::Login)?;
        let secret = kept.totp_pending.as_ref().and_then(|sealed| self.seal.open(sealed, &kept.user));
        let Some(step) = secret.and_then(|secret| totp::step_of(&secret, code, kept.totp_step, now)) else {
            return Err(AccountError::Code);
        };
        self.attempts.give_back(&user.email, now);
        let codes: Vec<String> = (0..RECOVERY_CODES).map(|_| random_letters(RECOVERY_LETTERS)).collect();
        let confirmed = UserSecret {
            totp: kept.totp_pending.clone(),
            totp_pending: None,
            totp_step: step,
            recovery: codes.iter().map(|code| self.hash.of(code)).collect(),
            ..kept
        };
        self.secrets.replace(backend, &confirmed, revision, &SYSTEM, now).await?;
        Ok(codes)
    }

    /// A login needs no code any more.
    ///
    /// # Errors
    /// The password is wrong, or the log does not take it.
    pub async fn remove_device(
        &self,
        backend: &dyn Backend,
        principal: &Principal,
        password: String,
        now: Timestamp,
    ) -> Result<(), AccountError> {
        let user = self.of_principal(backend, principal)?;
        let confirmed = self.confirm(backend, &user, password, now).await?;
        let without = |kept| UserSecret { totp: None, totp_pending: None, recovery: Vec::new(), ..kept };
        self.change_secret(backend, &confirmed, without, now).await
    }

    /// Whether the code is good, where there has to be one. Each is good once: of two who come with one at once, one is refused.
    pub(super) async fn check_code(
        &self,
        backend: &dyn Backend,
        kept: UserSecret,
        revision: u64,
        code: Option<&str>,
        now: Timestamp,
    ) -> Result<(), AccountError> {
        let Some(sealed) = &kept.totp else { return Ok(()) };
        let code = code.ok_or(AccountError::Code)?;
        let secret = self.seal.open(sealed, &kept.user).unwrap_or_default();
        let hashed = self.hash.of(code);
        let used = if let Some(step) = totp::step_of(&secret, code, kept.totp_step, now) {
            UserSecret { totp_step: step, ..kept }
        } else if kept.recovery.contains(&hashed) {
            UserSecret { recovery: kept.recovery.iter().filter(|other| **other != hashed).cloned().collect(), ..kept }
        } else {
            return Err(AccountError::Code);
        };
        match self.secrets.replace(backend, &used, revision, &SYSTEM, now).await {
            Err(StoreError::Conflict) => Err(AccountError::Code),
            stored => Ok(stored?),
        }
    }
}

impl std::fmt::Debug for Enrolled {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Enrolled(..)")
    }
}
