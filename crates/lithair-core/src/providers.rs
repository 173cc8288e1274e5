//! Providers through which users log in: what they say of themselves, and their keys, looked up while the server runs.
//!
//! The start does not wait for them: who logs in otherwise can, and `/health/ready` says which provider is missing.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use lithair_auth::TokenVerifier;
use lithair_auth::oidc::{ClientSecret, Oidc, Provider, Web};

use crate::auth::AuthError;
use crate::config::{AuthSettings, ProviderSettings};
use crate::refresher::{Refresher, Source, follow};

/// How often a provider is asked again.
const PERIOD: Duration = Duration::from_secs(5 * 60);
/// How long it is left alone after it was asked in vain for the first time; each later time twice as long.
const FIRST_WAIT: Duration = Duration::from_secs(1);
const WAIT_MAX: Duration = Duration::from_secs(60);

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

/// Starts to ask, and does not wait for answers.
///
/// # Errors
/// The thread cannot be started.
pub(crate) fn follow_all(oidc: &Oidc, web: &Arc<dyn Web>) -> Result<Refresher, AuthError> {
    let asked = |provider: &Arc<Provider>| {
        follow(Followed { provider: Arc::clone(provider), web: Arc::clone(web), wait: FIRST_WAIT })
    };
    Refresher::start("lithair-providers", oidc.providers().iter().map(asked)).map_err(AuthError::Thread)
}

/// A provider that is asked again and again.
struct Followed {
    provider: Arc<Provider>,
    web: Arc<dyn Web>,
    /// How long it is left alone if it is asked in vain.
    wait: Duration,
}

impl Source for Followed {
    async fn look(&mut self) -> Duration {
        match ask(&self.provider, &*self.web).await {
            Ok(()) => {
                self.wait = FIRST_WAIT;
                PERIOD
            }
            Err(reason) => {
                self.provider.failed(reason);
                let wait = self.wait;
                self.wait = WAIT_MAX.min(wait * 2);
                wait
            }
        }
    }

    fn verifier(&self) -> &TokenVerifier {
        self.provider.verifier()
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
