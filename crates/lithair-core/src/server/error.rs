//! Why an application does not serve.

use std::path::PathBuf;

use lithair_http::BindError;
use thiserror::Error;

use crate::auth::AuthError;
use crate::config::ConfigError;
use crate::startup::StartError;

/// Why an application does not serve.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ServeError {
    /// The settings are wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The data directory cannot be made or opened.
    #[error("{path}: {source}")]
    Data {
        /// The directory.
        path: PathBuf,
        /// What the disk said.
        source: std::io::Error,
    },
    /// The data and the models do not start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The keys that check tokens cannot be had.
    #[error(transparent)]
    Auth(#[from] AuthError),
    /// Models declare what this version does not enforce.
    #[error("{}", unenforced(.0))]
    Unenforced(Vec<(&'static str, &'static str)>),
    /// The address cannot be listened on.
    #[error("{}", with_cause(.0))]
    Bind(#[from] BindError),
}

fn unenforced(declared: &[(&'static str, &'static str)]) -> String {
    let line =
        |(model, what): &(&str, &str)| format!("{model}: {what} is declared, and this version does not enforce it");
    let lines: Vec<String> = declared.iter().map(line).collect();
    let way_out = "leave it out, or start `.without_unenforced_for_development()`, without the protection";
    format!("{}\n{way_out}", lines.join("\n"))
}

fn with_cause(error: &dyn std::error::Error) -> String {
    let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
    format!("{error}{cause}")
}
