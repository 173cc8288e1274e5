//! Tokens that the server signs itself, for itself: who shows one has proven to the application who they are.

use std::time::Duration;

use aws_lc_rs::hmac;
use lithair_model::Timestamp;
use serde_json::json;

use super::claims::is_identifier;
use super::{Algorithm, TokenRules, TokenVerifier};
use crate::base64;
use crate::secret::{derived, random_letters};

/// Of `iss` and `aud`: the server, and nobody else, who has another secret.
const NAME: &str = "lithair";

/// Signs tokens with a secret of the data directory, and makes what checks them.
pub struct OwnTokens {
    /// In letters: a verifier takes the bytes of a file, whose last line feed is none of the secret.
    secret: String,
}

impl OwnTokens {
    /// Those of a data directory: another one has other ones.
    pub fn new(directory_secret: &[u8; 32]) -> Self {
        Self { secret: base64::encode(derived(directory_secret, "tokens").as_ref()) }
    }

    /// What takes these tokens and no others.
    ///
    /// # Panics
    /// Never: the secret has the length of the hash.
    pub fn verifier(&self) -> TokenVerifier {
        let rules = TokenRules {
            algorithm: Algorithm::Hs256,
            issuer: NAME.to_owned(),
            audience: NAME.to_owned(),
            roles_claim: "roles".to_owned(),
            tenant_claim: "tenant".to_owned(),
            needs_tenant: false,
        };
        TokenVerifier::with_key(rules, self.secret.as_bytes()).expect("the secret is as long as it has to be")
    }

    /// A token for somebody, good from now on and for so long. None for a subject that no token may have: empty, longer than 255 bytes, or with
    /// control characters.
    pub fn sign(&self, subject: &str, now: Timestamp, lifetime: Duration) -> Option<String> {
        if !is_identifier(subject) {
            return None;
        }
        let begin = now.micros().div_euclid(1_000_000);
        let end = begin.saturating_add_unsigned(lifetime.as_secs());
        let header = json!({ "alg": Algorithm::Hs256.word(), "typ": "JWT" });
        // Each is another one, so that taking one back leaves the others.
        let claims =
            json!({ "iss": NAME, "aud": NAME, "sub": subject, "iat": begin, "exp": end, "jti": random_letters(20) });
        let text = [header, claims].map(|part| base64::encode(part.to_string().as_bytes())).join(".");
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.secret.as_bytes());
        let signature = hmac::sign(&key, text.as_bytes());
        Some(format!("{text}.{}", base64::encode(signature.as_ref())))
    }
}

/// Without the secret.
impl std::fmt::Debug for OwnTokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OwnTokens(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Refused;

    const HOUR: Duration = Duration::from_secs(60 * 60);

    fn now() -> Timestamp {
        Timestamp::from_micros(1_800_000_000_000_000)
    }

    #[test]
    fn a_token_is_its_subjects_until_it_ends() {
        let tokens = OwnTokens::new(&[7; 32]);
        let token = tokens.sign("17", now(), HOUR).expect("an identifier");
        let verifier = tokens.verifier();
        assert_eq!(verifier.verify(&token, now()).expect("is good").subject(), Some("17"));
        // The clock's leeway is half a minute.
        let late = now().plus_micros(3_631_000_000);
        assert_eq!(tokens.verifier().verify(&token, late), Err(Refused::Expired));
        assert_ne!(tokens.sign("17", now(), HOUR), Some(token), "no two are alike");
        assert_eq!(format!("{tokens:?}"), "OwnTokens(..)");
    }

    #[test]
    fn another_directory_takes_none_of_them() {
        let token = OwnTokens::new(&[7; 32]).sign("17", now(), HOUR).expect("an identifier");
        assert_eq!(OwnTokens::new(&[8; 32]).verifier().verify(&token, now()), Err(Refused::Signature));
    }

    #[test]
    fn what_no_token_may_say_is_not_signed() {
        let tokens = OwnTokens::new(&[7; 32]);
        for subject in ["", "a\nb", &"a".repeat(256)] {
            assert_eq!(tokens.sign(subject, now(), HOUR), None, "{subject:?}");
        }
    }
}
