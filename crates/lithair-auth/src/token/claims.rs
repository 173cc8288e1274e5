//! What a token says: who, from whom, for whom, and when (RFC 7519, 4.1).

use std::collections::BTreeSet;

use lithair_model::{Credential, Identity, Principal, Scopes, Timestamp};
use serde_json::{Map, Value};

use super::{LEEWAY_SECONDS, TokenRules, strict};
use crate::Refused;

/// OpenID Connect Core, 2: a subject has at most so many characters.
const SUBJECT_BYTES_MAX: usize = 255;

/// The year 9999: what comes later is not a time but a mistake, or a way to overflow.
const SECONDS_MAX: f64 = 253_402_300_799.0;

/// Whom the claims speak of, and until when they may be believed.
pub(super) fn judge(payload: &[u8], rules: &TokenRules, now: Timestamp) -> Result<(Principal, Timestamp), Refused> {
    let claims = strict::object(payload).ok_or(Refused::Claims)?;
    let expires = time(&claims, "exp")?.ok_or(Refused::MissingClaim)?;
    let leeway = LEEWAY_SECONDS * 1_000_000;
    let end = expires.plus_micros(leeway);
    if now >= end {
        return Err(Refused::Expired);
    }
    let is_to_come = |time: Option<Timestamp>| time.is_some_and(|time| time > now.plus_micros(leeway));
    if is_to_come(time(&claims, "nbf")?) || is_to_come(time(&claims, "iat")?) {
        return Err(Refused::NotYet);
    }
    if text(&claims, "iss")?.ok_or(Refused::MissingClaim)? != rules.issuer {
        return Err(Refused::Issuer);
    }
    let audiences = texts(claims.get("aud").ok_or(Refused::MissingClaim)?)?;
    if !audiences.contains(&rules.audience.as_str()) {
        return Err(Refused::Audience);
    }
    let subject = text(&claims, "sub")?.ok_or(Refused::MissingClaim)?;
    if !is_identifier(subject) {
        return Err(Refused::BadClaim);
    }
    let identity = identity(&claims, subject, rules)?.until(end).with_claims(claims);
    Ok((identity.into(), end))
}

fn identity(claims: &Map<String, Value>, subject: &str, rules: &TokenRules) -> Result<Identity, Refused> {
    let mut identity = Identity::new(Credential::Token, subject);
    if let Some(id) = text(claims, "jti")? {
        let id = if is_identifier(id) { id } else { return Err(Refused::BadClaim) };
        identity = identity.with_credential_id(id);
    }
    if let Some(roles) = found(claims, &rules.roles_claim) {
        identity = identity.with_roles(texts(roles)?.into_iter().map(str::to_owned));
    }
    identity = match found(claims, &rules.tenant_claim) {
        None if rules.needs_tenant => return Err(Refused::MissingClaim),
        None | Some(Value::Null) => identity,
        Some(Value::String(tenant)) if is_identifier(tenant) => identity.of_tenant(tenant),
        Some(Value::Number(tenant)) => identity.of_tenant(&tenant.to_string()),
        Some(_) => return Err(Refused::BadClaim),
    };
    // RFC 8693, 4.2: one text, parts divided by spaces.
    let scopes = text(claims, "scope")?.unwrap_or_default().split(' ').filter(|scope| !scope.is_empty());
    let scopes: BTreeSet<String> = scopes.map(str::to_owned).collect();
    Ok(identity.with_scopes(Scopes::Only(scopes)))
}

/// A claim by its name; if none has it, dots lead into objects.
fn found<'c>(claims: &'c Map<String, Value>, name: &str) -> Option<&'c Value> {
    claims.get(name).or_else(|| {
        let (first, rest) = name.split_once('.')?;
        rest.split('.').try_fold(claims.get(first)?, |value, part| value.get(part))
    })
}

fn text<'c>(claims: &'c Map<String, Value>, name: &str) -> Result<Option<&'c str>, Refused> {
    match claims.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(Refused::BadClaim),
    }
}

/// One text, or a list of texts.
fn texts(value: &Value) -> Result<Vec<&str>, Refused> {
    match value {
        Value::String(text) => Ok(vec![text]),
        Value::Array(items) => items.iter().map(|item| item.as_str().ok_or(Refused::BadClaim)).collect(),
        _ => Err(Refused::BadClaim),
    }
}

/// A NumericDate: seconds, perhaps with a fraction.
fn time(claims: &Map<String, Value>, name: &str) -> Result<Option<Timestamp>, Refused> {
    let Some(value) = claims.get(name) else { return Ok(None) };
    let seconds = value.as_f64().filter(|seconds| (0.0..=SECONDS_MAX).contains(seconds)).ok_or(Refused::BadClaim)?;
    #[expect(clippy::cast_possible_truncation, reason = "in range, and less than a microsecond does not matter")]
    Ok(Some(Timestamp::from_micros((seconds * 1e6) as i64)))
}

/// What may stand in an entry of the log, and in a line of a terminal.
pub(super) fn is_identifier(text: &str) -> bool {
    (1..=SUBJECT_BYTES_MAX).contains(&text.len()) && !text.chars().any(char::is_control)
}
