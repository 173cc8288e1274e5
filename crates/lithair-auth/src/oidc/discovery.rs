//! What a provider says of itself (OpenID Connect Discovery 1.0, 3; RFC 8414, 2).

use serde_json::{Map, Value};

use super::url::server_of;
use super::{LoginError, ProviderRules};
use crate::Refused;
use crate::token::strict;

/// Where a provider's endpoints are, and how it is talked to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Metadata {
    pub(super) authorization_endpoint: String,
    pub(super) token_endpoint: String,
    pub(super) jwks_uri: String,
    /// Whether a secret goes into the form instead of the header.
    pub(super) is_secret_posted: bool,
    /// Whether it says who answers (RFC 9207, 3).
    says_issuer: bool,
}

impl Metadata {
    /// What a document says, if it is the provider's and the provider can do what is needed; otherwise why not, for operators.
    pub(super) fn of(document: &[u8], rules: &ProviderRules, has_secret: bool) -> Result<Self, String> {
        let document = strict::object(document).ok_or("the discovery document is no JSON object")?;
        // RFC 8414, 3.3: whoever answers for another one is none.
        let issuer = document.get("issuer").and_then(Value::as_str).unwrap_or_default();
        if issuer != rules.issuer {
            return Err(format!("the discovery document is that of the issuer {issuer:?}, not of {:?}", rules.issuer));
        }
        // The settings have seen to it that plain HTTP is this machine.
        let is_here = rules.issuer.starts_with("http:");
        let endpoint = |name: &str| {
            let url = document.get(name).and_then(Value::as_str).ok_or_else(|| format!("there is no `{name}`"))?;
            match server_of(url) {
                // A provider of the internet has no business on this machine.
                Some(server) if server.starts_with("https:") || is_here => Ok(url.to_owned()),
                _ => Err(format!("`{name}` is {url:?}: expected https://")),
            }
        };
        offers(&document, "response_types_supported", "code")?;
        offers(&document, "id_token_signing_alg_values_supported", rules.algorithm.word())?;
        Ok(Self {
            authorization_endpoint: endpoint("authorization_endpoint")?,
            token_endpoint: endpoint("token_endpoint")?,
            jwks_uri: endpoint("jwks_uri")?,
            is_secret_posted: has_secret && is_posted(&document)?,
            says_issuer: document.get("authorization_response_iss_parameter_supported") == Some(&Value::Bool(true)),
        })
    }

    /// Whether an answer is that of the provider which was asked: another one might have sent the browser here (RFC 9207, 2.4).
    pub(super) fn is_from(&self, issuer: &str, said: Option<&str>) -> Result<(), LoginError> {
        match said {
            Some(said) if said == issuer => Ok(()),
            None if !self.says_issuer => Ok(()),
            _ => Err(LoginError::Refused(Refused::Issuer)),
        }
    }
}

/// Whether a list has a word, or is not there.
fn offers(document: &Map<String, Value>, list: &str, word: &str) -> Result<(), String> {
    match document.get(list).and_then(Value::as_array) {
        Some(words) if !words.iter().any(|other| other == word) => {
            let words: Vec<&str> = words.iter().filter_map(Value::as_str).collect();
            Err(format!("`{list}` is {}, without {word}", words.join(", ")))
        }
        _ => Ok(()),
    }
}

/// How the secret travels: in the header, if nothing is said (OpenID Connect Discovery, 3).
fn is_posted(document: &Map<String, Value>) -> Result<bool, String> {
    const LIST: &str = "token_endpoint_auth_methods_supported";
    match (offers(document, LIST, "client_secret_basic"), offers(document, LIST, "client_secret_post")) {
        (Ok(()), _) => Ok(false),
        (Err(_), Ok(())) => Ok(true),
        (Err(reason), Err(_)) => Err(reason),
    }
}
