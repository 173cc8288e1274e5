use std::collections::HashMap;

use aws_lc_rs::digest::{SHA256, digest};
use lithair_model::Timestamp;
use parking_lot::Mutex;

const MINUTE_MICROS: i64 = 60 * 1_000_000;
const NAMES_MAX: usize = 65_536;

/// What is kept of a name: it is a stranger's to choose, and may be as long as a body.
type Hash = [u8; 32];

/// Counts failures by name and minute. A name that nobody has is counted like any other.
#[derive(Debug)]
pub(crate) struct Attempts {
    per_minute: u32,
    counts: Mutex<(i64, HashMap<Hash, u32>)>,
}

impl Attempts {
    pub(crate) fn new(per_minute: u32) -> Self {
        Self { per_minute, counts: Mutex::default() }
    }

    /// Whether there were so many in this minute that nothing more is tried.
    pub(crate) fn are_too_many(&self, name: &str, now: Timestamp) -> bool {
        self.counts(now, |counts| counts.get(&hash(name)).is_some_and(|count| *count >= self.per_minute))
    }

    /// One more.
    pub(crate) fn count(&self, name: &str, now: Timestamp) {
        self.counts(now, |counts| {
            if counts.len() >= NAMES_MAX {
                counts.clear();
            }
            *counts.entry(hash(name)).or_default() += 1;
        });
    }

    fn counts<T>(&self, now: Timestamp, look: impl FnOnce(&mut HashMap<Hash, u32>) -> T) -> T {
        let mut counts = self.counts.lock();
        let minute = now.micros().div_euclid(MINUTE_MICROS);
        if counts.0 != minute {
            *counts = (minute, HashMap::new());
        }
        look(&mut counts.1)
    }
}

fn hash(name: &str) -> Hash {
    digest(&SHA256, name.as_bytes()).as_ref().try_into().expect("SHA-256 has 32 bytes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_has_sixty_seconds() {
        let (attempts, second) = (Attempts::new(1), |second: i64| Timestamp::from_micros(second * 1_000_000));
        attempts.count("ada", second(120));
        assert!(attempts.are_too_many("ada", second(179)) && !attempts.are_too_many("ada", second(180)));
    }

    #[test]
    fn a_name_is_counted_and_takes_no_more_room_the_longer_it_is() {
        let (attempts, now) = (Attempts::new(2), Timestamp::from_micros(90 * MINUTE_MICROS));
        let long = "a".repeat(60_000);
        for name in ["ada", &long, &long] {
            attempts.count(name, now);
        }
        assert!(attempts.are_too_many(&long, now) && !attempts.are_too_many(&long[1..], now));
        assert!(!attempts.are_too_many("ada", now));
        let room: usize = attempts.counts.lock().1.keys().map(|name| AsRef::<[u8]>::as_ref(name).len()).sum();
        assert_eq!(room, 64);
        assert!(!attempts.are_too_many(&long, now.plus_micros(MINUTE_MICROS)));
    }
}
