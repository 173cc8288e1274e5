//! Settings: texts from layers in, one checked [`Config`] out, and nothing happens in between.
//!
//! ```text
//! defaults < the program < lithair.toml < LITHAIR_* < flags      (layers.rs: the last one who says it wins)
//!                             |
//!                     check, all at once                         (check.rs)
//!                             |
//!                          Config
//! ```

mod auth;
mod check;
mod file;
mod layers;
mod oidc;
mod settings;
mod units;

use std::path::PathBuf;

use lithair_http::HttpConfig;
use thiserror::Error;

pub use auth::{AuthSettings, KeySource, TokenSettings};
pub use layers::{Layers, Origin};
pub use oidc::ProviderSettings;
pub use settings::{SETTINGS, Setting};
pub(crate) use units::long_duration;

use crate::engine::EngineOptions;
use crate::internal_models::bind_administrator;

/// Settings that are right.
#[derive(Clone, Debug)]
pub struct Config {
    /// The data directory.
    pub data: PathBuf,
    /// The HTTP server.
    pub http: HttpConfig,
    /// The engine.
    pub engine: EngineOptions,
    /// Whether each request is a line of JSON on stderr.
    pub access_log: bool,
    /// Whether this process runs schedules.
    pub schedules: bool,
    /// Which credentials are taken.
    pub auth: AuthSettings,
    /// Whether the server starts with what its models declare and it does not enforce yet.
    pub(crate) is_for_development: bool,
}

/// Everything that is wrong with the settings. Nothing was started.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{}", problems.join("\n"))]
pub struct ConfigError {
    /// The problems, at least one: each with its origin and what would be right.
    pub problems: Vec<String>,
}

impl Config {
    /// Checks what the layers say.
    ///
    /// # Errors
    /// Unknown keys and values that cannot be, all of them, each with its origin and what was expected.
    pub fn of(layers: &Layers) -> Result<Self, ConfigError> {
        let mut problems = layers.problems();
        let mut config = check::check(layers, &mut problems);
        config.engine.bindings = layers.bindings.clone();
        bind_administrator(&mut config.engine.bindings, layers.text("auth.admin_role"));
        config.is_for_development = layers.is_for_development;
        if problems.is_empty() { Ok(config) } else { Err(ConfigError { problems }) }
    }
}

#[cfg(test)]
mod tests;
