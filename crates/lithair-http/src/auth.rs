//! Who asks: from the head of a request to a principal, or 401. What is asked about credentials themselves, `credentials` answers.
//!
//! Whatever is wrong with a credential, the caller is told the same. The operator sees why in `/metrics`:
//! `lithair_auth_refused_total{reason="expired"}`.

pub(crate) mod cookie;
mod failures;
mod held;

use std::fmt::Write as _;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use http::header::{AUTHORIZATION, COOKIE, RETRY_AFTER, SET_COOKIE, WWW_AUTHENTICATE};
use http::request::Parts;
use http::{HeaderMap, HeaderValue};
use lithair_auth::oidc::{Oidc, Provider};
use lithair_auth::{Accounts, ApiKeys, Grants, PREFIX, Refused, RevokedTokens, TokenVerifier};
use lithair_model::{Backend, Principal, Timestamp};
use tokio::time::timeout;

use self::failures::Failures;
pub(crate) use self::held::Held;
use crate::app::App;
use crate::config::AuthConfig;
use crate::rejection::{Problem, Rejection};

const CHALLENGE: HeaderValue = HeaderValue::from_static("Bearer realm=\"lithair\", error=\"invalid_token\"");

/// How long a request waits for new keys of the issuer, if nobody looked for them a moment ago.
const KEYS_WAIT_MAX: Duration = Duration::from_secs(2);

/// What the server knows of credentials.
#[derive(Debug)]
pub(crate) struct Auth {
    tokens: Option<Arc<TokenVerifier>>,
    pub(crate) keys: ApiKeys,
    pub(crate) grants: Grants,
    pub(crate) revoked: RevokedTokens,
    pub(crate) accounts: Option<Arc<Accounts>>,
    pub(crate) oidc: Option<Arc<Oidc>>,
    pub(crate) failures: Failures,
    /// By place in [`Refused::ALL`].
    refused: Vec<AtomicU64>,
}

/// What a request shows of who sends it.
enum Shown<'h> {
    Nothing,
    Bearer(&'h str),
    Session(&'h str),
}

impl Auth {
    pub(crate) fn new(config: &AuthConfig, backend: &dyn Backend) -> Self {
        Self {
            tokens: config.tokens.clone(),
            revoked: RevokedTokens::new(backend.catalog()),
            keys: ApiKeys::new(backend.catalog(), &backend.cursor_secret()),
            grants: Grants::new(backend.catalog(), config.roles),
            accounts: config
                .users
                .clone()
                .map(|users| Arc::new(Accounts::new(users, backend.catalog(), &backend.cursor_secret()))),
            oidc: config.oidc.clone(),
            failures: Failures::new(config.failures_per_minute),
            refused: Refused::ALL.iter().map(|_| AtomicU64::new(0)).collect(),
        }
    }

    /// Who sent the request. Without a credential it is the anonymous; a credential that proves nothing is 401, whatever the request is for.
    pub(crate) async fn identify(
        &self,
        backend: &dyn Backend,
        head: &Parts,
        client: IpAddr,
        now: Timestamp,
    ) -> Result<Principal, Rejection> {
        let proven = match shown(&head.headers) {
            Ok(Shown::Nothing) => return Ok(Principal::Anonymous),
            Ok(Shown::Bearer(text)) if text.starts_with(PREFIX) => self.key(backend, text, client, now),
            Ok(Shown::Bearer(text)) => self.token(backend, text, client, now).await,
            Ok(Shown::Session(id)) => return self.session(backend, id, head, now).await,
            Err(refused) => Err(refused),
        };
        proven.map_err(|refused| {
            self.count(refused);
            if refused == Refused::TooMany {
                return too_many();
            }
            self.failures.count(client, now);
            unauthenticated()
        })
    }

    fn key(&self, backend: &dyn Backend, text: &str, client: IpAddr, now: Timestamp) -> Result<Principal, Refused> {
        if self.failures.are_too_many(client, now) && !self.keys.remembers(text) {
            return Err(Refused::TooMany);
        }
        self.keys.verify(backend, text, now)
    }

    /// A browser sends a session that is over like any other: that is no guess, and it is told to forget it.
    async fn session(
        &self,
        backend: &dyn Backend,
        id: &str,
        head: &Parts,
        now: Timestamp,
    ) -> Result<Principal, Rejection> {
        let verified = match &self.accounts {
            Some(accounts) => accounts.verify_session(backend, id, now).await,
            None => Err(Refused::NotTaken),
        };
        let principal = verified.map_err(|refused| {
            self.count(refused);
            unauthenticated().header(SET_COOKIE, cookie::forget())
        })?;
        cookie::same_site(head)?;
        Ok(principal)
    }

    async fn token(
        &self,
        backend: &dyn Backend,
        text: &str,
        client: IpAddr,
        now: Timestamp,
    ) -> Result<Principal, Refused> {
        let tokens = self.tokens.as_ref().ok_or(Refused::NotTaken)?;
        // What was good before goes on: whoever guesses keeps nobody out who is known.
        if self.failures.are_too_many(client, now) && !tokens.remembers(text, now) {
            return Err(Refused::TooMany);
        }
        match self.known_token(backend, text, now) {
            Err(Refused::UnknownKey) if matches!(timeout(KEYS_WAIT_MAX, tokens.wait_for_keys()).await, Ok(true)) => {
                self.known_token(backend, text, now)
            }
            verified => verified,
        }
    }

    /// Whose token it is, by the keys that are known.
    fn known_token(&self, backend: &dyn Backend, text: &str, now: Timestamp) -> Result<Principal, Refused> {
        let verified = self.tokens.as_ref().ok_or(Refused::NotTaken)?.verify(text, now)?;
        // Asked every time: what was taken back is remembered to have been good.
        if self.revoked.contain(backend, text) { Err(Refused::Revoked) } else { Ok(verified) }
    }

    /// What keeps out everybody who has a token, or who would log in through a provider: for `/health/ready`.
    pub(crate) fn failing_checks(&self) -> Vec<(String, String)> {
        let keys = self.tokens.iter().filter_map(|tokens| Some(("keys".to_owned(), tokens.keys_failure()?)));
        let providers = self.oidc.iter().flat_map(|oidc| oidc.providers());
        let failing = |provider: &Arc<Provider>| Some((format!("oidc.{}", provider.name()), provider.failing_check()?));
        keys.chain(providers.filter_map(failing)).collect()
    }

    /// A credential proved nothing, for this reason.
    pub(crate) fn count(&self, refused: Refused) {
        let place = Refused::ALL.iter().position(|other| *other == refused).expect("all are counted");
        self.refused[place].fetch_add(1, Ordering::Relaxed);
    }

    /// The counters, for `/metrics`.
    pub(crate) fn write_metrics(&self, text: &mut String) {
        text.push_str("# HELP lithair_auth_refused_total Credentials that proved nothing.\n");
        text.push_str("# TYPE lithair_auth_refused_total counter\n");
        for (refused, count) in Refused::ALL.iter().zip(&self.refused) {
            let count = count.load(Ordering::Relaxed);
            if count > 0 {
                writeln!(text, "lithair_auth_refused_total{{reason=\"{}\"}} {count}", refused.word())
                    .expect("a text takes what is written to it");
            }
        }
    }
}

/// Who sent the request, with the roles that they have now: whatever the credential, and also where a token is remembered to be good.
pub(crate) async fn identify(app: &App, head: &Parts, client: IpAddr, now: Timestamp) -> Result<Principal, Rejection> {
    let principal = credential_of(app, head, client, now).await?;
    Ok(app.auth.grants.complete(&*app.backend, principal, now))
}

/// Who sent the request. A request of a test may say so itself.
async fn credential_of(app: &App, head: &Parts, client: IpAddr, now: Timestamp) -> Result<Principal, Rejection> {
    #[cfg(feature = "testing")]
    if let Some(principal) = app.config.requests_say_who.then(|| crate::pretend::principal(head)).flatten() {
        return Ok(principal);
    }
    app.auth.identify(&*app.backend, head, client, now).await
}

/// Whether a request shows who sends it: what it is answered is for nobody else's eyes, and no cache's.
pub(crate) fn is_personal(headers: &HeaderMap) -> bool {
    headers.contains_key(AUTHORIZATION) || headers.contains_key(COOKIE)
}

/// The credential of the header `Authorization`.
///
/// # Errors
/// The request shows none, or shows who sends it in another way.
pub(crate) fn bearer(headers: &HeaderMap) -> Result<&str, Rejection> {
    match shown(headers) {
        Ok(Shown::Bearer(credential)) => Ok(credential),
        _ => Err(unauthenticated()),
    }
}

fn shown(headers: &HeaderMap) -> Result<Shown<'_>, Refused> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let Some(value) = values.next() else {
        let session = cookie::session(headers).map_err(|()| Refused::Malformed)?;
        return Ok(session.map_or(Shown::Nothing, Shown::Session));
    };
    if values.next().is_some() {
        return Err(Refused::Malformed);
    }
    let text = value.to_str().map_err(|_| Refused::Malformed)?;
    let (scheme, credential) = text.split_once(' ').ok_or(Refused::Malformed)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Refused::NotTaken);
    }
    Ok(Shown::Bearer(credential))
}

/// The one answer to whoever shows what proves nothing.
fn unauthenticated() -> Rejection {
    let rejection =
        Problem::Unauthenticated.because("the credential is not good here; without one, the request is anonymous");
    rejection.header(WWW_AUTHENTICATE, CHALLENGE)
}

/// The answer in the middle of a request whose credential was taken back.
pub(crate) fn taken_back() -> Rejection {
    Problem::Unauthenticated.because("the credential is not good any more").header(WWW_AUTHENTICATE, CHALLENGE)
}

/// The answer where so many bad credentials came from that further ones are not looked at.
pub(crate) fn too_many() -> Rejection {
    let rejection = Problem::TooManyFailures.because("too many credentials that were not good came from this address");
    rejection.header(RETRY_AFTER, HeaderValue::from_static("60"))
}
