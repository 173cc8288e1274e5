//! What is told of an import: how many lines became what, and what is wrong with the others.

use lithair_model::{OperationResult, Outcome, Position};
use serde_json::{Map, Value};

use crate::answer::Answer;
use crate::rejection::{Fault, Rejection};

/// Errors that are told; further ones are only counted.
const ERRORS_MAX: usize = 1_000;

/// What became of the lines so far.
#[derive(Debug, Default)]
pub(super) struct Report {
    created: u64,
    updated: u64,
    unchanged: u64,
    failed: u64,
    errors: Vec<Value>,
    position: Option<Position>,
}

impl Report {
    /// The operations of a command were carried out.
    pub(super) fn count(&mut self, outcome: &Outcome) {
        for result in &outcome.results {
            match result {
                OperationResult::Created(_) => self.created += 1,
                OperationResult::Updated(_) => self.updated += 1,
                OperationResult::Unchanged(_) => self.unchanged += 1,
                OperationResult::Deleted => unreachable!("an import deletes nothing"),
            }
        }
        self.position = Some(outcome.position);
    }

    /// A line is not imported.
    pub(super) fn fail(&mut self, line: u64, rejection: &Rejection) {
        self.failed += 1;
        if self.errors.len() >= ERRORS_MAX {
            return;
        }
        let parts = rejection.parts();
        let mut error = Map::new();
        error.insert("line".to_owned(), line.into());
        error.insert("code".to_owned(), parts.problem.code().into());
        error.insert("detail".to_owned(), parts.detail.as_str().into());
        if !parts.errors.is_empty() {
            error.insert("errors".to_owned(), parts.errors.iter().map(Fault::to_json).collect::<Vec<_>>().into());
        }
        self.errors.push(Value::Object(error));
    }

    /// The answer to an import whose lines were all read.
    pub(super) fn answer(mut self) -> Answer {
        // Commands are reported as they end, lines as they are read: put them in the order of the file.
        self.errors.sort_by_key(|error| error["line"].as_u64());
        let members = self.members();
        let answer = Answer::json(200, Value::Object(members).to_string());
        match self.position {
            Some(position) => answer.at(position),
            None => answer,
        }
    }

    /// A rejection in the middle of an import, with what is done already.
    pub(super) fn with(self, rejection: Rejection) -> Rejection {
        rejection.member("imported", self.members())
    }

    fn members(&self) -> Map<String, Value> {
        let counts = [
            ("created", self.created),
            ("updated", self.updated),
            ("unchanged", self.unchanged),
            ("failed", self.failed),
        ];
        let mut members: Map<_, _> = counts.into_iter().map(|(name, count)| (name.to_owned(), count.into())).collect();
        members.insert("errors".to_owned(), self.errors.clone().into());
        members
    }
}
