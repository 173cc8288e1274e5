//! The values that only the server gives: identifiers and sequence numbers, each fixed once, before its command is decided.

use std::cell::RefCell;
use std::sync::atomic::{AtomicU64, Ordering};

use lithair_model::{Uuid, uuid7};
use lithair_state::Ids;

use crate::clock::now;

const RANDOM_BYTES: usize = 4096;

/// Identifiers and sequence numbers of one engine.
#[derive(Debug)]
pub(crate) struct ServerIds {
    /// Milliseconds in the upper 52 bits, a counter in the lower 12: the head of the last identifier.
    last_uuid: AtomicU64,
    /// The last number given, one a model of the catalog.
    sequences: Vec<AtomicU64>,
}

impl ServerIds {
    /// Goes on behind the highest numbers that were ever stored.
    pub(crate) fn new(highest: impl IntoIterator<Item = u64>) -> Self {
        Self { last_uuid: AtomicU64::new(0), sequences: highest.into_iter().map(AtomicU64::new).collect() }
    }
}

impl Ids for &ServerIds {
    fn uuid7(&mut self) -> Uuid {
        let floor = u64::try_from(now().micros() / 1_000).unwrap_or(0) << 12;
        let next = |last: u64| Some(floor.max(last + 1));
        let last = self.last_uuid.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next).expect("never refuses");
        let head = floor.max(last + 1);
        // Within a process, later is greater: the counter is in the lower 12 bits of the head.
        let counter = u16::try_from(head & 0xFFF).expect("12 bits are fewer than 16");
        uuid7(head >> 12, counter, random_u64())
    }

    fn sequence(&mut self, model: usize) -> u64 {
        // At the end, the last number is given again, and the record that has it is in the way.
        let next = |number: u64| Some(number.saturating_add(1));
        self.sequences[model]
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, next)
            .unwrap_or(u64::MAX)
            .saturating_add(1)
    }

    fn saw(&mut self, model: usize, number: u64) {
        self.sequences[model].fetch_max(number, Ordering::Relaxed);
    }
}

/// Unpredictable bits. A thread draws a few thousand at a time, so an identifier costs no system call.
fn random_u64() -> u64 {
    thread_local! {
        static POOL: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    }
    POOL.with_borrow_mut(|pool| {
        if pool.len() < 8 {
            pool.resize(RANDOM_BYTES, 0);
            aws_lc_rs::rand::fill(pool).expect("the operating system gives randomness");
        }
        let rest = pool.len() - 8;
        let bytes = <[u8; 8]>::try_from(&pool[rest..]).expect("eight bytes are eight bytes");
        pool.truncate(rest);
        u64::from_le_bytes(bytes)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_ascend_and_are_of_version_7() {
        let server = ServerIds::new([]);
        let mut ids = &server;
        let all: Vec<Uuid> = (0..10_000).map(|_| ids.uuid7()).collect();
        assert!(all.is_sorted_by(|one, other| one < other));
        assert!(all.iter().all(|id| id.get_version_num() == 7 && id.get_variant() == uuid::Variant::RFC4122));
    }

    #[test]
    fn a_sequence_goes_on_behind_what_was_stored() {
        let server = ServerIds::new([0, 41]);
        let mut ids = &server;
        assert_eq!((ids.sequence(0), ids.sequence(1), ids.sequence(1)), (1, 42, 43));
        ids.saw(1, 100);
        assert_eq!(ids.sequence(1), 101);
        // An import may bring any number; the next one is not 0 again.
        ids.saw(0, u64::MAX);
        assert_eq!((ids.sequence(0), ids.sequence(0)), (u64::MAX, u64::MAX));
    }
}
