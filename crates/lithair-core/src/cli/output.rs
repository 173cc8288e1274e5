use std::fmt::Display;
use std::io::{Write as _, stderr, stdout};

use serde_json::{Value, json};

use super::Failure;

/// Where a command writes: data to stdout, everything else to stderr; with `--json`, both as JSON, one object a line.
#[derive(Clone, Copy, Debug)]
pub struct Output {
    json: bool,
}

impl Output {
    /// For machines, or for people.
    pub const fn new(json: bool) -> Self {
        Self { json }
    }

    /// Whether machines read it.
    pub const fn is_json(self) -> bool {
        self.json
    }

    /// One piece of data: for machines, or in words. False if nobody reads any more (`| head`): then the rest need not be made.
    pub fn line(self, json: &Value, words: impl Display) -> bool {
        let mut out = stdout().lock();
        let written = if self.json { writeln!(out, "{json}") } else { writeln!(out, "{words}") };
        // Whoever started the program may wait for the line, also where stdout is a pipe.
        written.and_then(|()| out.flush()).is_ok()
    }

    /// A line that is the same for machines and people. False as for [`Output::line`].
    pub fn text(self, line: &str) -> bool {
        writeln!(stdout().lock(), "{line}").is_ok()
    }

    /// A JSON document, in one line for machines.
    pub(super) fn document(self, document: &Value) {
        self.line(document, format_args!("{document:#}"));
    }

    /// Something that people should know. If nobody reads, nobody is told.
    pub fn note(self, words: impl Display) {
        let mut err = stderr().lock();
        let words = words.to_string();
        let _ = if self.json { writeln!(err, "{}", json!({ "note": words })) } else { writeln!(err, "{words}") };
    }

    /// Something that is wrong with one thing of many: as an object, or in words.
    pub(super) fn fault(self, json: &Value, words: impl Display) {
        let mut err = stderr().lock();
        let _ = if self.json { writeln!(err, "{json}") } else { writeln!(err, "{words}") };
    }

    /// Why the command ends.
    pub fn failure(self, failure: &Failure) {
        let mut err = stderr().lock();
        if self.json {
            let json = json!({ "error": failure.problems.join("\n"), "problems": failure.problems, "exit": failure.exit as u8 });
            let _ = writeln!(err, "{json}");
            return;
        }
        for problem in &failure.problems {
            let _ = writeln!(err, "error: {problem}");
        }
    }
}
