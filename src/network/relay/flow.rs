//! One mapping: a port (or echo identifier) of the zone and the socket that stands for it outside.
//!
//! The socket is the same whatever the destination (endpoint-independent mapping, RFC 4787), so that programs which
//! find each other by a third one can talk. What comes in from an address that the zone never sent to is dropped.

use std::io::IoSliceMut;
use std::net::{IpAddr, SocketAddr};
use std::os::fd::{AsRawFd, OwnedFd};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::socket::{
    ControlMessageOwned, MsgFlags, SockProtocol, SockType, SockaddrStorage, recvfrom, recvmsg, sendto, setsockopt,
    sockopt,
};

use crate::network::packet::{self, Problem};
use crate::wire::Transport;

use super::desk::Desk;
use super::judge::Rule;
use super::owners::{Ends, Owner};
use super::record::Traffic;
use super::tcp::socket_address;

/// Destinations of one mapping; the one not used for longest goes first.
const PEERS: usize = 256;
/// How long a judgement of a destination holds: the PC may get another address meanwhile.
const JUDGED: Duration = Duration::from_secs(5);
/// Datagrams taken from a socket before others have their turn.
const TURN: usize = 64;
/// Type and code, checksum, identifier: what stands before the rest of an echo message.
const ECHO_START: usize = 6;

/// Which protocol a mapping is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Datagrams.
    Udp,
    /// Echo requests, by an unprivileged ping socket.
    Echo,
}

impl Kind {
    /// The kind of the program's socket.
    pub fn transport(self) -> Transport {
        match self {
            Self::Udp => Transport::Udp,
            Self::Echo => Transport::Icmp,
        }
    }
}

/// A mapping.
#[derive(Debug)]
pub struct Flow {
    /// Its protocol.
    pub kind: Kind,
    /// The zone's end: address, and port or identifier.
    pub zone: SocketAddr,
    /// The socket outside.
    pub socket: OwnedFd,
    /// When something last passed.
    pub used: Instant,
    peers: Vec<Peer>,
}

/// One destination of a mapping.
#[derive(Debug)]
struct Peer {
    address: SocketAddr,
    owner: Owner,
    judged: Instant,
    used: Instant,
    since: Instant,
    up: u64,
    down: u64,
}

impl Flow {
    /// A mapping with its socket; nothing passes yet.
    pub fn open(desk: &Desk, kind: Kind, zone: SocketAddr) -> Result<Self, Rule> {
        let v6 = zone.is_ipv6();
        let protocol = match (kind, v6) {
            (Kind::Udp, _) => None,
            (Kind::Echo, false) => Some(SockProtocol::Icmp),
            (Kind::Echo, true) => Some(SockProtocol::IcmpV6),
        };
        let socket = desk.outside(v6, SockType::Datagram, protocol)?;
        let (level, discover, always) = if v6 {
            (libc::IPPROTO_IPV6, libc::IPV6_MTU_DISCOVER, libc::IPV6_PMTUDISC_DO)
        } else {
            (libc::IPPROTO_IP, libc::IP_MTU_DISCOVER, libc::IP_PMTUDISC_DO)
        };
        // what is too large comes back as an error, and the program learns what the way takes
        crate::sys::socket::set_int(&socket, level, discover, always).map_err(|_| Rule::Socket)?;
        let errors = if v6 {
            setsockopt(&socket, sockopt::Ipv6RecvErr, &true)
        } else {
            setsockopt(&socket, sockopt::Ipv4RecvErr, &true)
        };
        errors.map_err(|_| Rule::Socket)?;
        Ok(Self { kind, zone, socket, used: desk.now, peers: Vec::new() })
    }

    /// Judges a destination, unless that was done a moment ago.
    pub fn judge(&mut self, desk: &mut Desk, to: SocketAddr) -> Result<(), Rule> {
        let now = desk.now;
        if self.peer(to).is_some_and(|p| now.saturating_duration_since(p.judged) < JUDGED) {
            return Ok(());
        }
        let port = (self.kind == Kind::Udp).then_some(to.port());
        if let Err(rule) = desk.judge(to.ip(), port) {
            self.peers.retain(|p| !same(p.address, to));
            return Err(rule);
        }
        if let Some(known) = self.peer(to) {
            known.judged = now;
        } else {
            self.make_room(desk);
            let ends = Ends { transport: self.kind.transport(), local: self.zone, remote: Some(to) };
            let owner = desk.recorder.owner(Some(ends), now);
            self.peers.push(Peer { address: to, owner, judged: now, used: now, since: now, up: 0, down: 0 });
        }
        Ok(())
    }

    /// Sends to a destination that was judged; `data` is the datagram, or an echo message from its sequence number.
    pub fn send(&mut self, desk: &Desk, to: SocketAddr, data: &[u8]) {
        let now = desk.now;
        self.used = now;
        let message = if self.kind == Kind::Echo { echo_request(self.zone, data) } else { Vec::new() };
        let bytes = if self.kind == Kind::Echo { &message[..] } else { data };
        let (fd, address) = (self.socket.as_raw_fd(), SockaddrStorage::from(to));
        let mut sent = sendto(fd, bytes, &address, MsgFlags::MSG_DONTWAIT);
        if sent.is_err() {
            // an error that an earlier datagram had caused is reported once, and this one was not sent then
            self.report_errors_about(desk, Some((to, data)));
            if sent != Err(Errno::EMSGSIZE) {
                sent = sendto(fd, bytes, &address, MsgFlags::MSG_DONTWAIT);
            }
        }
        match sent {
            Ok(_) => {
                if let Some(peer) = self.peer(to) {
                    (peer.up, peer.used) = (peer.up + data.len() as u64, now);
                    desk.meter.moved(data.len() as u64, 0);
                }
            }
            Err(Errno::ENETUNREACH | Errno::EHOSTUNREACH | Errno::EACCES | Errno::EPERM | Errno::ENODEV) => {
                desk.card.report(self.zone, Problem::Host, self.quote(to, data));
            }
            Err(_) => {}
        }
    }

    /// Takes what came in, at most a turn of it, and passes it into the zone.
    pub fn receive(&mut self, desk: &Desk, buffer: &mut [u8]) {
        for _ in 0..TURN {
            let got = recvfrom::<SockaddrStorage>(self.socket.as_raw_fd(), buffer);
            let Ok((len, Some(from))) = got else { return };
            let (Some(from), Some(data)) = (socket_address(&from), buffer.get(..len)) else { continue };
            let zone = self.zone;
            let Some(peer) = self.peer(from) else { continue };
            (peer.down, peer.used) = (peer.down + len as u64, desk.now);
            desk.meter.moved(0, len as u64);
            self.used = desk.now;
            desk.card.send(match self.kind {
                Kind::Udp => packet::udp(from, zone, data),
                Kind::Echo => {
                    data.get(ECHO_START..).and_then(|r| packet::echo_reply(from.ip(), zone.ip(), zone.port(), r))
                }
            });
        }
    }

    /// Takes the errors that wait on the socket and tells the zone.
    pub fn report_errors(&mut self, desk: &Desk) {
        self.report_errors_about(desk, None);
    }

    /// The same when a datagram was just refused: an error of this PC's own kernel about it names neither its port
    /// nor its data.
    fn report_errors_about(&mut self, desk: &Desk, now: Option<(SocketAddr, &[u8])>) {
        for _ in 0..TURN {
            let Some(trouble) = next_error(&self.socket) else { return };
            let left = if self.kind == Kind::Echo { trouble.data.get(ECHO_START..) } else { Some(&trouble.data[..]) };
            let quoted = trouble.to.filter(|to| self.peer(*to).is_some()).map(|to| (to, left.unwrap_or(&[0, 0])));
            let about = if trouble.is_local { now.or(quoted) } else { quoted };
            if let (Some(problem), Some((to, data))) = (trouble.problem, about) {
                desk.card.report(self.zone, problem, self.quote(to, data));
            }
        }
    }

    /// Records every destination as ended.
    pub fn end(&mut self, desk: &mut Desk) {
        for peer in std::mem::take(&mut self.peers) {
            record(desk, self.kind, &peer);
        }
    }

    /// The beginning of the zone's own packet, for an error about it.
    pub fn quote(&self, to: SocketAddr, data: &[u8]) -> Option<Vec<u8>> {
        match self.kind {
            Kind::Udp => packet::quoted_udp(self.zone, to, data),
            Kind::Echo => packet::quoted_echo(self.zone.ip(), to.ip(), self.zone.port(), data),
        }
    }

    fn peer(&mut self, address: SocketAddr) -> Option<&mut Peer> {
        self.peers.iter_mut().find(|p| same(p.address, address))
    }

    fn make_room(&mut self, desk: &mut Desk) {
        if self.peers.len() < PEERS {
            return;
        }
        let oldest = self.peers.iter().enumerate().min_by_key(|(_, p)| p.used).map(|(at, _)| at);
        if let Some(at) = oldest {
            let peer = self.peers.swap_remove(at);
            record(desk, self.kind, &peer);
        }
    }
}

fn record(desk: &mut Desk, kind: Kind, peer: &Peer) {
    let subject = desk.subject(kind.transport(), peer.address, None);
    let lasted = peer.used.saturating_duration_since(peer.since);
    desk.recorder.ended(&subject, &peer.owner, Traffic { up: peer.up, down: peer.down, lasted }, desk.now);
}

fn same(a: SocketAddr, b: SocketAddr) -> bool {
    (a.ip(), a.port()) == (b.ip(), b.port())
}

/// An echo request as a ping socket takes it: the kernel fills in checksum and identifier.
fn echo_request(zone: SocketAddr, rest: &[u8]) -> Vec<u8> {
    let kind = if zone.is_ipv4() { 8 } else { 128 };
    let mut message = vec![kind, 0, 0, 0, 0, 0];
    message.extend_from_slice(rest);
    message
}

/// An error that waited on a socket.
struct Trouble {
    /// Which destination.
    to: Option<SocketAddr>,
    /// What happened; nothing for what the zone needs not know.
    problem: Option<Problem>,
    /// Whether this PC's own kernel found it.
    is_local: bool,
    /// What is left of the datagram.
    data: Vec<u8>,
}

/// The next error of a socket.
fn next_error(socket: &OwnedFd) -> Option<Trouble> {
    let mut data = vec![0; 512];
    let mut space = nix::cmsg_space!(libc::sock_extended_err, libc::sockaddr_in6);
    let (len, to, error) = {
        let mut slices = [IoSliceMut::new(&mut data)];
        let flags = MsgFlags::MSG_ERRQUEUE | MsgFlags::MSG_DONTWAIT;
        let message = recvmsg::<SockaddrStorage>(socket.as_raw_fd(), &mut slices, Some(&mut space), flags).ok()?;
        let error = message.cmsgs().ok()?.find_map(|control| match control {
            ControlMessageOwned::Ipv4RecvErr(e, _) | ControlMessageOwned::Ipv6RecvErr(e, _) => Some(e),
            _ => None,
        });
        (message.bytes, message.address.as_ref().and_then(socket_address), error)
    };
    data.truncate(len);
    let is_local = error.is_some_and(|e| e.ee_origin == libc::SO_EE_ORIGIN_LOCAL);
    Some(Trouble { to, problem: error.as_ref().and_then(problem), is_local, data })
}

fn problem(error: &libc::sock_extended_err) -> Option<Problem> {
    if error.ee_errno == libc::EMSGSIZE as u32 {
        return Some(Problem::TooBig(error.ee_info));
    }
    match (error.ee_origin, error.ee_type, error.ee_code) {
        (libc::SO_EE_ORIGIN_ICMP, 3, 3) | (libc::SO_EE_ORIGIN_ICMP6, 1, 4) => Some(Problem::Port),
        (libc::SO_EE_ORIGIN_ICMP, 3, 9 | 10 | 13) | (libc::SO_EE_ORIGIN_ICMP6, 1, 1) => Some(Problem::Prohibited),
        (libc::SO_EE_ORIGIN_ICMP, 3, _) | (libc::SO_EE_ORIGIN_ICMP6, 1, _) => Some(Problem::Host),
        _ => None,
    }
}

/// The address and port that the zone wanted, as the log and the sockets name it: an echo has port 0.
pub fn destination(kind: Kind, to: IpAddr, port: u16) -> SocketAddr {
    SocketAddr::new(to, if kind == Kind::Udp { port } else { 0 })
}
