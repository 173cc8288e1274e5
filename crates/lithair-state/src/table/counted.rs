//! A number with its history, as far back as views may ask.

use std::collections::VecDeque;

use lithair_model::Position;

/// A number that each view has to see as it was at its moment.
#[derive(Debug, Default)]
pub(super) struct Counted {
    now: u64,
    /// What it was from each position on, since the last collection.
    past: VecDeque<(Position, u64)>,
}

impl Counted {
    pub(super) const fn now(&self) -> u64 {
        self.now
    }

    /// What it was at a position.
    pub(super) fn at(&self, at: Position) -> u64 {
        let behind = self.past.partition_point(|&(position, _)| position <= at);
        match behind.checked_sub(1) {
            Some(place) => self.past[place].1,
            // Nothing is remembered of `at`: nothing changed since, or what is remembered came later.
            None if self.past.is_empty() => self.now,
            None => 0,
        }
    }

    /// What it is from this position on, the newest so far.
    pub(super) fn set(&mut self, position: Position, value: u64) {
        if self.past.is_empty() {
            self.past.push_back((Position::ZERO, self.now));
        }
        self.now = value;
        match self.past.back_mut() {
            Some((last, past)) if *last == position => *past = value,
            _ => self.past.push_back((position, value)),
        }
    }

    /// What it is, where no view looks yet.
    pub(super) fn fill(&mut self, value: u64) {
        self.now = value;
    }

    /// Forgets what no view from `floor` on sees.
    pub(super) fn forget(&mut self, floor: Position) {
        let behind = self.past.partition_point(|&(position, _)| position <= floor);
        if behind == self.past.len() {
            // Nothing changed since: the number itself is the answer for every view.
            self.past.clear();
        } else if behind > 1 {
            self.past.drain(..behind - 1);
        }
        let kept = self.past.len();
        self.past.shrink_to(kept * 2);
    }
}
