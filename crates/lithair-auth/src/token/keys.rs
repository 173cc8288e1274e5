//! The keys of an issuer.

use std::fmt;

use serde_json::Value;

use super::key::{self, VerifyingKey};
use super::{Algorithm, KeyError, header, strict};
use crate::Refused;

const KEYS_MAX: usize = 100;

/// The keys of an issuer, all for one algorithm.
#[derive(Clone, Default, PartialEq)]
pub(super) struct KeySet {
    keys: Vec<(Option<String>, VerifyingKey)>,
    /// One key of ours: what a token calls it does not matter.
    is_one: bool,
}

impl KeySet {
    /// One key, whatever tokens call it.
    pub(super) fn one(key: VerifyingKey) -> Self {
        Self { keys: vec![(None, key)], is_one: true }
    }

    /// The keys of a JWK set (RFC 7517, 5) that are for this algorithm.
    pub(super) fn of_jwks(text: &str, algorithm: Algorithm) -> Result<Self, KeyError> {
        let wrong = |found: String| KeyError::Form { expected: "a JWK set, {\"keys\":[..]}", found };
        let set = strict::object(text.as_bytes()).ok_or_else(|| wrong("something else".to_owned()))?;
        let keys = set.get("keys").and_then(Value::as_array).ok_or_else(|| wrong("no `keys`".to_owned()))?;
        if keys.len() > KEYS_MAX {
            return Err(wrong(format!("{} keys; {KEYS_MAX} are taken", keys.len())));
        }
        let mut taken: Vec<(Option<String>, VerifyingKey)> = Vec::new();
        for jwk in keys {
            let jwk = jwk.as_object().ok_or_else(|| wrong("a key that is no object".to_owned()))?;
            let Some(key) = key::of_jwk(algorithm, jwk)? else { continue };
            let kid = match jwk.get("kid") {
                None => None,
                Some(Value::String(kid)) if header::is_key_identifier(kid) => Some(kid.clone()),
                Some(_) => return Err(wrong("a `kid` that is no identifier".to_owned())),
            };
            if kid.is_some() && taken.iter().any(|(other, _)| *other == kid) {
                return Err(wrong("two keys with one `kid`".to_owned()));
            }
            taken.push((kid, key));
        }
        if taken.is_empty() {
            return Err(wrong(format!("no key for {algorithm}")));
        }
        Ok(Self { keys: taken, is_one: false })
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The key that a token names; the only one, if it names none.
    pub(super) fn choose(&self, kid: Option<&str>) -> Result<&VerifyingKey, Refused> {
        match (self.keys.as_slice(), kid) {
            ([(_, key)], None) => Ok(key),
            ([(_, key)], _) if self.is_one => Ok(key),
            (keys, kid) => {
                let named = keys.iter().find(|(name, _)| kid.is_some() && name.as_deref() == kid);
                named.map(|(_, key)| key).ok_or(Refused::UnknownKey)
            }
        }
    }
}

impl fmt::Debug for KeySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.keys.iter().map(|(kid, _)| kid)).finish()
    }
}
