//! Providers through which users log in: what they say of themselves, and their keys, looked up while the server runs.
//!
//! The start does not wait for them: who logs in otherwise can, and `/health/ready` says which provider is missing.

use std::io;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use lithair_auth::oidc::{ClientSecret, Oidc, Provider, Web};
use tokio::runtime::Builder;
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep};

use crate::auth::AuthError;
use crate::config::{AuthSettings, ProviderSettings};

/// How often a provider is asked again.
const PERIOD: Duration = Duration::from_secs(5 * 60);
/// How long it is left alone after it was asked, whatever callers send.
const REST: Duration = Duration::from_secs(5);
/// How long it is left alone after it was asked in vain for the first time; each later time twice as long.
const FIRST_WAIT: Duration = Duration::from_secs(1);
const WAIT_MAX: Duration = Duration::from_secs(60);
/// How often somebody who wants keys is seen.
const WAKE: Duration = Duration::from_millis(50);

/// The providers of the settings, with the secrets of their files. `tools` is the prefix of the server's own paths.
///
/// # Errors
/// A file cannot be read, or holds no secret.
pub(crate) fn of_settings(settings: &AuthSettings, tools: &str) -> Result<Vec<Arc<Provider>>, AuthError> {
    let provider = |settings: &ProviderSettings| {
        let redirect = format!("{}{tools}/auth/oidc/{}/callback", settings.public_url, settings.rules.name);
        Ok(Arc::new(Provider::new(settings.rules.clone(), secret(settings)?, redirect)))
    };
    settings.providers.iter().map(provider).collect()
}

fn secret(settings: &ProviderSettings) -> Result<Option<ClientSecret>, AuthError> {
    let Some(path) = &settings.client_secret_file else { return Ok(None) };
    let wrong = |source| AuthError::File { path: path.clone(), source };
    let text = std::fs::read_to_string(path).map_err(wrong)?;
    let none = || wrong(io::Error::other("expected one line, the secret that the provider knows this server by"));
    ClientSecret::of(&text).map(Some).ok_or_else(none)
}

/// Asks providers until it is dropped.
pub(crate) struct ProviderReader {
    running: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl ProviderReader {
    /// Starts to ask, and does not wait for answers.
    pub(crate) fn start(oidc: &Oidc, web: &Arc<dyn Web>) -> io::Result<Self> {
        let (running, end) = oneshot::channel::<()>();
        let runtime = Builder::new_current_thread().enable_all().build()?;
        for provider in oidc.providers() {
            runtime.spawn(follow(Arc::clone(provider), Arc::clone(web)));
        }
        let work = move || {
            // The word to end is that nobody could say it any more.
            let _ = runtime.block_on(end);
            // A name that is being looked up is not waited for.
            runtime.shutdown_background();
        };
        let thread = std::thread::Builder::new().name("lithair-providers".into()).spawn(work)?;
        Ok(Self { running: Some(running), thread: Some(thread) })
    }
}

impl Drop for ProviderReader {
    fn drop(&mut self) {
        self.running = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

async fn follow(provider: Arc<Provider>, web: Arc<dyn Web>) {
    let mut wait = FIRST_WAIT;
    loop {
        let asked = ask(&provider, &*web).await;
        provider.verifier().looked_for_keys();
        match asked {
            Ok(()) => {
                wait = FIRST_WAIT;
                rest(&provider, PERIOD).await;
            }
            Err(reason) => {
                provider.failed(reason);
                rest(&provider, wait).await;
                wait = WAIT_MAX.min(wait * 2);
            }
        }
    }
}

/// Asks a provider what it says of itself, and for its keys. What is wrong leaves what was there before.
async fn ask(provider: &Provider, web: &dyn Web) -> Result<(), String> {
    let told = |error: &dyn std::error::Error| error.to_string();
    let ask = provider.ask_for_metadata();
    let url = ask.url.clone();
    let document = web.send(ask).await.map_err(|error| told(&error))?;
    let ask = provider.take_metadata(&document).map_err(|reason| format!("{url}: {reason}"))?;
    let url = ask.url.clone();
    let keys = web.send(ask).await.map_err(|error| told(&error))?;
    provider.take_keys(&keys).map_err(|reason| format!("{url}: {reason}"))
}

/// Leaves a provider alone: for so long, or until somebody wants its keys after a rest.
async fn rest(provider: &Provider, wait: Duration) {
    let end = Instant::now() + wait;
    sleep(wait.min(REST)).await;
    provider.verifier().rested();
    while Instant::now() < end && !provider.verifier().wants_keys() {
        sleep(WAKE).await;
    }
}
