//! What the relay writes into the audit log, and how much of it.
//!
//! A program in the zone chooses how often something is refused. So that it can not fill the disk, equal refusals
//! of datagrams are written once a minute and all lines share a rate; what is left out is counted and written.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use crate::audit::{Event, Kind, Log};

use super::judge::Rule;

/// Lines at once, and lines a second after that.
const BURST: f64 = 400.0;
const RATE: f64 = 100.0;
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
    /// The zone's end.
    pub client: Option<SocketAddr>,
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

/// Which program a connection belongs to.
pub trait Owners: std::fmt::Debug {
    /// The program at the zone's end of a connection.
    fn program(&mut self, protocol: &str, client: Option<SocketAddr>) -> String;
}

/// The answer while nobody can be asked.
#[derive(Debug)]
pub struct Unknown;

impl Owners for Unknown {
    fn program(&mut self, _protocol: &str, _client: Option<SocketAddr>) -> String {
        "unknown".to_owned()
    }
}

/// What makes two refusals equal.
type Refusal = (Option<IpAddr>, Option<u16>, Option<String>, Rule);

/// Writes events of one zone.
#[derive(Debug)]
pub struct Recorder {
    zone: String,
    log: Log,
    owners: Box<dyn Owners>,
    connections: bool,
    left: f64,
    filled: Instant,
    omitted: u64,
    recent: HashMap<Refusal, Instant>,
}

impl Recorder {
    /// Writes into `log`; `connections` is whether ended connections are written as well.
    pub fn new(zone: &str, log: Log, owners: Box<dyn Owners>, connections: bool, now: Instant) -> Self {
        let (zone, recent) = (zone.to_owned(), HashMap::new());
        Self { zone, log, owners, connections, left: BURST, filled: now, omitted: 0, recent }
    }

    /// Something was refused.
    pub fn refused(&mut self, what: &Subject, rule: Rule, now: Instant) {
        if what.protocol != "tcp" && self.was_recent(what, rule, now) {
            self.omitted += 1;
            return;
        }
        let mut event = self.event(Kind::Refused, what);
        event.rule = Some(rule.name().to_owned());
        self.write(event, now);
    }

    /// A connection ended.
    pub fn ended(&mut self, what: &Subject, traffic: Traffic, now: Instant) {
        if !self.connections {
            return;
        }
        let mut event = self.event(Kind::Connection, what);
        (event.up, event.down) = (Some(traffic.up), Some(traffic.down));
        event.seconds = Some((traffic.lasted.as_secs_f64() * 1_000.0).round() / 1_000.0);
        self.write(event, now);
    }

    /// Whether lines were left out that nothing was written about yet.
    pub fn owes(&self) -> bool {
        self.omitted > 0
    }

    /// Writes how many lines were left out, if any: called now and then, and at the end.
    pub fn flush(&mut self, now: Instant) {
        if self.omitted == 0 || self.left_at(now) < 1.0 {
            return;
        }
        let mut event = Event::new(Kind::Suppressed, &self.zone, "any");
        event.count = Some(std::mem::take(&mut self.omitted));
        self.put(&event);
    }

    fn event(&mut self, kind: Kind, what: &Subject) -> Event {
        let mut event = Event::new(kind, &self.zone, what.protocol);
        event.program = self.owners.program(what.protocol, what.client);
        (event.destination, event.port) = (what.destination, what.port);
        event.name.clone_from(&what.name);
        event
    }

    fn write(&mut self, event: Event, now: Instant) {
        if self.left_at(now) < 1.0 {
            self.omitted += 1;
            return;
        }
        self.put(&event);
    }

    /// A line that can not be written (a full disk) is counted as left out: the next one that can says so.
    fn put(&mut self, event: &Event) {
        self.left -= 1.0;
        if self.log.write(event).is_err() {
            self.omitted += event.count.unwrap_or(1);
        }
    }

    fn left_at(&mut self, now: Instant) -> f64 {
        let gained = now.duration_since(self.filled).as_secs_f64() * RATE;
        (self.left, self.filled) = ((self.left + gained).min(BURST), now);
        self.left
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    fn lines(body: impl FnOnce(&mut Recorder, Instant)) -> Vec<serde_json::Value> {
        let (read, write) = nix::unistd::pipe2(nix::fcntl::OFlag::O_NONBLOCK).unwrap();
        let _ = nix::fcntl::fcntl(&write, nix::fcntl::FcntlArg::F_SETPIPE_SZ(1 << 20));
        let now = Instant::now();
        let mut recorder = Recorder::new("z", write.into(), Box::new(Unknown), true, now);
        body(&mut recorder, now);
        drop(recorder);
        let mut text = String::new();
        std::fs::File::from(read).read_to_string(&mut text).unwrap();
        text.lines().map(|l| serde_json::from_str(l).unwrap()).collect()
    }

    fn subject(protocol: &'static str) -> Subject {
        let destination = Some("10.0.0.1".parse().unwrap());
        Subject { destination, port: Some(5353), protocol, ..Subject::default() }
    }

    #[test]
    fn equal_datagrams_are_written_once_a_minute_and_connections_each_time() {
        let lines = lines(|r, now| {
            for _ in 0..50 {
                r.refused(&subject("udp"), Rule::Private, now);
            }
            r.refused(&subject("udp"), Rule::Private, now + QUIET);
            r.refused(&subject("tcp"), Rule::Private, now);
            r.refused(&subject("tcp"), Rule::Private, now);
            r.flush(now + QUIET);
        });
        let events: Vec<_> = lines.iter().map(|l| l["event"].as_str().unwrap().to_owned()).collect();
        assert_eq!(events, ["refused", "refused", "refused", "refused", "suppressed"]);
        assert_eq!((&lines[0]["rule"], &lines[4]["count"]), (&"private".into(), &49.into()));
    }

    #[test]
    fn a_flood_is_counted_and_not_written() {
        let lines = lines(|r, now| {
            for _ in 0..10_000 {
                r.refused(&subject("tcp"), Rule::Private, now);
            }
            r.flush(now);
            r.flush(now + Duration::from_secs(1));
        });
        assert_eq!(lines.len(), BURST as usize + 1);
        assert_eq!(lines.last().unwrap()["count"], 10_000 - BURST as u64);
    }

    #[test]
    fn an_ended_connection_has_bytes_and_seconds() {
        let traffic = Traffic { up: 5, down: 7, lasted: Duration::from_millis(1_234) };
        let lines = lines(|r, now| r.ended(&subject("tcp"), traffic, now));
        assert_eq!((&lines[0]["up"], &lines[0]["down"], &lines[0]["seconds"]), (&5.into(), &7.into(), &1.234.into()));
        assert_eq!(lines[0]["program"], "unknown");
    }
}
