//! One look at the running zones: everything that is shown of them, taken at one moment.

use std::net::IpAddr;
use std::time::Duration;

use nix::unistd::Pid;

use crate::broker;
use crate::client::census::{Account, Resident, Zone};
use crate::network::nic::relay::{ZONE_V4, ZONE_V6};
use crate::network::relay::Totals;
use crate::policy::plan::Card;
use crate::policy::{Host, Plan};
use crate::wire::Failure;

/// A zone as it was at the moment of looking.
#[derive(Debug)]
pub struct Look {
    /// Its name.
    pub name: String,
    /// What it was made of; `None` where another version made it.
    pub plan: Option<Plan>,
    /// Its init's number on the PC.
    pub init: Pid,
    /// How long it has run.
    pub age: Duration,
    /// Its addresses beside loopback.
    pub addresses: Vec<IpAddr>,
    /// What its relay counted; `None` without a relay.
    pub traffic: Option<Totals>,
    /// Bytes of memory, and what they are counted by.
    pub memory: (u64, Account),
    /// Its programs, oldest first.
    pub programs: Vec<Resident>,
}

impl Look {
    /// The NIC that its plan names.
    pub fn uplink(&self) -> Option<&str> {
        match &self.plan.as_ref()?.card {
            Card::Relay(relay) => relay.uplink.as_deref(),
            Card::Macvlan(card) => Some(card.uplink.as_str()),
            Card::None => None,
        }
    }
}

/// Looks at every zone of the user that runs, by name.
///
/// # Errors
/// A runtime folder that is not the user's own.
pub fn all(host: &Host) -> Result<Vec<Look>, Failure> {
    Ok(broker::all_running(&host.xdg.runtime)?.into_iter().filter_map(look).collect())
}

/// `None` where it ended meanwhile.
fn look(running: broker::Running) -> Option<Look> {
    let zone = Zone::at(&running.connection).ok()?;
    let programs = zone.programs();
    let memory = zone.memory(&running.name, &programs);
    let has_relay = running.plan.as_ref().is_some_and(|plan| plan.card != Card::None);
    let v4 = has_relay.then_some(IpAddr::V4(ZONE_V4));
    let v6 = (has_relay && zone.has_v6()).then_some(IpAddr::V6(ZONE_V6));
    let looked = Look {
        name: running.name,
        plan: running.plan,
        init: zone.pid,
        age: zone.age(),
        addresses: v4.into_iter().chain(v6).collect(),
        traffic: Totals::read(&running.totals).filter(|_| has_relay),
        memory,
        programs,
    };
    (!zone.has_ended()).then_some(looked)
}
