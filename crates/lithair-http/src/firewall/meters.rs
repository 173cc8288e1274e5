//! Counts of requests, by GCRA (ITU-T I.371, annex A): of each key one time is kept, at which its count would be whole again.
//!
//! A request moves that time on by one interval. It is refused if the time would then be further away than a whole burst. So in any stretch
//! of time `t` a key makes at most `burst + t / interval` requests, nobody waits for a window to end, and no timer runs.
//!
//! Keys are made by clients, so there are at most so many: the table has a place for each. It is cut into sets of [`WAYS`] places, and a
//! key belongs to one set by its hash, which is keyed: nobody can aim at a set. Where a set is full, the place is taken from the key that
//! is nearest to whole and so loses least; a flood of new addresses does not free one that is at its limit.

use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use lithair_model::{Per, Rate, Timestamp};

use super::standing::{Denied, Standing};
use crate::client_network::network_of;

/// Places of a set: 128 bytes, two lines of the cache.
const WAYS: usize = 8;
/// Places behind one lock. They are made when the first is taken: a page of memory.
const SHARD_SLOTS: usize = 256;
const _: () = assert!(SHARD_SLOTS.is_power_of_two() && SHARD_SLOTS.is_multiple_of(WAYS), "a shard is whole sets");

/// A limit as it is counted.
#[derive(Debug)]
pub(super) struct Limit {
    /// Tells the counts of limits apart.
    number: u64,
    named: Arc<Named>,
    interval_micros: i64,
    /// A whole burst.
    burst_micros: i64,
}

/// Whose count it is.
#[derive(Clone, Copy, Debug, Hash)]
pub(super) enum Key<'a> {
    /// An address, or the network that counts as one.
    Client(IpAddr),
    /// Everybody's.
    All,
    /// A principal, by its name in the log.
    Actor(&'a str),
}

impl Key<'_> {
    pub(super) fn client(ip: IpAddr) -> Self {
        Self::Client(network_of(ip))
    }
}

/// What clients are told a limit is.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Named {
    /// `create 5/min`
    pub(super) name: String,
    /// `"create 5/min";q=5;w=60`
    pub(super) policy: String,
}

impl Limit {
    pub(super) fn new(number: u64, operations: &str, rate: Rate, burst: u32, per: Per) -> Self {
        let shared = match per {
            Per::Ip => "",
            Per::Model => " in all",
            Per::Principal => " each",
        };
        let name = format!("{operations} {rate}{shared}");
        let policy = format!("\"{name}\";q={};w={}", rate.requests, rate.window.seconds());
        let interval_micros = rate.interval_micros();
        assert!(burst > 0 && interval_micros > 0, "the catalog has judged the limit");
        let burst_micros = interval_micros * i64::from(burst);
        Self { number, named: Arc::new(Named { name, policy }), interval_micros, burst_micros }
    }
}

/// The counts.
#[derive(Debug)]
pub(super) struct Meters {
    shards: Box<[Mutex<Box<[Slot]>>]>,
    hasher: RandomState,
}

/// The count of one key.
#[derive(Clone, Copy, Debug)]
struct Slot {
    /// The hash that stands for the key: two keys share a count with a chance of 2^-64 a pair.
    key: u64,
    /// When the count is whole, in microseconds; in the past if it is.
    whole_at: i64,
}

const FREE: Slot = Slot { key: 0, whole_at: i64::MIN };

impl Meters {
    /// Room for at least so many keys.
    pub(super) fn new(keys_max: usize) -> Self {
        let shards = keys_max.div_ceil(SHARD_SLOTS).max(1).next_power_of_two();
        Self { shards: (0..shards).map(|_| Mutex::default()).collect(), hasher: RandomState::new() }
    }

    /// Counts a request. The standing afterwards.
    ///
    /// # Errors
    /// The limit is reached. Nothing is counted.
    pub(super) fn take(&self, limit: &Limit, key: Key<'_>, now: Timestamp) -> Result<Standing, Denied> {
        let (key, now) = (self.hash(limit, key), now.micros());
        let mut shard = self.shard(key);
        let slot = place(set(&mut shard, key), key);
        let full_at = now.saturating_add(limit.burst_micros);
        // A time beyond a whole burst was written before the clock was set back: nobody waits for it to come round again.
        let whole_at = if slot.key == key { slot.whole_at.clamp(now, full_at) } else { now };
        let next = whole_at.saturating_add(limit.interval_micros);
        let standing = |whole_at: i64| Standing {
            named: Arc::clone(&limit.named),
            remaining: (full_at - whole_at) / limit.interval_micros,
            whole_micros: whole_at - now,
        };
        if next > full_at {
            *slot = Slot { key, whole_at };
            return Err(Denied { standing: standing(whole_at), retry_micros: next - full_at });
        }
        *slot = Slot { key, whole_at: next };
        Ok(standing(next))
    }

    /// Takes back the counting of a request that another limit has refused.
    pub(super) fn give_back(&self, limit: &Limit, key: Key<'_>) {
        let key = self.hash(limit, key);
        let mut shard = self.shard(key);
        let slot = place(set(&mut shard, key), key);
        if slot.key == key {
            slot.whole_at -= limit.interval_micros;
        }
    }

    /// Never 0, which is a place that is free.
    fn hash(&self, limit: &Limit, key: Key<'_>) -> u64 {
        self.hasher.hash_one((limit.number, key)).max(1)
    }

    fn shard(&self, key: u64) -> MutexGuard<'_, Box<[Slot]>> {
        let number = below(key >> 32, self.shards.len());
        // Each count is written whole, so a panic elsewhere leaves nothing half done.
        let mut shard = self.shards[number].lock().unwrap_or_else(PoisonError::into_inner);
        if shard.is_empty() {
            *shard = vec![FREE; SHARD_SLOTS].into();
        }
        shard
    }
}

/// The number as a place among so many.
fn below(number: u64, places: usize) -> usize {
    usize::try_from(number % places as u64).expect("is below a length")
}

/// The places that a key may have.
fn set(shard: &mut [Slot], key: u64) -> &mut [Slot] {
    let set = below(key, SHARD_SLOTS / WAYS);
    &mut shard[set * WAYS..][..WAYS]
}

/// The place of a key, or the one that it would take.
fn place(set: &mut [Slot], key: u64) -> &mut Slot {
    let found = set.iter().position(|slot| slot.key == key);
    let least = || set.iter().enumerate().min_by_key(|(_, slot)| slot.whole_at).map_or(0, |(place, _)| place);
    let place = found.unwrap_or_else(least);
    &mut set[place]
}

#[cfg(test)]
mod tests;
