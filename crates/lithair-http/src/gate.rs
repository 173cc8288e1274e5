//! How many connections may be open, in all and from one address.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::client_network::network_of;

/// Counts open connections, in all and by address, and refuses those above the limits.
#[derive(Debug)]
pub(crate) struct Gate {
    connections_max: usize,
    per_ip_max: usize,
    /// INVARIANT: holds only addresses with open connections, so it is no larger than `connections_max`.
    by_ip: Mutex<HashMap<IpAddr, usize>>,
    open: AtomicUsize,
    pub(crate) accepted: AtomicU64,
    pub(crate) refused: AtomicU64,
}

/// The right to a connection. Gives its place back when dropped.
#[derive(Debug)]
pub(crate) struct Permit {
    gate: Arc<Gate>,
    ip: IpAddr,
    taken: Arc<AtomicUsize>,
}

impl Gate {
    pub(crate) fn new(connections_max: usize, per_ip_max: usize) -> Self {
        Self {
            connections_max,
            per_ip_max,
            by_ip: Mutex::default(),
            open: AtomicUsize::new(0),
            accepted: AtomicU64::new(0),
            refused: AtomicU64::new(0),
        }
    }

    /// A place for a connection from `ip`, counted in `taken` as well; none if a limit is reached.
    pub(crate) fn enter(self: &Arc<Self>, ip: IpAddr, taken: &Arc<AtomicUsize>) -> Option<Permit> {
        let ip = network_of(ip);
        let mut by_ip = self.by_ip.lock().unwrap_or_else(PoisonError::into_inner);
        let from_here = by_ip.get(&ip).copied().unwrap_or(0);
        if self.open() >= self.connections_max || from_here >= self.per_ip_max {
            self.refuse();
            return None;
        }
        by_ip.insert(ip, from_here + 1);
        self.open.fetch_add(1, Ordering::Relaxed);
        self.accepted.fetch_add(1, Ordering::Relaxed);
        taken.fetch_add(1, Ordering::Relaxed);
        Some(Permit { gate: Arc::clone(self), ip, taken: Arc::clone(taken) })
    }

    /// Counts a connection that is refused.
    pub(crate) fn refuse(&self) {
        self.refused.fetch_add(1, Ordering::Relaxed);
    }

    /// Open connections.
    pub(crate) fn open(&self) -> usize {
        self.open.load(Ordering::Relaxed)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut by_ip = self.gate.by_ip.lock().unwrap_or_else(PoisonError::into_inner);
        match by_ip.get_mut(&self.ip) {
            Some(count) if *count > 1 => *count -= 1,
            _ => {
                by_ip.remove(&self.ip);
            }
        }
        self.gate.open.fetch_sub(1, Ordering::Relaxed);
        self.taken.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gate() -> (Arc<Gate>, Arc<AtomicUsize>) {
        (Arc::new(Gate::new(3, 2)), Arc::default())
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("is an address")
    }

    #[test]
    fn one_address_takes_its_share_and_all_together_the_whole() {
        let (gate, taken) = gate();
        let first = gate.enter(ip("192.0.2.1"), &taken);
        let _second = gate.enter(ip("::ffff:192.0.2.1"), &taken).expect("within the limits");
        assert!(gate.enter(ip("192.0.2.1"), &taken).is_none(), "the address has two");
        let _third = gate.enter(ip("192.0.2.2"), &taken).expect("within the limits");
        assert!(gate.enter(ip("192.0.2.3"), &taken).is_none(), "three in all");
        drop(first);
        assert!(gate.enter(ip("192.0.2.1"), &taken).is_some(), "a place was given back");
        assert_eq!(gate.refused.load(Ordering::Relaxed), 2);
    }

    #[test]
    fn an_ipv6_network_counts_as_one_address_and_leaves_nothing_behind() {
        let (gate, taken) = gate();
        let permits = [gate.enter(ip("2001:db8::1"), &taken), gate.enter(ip("2001:db8::2:3"), &taken)];
        assert!(gate.enter(ip("2001:db8:0:0:ffff::"), &taken).is_none());
        assert!(gate.enter(ip("2001:db8:0:1::1"), &taken).is_some());
        drop(permits);
        assert_eq!(gate.open(), 0);
        assert_eq!(taken.load(Ordering::Relaxed), 0);
        assert!(gate.by_ip.lock().expect("no one panicked").is_empty());
    }
}
