//! Data goes to stdout, everything else to stderr; with `--json`, both as JSON lines.

use std::io::{IsTerminal as _, Write as _, stderr, stdout};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::{Value, json};

pub(super) struct Output {
    json: bool,
}

impl Output {
    pub(super) const fn new(json: bool) -> Self {
        Self { json }
    }

    /// One piece of data: for machines, or in words.
    pub(super) fn line(&self, json: &Value, words: &str) {
        // A reader that has gone away wants no more; the work goes on.
        let _ = if self.json { writeln!(stdout(), "{json}") } else { writeln!(stdout(), "{words}") };
    }

    /// A JSON document, in one line for machines.
    pub(super) fn document(&self, document: &Value) {
        let words = serde_json::to_string_pretty(document).expect("a document is JSON");
        self.line(document, &words);
    }

    /// A text that is data as it is.
    pub(super) fn text(&self, text: &str) {
        let _ = write!(stdout(), "{text}");
    }

    /// Something that people should know.
    pub(super) fn note(&self, words: &str) {
        let _ =
            if self.json { writeln!(stderr(), "{}", json!({ "note": words })) } else { writeln!(stderr(), "{words}") };
    }

    pub(super) fn error(&self, words: &str) {
        let _ = if self.json {
            writeln!(stderr(), "{}", json!({ "error": words }))
        } else {
            writeln!(stderr(), "error: {words}")
        };
    }

    /// A bar on stderr, if a person watches.
    pub(super) fn progress(&self, bytes: u64) -> ProgressBar {
        let watched = !self.json && stderr().is_terminal();
        let target = if watched { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(Some(bytes), target);
        let style = ProgressStyle::with_template("{msg:20} {bar:40} {bytes}/{total_bytes} {eta}");
        style.map_or(bar.clone(), |style| bar.with_style(style))
    }
}
