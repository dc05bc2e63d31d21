//! The relay's end of the zone's card.

use std::net::{IpAddr, SocketAddr};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use crate::network::nic::relay::{GATE_V4, GATE_V6, MTU, ZONE_V4, ZONE_V6};
use crate::network::packet::{self, Problem};

/// Whole packets of the zone, and the way back to it.
#[derive(Debug)]
pub struct Card {
    tun: OwnedFd,
    own: Vec<IpAddr>,
}

impl Card {
    /// `v6` is whether the zone has IPv6.
    pub fn new(tun: OwnedFd, v6: bool) -> Self {
        let mut own = vec![IpAddr::V4(ZONE_V4)];
        own.extend(v6.then_some(IpAddr::V6(ZONE_V6)));
        Self { tun, own }
    }

    /// The zone's addresses.
    pub fn own(&self) -> &[IpAddr] {
        &self.own
    }

    /// Whether the zone has IPv6.
    pub fn has_v6(&self) -> bool {
        self.own.iter().any(IpAddr::is_ipv6)
    }

    /// The next packet; nothing when there is none now.
    pub fn receive<'a>(&self, buffer: &'a mut Vec<u8>) -> Option<&'a [u8]> {
        buffer.resize(MTU as usize, 0);
        let len = nix::unistd::read(&self.tun, buffer).ok()?;
        buffer.get(..len)
    }

    /// Sends a packet into the zone. One that could not be made, or that the zone has no room for, is lost, as a
    /// packet may be.
    pub fn send(&self, packet: Option<Vec<u8>>) {
        let _ = packet.map(|p| nix::unistd::write(&self.tun, &p));
    }

    /// Tells the zone what happened to a packet from `from` (one of its addresses) that began with `about`.
    pub fn report(&self, from: SocketAddr, problem: Problem, about: Option<Vec<u8>>) {
        self.send(about.and_then(|about| report(from, problem, &about)));
    }
}

/// The packet that [`Card::report`] sends.
pub fn report(from: SocketAddr, problem: Problem, about: &[u8]) -> Option<Vec<u8>> {
    let gate = if from.is_ipv4() { IpAddr::V4(GATE_V4) } else { IpAddr::V6(GATE_V6) };
    packet::unreachable(gate, from.ip(), problem, about)
}

impl AsFd for Card {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.tun.as_fd()
    }
}
