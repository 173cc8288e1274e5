//! Who asks: credentials that are good, and the one answer to those that are not.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use lithair_auth::testing::Issuer;
use lithair_auth::{Algorithm, TokenRules, TokenVerifier, base64};
use serde_json::{Value, json};

use crate::client::{Response, Service};

fn seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs()
}

fn claims() -> Value {
    claims_of("alice")
}

pub(crate) fn claims_of(subject: &str) -> Value {
    json!({ "iss": "issuer", "aud": "shop", "sub": subject, "exp": seconds() + 3600 })
}

/// What trusts this issuer.
pub(crate) fn verifier(issuer: &Issuer, algorithm: Algorithm) -> Arc<TokenVerifier> {
    let text = |text: &str| text.to_owned();
    let rules = TokenRules {
        algorithm,
        issuer: text("issuer"),
        audience: text("shop"),
        roles_claim: text("roles"),
        tenant_claim: text("tenant"),
        needs_tenant: false,
    };
    Arc::new(TokenVerifier::with_key(rules, &issuer.verification_key()).expect("is a key"))
}

/// A server that trusts this issuer.
fn trusting(issuer: &Issuer, algorithm: Algorithm, failures_per_minute: u32) -> Service {
    let tokens = verifier(issuer, algorithm);
    Service::with(|config| {
        config.auth.tokens = Some(tokens);
        config.auth.failures_per_minute = failures_per_minute;
    })
}

fn with_authorization(service: &Service, value: &str) -> Response {
    service.send(&format!("GET /api/tags\nauthorization: {value}"))
}

/// The body, less what names the request.
fn body(response: &Response) -> Value {
    let mut body = response.json();
    body.as_object_mut().expect("a problem").remove("request_id");
    body
}

#[test]
fn every_credential_that_proves_nothing_gets_one_and_the_same_answer() {
    let issuer = Issuer::new(Algorithm::Rs256);
    let service = trusting(&issuer, Algorithm::Rs256, 1_000);
    let good = issuer.token(&claims());
    // The word for it is written as one likes (RFC 9110, 11.1).
    for scheme in ["Bearer", "bearer", "BEARER"] {
        assert_eq!(with_authorization(&service, &format!("{scheme} {good}")).status, 200);
    }
    let [header, payload, signature] = good.split('.').collect::<Vec<_>>()[..] else { panic!("three parts") };
    let changed = |name: &str, value: Value| {
        let mut claims = claims();
        claims[name] = value;
        issuer.token(&claims)
    };
    let headed = |header: &str| issuer.sign(header, &claims().to_string());
    let public = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, &issuer.verification_key());
    let head = format!("{}.{payload}", base64::encode(br#"{"alg":"HS256"}"#));
    let confused = format!("{head}.{}", base64::encode(aws_lc_rs::hmac::sign(&public, head.as_bytes()).as_ref()));
    let bearer = [
        format!("{}.{payload}.", base64::encode(br#"{"alg":"none"}"#)),
        format!("{}.{payload}.{signature}", base64::encode(br#"{"alg":"none"}"#)),
        confused,
        headed(r#"{"alg":"RS256","kid":"../../etc/passwd"}"#),
        headed(r#"{"alg":"RS256","jku":"http://127.0.0.1/"}"#),
        headed(r#"{"alg":"RS256","x5u":"http://127.0.0.1/"}"#),
        headed(r#"{"alg":"RS256","jwk":{"kty":"RSA"}}"#),
        headed(r#"{"alg":"RS256","typ":"logout+jwt"}"#),
        headed(r#"{"alg":"RS256","alg":"RS256"}"#),
        changed("exp", json!(seconds() - 3600)),
        changed("exp", json!("never")),
        changed("nbf", json!(seconds() + 3600)),
        changed("aud", json!("other")),
        changed("iss", json!("other")),
        changed("sub", json!(null)),
        issuer.sign(r#"{"alg":"RS256"}"#, &claims().to_string().replacen('{', r#"{"sub":"admin","#, 1)),
        Issuer::new(Algorithm::Rs256).token(&claims()),
        format!("{header}.{payload}.{}", base64::encode(&[0; 256])),
        format!("{good}AAAA"),
        format!("{header}.{payload}.{signature}=="),
        format!(" {good}"),
        format!("{header}.{}.{signature}", "A".repeat(9_000)),
        "lth_live_abc_def_00000000".to_owned(),
        String::new(),
    ];
    let mut answers: Vec<(String, Response)> = Vec::new();
    for value in bearer.iter().map(|token| format!("Bearer {token}")) {
        let answer = with_authorization(&service, &value);
        answers.push((value, answer));
    }
    for value in ["Bearer", "Basic YWRtaW46YWRtaW4=", "Digest x", "bearer x y", &good] {
        answers.push((value.to_owned(), with_authorization(&service, value)));
    }
    let twice = format!("GET /api/tags\nauthorization: Bearer {good}\nauthorization: Bearer {good}");
    answers.push((twice.clone(), service.send(&twice)));

    let first = body(&answers[0].1);
    assert_eq!(first["code"], "unauthenticated");
    for (credential, answer) in &answers {
        assert_eq!((answer.status, body(answer)), (401, first.clone()), "{credential}");
        assert_eq!(answer.header("www-authenticate"), "Bearer realm=\"lithair\", error=\"invalid_token\"");
        assert_eq!(answer.header("cache-control"), "no-store");
    }
    let metrics = service.send("GET /metrics").text();
    for reason in ["algorithm", "header_member", "expired", "signature", "audience", "too_long", "malformed"] {
        assert!(metrics.contains(&format!("lithair_auth_refused_total{{reason=\"{reason}\"}}")), "{reason}: {metrics}");
    }
    assert!(!metrics.contains(payload));
    assert!(!metrics.contains("reason=\"revoked\""), "what has not happened has no counter: {metrics}");
}

#[test]
fn without_a_credential_a_request_is_anonymous_and_with_a_bad_one_it_is_nobodys() {
    let service = Service::start();
    assert_eq!(service.send("GET /api/tags").status, 200);
    assert_eq!(service.send("GET /api/tags").header("cache-control"), "");
    // What a browser keeps may be a session: the answer is no cache's to keep.
    let kept = service.send("GET /api/tags\ncookie: a=b");
    assert_eq!((kept.status, kept.header("cache-control")), (200, "no-store"));
    // A server that trusts nobody knows no good credential, and does not take its bearer for the anonymous.
    for request in ["GET /api/tags", "GET /health/ready", "DELETE /api/tags/1", "GET /_lithair/openapi.json"] {
        assert_eq!(service.send(&format!("{request}\nauthorization: Bearer a.b.c")).verdict(), "401 unauthenticated");
    }
}

#[test]
fn the_past_says_who_it_was_and_a_cursor_is_for_whom_it_was_given() {
    let issuer = Issuer::new(Algorithm::EdDsa);
    let service = trusting(&issuer, Algorithm::EdDsa, 10);
    let send = |subject: &str, request: &str| {
        let mut claims = claims();
        claims["sub"] = subject.into();
        let (line, rest) = request.split_once('\n').unwrap_or((request, ""));
        service.send(&format!("{line}\nauthorization: Bearer {}\n{rest}", issuer.token(&claims)))
    };
    for id in ["1", "2"] {
        let created = send("alice", &format!("POST /api/tags\n\n{{\"name\":\"{id}\"}}"));
        assert_eq!(created.status, 201, "{}", created.text());
    }
    let page = send("alice", "GET /api/tags?limit=1").json();
    let cursor = page["next_cursor"].as_str().expect("there is more");
    let next = format!("GET /api/tags?limit=1&cursor={cursor}");
    assert_eq!(send("alice", &next).status, 200);
    assert_eq!(send("bob", &next).verdict(), "400 bad-cursor");
    assert_eq!(service.send(&next).verdict(), "400 bad-cursor");
}

#[test]
fn guesses_are_limited_and_keep_nobody_out_who_is_known() {
    let issuer = Issuer::new(Algorithm::EdDsa);
    let service = trusting(&issuer, Algorithm::EdDsa, 5);
    let good = format!("Bearer {}", issuer.token(&claims()));
    assert_eq!(with_authorization(&service, &good).status, 200);
    // The minute may turn once meanwhile, and then counting begins again.
    let answers: Vec<Response> = (0..12).map(|_| with_authorization(&service, "Bearer a.b.c")).collect();
    let refused: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
    assert!(refused.contains(&429) && refused.iter().all(|status| [401, 429].contains(status)), "{refused:?}");
    assert!(answers.iter().all(|answer| answer.status == 401 || answer.header("retry-after") == "60"));
    assert_eq!(with_authorization(&service, &good).status, 200);
    assert_eq!(service.send("GET /api/tags").status, 200);
}
