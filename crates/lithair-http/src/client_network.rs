//! What counts as one client where requests, connections and bad credentials are counted.

use std::net::IpAddr;

/// What counts as one address: an IPv4 address however it is written, or the /64 that one IPv6 customer has.
pub(crate) fn network_of(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => IpAddr::V6((address.to_bits() & !u128::from(u64::MAX)).into()),
    }
}
