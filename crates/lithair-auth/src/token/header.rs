//! The header of a token (RFC 7515, 4.1), which says nothing that is believed.

use serde_json::Value;

use super::{Algorithm, strict};
use crate::Refused;

/// What a header may not have: keys that the token brings itself, places to get them from, and demands that are not understood.
const FORBIDDEN: [&str; 9] = ["jku", "jwk", "x5u", "x5c", "crit", "b64", "zip", "enc", "cty"];

/// Types of access tokens (RFC 7519, 5.1; RFC 9068, 2.1). Other types are tokens for other uses, signed by the same keys.
pub(super) const ACCESS_TOKEN: &[&str] = &["jwt", "at+jwt", "application/at+jwt"];

/// OpenID Connect gives its tokens no type of their own.
pub(super) const ID_TOKEN: &[&str] = &["jwt"];

const KID_BYTES_MAX: usize = 256;

/// The identifier of the key that is said to have signed, if the header is one of a token of such a type by this algorithm.
pub(super) fn judge(header: &[u8], algorithm: Algorithm, types: &[&str]) -> Result<Option<String>, Refused> {
    let header = strict::object(header).ok_or(Refused::Header)?;
    if FORBIDDEN.iter().any(|name| header.contains_key(*name)) {
        return Err(Refused::HeaderMember);
    }
    if header.get("alg").and_then(Value::as_str) != Some(algorithm.word()) {
        return Err(Refused::Algorithm);
    }
    let is_one = |typ: &str| types.iter().any(|known| known.eq_ignore_ascii_case(typ));
    match header.get("typ") {
        None => {}
        Some(Value::String(typ)) if is_one(typ) => {}
        Some(_) => return Err(Refused::Type),
    }
    match header.get("kid") {
        None => Ok(None),
        Some(Value::String(kid)) if is_key_identifier(kid) => Ok(Some(kid.clone())),
        Some(_) => Err(Refused::KeyIdentifier),
    }
}

/// Letters of base64, of UUIDs, of URLs: nothing that means anything to a shell, a path resolver or a database.
pub(super) fn is_key_identifier(kid: &str) -> bool {
    let sound = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/=:@".contains(&byte);
    (1..=KID_BYTES_MAX).contains(&kid.len()) && kid.bytes().all(sound) && !kid.contains("..")
}
