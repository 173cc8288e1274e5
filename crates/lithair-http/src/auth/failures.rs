use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use lithair_model::Timestamp;

use crate::firewall::network_of;

const MINUTE_MICROS: i64 = 60 * 1_000_000;

/// Addresses that are remembered at once. An attacker who has more of them is not stopped by counting addresses.
const ADDRESSES_MAX: usize = 65_536;

/// Counts bad credentials by address and minute, so that nobody tries many.
#[derive(Debug)]
pub(super) struct Failures {
    per_minute: u32,
    counts: Mutex<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    /// All counts are of this minute.
    minute: i64,
    by_network: HashMap<IpAddr, u32>,
}

impl Counts {
    fn turn(&mut self, now: Timestamp) {
        let minute = now.micros().div_euclid(MINUTE_MICROS);
        if minute != self.minute {
            self.minute = minute;
            self.by_network.clear();
        }
    }
}

impl Failures {
    pub(super) fn new(per_minute: u32) -> Self {
        Self { per_minute, counts: Mutex::default() }
    }

    /// Whether so many came from there in this minute that further ones are not looked at.
    pub(super) fn are_too_many(&self, peer: IpAddr, now: Timestamp) -> bool {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.turn(now);
        counts.by_network.get(&network_of(peer)).is_some_and(|count| *count >= self.per_minute)
    }

    /// One more came from there.
    pub(super) fn count(&self, peer: IpAddr, now: Timestamp) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.turn(now);
        if counts.by_network.len() >= ADDRESSES_MAX {
            counts.by_network.clear();
        }
        *counts.by_network.entry(network_of(peer)).or_default() += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_so_many_failures_a_minute_and_a_network_of_ipv6_is_one() {
        let failures = Failures::new(2);
        let [first, neighbour, other] =
            ["2001:db8::1", "2001:db8::2", "2001:db8:0:1::1"].map(|text| text.parse().expect("an address"));
        let now = Timestamp::from_micros(90 * MINUTE_MICROS);
        failures.count(first, now);
        assert!(!failures.are_too_many(first, now));
        failures.count(neighbour, now);
        assert!(failures.are_too_many(first, now));
        assert!(!failures.are_too_many(other, now));
        assert!(!failures.are_too_many(first, now.plus_micros(MINUTE_MICROS)));
    }
}
