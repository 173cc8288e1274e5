//! The known attacks on JSON Web Tokens, and what is a token all the same.

use lithair_model::{Credential, Principal, Timestamp};
use serde_json::{Value, json};

use super::keys::KeySet;
use super::{Algorithm, TokenRules, TokenVerifier};
use crate::testing::{Issuer, pem};
use crate::{KeyError, Refused, base64};

const NOW_SECONDS: i64 = 1_800_000_000;

fn now() -> Timestamp {
    Timestamp::from_micros(NOW_SECONDS * 1_000_000)
}

fn rules(algorithm: Algorithm) -> TokenRules {
    TokenRules {
        algorithm,
        issuer: "https://issuer.example".to_owned(),
        audience: "shop".to_owned(),
        roles_claim: "roles".to_owned(),
        tenant_claim: "tenant".to_owned(),
        needs_tenant: false,
    }
}

fn claims() -> Value {
    json!({
        "iss": "https://issuer.example", "aud": "shop", "sub": "alice", "exp": NOW_SECONDS + 60, "roles": ["Editor"],
        "tenant": "acme", "scope": "read write", "jti": "t1", "department": "sales",
    })
}

/// The claims with one more, or without it if it is null.
fn with(name: &str, value: Value) -> Value {
    let mut claims = claims();
    match value {
        Value::Null => drop(claims.as_object_mut().expect("an object").remove(name)),
        value => claims[name] = value,
    }
    claims
}

fn verifier(issuer: &Issuer, algorithm: Algorithm) -> TokenVerifier {
    TokenVerifier::with_key(rules(algorithm), &issuer.verification_key()).expect("is a key")
}

#[test]
fn a_token_is_its_subject_with_what_the_issuer_says_of_it() {
    for word in Algorithm::words() {
        let algorithm: Algorithm = word.parse().expect("is one");
        let issuer = Issuer::new(algorithm);
        let verifier = verifier(&issuer, algorithm);
        let token = issuer.token(&claims());
        // The second time it is remembered.
        for _ in 0..2 {
            let principal = verifier.verify(&token, now()).expect(word);
            assert_eq!(principal.actor(), Some("token:alice"));
            assert_eq!(principal.tenant(), Some("acme"));
            assert!(principal.has_role("Editor") && principal.has_scope("write") && !principal.has_scope("delete"));
            assert_eq!(principal.claim("department"), Some(&json!("sales")));
            let identity = principal.identity().expect("is known");
            assert_eq!((identity.credential(), identity.credential_id()), (Credential::Token, Some("t1")));
        }
        let other = Issuer::new(algorithm).token(&claims());
        assert_eq!(verifier.verify(&other, now()), Err(Refused::Signature), "{word}");
    }
}

#[test]
fn the_known_attacks_are_refused() {
    let algorithm = Algorithm::Rs256;
    let issuer = Issuer::new(algorithm);
    let verifier = verifier(&issuer, algorithm);
    let check = |name: &str, token: &str, refused: Refused| {
        assert_eq!(verifier.verify(token, now()), Err(refused), "{name}: {token}");
    };
    let good = issuer.token(&claims());
    let [header, payload, signature] = good.split('.').collect::<Vec<_>>()[..] else { panic!("three parts") };
    let claims = claims().to_string();
    let unsigned = |header: &str| format!("{}.{payload}.", base64::encode(header.as_bytes()));
    let signed = |header: &str| issuer.sign(header, &claims);

    for word in ["none", "None", "NONE", "nOnE", ""] {
        check("no signature", &unsigned(&json!({ "alg": word }).to_string()), Refused::NotAToken);
        let token = format!("{}.{payload}.{signature}", base64::encode(json!({ "alg": word }).to_string().as_bytes()));
        check("no algorithm", &token, Refused::Algorithm);
    }
    check("no alg at all", &signed(r#"{"typ":"JWT"}"#), Refused::Algorithm);
    check("an alg that is a list", &signed(r#"{"alg":["RS256"]}"#), Refused::Algorithm);

    // RS256 turned into HS256 with the public key as the secret (CVE-2015-9235).
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, &issuer.verification_key());
    for word in ["HS256", "RS256"] {
        let head = format!("{}.{payload}", base64::encode(format!(r#"{{"alg":"{word}"}}"#).as_bytes()));
        let tag = aws_lc_rs::hmac::sign(&key, head.as_bytes());
        let refused = if word == "HS256" { Refused::Algorithm } else { Refused::Signature };
        check("confusion", &format!("{head}.{}", base64::encode(tag.as_ref())), refused);
    }
    check("another algorithm of the same key", &signed(r#"{"alg":"RS512"}"#), Refused::Algorithm);

    for member in ["jku", "jwk", "x5u", "x5c", "crit", "b64", "zip", "enc", "cty"] {
        let header = json!({ "alg": "RS256", member: "https://evil.example/keys" });
        check(member, &signed(&header.to_string()), Refused::HeaderMember);
    }
    for kid in ["../../dev/null", "' OR 1=1 --", "a\u{0}b", "|/usr/bin/id", "", "a\nb", &"k".repeat(257)] {
        let header = json!({ "alg": "RS256", "kid": kid });
        check("kid", &signed(&header.to_string()), Refused::KeyIdentifier);
    }
    check("a kid that is no text", &signed(r#"{"alg":"RS256","kid":1}"#), Refused::KeyIdentifier);
    for typ in ["\"logout+jwt\"", "\"dpop+jwt\"", "\"id_token\"", "7", "\"\""] {
        check("typ", &signed(&format!(r#"{{"alg":"RS256","typ":{typ}}}"#)), Refused::Type);
    }
    check("alg twice", &signed(r#"{"alg":"none","alg":"RS256"}"#), Refused::Header);
    check("a header that is a list", &signed(r#"["RS256"]"#), Refused::Header);

    check("trailing bytes", &format!("{good}AAAA"), Refused::Signature);
    check("a trailing dot", &format!("{good}."), Refused::NotAToken);
    check("four parts", &format!("{good}.{signature}"), Refused::NotAToken);
    check("two parts", &format!("{header}.{payload}"), Refused::NotAToken);
    check("white space", &format!("{good} "), Refused::NotAToken);
    check("padding", &format!("{header}.{payload}.{signature}=="), Refused::NotAToken);
    check("the other alphabet", &format!("{header}.{payload}.{}+/", &signature[2..]), Refused::NotAToken);
    check("nothing", "", Refused::NotAToken);
    check("dots", "..", Refused::NotAToken);
    check("oversize", &format!("{header}.{}.{signature}", "A".repeat(8192)), Refused::TooLong);
    let other = issuer.token(&with("sub", json!("bob")));
    let of_other = other.rsplit('.').next().expect("a signature");
    check("the signature of another message", &format!("{header}.{payload}.{of_other}"), Refused::Signature);
    check("an empty signature", &format!("{header}.{payload}.AA"), Refused::Signature);
    assert!(verifier.verify(&good, now()).is_ok(), "what was refused did not spoil what is good");
}

#[test]
fn psychic_signatures_are_refused() {
    // CVE-2022-21449: r = s = 0 was good for every message.
    for (algorithm, bytes) in [(Algorithm::Es256, 64), (Algorithm::Es384, 96)] {
        let issuer = Issuer::new(algorithm);
        let verifier = verifier(&issuer, algorithm);
        let good = issuer.token(&claims());
        let (signed, _) = good.rsplit_once('.').expect("a signature");
        for zeros in [vec![0; bytes], vec![0; bytes - 1], b"\x30\x06\x02\x01\x00\x02\x01\x00".to_vec()] {
            let token = format!("{signed}.{}", base64::encode(&zeros));
            assert_eq!(verifier.verify(&token, now()), Err(Refused::Signature), "{algorithm}");
        }
    }
}

#[test]
fn claims_are_held_to_the_rules() {
    let algorithm = Algorithm::Hs256;
    let issuer = Issuer::new(algorithm);
    let verifier = verifier(&issuer, algorithm);
    let verify = |claims: &Value| verifier.verify(&issuer.token(claims), now()).map(drop);
    let late = json!(NOW_SECONDS + 31);
    for (name, value, refused) in [
        ("exp", Value::Null, Refused::MissingClaim),
        ("iss", Value::Null, Refused::MissingClaim),
        ("aud", Value::Null, Refused::MissingClaim),
        ("sub", Value::Null, Refused::MissingClaim),
        ("exp", json!(NOW_SECONDS - 30), Refused::Expired),
        ("exp", json!(0), Refused::Expired),
        ("exp", json!("1900000000"), Refused::BadClaim),
        ("exp", json!(1e300), Refused::BadClaim),
        ("exp", json!(-1), Refused::BadClaim),
        ("nbf", late.clone(), Refused::NotYet),
        ("iat", late, Refused::NotYet),
        ("nbf", json!(true), Refused::BadClaim),
        ("iss", json!("https://issuer.example/"), Refused::Issuer),
        ("iss", json!(["https://issuer.example"]), Refused::BadClaim),
        ("aud", json!("shop2"), Refused::Audience),
        ("aud", json!([]), Refused::Audience),
        ("aud", json!(["other", "Shop"]), Refused::Audience),
        ("aud", json!([1]), Refused::BadClaim),
        ("sub", json!(""), Refused::BadClaim),
        ("sub", json!(7), Refused::BadClaim),
        ("sub", json!("a\nb"), Refused::BadClaim),
        ("sub", json!("a".repeat(256)), Refused::BadClaim),
        ("jti", json!("a\u{7f}"), Refused::BadClaim),
        ("roles", json!(7), Refused::BadClaim),
        ("roles", json!([["Admin"]]), Refused::BadClaim),
        ("tenant", json!(["acme"]), Refused::BadClaim),
        ("tenant", json!("a\nb"), Refused::BadClaim),
        ("tenant", json!(""), Refused::BadClaim),
        ("scope", json!(["read"]), Refused::BadClaim),
    ] {
        assert_eq!(verify(&with(name, value.clone())), Err(refused), "{name} = {value}");
    }
    for (name, value) in [
        ("exp", json!(NOW_SECONDS - 29)),
        ("exp", json!(NOW_SECONDS as f64 + 0.5)),
        ("nbf", json!(NOW_SECONDS + 30)),
        ("aud", json!(["other", "shop"])),
        ("roles", json!("Editor")),
        ("roles", Value::Null),
        ("tenant", json!(7)),
        ("tenant", Value::Null),
    ] {
        assert_eq!(verify(&with(name, value.clone())), Ok(()), "{name} = {value}");
    }
    let twice = claims().to_string().replacen('{', r#"{"sub":"admin","#, 1);
    let twice = issuer.sign(r#"{"alg":"HS256"}"#, &twice);
    assert_eq!(verifier.verify(&twice, now()), Err(Refused::Claims), "a claim that comes twice");
    let list = issuer.sign(r#"{"alg":"HS256"}"#, "[]");
    assert_eq!(verifier.verify(&list, now()), Err(Refused::Claims));
}

#[test]
fn a_tenant_that_has_to_be_said_is_said_or_is_none_on_purpose() {
    let algorithm = Algorithm::Hs256;
    let issuer = Issuer::new(algorithm);
    let check = |tenant_claim: &str, claims: &Value, expected: Result<Option<&str>, Refused>| {
        let rules = TokenRules { tenant_claim: tenant_claim.to_owned(), needs_tenant: true, ..rules(algorithm) };
        let verifier = TokenVerifier::with_key(rules, &issuer.verification_key()).expect("is a key");
        let verified = verifier.verify(&issuer.token(claims), now());
        let tenant = verified.map(|principal| principal.tenant().map(str::to_owned));
        assert_eq!(tenant, expected.map(|tenant| tenant.map(str::to_owned)), "{claims}");
    };
    let mut null = claims();
    null["tenant"] = Value::Null;
    check("tenant", &claims(), Ok(Some("acme")));
    check("tenant", &null, Ok(None));
    check("tenant", &with("tenant", Value::Null), Err(Refused::MissingClaim));
    check("tenant", &with("tenant", json!([])), Err(Refused::BadClaim));
    check("org", &claims(), Err(Refused::MissingClaim));
    check("realm.org", &with("realm", json!({ "org": 7 })), Ok(Some("7")));
    check("realm.org", &with("realm", json!({ "org": null })), Ok(None));
    check("realm.org", &with("realm", json!({ "other": 7 })), Err(Refused::MissingClaim));
    check("realm.org", &with("realm", Value::Null), Err(Refused::MissingClaim));
}

#[test]
fn what_a_token_calls_our_one_key_does_not_matter() {
    let issuer = Issuer::new(Algorithm::EdDsa);
    let token = issuer.sign(r#"{"alg":"EdDSA","kid":"any"}"#, &claims().to_string());
    assert!(verifier(&issuer, Algorithm::EdDsa).verify(&token, now()).is_ok());
}

#[test]
fn roles_may_stand_deeper() {
    let algorithm = Algorithm::EdDsa;
    let issuer = Issuer::new(algorithm);
    let rules = TokenRules { roles_claim: "realm_access.roles".to_owned(), ..rules(algorithm) };
    let verifier = TokenVerifier::with_key(rules, &issuer.verification_key()).expect("is a key");
    let principal = verifier.verify(&issuer.token(&with("realm_access", json!({ "roles": ["Admin"] }))), now());
    assert!(principal.expect("is good").has_role("Admin"));
}

#[test]
fn what_is_remembered_ends_with_the_token() {
    let algorithm = Algorithm::EdDsa;
    let issuer = Issuer::new(algorithm);
    let verifier = verifier(&issuer, algorithm);
    let token = issuer.token(&claims());
    let at = |seconds: i64| verifier.verify(&token, now().plus_micros(seconds * 1_000_000)).map(drop);
    assert_eq!(at(0), Ok(()));
    assert_eq!(at(89), Ok(()));
    assert_eq!(at(90), Err(Refused::Expired));
    assert_eq!(at(0), Ok(()));
}

#[test]
fn former_keys_are_good_until_they_are_replaced_and_not_a_moment_longer() {
    let algorithm = Algorithm::Es256;
    let (first, second) = (Issuer::new(algorithm), Issuer::new(algorithm));
    let verifier = TokenVerifier::with_changing_keys(rules(algorithm));
    let set =
        |issuer: &Issuer, kid: &str| json!({ "keys": [issuer.jwk(kid), { "kty": "oct", "k": "AAAA" }] }).to_string();
    let token = |issuer: &Issuer, kid: &str| {
        issuer.sign(&json!({ "alg": "ES256", "kid": kid }).to_string(), &claims().to_string())
    };
    let verify = |token: &str| verifier.verify(token, now()).map(|principal: Principal| drop(principal));

    assert_eq!(verify(&token(&first, "a")), Err(Refused::UnknownKey), "there are no keys yet");
    verifier.replace_keys(&set(&first, "a")).expect("are keys");
    assert_eq!(verify(&token(&first, "a")), Ok(()));
    assert_eq!(verify(&first.token(&claims())), Ok(()), "one key needs no name");
    assert_eq!(verify(&token(&second, "b")), Err(Refused::UnknownKey));
    assert_eq!(verify(&token(&second, "a")), Err(Refused::Signature));

    for wrong in ["", "{}", r#"{"keys":[]}"#, r#"{"keys":[{"kty":"oct","k":"AAAA"}]}"#, r#"{"keys":[],"keys":[]}"#] {
        assert!(verifier.replace_keys(wrong).is_err(), "{wrong}");
    }
    let twice = json!({ "keys": [first.jwk("a"), second.jwk("a")] }).to_string();
    assert!(verifier.replace_keys(&twice).is_err(), "two keys of one name");
    assert_eq!(verify(&token(&first, "a")), Ok(()), "what is wrong changes nothing");

    verifier.replace_keys(&set(&second, "b")).expect("are keys");
    assert_eq!(verify(&token(&first, "a")), Err(Refused::UnknownKey), "remembered tokens are asked again");
    assert_eq!(verify(&token(&second, "b")), Ok(()));
}

#[test]
fn an_unknown_key_is_looked_for_once_a_rest() {
    let verifier = TokenVerifier::with_changing_keys(rules(Algorithm::Es256));
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(async {
        let (waited, ()) = tokio::join!(verifier.wait_for_keys(), async {
            assert!(verifier.wants_keys());
            verifier.looked_for_keys();
        });
        assert!(waited);
        assert!(!verifier.wait_for_keys().await && !verifier.wants_keys(), "it rests");
        verifier.rested();
        let (waited, ()) = tokio::join!(verifier.wait_for_keys(), async { verifier.looked_for_keys() });
        assert!(waited);
    });
}

#[test]
fn keys_that_are_weak_or_of_another_kind_stop_the_start() {
    let read = |algorithm: Algorithm, bytes: &[u8]| TokenVerifier::with_key(rules(algorithm), bytes).map(drop);
    let [rsa, edwards, curve] = [Algorithm::Rs256, Algorithm::EdDsa, Algorithm::Es384]
        .map(|algorithm| Issuer::new(algorithm).verification_key());
    for (algorithm, key) in [(Algorithm::EdDsa, &rsa), (Algorithm::Rs256, &edwards), (Algorithm::Es256, &curve)] {
        let refused = read(algorithm, key).expect_err("is for another algorithm");
        assert!(matches!(refused, KeyError::Kind { .. } | KeyError::Weak { .. }), "{algorithm}: {refused}");
    }
    assert!(matches!(read(Algorithm::Hs256, b"secret"), Err(KeyError::Weak { expected: 256, found: 48, .. })));
    assert!(matches!(read(Algorithm::Hs256, &rsa), Err(KeyError::Form { .. })), "a public key is no secret");
    assert!(read(Algorithm::Hs256, format!("{}\n", "a".repeat(32)).as_bytes()).is_ok());
    let private = pem("PRIVATE KEY", b"abc");
    for (bytes, found) in [
        (&b"text"[..], "no `-----BEGIN`"),
        (&pem("CERTIFICATE", b"abc"), "a certificate"),
        (&private, "a private key"),
        (&pem("EC PARAMETERS", b"abc"), "`EC PARAMETERS`"),
        (&[rsa.clone(), rsa.clone()].concat(), "more than one key"),
        (b"\xff", "no text"),
    ] {
        let refused = read(Algorithm::Rs256, bytes).expect_err(found).to_string();
        assert!(refused.contains(found), "{refused}");
    }
}

/// The bytes of a key of RSA are more than those of its modulus.
#[test]
fn a_key_of_rsa_that_is_too_short_for_its_modulus_is_weak_and_another_is_none() {
    let read = |bytes: usize| {
        let key = pem("PUBLIC KEY", &vec![0; bytes]);
        TokenVerifier::with_key(rules(Algorithm::Rs256), &key).err()
    };
    let algorithm = Algorithm::Rs256;
    assert_eq!(read(255), Some(KeyError::Weak { algorithm, expected: 2048, found: 2040 }));
    assert_eq!(read(256), Some(KeyError::Kind { algorithm }));
}

#[test]
fn a_token_has_eight_kib_at_most() {
    let issuer = Issuer::new(Algorithm::Hs256);
    let verifier = verifier(&issuer, Algorithm::Hs256);
    let tokens = (5_900..6_000).map(|count| issuer.token(&with("padding", json!("p".repeat(count)))));
    let (good, long): (Vec<String>, Vec<String>) = tokens.partition(|token| token.len() <= 8 * 1024);
    let (longest, shortest) = (good.last().expect("some"), long.first().expect("some"));
    assert_eq!((longest.len(), shortest.len()), (8 * 1024, 8 * 1024 + 1));
    assert!(verifier.verify(longest, now()).is_ok());
    assert_eq!(verifier.verify(shortest, now()), Err(Refused::TooLong));
}

#[test]
fn algorithms_are_known_by_their_words() {
    for word in Algorithm::words() {
        let algorithm: Algorithm = word.parse().expect("is one");
        assert_eq!((algorithm.word(), algorithm.to_string()), (word, word.to_owned()));
        assert_eq!(algorithm.is_symmetric(), word.starts_with("HS"), "{word}");
    }
    assert_eq!(Algorithm::words().count(), 12);
    assert!("none".parse::<Algorithm>().is_err() && "hs256".parse::<Algorithm>().is_err());
}

#[test]
fn without_keys_no_token_can_be_good_and_it_is_known_why() {
    let (algorithm, issuer) = (Algorithm::Es256, Issuer::new(Algorithm::Es256));
    let verifier = TokenVerifier::with_changing_keys(rules(algorithm));
    assert_eq!(verifier.keys_failure().as_deref(), Some("there are no keys yet"));
    verifier.keys_failed("nobody answers".to_owned());
    assert_eq!(verifier.keys_failure().as_deref(), Some("nobody answers"));
    verifier.replace_keys(&json!({ "keys": [issuer.jwk("k")] }).to_string()).expect("are keys");
    assert_eq!(verifier.keys_failure(), None);
    verifier.keys_failed("nobody answers".to_owned());
    assert_eq!(verifier.keys_failure(), None, "the former keys stay");
    let token = issuer.token(&claims());
    assert!(!verifier.remembers(&token, now()));
    verifier.verify(&token, now()).expect("is good");
    assert!(verifier.remembers(&token, now()) && !verifier.remembers(&token, now().plus_micros(90_000_000)));
    let fixed = TokenVerifier::with_key(rules(algorithm), &issuer.verification_key()).expect("is a key");
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    assert!(!runtime.block_on(fixed.wait_for_keys()), "its key stays as it is");
}

/// What comes of a set with this one key.
fn set_of(algorithm: Algorithm, jwk: &Value) -> Result<KeySet, KeyError> {
    KeySet::of_jwks(&json!({ "keys": [jwk] }).to_string(), algorithm)
}

#[test]
fn a_set_has_the_keys_that_are_for_the_algorithm() {
    let algorithms = [Algorithm::Rs256, Algorithm::Ps256, Algorithm::Es256, Algorithm::Es384, Algorithm::EdDsa];
    // Keys of RSA take a while to make.
    let keys = algorithms.map(|algorithm| (algorithm, Issuer::new(algorithm).jwk("k")));
    let key = |wanted: Algorithm| keys.iter().find(|(algorithm, _)| *algorithm == wanted).expect("is made").1.clone();
    let check = |algorithm: Algorithm, name: &str, value: Value, refused: Option<&str>| {
        let mut jwk = key(algorithm);
        match &value {
            Value::Null => drop(jwk.as_object_mut().expect("an object").remove(name)),
            value => jwk[name] = value.clone(),
        }
        match (set_of(algorithm, &jwk), refused) {
            (Ok(_), None) => {}
            (Err(error), Some(words)) if error.to_string().contains(words) => {}
            (found, _) => panic!("{algorithm} {name} {value}: {found:?}"),
        }
    };
    for algorithm in algorithms {
        let none = Some("no key for");
        for (name, value) in [("use", json!("enc")), ("alg", json!("HS256")), ("key_ops", json!(["sign"]))] {
            check(algorithm, name, value, none);
            check(algorithm, name, Value::Null, None);
        }
        check(algorithm, "key_ops", json!(["sign", "verify"]), None);
        check(algorithm, "kid", json!("a b"), Some("no identifier"));
        check(algorithm, "kid", json!(7), Some("no identifier"));
        for kty in ["oct", "RSA", "EC", "OKP"] {
            check(algorithm, "kty", json!(kty), if key(algorithm)["kty"] == kty { None } else { none });
        }
    }
    for (algorithm, crv) in [(Algorithm::Es256, "P-384"), (Algorithm::Es384, "P-256"), (Algorithm::EdDsa, "Ed448")] {
        check(algorithm, "crv", json!(crv), Some("no key for"));
    }
    for (name, bytes) in [("x", 31), ("y", 31), ("x", 33), ("y", 33)] {
        check(Algorithm::Es256, name, json!(base64::encode(&vec![1; bytes])), Some("none that checks ES256"));
    }
    let weak = set_of(Algorithm::Rs256, &json!({ "kty": "RSA", "n": base64::encode(&[0xC1; 255]), "e": "AQAB" }));
    assert_eq!(weak.err(), Some(KeyError::Weak { algorithm: Algorithm::Rs256, expected: 2048, found: 2040 }));
}

#[test]
fn a_set_has_a_hundred_keys_at_most_and_is_itself() {
    let issuer = Issuer::new(Algorithm::EdDsa);
    let set = |count: usize| {
        let keys: Vec<Value> = (0..count).map(|number| issuer.jwk(&format!("k{number}"))).collect();
        KeySet::of_jwks(&json!({ "keys": keys }).to_string(), Algorithm::EdDsa)
    };
    assert!(set(100).is_ok());
    assert!(set(101).is_err_and(|error| error.to_string().contains("100 are taken")));
    assert_eq!(set(2).expect("is one"), set(2).expect("is one"));
    let other = set_of(Algorithm::EdDsa, &Issuer::new(Algorithm::EdDsa).jwk("k0")).expect("is one");
    assert_ne!(set(1).expect("is one"), other);
    assert_eq!(format!("{other:?}"), "[Some(\"k0\")]");
}
