//! Random letters, and what is kept of secrets.

use aws_lc_rs::hmac;

use crate::base64;

/// Turns secrets of callers into what is kept of them, with a key of the data directory: whoever has the records alone cannot even
/// tell whether a guess is right.
pub(crate) struct SecretHash(hmac::Key);

impl SecretHash {
    /// For one use, so that a hash of one kind of secret is none of another's.
    pub(crate) fn new(directory_secret: &[u8; 32], usage: &str) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, derived(directory_secret, usage).as_ref()))
    }

    /// What is kept of a secret.
    pub(crate) fn of(&self, secret: &str) -> String {
        base64::encode(hmac::sign(&self.0, secret.as_bytes()).as_ref())
    }

    /// Whether this is the secret of which that was kept. Takes as long for a wrong one.
    pub(crate) fn is(&self, secret: &str, kept: &str) -> bool {
        let kept = base64::decode(kept).unwrap_or_default();
        hmac::verify(&self.0, secret.as_bytes(), &kept).is_ok()
    }
}

impl std::fmt::Debug for SecretHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretHash(..)")
    }
}

/// The secret of a data directory for one use: who knows it knows neither the directory's nor that of another use.
pub(crate) fn derived(directory_secret: &[u8; 32], usage: &str) -> hmac::Tag {
    let root = hmac::Key::new(hmac::HMAC_SHA256, directory_secret);
    hmac::sign(&root, format!("lithair {usage}").as_bytes())
}

/// So many random letters of base32 in small letters, five bits each.
pub(crate) fn random_letters(count: usize) -> String {
    let mut bytes = vec![0; count];
    aws_lc_rs::rand::fill(&mut bytes).expect("the operating system has randomness");
    letters(&bytes)
}

/// A letter of base32 for each byte: five bits of it.
pub(crate) fn letters(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    bytes.iter().map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect()
}
