//! Sets of addresses.

use std::net::IpAddr;

use lithair_model::Network;

/// Addresses of many networks, as ranges that do not touch, in order: a look-up is a binary search in memory that lies together, however
/// the networks overlap (docs/adr/0029).
#[derive(Debug, Default)]
pub(super) struct Networks {
    v4: Ranges<u32>,
    v6: Ranges<u128>,
}

impl Networks {
    pub(super) fn new(networks: &[Network]) -> Self {
        let (mut v4, mut v6) = (Vec::new(), Vec::new());
        for network in networks {
            match network.bounds() {
                (IpAddr::V4(first), IpAddr::V4(last)) => v4.push((first.to_bits(), last.to_bits())),
                (IpAddr::V6(first), IpAddr::V6(last)) => v6.push((first.to_bits(), last.to_bits())),
                _ => unreachable!("a network is of one kind"),
            }
        }
        Self { v4: Ranges::new(v4), v6: Ranges::new(v6) }
    }

    /// IPv4 is IPv4, however it is written.
    pub(super) fn contains(&self, ip: IpAddr) -> bool {
        match ip.to_canonical() {
            IpAddr::V4(ip) => self.v4.contains(ip.to_bits()),
            IpAddr::V6(ip) => self.v6.contains(ip.to_bits()),
        }
    }

    fn is_empty(&self) -> bool {
        self.v4.firsts.is_empty() && self.v6.firsts.is_empty()
    }
}

/// INVARIANT: `firsts[i] <= lasts[i] < firsts[i + 1]`.
#[derive(Debug, Default)]
struct Ranges<T> {
    firsts: Vec<T>,
    lasts: Vec<T>,
}

impl<T: Copy + Ord> Ranges<T> {
    fn new(mut ranges: Vec<(T, T)>) -> Self {
        ranges.sort_unstable();
        let (mut firsts, mut lasts): (Vec<T>, Vec<T>) = (Vec::new(), Vec::new());
        for (first, last) in ranges {
            match lasts.last_mut() {
                Some(before) if *before >= first => *before = last.max(*before),
                _ => {
                    firsts.push(first);
                    lasts.push(last);
                }
            }
        }
        Self { firsts, lasts }
    }

    fn contains(&self, value: T) -> bool {
        let behind = self.firsts.partition_point(|first| *first <= value);
        behind.checked_sub(1).is_some_and(|place| value <= self.lasts[place])
    }
}

/// Who may come: deny beats allow, and without an `allow` everyone may.
#[derive(Debug, Default)]
pub(super) struct Rules {
    allow: Option<Networks>,
    deny: Networks,
}

impl Rules {
    pub(super) fn new(allow: &[Network], deny: &[Network]) -> Self {
        Self { allow: (!allow.is_empty()).then(|| Networks::new(allow)), deny: Networks::new(deny) }
    }

    pub(super) fn admits(&self, ip: IpAddr) -> bool {
        !self.deny.contains(ip) && self.allow.as_ref().is_none_or(|allow| allow.contains(ip))
    }

    pub(super) fn are_open(&self) -> bool {
        self.allow.is_none() && self.deny.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(allow: &[&str], deny: &[&str]) -> Rules {
        let parse = |texts: &[&str]| -> Vec<Network> { texts.iter().map(|text| text.parse().expect(text)).collect() };
        Rules::new(&parse(allow), &parse(deny))
    }

    #[test]
    fn deny_beats_allow_and_without_allow_everyone_may() {
        let check = |rules: &Rules, ip: &str, admitted: bool| {
            assert_eq!(rules.admits(ip.parse().expect(ip)), admitted, "{ip}");
        };
        let both = rules(&["10.0.0.0/8", "2001:db8::/32"], &["10.1.0.0/16", "10.1.2.0/24"]);
        for (ip, admitted) in [
            ("10.0.255.255", true),
            ("10.1.0.0", false),
            ("10.1.2.3", false),
            ("10.1.255.255", false),
            ("10.2.0.0", true),
            ("11.0.0.0", false),
            ("9.255.255.255", false),
            ("::ffff:10.2.3.4", true),
            ("::ffff:10.1.3.4", false),
            ("2001:db8::1", true),
            ("2001:db9::", false),
        ] {
            check(&both, ip, admitted);
        }
        let denied = rules(&[], &["0.0.0.0/0"]);
        check(&denied, "192.0.2.1", false);
        check(&denied, "::1", true);
        check(&rules(&[], &[]), "192.0.2.1", true);
        check(&rules(&["::/0"], &[]), "::ffff:192.0.2.1", false);
    }

    /// The ranges say what the networks say one by one.
    #[test]
    fn ranges_are_the_networks() {
        let mut state = 1_u64;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            u32::try_from(state >> 32).expect("32 bits")
        };
        let networks: Vec<Network> = (0..300)
            .map(|_| {
                let bits = 20 + next() % 13;
                let first = (0x0a00_0000 | next() & 0xffff) & !u32::MAX.checked_shr(bits).unwrap_or(0);
                format!("{}/{bits}", std::net::Ipv4Addr::from_bits(first)).parse().expect("a network")
            })
            .collect();
        let set = Networks::new(&networks);
        let mut inside = 0;
        for offset in 0..0x1_2000 {
            let ip = IpAddr::from(std::net::Ipv4Addr::from_bits(0x0a00_0000 - 0x1000 + offset));
            let expected = networks.iter().any(|network| {
                let (first, last) = network.bounds();
                (first..=last).contains(&ip)
            });
            inside += u32::from(expected);
            assert_eq!(set.contains(ip), expected, "{ip}");
        }
        assert!((1_000..0x1_1000).contains(&inside), "some are and some are not: {inside}");
    }
}
