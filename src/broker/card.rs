//! Connect: the zone's card, and the process outside that carries what it brings.
//!
//! The card is plugged by the builder inside A, so that its rules stand before anything of the zone runs; the relay
//! is a child of the broker in the PC's own network, and lives as long as the zone's init.

use std::fs::File;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

use crate::audit::Pen;
use crate::network::nic;
use crate::network::nic::relay::Plugged;
use crate::network::{relay, uplink};
use crate::policy::Plan;
use crate::policy::plan::{Addressing, Card, Mode};
use crate::sys;
use crate::sys::process::Fork;
use crate::wire::{Connection, Failure, Stage};

use super::{agent, audit, identity, scribe};

/// What must be asked of the PC before the builder leaves its network.
#[derive(Debug, Clone, Copy)]
pub struct Outside {
    v6: bool,
}

impl Outside {
    /// Asks the PC.
    pub fn look(plan: &Plan) -> Self {
        Self { v6: matches!(&plan.card, Card::Relay(relay) if uplink::has_v6(relay)) }
    }
}

/// A card in the builder's network namespace.
#[derive(Debug)]
pub enum Made {
    /// Loopback only.
    None,
    /// With a relay to come.
    Relay(Plugged),
    /// On an uplink.
    Macvlan,
}

/// Makes the card of the plan and reads it back: the first witness. Runs in A with its capabilities. `ask` has root push in
/// a card that only root can make, when the rules for it stand, and answers with what the zone's agent is handed.
pub fn plug(
    plan: &Plan,
    outside: Outside,
    ask: impl FnOnce() -> Result<Vec<OwnedFd>, Failure>,
) -> Result<Made, Failure> {
    match &plan.card {
        Card::None => nic::none::plug().map(|()| Made::None),
        Card::Relay(relay) => nic::relay::plug(relay, outside.v6).map(Made::Relay),
        Card::Macvlan(card) => {
            nic::macvlan::prepare(card)?;
            let given = ask()?;
            match &card.addressing {
                Addressing::Fixed(place) => nic::macvlan::plug(card, place)?,
                Addressing::Dhcp(_) => {
                    let link = nic::macvlan::raise()?;
                    nic::macvlan::settle(card, &agent::start(plan, card, link, given)?)?;
                }
            }
            Ok(Made::Macvlan)
        }
    }
}

impl Made {
    /// What the relay needs of it, for the way out of A.
    pub fn fds(&self) -> Vec<BorrowedFd<'_>> {
        match self {
            Self::None | Self::Macvlan => vec![],
            Self::Relay(plugged) => plugged.fds(),
        }
    }
}

/// The pair by which relay or agent and init notice each other's death, where the card needs one of them.
pub fn lifeline(plan: &Plan) -> Result<Option<(Connection, Connection)>, Failure> {
    match plan.card {
        Card::None => Ok(None),
        Card::Macvlan(_) if agent::dhcp(plan).is_none() => Ok(None),
        Card::Relay(_) | Card::Macvlan(_) => Connection::pair().map(Some).map_err(say("make", "a socket pair")),
    }
}

/// Starts the relay where the card needs one. `init` is its end of the pair with the zone's init, `meter` the file for
/// what it counts. It is born in the cgroup: what it takes of the PC it takes for the zone.
pub fn serve(
    plan: &Plan,
    fds: Vec<OwnedFd>,
    init: Option<Connection>,
    meter: File,
    cgroup: Option<BorrowedFd<'_>>,
) -> Result<(), Failure> {
    let (Card::Relay(relay), Some(init)) = (&plan.card, init) else { return Ok(()) };
    let plugged = Plugged::from_fds(fds)?;
    let audit = match plan.mode {
        Mode::Personal => Pen::Log(audit::open(Stage::Connect, &plan.store.audit, audit::SHORT)?),
        Mode::Managed { .. } => Pen::Scribe(scribe::start(plan)?),
    };
    match sys::process::fork(nix::sched::CloneFlags::empty(), cgroup).map_err(say("start", "the relay"))? {
        Fork::Child => {
            let seed = relay::Seed { zone: plan.zone.clone(), plan: relay.clone(), plugged, init, audit, meter };
            become_relay(seed, plan.mode)
        }
        Fork::Parent(..) => Ok(()),
    }
}

fn become_relay(seed: relay::Seed, mode: Mode) -> ! {
    let mut keep: Vec<_> = seed.plugged.fds().iter().map(AsRawFd::as_raw_fd).collect();
    keep.extend([seed.init.as_fd().as_raw_fd(), seed.meter.as_raw_fd()]);
    keep.extend(seed.audit.fds().iter().map(AsRawFd::as_raw_fd));
    // the folder of whoever started the zone must not stay in use
    let detached = sys::process::detach(&keep).and_then(|()| std::env::set_current_dir("/"));
    let own = || match mode {
        Mode::Personal => Ok(()),
        Mode::Managed { agent, .. } => identity::take(agent),
    };
    match detached.map_err(say("detach", "the relay")).and_then(|()| own()) {
        Ok(()) => relay::run(seed),
        // init sees the end of the pair and ends the zone
        Err(_) => sys::process::exit(1),
    }
}

fn say<E: Into<std::io::Error>>(verb: &'static str, object: &'static str) -> impl FnOnce(E) -> Failure {
    Failure::because(Stage::Connect, verb, object)
}
