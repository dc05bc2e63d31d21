//! The start of a zone's agent, whose card has its address from a DHCP server.
//!
//! Root opens the few files that it writes, at paths of its own, and reads nothing of what it writes there. The builder in A
//! opens its sockets and forks it; it takes the agent's own id, which nobody else in A has.

use std::fs::File;
use std::os::fd::OwnedFd;
use std::path::Path;

use nix::sched::CloneFlags;

use crate::audit::Pen;
use crate::network::agent::{self, Given, Seed};
use crate::network::netlink::Netlink;
use crate::policy::Plan;
use crate::policy::plan::{Addressing, Card, Dhcp, Ids, Macvlan, Mode, Place};
use crate::sys::{self, process::Fork};
use crate::wire::{Code, Connection, Failure, Stage};

use super::{identity, scribe};

/// How the zone's address is asked for, where it is.
pub fn dhcp(plan: &Plan) -> Option<&Dhcp> {
    match &plan.card {
        Card::Macvlan(Macvlan { addressing: Addressing::Dhcp(dhcp), .. }) => Some(dhcp),
        _ => None,
    }
}

/// As root: what an agent is handed, in the order of [`Given`]; nothing where the zone has none. `lifeline` is its end of the
/// pair with init, and is not kept here.
pub fn outfit(plan: &Plan, lifeline: &mut Option<Connection>) -> Result<Vec<OwnedFd>, Failure> {
    let Some(init) = dhcp(plan).and_then(|_| lifeline.take()) else { return Ok(vec![]) };
    let scribe = scribe::start(plan)?;
    let resolver = open(&plan.store.data.join("etc/resolv.conf"))?;
    // those of another network, as long as nobody has named others
    resolver.set_len(0).map_err(say("empty", "resolv.conf"))?;
    let former = open(&plan.store.data.join("lease"))?;
    Ok(vec![scribe.into(), resolver.into(), former.into(), init.into()])
}

/// A file below a folder that only root can enter.
fn open(path: &Path) -> Result<File, Failure> {
    sys::file::open_own(path).map_err(|cause| Failure::system(Stage::Connect, "open", path.display(), cause))
}

/// As the builder: starts the agent for a card that is up, and waits for the first address.
pub fn start(plan: &Plan, card: &Macvlan, link: u32, given: Vec<OwnedFd>) -> Result<Place, Failure> {
    let protocol = || Failure::new(Stage::Connect, Code::Protocol, &["broker"]);
    let (Some(dhcp), Mode::Managed { agent: ids, .. }) = (dhcp(plan), plan.mode) else { return Err(protocol()) };
    let [scribe, resolver, former, init] = <[OwnedFd; 4]>::try_from(given).map_err(|_| protocol())?;
    let given =
        Given { pen: Pen::Scribe(scribe.into()), resolver: resolver.into(), former: former.into(), init: init.into() };
    let (here, there) = Connection::pair().map_err(say("make", "a socket pair"))?;
    let seed = Seed {
        zone: plan.zone.clone(),
        card: card.clone(),
        dhcp: dhcp.clone(),
        link,
        socket: sys::packet::open(link).map_err(say("open", "a packet socket"))?,
        netlink: Netlink::route().map_err(say("open", "netlink"))?,
        builder: there,
        given,
    };
    match sys::process::fork(CloneFlags::empty(), None).map_err(say("start", "the agent"))? {
        Fork::Child => become_agent(seed, ids),
        Fork::Parent(..) => {
            // else its end would not be seen
            drop(seed);
            agent::hear(&here)
        }
    }
}

fn become_agent(seed: Seed, ids: Ids) -> ! {
    let ready = sys::process::detach(&seed.fds())
        .and_then(|()| std::env::set_current_dir("/"))
        .and_then(|()| sys::process::retitle(c"sep-run: agent"))
        .map_err(say("detach", "the agent"));
    match ready.and_then(|()| identity::take_in_outer(ids)) {
        Ok(()) => agent::run(seed),
        // the builder sees the end of the pair
        Err(_) => sys::process::exit(1),
    }
}

fn say<E: Into<std::io::Error>>(verb: &'static str, object: &'static str) -> impl FnOnce(E) -> Failure {
    Failure::because(Stage::Connect, verb, object)
}
