//! The agent's seals, before it reads a byte of the network: one capability over the zone's network and none over anything else,
//! no file, no new socket.
//!
//! All of them or none: what a kernel can not give is an error, and the zone does not start.

use caps::errors::CapsError;
use caps::{CapSet, Capability, CapsHashSet};
use landlock::{ABI, Access, AccessNet};

use crate::network::seals;
use crate::wire::{Code, Failure, Stage};

/// Compiled by `build.rs`.
const FILTER: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/agent.bpf"));

/// Addresses and routes are the agent's to change, which the kernel asks for at each change.
const KEPT: Capability = Capability::CAP_NET_ADMIN;

/// Seals this process. It must have one thread, and everything that the filter does not allow must be done.
pub fn confine() -> Result<(), Failure> {
    seals::begin()?;
    keep_one().map_err(|e| {
        Failure::new(Stage::Confine, Code::Differs, &["capabilities of the agent", &KEPT.to_string(), &e.to_string()])
    })?;
    // no file and no port
    seals::landlock(AccessNet::from_all(ABI::V4), Ok)?;
    seals::filter(FILTER)
}

fn keep_one() -> Result<(), CapsError> {
    let kept: CapsHashSet = [KEPT].into_iter().collect();
    caps::set(None, CapSet::Effective, &caps::read(None, CapSet::Permitted)?)?;
    for set in [CapSet::Ambient, CapSet::Bounding, CapSet::Inheritable] {
        caps::clear(None, set)?;
    }
    caps::set(None, CapSet::Effective, &kept)?;
    caps::set(None, CapSet::Permitted, &kept)
}
