//! From settings to what checks credentials, and the thread that looks for new keys of an issuer.

use std::path::PathBuf;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Weak};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use lithair_auth::oidc::{Ask, Web};
use lithair_auth::{KeyError, TokenVerifier};
use thiserror::Error;
use tokio::runtime::Builder;

use crate::client::Client;
use crate::config::{AuthSettings, KeySource};

/// How often the thread wakes to see whether somebody wants keys.
const WAKE: Duration = Duration::from_millis(50);
/// How often a file is read again, and how long an unknown key makes nobody look again.
const REST: Duration = Duration::from_secs(5);
/// How often an address is asked again, if nobody wants keys.
const URL_PERIOD: Duration = Duration::from_secs(5 * 60);
const JWKS_BYTES_MAX: usize = 256 * 1024;

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

/// The way to servers that are reached by TLS; none in a program without the feature, whose settings name none.
///
/// # Errors
/// There are no authorities that could be trusted.
pub(crate) fn way_out(settings: &AuthSettings) -> Result<Option<Arc<dyn Web>>, AuthError> {
    #[cfg(feature = "oidc")]
    let way: Option<Arc<dyn Web>> = match settings.needs_tls() {
        true => Some(Arc::new(crate::web::Https::new(settings.ca_file.as_deref())?)),
        false => Some(Arc::new(crate::web::Https::plain())),
    };
    #[cfg(not(feature = "oidc"))]
    let way: Option<Arc<dyn Web>> = Some(settings).and(None);
    Ok(way)
}

/// Looks for new keys of an issuer until it is dropped.
pub(crate) struct KeyReader {
    /// Nothing is ever sent: the channel's end is the word to end.
    running: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// Starts to look for keys, if they change. Those of an address have been asked for once when it returns, with or without success.
///
/// # Errors
/// The thread cannot be started.
pub(crate) fn read_keys(tokens: Tokens, web: Option<Arc<dyn Web>>) -> Result<Option<KeyReader>, AuthError> {
    let Some((verifier, Some(source))) = tokens else { return Ok(None) };
    let (running, end) = channel::<()>();
    let (tell, told) = channel::<()>();
    let verifier = Arc::downgrade(&verifier);
    let work = move || {
        // On this thread: whoever starts a server may be a task of a runtime, which must not wait for another.
        if let Some(verifier) = verifier.upgrade() {
            look(&source, &verifier, web.as_deref());
        }
        drop(tell);
        let mut looked = Looked { at: Instant::now(), is_first: true };
        let pause = || end.recv_timeout(WAKE) == Err(RecvTimeoutError::Timeout);
        while pause() {
            if !turn(&source, &verifier, web.as_deref(), &mut looked) {
                return;
            }
        }
    };
    let thread = std::thread::Builder::new().name("lithair-keys".into()).spawn(work).map_err(AuthError::Thread)?;
    // Nothing is ever sent: that it ends is the word.
    let _ = told.recv();
    Ok(Some(KeyReader { running: Some(running), thread: Some(thread) }))
}

/// When keys were looked for last.
struct Looked {
    at: Instant,
    /// The look of the start makes nobody wait: it was nobody's wish.
    is_first: bool,
}

/// Looks for keys if it is time to; false if nobody needs them any more.
fn turn(source: &KeySource, verifier: &Weak<TokenVerifier>, web: Option<&dyn Web>, looked: &mut Looked) -> bool {
    let Some(verifier) = verifier.upgrade() else { return false };
    let age = looked.at.elapsed();
    if age < REST && !looked.is_first {
        return true;
    }
    verifier.rested();
    let period = if matches!(source, KeySource::Url(..)) { URL_PERIOD } else { REST };
    if verifier.wants_keys() || age >= period {
        look(source, &verifier, web);
        *looked = Looked { at: Instant::now(), is_first: false };
        verifier.looked_for_keys();
    }
    true
}

/// Reads the keys that there are now. What is wrong with them leaves the former ones; the next look may find better ones.
fn look(source: &KeySource, verifier: &TokenVerifier, web: Option<&dyn Web>) {
    let found = match source {
        KeySource::One(_) => return,
        KeySource::File(path) => std::fs::read_to_string(path).map_err(|error| error.to_string()),
        KeySource::Url(server, path) => match web {
            Some(web) => fetch_by(web, format!("{server}{path}")),
            None => fetch(server, path),
        },
    };
    if let Err(reason) = found.and_then(|text| verifier.replace_keys(&text).map_err(|error| error.to_string())) {
        verifier.keys_failed(reason);
    }
}

fn fetch_by(web: &dyn Web, url: String) -> Result<String, String> {
    let runtime = Builder::new_current_thread().enable_all().build().map_err(|error| error.to_string())?;
    let reply = runtime.block_on(web.send(Ask::document(url.clone()))).map_err(|error| error.to_string())?;
    // A name that is being looked up is not waited for.
    runtime.shutdown_background();
    if reply.status != 200 {
        return Err(format!("{url} answers {}", reply.status));
    }
    String::from_utf8(reply.body).map_err(|error| error.to_string())
}

/// Without TLS.
fn fetch(server: &str, path: &str) -> Result<String, String> {
    let mut client = Client::new(server).map_err(|error| error.to_string())?;
    let mut answer = client.send("GET", path, &[], "").map_err(|error| error.to_string())?;
    if answer.status() != 200 {
        return Err(format!("{server}{path} answers {}", answer.status()));
    }
    let mut bytes = Vec::new();
    while let Some(piece) = answer.piece().map_err(|error| error.to_string())? {
        bytes.extend_from_slice(&piece);
        if bytes.len() > JWKS_BYTES_MAX {
            return Err(format!("{server}{path} has more than {JWKS_BYTES_MAX} bytes"));
        }
    }
    String::from_utf8(bytes).map_err(|error| error.to_string())
}

impl Drop for KeyReader {
    fn drop(&mut self) {
        self.running = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
