//! Queries over UDP: each asked by sockets of its own with numbers of their own, answered within a second.

use std::net::SocketAddr;
use std::os::fd::{AsRawFd, OwnedFd};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::socket::{AddressFamily, MsgFlags, SockFlag, SockType, SockaddrStorage, connect, recv, send, socket};

use super::message::{self, Code, Question};
use super::{NEXT, PATIENCE, Servers, decide, learn, random_id, refuse};
use crate::network::packet;
use crate::network::relay::desk::Desk;
use crate::network::relay::owners::Held;
use crate::network::relay::poller::{Source, Trigger};
use crate::network::relay::slots::{Key, Slots};
use crate::wire::Transport;

/// The largest answer over UDP that any server sends.
const ANSWER: usize = 65_535;

/// The queries that wait for an answer.
#[derive(Debug)]
pub struct Asks {
    waiting: Slots<Ask>,
    buffer: Vec<u8>,
}

/// One query of a program.
#[derive(Debug)]
struct Ask {
    zone: SocketAddr,
    gate: SocketAddr,
    query: Vec<u8>,
    question: Question,
    /// A socket for each attempt, with the number that it used. All stay open: a slow server may answer after the
    /// next was asked.
    attempts: Vec<(OwnedFd, u16)>,
    /// Servers tried so far.
    turn: usize,
    next: Instant,
    until: Instant,
}

impl Asks {
    /// None yet; at most so many at once.
    pub fn new(most: usize) -> Self {
        Self { waiting: Slots::new(most), buffer: Vec::new() }
    }

    /// A query came from the zone to the gate. What is no query is answered so, or not at all.
    pub fn take(&mut self, desk: &mut Desk, servers: &mut Servers, zone: SocketAddr, gate: SocketAddr, query: &[u8]) {
        let question = match message::query(query) {
            Ok(question) => question,
            Err(answer) => return desk.card.send(answer.and_then(|a| packet::udp(gate, zone, &a))),
        };
        let own = decide(desk, &question).or(self.waiting.is_full().then_some(Code::Failed));
        if let Some(code) = own {
            let answer = packet::udp(gate, zone, &message::reply(query, &question, code));
            return match code {
                Code::NoName => refuse(desk, &question, Transport::Udp, zone, answer.map(Held::Packet)),
                _ => desk.card.send(answer),
            };
        }
        let (query, attempts) = (query.to_vec(), Vec::new());
        let ask = Ask { zone, gate, query, question, attempts, turn: 0, next: desk.now, until: desk.now + PATIENCE };
        if let Some(key) = self.waiting.insert(|_| ask) {
            self.attempt(desk, servers, key);
        }
    }

    /// A socket of a query became ready: an answer, or an error of the server.
    pub fn ready(&mut self, desk: &mut Desk, servers: &mut Servers, key: Key) {
        let Some(ask) = self.waiting.get(key) else { return };
        self.buffer.resize(ANSWER, 0);
        let got: Vec<Got> = ask.attempts.iter().map(|(s, id)| take(s, &ask.question, *id, &mut self.buffer)).collect();
        let more = ask.turn < servers.now(desk.now).len();
        let refused = got.contains(&Got::Refused);
        let answer = got.into_iter().find_map(|g| if let Got::Answer(bytes) = g { Some(bytes) } else { None });
        match answer {
            Some(answer) if !more || !message::is_failure(&answer) => self.answer(desk, key, answer),
            Some(_) => self.attempt(desk, servers, key),
            None if refused && more => self.attempt(desk, servers, key),
            // all have refused: when to ask them again is the clock's to say
            None => {}
        }
    }

    /// Asks further servers and gives up where it is time.
    pub fn tick(&mut self, desk: &mut Desk, servers: &mut Servers) {
        let now = desk.now;
        let due: Vec<(Key, bool)> = self
            .waiting
            .iter()
            .filter(|(_, a)| a.next <= now || a.until <= now)
            .map(|(k, a)| (k, a.until <= now))
            .collect();
        for (key, over) in due {
            if over { self.give_up(desk, key) } else { self.attempt(desk, servers, key) }
        }
    }

    /// How long until [`Asks::tick`] has something to do.
    pub fn due_in(&self, now: Instant) -> Option<Duration> {
        self.waiting.iter().map(|(_, a)| a.next.min(a.until).saturating_duration_since(now)).min()
    }

    /// Asks the next server in turn to which there is a way, with a new socket and number.
    fn attempt(&mut self, desk: &mut Desk, servers: &mut Servers, key: Key) {
        let Some(ask) = self.waiting.get(key) else { return };
        ask.next = desk.now + NEXT;
        let servers = servers.now(desk.now);
        for _ in servers {
            let server = servers.get(ask.turn % servers.len());
            ask.turn += 1;
            let Some(attempt) = server.and_then(|s| ask_server(*s, &ask.query)) else { continue };
            if desk.poller.watch(&attempt.0, Source::Ask(key), Trigger::Level).is_ok() {
                return ask.attempts.push(attempt);
            }
        }
        if ask.attempts.is_empty() {
            self.give_up(desk, key);
        }
    }

    fn answer(&mut self, desk: &mut Desk, key: Key, mut answer: Vec<u8>) {
        let Some(ask) = self.waiting.remove(key) else { return };
        message::renumber(&mut answer, ask.question.id);
        learn(desk, &answer, &ask.question);
        desk.card.send(packet::udp(ask.gate, ask.zone, &answer));
    }

    fn give_up(&mut self, desk: &mut Desk, key: Key) {
        let Some(ask) = self.waiting.remove(key) else { return };
        let answer = message::reply(&ask.query, &ask.question, Code::Failed);
        desk.card.send(packet::udp(ask.gate, ask.zone, &answer));
    }
}

/// What a socket had.
#[derive(PartialEq, Eq)]
enum Got {
    Answer(Vec<u8>),
    Refused,
    Nothing,
}

/// Takes what came in on the socket of one attempt; what does not answer its question is passed over.
fn take(socket: &OwnedFd, question: &Question, id: u16, buffer: &mut [u8]) -> Got {
    loop {
        match recv(socket.as_raw_fd(), buffer, MsgFlags::MSG_DONTWAIT) {
            Ok(len) => {
                let answer = buffer.get(..len).unwrap_or_default();
                if message::answers(answer, question, id) {
                    return Got::Answer(answer.to_vec());
                }
            }
            Err(Errno::EAGAIN | Errno::EINTR) => return Got::Nothing,
            Err(_) => return Got::Refused,
        }
    }
}

/// Sends the query from a new port; the socket is connected, so that only the server's answers come back.
fn ask_server(server: SocketAddr, query: &[u8]) -> Option<(OwnedFd, u16)> {
    let id = random_id()?;
    let mut query = query.to_vec();
    message::renumber(&mut query, id);
    let family = if server.is_ipv4() { AddressFamily::Inet } else { AddressFamily::Inet6 };
    let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
    let socket = socket(family, SockType::Datagram, flags, None).ok()?;
    connect(socket.as_raw_fd(), &SockaddrStorage::from(server)).ok()?;
    send(socket.as_raw_fd(), &query, MsgFlags::MSG_DONTWAIT | MsgFlags::MSG_NOSIGNAL).ok()?;
    Some((socket, id))
}
