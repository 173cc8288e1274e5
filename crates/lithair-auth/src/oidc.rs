//! Logging in through a provider: the code flow of OpenID Connect Core 1.0, with PKCE (RFC 7636), `state`, `nonce` and `iss` (RFC 9207).
//!
//! ```text
//! browser  -> begin  : state, nonce, verifier -> a sealed cookie, and a redirect to the provider
//! provider -> finish : cookie, state, iss     -> whose answer it is, to which browser
//!                      code, verifier         -> the provider's tokens
//!                      ID token               -> signature, iss, aud, exp, nonce -> Proven -> an account's session
//! ```
//!
//! Nothing is kept of logins that were begun: the browser has it, sealed, so a flood of them fills nothing. This crate knows no HTTP;
//! what goes to the provider is an [`Ask`], and whoever carries it is a [`Web`].

mod discovery;
mod exchange;
mod flow;
mod id_token;
mod provider;
#[cfg(test)]
mod tests;
mod url;
mod web;

use std::sync::Arc;
use std::time::Duration;

use lithair_model::Timestamp;
use thiserror::Error;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use self::flow::Flow;
pub use self::flow::LOGIN_SECONDS;
pub use self::provider::{ClientSecret, Provider, ProviderRules};
pub use self::url::{is_local_path, is_loopback, server_of};
pub use self::web::{ANSWER_BYTES_MAX, Ask, Reply, Sent, Web, WebError};
use crate::Refused;
use crate::seal::Seal;

/// Codes that are exchanged at a time, of all providers: a slow provider is not to hold whatever comes.
const EXCHANGES_MAX: usize = 64;
/// How long a login waits for keys of the provider, if nobody looked for them a moment ago.
const KEYS_WAIT_MAX: Duration = Duration::from_secs(2);

/// The providers of a server.
#[derive(Debug)]
pub struct Oidc {
    providers: Vec<Arc<Provider>>,
    web: Arc<dyn Web>,
    seal: Seal,
    exchanges: Semaphore,
}

/// Where a browser is sent, and what it is to keep meanwhile.
#[derive(Clone)]
pub struct BegunLogin {
    /// The provider's page.
    pub location: String,
    /// For ten minutes, and for nobody else to read.
    pub cookie: String,
}

/// What the provider sends the browser back with.
#[derive(Clone, Default)]
pub struct Returned {
    /// What the login was begun with.
    pub state: Option<String>,
    /// What the tokens are had for.
    pub code: Option<String>,
    /// Who says so (RFC 9207).
    pub issuer: Option<String>,
    /// Why there is no code.
    pub error: Option<String>,
}

/// Somebody whom a provider knows, and whose browser it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proven {
    /// The provider.
    pub issuer: String,
    /// Whom it knows, for ever.
    pub subject: String,
    /// An address that it says they read mail to.
    pub email: Option<String>,
    /// What it calls them.
    pub name: Option<String>,
    /// Their roles, if it is asked about these.
    pub roles: Option<Vec<String>>,
    /// Their tenant, if it is asked about that; none within is nobody's.
    pub tenant: Option<Option<String>>,
}

/// A login that holds. It is taken once: [`crate::Accounts::login_proven`].
#[derive(Clone)]
pub struct FinishedLogin {
    /// Who.
    pub proven: Proven,
    /// Where they wanted to go: a path of this server.
    pub return_to: String,
    /// Whether it was begun to be linked to the account of the session, and begins none: [`crate::Accounts::link_proven`].
    pub is_link: bool,
    /// Known of this login alone.
    pub(crate) state: String,
    /// Until when the browser may come back with it.
    pub(crate) until: Timestamp,
}

/// Why there is no login.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum LoginError {
    /// It was not begun in this browser, is over, or belongs to another provider.
    #[error("the login was not begun in this browser")]
    NotBegun,
    /// The provider says that nobody logged in: its word for why.
    #[error("the provider says: {0}")]
    Denied(String),
    /// What the provider says does not hold.
    #[error("what the provider says does not hold")]
    Refused(Refused),
    /// The provider does not answer, or not as it should.
    #[error("the provider does not answer as it should")]
    Unavailable,
    /// Too many codes are exchanged already.
    #[error("too much to do")]
    Busy,
}

impl LoginError {
    /// The reason, for metrics.
    pub const fn reason(&self) -> Option<Refused> {
        match self {
            Self::NotBegun => Some(Refused::NotBegun),
            Self::Denied(_) => Some(Refused::Denied),
            Self::Refused(reason) => Some(*reason),
            Self::Unavailable => Some(Refused::Unavailable),
            Self::Busy => None,
        }
    }
}

impl Oidc {
    /// Those of a data directory: what another one has sealed is none of its logins.
    pub fn new(providers: Vec<Arc<Provider>>, web: Arc<dyn Web>, directory_secret: &[u8; 32]) -> Self {
        let seal = Seal::new(directory_secret, "logins at providers");
        Self { providers, web, seal, exchanges: Semaphore::new(EXCHANGES_MAX) }
    }

    /// The providers, in the order of their names.
    pub fn providers(&self) -> &[Arc<Provider>] {
        &self.providers
    }

    /// Begins a login. `return_to` has been asked about: [`Provider::returns_to`]. With a session it is one that will be linked to the account of
    /// its user.
    ///
    /// # Errors
    /// The provider has not said where its pages are.
    pub async fn begin(
        &self,
        provider: &Provider,
        return_to: &str,
        session: Option<&str>,
        now: Timestamp,
    ) -> Result<BegunLogin, LoginError> {
        let metadata = match provider.metadata() {
            Some(metadata) => metadata,
            // It may have come back since it was asked last.
            None => {
                let _ = timeout(KEYS_WAIT_MAX, provider.verifier().wait_for_keys()).await;
                provider.metadata().ok_or(LoginError::Unavailable)?
            }
        };
        let flow = Flow::new(return_to, session, now);
        let location = provider.page(&metadata, &flow);
        Ok(BegunLogin { location, cookie: flow.close(&self.seal, provider.name()) })
    }

    /// Whether the browser has begun the login that it comes back with, at this provider, and in this session if it is a link.
    fn begun(
        &self,
        provider: &Provider,
        cookie: &str,
        returned: &Returned,
        session: Option<&str>,
        now: Timestamp,
    ) -> Result<Flow, LoginError> {
        let flow = Flow::open(&self.seal, provider.name(), cookie).filter(|flow| now < flow.until());
        let flow = flow.filter(|flow| flow.is_of(session)).ok_or(LoginError::NotBegun)?;
        if flow.has_state(returned.state.as_deref().unwrap_or_default()) { Ok(flow) } else { Err(LoginError::NotBegun) }
    }

    /// Finishes a login: who has logged in at the provider, if the browser has begun it here. `session` is the one that the browser has now.
    ///
    /// # Errors
    /// Why it does not hold. Of everything but [`LoginError::NotBegun`] the login is over: the browser may forget it.
    pub async fn finish(
        &self,
        provider: &Provider,
        cookie: &str,
        returned: &Returned,
        session: Option<&str>,
        now: Timestamp,
    ) -> Result<FinishedLogin, LoginError> {
        let flow = self.begun(provider, cookie, returned, session, now)?;
        let metadata = provider.metadata().ok_or(LoginError::Unavailable)?;
        metadata.is_from(provider.issuer(), returned.issuer.as_deref())?;
        if let Some(error) = &returned.error {
            return Err(LoginError::Denied(exchange::word(error)));
        }
        let code = returned.code.as_deref().ok_or_else(|| LoginError::Denied("no code".to_owned()))?;
        let _exchange = self.exchanges.try_acquire().map_err(|_| LoginError::Busy)?;
        let ask = provider.exchange(&metadata, code, &flow);
        let reply = self.web.send(ask).await.map_err(|_| LoginError::Unavailable)?;
        let tokens = exchange::tokens(&reply)?;
        let claims = || id_token::judge(provider, &tokens, &flow, now);
        let proven = match claims() {
            Err(Refused::UnknownKey)
                if matches!(timeout(KEYS_WAIT_MAX, provider.verifier().wait_for_keys()).await, Ok(true)) =>
            {
                claims()
            }
            judged => judged,
        };
        let proven = proven.map_err(LoginError::Refused)?;
        let (until, is_link) = (flow.until(), flow.is_link());
        Ok(FinishedLogin { proven, return_to: flow.return_to, is_link, state: flow.state, until })
    }
}

/// Without what is secret.
impl std::fmt::Debug for BegunLogin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("BegunLogin(..)")
    }
}

impl std::fmt::Debug for Returned {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Returned(..)")
    }
}

impl std::fmt::Debug for FinishedLogin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FinishedLogin").field("proven", &self.proven).finish_non_exhaustive()
    }
}
