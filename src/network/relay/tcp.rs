//! TCP: what the zone's firewall redirected here is judged, continued outside, and carried.

use std::net::{SocketAddr, SocketAddrV4, SocketAddrV6};
use std::os::fd::{AsRawFd, OwnedFd};

use nix::errno::Errno;
use nix::sys::socket::{
    SockFlag, SockType, SockaddrIn, SockaddrIn6, SockaddrStorage, accept4, connect, getpeername, getsockopt,
    setsockopt, sockopt,
};

use crate::wire::Transport;

use super::desk::Desk;
use super::judge::{self, Rule};
use super::owners::{Ends, Held};
use super::pipes::Pipes;
use super::poller::{Ready, Source, Trigger};
use super::record::Traffic;
use super::slots::{Key, Slots};
use super::stream::{State, Stream, reset_on_close};

/// Connections taken from a listener before other events have their turn.
const TURN: usize = 64;
/// Seconds of silence before a connection is probed, between probes, and how many are left unanswered: without
/// them a peer that has gone for ever would hold its place for ever.
const PROBE_AFTER: u32 = 300;
const PROBE_EVERY: u32 = 30;
const PROBES: u32 = 6;
const COPY: usize = 64 * 1024;
/// Pipes kept while nothing is moved.
const IDLE_PIPES: usize = 4;

/// The connections that are carried.
#[derive(Debug)]
pub struct Connections {
    streams: Slots<Stream>,
    pipes: Pipes,
    busy: Vec<Key>,
    buffer: Vec<u8>,
}

/// A connection from the zone that waits for what is to become of it.
#[derive(Debug)]
pub struct Arrival {
    /// Its socket.
    pub socket: OwnedFd,
    /// The program's end.
    pub peer: Option<SocketAddr>,
    /// Where the program wanted to go; nothing when it was not redirected.
    pub destination: Option<SocketAddr>,
}

/// Takes the connections that wait on a listener, at most a turn of them and as many as there is room for. An error is that of the last accept.
pub fn arrivals(listener: &OwnedFd, v6: bool, room: usize) -> (Vec<Arrival>, Option<Errno>) {
    let mut arrived = Vec::new();
    while arrived.len() < TURN.min(room) {
        match accept4(listener.as_raw_fd(), SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK) {
            Ok(fd) => arrived.push(arrival(crate::sys::fd::adopt(fd), v6)),
            Err(Errno::EINTR | Errno::ECONNABORTED) => {}
            Err(Errno::EAGAIN) => return (arrived, None),
            Err(e) => return (arrived, Some(e)),
        }
    }
    (arrived, None)
}

fn arrival(socket: OwnedFd, v6: bool) -> Arrival {
    let destination = if v6 { original_v6(&socket) } else { original_v4(&socket) };
    let peer = getpeername::<SockaddrStorage>(socket.as_raw_fd()).ok().as_ref().and_then(socket_address);
    Arrival { socket, peer, destination }
}

fn original_v4(socket: &OwnedFd) -> Option<SocketAddr> {
    let address = SockaddrIn::from(getsockopt(socket, sockopt::OriginalDst).ok()?);
    Some(SocketAddrV4::from(address).into())
}

fn original_v6(socket: &OwnedFd) -> Option<SocketAddr> {
    let address = SockaddrIn6::from(getsockopt(socket, sockopt::Ip6tOriginalDst).ok()?);
    Some(SocketAddrV6::new(address.ip(), address.port(), 0, 0).into())
}

/// An address of either family.
pub fn socket_address(address: &SockaddrStorage) -> Option<SocketAddr> {
    let v4 = address.as_sockaddr_in().map(|a| SocketAddr::V4((*a).into()));
    v4.or_else(|| address.as_sockaddr_in6().map(|a| SocketAddrV6::new(a.ip(), a.port(), 0, 0).into()))
}

impl Connections {
    /// None yet; at most so many connections and pipes.
    pub fn new(most: usize, pipes: usize) -> Self {
        let (streams, pipes) = (Slots::new(most), Pipes::new(pipes));
        Self { streams, pipes, busy: Vec::new(), buffer: vec![0; COPY] }
    }

    /// How many further connections would be taken.
    pub fn room(&self) -> usize {
        self.streams.room()
    }

    /// Whether some could be moved further at once.
    pub fn are_busy(&self) -> bool {
        !self.busy.is_empty()
    }

    /// Judges a connection and continues it, or resets and records it.
    pub fn take(&mut self, desk: &mut Desk, arrival: Arrival) {
        let Arrival { socket, peer, destination } = arrival;
        let to = destination.unwrap_or(SocketAddr::from(([0, 0, 0, 0], 0)));
        let judged = match destination {
            None => Err(Rule::NoDestination),
            // what comes to the gate's resolver was taken before; the gate has nothing else
            Some(to) if judge::is_gate(to.ip()) => Err(Rule::Reserved),
            Some(to) => desk.judge(to.ip(), Some(to.port())),
        };
        match judged.and_then(|()| outside(desk, to)) {
            Err(rule) => {
                reset_on_close(&socket);
                let subject = desk.subject(Transport::Tcp, to, peer);
                desk.refuse(&subject, rule, Some(Held::Socket(socket)));
            }
            Ok(None) => reset_on_close(&socket),
            Ok(Some(server)) => {
                let ends = peer.map(|local| Ends { transport: Transport::Tcp, local, remote: Some(to) });
                let owner = desk.recorder.owner(ends, desk.now);
                self.carry(desk, Stream::new(socket, server, to, owner, desk.now));
            }
        }
    }

    fn carry(&mut self, desk: &mut Desk, stream: Stream) {
        let _ = setsockopt(&stream.client, sockopt::TcpNoDelay, &true);
        let mut failed = None;
        let inserted = self.streams.insert(|key| {
            let client = desk.poller.watch(&stream.client, Source::Client(key), Trigger::Edge);
            failed = client.and(desk.poller.watch(&stream.server, Source::Server(key), Trigger::Edge)).err();
            stream
        });
        if let (Some(key), Some(_)) = (inserted, failed) {
            self.end(desk, key, true);
        }
    }

    /// A side of a connection became ready.
    pub fn ready(&mut self, desk: &mut Desk, source: Source, ready: Ready) {
        let (Source::Client(key) | Source::Server(key)) = source else { return };
        let Some(stream) = self.streams.get(key) else { return };
        match source {
            Source::Client(_) => stream.client_is(ready),
            _ => stream.server_is(ready),
        }
        self.advance(desk, key);
    }

    /// Gives each connection that could be moved further another turn.
    pub fn go_on(&mut self, desk: &mut Desk) {
        for key in std::mem::take(&mut self.busy) {
            if let Some(stream) = self.streams.get(key) {
                stream.queued = false;
            }
            self.advance(desk, key);
        }
    }

    /// Whether there are pipes that could be given back.
    pub fn hold_pipes(&self) -> bool {
        self.pipes.idle() > IDLE_PIPES
    }

    /// Gives pipes back to the user that are not needed.
    pub fn rest(&mut self) {
        self.pipes.trim(IDLE_PIPES);
    }

    /// Records all connections as ended: the zone has ended.
    pub fn end_all(&mut self, desk: &mut Desk) {
        let keys: Vec<Key> = self.streams.iter().map(|(key, _)| key).collect();
        keys.into_iter().for_each(|key| self.end(desk, key, true));
    }

    fn advance(&mut self, desk: &mut Desk, key: Key) {
        let Some(stream) = self.streams.get(key) else { return };
        let (up, down) = stream.bytes();
        let state = stream.advance(&mut self.pipes, &mut self.buffer);
        let (further, back) = stream.bytes();
        desk.meter.moved(further - up, back - down);
        match state {
            State::Waiting => {}
            State::Busy => {
                if !std::mem::replace(&mut stream.queued, true) {
                    self.busy.push(key);
                }
            }
            State::Ended => self.end(desk, key, false),
            State::Broken => self.end(desk, key, true),
        }
    }

    fn end(&mut self, desk: &mut Desk, key: Key, reset: bool) {
        let Some(stream) = self.streams.remove(key) else { return };
        let subject = desk.subject(Transport::Tcp, stream.destination, None);
        let (up, down) = stream.bytes();
        let traffic = Traffic { up, down, lasted: desk.now.saturating_duration_since(stream.since) };
        desk.recorder.ended(&subject, &stream.owner, traffic, desk.now);
        stream.close(&mut self.pipes, reset);
    }
}

/// A socket that connects to the destination; nothing when there is no way at all.
fn outside(desk: &Desk, to: SocketAddr) -> Result<Option<OwnedFd>, Rule> {
    let fd = desk.outside(to.is_ipv6(), SockType::Stream, None)?;
    // none of these changes what is carried: a kernel without one is no reason to refuse
    let _ = setsockopt(&fd, sockopt::TcpNoDelay, &true);
    let _ = setsockopt(&fd, sockopt::KeepAlive, &true);
    let _ = setsockopt(&fd, sockopt::TcpKeepIdle, &PROBE_AFTER);
    let _ = setsockopt(&fd, sockopt::TcpKeepInterval, &PROBE_EVERY);
    let _ = setsockopt(&fd, sockopt::TcpKeepCount, &PROBES);
    match connect(fd.as_raw_fd(), &SockaddrStorage::from(to)) {
        Ok(()) | Err(Errno::EINPROGRESS) => Ok(Some(fd)),
        Err(_) => Ok(None),
    }
}
