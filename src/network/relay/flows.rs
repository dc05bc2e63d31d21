//! All mappings of UDP and echo: found by the zone's port, bounded, and ended after two minutes of silence.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use crate::network::packet::{self, Content, Problem, Sent};

use super::card;
use super::desk::Desk;
use super::flow::{self, Flow, Kind};
use super::judge::Rule;
use super::owners::Held;
use super::poller::{Ready, Source, Trigger};
use super::slots::{Key, Slots};

/// RFC 4787 asks for two minutes at least.
const IDLE: Duration = Duration::from_secs(120);
/// The largest datagram.
const DATAGRAM: usize = 65_535;

/// The mappings of the zone.
#[derive(Debug)]
pub struct Flows {
    flows: Slots<Flow>,
    by_zone: HashMap<(Kind, SocketAddr), Key>,
    buffer: Vec<u8>,
}

impl Flows {
    /// None yet; at most so many.
    pub fn new(most: usize) -> Self {
        Self { flows: Slots::new(most), by_zone: HashMap::new(), buffer: Vec::new() }
    }

    /// Whether there is none.
    pub fn are_none(&self) -> bool {
        self.by_zone.is_empty()
    }

    /// Judges a packet of the zone and sends it on, or tells the zone that it is prohibited.
    pub fn send(&mut self, desk: &mut Desk, sent: &Sent<'_>) {
        let (kind, from, port, data) = match sent.content {
            Content::Udp { source, destination, data } => (Kind::Udp, source, destination, data),
            Content::Echo { ident, rest } => (Kind::Echo, ident, 0, rest),
        };
        let (zone, to) = (SocketAddr::new(sent.source, from), flow::destination(kind, sent.destination, port));
        if let Err(rule) = self.try_send(desk, kind, zone, to, data) {
            let subject = desk.subject(kind.transport(), to, Some(zone));
            desk.refuse(&subject, rule, report(kind, zone, to, data).map(Held::Packet));
        }
    }

    fn try_send(
        &mut self,
        desk: &mut Desk,
        kind: Kind,
        zone: SocketAddr,
        to: SocketAddr,
        data: &[u8],
    ) -> Result<(), Rule> {
        let key = match self.by_zone.get(&(kind, zone)) {
            Some(key) => *key,
            None => {
                // judged before a socket is made for it: a refused packet must not push a mapping out
                desk.judge(to.ip(), (kind == Kind::Udp).then_some(to.port()))?;
                self.open(desk, kind, zone)?
            }
        };
        let flow = self.flows.get(key).ok_or(Rule::Socket)?;
        flow.judge(desk, to)?;
        flow.send(desk, to, data);
        Ok(())
    }

    fn open(&mut self, desk: &mut Desk, kind: Kind, zone: SocketAddr) -> Result<Key, Rule> {
        if self.flows.is_full() {
            let oldest = self.flows.iter().min_by_key(|(_, flow)| flow.used).map(|(key, _)| key);
            oldest.into_iter().for_each(|key| self.end(desk, key));
        }
        let flow = Flow::open(desk, kind, zone)?;
        let mut watched = Ok(());
        let key = self.flows.insert(|key| {
            watched = desk.poller.watch(&flow.socket, Source::Flow(key), Trigger::Level);
            flow
        });
        let key = key.ok_or(Rule::Socket)?;
        self.by_zone.insert((kind, zone), key);
        if watched.is_err() {
            self.end(desk, key);
            return Err(Rule::Socket);
        }
        Ok(key)
    }

    /// The socket of a mapping became ready.
    pub fn ready(&mut self, desk: &Desk, key: Key, ready: Ready) {
        let Some(flow) = self.flows.get(key) else { return };
        if ready.error {
            flow.report_errors(desk);
        }
        self.buffer.resize(DATAGRAM, 0);
        flow.receive(desk, &mut self.buffer);
    }

    /// Ends mappings that were silent for too long.
    pub fn sweep(&mut self, desk: &mut Desk) {
        let now = desk.now;
        let silent = self.flows.iter().filter(|(_, f)| now.saturating_duration_since(f.used) >= IDLE);
        let silent: Vec<Key> = silent.map(|(key, _)| key).collect();
        silent.into_iter().for_each(|key| self.end(desk, key));
    }

    /// Records all as ended: the zone has ended.
    pub fn end_all(&mut self, desk: &mut Desk) {
        let keys: Vec<Key> = self.flows.iter().map(|(key, _)| key).collect();
        keys.into_iter().for_each(|key| self.end(desk, key));
    }

    fn end(&mut self, desk: &mut Desk, key: Key) {
        if let Some(mut flow) = self.flows.remove(key) {
            self.by_zone.remove(&(flow.kind, flow.zone));
            flow.end(desk);
        }
    }
}

/// What tells the program, except about what goes to many at once: an error about such a packet is never sent (RFC 1122).
fn report(kind: Kind, zone: SocketAddr, to: SocketAddr, data: &[u8]) -> Option<Vec<u8>> {
    let many = to.ip().is_multicast() || to.ip() == IpAddr::from([255; 4]);
    if many {
        return None;
    }
    let about = match kind {
        Kind::Udp => packet::quoted_udp(zone, to, data),
        Kind::Echo => packet::quoted_echo(zone.ip(), to.ip(), zone.port(), data),
    };
    card::report(zone, Problem::Prohibited, &about?)
}
