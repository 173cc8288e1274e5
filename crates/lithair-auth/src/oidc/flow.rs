//! A login that was begun: what the browser keeps of it, sealed.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use lithair_model::Timestamp;
use serde::{Deserialize, Serialize};

use crate::base64;
use crate::seal::Seal;
use crate::secret::random_letters;

/// How long somebody may take to log in at the provider.
pub const LOGIN_SECONDS: u32 = 10 * 60;

/// 260 bits; and as many letters as a verifier of PKCE has, or more (RFC 7636, 4.1).
const LETTERS: usize = 52;
const _: () = assert!(LETTERS >= 43 && LETTERS <= 128, "a verifier is long enough");

/// A login that was begun. The browser keeps it, sealed: whoever comes back with its `state` and without it is another browser.
#[derive(Deserialize, Serialize)]
pub(super) struct Flow {
    /// Comes back with the browser.
    pub(super) state: String,
    /// Comes back in the ID token.
    nonce: String,
    /// Shown to the provider with the code; before, it has seen its hash.
    pub(super) verifier: String,
    pub(super) return_to: String,
    until_micros: i64,
    /// The session whose user the login will be one of; none of a login that begins a session.
    #[serde(default)]
    link: Option<String>,
}

impl Flow {
    pub(super) fn new(return_to: &str, link: Option<&str>, now: Timestamp) -> Self {
        let until = now.plus_micros(i64::from(LOGIN_SECONDS) * 1_000_000);
        Self {
            state: random_letters(LETTERS),
            nonce: random_letters(LETTERS),
            verifier: random_letters(LETTERS),
            return_to: return_to.to_owned(),
            until_micros: until.micros(),
            link: link.map(str::to_owned),
        }
    }

    /// As the browser keeps it: bound to the provider, so that no other can answer for it.
    pub(super) fn close(&self, seal: &Seal, provider: &str) -> String {
        let json = serde_json::to_vec(self).expect("texts and a number are JSON");
        seal.close(&json, provider)
    }

    /// As it was closed for this provider.
    pub(super) fn open(seal: &Seal, provider: &str, sealed: &str) -> Option<Self> {
        serde_json::from_slice(&seal.open(sealed, provider)?).ok()
    }

    pub(super) fn until(&self) -> Timestamp {
        Timestamp::from_micros(self.until_micros)
    }

    pub(super) const fn is_link(&self) -> bool {
        self.link.is_some()
    }

    /// Whether it may go on in this session. A link goes on in the one in which it was begun: in another one it would be somebody else's.
    pub(super) fn is_of(&self, session: Option<&str>) -> bool {
        self.link.is_none() || self.link.as_deref() == session
    }

    /// Takes as long for a wrong one.
    pub(super) fn has_state(&self, state: &str) -> bool {
        verify_slices_are_equal(self.state.as_bytes(), state.as_bytes()).is_ok()
    }

    /// Takes as long for a wrong one.
    pub(super) fn has_nonce(&self, nonce: &str) -> bool {
        verify_slices_are_equal(self.nonce.as_bytes(), nonce.as_bytes()).is_ok()
    }

    pub(super) fn nonce(&self) -> &str {
        &self.nonce
    }

    /// What the provider sees of the verifier (RFC 7636, 4.2, S256).
    pub(super) fn challenge(&self) -> String {
        base64::encode(digest(&SHA256, self.verifier.as_bytes()).as_ref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_challenge_is_the_standards() {
        // RFC 7636, appendix B.
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".to_owned();
        let flow = Flow { verifier, ..Flow::new("/", None, Timestamp::from_micros(0)) };
        assert_eq!(flow.challenge(), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }
}
