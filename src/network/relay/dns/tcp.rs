//! Queries over TCP: a program's connection to the gate, one query after another, each continued to a server by TCP.

use std::net::SocketAddr;
use std::os::fd::{AsRawFd, OwnedFd};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::socket::{AddressFamily, MsgFlags, SockFlag, SockType, SockaddrStorage, connect, recv, send, socket};

use super::message::{self, Code, LONGEST_QUERY, Question};
use super::{NEXT, PATIENCE, Servers, decide, learn, random_id, refuse};
use crate::network::relay::desk::Desk;
use crate::network::relay::poller::{Source, Trigger};
use crate::network::relay::slots::{Key, Slots};
use crate::network::relay::stream::reset_on_close;
use crate::wire::Transport;

/// A program that says nothing for this long has its place taken.
const IDLE: Duration = Duration::from_secs(10);
/// The longest answer that a length of two bytes can announce.
const LONGEST_ANSWER: usize = 65_535;

/// The connections of programs.
#[derive(Debug)]
pub struct Dialogues {
    open: Slots<Dialogue>,
}

/// One program's connection.
#[derive(Debug)]
struct Dialogue {
    program: Framed,
    peer: SocketAddr,
    asked: Option<Asked>,
    used: Instant,
}

/// The query that a server is asked now.
#[derive(Debug)]
struct Asked {
    server: Option<Framed>,
    query: Vec<u8>,
    question: Question,
    id: u16,
    turn: usize,
    next: Instant,
    until: Instant,
}

/// The connection is of no more use.
struct Broken;

impl Dialogues {
    /// None yet; at most so many at once.
    pub fn new(most: usize) -> Self {
        Self { open: Slots::new(most) }
    }

    /// A program connected to the gate's resolver. One too many is reset.
    pub fn take(&mut self, desk: &mut Desk, servers: &mut Servers, socket: OwnedFd, peer: SocketAddr) {
        let (program, used) = (Framed::new(socket), desk.now);
        if self.open.is_full() {
            return reset_on_close(&program.socket);
        }
        let dialogue = Dialogue { program, peer, asked: None, used };
        let key = self.open.insert(|_| dialogue);
        let Some((key, dialogue)) = key.and_then(|k| Some((k, self.open.get(k)?))) else { return };
        if desk.poller.watch(&dialogue.program.socket, Source::Stream(key), Trigger::Edge).is_err() {
            self.open.remove(key);
        }
        self.ready(desk, servers, key);
    }

    /// One of its sockets became ready.
    pub fn ready(&mut self, desk: &mut Desk, servers: &mut Servers, key: Key) {
        let Some(dialogue) = self.open.get(key) else { return };
        if dialogue.go_on(desk, servers, key).is_err() {
            reset_on_close(&dialogue.program.socket);
            self.open.remove(key);
        } else if dialogue.is_over() {
            self.open.remove(key);
        }
    }

    /// Asks further servers, gives up, and closes silent connections where it is time.
    pub fn tick(&mut self, desk: &mut Desk, servers: &mut Servers) {
        let keys: Vec<Key> = self.open.iter().filter(|(_, d)| d.due() <= desk.now).map(|(key, _)| key).collect();
        for key in keys {
            let Some(dialogue) = self.open.get(key) else { continue };
            if dialogue.asked.is_none() {
                self.open.remove(key);
                continue;
            }
            dialogue.hurry(desk, servers, key);
            self.ready(desk, servers, key);
        }
    }

    /// How long until [`Dialogues::tick`] has something to do.
    pub fn due_in(&self, now: Instant) -> Option<Duration> {
        self.open.iter().map(|(_, d)| d.due().saturating_duration_since(now)).min()
    }
}

impl Dialogue {
    fn due(&self) -> Instant {
        self.asked.as_ref().map_or(self.used + IDLE, |a| a.next.min(a.until))
    }

    fn is_over(&self) -> bool {
        self.program.ended && self.asked.is_none() && self.program.outbox.is_empty()
    }

    /// Moves it on until it waits for a socket.
    fn go_on(&mut self, desk: &mut Desk, servers: &mut Servers, key: Key) -> Result<(), Broken> {
        self.program.flush()?;
        loop {
            let moved = match self.asked.is_some() {
                true => self.hear(desk, servers, key)?,
                false => self.listen(desk, servers, key)?,
            };
            if !moved {
                return Ok(());
            }
        }
    }

    /// Takes the next query of the program; false when there is none yet.
    fn listen(&mut self, desk: &mut Desk, servers: &mut Servers, key: Key) -> Result<bool, Broken> {
        let Some(query) = self.program.message(LONGEST_QUERY)? else { return Ok(false) };
        self.used = desk.now;
        let question = match message::query(&query) {
            Ok(question) => question,
            Err(Some(answer)) => return self.program.say(&answer).map(|()| true),
            Err(None) => return Err(Broken),
        };
        if let Some(code) = decide(desk, &question) {
            if code == Code::NoName {
                refuse(desk, &question, Transport::Tcp, self.peer, None);
            }
            return self.program.say(&message::reply(&query, &question, code)).map(|()| true);
        }
        let (next, until) = (desk.now, desk.now + PATIENCE);
        self.asked = Some(Asked { server: None, query, question, id: 0, turn: 0, next, until });
        self.ask(desk, servers, key);
        Ok(true)
    }

    /// Takes the server's answer; false when there is none yet.
    fn hear(&mut self, desk: &mut Desk, servers: &mut Servers, key: Key) -> Result<bool, Broken> {
        let Some(asked) = &mut self.asked else { return Ok(false) };
        let Some(server) = &mut asked.server else { return Ok(false) };
        match server.flush().and_then(|()| server.message(LONGEST_ANSWER)) {
            Ok(Some(mut answer)) if message::answers(&answer, &asked.question, asked.id) => {
                message::renumber(&mut answer, asked.question.id);
                learn(desk, &answer, &asked.question);
                (self.asked, self.used) = (None, desk.now);
                self.program.say(&answer).map(|()| true)
            }
            Ok(None) if !server.ended => Ok(false),
            _ => {
                asked.server = None;
                self.ask(desk, servers, key);
                Ok(self.asked.as_ref().is_none_or(|a| a.server.is_some()))
            }
        }
    }

    /// Time has passed without an answer: the next server, or none.
    fn hurry(&mut self, desk: &mut Desk, servers: &mut Servers, key: Key) {
        let Some(asked) = &mut self.asked else { return };
        if asked.until <= desk.now {
            self.give_up(desk);
        } else if asked.turn < servers.now(desk.now).len() || asked.server.is_none() {
            self.ask(desk, servers, key);
        } else {
            asked.next = asked.until;
        }
    }

    /// Connects to the next server in turn that has not been tried; what the connection brings, the poller says.
    fn ask(&mut self, desk: &mut Desk, servers: &mut Servers, key: Key) {
        let Some(asked) = &mut self.asked else { return };
        asked.next = desk.now + NEXT;
        let servers = servers.now(desk.now);
        while asked.turn < servers.len() {
            let server = servers.get(asked.turn);
            asked.turn += 1;
            let Some((socket, id)) = server.and_then(|s| Some((open(*s)?, random_id()?))) else { continue };
            if desk.poller.watch(&socket, Source::Stream(key), Trigger::Edge).is_err() {
                continue;
            }
            let (mut server, mut query) = (Framed::new(socket), asked.query.clone());
            message::renumber(&mut query, id);
            if server.say(&query).is_ok() {
                (asked.server, asked.id) = (Some(server), id);
                return;
            }
        }
        // an answer in time is better than the last second of hope
        self.give_up(desk);
    }

    fn give_up(&mut self, desk: &Desk) {
        if let Some(asked) = self.asked.take() {
            self.used = desk.now;
            // a program that is gone is noticed when it is written to next
            let _ = self.program.say(&message::reply(&asked.query, &asked.question, Code::Failed));
        }
    }
}

fn open(server: SocketAddr) -> Option<OwnedFd> {
    let family = if server.is_ipv4() { AddressFamily::Inet } else { AddressFamily::Inet6 };
    let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
    let socket = socket(family, SockType::Stream, flags, None).ok()?;
    match connect(socket.as_raw_fd(), &SockaddrStorage::from(server)) {
        Ok(()) | Err(Errno::EINPROGRESS) => Some(socket),
        Err(_) => None,
    }
}

/// A socket with messages that have their length before them.
#[derive(Debug)]
struct Framed {
    socket: OwnedFd,
    inbox: Vec<u8>,
    outbox: Vec<u8>,
    ended: bool,
}

impl Framed {
    fn new(socket: OwnedFd) -> Self {
        Self { socket, inbox: Vec::new(), outbox: Vec::new(), ended: false }
    }

    /// The next whole message of at most `longest` bytes; nothing while it is not complete. Reads no more than one.
    fn message(&mut self, longest: usize) -> Result<Option<Vec<u8>>, Broken> {
        loop {
            let wanted = match self.inbox.first_chunk::<2>() {
                None => 2,
                Some(length) => 2 + usize::from(u16::from_be_bytes(*length)),
            };
            if wanted > 2 + longest {
                return Err(Broken);
            }
            if wanted > 2 && self.inbox.len() >= wanted {
                let message = self.inbox.split_off(2);
                self.inbox.clear();
                return Ok(Some(message));
            }
            // a message of no bytes is none; nothing after it could be trusted to begin where it says
            if wanted == 2 && self.inbox.len() == 2 {
                return Err(Broken);
            }
            if self.ended || !self.read(wanted)? {
                return Ok(None);
            }
        }
    }

    /// Reads until so many bytes are there; false when none came.
    fn read(&mut self, wanted: usize) -> Result<bool, Broken> {
        let had = self.inbox.len();
        self.inbox.resize(wanted, 0);
        let got = recv(self.socket.as_raw_fd(), self.inbox.get_mut(had..).unwrap_or_default(), MsgFlags::MSG_DONTWAIT);
        self.inbox.truncate(had + got.unwrap_or(0));
        match got {
            Ok(0) => self.ended = true,
            Ok(_) | Err(Errno::EINTR) => {}
            Err(Errno::EAGAIN) => return Ok(false),
            Err(_) => return Err(Broken),
        }
        Ok(true)
    }

    /// Sends a message, now or when there is room.
    fn say(&mut self, message: &[u8]) -> Result<(), Broken> {
        let length = u16::try_from(message.len()).map_err(|_| Broken)?;
        self.outbox.extend_from_slice(&length.to_be_bytes());
        self.outbox.extend_from_slice(message);
        self.flush()
    }

    fn flush(&mut self) -> Result<(), Broken> {
        while !self.outbox.is_empty() {
            match send(self.socket.as_raw_fd(), &self.outbox, MsgFlags::MSG_DONTWAIT | MsgFlags::MSG_NOSIGNAL) {
                Ok(sent) => drop(self.outbox.drain(..sent)),
                Err(Errno::EINTR) => {}
                Err(Errno::EAGAIN) => break,
                Err(_) => return Err(Broken),
            }
        }
        Ok(())
    }
}
