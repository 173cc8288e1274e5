//! Guesses, counted before they are tried: of those that come at once, no more are tried than of those that come one after the other.

use std::collections::{HashMap, VecDeque};

use aws_lc_rs::digest::{SHA256, digest};
use lithair_model::Timestamp;
use parking_lot::Mutex;

const MINUTE_MICROS: i64 = 60 * 1_000_000;
const NAMES_MAX: usize = 65_536;

/// What is kept of a name: it is a stranger's to choose, and may be as long as a body.
type Hash = [u8; 32];

/// Counts attempts by name and minute. A name that nobody has is counted like any other.
#[derive(Debug)]
pub(crate) struct Attempts {
    per_minute: u32,
    names_max: usize,
    counts: Mutex<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    /// All counts are of this minute.
    minute: i64,
    by_name: HashMap<Hash, u32>,
    /// The names, the oldest first: it has to go where another one needs its place.
    order: VecDeque<Hash>,
}

impl Attempts {
    pub(crate) fn new(per_minute: u32) -> Self {
        Self { per_minute, names_max: NAMES_MAX, counts: Mutex::default() }
    }

    /// Counts one more, if there were not so many in this minute that nothing more is tried. Whoever has it and was no guess gives it back.
    pub(crate) fn take(&self, name: &str, now: Timestamp) -> bool {
        let (per_minute, names_max) = (self.per_minute, self.names_max);
        self.counts(now, |counts| {
            let hash = hash(name);
            if !counts.by_name.contains_key(&hash) {
                if counts.by_name.len() >= names_max
                    && let Some(oldest) = counts.order.pop_front()
                {
                    counts.by_name.remove(&oldest);
                }
                counts.order.push_back(hash);
            }
            let count = counts.by_name.entry(hash).or_default();
            let is_free = *count < per_minute;
            *count += u32::from(is_free);
            is_free
        })
    }

    /// One less: it was no guess. If the minute has turned, it is forgotten already.
    pub(crate) fn give_back(&self, name: &str, taken: Timestamp) {
        let mut counts = self.counts.lock();
        if counts.minute == minute(taken)
            && let Some(count) = counts.by_name.get_mut(&hash(name))
        {
            *count = count.saturating_sub(1);
        }
    }

    fn counts<T>(&self, now: Timestamp, look: impl FnOnce(&mut Counts) -> T) -> T {
        let mut counts = self.counts.lock();
        if counts.minute != minute(now) {
            *counts = Counts { minute: minute(now), ..Counts::default() };
        }
        look(&mut counts)
    }
}

fn minute(time: Timestamp) -> i64 {
    time.micros().div_euclid(MINUTE_MICROS)
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
        assert!(attempts.take("ada", second(120)));
        assert!(!attempts.take("ada", second(179)) && attempts.take("ada", second(180)));
    }

    #[test]
    fn a_name_is_counted_and_takes_no_more_room_the_longer_it_is() {
        let (attempts, now) = (Attempts::new(2), Timestamp::from_micros(90 * MINUTE_MICROS));
        let long = "a".repeat(60_000);
        for name in ["ada", &long, &long] {
            assert!(attempts.take(name, now));
        }
        assert!(!attempts.take(&long, now) && attempts.take(&long[1..], now));
        assert!(attempts.take("ada", now));
        let counts = attempts.counts.lock();
        let room: usize = counts.by_name.keys().map(|name| AsRef::<[u8]>::as_ref(name).len()).sum();
        assert_eq!((room, counts.order.len()), (96, 3));
        drop(counts);
        assert!(attempts.take(&long, now.plus_micros(MINUTE_MICROS)));
        assert_eq!(attempts.counts.lock().order.len(), 1);
    }

    #[test]
    fn what_was_no_guess_is_not_counted() {
        let (attempts, now) = (Attempts::new(2), Timestamp::from_micros(90 * MINUTE_MICROS));
        for _ in 0..5 {
            assert!(attempts.take("ada", now));
            attempts.give_back("ada", now);
        }
        assert!(attempts.take("ada", now) && attempts.take("ada", now) && !attempts.take("ada", now));
        attempts.give_back("ada", now);
        assert!(attempts.take("ada", now) && !attempts.take("ada", now));
        // What was taken in the minute before is none of this one.
        let next = now.plus_micros(MINUTE_MICROS);
        assert!(attempts.take("ada", next) && attempts.take("ada", next));
        attempts.give_back("ada", now);
        assert!(!attempts.take("ada", next));
        // Nor is what nobody has taken.
        attempts.give_back("bob", next);
        assert!(attempts.take("bob", next) && attempts.take("bob", next) && !attempts.take("bob", next));
    }

    /// All were forgotten, and whoever had guessed as often as one may had as many guesses again.
    #[test]
    fn a_name_too_many_makes_one_forgotten_and_not_all() {
        let attempts = Attempts { names_max: 3, ..Attempts::new(1) };
        let now = Timestamp::from_micros(90 * MINUTE_MICROS);
        let take = |name: &str| attempts.take(name, now);
        assert!(take("ada") && take("bob") && take("cy") && take("dot"));
        assert!(!take("bob") && !take("cy") && !take("dot"));
        assert!(take("ada"), "the oldest was forgotten");
        assert!(!take("cy") && take("bob"));
        let counts = attempts.counts.lock();
        assert_eq!((counts.by_name.len(), counts.order.len()), (3, 3));
    }
}
