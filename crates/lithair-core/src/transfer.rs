//! Import and export: records between files and a data directory or a server.
//!
//! ```text
//! files -> lines -> target (a data directory, or a server) -> counts, and what is wrong with which line
//! ```

mod export;
mod files;
mod import;
mod lines;
mod local;
mod order;
mod remote;

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use lithair_model::{ModelSchema, QueryError, Unavailable, Violation};
use thiserror::Error;

pub(crate) use export::export_file;
pub(crate) use files::{Source, SourceError, Sources, sources};
pub(crate) use import::{FileReport, Imported, import};
pub(crate) use lines::{Format, Line};
pub(crate) use local::Local;
pub(crate) use remote::Remote;

use crate::client::ClientError;
use crate::server::ServeError;

/// Where records go to and come from.
pub(crate) trait Target {
    /// Loads records of one model: each is created, replaced, or left alone if it is equal.
    ///
    /// # Errors
    /// The target cannot be reached or takes nothing now. What was loaded stays.
    fn load(&mut self, model: &'static ModelSchema, lines: &[Line]) -> Result<Loaded, TargetError>;

    /// Loads records that refer to each other in a circle, all at once, less those that cannot be loaded even so. Which ones were loaded,
    /// as places in `lines`; none if the target cannot do that.
    ///
    /// # Errors
    /// As [`Target::load`].
    fn load_together(&mut self, lines: &[(&'static ModelSchema, &Line)]) -> Result<Vec<(usize, Deed)>, TargetError>;

    /// Writes all records of one model, one a line, in the order of their keys; how many there were.
    ///
    /// # Errors
    /// The target cannot be reached, or `out` cannot be written.
    fn dump(
        &mut self,
        model: &'static ModelSchema,
        format: Format,
        out: &mut dyn Write,
        seen: &dyn Fn(u64),
    ) -> Result<u64, DumpError>;
}

/// Why a target does nothing more.
#[derive(Debug, Error)]
pub(crate) enum TargetError {
    /// There is no answer from the server.
    #[error(transparent)]
    Server(#[from] ClientError),
    /// The data directory does not open.
    #[error(transparent)]
    Directory(#[from] ServeError),
    /// The server refuses; its words.
    #[error("{0}")]
    Refused(String),
    /// The data directory refuses a line, and it is not the line's doing.
    #[error("line {line}: {detail}")]
    Line {
        /// Its number.
        line: u64,
        /// Why, in the words of the API.
        detail: String,
    },
    /// The data directory takes nothing now.
    #[error("{}", unavailable(.0))]
    Unavailable(Unavailable),
    /// The data directory does not show its records.
    #[error("the records of {model} cannot be read: {}", unanswered(reason))]
    Unread {
        /// The name of the model.
        model: &'static str,
        /// Why.
        reason: QueryError,
    },
    /// A file of ours.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the disk said.
        source: io::Error,
    },
}

impl TargetError {
    fn file(path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::File { path: path.to_owned(), source }
    }
}

const fn unavailable(reason: &Unavailable) -> &'static str {
    match reason {
        Unavailable::DiskFull => {
            "the disk is full; what was loaded stays, and the same import goes on when there is space"
        }
        Unavailable::Overloaded => "the queue to the log is full",
        Unavailable::Poisoned | Unavailable::Unknown => {
            "the disk failed; what was loaded stays, and the next start recovers it"
        }
        Unavailable::Stopping => "the data directory is being closed",
    }
}

fn unanswered(reason: &QueryError) -> String {
    match reason {
        QueryError::HorizonGone(oldest) => {
            format!("the moment at which it began is not kept any more, the oldest that is: position {oldest}")
        }
        QueryError::NotYet(position) => format!("position {position} has not come yet"),
        QueryError::TooExpensive { budget, .. } => format!("more than {budget} rows would be looked at"),
    }
}

/// Why not all records of a model were written.
#[derive(Debug, Error)]
pub(crate) enum DumpError {
    #[error(transparent)]
    Target(#[from] TargetError),
    #[error(transparent)]
    Out(#[from] io::Error),
}

impl From<ClientError> for DumpError {
    fn from(error: ClientError) -> Self {
        Self::Target(error.into())
    }
}

/// What became of a line that was loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Deed {
    Created,
    Updated,
    Unchanged,
}

/// What became of some lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Loaded {
    pub(crate) created: u64,
    pub(crate) updated: u64,
    pub(crate) unchanged: u64,
    /// The others, by the number of their line.
    pub(crate) failed: Vec<Fault>,
}

/// What is wrong with a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) line: u64,
    /// At least one.
    pub(crate) problems: Vec<Problem>,
    /// It refers to a record that is not there; it may come later.
    pub(crate) is_dangling: bool,
}

/// One thing that is wrong with a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    /// The member of the record (RFC 6901); empty where it is the whole.
    pub(crate) pointer: String,
    pub(crate) detail: String,
}

impl Loaded {
    const fn count(&mut self, deed: Deed) {
        match deed {
            Deed::Created => self.created += 1,
            Deed::Updated => self.updated += 1,
            Deed::Unchanged => self.unchanged += 1,
        }
    }
}

impl Fault {
    fn of_line(line: u64, detail: impl Into<String>) -> Self {
        Self::new(line, vec![Problem { pointer: String::new(), detail: detail.into() }])
    }

    const fn new(line: u64, problems: Vec<Problem>) -> Self {
        Self { line, problems, is_dangling: false }
    }

    /// All that is wrong, in words.
    pub(crate) fn words(&self) -> String {
        let words = |problem: &Problem| match problem.pointer.as_str() {
            "" => problem.detail.clone(),
            pointer => format!("{pointer}: {}", problem.detail),
        };
        self.problems.iter().map(words).collect::<Vec<_>>().join("; ")
    }
}

impl From<&Violation> for Problem {
    fn from(violation: &Violation) -> Self {
        Self { pointer: violation.pointer.clone(), detail: violation.detail.clone() }
    }
}
