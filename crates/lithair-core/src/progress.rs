//! How far a long command is, for a person who watches.

use std::io::{IsTerminal as _, stderr};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A bar on stderr, if a person watches there.
pub(crate) struct Progress(ProgressBar);

impl Progress {
    /// A bar for so many bytes. Machines get none.
    pub(crate) fn new(bytes: u64, is_json: bool) -> Self {
        let is_watched = !is_json && stderr().is_terminal();
        let target = if is_watched { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(Some(bytes), target);
        let style = ProgressStyle::with_template("{msg:20} {bar:40} {bytes}/{total_bytes} {eta}");
        Self(bar.with_style(style.expect("the template is right")))
    }

    /// A counter of records, where nobody knows how many there will be.
    pub(crate) fn counter(is_json: bool) -> Self {
        let bar = Self::new(0, is_json).0;
        let style = ProgressStyle::with_template("{msg:20} {pos} records, {per_sec}");
        Self(bar.with_style(style.expect("the template is right")))
    }

    /// What is being worked on.
    pub(crate) fn name(&self, name: &str) {
        self.0.set_message(name.to_owned());
    }

    pub(crate) fn reached(&self, position: u64) {
        self.0.set_position(position);
    }

    /// Takes the bar away, so that what is printed next stands alone.
    pub(crate) fn end(&self) {
        self.0.finish_and_clear();
    }
}
