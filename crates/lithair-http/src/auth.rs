//! Who asks: from the head of a request to a principal, or 401.
//!
//! Whatever is wrong with a credential, the caller is told the same. The operator sees why in `/metrics`:
//! `lithair_auth_refused_total{reason="expired"}`.

mod failures;

use std::fmt::Write as _;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use http::header::{AUTHORIZATION, RETRY_AFTER, WWW_AUTHENTICATE};
use http::request::Parts;
use http::{HeaderMap, HeaderValue};
use lithair_auth::{Refused, TokenVerifier};
use lithair_model::{Principal, Timestamp};
use tokio::time::timeout;

use self::failures::Failures;
use crate::config::AuthConfig;
use crate::rejection::{Problem, Rejection};

const CHALLENGE: HeaderValue = HeaderValue::from_static("Bearer realm=\"lithair\", error=\"invalid_token\"");

/// How long a request waits for new keys of the issuer, if nobody looked for them a moment ago.
const KEYS_WAIT_MAX: Duration = Duration::from_secs(2);

/// What the server knows of credentials.
#[derive(Debug)]
pub(crate) struct Auth {
    tokens: Option<Arc<TokenVerifier>>,
    failures: Failures,
    /// By place in [`Refused::ALL`].
    refused: Vec<AtomicU64>,
}

/// What a request shows of who sends it.
enum Shown<'h> {
    Nothing,
    Bearer(&'h str),
}

impl Auth {
    pub(crate) fn new(config: &AuthConfig) -> Self {
        Self {
            tokens: config.tokens.clone(),
            failures: Failures::new(config.failures_per_minute),
            refused: Refused::ALL.iter().map(|_| AtomicU64::new(0)).collect(),
        }
    }

    /// Who sent the request. Without a credential it is the anonymous; a credential that proves nothing is 401, whatever the request is for.
    pub(crate) async fn identify(&self, head: &Parts, peer: IpAddr, now: Timestamp) -> Result<Principal, Rejection> {
        let proven = match shown(&head.headers) {
            Ok(Shown::Nothing) => return Ok(Principal::Anonymous),
            Ok(Shown::Bearer(text)) => self.bearer(text, peer, now).await,
            Err(refused) => Err(refused),
        };
        proven.map_err(|refused| {
            self.count(refused);
            if refused == Refused::TooMany {
                return too_many();
            }
            self.failures.count(peer, now);
            unauthenticated()
        })
    }

    async fn bearer(&self, text: &str, peer: IpAddr, now: Timestamp) -> Result<Principal, Refused> {
        let tokens = self.tokens.as_ref().ok_or(Refused::NotTaken)?;
        // What was good before goes on: whoever guesses keeps nobody out who is known.
        if self.failures.are_too_many(peer, now) && !tokens.remembers(text, now) {
            return Err(Refused::TooMany);
        }
        match tokens.verify(text, now) {
            Err(Refused::UnknownKey) if matches!(timeout(KEYS_WAIT_MAX, tokens.wait_for_keys()).await, Ok(true)) => {
                tokens.verify(text, now)
            }
            verified => verified,
        }
    }

    /// What keeps everybody with a token out, if anything: for `/health/ready`.
    pub(crate) fn failing_check(&self) -> Option<String> {
        self.tokens.as_ref()?.keys_failure()
    }

    fn count(&self, refused: Refused) {
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

/// Whether a request shows who sends it: what it is answered is for nobody else's eyes, and no cache's.
pub(crate) fn is_personal(headers: &HeaderMap) -> bool {
    headers.contains_key(AUTHORIZATION)
}

/// What binds a cursor to whom it was given.
pub(crate) fn binding(principal: &Principal) -> &[u8] {
    principal.actor().unwrap_or_default().as_bytes()
}

fn shown(headers: &HeaderMap) -> Result<Shown<'_>, Refused> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let Some(value) = values.next() else { return Ok(Shown::Nothing) };
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

fn too_many() -> Rejection {
    let rejection = Problem::TooManyFailures.because("too many credentials that were not good came from this address");
    rejection.header(RETRY_AFTER, HeaderValue::from_static("60"))
}
