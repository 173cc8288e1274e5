//! Why records were not read or changed from Rust.

use lithair_http::{Problem, ProblemDocument};
use lithair_model::{Mismatch, Refusal, RefusalReason};

use super::Db;

/// Why records were not read or changed, in the words in which callers of the generated API are told.
#[derive(Clone, Debug)]
pub struct DbError {
    document: ProblemDocument,
    reason: Option<RefusalReason>,
}

impl DbError {
    pub(super) fn refused(db: &Db, reason: RefusalReason) -> Self {
        let refusal = Refusal::new(0, reason.clone());
        let document = ProblemDocument::of_refusal(&db.reader(), &refusal);
        Self { document, reason: Some(reason) }
    }

    pub(crate) const fn of(document: ProblemDocument) -> Self {
        Self { document, reason: None }
    }

    /// A record that does not fit its struct: the program and its data do not belong together.
    pub(super) fn mismatch(mismatch: &Mismatch) -> Self {
        Self::of(ProblemDocument::new(Problem::Internal, mismatch.to_string()))
    }

    /// That there is no record with a key, for those who cannot go on without it.
    pub fn not_found() -> Self {
        let detail = "no record of the collection has this key";
        Self::of(ProblemDocument::new(Problem::RecordNotFound, detail))
    }

    /// That a record cannot be had whole by whoever acts.
    pub(super) fn not_whole() -> Self {
        let detail = "the principal does not see every field of the record: read it as the program, `db.as_program()`";
        Self::of(ProblemDocument::new(Problem::Forbidden, detail))
    }

    /// Why a change was refused, if that is what it is.
    pub const fn reason(&self) -> Option<&RefusalReason> {
        self.reason.as_ref()
    }

    /// What a caller is told: as an answer, [`ProblemDocument::response`].
    pub const fn document(&self) -> &ProblemDocument {
        &self.document
    }
}

impl std::fmt::Display for DbError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.document.fmt(f)
    }
}

impl std::error::Error for DbError {}
