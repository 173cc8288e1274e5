//! Networks as people write them.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use thiserror::Error;

/// Addresses that begin alike: `10.0.0.0/8`, `2001:db8::/32`, or one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    first: IpAddr,
    bits: u8,
}

/// A text that is no network.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NotANetwork {
    /// It is something else.
    #[error("expected a network such as `10.0.0.0/8` or `2001:db8::/32`, or one address")]
    Malformed,
    /// It names an address in the middle of a network, so that nobody knows which of the two was meant.
    #[error("the network of this address is `{0}`")]
    InTheMiddle(Network),
}

impl Network {
    /// The first and the last address. IPv4 written as IPv6 (`::ffff:10.0.0.0/104`) is IPv4.
    pub fn bounds(&self) -> (IpAddr, IpAddr) {
        ends(self.first, self.bits)
    }
}

/// The first and the last address with the same first bits as this one.
fn ends(address: IpAddr, bits: u8) -> (IpAddr, IpAddr) {
    match address {
        IpAddr::V4(address) => {
            let host = u32::MAX.checked_shr(bits.into()).unwrap_or(0);
            let address = address.to_bits();
            (Ipv4Addr::from_bits(address & !host).into(), Ipv4Addr::from_bits(address | host).into())
        }
        IpAddr::V6(address) => {
            let host = u128::MAX.checked_shr(bits.into()).unwrap_or(0);
            let address = address.to_bits();
            (Ipv6Addr::from_bits(address & !host).into(), Ipv6Addr::from_bits(address | host).into())
        }
    }
}

impl FromStr for Network {
    type Err = NotANetwork;

    fn from_str(text: &str) -> Result<Self, NotANetwork> {
        let (address, bits) = text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
        let address: IpAddr = address.parse().map_err(|_| NotANetwork::Malformed)?;
        let width: u8 = if address.is_ipv4() { 32 } else { 128 };
        // `parse` would take a plus sign.
        let number = |bits: &str| bits.bytes().all(|byte| byte.is_ascii_digit()).then(|| bits.parse().ok()).flatten();
        let bits = bits.map_or(Some(width), number).filter(|bits| *bits <= width).ok_or(NotANetwork::Malformed)?;
        let (first, _) = ends(address, bits);
        let network = canonical(Self { first, bits });
        if first == address { Ok(network) } else { Err(NotANetwork::InTheMiddle(network)) }
    }
}

/// IPv4 networks as such, however they are written.
fn canonical(network: Network) -> Network {
    match (network.first.to_canonical(), network.bits.checked_sub(96)) {
        (IpAddr::V4(first), Some(bits)) if network.first.is_ipv6() => Network { first: first.into(), bits },
        _ => network,
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.first, self.bits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_have_bounds() {
        let check = |text: &str, first: &str, last: &str| {
            let network: Network = text.parse().expect(text);
            let bounds = (first.parse().expect("an address"), last.parse().expect("an address"));
            assert_eq!(network.bounds(), bounds, "{text}");
        };
        check("10.0.0.0/8", "10.0.0.0", "10.255.255.255");
        check("192.0.2.7", "192.0.2.7", "192.0.2.7");
        check("0.0.0.0/0", "0.0.0.0", "255.255.255.255");
        check("2001:db8::/32", "2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff");
        check("::/0", "::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
        check("::ffff:10.0.0.0/104", "10.0.0.0", "10.255.255.255");
        for wrong in ["", "10.0.0.0/33", "::/129", "10.0.0/8", "10.0.0.0/", "10.0.0.0/+8", "a.example", "10.0.0.0/8 "] {
            assert_eq!(wrong.parse::<Network>(), Err(NotANetwork::Malformed), "{wrong}");
        }
        let error = "10.1.2.3/8".parse::<Network>().expect_err("names no network");
        assert_eq!(error.to_string(), "the network of this address is `10.0.0.0/8`");
    }
}
