//! What the relay writes into the audit log, and how much of it.
//!
//! A program in the zone chooses how often something is refused. So that it can not fill the disk, equal refusals
//! of datagrams are written once a minute and all lines share a rate; what is left out is counted and written. Lines
//! stand in order of their events, so one whose program is still asked for holds up those behind it, for a moment.

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::os::fd::{AsFd, BorrowedFd};
use std::time::{Duration, Instant};

use crate::audit::{Event, Kind, Pen, Rate};

use super::card::Card;
use super::judge::Rule;
use super::owners::{Ends, Held, Owner, Owners};

/// How long an equal refusal of a datagram is not written again.
const QUIET: Duration = Duration::from_secs(60);
/// Refusals remembered for that.
const REMEMBERED: usize = 512;

/// A connection or datagram as the log names it.
#[derive(Debug, Clone, Default)]
pub struct Subject {
    /// The address that was meant, where there is one.
    pub destination: Option<IpAddr>,
    /// The port that was meant.
    pub port: Option<u16>,
    /// `tcp`, `udp`, `icmp`, `dns`.
    pub protocol: &'static str,
    /// The name that the address was given for.
    pub name: Option<String>,
    /// The socket's two ends, where there is one.
    pub ends: Option<Ends>,
}

/// Bytes and time of a connection that ended.
#[derive(Debug, Clone, Copy)]
pub struct Traffic {
    /// Bytes from the zone.
    pub up: u64,
    /// Bytes to the zone.
    pub down: u64,
    /// How long it lasted.
    pub lasted: Duration,
}

/// What makes two refusals equal.
type Refusal = (Option<IpAddr>, Option<u16>, Option<String>, Rule);

/// Writes events of one zone.
#[derive(Debug)]
pub struct Recorder {
    zone: String,
    pen: Pen,
    owners: Owners,
    connections: bool,
    lines: VecDeque<(Event, Owner)>,
    rate: Rate,
    omitted: u64,
    /// Whether the scribe has ended.
    lost: bool,
    recent: HashMap<Refusal, Instant>,
}

impl Recorder {
    /// Writes with `pen`; `connections` is whether ended connections are written as well.
    pub fn new(zone: &str, pen: Pen, owners: Owners, connections: bool, now: Instant) -> Self {
        let (zone, lines, recent) = (zone.to_owned(), VecDeque::new(), HashMap::new());
        Self { zone, pen, owners, connections, lines, rate: Rate::new(now), omitted: 0, lost: false, recent }
    }

    /// Something was refused. `held` is what tells the program so, and would end its socket: it comes back where it
    /// needs not be held.
    pub fn refused(&mut self, what: &Subject, rule: Rule, held: Option<Held>, now: Instant) -> Option<Held> {
        let equal = what.protocol != "tcp" && self.was_recent(what, rule, now);
        if equal || !self.rate.allows(now) {
            self.omitted += 1;
            return held;
        }
        let mut event = self.event(Kind::Refused, what);
        event.rule = Some(rule.name().to_owned());
        let (owner, held) = self.owners.ask(what.ends, held, now);
        self.write(event, owner);
        held
    }

    /// The program of a connection that begins, where its end will be recorded: then its socket may be gone.
    pub fn owner(&mut self, ends: Option<Ends>, now: Instant) -> Owner {
        if self.connections { self.owners.ask(ends, None, now).0 } else { Owner::unknown() }
    }

    /// A connection ended.
    pub fn ended(&mut self, what: &Subject, owner: &Owner, traffic: Traffic, now: Instant) {
        if !self.connections {
            return;
        }
        if !self.rate.allows(now) {
            self.omitted += 1;
            return;
        }
        let mut event = self.event(Kind::Connection, what);
        (event.up, event.down) = (Some(traffic.up), Some(traffic.down));
        self.write(event.lasting(traffic.lasted), owner.clone());
    }

    /// Takes one word of init. False where init has gone: the zone has ended.
    pub fn hear(&mut self, card: &Card) -> bool {
        self.owners.hear(card)
    }

    /// Gives up questions that nobody answers, and writes the lines that waited.
    pub fn tick(&mut self, card: &Card, now: Instant) {
        self.owners.tick(card, now);
        self.write_known();
    }

    /// How long until [`Recorder::tick`] has something to do.
    pub fn due_in(&self, now: Instant) -> Option<Duration> {
        self.owners.due_in(now)
    }

    /// Writes everything that is left: the zone has ended, and nobody answers any more.
    pub fn end(&mut self, card: &Card, now: Instant) {
        self.owners.give_up(card);
        self.write_known();
        self.flush(now);
    }

    /// Whether lines were left out that nothing was written about yet.
    pub fn owes(&self) -> bool {
        self.omitted > 0
    }

    /// Writes how many lines were left out, if any: called now and then, and at the end.
    pub fn flush(&mut self, now: Instant) {
        if self.omitted == 0 || !self.rate.allows(now) {
            return;
        }
        let mut event = Event::new(Kind::Suppressed, &self.zone);
        event.count = Some(std::mem::take(&mut self.omitted));
        self.write(event, Owner::unknown());
    }

    fn event(&self, kind: Kind, what: &Subject) -> Event {
        let mut event = Event::new(kind, &self.zone);
        event.protocol = Some(what.protocol.into());
        (event.destination, event.port) = (what.destination, what.port);
        event.name.clone_from(&what.name);
        event
    }

    /// Behind the lines that wait. These are never more than the rate lets through while a question may be open.
    fn write(&mut self, event: Event, owner: Owner) {
        self.lines.push_back((event, owner));
        self.write_known();
    }

    fn write_known(&mut self) {
        while let Some((mut event, owner)) = self.lines.pop_front() {
            let Some(program) = owner.name() else { return self.lines.push_front((event, owner)) };
            event.program = program.to_owned();
            self.put(&event);
        }
    }

    /// Whether nobody is left who writes.
    pub fn is_lost(&self) -> bool {
        self.lost
    }

    /// A line that can not be written (a full disk) is counted as left out: the next one that can says so.
    fn put(&mut self, event: &Event) {
        if let Err(cause) = self.pen.write(event) {
            self.omitted += event.count.unwrap_or(1);
            self.lost |= cause.kind() == std::io::ErrorKind::BrokenPipe;
        }
    }

    fn was_recent(&mut self, what: &Subject, rule: Rule, now: Instant) -> bool {
        if self.recent.len() >= REMEMBERED {
            self.recent.retain(|_, at| now.duration_since(*at) < QUIET);
        }
        if self.recent.len() >= REMEMBERED {
            self.recent.clear();
        }
        let key = (what.destination, what.port, what.name.clone(), rule);
        if self.recent.get(&key).is_some_and(|at| now.duration_since(*at) < QUIET) {
            return true;
        }
        self.recent.insert(key, now);
        false
    }
}

impl AsFd for Recorder {
    /// The pair with init.
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.owners.as_fd()
    }
}

#[cfg(test)]
#[path = "record_tests.rs"]
mod tests;
