//! From settings to what checks credentials, and to the keys of an issuer, which are looked for while the server runs.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::Duration;

use lithair_auth::oidc::{Ask, Web};
use lithair_auth::{KeyError, TokenVerifier};
use thiserror::Error;

use crate::config::{AuthSettings, KeySource};
use crate::refresher::{REST, Refresher, Source, follow, until_wanted};
use crate::web::Http;

/// How often a file is read again.
const FILE_PERIOD: Duration = REST;
/// How often an address is asked again, if nobody wants keys.
const URL_PERIOD: Duration = Duration::from_secs(5 * 60);

/// Why tokens cannot be checked. Nothing was started.
#[derive(Debug, Error)]
pub enum AuthError {
    /// A file cannot be read.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file has no key that can be used.
    #[error("{path}: {source}")]
    Key {
        /// The file.
        path: PathBuf,
        /// Why.
        source: KeyError,
    },
    /// Servers cannot be asked by TLS.
    #[cfg(feature = "oidc")]
    #[error(transparent)]
    Tls(#[from] crate::web::TlsError),
    /// The thread cannot be started.
    #[error("the thread that reads keys cannot be started: {0}")]
    Thread(std::io::Error),
}

/// What checks tokens, and where its keys come from if they change.
type Tokens = Option<(Arc<TokenVerifier>, Option<KeySource>)>;

/// What checks tokens. Keys of files are read, and must be good; those of an address may come later.
///
/// # Errors
/// A file cannot be read, or holds no key for the algorithm.
pub(crate) fn verifier(settings: &AuthSettings) -> Result<Tokens, AuthError> {
    let Some(tokens) = &settings.tokens else { return Ok(None) };
    let rules = tokens.rules.clone();
    let read = |path: &PathBuf| std::fs::read(path).map_err(|source| AuthError::File { path: path.clone(), source });
    match &tokens.keys {
        KeySource::One(path) => {
            let verifier = TokenVerifier::with_key(rules, &read(path)?);
            let verifier = verifier.map_err(|source| AuthError::Key { path: path.clone(), source })?;
            Ok(Some((Arc::new(verifier), None)))
        }
        KeySource::File(path) => {
            let verifier = TokenVerifier::with_changing_keys(rules);
            let text = String::from_utf8_lossy(&read(path)?).into_owned();
            verifier.replace_keys(&text).map_err(|source| AuthError::Key { path: path.clone(), source })?;
            Ok(Some((Arc::new(verifier), Some(tokens.keys.clone()))))
        }
        KeySource::Url(..) => Ok(Some((Arc::new(TokenVerifier::with_changing_keys(rules)), Some(tokens.keys.clone())))),
    }
}

/// The way to issuers and providers: by TLS if a setting names `https://`, which none does in a program without the feature.
///
/// # Errors
/// There are no authorities that could be trusted.
#[cfg(feature = "oidc")]
pub(crate) fn way_out(settings: &AuthSettings) -> Result<Arc<dyn Web>, AuthError> {
    let way = if settings.needs_tls() { Http::with_tls(settings.ca_file.as_deref())? } else { Http::plain() };
    Ok(Arc::new(way))
}

/// The way to issuers on this machine: in a program without TLS no setting names another.
#[cfg(not(feature = "oidc"))]
pub(crate) fn way_out(_: &AuthSettings) -> Result<Arc<dyn Web>, AuthError> {
    Ok(Arc::new(Http::plain()))
}

/// Starts to look for keys, if they change. They have been looked for once when it returns, with or without success.
///
/// # Errors
/// The thread cannot be started.
pub(crate) fn read_keys(tokens: Tokens, web: Arc<dyn Web>) -> Result<Option<Refresher>, AuthError> {
    let Some((verifier, Some(source))) = tokens else { return Ok(None) };
    let mut keys = Keys { source, verifier, web };
    let (tell, told) = channel::<()>();
    let task = async move {
        // On that thread: whoever starts a server may be a task of a runtime, which must not wait for another. And without a rest: this look was
        // nobody's wish.
        let wait = keys.look().await;
        drop(tell);
        until_wanted(keys.verifier(), wait).await;
        follow(keys).await;
    };
    let refresher = Refresher::start("lithair-keys", [task]).map_err(AuthError::Thread)?;
    // Nothing is ever sent: that it ends is the word.
    let _ = told.recv();
    Ok(Some(refresher))
}

/// The keys of an issuer.
struct Keys {
    source: KeySource,
    verifier: Arc<TokenVerifier>,
    web: Arc<dyn Web>,
}

impl Source for Keys {
    /// What is wrong with what is found leaves the former keys; the next look may find better ones.
    async fn look(&mut self) -> Duration {
        let (found, wait) = match &self.source {
            KeySource::One(path) | KeySource::File(path) => {
                (std::fs::read_to_string(path).map_err(|error| error.to_string()), FILE_PERIOD)
            }
            KeySource::Url(server, path) => (fetch(&*self.web, format!("{server}{path}")).await, URL_PERIOD),
        };
        let taken = found.and_then(|text| self.verifier.replace_keys(&text).map_err(|error| error.to_string()));
        if let Err(reason) = taken {
            self.verifier.keys_failed(reason);
        }
        wait
    }

    fn verifier(&self) -> &TokenVerifier {
        &self.verifier
    }
}

async fn fetch(web: &dyn Web, url: String) -> Result<String, String> {
    let reply = web.send(Ask::document(url.clone())).await.map_err(|error| error.to_string())?;
    if reply.status != 200 {
        return Err(format!("{url} answers {}", reply.status));
    }
    String::from_utf8(reply.body).map_err(|error| error.to_string())
}
