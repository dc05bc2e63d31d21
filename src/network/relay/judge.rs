//! Whether a destination is open, by lists: pure, so that every rule has its test here.
//!
//! What the lists can not know (which addresses are the PC's own today) the relay asks the kernel for at each
//! connection; it asks for every address that [`Judge::judge`] hands back.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::network::closed::{DISCOVERY, PRIVATE, RESERVED};
use crate::network::nic::relay::{GATE_V4, GATE_V6};
use crate::network::packet::Malformed;
use crate::network::prefix::Prefix;
use crate::policy::plan;
use crate::wire::{Code, Failure, Stage};

/// What closed a destination; the name stands in the audit log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Rule {
    /// The kernel has no original destination for the connection: it was not redirected.
    NoDestination,
    /// An address of the zone itself.
    Own,
    /// A prefix of the business network, or a way by one of its cards. Nothing opens it.
    Business,
    /// A prefix that the plan closes.
    Denied,
    /// A private address that the plan does not open.
    Private,
    /// Addresses that are no place on the internet: loopback, multicast, reserved. Nothing opens them.
    Reserved,
    /// A port of a discovery protocol.
    Discovery,
    /// An address of the PC itself, or a broadcast or anycast address of a network of the PC. Nothing opens it.
    Local,
    /// The address was not given for an allowed name.
    Name,
    /// The named uplink is not there.
    Uplink,
    /// The kernel gives no socket for it: echo where the PC forbids it to users, or too many open files.
    Socket,
    /// The packet is not one that the card carries.
    Packet(Malformed),
}

impl Rule {
    /// The name in the audit log.
    pub fn name(self) -> &'static str {
        match self {
            Self::NoDestination => "no-destination",
            Self::Own => "own-address",
            Self::Business => "business",
            Self::Denied => "denied",
            Self::Private => "private",
            Self::Reserved => "reserved",
            Self::Discovery => "discovery",
            Self::Local => "local",
            Self::Name => "name",
            Self::Uplink => "uplink",
            Self::Socket => "socket",
            Self::Packet(Malformed::Length) => "packet-length",
            Self::Packet(Malformed::Version) => "packet-version",
            Self::Packet(Malformed::Header) => "packet-header",
            Self::Packet(Malformed::Fragment) => "packet-fragment",
            Self::Packet(Malformed::Protocol) => "packet-protocol",
            Self::Packet(Malformed::Source) => "packet-source",
            Self::Packet(Malformed::Checksum) => "packet-checksum",
        }
    }
}

/// At most the address itself and two that stand inside it (Teredo has server and client).
pub type Addresses = Vec<IpAddr>;

/// The decisions of a plan, read once.
#[derive(Debug, Clone)]
pub struct Judge {
    business: Vec<Prefix>,
    deny: Vec<Prefix>,
    allow: Vec<(Prefix, Option<u16>)>,
}

impl Judge {
    /// Reads the plan's lists; an entry that is not a prefix is an error, since leaving it out would open something.
    pub fn new(plan: &plan::Relay) -> Result<Self, Failure> {
        let wrong = |text: &String| Failure::new(Stage::Connect, Code::Usage, &[&format!("not a prefix: '{text}'")]);
        let all = |list: &[String]| {
            list.iter().map(|t| Prefix::parse(t).ok_or_else(|| wrong(t))).collect::<Result<Vec<_>, _>>()
        };
        let allow = plan.allow.iter().map(|t| Prefix::parse_with_port(t).ok_or_else(|| wrong(t)));
        Ok(Self { business: all(&plan.business)?, deny: all(&plan.deny)?, allow: allow.collect::<Result<_, _>>()? })
    }

    /// The rule that closes the destination, or the addresses whose route decides. `port` is `None` for an echo.
    pub fn judge(&self, to: IpAddr, port: Option<u16>) -> Result<Addresses, Rule> {
        if is_own(to) {
            return Err(Rule::Own);
        }
        let mut addresses = vec![to];
        if let IpAddr::V6(v6) = to {
            addresses.extend(inside(v6).into_iter().map(IpAddr::V4));
        }
        for address in &addresses {
            self.judge_one(*address, port)?;
        }
        Ok(addresses)
    }

    /// Whether the plan opens this destination by an entry of its own.
    pub fn is_allowed(&self, to: IpAddr, port: Option<u16>) -> bool {
        self.allow.iter().any(|(prefix, only)| prefix.contains(to) && (only.is_none() || *only == port))
    }

    fn judge_one(&self, to: IpAddr, port: Option<u16>) -> Result<(), Rule> {
        let any = |list: &[Prefix]| list.iter().any(|p| p.contains(to));
        if any(&self.business) {
            Err(Rule::Business)
        } else if any(&self.deny) {
            Err(Rule::Denied)
        } else if any(RESERVED) {
            Err(Rule::Reserved)
        } else if port.is_some_and(|p| DISCOVERY.contains(&p)) {
            Err(Rule::Discovery)
        } else if any(PRIVATE) && !self.is_allowed(to, port) {
            Err(Rule::Private)
        } else {
            Ok(())
        }
    }
}

/// Whether the address is the zone's own: a program that talks to the listener itself, or tries to reach it by the
/// card.
pub fn is_own(address: IpAddr) -> bool {
    use crate::network::nic::relay::{ZONE_V4, ZONE_V6};
    address == IpAddr::V4(ZONE_V4) || address == IpAddr::V6(ZONE_V6) || address.is_loopback()
}

/// Whether it is the zone's resolver (any port).
pub fn is_gate(address: IpAddr) -> bool {
    address == IpAddr::V4(GATE_V4) || address == IpAddr::V6(GATE_V6)
}

/// The IPv4 addresses that an IPv6 address stands for: mapped, translated (SIIT), NAT64, 6to4, Teredo (server, then
/// client).
fn inside(v6: Ipv6Addr) -> Vec<Ipv4Addr> {
    let [a, b, c, d, e, f, g, h] = v6.segments();
    let v4 = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match [a, b, c, d, e, f] {
        [0, 0, 0, 0, 0, 0xffff] | [0, 0, 0, 0, 0xffff, 0] | [0x64, 0xff9b, 0, 0, 0, 0] => vec![v4(g, h)],
        [0x2002, ..] => vec![v4(b, c)],
        [0x2001, 0, ..] => vec![v4(c, d), v4(!g, !h)],
        _ => Vec::new(),
    }
}

#[cfg(test)]
#[path = "judge_tests.rs"]
mod tests;
