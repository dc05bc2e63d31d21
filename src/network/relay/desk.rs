//! What every part of the relay decides and records with: the judge, the kernel's routes, names, the log, and the
//! sockets that lead out.

use std::net::{IpAddr, SocketAddr};
use std::os::fd::OwnedFd;
use std::time::Instant;

use netlink_packet_route::route::RouteType;
use nix::sys::socket::{AddressFamily, SockFlag, SockProtocol, SockType, setsockopt, socket, sockopt};

use crate::network::link;
use crate::network::netlink::Netlink;
use crate::wire::Transport;

use super::card::Card;
use super::judge::{Judge, Rule};
use super::meter::Meter;
use super::names::{Memory, Names};
use super::owners::{Ends, Held};
use super::poller::Poller;
use super::record::{Recorder, Subject};

/// Shared by TCP, datagrams and DNS.
#[derive(Debug)]
pub struct Desk {
    /// What became ready.
    pub poller: Poller,
    /// The zone's card.
    pub card: Card,
    /// Which names are answered.
    pub names: Names,
    /// Which addresses were given for them.
    pub memory: Memory,
    /// The audit log.
    pub recorder: Recorder,
    /// What crossed and what was refused.
    pub meter: Meter,
    /// The lists of the plan.
    pub judge: Judge,
    /// The PC's routes, asked at each connection.
    pub routes: Netlink,
    /// The NIC that traffic leaves by, where the plan names one.
    pub uplink: Option<String>,
    /// The NICs of the business network.
    pub business_cards: Vec<String>,
    /// The time of this round of events.
    pub now: Instant,
}

impl Desk {
    /// The rule that closes a destination, if one does. `port` is `None` for an echo.
    pub fn judge(&mut self, to: IpAddr, port: Option<u16>) -> Result<(), Rule> {
        let addresses = self.judge.judge(to, port)?;
        if self.names.are_listed() && self.memory.name_of(to, self.now).is_none() && !self.judge.is_allowed(to, port) {
            return Err(Rule::Name);
        }
        addresses.into_iter().try_for_each(|address| self.judge_route(address))
    }

    /// Asks without the uplink: the table of the PC's own addresses must be consulted whichever NIC has them. No
    /// route is no refusal, since a named uplink may have one where the PC has none, and without it the connect
    /// fails by itself. Any other error leaves open whose the address is, so it closes.
    fn judge_route(&mut self, to: IpAddr) -> Result<(), Rule> {
        match link::way(&mut self.routes, to) {
            Ok(way) if is_local(way.kind) => Err(Rule::Local),
            Ok(way) => self.judge_card(way.link),
            Err(cause) if is_no_route(&cause) => Ok(()),
            Err(_) => Err(Rule::Local),
        }
    }

    /// Closes what would leave by a card of the business network: the uplink where one is named, else the card of the
    /// route. A card that the kernel does not name is taken for one of them.
    fn judge_card(&mut self, link: u32) -> Result<(), Rule> {
        if self.business_cards.is_empty() {
            return Ok(());
        }
        let card = match &self.uplink {
            Some(uplink) => Ok(uplink.clone()),
            None => link::by_index(&mut self.routes, link).map(|link| link.name),
        };
        if card.is_ok_and(|card| !self.business_cards.contains(&card)) { Ok(()) } else { Err(Rule::Business) }
    }

    /// A socket that leads out, by the uplink where one is named. It does not wait.
    pub fn outside(&self, v6: bool, kind: SockType, protocol: Option<SockProtocol>) -> Result<OwnedFd, Rule> {
        let family = if v6 { AddressFamily::Inet6 } else { AddressFamily::Inet };
        let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
        let fd = socket(family, kind, flags, protocol).map_err(|_| Rule::Socket)?;
        if let Some(name) = &self.uplink {
            setsockopt(&fd, sockopt::BindToDevice, &name.into()).map_err(|_| Rule::Uplink)?;
        }
        Ok(fd)
    }

    /// How the log names a connection. Without the program's end nobody can say whose it is.
    pub fn subject(&self, transport: Transport, to: SocketAddr, client: Option<SocketAddr>) -> Subject {
        let (protocol, port) = match transport {
            Transport::Tcp => ("tcp", Some(to.port())),
            Transport::Udp => ("udp", Some(to.port())),
            Transport::Icmp => ("icmp", None),
        };
        let name = self.memory.name_of(to.ip(), self.now).map(str::to_owned);
        let ends = client.map(|local| Ends { transport, local, remote: Some(to) });
        Subject { destination: Some(to.ip()), port, protocol, name, ends }
    }

    /// Records a refusal. `held` tells the program, once it is known which that is.
    pub fn refuse(&mut self, what: &Subject, rule: Rule, held: Option<Held>) {
        self.meter.refused();
        let held = self.recorder.refused(what, rule, held, self.now);
        held.into_iter().for_each(|held| held.let_go(&self.card));
    }
}

fn is_local(kind: RouteType) -> bool {
    matches!(kind, RouteType::Local | RouteType::Broadcast | RouteType::Anycast | RouteType::Multicast)
}

/// The kernel's answers for "no way there": none at all, and the route types unreachable, prohibit and blackhole.
fn is_no_route(cause: &std::io::Error) -> bool {
    let none = [libc::ENETUNREACH, libc::EHOSTUNREACH, libc::EACCES, libc::EINVAL];
    cause.raw_os_error().is_some_and(|errno| none.contains(&errno))
}

#[cfg(test)]
mod tests {
    use super::is_no_route;

    #[test]
    fn only_no_route_is_no_refusal() {
        let errno = std::io::Error::from_raw_os_error;
        assert!([libc::ENETUNREACH, libc::EHOSTUNREACH, libc::EACCES].into_iter().all(|e| is_no_route(&errno(e))));
        assert!([libc::ENOBUFS, libc::EPERM, libc::EMFILE, libc::ENODATA].into_iter().all(|e| !is_no_route(&errno(e))));
        assert!(!is_no_route(&std::io::Error::other("an answer that is none")));
    }
}
