use std::collections::HashMap;

use lithair_model::Timestamp;
use parking_lot::Mutex;

const MINUTE_MICROS: i64 = 60 * 1_000_000;
const NAMES_MAX: usize = 65_536;

/// Counts failures by name and minute. A name that nobody has is counted like any other.
#[derive(Debug)]
pub(crate) struct Attempts {
    per_minute: u32,
    counts: Mutex<(i64, HashMap<String, u32>)>,
}

impl Attempts {
    pub(crate) fn new(per_minute: u32) -> Self {
        Self { per_minute, counts: Mutex::default() }
    }

    /// Whether there were so many in this minute that nothing more is tried.
    pub(crate) fn are_too_many(&self, name: &str, now: Timestamp) -> bool {
        self.counts(now, |counts| counts.get(name).is_some_and(|count| *count >= self.per_minute))
    }

    /// One more.
    pub(crate) fn count(&self, name: &str, now: Timestamp) {
        self.counts(now, |counts| {
            if counts.len() >= NAMES_MAX {
                counts.clear();
            }
            *counts.entry(name.to_owned()).or_default() += 1;
        });
    }

    fn counts<T>(&self, now: Timestamp, look: impl FnOnce(&mut HashMap<String, u32>) -> T) -> T {
        let mut counts = self.counts.lock();
        let minute = now.micros().div_euclid(MINUTE_MICROS);
        if counts.0 != minute {
            *counts = (minute, HashMap::new());
        }
        look(&mut counts.1)
    }
}
