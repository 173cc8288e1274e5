//! What is not about records, with the paths it has.

use crate::rejection::Problem;

/// What is not about records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tool {
    OpenApi,
    Schema,
    Problems,
    Problem(Problem),
    Live,
    Ready,
    Startup,
    Metrics,
}

impl Tool {
    /// Documents, each with its path below the prefix of tools. One problem stands for the page that each has.
    pub(crate) const DOCUMENTS: [(Self, &str); 4] = [
        (Self::OpenApi, "openapi.json"),
        (Self::Schema, "schema.json"),
        (Self::Problems, "problems"),
        (Self::Problem(Problem::Internal), "problems/{code}"),
    ];

    /// Health checks, each with its path below the prefix of health.
    pub(crate) const CHECKS: [(Self, &str); 3] =
        [(Self::Live, "live"), (Self::Ready, "ready"), (Self::Startup, "startup")];

    /// The document at a path below the prefix of tools.
    pub(crate) fn document(path: &str) -> Option<Self> {
        match path.strip_prefix("problems/") {
            Some(code) => Problem::by_code(code).map(Self::Problem),
            None => at(&Self::DOCUMENTS, path),
        }
    }

    /// The check at a path below the prefix of health.
    pub(crate) fn check(path: &str) -> Option<Self> {
        at(&Self::CHECKS, path)
    }
}

fn at(paths: &[(Tool, &str)], path: &str) -> Option<Tool> {
    paths.iter().find(|(_, other)| *other == path).map(|(tool, _)| *tool)
}
