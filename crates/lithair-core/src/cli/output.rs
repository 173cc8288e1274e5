//! Where a command writes what it finds, and what people should know.

use std::fmt::Display;
use std::io::{self, ErrorKind, Write as _, stderr, stdout};
use std::sync::OnceLock;

use serde_json::{Value, json};

use super::Failure;

/// Why stdout did not take a line. There is one stdout in a program, whoever writes to it.
static LOST: OnceLock<String> = OnceLock::new();

/// What was written, or not. That nobody reads any more is no fault; a full disk under a redirected stdout is one.
fn is_taken(written: io::Result<()>) -> bool {
    if let Err(error) = &written
        && error.kind() != ErrorKind::BrokenPipe
    {
        LOST.get_or_init(|| format!("stdout: {error}"));
    }
    written.is_ok()
}

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

    /// Why not all of the data came to where stdout goes, if so.
    pub(super) fn lost(self) -> Option<&'static str> {
        LOST.get().map(String::as_str)
    }

    /// One piece of data: for machines, or in words. False if nobody reads any more (`| head`): then the rest need not be made.
    pub fn line(self, json: &Value, words: impl Display) -> bool {
        let mut out = stdout().lock();
        let written = if self.json { writeln!(out, "{json}") } else { writeln!(out, "{words}") };
        // Whoever started the program may wait for the line, also where stdout is a pipe.
        is_taken(written.and_then(|()| out.flush()))
    }

    /// A line that is the same for machines and people. False as for [`Output::line`].
    pub fn text(self, line: &str) -> bool {
        is_taken(writeln!(stdout().lock(), "{line}"))
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
