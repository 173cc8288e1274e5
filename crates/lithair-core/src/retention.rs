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
    /// When each of these moments began.
    moments: VecDeque<(Instant, Position)>,
    /// The newest, where it is not among them.
    newest: Option<(Instant, Position)>,
}

impl Retention {
    pub(crate) const fn new(keep: Duration) -> Self {
        Self { keep, moments: VecDeque::new(), newest: None }
    }

    /// Takes note of a batch, and lets go what is too old.
    pub(crate) fn saw(&mut self, state: &State, position: Position) {
        let now = Instant::now();
        self.note(now, position);
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

    fn note(&mut self, now: Instant, position: Position) {
        self.newest = Some((now, position));
        if self.moments.back().is_none_or(|(at, _)| now.duration_since(*at) >= STEP) {
            self.moments.push_back((now, position));
            self.newest = None;
        }
    }

    /// The oldest moment that is not too old by now. Where nobody writes, nothing frees what is before it, and it is not shown all the same: whoever
    /// may no longer see a record would else see in it what the record was, for as long as nobody writes.
    pub(crate) fn oldest(&self, now: Instant) -> Position {
        let is_over = |(at, _): &&(Instant, Position)| now.duration_since(*at) > self.keep;
        let over = self.moments.iter().chain(&self.newest).take_while(is_over).last();
        over.map_or(Position::ZERO, |(_, position)| *position)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_too_old_once_it_was_over_for_long_enough_whoever_writes() {
        let mut retention = Retention::new(Duration::from_secs(5));
        let began = Instant::now();
        let at = |tenths: u64| began + Duration::from_millis(tenths * 100);
        let oldest = |retention: &Retention, tenths: u64| retention.oldest(at(tenths)).get();
        assert_eq!(oldest(&retention, 1_000), 0);
        // The second and the fourth come too soon to be among those that are noted.
        for (tenths, position) in [(0, 10), (5, 11), (20, 12), (24, 14)] {
            retention.note(at(tenths), Position::new(position));
        }
        for (tenths, expected) in [(50, 0), (51, 10), (70, 10), (71, 12), (74, 12), (75, 14), (100_000, 14)] {
            assert_eq!(oldest(&retention, tenths), expected, "after {tenths} tenths of a second");
        }
    }
}
