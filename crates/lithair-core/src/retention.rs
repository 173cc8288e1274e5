//! How long earlier moments stay readable: a cursor's pages show the moment of its first page.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use lithair_model::Position;
use lithair_state::State;

/// Moments are noted this far apart.
const STEP: Duration = Duration::from_secs(1);
/// Entries behind the present that are kept at most, so that a flood of writes does not fill the memory.
const ENTRIES_MAX: u64 = 1_000_000;
/// Changes looked at after each batch: more than batches make, so that what is old goes.
const BUDGET: usize = 4_096;

pub(crate) struct Retention {
    keep: Duration,
    moments: VecDeque<(Instant, Position)>,
}

impl Retention {
    pub(crate) const fn new(keep: Duration) -> Self {
        Self { keep, moments: VecDeque::new() }
    }

    /// Takes note of a batch, and lets go what is too old.
    pub(crate) fn saw(&mut self, state: &State, position: Position) {
        let now = Instant::now();
        if self.moments.back().is_none_or(|(at, _)| now.duration_since(*at) >= STEP) {
            self.moments.push_back((now, position));
        }
        let mut horizon = state.horizon();
        while let Some((at, moment)) = self.moments.front()
            && now.duration_since(*at) > self.keep
        {
            horizon = *moment;
            self.moments.pop_front();
        }
        let floor = Position::new(position.get().saturating_sub(ENTRIES_MAX));
        state.advance_horizon(horizon.max(floor), BUDGET);
    }
}
