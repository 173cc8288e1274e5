//! A provider: what the settings say of it, and what it has said of itself.

use std::fmt;
use std::sync::Arc;

use parking_lot::{Mutex, RwLock};

use super::discovery::Metadata;
use super::flow::Flow;
use super::url::{form, is_local_path};
use super::{Ask, Reply};
use crate::{Algorithm, TokenRules, TokenVerifier};

/// What is said of a provider in the settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderRules {
    /// What it is called here: a part of paths.
    pub name: String,
    /// `iss`, exactly.
    pub issuer: String,
    /// As whom the provider knows this server.
    pub client_id: String,
    /// What is asked for: words of which `openid` is one.
    pub scopes: String,
    /// The one algorithm that ID tokens are signed by.
    pub algorithm: Algorithm,
    /// The claim that names roles; empty if the provider is not asked about these.
    pub roles_claim: String,
    /// The claim that names the tenant; empty if the provider is not asked about that.
    pub tenant_claim: String,
    /// What the paths begin with that a browser may be sent to after a login; the first is where it goes if nobody says.
    pub return_to: Vec<String>,
    /// Whether somebody who has no account here gets one.
    pub creates_users: bool,
    /// Whether somebody who is known by their address alone, which the provider has verified, gets the account of that address.
    pub links_by_email: bool,
}

/// What the provider knows this server by.
#[derive(Clone, PartialEq, Eq)]
pub struct ClientSecret(String);

impl ClientSecret {
    /// The text of a file; a line feed at the end is the editor's. None if there is nothing else.
    pub fn of(text: &str) -> Option<Self> {
        let text = text.strip_suffix('\n').unwrap_or(text);
        let text = text.strip_suffix('\r').unwrap_or(text);
        let is_sound = !text.is_empty() && !text.chars().any(char::is_control);
        is_sound.then(|| Self(text.to_owned()))
    }
}

impl fmt::Debug for ClientSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientSecret(..)")
    }
}

/// A provider, and what it has said of itself.
#[derive(Debug)]
pub struct Provider {
    rules: ProviderRules,
    secret: Option<ClientSecret>,
    /// Where it sends browsers back to: different for each provider, so that none can answer for another.
    redirect: String,
    verifier: TokenVerifier,
    metadata: RwLock<Option<Arc<Metadata>>>,
    /// Why it was not to be had when it was asked last.
    failure: Mutex<Option<String>>,
}

impl Provider {
    /// One that nothing is known of but its settings. Without a secret, this server is a public client of it.
    pub fn new(rules: ProviderRules, secret: Option<ClientSecret>, redirect: String) -> Self {
        let verifier = TokenVerifier::of_id_tokens(TokenRules {
            algorithm: rules.algorithm,
            issuer: rules.issuer.clone(),
            audience: rules.client_id.clone(),
            roles_claim: rules.roles_claim.clone(),
            tenant_claim: rules.tenant_claim.clone(),
            needs_tenant: !rules.tenant_claim.is_empty(),
        });
        Self { rules, secret, redirect, verifier, metadata: RwLock::new(None), failure: Mutex::new(None) }
    }

    /// What it is called here.
    pub fn name(&self) -> &str {
        &self.rules.name
    }

    /// What is said of it.
    pub const fn rules(&self) -> &ProviderRules {
        &self.rules
    }

    pub(super) fn issuer(&self) -> &str {
        &self.rules.issuer
    }

    pub(super) fn redirect(&self) -> &str {
        &self.redirect
    }

    pub(super) fn secret(&self) -> Option<&str> {
        self.secret.as_ref().map(|secret| secret.0.as_str())
    }

    /// What checks its ID tokens; whoever looks for keys asks it whether somebody wants them.
    pub const fn verifier(&self) -> &TokenVerifier {
        &self.verifier
    }

    pub(super) fn metadata(&self) -> Option<Arc<Metadata>> {
        self.metadata.read().clone()
    }

    /// Asks what the provider says of itself.
    pub fn ask_for_metadata(&self) -> Ask {
        Ask::document(format!("{}/.well-known/openid-configuration", self.rules.issuer.trim_end_matches('/')))
    }

    /// Takes what the provider says of itself; what is asked next: its keys.
    ///
    /// # Errors
    /// Why it is not taken, for operators. What was taken before stays.
    pub fn take_metadata(&self, reply: &Reply) -> Result<Ask, String> {
        let metadata = document(reply).and_then(|body| Metadata::of(body, &self.rules, self.secret.is_some()))?;
        let ask = Ask::document(metadata.jwks_uri.clone());
        *self.metadata.write() = Some(Arc::new(metadata));
        Ok(ask)
    }

    /// Takes the provider's keys.
    ///
    /// # Errors
    /// Why they are not taken, for operators. Those that were taken before stay.
    pub fn take_keys(&self, reply: &Reply) -> Result<(), String> {
        let body = document(reply)?;
        let text = std::str::from_utf8(body).map_err(|error| error.to_string())?;
        self.verifier.replace_keys(text).map_err(|error| error.to_string())?;
        *self.failure.lock() = None;
        Ok(())
    }

    /// The provider was asked in vain.
    pub fn failed(&self, reason: String) {
        *self.failure.lock() = Some(reason);
    }

    /// Why nobody can log in through it, if so: it has not said where its pages are, or has shown no keys yet.
    pub fn failing_check(&self) -> Option<String> {
        if self.metadata.read().is_some() && self.verifier.keys_failure().is_none() {
            return None;
        }
        Some(self.failure.lock().clone().unwrap_or_else(|| "the provider has not been reached yet".to_owned()))
    }

    /// Whether a browser may be sent there after a login.
    pub fn returns_to(&self, path: &str) -> bool {
        is_local_path(path) && self.rules.return_to.iter().any(|allowed| is_below(path, allowed))
    }

    /// Where a browser is sent if nobody says.
    pub fn return_to(&self) -> &str {
        self.rules.return_to.first().map_or("/", String::as_str)
    }

    /// The page where somebody logs in (OpenID Connect Core, 3.1.2.1).
    pub(super) fn page(&self, metadata: &Metadata, flow: &Flow) -> String {
        let query = form(&[
            ("response_type", "code"),
            ("client_id", &self.rules.client_id),
            ("redirect_uri", &self.redirect),
            ("scope", &self.rules.scopes),
            ("state", &flow.state),
            ("nonce", flow.nonce()),
            ("code_challenge", &flow.challenge()),
            ("code_challenge_method", "S256"),
        ]);
        let joint = if metadata.authorization_endpoint.contains('?') { '&' } else { '?' };
        format!("{}{joint}{query}", metadata.authorization_endpoint)
    }
}

/// Whether a path is the one that is allowed, or below it: `/app` allows `/app/x` and `/app?x`, and not `/apple`.
fn is_below(path: &str, allowed: &str) -> bool {
    path.strip_prefix(allowed)
        .is_some_and(|rest| allowed.ends_with('/') || rest.is_empty() || rest.starts_with(['/', '?']))
}

/// The body of a document that was found. A redirect is none: whoever can send us elsewhere is not the provider.
fn document(reply: &Reply) -> Result<&[u8], String> {
    if reply.status == 200 { Ok(&reply.body) } else { Err(format!("the answer is {}", reply.status)) }
}
