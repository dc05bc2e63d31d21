//! epoll, with names for what became ready.

use std::os::fd::AsFd;
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};

use crate::sys::memory;

use super::slots::Key;

/// What became ready.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The connection to init.
    Init,
    /// The card.
    Tun,
    /// A listener: false is IPv4, true IPv6.
    Listener(bool),
    /// The zone's side of a connection.
    Client(Key),
    /// The outer side of a connection.
    Server(Key),
    /// The socket of a UDP or echo mapping.
    Flow(Key),
    /// A socket of a DNS query over UDP.
    Ask(Key),
    /// A program's DNS connection, either side.
    Stream(Key),
}

impl Source {
    fn to_bits(self) -> u64 {
        let (kind, rest) = match self {
            Self::Init => (0, 0),
            Self::Tun => (1, 0),
            Self::Listener(v6) => (2, u64::from(v6)),
            Self::Client(key) => (3, key.to_bits()),
            Self::Server(key) => (4, key.to_bits()),
            Self::Flow(key) => (5, key.to_bits()),
            Self::Ask(key) => (6, key.to_bits()),
            Self::Stream(key) => (7, key.to_bits()),
        };
        kind << 56 | rest
    }

    fn from_bits(bits: u64) -> Option<Self> {
        let key = Key::from_bits(bits);
        Some(match bits >> 56 {
            0 => Self::Init,
            1 => Self::Tun,
            2 => Self::Listener(bits & 1 == 1),
            3 => Self::Client(key),
            4 => Self::Server(key),
            5 => Self::Flow(key),
            6 => Self::Ask(key),
            7 => Self::Stream(key),
            _ => return None,
        })
    }
}

/// How it is told about a descriptor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trigger {
    /// As long as there is something to read.
    Level,
    /// Once for each change, for reading and writing: the owner remembers what it was told.
    Edge,
}

/// What a descriptor became ready for.
#[derive(Debug, Clone, Copy)]
pub struct Ready {
    /// Data, an end, or an error to be read.
    pub read: bool,
    /// Room, or an error that writing would show.
    pub write: bool,
    /// An error waits.
    pub error: bool,
}

/// An epoll instance.
#[derive(Debug)]
pub struct Poller {
    epoll: Epoll,
    events: Vec<EpollEvent>,
    rested: bool,
}

impl Poller {
    /// A new one that gives at most 256 events at once.
    pub fn new() -> nix::Result<Self> {
        let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?;
        Ok(Self { epoll, events: vec![EpollEvent::empty(); 256], rested: false })
    }

    /// Watches a descriptor until it is closed or [`Poller::forget`] is called.
    pub fn watch(&self, fd: impl AsFd, source: Source, trigger: Trigger) -> nix::Result<()> {
        let flags = match trigger {
            Trigger::Level => EpollFlags::EPOLLIN,
            Trigger::Edge => EpollFlags::EPOLLIN | EpollFlags::EPOLLOUT | EpollFlags::EPOLLRDHUP | EpollFlags::EPOLLET,
        };
        self.epoll.add(fd, EpollEvent::new(flags, source.to_bits()))
    }

    /// Stops watching.
    pub fn forget(&self, fd: impl AsFd) -> nix::Result<()> {
        self.epoll.delete(fd)
    }

    /// Waits, at most so long, and lists what became ready. It may come back earlier with nothing.
    pub fn wait(&mut self, most: Duration) -> nix::Result<Vec<(Source, Ready)>> {
        let most = if self.rested { most } else { most.min(memory::PATIENCE) };
        // a millisecond more, so that a deadline has passed when it wakes
        let timeout = u16::try_from(most.as_millis() + 1).unwrap_or(u16::MAX);
        let count = match self.epoll.wait(&mut self.events, EpollTimeout::from(timeout)) {
            Err(Errno::EINTR) => 0,
            other => other?,
        };
        if count > 0 {
            self.rested = false;
        } else if !self.rested && most == memory::PATIENCE {
            memory::rest();
            self.rested = true;
        }
        Ok(self.events.iter().take(count).filter_map(ready).collect())
    }
}

fn ready(event: &EpollEvent) -> Option<(Source, Ready)> {
    let flags = event.events();
    let gone = EpollFlags::EPOLLERR | EpollFlags::EPOLLHUP;
    let ready = Ready {
        read: flags.intersects(EpollFlags::EPOLLIN | EpollFlags::EPOLLRDHUP | gone),
        write: flags.intersects(EpollFlags::EPOLLOUT | gone),
        error: flags.contains(EpollFlags::EPOLLERR),
    };
    Some((Source::from_bits(event.data())?, ready))
}
