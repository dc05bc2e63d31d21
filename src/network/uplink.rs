//! What the PC's own network says about an uplink before a zone is made.

use std::net::{IpAddr, Ipv6Addr};

use netlink_packet_route::route::RouteType;

use super::link;
use super::netlink::Netlink;
use crate::policy::plan::Relay;

/// An address of the part of IPv6 that is given out to the world; nothing is sent to it.
const ABROAD: Ipv6Addr = Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 1);

/// Whether the uplink carries IPv6: a route to the world, or a global address on the named NIC. Where it does not, the
/// zone has none either, since each connection over a half-working one costs its program seconds.
pub fn has_v6(relay: &Relay) -> bool {
    let Ok(mut netlink) = Netlink::route() else { return false };
    match &relay.uplink {
        None => link::way(&mut netlink, IpAddr::V6(ABROAD)).is_ok_and(|way| way.kind == RouteType::Unicast),
        Some(name) => {
            let Ok(nic) = link::by_name(&mut netlink, name) else { return false };
            let addresses = link::addresses(&mut netlink).unwrap_or_default();
            addresses.iter().any(|(link, address, _)| *link == nic.index && is_global(address))
        }
    }
}

fn is_global(address: &IpAddr) -> bool {
    matches!(address, IpAddr::V6(v6) if v6.segments().first().is_some_and(|first| first & 0xe000 == 0x2000))
}
