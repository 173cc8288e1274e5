//! Ways to sign, and the keys that they take.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::hmac;
use aws_lc_rs::signature as sig;

/// How tokens are signed (RFC 7518, RFC 8037). `none` is no way to sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the standard's")]
pub enum Algorithm {
    Hs256,
    Hs384,
    Hs512,
    Rs256,
    Rs384,
    Rs512,
    Ps256,
    Ps384,
    Ps512,
    Es256,
    Es384,
    EdDsa,
}

use Algorithm::{EdDsa, Es256, Es384, Hs256, Hs384, Hs512, Ps256, Ps384, Ps512, Rs256, Rs384, Rs512};

const WORDS: [(Algorithm, &str); 12] = [
    (Hs256, "HS256"),
    (Hs384, "HS384"),
    (Hs512, "HS512"),
    (Rs256, "RS256"),
    (Rs384, "RS384"),
    (Rs512, "RS512"),
    (Ps256, "PS256"),
    (Ps384, "PS384"),
    (Ps512, "PS512"),
    (Es256, "ES256"),
    (Es384, "ES384"),
    (EdDsa, "EdDSA"),
];

/// What kind of key an algorithm takes.
pub(super) enum Family {
    /// A secret that both sides know.
    Secret(hmac::Algorithm),
    Rsa(&'static sig::RsaParameters),
    /// A curve, by its name in a JWK, and the bytes of a coordinate.
    Curve(&'static sig::EcdsaVerificationAlgorithm, &'static str, usize),
    Edwards(&'static sig::EdDSAParameters),
}

impl Algorithm {
    /// The names of all.
    pub fn words() -> impl Iterator<Item = &'static str> {
        WORDS.iter().map(|&(_, word)| word)
    }

    /// The name in a token's header.
    pub fn word(self) -> &'static str {
        WORDS.iter().find(|(algorithm, _)| *algorithm == self).map_or("", |&(_, word)| word)
    }

    /// Whether one secret both signs and checks.
    pub const fn is_symmetric(self) -> bool {
        matches!(self, Hs256 | Hs384 | Hs512)
    }

    pub(super) const fn family(self) -> Family {
        match self {
            Hs256 => Family::Secret(hmac::HMAC_SHA256),
            Hs384 => Family::Secret(hmac::HMAC_SHA384),
            Hs512 => Family::Secret(hmac::HMAC_SHA512),
            Rs256 => Family::Rsa(&sig::RSA_PKCS1_2048_8192_SHA256),
            Rs384 => Family::Rsa(&sig::RSA_PKCS1_2048_8192_SHA384),
            Rs512 => Family::Rsa(&sig::RSA_PKCS1_2048_8192_SHA512),
            Ps256 => Family::Rsa(&sig::RSA_PSS_2048_8192_SHA256),
            Ps384 => Family::Rsa(&sig::RSA_PSS_2048_8192_SHA384),
            Ps512 => Family::Rsa(&sig::RSA_PSS_2048_8192_SHA512),
            Es256 => Family::Curve(&sig::ECDSA_P256_SHA256_FIXED, "P-256", 32),
            Es384 => Family::Curve(&sig::ECDSA_P384_SHA384_FIXED, "P-384", 48),
            EdDsa => Family::Edwards(&sig::ED25519),
        }
    }
}

impl FromStr for Algorithm {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        WORDS.iter().find(|(_, name)| *name == word).map(|&(algorithm, _)| algorithm).ok_or(())
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}
