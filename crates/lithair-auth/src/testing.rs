//! For tests: an issuer that signs whatever it is told to.

use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{self as sig, KeyPair as _};
use aws_lc_rs::{hmac, rand};
use serde_json::{Value, json};

use crate::{Algorithm, base64};

/// Has a key of its own, made when it is made. Panics are test failures.
#[derive(Debug)]
pub struct Issuer {
    algorithm: Algorithm,
    key: Key,
}

#[derive(Debug)]
enum Key {
    Secret(Vec<u8>),
    Rsa(Box<sig::RsaKeyPair>),
    Curve(Box<sig::EcdsaKeyPair>),
    Edwards(Box<sig::Ed25519KeyPair>),
}

impl Issuer {
    /// An issuer that signs by this algorithm.
    ///
    /// # Panics
    /// The system has no randomness.
    pub fn new(algorithm: Algorithm) -> Self {
        let key = match algorithm.word() {
            "ES256" => curve(&sig::ECDSA_P256_SHA256_FIXED_SIGNING),
            "ES384" => curve(&sig::ECDSA_P384_SHA384_FIXED_SIGNING),
            "EdDSA" => Key::Edwards(Box::new(sig::Ed25519KeyPair::generate().expect("a key"))),
            word if word.starts_with("HS") => {
                let mut secret = vec![0; 64];
                rand::fill(&mut secret).expect("randomness");
                Key::Secret(secret.iter().map(|byte| b'a' + byte % 26).collect())
            }
            _ => Key::Rsa(Box::new(sig::RsaKeyPair::generate(KeySize::Rsa2048).expect("a key"))),
        };
        Self { algorithm, key }
    }

    /// What a server is given to check its tokens: a public key in PEM, or the secret.
    ///
    /// # Panics
    /// Never: a key that was made can be written.
    pub fn verification_key(&self) -> Vec<u8> {
        let der = match &self.key {
            Key::Secret(secret) => return secret.clone(),
            Key::Rsa(pair) => pair.public_key().as_der().expect("a key"),
            Key::Curve(pair) => pair.public_key().as_der().expect("a key"),
            Key::Edwards(pair) => pair.public_key().as_der().expect("a key"),
        };
        pem("PUBLIC KEY", der.as_ref())
    }

    /// The public key as a JWK with this identifier.
    ///
    /// # Panics
    /// The key is a secret.
    pub fn jwk(&self, kid: &str) -> Value {
        let word = self.algorithm.word();
        match &self.key {
            Key::Edwards(pair) => {
                let x = base64::encode(pair.public_key().as_ref());
                json!({ "kty": "OKP", "crv": "Ed25519", "x": x, "kid": kid, "use": "sig", "alg": word })
            }
            Key::Curve(pair) => {
                let point = &pair.public_key().as_ref()[1..];
                let (x, y) = point.split_at(point.len() / 2);
                let crv = if x.len() == 32 { "P-256" } else { "P-384" };
                json!({ "kty": "EC", "crv": crv, "x": base64::encode(x), "y": base64::encode(y), "kid": kid })
            }
            Key::Rsa(pair) => {
                let (n, e) = modulus_and_exponent(pair.public_key().as_ref());
                let (n, e) = (base64::encode(n), base64::encode(e));
                json!({ "kty": "RSA", "n": n, "e": e, "kid": kid, "use": "sig", "alg": word })
            }
            Key::Secret(_) => panic!("a secret is not published"),
        }
    }

    /// A token with a usual header.
    pub fn token(&self, claims: &Value) -> String {
        self.sign(&json!({ "alg": self.algorithm.word(), "typ": "JWT" }).to_string(), &claims.to_string())
    }

    /// A token with this header and these claims, whatever they are.
    ///
    /// # Panics
    /// The system has no randomness.
    pub fn sign(&self, header: &str, claims: &str) -> String {
        let signed = format!("{}.{}", base64::encode(header.as_bytes()), base64::encode(claims.as_bytes()));
        let signature = self.signature(signed.as_bytes());
        format!("{signed}.{}", base64::encode(&signature))
    }

    fn signature(&self, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match &self.key {
            Key::Secret(secret) => {
                let hash = match self.algorithm.word() {
                    "HS256" => hmac::HMAC_SHA256,
                    "HS384" => hmac::HMAC_SHA384,
                    _ => hmac::HMAC_SHA512,
                };
                hmac::sign(&hmac::Key::new(hash, secret), message).as_ref().to_vec()
            }
            Key::Rsa(pair) => {
                let encoding: &'static dyn sig::RsaEncoding = match self.algorithm.word() {
                    "RS256" => &sig::RSA_PKCS1_SHA256,
                    "RS384" => &sig::RSA_PKCS1_SHA384,
                    "RS512" => &sig::RSA_PKCS1_SHA512,
                    "PS256" => &sig::RSA_PSS_SHA256,
                    "PS384" => &sig::RSA_PSS_SHA384,
                    _ => &sig::RSA_PSS_SHA512,
                };
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(encoding, &random, message, &mut signature).expect("a signature");
                signature
            }
            Key::Curve(pair) => pair.sign(&random, message).expect("a signature").as_ref().to_vec(),
            Key::Edwards(pair) => pair.sign(message).as_ref().to_vec(),
        }
    }
}

/// The code that a device shows, given the secret that it was set up with.
///
/// # Panics
/// The secret is no base32.
pub fn one_time_code(secret: &str, now: lithair_model::Timestamp) -> String {
    const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let digit = |letter| LETTERS.find(letter).expect("a letter of base32");
    let bits: Vec<bool> =
        secret.chars().map(digit).flat_map(|digit| (0..5).rev().map(move |bit| digit >> bit & 1 == 1)).collect();
    let byte = |bits: &[bool]| bits.iter().fold(0_u8, |byte, bit| byte << 1 | u8::from(*bit));
    let bytes: Vec<u8> = bits.chunks_exact(8).map(byte).collect();
    crate::totp::shown(&bytes, now)
}

fn curve(algorithm: &'static sig::EcdsaSigningAlgorithm) -> Key {
    Key::Curve(Box::new(sig::EcdsaKeyPair::generate(algorithm).expect("a key")))
}

/// The two numbers of a public key of RSA: a sequence of two integers (RFC 8017, A.1.1).
fn modulus_and_exponent(der: &[u8]) -> (&[u8], &[u8]) {
    let (sequence, _) = element(der);
    let (n, rest) = element(sequence);
    // A zero in front says that a number is positive, and is none of a JWK's.
    (n.strip_prefix(&[0]).unwrap_or(n), element(rest).0)
}

/// The content of the first element, and what comes behind it (X.690, 8.1.3).
fn element(der: &[u8]) -> (&[u8], &[u8]) {
    let (length, content) = match usize::from(der[1]) {
        short if short < 0x80 => (short, &der[2..]),
        long => {
            let (length, content) = der[2..].split_at(long - 0x80);
            (length.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)), content)
        }
    };
    content.split_at(length)
}

/// PEM (RFC 7468) of these bytes.
pub(crate) fn pem(label: &str, der: &[u8]) -> Vec<u8> {
    let letters = base64::encode_padded(der);
    let lines: Vec<&str> =
        letters.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).expect("letters")).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n")).into_bytes()
}
