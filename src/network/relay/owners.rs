//! Which program a connection belongs to: asked of the zone, never waited for, and unknown when no answer came.
//!
//! The zone has the answer only while the program's socket is there. So what would end it, the reset of a refused
//! connection or the answer that says no, is held back until then. What the zone answers is a hint: it decides nothing.

use std::cell::OnceCell;
use std::collections::VecDeque;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::rc::Rc;
use std::time::{Duration, Instant};

use crate::wire::{Connection, FromInit, Question, Stage, ToInit, Transport};

use super::card::Card;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_millis(50);
/// The name of a program that nobody could say.
const UNKNOWN: &str = "unknown";

/// The program at the zone's end of one connection, known now or soon.
#[derive(Debug, Clone, Default)]
pub struct Owner(Rc<OnceCell<Box<str>>>);

impl Owner {
    /// Nobody could say.
    pub fn unknown() -> Self {
        let owner = Self::default();
        owner.is(UNKNOWN);
        owner
    }

    /// The program; nothing while an answer may still come.
    pub fn name(&self) -> Option<&str> {
        self.0.get().map(AsRef::as_ref)
    }

    /// The first word counts.
    fn is(&self, program: &str) {
        let _ = self.0.set(if program.is_empty() { UNKNOWN } else { program }.into());
    }
}

/// What is held back until the answer is there.
#[derive(Debug)]
pub enum Held {
    /// A refused connection, which is reset when it is closed.
    Socket(OwnedFd),
    /// A packet for the zone.
    Packet(Vec<u8>),
}

impl Held {
    /// Does what was held back.
    pub fn let_go(self, card: &Card) {
        match self {
            Self::Socket(socket) => drop(socket),
            Self::Packet(packet) => card.send(Some(packet)),
        }
    }
}

/// Both ends of a connection, as its program names them.
#[derive(Debug, Clone, Copy)]
pub struct Ends {
    /// The socket's kind.
    pub transport: Transport,
    /// The program's end.
    pub local: SocketAddr,
    /// The other one, where it is known.
    pub remote: Option<SocketAddr>,
}

/// The questions that wait for an answer, and whom they are asked.
#[derive(Debug)]
pub struct Owners {
    init: Connection,
    asked: VecDeque<Asked>,
    most: usize,
    next: u32,
}

#[derive(Debug)]
struct Asked {
    number: u32,
    until: Instant,
    owner: Owner,
    held: Option<Held>,
}

impl Owners {
    /// Asks over the pair with init; at most so many questions at once.
    pub fn new(init: Connection, most: usize) -> Self {
        Self { init, asked: VecDeque::new(), most, next: 0 }
    }

    /// Asks, and holds back what would end the program's socket. Where it can not be asked the owner is unknown at
    /// once and what was to be held comes back.
    pub fn ask(&mut self, ends: Option<Ends>, held: Option<Held>, now: Instant) -> (Owner, Option<Held>) {
        let number = self.next;
        let sent = ends.filter(|_| self.asked.len() < self.most).is_some_and(|ends| self.send(number, ends));
        if !sent {
            return (Owner::unknown(), held);
        }
        self.next = number.wrapping_add(1);
        let owner = Owner::default();
        self.asked.push_back(Asked { number, until: now + PATIENCE, owner: owner.clone(), held });
        (owner, None)
    }

    fn send(&self, number: u32, ends: Ends) -> bool {
        let Ends { transport, local, remote } = ends;
        let remote = remote.unwrap_or(SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0));
        let question = ToInit::Whose(Question { number, transport, local, remote });
        question.encode().is_ok_and(|bytes| self.init.offer(&bytes).is_ok())
    }

    /// Takes one answer. False where init has gone, or says what is none.
    pub fn hear(&mut self, card: &Card) -> bool {
        let Ok(Some((FromInit::Owner(number, program), _))) = self.init.reply(Stage::Run) else { return false };
        // an answer that comes too late belongs to no question any more
        let at = self.asked.iter().position(|asked| asked.number == number);
        if let Some(asked) = at.and_then(|at| self.asked.remove(at)) {
            asked.end(&program, card);
        }
        true
    }

    /// Gives up what has waited for too long.
    pub fn tick(&mut self, card: &Card, now: Instant) {
        let over = self.asked.iter().take_while(|asked| asked.until <= now).count();
        self.asked.drain(..over).for_each(|asked| asked.end(UNKNOWN, card));
    }

    /// Gives up everything: the zone has ended.
    pub fn give_up(&mut self, card: &Card) {
        self.asked.drain(..).for_each(|asked| asked.end(UNKNOWN, card));
    }

    /// How long until [`Owners::tick`] has something to do.
    pub fn due_in(&self, now: Instant) -> Option<Duration> {
        self.asked.front().map(|asked| asked.until.saturating_duration_since(now))
    }
}

impl Asked {
    fn end(self, program: &str, card: &Card) {
        self.owner.is(program);
        self.held.into_iter().for_each(|held| held.let_go(card));
    }
}

impl AsFd for Owners {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.init.as_fd()
    }
}
