//! The relay: the process outside the zone through which everything passes that its card of kind `relay` carries.
//!
//! Start here: [`run`] seals the process and turns the loop. TCP arrives on the listener that the zone's firewall
//! redirects to (`tcp`, `stream`), datagrams and echo requests on the card (`packet`, `flows`), names are asked of
//! the gate (`dns`). Everything is judged (`judge`, `desk`) at the moment that it happens, and recorded (`record`).
//!
//! It has no capability, opens no file but resolv.conf (the audit log and the file of totals come open), and never waits for one connection
//! while others could go on.

mod card;
mod confine;
mod desk;
mod dns;
mod flow;
mod flows;
mod judge;
mod meter;
mod names;
mod owners;
mod pipes;
mod poller;
mod record;
mod slots;
mod stream;
mod tcp;
mod turn;

use std::fs::File;
use std::time::Instant;

use crate::audit::{Event, Pen};
use crate::policy::plan::{self, LogConnections};
use crate::wire::{Connection, Failure, Stage};

use super::netlink::Netlink;
use super::nic::relay::Plugged;
use confine::Bounds;
use desk::Desk;
use judge::Judge;
use meter::Meter;
use names::{Memory, Names};
use owners::Owners;
use poller::Poller;
use record::Recorder;
use turn::Relay;

pub use confine::confine;
pub use meter::Totals;

/// The pure parts that read what a zone or a server sent, for `tests/fuzz` and `tests/decoders.rs`, which are other
/// crates. Not an interface: nothing of the product names it, and it holds no code.
#[doc(hidden)]
pub mod fuzzing {
    pub use super::dns::{message, own_answer};
    pub use super::judge::{Judge, Rule};
    pub use super::names::{Memory, Names};
    pub use crate::network::packet::{
        Content, Malformed, Problem, Sent, echo_reply, parse, quoted_echo, quoted_udp, udp, unreachable,
    };
}

/// What a relay begins with.
#[derive(Debug)]
pub struct Seed {
    /// The name of the zone, for the audit log.
    pub zone: String,
    /// The decisions.
    pub plan: plan::Relay,
    /// What the builder made inside the zone's network namespace.
    pub plugged: Plugged,
    /// The pair with init: its end is the zone's end, and over it goes the question whose a connection is.
    pub init: Connection,
    /// What it records with.
    pub audit: Pen,
    /// Where the totals go.
    pub meter: File,
}

/// Serves the zone until it ends, then ends this process: status 0, or 1 when the relay could not begin or go on,
/// which is recorded. For a child that has been forked for it, with one thread and in the network namespace that
/// traffic leaves by.
pub fn run(seed: Seed) -> ! {
    let log = seed.audit.try_clone();
    let zone = seed.zone.clone();
    let ended = serve(seed);
    if let (Err(failure), Ok(log)) = (&ended, log) {
        // nobody is left to tell when the log can not be written either; init sees the end of file
        let _ = log.write(&Event::failed(&zone, failure));
    }
    std::process::exit(i32::from(ended.is_err()))
}

/// Seals the process and carries connections until init's end of the pair closes.
fn serve(seed: Seed) -> Result<(), Failure> {
    crate::sys::socket::ignore_sigpipe();
    let bounds = confine::raise_limits();
    let mut relay = relay(seed, bounds)?;
    confine::confine()?;
    relay.go()
}

fn relay(seed: Seed, bounds: Bounds) -> Result<Relay, Failure> {
    let Seed { zone, plan, plugged, init, audit, meter } = seed;
    let now = Instant::now();
    let all = plan.log == LogConnections::All;
    let opened = |what: &'static str| move |e: std::io::Error| Failure::system(Stage::Connect, "open", what, e);
    let desk = Desk {
        poller: Poller::new().map_err(|e| opened("epoll")(e.into()))?,
        card: card::Card::new(plugged.tun, plugged.listeners.len() > 1),
        names: Names::new(&plan),
        memory: Memory::default(),
        recorder: Recorder::new(&zone, audit, Owners::new(init, bounds.questions), all, now),
        meter: Meter::new(meter, now),
        judge: Judge::new(&plan)?,
        routes: Netlink::route().map_err(opened("netlink"))?,
        uplink: plan.uplink,
        business_cards: plan.business_cards,
        now,
    };
    Relay::new(desk, plugged.listeners, bounds)
}
