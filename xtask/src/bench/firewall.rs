//! What the firewall costs a request: 10,000 networks, a million clients.
//!
//! Each line is the median of rounds, in nanoseconds a check, with the quartiles, and as a ratio to one keyed hash of an address, which is
//! measured beside it in every round.

use std::hash::{BuildHasher as _, RandomState};
use std::hint::black_box;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Instant;

use http::HeaderMap;
use lithair_http::{FirewallConfig, HttpFirewall};
use lithair_model::{Catalog, Network, Numbers, Timestamp};

use super::stats::quartiles;
use crate::AnyError;

type Check<'a> = dyn Fn(IpAddr, Timestamp) + 'a;

const NETWORKS: usize = 10_000;
const CLIENTS: usize = 1_000_000;
const CHECKS: usize = 1_000_000;

/// Numbers that look random and are the same each time.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        u32::try_from(self.0 >> 32).expect("32 bits")
    }
}

pub(super) fn run(rounds: usize) -> Result<(), AnyError> {
    let mut random = Random(7);
    let config = FirewallConfig {
        deny: networks(&mut random),
        rate: Some("1000/s".parse().expect("a rate")),
        ..FirewallConfig::default()
    };
    let firewall = HttpFirewall::new(&config, &Catalog::new(Vec::new(), &Numbers::new())?);
    // Addresses of 1.0.0.0/8, of which no network is denied, so that nobody is refused early.
    let clients: Vec<IpAddr> =
        (0..CLIENTS).map(|_| Ipv4Addr::from_bits(0x0100_0000 | random.next() >> 8).into()).collect();
    let headers = HeaderMap::new();
    let hasher = RandomState::new();
    let checks: [(&str, &Check<'_>); 4] = [
        ("a keyed hash", &|ip, _| _ = black_box(hasher.hash_one(ip))),
        ("check_ip", &|ip, _| _ = black_box(firewall.check_ip(ip))),
        ("rate_limit", &|ip, now| drop(black_box(firewall.rate_limit(ip, now)))),
        ("check_ip and apply_rules", &|ip, now| {
            _ = black_box(firewall.check_ip(ip));
            drop(black_box(firewall.apply_rules(ip, &headers, now)));
        }),
    ];
    println!("| a check: {NETWORKS} networks, {CLIENTS} clients | ns | keyed hashes |\n|---|--:|--:|");
    let nanos = measured(&checks, &clients, rounds);
    for ((name, _), times) in checks.iter().zip(&nanos) {
        let ratios: Vec<f64> = times.iter().zip(&nanos[0]).map(|(time, hash)| time / hash).collect();
        let (time, ratio) = (quartiles(times), quartiles(&ratios));
        println!("| {name} | {:.0} [{:.0}, {:.0}] | {:.1} |", time.median, time.first, time.third, ratio.median);
    }
    println!();
    Ok(())
}

/// Nanoseconds of each check in each round.
fn measured(checks: &[(&str, &Check<'_>)], clients: &[IpAddr], rounds: usize) -> Vec<Vec<f64>> {
    let mut now = 0;
    let mut time = |check: &Check<'_>| {
        let began = Instant::now();
        for place in 0..CHECKS {
            now += 1;
            // A stride that no cache foresees.
            check(clients[place * 611_953 % CLIENTS], Timestamp::from_micros(now));
        }
        began.elapsed().as_secs_f64() * 1e9 / CHECKS as f64
    };
    let mut nanos: Vec<Vec<f64>> = vec![Vec::new(); checks.len()];
    // The first round brings every client into the table, and is not counted.
    for round in 0..=rounds {
        for ((_, check), times) in checks.iter().zip(&mut nanos) {
            let took = time(check);
            if round > 0 {
                times.push(took);
            }
        }
    }
    nanos
}

/// Networks of 16 to 28 bits outside of 1.0.0.0/8.
fn networks(random: &mut Random) -> Vec<Network> {
    let network = |random: &mut Random| {
        let bits = 16 + random.next() % 13;
        let first = (random.next() | 0x0200_0000) & !(u32::MAX >> bits);
        format!("{}/{bits}", Ipv4Addr::from_bits(first)).parse().expect("a network")
    };
    (0..NETWORKS).map(|_| network(random)).collect()
}
