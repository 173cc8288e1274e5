//! Why a migration stopped.

use lithair_model::{CorruptRow, Violation};
use thiserror::Error;

use crate::engine::WriteError;

/// Why a migration stopped in the middle.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum MigrateError {
    /// Fields cannot be filled, whatever the records are. The program's doing.
    #[error("{}", lines(.0))]
    Fields(Vec<FieldProblem>),
    /// A record has nothing that a field could be filled with.
    #[error("{problem}: {key}")]
    Unfilled {
        /// The field, and why.
        problem: FieldProblem,
        /// The key of the record.
        key: String,
    },
    /// What a stored field is computed to cannot be stored.
    #[error("`{model}`: {}: {}: {key}", violation.pointer, violation.detail)]
    Computed {
        /// The name of the model.
        model: &'static str,
        /// The key of the record.
        key: String,
        /// The field, and what it cannot hold.
        violation: Box<Violation>,
    },
    /// A record that is not one of its model.
    #[error("`{model}`: {source}: {key}")]
    Row {
        /// The name of the model.
        model: &'static str,
        /// The key of the record.
        key: String,
        /// What is wrong with it.
        source: CorruptRow,
    },
    /// An entry is not in the log, or not in force.
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// A field that cannot be filled, and why.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{model}.{field}`: {reason}")]
pub struct FieldProblem {
    /// The name of the model.
    pub model: &'static str,
    /// The name of the field.
    pub field: &'static str,
    /// What is wrong.
    pub reason: String,
}

fn lines(problems: &[FieldProblem]) -> String {
    problems.iter().map(FieldProblem::to_string).collect::<Vec<_>>().join("\n")
}
