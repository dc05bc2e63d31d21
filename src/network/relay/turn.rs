//! The loop: waits, and gives every event to the part that it belongs to.

use std::net::SocketAddr;
use std::os::fd::{AsFd, OwnedFd};
use std::time::{Duration, Instant};

use crate::network::packet::{self, Content, Sent};
use crate::wire::{Failure, Stage};

use super::confine::Bounds;
use super::desk::Desk;
use super::dns::{self, Asks, Dialogues, Servers};
use super::flows::Flows;
use super::judge::{self, Rule};
use super::poller::{Ready, Source, Trigger};
use super::record::Subject;
use super::tcp::{self, Arrival, Connections};

/// How often what has been silent for long is looked for, while there is something that could be.
const SWEEP: Duration = Duration::from_secs(5);
/// How long it sleeps when nothing is to be looked for.
const SLEEP: Duration = Duration::from_secs(60);
/// Packets taken from the card before other events have their turn.
const TURN: usize = 128;
/// How long a listener is left alone when no further connection can be taken.
const PAUSE: Duration = Duration::from_millis(50);

/// Everything that one relay holds.
#[derive(Debug)]
pub struct Relay {
    desk: Desk,
    listeners: Vec<OwnedFd>,
    connections: Connections,
    flows: Flows,
    servers: Servers,
    asks: Asks,
    dialogues: Dialogues,
    swept: Instant,
    paused: Option<Instant>,
    packet: Vec<u8>,
}

impl Relay {
    /// Watches listeners, card and init.
    pub fn new(desk: Desk, listeners: Vec<OwnedFd>, bounds: Bounds) -> Result<Self, Failure> {
        let swept = desk.now;
        let relay = Self {
            desk,
            listeners,
            connections: Connections::new(bounds.connections, bounds.pipes),
            flows: Flows::new(bounds.flows),
            servers: Servers::new(dns::PATH),
            asks: Asks::new(bounds.asks),
            dialogues: Dialogues::new(bounds.dialogues),
            swept,
            paused: None,
            packet: Vec::new(),
        };
        let watch = |fd, source| relay.desk.poller.watch(fd, source, Trigger::Level);
        let watched = watch(relay.desk.recorder.as_fd(), Source::Init).and(watch(relay.desk.card.as_fd(), Source::Tun));
        watched.and(relay.watch_listeners()).map_err(|e| Failure::system(Stage::Connect, "watch", "sockets", e))?;
        Ok(relay)
    }

    /// Serves until the zone ends.
    pub fn go(&mut self) -> Result<(), Failure> {
        loop {
            let most = self.due_in();
            let events = self.desk.poller.wait(most).map_err(|e| Failure::system(Stage::Run, "wait", "events", e))?;
            self.desk.now = Instant::now();
            for (source, ready) in events {
                if source == Source::Init && !self.desk.recorder.hear(&self.desk.card) {
                    return self.end();
                }
                self.give(source, ready);
            }
            self.connections.go_on(&mut self.desk);
            self.tick();
            if self.desk.recorder.is_lost() {
                // and with this process the zone: it would go on, and nothing of it would be recorded
                return Err(Failure::system(Stage::Run, "write", "events", nix::Error::EPIPE));
            }
        }
    }

    fn due_in(&self) -> Duration {
        if self.connections.are_busy() {
            return Duration::ZERO;
        }
        let now = Instant::now();
        let paused = self.paused.map(|until| until.saturating_duration_since(now));
        let (recorder, meter) = (self.desk.recorder.due_in(now), self.desk.meter.due_in(now));
        let due = [self.asks.due_in(now), self.dialogues.due_in(now), recorder, meter, paused];
        let idle = self.flows.are_none() && !self.desk.recorder.owes() && !self.connections.hold_pipes();
        due.into_iter().flatten().fold(if idle { SLEEP } else { SWEEP }, Duration::min)
    }

    fn give(&mut self, source: Source, ready: Ready) {
        let desk = &mut self.desk;
        match source {
            Source::Init => {}
            Source::Tun => self.take_packets(),
            Source::Listener(v6) => self.take_connections(v6),
            Source::Client(_) | Source::Server(_) => self.connections.ready(desk, source, ready),
            Source::Flow(key) => self.flows.ready(desk, key, ready),
            Source::Ask(key) => self.asks.ready(desk, &mut self.servers, key),
            Source::Stream(key) => self.dialogues.ready(desk, &mut self.servers, key),
        }
    }

    fn end(&mut self) -> Result<(), Failure> {
        self.connections.end_all(&mut self.desk);
        self.flows.end_all(&mut self.desk);
        self.desk.recorder.end(&self.desk.card, self.desk.now);
        Ok(())
    }

    fn tick(&mut self) {
        let now = self.desk.now;
        self.asks.tick(&mut self.desk, &mut self.servers);
        self.dialogues.tick(&mut self.desk, &mut self.servers);
        self.desk.recorder.tick(&self.desk.card, now);
        self.desk.meter.tick(now);
        if self.paused.is_some_and(|until| until <= now) && self.connections.room() > 0 {
            self.paused = self.watch_listeners().err().map(|_| now + PAUSE);
        }
        if now.saturating_duration_since(self.swept) >= SWEEP {
            self.swept = now;
            self.flows.sweep(&mut self.desk);
            self.connections.rest();
            self.desk.recorder.flush(now);
        }
    }

    fn take_connections(&mut self, v6: bool) {
        if self.connections.room() == 0 {
            return self.pause();
        }
        let Some(listener) = self.listeners.get(usize::from(v6)) else { return };
        let (arrived, error) = tcp::arrivals(listener, v6, self.connections.room());
        for arrival in arrived {
            self.take_connection(arrival);
        }
        if error.is_some() {
            self.pause();
        }
    }

    fn take_connection(&mut self, arrival: Arrival) {
        let desk = &mut self.desk;
        match (arrival.destination, arrival.peer) {
            (Some(to), Some(peer)) if judge::is_gate(to.ip()) && to.port() == dns::PORT => {
                self.dialogues.take(desk, &mut self.servers, arrival.socket, peer);
            }
            _ => self.connections.take(desk, arrival),
        }
    }

    /// Leaves what waits on the listeners waiting for a moment: there is no room for it.
    fn pause(&mut self) {
        if self.paused.is_none() {
            for listener in &self.listeners {
                // one that is not watched is what is wanted
                let _ = self.desk.poller.forget(listener);
            }
            self.paused = Some(self.desk.now + PAUSE);
        }
    }

    fn watch_listeners(&self) -> nix::Result<()> {
        let watch = |(at, fd): (usize, &OwnedFd)| self.desk.poller.watch(fd, Source::Listener(at == 1), Trigger::Level);
        self.listeners.iter().enumerate().try_for_each(watch)
    }

    fn take_packets(&mut self) {
        let mut buffer = std::mem::take(&mut self.packet);
        for _ in 0..TURN {
            let Some(packet) = self.desk.card.receive(&mut buffer) else { break };
            match packet::parse(packet, self.desk.card.own()) {
                Ok(sent) => self.take_packet(&sent),
                Err(why) => self.refuse_packet(why),
            }
        }
        self.packet = buffer;
    }

    fn take_packet(&mut self, sent: &Sent<'_>) {
        match sent.content {
            Content::Udp { source, destination: dns::PORT, data } if judge::is_gate(sent.destination) => {
                let zone = SocketAddr::new(sent.source, source);
                let gate = SocketAddr::new(sent.destination, dns::PORT);
                self.asks.take(&mut self.desk, &mut self.servers, zone, gate, data);
            }
            _ => self.flows.send(&mut self.desk, sent),
        }
    }

    fn refuse_packet(&mut self, why: packet::Malformed) {
        let subject = Subject { protocol: "ip", ..Subject::default() };
        self.desk.refuse(&subject, Rule::Packet(why), None);
    }
}
