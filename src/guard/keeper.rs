//! The keeper: the one process that changes the guard's table, and keeps it as it is wanted.
//!
//! It looks whenever anything changes: the file of what is wanted, a link of the PC, a firewall of it, and when a time ends.
//! On kernels from 6.9 on the table is its own (`owner` and `persist`): nobody else changes or flushes it while this process
//! is there, and it stands when this process is killed. Older kernels tell it of the change, and it puts the table back.
//!
//! It runs as root, reads two files of root's and nothing that a user wrote. It has one thread, keeps no file open but its
//! lock, and of all capabilities only the one over the PC's network.

use std::collections::HashSet;
use std::fs::{File, TryLockError};
use std::os::fd::{AsFd, AsRawFd};

use caps::{CapSet, Capability};
use nix::errno::Errno;
use nix::fcntl::OFlag;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::inotify::{AddWatchFlags, InitFlags, Inotify};
use nix::sys::stat::{Mode, umask};
use nix::unistd::{pipe2, read, write};

use super::rules::{self, GROUP};
use super::wanted::{self, Over, Wanted};
use super::{Record, cards, difference, differs, event, is_there, say};
use crate::network::netlink::Netlink;
use crate::network::nflog::{Listener, Told};
use crate::network::nft;
use crate::sys::process;
use crate::wire::Failure;

/// How long it sleeps while a time runs, which is the wall clock's and may be set: a second is what an end is late by.
const TICK: u16 = 1_000;

/// The right to change the guard's table.
pub struct Keeper {
    lock: File,
    netlink: Netlink,
    /// Whether the table is to be this process's own.
    owned: bool,
    record: Record,
    /// What was asked for when it last stood.
    stood: Option<String>,
}

/// Whether a process keeps the guard.
pub fn is_kept() -> bool {
    wanted::file("guard.keeper").is_ok_and(|file| matches!(file.try_lock(), Err(TryLockError::WouldBlock)))
}

impl Keeper {
    /// Becomes the keeper; `None` where there is one. With `shared` the table is not its own on any kernel.
    pub fn take(record: Record, shared: bool) -> Result<Option<Self>, Failure> {
        let lock = wanted::file("guard.keeper").map_err(say("open", "the guard"))?;
        match lock.try_lock() {
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(cause)) => return Err(say("lock", "the guard")(cause)),
            Ok(()) => {}
        }
        let netlink = Netlink::netfilter().map_err(say("open", "netlink"))?;
        Ok(Some(Self { lock, netlink, owned: !shared, record, stood: None }))
    }

    /// Makes the table what is wanted now. What time has ended is recorded, then changed, then forgotten, so that whoever is
    /// killed between begins again.
    pub fn settle(&mut self) -> Result<Option<Wanted>, Failure> {
        let now = wanted::now();
        let mut wanted = wanted::read()?;
        let over = wanted::expire(&mut wanted, now);
        // an end that can not be recorded comes all the same: it was recorded when it was agreed on
        over.iter().for_each(|over| drop((self.record)(&ended(over))));
        match &wanted {
            Some(wanted) => self.put_up(wanted, now)?,
            None => self.take_away()?,
        }
        if !over.is_empty() {
            wanted::change(|wanted| Ok(wanted::expire(wanted, now)))?;
        }
        Ok(wanted)
    }

    fn put_up(&mut self, wanted: &Wanted, now: u64) -> Result<(), Failure> {
        let cards = cards(&wanted.guard)?;
        let table = rules::table(&cards, wanted, now);
        let asked = format!("{cards:?} {:?} {:?}", wanted.guard.report_only, wanted.open);
        let differs_in = difference(&mut self.netlink, &table)?.map(|(what, ..)| what);
        let stood = self.stood.replace(asked.clone());
        // the table of a keeper that is gone is nobody's, and anybody may flush it: this one's own takes its place
        if differs_in.is_some() || stood.is_none() {
            self.stood = None;
            self.replace(&table).map_err(say("load", "the guard"))?;
            if let Some((what, asked, found)) = difference(&mut self.netlink, &table)? {
                return Err(differs(&what, &asked, &found));
            }
        }
        // closed first, then told
        if let Some(what) = differs_in.filter(|_| stood.as_ref() == Some(&asked)) {
            let _ = (self.record)(&event("restore", &[&what]));
        }
        self.stood = Some(asked);
        Ok(())
    }

    fn replace(&mut self, table: &nft::Table) -> std::io::Result<()> {
        let done = nft::replace(&mut self.netlink, table, self.owned);
        let is_old = |cause: &std::io::Error| matches!(cause.raw_os_error(), Some(libc::EOPNOTSUPP | libc::EINVAL));
        match done {
            Err(cause) if self.owned && is_old(&cause) => {
                self.owned = false;
                nft::replace(&mut self.netlink, table, false)
            }
            done => done,
        }
    }

    fn take_away(&mut self) -> Result<(), Failure> {
        self.stood = None;
        if is_there(&mut self.netlink)? {
            nft::delete(&mut self.netlink, rules::NAME).map_err(say("remove", "the guard"))?;
        }
        Ok(())
    }

    /// Leaves a process behind that keeps it, whatever becomes of this one and of its terminal: this one goes on when the other
    /// has let go of both. Table and lock are the child's with the copies of their descriptors.
    pub fn stay(self) -> Result<(), Failure> {
        let start = || say("start", "the guard");
        let (heard, tell) = pipe2(OFlag::O_CLOEXEC).map_err(start())?;
        if process::split().map_err(start())?.is_some() {
            drop(tell);
            return match read(&heard, &mut [0]) {
                Ok(1) => Ok(()),
                _ => Err(start()(Errno::EPIPE)),
            };
        }
        let kept = [self.lock.as_raw_fd(), self.netlink.as_fd().as_raw_fd(), tell.as_raw_fd()];
        let left = process::detach(&kept).is_ok() && write(&tell, &[0]).is_ok();
        drop(tell);
        let done = left && self.watch(false).is_ok();
        process::exit(i32::from(!done))
    }

    /// Keeps it until none is wanted, or with `always` until a signal ends this process.
    pub fn watch(mut self, always: bool) -> Result<(), Failure> {
        seal().map_err(say("close", "the guard"))?;
        let links = Netlink::link_changes().map_err(say("watch", "links"))?;
        let firewalls = Netlink::firewall_changes().map_err(say("watch", "the guard"))?;
        let files = Inotify::init(InitFlags::IN_NONBLOCK | InitFlags::IN_CLOEXEC).map_err(say("watch", "the guard"))?;
        let changes = AddWatchFlags::IN_MOVED_TO | AddWatchFlags::IN_DELETE;
        files.add_watch(wanted::FOLDER, changes).map_err(say("watch", "the guard"))?;
        // where another program listens to this group, what is closed is counted only
        let packets = Listener::new(GROUP).ok();
        let mut fails = None;
        loop {
            let wait = match self.settle() {
                Ok(None) if !always => return Ok(()),
                Ok(wanted) => {
                    fails = None;
                    tick(wanted.as_ref())
                }
                Err(failure) => {
                    self.told(&mut fails, failure);
                    PollTimeout::from(TICK)
                }
            };
            let sources = [Some(links.as_fd()), Some(firewalls.as_fd()), Some(files.as_fd())];
            let sources = sources.into_iter().chain([packets.as_ref().map(AsFd::as_fd)]).flatten();
            let mut watched: Vec<PollFd> = sources.map(|fd| PollFd::new(fd, PollFlags::POLLIN)).collect();
            match poll(&mut watched, wait) {
                Ok(_) | Err(Errno::EINTR) => {}
                Err(cause) => return Err(say("wait for", "events")(cause)),
            }
            links.drain();
            firewalls.drain();
            while files.read_events().is_ok() {}
            let told = packets.as_ref().map(Listener::waiting).unwrap_or_default();
            told.into_iter().for_each(|packet| drop((self.record)(&closed(packet))));
        }
    }

    /// Records a failure, once as long as it stays the same: it is tried again every second.
    fn told(&self, before: &mut Option<Failure>, failure: Failure) {
        if before.as_ref() != Some(&failure) {
            let _ = (self.record)(&event("fail", &[]).because(&failure));
        }
        *before = Some(failure);
    }
}

/// Until the next time ends, or something happens.
fn tick(wanted: Option<&Wanted>) -> PollTimeout {
    let next = wanted.and_then(|wanted| wanted.next(wanted::now()));
    next.map_or(PollTimeout::NONE, |left| if left == 0 { PollTimeout::ZERO } else { PollTimeout::from(TICK) })
}

/// Nothing of whoever started this process counts, and of root's powers the one over the PC's network stays.
fn seal() -> std::io::Result<()> {
    process::clear_environment();
    std::env::set_current_dir("/")?;
    umask(Mode::from_bits_truncate(0o077));
    process::own_signals()?;
    process::set_dumpable(false)?;
    let _ = process::retitle(c"sep-guard");
    let kept = HashSet::from([Capability::CAP_NET_ADMIN]);
    let dropped = caps::clear(None, CapSet::Ambient)
        .and_then(|()| caps::set(None, CapSet::Inheritable, &HashSet::new()))
        .and_then(|()| caps::set(None, CapSet::Effective, &kept))
        .and_then(|()| caps::set(None, CapSet::Permitted, &kept));
    dropped.map_err(std::io::Error::other)
}

fn ended(over: &Over) -> crate::audit::Event {
    match over {
        Over::Trial => event("revert", &[]),
        Over::Open(one) => event("closed", &[&one.reason, "", &one.place()]),
    }
}

fn closed(packet: Told) -> crate::audit::Event {
    let from = packet.source.to_string();
    crate::audit::Event {
        user: packet.user,
        destination: Some(packet.destination),
        port: packet.port,
        protocol: Some(packet.protocol.into()),
        ..event("dropped", &[&from, "", &packet.name])
    }
}
