//! Signed tokens: JSON Web Tokens (RFC 7519) as access tokens, held to the advice of RFC 8725.
//!
//! ```text
//! text -> three parts -> header: algorithm, type, key -> signature -> claims: who, from whom, for whom, when -> Principal
//! ```
//!
//! The algorithm is the key's, never the token's choice; nothing of a token is believed before its signature holds.

mod algorithm;
mod claims;
mod header;
mod key;
mod keys;
mod own;
pub(crate) mod strict;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod vectors;
mod verified;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use lithair_model::{Principal, Timestamp};
use parking_lot::{Mutex, RwLock};
use tokio::sync::watch;

pub use self::algorithm::Algorithm;
pub use self::key::KeyError;
use self::keys::KeySet;
pub use self::own::OwnTokens;
use self::verified::Verified;
use crate::{Refused, base64};

/// Bytes of a token; the header of a request has to hold it.
const TOKEN_BYTES_MAX: usize = 8 * 1024;

/// How far the clocks of issuer and server may differ, in seconds.
const LEEWAY_SECONDS: i64 = 30;

/// What a token has to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenRules {
    /// The one algorithm that the keys are for.
    pub algorithm: Algorithm,
    /// `iss`.
    pub issuer: String,
    /// One of `aud`.
    pub audience: String,
    /// The claim that names roles: a text, or a list of texts. Dots lead into objects, as in `realm_access.roles`.
    pub roles_claim: String,
    /// The claim that names the tenant: a text or a number.
    pub tenant_claim: String,
    /// Whether that claim has to be there, be it null: somebody of no tenant is so on purpose, for they may administer all of them.
    pub needs_tenant: bool,
}

/// Checks tokens.
///
/// Tokens that were good are remembered, by their hash and until they end, so that the signature of each is checked once.
#[derive(Debug)]
pub struct TokenVerifier {
    rules: TokenRules,
    /// What `typ` may be.
    types: &'static [&'static str],
    keys: RwLock<KeySet>,
    /// Changes with the keys: what was verified by former keys is verified again.
    generation: AtomicU64,
    verified: Verified,
    /// Tells those who wait that keys were looked for; none where keys stay as they are.
    refreshes: Option<watch::Sender<()>>,
    /// Whether a key that is not known makes somebody look for new ones.
    is_wanted: AtomicBool,
    /// Why the last look for keys found none.
    failure: Mutex<Option<String>>,
    /// Whether keys were looked for a moment ago: then an unknown key is an unknown key.
    is_resting: AtomicBool,
}

impl TokenVerifier {
    /// Tokens signed by one key: a public key as PEM or, for `HS..`, the secret itself.
    ///
    /// # Errors
    /// The key is none, is too weak, or is for another algorithm.
    pub fn with_key(rules: TokenRules, key: &[u8]) -> Result<Self, KeyError> {
        let keys = KeySet::one(key::read(rules.algorithm, key)?);
        Ok(Self::new(rules, header::ACCESS_TOKEN, keys, None))
    }

    /// Tokens signed by one of a set of keys (RFC 7517) that is looked up again: [`TokenVerifier::replace_keys`]. None until then.
    pub fn with_changing_keys(rules: TokenRules) -> Self {
        Self::new(rules, header::ACCESS_TOKEN, KeySet::default(), Some(watch::Sender::new(())))
    }

    /// The same for tokens that tell a client who has logged in, which are good for nothing else: an access token is none.
    pub(crate) fn of_id_tokens(rules: TokenRules) -> Self {
        Self::new(rules, header::ID_TOKEN, KeySet::default(), Some(watch::Sender::new(())))
    }

    fn new(
        rules: TokenRules,
        types: &'static [&'static str],
        keys: KeySet,
        refreshes: Option<watch::Sender<()>>,
    ) -> Self {
        Self {
            rules,
            types,
            keys: RwLock::new(keys),
            generation: AtomicU64::new(0),
            verified: Verified::default(),
            refreshes,
            is_wanted: AtomicBool::new(false),
            is_resting: AtomicBool::new(false),
            failure: Mutex::new(None),
        }
    }

    /// From now on these keys are good, and no others. A token that another key signed is refused at once.
    ///
    /// # Errors
    /// The text is no set of keys, or has none for the algorithm; the former keys stay.
    pub fn replace_keys(&self, jwks: &str) -> Result<(), KeyError> {
        let keys = KeySet::of_jwks(jwks, self.rules.algorithm)?;
        let mut current = self.keys.write();
        if *current != keys {
            *current = keys;
            self.generation.fetch_add(1, Ordering::SeqCst);
        }
        *self.failure.lock() = None;
        Ok(())
    }

    /// Whom a token speaks of.
    ///
    /// # Errors
    /// Why it proves nothing. Of [`Refused::UnknownKey`] one may ask [`TokenVerifier::wait_for_keys`], and try again.
    pub fn verify(&self, token: &str, now: Timestamp) -> Result<Principal, Refused> {
        if token.len() > TOKEN_BYTES_MAX {
            return Err(Refused::TooLong);
        }
        let generation = self.generation.load(Ordering::SeqCst);
        self.verified.or_else(token, generation, now, || self.verify_whole(token, now))
    }

    /// The same for a token that comes once: it is not remembered.
    pub(crate) fn verify_once(&self, token: &str, now: Timestamp) -> Result<Principal, Refused> {
        self.verify_whole(token, now).map(|(principal, _)| principal)
    }

    /// Whether a token was good before and still is, without checking its signature again.
    pub fn remembers(&self, token: &str, now: Timestamp) -> bool {
        let generation = self.generation.load(Ordering::SeqCst);
        self.verified.or_else(token, generation, now, || Err(Refused::Unknown)).is_ok()
    }

    fn verify_whole(&self, token: &str, now: Timestamp) -> Result<(Principal, Timestamp), Refused> {
        let (signed, signature) = token.rsplit_once('.').ok_or(Refused::NotAToken)?;
        let (header, payload) = signed.split_once('.').ok_or(Refused::NotAToken)?;
        let decode = |part: &str| base64::decode(part).filter(|bytes| !bytes.is_empty()).ok_or(Refused::NotAToken);
        let (header, payload, signature) = (decode(header)?, decode(payload)?, decode(signature)?);

        let kid = header::judge(&header, self.rules.algorithm, self.types)?;
        let keys = self.keys.read();
        keys.choose(kid.as_deref())?.verify(signed.as_bytes(), &signature)?;
        drop(keys);
        claims::judge(&payload, &self.rules, now)
    }

    /// Has keys looked for because one is not known, and waits until that is done. False if it makes no sense to ask: keys stay as they
    /// are, or were looked for a moment ago. At most one look a rest, whatever callers send.
    pub async fn wait_for_keys(&self) -> bool {
        let Some(refreshes) = &self.refreshes else { return false };
        let mut refreshed = refreshes.subscribe();
        if self.is_resting.load(Ordering::SeqCst) {
            return false;
        }
        self.is_wanted.store(true, Ordering::SeqCst);
        refreshed.changed().await.is_ok()
    }

    /// Whether somebody waits for keys: for whoever looks for them.
    pub fn wants_keys(&self) -> bool {
        self.is_wanted.load(Ordering::SeqCst)
    }

    /// Keys were looked for, with or without success; until [`TokenVerifier::rested`] nobody makes them be looked for again.
    pub fn looked_for_keys(&self) {
        self.is_resting.store(true, Ordering::SeqCst);
        self.is_wanted.store(false, Ordering::SeqCst);
        if let Some(refreshes) = &self.refreshes {
            refreshes.send_replace(());
        }
    }

    /// A look for keys found none that can be used: for operators. The former keys stay.
    pub fn keys_failed(&self, reason: String) {
        *self.failure.lock() = Some(reason);
    }

    /// Why no token can be good, if so: no look for keys has found any yet.
    pub fn keys_failure(&self) -> Option<String> {
        if !self.keys.read().is_empty() {
            return None;
        }
        Some(self.failure.lock().clone().unwrap_or_else(|| "there are no keys yet".to_owned()))
    }

    /// An unknown key is worth another look from now on.
    pub fn rested(&self) {
        self.is_resting.store(false, Ordering::SeqCst);
    }
}
