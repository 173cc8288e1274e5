//! Keys that check signatures: from PEM, from a secret, from a JWK.

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::hmac;
use aws_lc_rs::rsa::PublicKeyComponents;
use aws_lc_rs::signature::{ParsedPublicKey, VerificationAlgorithm};
use serde_json::{Map, Value};
use thiserror::Error;

use super::Algorithm;
use super::algorithm::Family;
use crate::{Refused, base64};

/// The modulus alone of an RSA key that is long enough.
const RSA_BYTES_MIN: usize = 2048 / 8;

/// Why a key is not taken.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum KeyError {
    /// The bytes are no key of this kind.
    #[error("expected {expected}, found {found}")]
    Form {
        /// What would be a key.
        expected: &'static str,
        /// What was there.
        found: String,
    },
    /// The key is for something else.
    #[error("the key is none that checks {algorithm}")]
    Kind {
        /// The algorithm that it was to be for.
        algorithm: Algorithm,
    },
    /// Anybody could find out the key.
    #[error("the key has {found} bits: {algorithm} takes {expected} at least")]
    Weak {
        /// The algorithm.
        algorithm: Algorithm,
        /// Bits that it takes.
        expected: usize,
        /// Bits that there are, at most.
        found: usize,
    },
}

/// A key, for one algorithm.
#[derive(Clone)]
pub(super) enum VerifyingKey {
    Secret(Box<hmac::Key>, Box<[u8]>),
    Public(ParsedPublicKey),
}

impl VerifyingKey {
    /// Whether the key signed this.
    pub(super) fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), Refused> {
        let verified = match self {
            Self::Secret(key, _) => hmac::verify(key, message, signature),
            Self::Public(key) => key.verify_sig(message, signature),
        };
        verified.map_err(|_| Refused::Signature)
    }

    fn bytes(&self) -> &[u8] {
        match self {
            Self::Secret(_, bytes) => bytes,
            Self::Public(key) => key.as_ref(),
        }
    }
}

/// Whether they are the same; keys of one set are for one algorithm.
impl PartialEq for VerifyingKey {
    fn eq(&self, other: &Self) -> bool {
        self.bytes() == other.bytes()
    }
}

/// The key of a file: PEM of a public key, or a secret.
pub(super) fn read(algorithm: Algorithm, bytes: &[u8]) -> Result<VerifyingKey, KeyError> {
    match algorithm.family() {
        Family::Secret(hash) => {
            // A line feed at the end is the editor's.
            let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
            secret(algorithm, hash, bytes.strip_suffix(b"\r").unwrap_or(bytes))
        }
        Family::Rsa(parameters) => public(algorithm, parameters, &pem(bytes)?, RSA_BYTES_MIN),
        Family::Curve(curve, ..) => public(algorithm, curve, &pem(bytes)?, 0),
        Family::Edwards(parameters) => public(algorithm, parameters, &pem(bytes)?, 0),
    }
}

/// RFC 7518, 3.2: a secret has as many bits as the hash, or more.
pub(super) fn secret(algorithm: Algorithm, hash: hmac::Algorithm, bytes: &[u8]) -> Result<VerifyingKey, KeyError> {
    let expected = hash.digest_algorithm().output_len();
    if bytes.len() < expected {
        return Err(KeyError::Weak { algorithm, expected: expected * 8, found: bytes.len() * 8 });
    }
    // The classic confusion: a public key, which everybody has, as a secret.
    if bytes.starts_with(b"-----BEGIN") {
        return Err(KeyError::Form { expected: "a secret", found: "a key in PEM, which others have too".to_owned() });
    }
    Ok(VerifyingKey::Secret(Box::new(hmac::Key::new(hash, bytes)), bytes.into()))
}

fn public(
    algorithm: Algorithm,
    verification: &'static dyn VerificationAlgorithm,
    der: &[u8],
    bytes_min: usize,
) -> Result<VerifyingKey, KeyError> {
    if der.len() < bytes_min {
        return Err(KeyError::Weak { algorithm, expected: bytes_min * 8, found: der.len() * 8 });
    }
    let key = ParsedPublicKey::new(verification, der).map_err(|_| KeyError::Kind { algorithm })?;
    Ok(VerifyingKey::Public(key))
}

/// The content of a PEM text (RFC 7468) of a public key.
fn pem(text: &[u8]) -> Result<Vec<u8>, KeyError> {
    let wrong = |found: &str| KeyError::Form { expected: "a public key in PEM", found: found.to_owned() };
    let text = std::str::from_utf8(text).map_err(|_| wrong("bytes that are no text"))?;
    let (_, rest) = text.split_once("-----BEGIN ").ok_or_else(|| wrong("no `-----BEGIN`"))?;
    let (label, rest) = rest.split_once("-----").ok_or_else(|| wrong("a broken first line"))?;
    match label {
        "PUBLIC KEY" | "RSA PUBLIC KEY" => {}
        "CERTIFICATE" => return Err(wrong("a certificate; `openssl x509 -pubkey -noout` prints its key")),
        label if label.contains("PRIVATE") => return Err(wrong("a private key, which only the issuer has")),
        label => return Err(wrong(&format!("`{label}`"))),
    }
    let (body, after) = rest.split_once("-----END ").ok_or_else(|| wrong("no `-----END`"))?;
    if after.contains("-----BEGIN ") {
        return Err(wrong("more than one key"));
    }
    // PEM has the other alphabet of base64, lines, and padding.
    let letters = body.chars().filter(|letter| !letter.is_ascii_whitespace());
    let letters = letters.map(|letter| match letter {
        '+' => '-',
        '/' => '_',
        letter => letter,
    });
    let letters: String = letters.collect();
    base64::decode(letters.trim_end_matches('=')).ok_or_else(|| wrong("something that is no base64"))
}

/// The key of a JWK; none if it is for something else. Secrets are not published, so they are not taken from a set.
pub(super) fn of_jwk(algorithm: Algorithm, jwk: &Map<String, Value>) -> Result<Option<VerifyingKey>, KeyError> {
    let text = |name: &str| jwk.get(name).and_then(Value::as_str);
    let is_for_this = text("use").is_none_or(|usage| usage == "sig")
        && text("alg").is_none_or(|word| word == algorithm.word())
        && jwk.get("key_ops").and_then(Value::as_array).is_none_or(|ops| ops.iter().any(|op| op == "verify"));
    if !is_for_this {
        return Ok(None);
    }
    let bytes = |name: &'static str| {
        let expected = "members of a JWK in base64url without padding";
        let wrong = || KeyError::Form { expected, found: format!("`{name}`") };
        text(name).and_then(base64::decode).ok_or_else(wrong)
    };
    let (kty, crv) = (text("kty").unwrap_or_default(), text("crv").unwrap_or_default());
    match algorithm.family() {
        Family::Rsa(parameters) if kty == "RSA" => {
            // RFC 7518, 6.3.1.1 forbids zeros in front, which some write all the same.
            let n: Vec<u8> = bytes("n")?.into_iter().skip_while(|&byte| byte == 0).collect();
            if n.len() < RSA_BYTES_MIN {
                return Err(KeyError::Weak { algorithm, expected: RSA_BYTES_MIN * 8, found: n.len() * 8 });
            }
            let der = PublicKeyComponents { n, e: bytes("e")? }.as_der().map_err(|_| KeyError::Kind { algorithm })?;
            public(algorithm, parameters, der.as_ref(), RSA_BYTES_MIN).map(Some)
        }
        Family::Curve(curve, name, length) if kty == "EC" && crv == name => {
            let (x, y) = (bytes("x")?, bytes("y")?);
            if x.len() != length || y.len() != length {
                return Err(KeyError::Kind { algorithm });
            }
            // SEC 1, 2.3.3: 4 is for a point that is not compressed.
            public(algorithm, curve, &[&[4], x.as_slice(), &y].concat(), 0).map(Some)
        }
        Family::Edwards(parameters) if kty == "OKP" && crv == "Ed25519" => {
            public(algorithm, parameters, &bytes("x")?, 0).map(Some)
        }
        Family::Secret(_) | Family::Rsa(_) | Family::Curve(..) | Family::Edwards(_) => Ok(None),
    }
}
