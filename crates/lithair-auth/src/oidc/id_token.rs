//! Who has logged in (OpenID Connect Core, 3.1.3.7).

use aws_lc_rs::digest::{Algorithm as Hash, SHA256, SHA384, SHA512, digest};
use lithair_model::{Identity, Principal, Timestamp};
use serde_json::Value;

use super::exchange::Tokens;
use super::flow::Flow;
use super::{Proven, Provider};
use crate::accounts::known_email;
use crate::admin::{WORDS_MAX, is_word};
use crate::{Algorithm, Refused, base64};

/// It comes from the provider and goes through no header, and may name the groups of somebody who has many.
const ID_TOKEN_BYTES_MAX: usize = 64 * 1024;

/// Whom the token of this login speaks of. Signature, issuer, audience and time are the verifier's to check; what follows is what makes it the
/// answer to this question and no other.
pub(super) fn judge(provider: &Provider, tokens: &Tokens, flow: &Flow, now: Timestamp) -> Result<Proven, Refused> {
    if tokens.id_token.len() > ID_TOKEN_BYTES_MAX {
        return Err(Refused::TooLong);
    }
    let principal = provider.verifier().verify_once(&tokens.id_token, now)?;
    let identity = principal.identity().ok_or(Refused::MissingClaim)?;
    let text = |name: &str| match identity.claims().get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.as_str())),
        Some(_) => Err(Refused::BadClaim),
    };
    if !flow.has_nonce(text("nonce")?.ok_or(Refused::Nonce)?) {
        return Err(Refused::Nonce);
    }
    if principal.claim("iat").is_none() {
        return Err(Refused::MissingClaim);
    }
    is_for_us(&principal, text("azp")?, &provider.rules().client_id)?;
    if let Some(kept) = text("at_hash")? {
        let access_token = tokens.access_token.as_deref().ok_or(Refused::BadClaim)?;
        is_hash(access_token, kept, provider.rules().algorithm)?;
    }
    proven(provider, identity, text("email")?, text("name")?)
}

/// A token for several audiences was asked for by one of them, which has to be us.
fn is_for_us(principal: &Principal, authorized: Option<&str>, client_id: &str) -> Result<(), Refused> {
    let has_several = principal.claim("aud").and_then(Value::as_array).is_some_and(|audiences| audiences.len() > 1);
    match authorized {
        Some(authorized) if authorized == client_id => Ok(()),
        None if !has_several => Ok(()),
        _ => Err(Refused::Audience),
    }
}

/// OpenID Connect Core, 3.1.3.6: the left half of the hash that the signature is made with.
fn is_hash(access_token: &str, kept: &str, algorithm: Algorithm) -> Result<(), Refused> {
    let hash = digest(hash_of(algorithm), access_token.as_bytes());
    let left = &hash.as_ref()[..hash.as_ref().len() / 2];
    if base64::encode(left) == kept { Ok(()) } else { Err(Refused::BadClaim) }
}

fn hash_of(algorithm: Algorithm) -> &'static Hash {
    match algorithm {
        Algorithm::Hs256 | Algorithm::Rs256 | Algorithm::Ps256 | Algorithm::Es256 => &SHA256,
        Algorithm::Hs384 | Algorithm::Rs384 | Algorithm::Ps384 | Algorithm::Es384 => &SHA384,
        // Ed25519 is made with SHA-512.
        Algorithm::Hs512 | Algorithm::Rs512 | Algorithm::Ps512 | Algorithm::EdDsa => &SHA512,
    }
}

fn proven(
    provider: &Provider,
    identity: &Identity,
    email: Option<&str>,
    name: Option<&str>,
) -> Result<Proven, Refused> {
    let rules = provider.rules();
    // An address is one if the provider has seen that they read mail to it: anybody may write any address into a form.
    let is_verified = identity.claims().get("email_verified") == Some(&Value::Bool(true));
    let roles: Vec<String> = identity.roles().iter().cloned().collect();
    if roles.len() > WORDS_MAX || !roles.iter().map(String::as_str).chain(identity.tenant()).all(is_word) {
        return Err(Refused::BadClaim);
    }
    Ok(Proven {
        issuer: rules.issuer.clone(),
        subject: identity.subject().to_owned(),
        email: email.filter(|_| is_verified).and_then(known_email),
        name: name.filter(|name| is_word(name)).map(str::to_owned),
        roles: (!rules.roles_claim.is_empty()).then_some(roles),
        tenant: (!rules.tenant_claim.is_empty()).then(|| identity.tenant().map(str::to_owned)),
    })
}
