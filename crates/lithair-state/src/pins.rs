//! Which positions views are looking at, so that nothing they need is forgotten.
//!
//! Most views live for microseconds and there is one a request: a pin is one word, taken and given back without a lock.
//!
//! ```text
//! reader: pin p, then read the horizon. Beyond p: give the pin back, the moment is gone
//! forget: move the horizon to h, then read all pins. Forget up to the least of h and the pins
//! ```
//!
//! Both steps of both are sequentially consistent. So either the one who forgets sees the pin, or the reader sees the
//! new horizon.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use lithair_model::Position;
use parking_lot::Mutex;

/// Views at once that need no lock.
const PLACES: usize = 128;
const FREE: u64 = 0;

/// A word on a cache line of its own: threads that pin do not slow each other.
#[derive(Debug, Default)]
#[repr(align(64))]
struct Place(AtomicU64);

/// The positions that are pinned.
#[derive(Debug)]
pub(crate) struct Pins {
    /// The position plus one, or [`FREE`].
    places: Box<[Place]>,
    /// Pins that found no place.
    crowd: Mutex<Vec<Position>>,
}

/// Where a pin is. Given back with [`Pins::release`].
#[derive(Debug)]
pub(crate) enum Pin {
    Place(usize),
    Crowd(Position),
}

impl Pins {
    pub(crate) fn new() -> Self {
        Self { places: (0..PLACES).map(|_| Place::default()).collect(), crowd: Mutex::default() }
    }

    pub(crate) fn pin(&self, position: Position) -> Pin {
        let mark = position.next().get();
        let first = first_place();
        for place in (first..PLACES).chain(0..first) {
            let word = &self.places[place].0;
            if word.load(Ordering::Relaxed) == FREE
                && word.compare_exchange(FREE, mark, Ordering::SeqCst, Ordering::Relaxed).is_ok()
            {
                return Pin::Place(place);
            }
        }
        self.crowd.lock().push(position);
        // The lock orders memory for those who take it; the horizon is read outside of it.
        std::sync::atomic::fence(Ordering::SeqCst);
        Pin::Crowd(position)
    }

    pub(crate) fn release(&self, pin: &Pin) {
        match pin {
            Pin::Place(place) => self.places[*place].0.store(FREE, Ordering::Release),
            Pin::Crowd(position) => {
                let mut crowd = self.crowd.lock();
                let place = crowd.iter().position(|pinned| pinned == position).expect("was pinned");
                crowd.swap_remove(place);
            }
        }
    }

    /// The least pinned position.
    pub(crate) fn least(&self) -> Option<Position> {
        std::sync::atomic::fence(Ordering::SeqCst);
        let marks = self.places.iter().map(|place| place.0.load(Ordering::SeqCst));
        let placed = marks.filter(|&mark| mark != FREE).filter_map(|mark| Position::new(mark).previous());
        placed.min().into_iter().chain(self.crowd.lock().iter().copied().min()).min()
    }
}

/// Where this thread looks first: threads spread over the places.
fn first_place() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    thread_local!(static FIRST: usize = NEXT.fetch_add(1, Ordering::Relaxed) % PLACES);
    FIRST.with(|first| *first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_pin_counts_also_beyond_the_places() {
        let pins = Pins::new();
        assert_eq!(pins.least(), None);
        let taken: Vec<Pin> = (0..PLACES as u64 + 3).rev().map(|number| pins.pin(Position::new(number))).collect();
        assert!(matches!(taken.last(), Some(Pin::Crowd(_))));
        for (number, pin) in taken.iter().rev().enumerate() {
            assert_eq!(pins.least(), Some(Position::new(number as u64)));
            pins.release(pin);
        }
        assert_eq!(pins.least(), None);
    }
}
