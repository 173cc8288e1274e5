//! Keeps secrets that are needed again as they were: AES-256-GCM with a key of the data directory, each bound to what it is for.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};

use crate::base64;
use crate::secret::derived;

/// Closes and opens secrets of one use.
pub(crate) struct Seal(LessSafeKey);

impl Seal {
    /// For one use: what is closed for another is not opened.
    pub(crate) fn new(directory_secret: &[u8; 32], usage: &str) -> Self {
        let derived = derived(directory_secret, usage);
        Self(LessSafeKey::new(UnboundKey::new(&AES_256_GCM, derived.as_ref()).expect("the key has 256 bits")))
    }

    /// The secret as letters that say nothing, bound to somebody or something.
    pub(crate) fn close(&self, secret: &[u8], bound_to: &str) -> String {
        let mut nonce = [0; NONCE_LEN];
        aws_lc_rs::rand::fill(&mut nonce).expect("the operating system has randomness");
        let mut sealed = secret.to_vec();
        let aad = Aad::from(bound_to.as_bytes());
        self.0
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), aad, &mut sealed)
            .expect("a secret is short");
        base64::encode(&[nonce.as_slice(), &sealed].concat())
    }

    /// The secret; none if it is bound to something else, or not this directory's.
    pub(crate) fn open(&self, sealed: &str, bound_to: &str) -> Option<Vec<u8>> {
        let bytes = base64::decode(sealed)?;
        let (nonce, sealed) = bytes.split_first_chunk::<NONCE_LEN>()?;
        let mut sealed = sealed.to_vec();
        let aad = Aad::from(bound_to.as_bytes());
        let secret = self.0.open_in_place(Nonce::assume_unique_for_key(*nonce), aad, &mut sealed).ok()?;
        Some(secret.to_vec())
    }
}

impl std::fmt::Debug for Seal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Seal(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_secret_is_its_users_its_uses_and_its_directorys() {
        let seal = Seal::new(&[7; 32], "codes");
        let sealed = seal.close(b"canary", "alice");
        assert!(!sealed.contains("canary") && sealed != seal.close(b"canary", "alice"));
        assert_eq!(seal.open(&sealed, "alice").as_deref(), Some(&b"canary"[..]));
        assert_eq!(seal.open(&sealed, "bob"), None);
        for other in [Seal::new(&[8; 32], "codes"), Seal::new(&[7; 32], "logins")] {
            assert_eq!(other.open(&sealed, "alice"), None);
        }
        assert_eq!(seal.open("", "alice"), None);
        assert_eq!(
            format!("{seal:?} {:?}", crate::secret::SecretHash::new(&[7; 32], "codes")),
            "Seal(..) SecretHash(..)"
        );
    }
}
