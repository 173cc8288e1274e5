//! From a code to tokens (RFC 6749, 4.1.3; OpenID Connect Core, 3.1.3).

use serde_json::{Map, Value};

use super::discovery::Metadata;
use super::flow::Flow;
use super::url::{encoded, form};
use super::{Ask, LoginError, Provider, Reply};
use crate::base64;
use crate::token::strict;

const WORD_BYTES_MAX: usize = 64;

/// What is had for a code.
pub(super) struct Tokens {
    pub(super) id_token: String,
    pub(super) access_token: Option<String>,
}

impl Provider {
    /// Asks for the tokens of a code, and shows that it was we who had it made: by the verifier, and by the secret if there is one.
    pub(super) fn exchange(&self, metadata: &Metadata, code: &str, flow: &Flow) -> Ask {
        let mut members = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", self.redirect()),
            ("code_verifier", flow.verifier.as_str()),
        ];
        let id = self.rules().client_id.as_str();
        let secret = self.secret();
        let mut authorization = None;
        match secret {
            Some(secret) if !metadata.is_secret_posted => {
                // RFC 6749, 2.3.1: both are encoded as in a form before they are joined.
                let pair = format!("{}:{}", encoded(id), encoded(secret));
                authorization = Some(format!("Basic {}", base64::encode_padded(pair.as_bytes())));
            }
            Some(secret) => members.extend([("client_id", id), ("client_secret", secret)]),
            None => members.push(("client_id", id)),
        }
        Ask { url: metadata.token_endpoint.clone(), form: Some(form(&members)), authorization }
    }
}

/// The tokens of an answer, or why there are none. A code that is nobody's is the caller's doing; everything else is the provider's, or ours.
pub(super) fn tokens(reply: &Reply) -> Result<Tokens, LoginError> {
    let members = strict::object(&reply.body);
    let text = |name: &str| members.as_ref().and_then(|members: &Map<String, Value>| members.get(name)?.as_str());
    match (reply.status, text("id_token"), text("error")) {
        (200, Some(id_token), _) => {
            Ok(Tokens { id_token: id_token.to_owned(), access_token: text("access_token").map(str::to_owned) })
        }
        (400..=499, _, Some("invalid_grant")) => Err(LoginError::Denied("invalid_grant".to_owned())),
        _ => Err(LoginError::Unavailable),
    }
}

/// A word of the standard as it may be shown: what else stands there is whoever's who wrote the address.
pub(super) fn word(error: &str) -> String {
    let is_word = error.len() <= WORD_BYTES_MAX && error.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    if is_word { error.to_owned() } else { "an error".to_owned() }
}
