//! ID tokens that are signed with RSA, and whatever else is signed with such a key or looks like it.

use aws_lc_rs::hmac;
use lithair_auth::base64;
use lithair_core::testing::{Algorithm, Issuer};
use serde_json::{Value, json};

use super::provider::{Odd, Provider};
use super::{World, ada, is};

#[test]
fn somebody_logs_in_through_a_provider_that_signs_with_rsa() {
    for algorithm in [Algorithm::Rs256, Algorithm::Rs512, Algorithm::Ps256] {
        let provider = Provider::signing(algorithm);
        assert_eq!(provider.state().issuer.jwk("k")["kty"], "RSA");
        let world = World::start(&[&provider], &[("algorithm", algorithm.word())]);
        let mut browser = world.browser();
        assert_eq!(browser.log_in(&provider, &ada()).status, 303, "{algorithm}");
        assert_eq!(browser.me()["email"], "ada@example.org");
    }
}

#[test]
fn a_signature_counts_by_the_algorithm_of_the_settings_alone() {
    let provider = Provider::signing(Algorithm::Rs256);
    let world = World::start(&[&provider], &[("algorithm", "RS256")]);
    let header = |word: &str| json!({ "alg": word, "kid": "k" }).to_string();
    let signed = |word: &str, claims: &str| provider.state().issuer.sign(&header(word), claims);
    let good = |claims: &str| signed("RS256", claims);
    assert_eq!(world.forged(&provider, &good).status, 303, "what follows fails for no other reason");

    let letters = |text: &str| base64::encode(text.as_bytes());
    let with_secret = |secret: &[u8], claims: &str| {
        let text = format!("{}.{}", letters(&header("HS256")), letters(claims));
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), text.as_bytes());
        format!("{text}.{}", base64::encode(tag.as_ref()))
    };
    // The public key as the secret of an HMAC, in each form in which it is public (CVE-2015-9235).
    let jwk = provider.state().issuer.jwk("k");
    let pem = provider.state().issuer.verification_key();
    let modulus = base64::decode(jwk["n"].as_str().expect("a text")).expect("base64url");
    let by_pem = |claims: &str| with_secret(&pem, claims);
    let by_modulus = |claims: &str| with_secret(&modulus, claims);
    let by_client_secret = |claims: &str| with_secret(b"s3cret", claims);
    // The provider's own key, by an algorithm that the settings do not name.
    let longer = |claims: &str| signed("RS512", claims);
    let padded = |claims: &str| signed("PS256", claims);
    let curve = |claims: &str| signed("ES256", claims);
    let none = |claims: &str| format!("{}.{}.AAAA", letters(r#"{"alg":"none"}"#), letters(claims));
    let forgeries: [&dyn Fn(&str) -> String; 7] =
        [&by_pem, &by_modulus, &by_client_secret, &longer, &padded, &curve, &none];
    for (place, forge) in forgeries.into_iter().enumerate() {
        let before = world.refused("algorithm");
        is(&world.forged(&provider, forge), 401, "provider-refused");
        assert_eq!(world.refused("algorithm"), before + 1, "{place}");
    }

    // The right word over the signature of another key, of whatever kind.
    for algorithm in [Algorithm::Rs256, Algorithm::Rs512, Algorithm::Ps256, Algorithm::Es256, Algorithm::EdDsa] {
        let other = Issuer::new(algorithm);
        let before = world.refused("signature");
        is(&world.forged(&provider, &|claims| other.sign(&header("RS256"), claims)), 401, "provider-refused");
        assert_eq!(world.refused("signature"), before + 1, "{algorithm}");
    }
}

/// What a set has besides the right key is passed over, or makes the set none; it never checks a signature.
#[test]
fn a_key_of_another_kind_or_for_another_use_checks_nothing() {
    let provider = Provider::signing(Algorithm::Rs256);
    let right = provider.state().issuer.jwk("k");
    let changed = |name: &str, value: Value| {
        let mut jwk = right.clone();
        jwk[name] = value;
        jwk
    };
    let curve = Issuer::new(Algorithm::Es256).jwk("k");
    for (jwk, reason) in [
        (curve.clone(), "no key for RS256"),
        (changed("use", json!("enc")), "no key for RS256"),
        (changed("alg", json!("RS512")), "no key for RS256"),
        (changed("alg", json!("HS256")), "no key for RS256"),
        (changed("kty", json!("oct")), "no key for RS256"),
        (changed("key_ops", json!(["sign"])), "no key for RS256"),
        (changed("n", json!(base64::encode(&[0xC1; 128]))), "1024 bits: RS256 takes 2048 at least"),
        (changed("e", json!("")), "none that checks RS256"),
        (changed("n", json!("not base64!")), "`n`"),
    ] {
        provider.odd("/keys", Odd::Says(200, json!({ "keys": [jwk] }).to_string()));
        let world = World::start(&[&provider], &[("algorithm", "RS256")]);
        world.ready(|check| check.is_some_and(|said| said.contains(reason)));
        // The page of the provider is known, and what comes back from it is not believed.
        is(&world.browser().log_in(&provider, &ada()), 401, "provider-refused");
        assert_eq!(world.refused("unknown_key"), 1, "{jwk}");
    }
    // Beside the right one they do no harm.
    let mut other = curve;
    other["kid"] = json!("other");
    provider.odd("/keys", Odd::Says(200, json!({ "keys": [other, right] }).to_string()));
    let world = World::start(&[&provider], &[("algorithm", "RS256")]);
    assert_eq!(world.browser().log_in(&provider, &ada()).status, 303);
}

#[test]
fn a_provider_that_does_not_sign_by_the_algorithm_of_the_settings_is_said_to() {
    let provider = Provider::start();
    let world = World::start(&[&provider], &[("algorithm", "RS256")]);
    world.ready(|check| check.is_some_and(|said| said.contains("ES256, without RS256")));
}
