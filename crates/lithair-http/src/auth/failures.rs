//! How many bad credentials came from where.

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use lithair_model::Timestamp;

use crate::client_network::network_of;

const MINUTE_MICROS: i64 = 60 * 1_000_000;

/// Addresses that are remembered at once. An attacker who has more of them is not stopped by counting addresses.
const ADDRESSES_MAX: usize = 65_536;

/// Counts bad credentials by address and minute, so that nobody tries many.
#[derive(Debug)]
pub(crate) struct Failures {
    per_minute: u32,
    addresses_max: usize,
    counts: Mutex<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    /// All counts are of this minute.
    minute: i64,
    by_network: HashMap<IpAddr, u32>,
    /// The networks, the oldest first: it has to go where another one needs its place.
    order: VecDeque<IpAddr>,
}

impl Counts {
    fn turn(&mut self, now: Timestamp) {
        let minute = now.micros().div_euclid(MINUTE_MICROS);
        if minute != self.minute {
            self.minute = minute;
            self.by_network.clear();
            self.order.clear();
        }
    }

    /// What is counted of a network.
    fn of(&mut self, network: IpAddr, addresses_max: usize) -> &mut u32 {
        if !self.by_network.contains_key(&network) {
            if self.by_network.len() >= addresses_max
                && let Some(oldest) = self.order.pop_front()
            {
                self.by_network.remove(&oldest);
            }
            self.order.push_back(network);
        }
        self.by_network.entry(network).or_default()
    }
}

impl Failures {
    pub(super) fn new(per_minute: u32) -> Self {
        Self { per_minute, addresses_max: ADDRESSES_MAX, counts: Mutex::default() }
    }

    /// Whether so many came from there in this minute that further ones are not looked at.
    pub(crate) fn are_too_many(&self, peer: IpAddr, now: Timestamp) -> bool {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.turn(now);
        counts.by_network.get(&network_of(peer)).is_some_and(|count| *count >= self.per_minute)
    }

    /// One more came from there.
    pub(crate) fn count(&self, peer: IpAddr, now: Timestamp) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.turn(now);
        *counts.of(network_of(peer), self.addresses_max) += 1;
    }

    /// Counts one before it is looked at, if not so many came from there that further ones are not. Whoever has it gives it back if it was good.
    pub(crate) fn take(&self, peer: IpAddr, now: Timestamp) -> bool {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.turn(now);
        let count = counts.of(network_of(peer), self.addresses_max);
        let is_free = *count < self.per_minute;
        *count += u32::from(is_free);
        is_free
    }

    /// One less, of those that were counted at this time.
    pub(crate) fn give_back(&self, peer: IpAddr, taken: Timestamp) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.minute == taken.micros().div_euclid(MINUTE_MICROS)
            && let Some(count) = counts.by_network.get_mut(&network_of(peer))
        {
            *count = count.saturating_sub(1);
        }
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

    #[test]
    fn a_minute_has_sixty_seconds() {
        let failures = Failures::new(1);
        let peer = "192.0.2.1".parse().expect("an address");
        let after = |seconds: i64| Timestamp::from_micros(seconds * 1_000_000);
        failures.count(peer, after(600));
        assert_eq!([600, 659, 660].map(|seconds| failures.are_too_many(peer, after(seconds))), [true, true, false]);
    }

    #[test]
    fn what_is_counted_before_it_is_looked_at_is_given_back_if_it_was_good() {
        let (failures, now) = (Failures::new(2), Timestamp::from_micros(90 * MINUTE_MICROS));
        let peer = "192.0.2.1".parse().expect("an address");
        assert!(failures.take(peer, now) && failures.take(peer, now) && !failures.take(peer, now));
        failures.give_back(peer, now);
        assert!(failures.take(peer, now) && !failures.take(peer, now) && failures.are_too_many(peer, now));
        let next = now.plus_micros(MINUTE_MICROS);
        assert!(failures.take(peer, next) && failures.take(peer, next));
        failures.give_back(peer, now);
        assert!(!failures.take(peer, next), "what was taken in the minute before is none of this one");
    }

    #[test]
    fn an_address_too_many_makes_one_forgotten_and_not_all() {
        let failures = Failures { addresses_max: 2, ..Failures::new(1) };
        let now = Timestamp::from_micros(90 * MINUTE_MICROS);
        let [first, second, third] =
            ["192.0.2.1", "192.0.2.2", "192.0.2.3"].map(|text| text.parse().expect("an address"));
        for peer in [first, second, third] {
            failures.count(peer, now);
        }
        let are_too_many = |now| [first, second, third].map(|peer| failures.are_too_many(peer, now));
        assert_eq!(are_too_many(now), [false, true, true]);
        // Who was the oldest a minute ago, is not now.
        let next = now.plus_micros(MINUTE_MICROS);
        for peer in [third, first, second] {
            failures.count(peer, next);
        }
        assert_eq!(are_too_many(next), [true, true, false]);
    }
}
