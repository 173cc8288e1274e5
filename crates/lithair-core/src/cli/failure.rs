//! Why a command ends early, and with which exit code.

use lithair_store::OpenError;

use super::Exit;
use crate::client::ClientError;
use crate::config::ConfigError;
use crate::inspect::InspectError;
use crate::server::ServeError;
use crate::startup::StartError;
use crate::transfer::TargetError;

/// Why a command ended early: its exit code, and everything that was wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The exit code.
    pub exit: Exit,
    /// What was wrong, at least one thing.
    pub problems: Vec<String>,
}

impl Failure {
    /// One thing that is wrong.
    pub fn new(exit: Exit, problem: impl std::fmt::Display) -> Self {
        Self { exit, problems: vec![problem.to_string()] }
    }

    /// What is wrong with a file or folder that the command line names.
    pub(super) fn of_path(exit: Exit, path: &std::path::Path, problem: impl std::fmt::Display) -> Self {
        Self::new(exit, format!("{}: {problem}", path.display()))
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self { exit: Exit::Usage, problems: error.problems }
    }
}

impl From<ServeError> for Failure {
    fn from(error: ServeError) -> Self {
        match error {
            ServeError::Config(error) => error.into(),
            ServeError::Start(StartError::Schema(error)) => Self::new(Exit::Usage, error),
            other => Self::new(Exit::Refused, other),
        }
    }
}

impl From<TargetError> for Failure {
    fn from(error: TargetError) -> Self {
        let exit = match &error {
            TargetError::Server(error) => return error.clone().into(),
            TargetError::Directory(ServeError::Start(StartError::Open(OpenError::Locked { .. }))) => {
                return Self::new(
                    Exit::Refused,
                    format!("{error}; use the server that runs on it: --url http://ADDRESS"),
                );
            }
            TargetError::Directory(_)
            | TargetError::Refused(_)
            | TargetError::Line { .. }
            | TargetError::Unavailable(_)
            | TargetError::Unread { .. } => Exit::Refused,
            TargetError::File { .. } => Exit::Failed,
        };
        match error {
            TargetError::Directory(error) => error.into(),
            other => Self::new(exit, other),
        }
    }
}

impl From<ClientError> for Failure {
    fn from(error: ClientError) -> Self {
        let exit = match error {
            ClientError::Url { .. } => Exit::Usage,
            ClientError::Unreachable { .. } => Exit::Unreachable,
        };
        Self::new(exit, error)
    }
}

impl From<InspectError> for Failure {
    fn from(error: InspectError) -> Self {
        Self::new(Exit::Failed, error)
    }
}
