//! The agent's seals, before it reads a byte of the network: one capability over the zone's network and none over anything else,
//! no file, no new socket.
//!
//! All of them or none: what a kernel can not give is an error, and the zone does not start.

use caps::errors::CapsError;
use caps::{CapSet, Capability, CapsHashSet};
use landlock::{
    ABI, Access, AccessFs, AccessNet, CompatLevel, Compatible, RestrictionStatus, Ruleset, RulesetAttr, RulesetError,
    RulesetStatus, Scope,
};

use crate::wire::{Code, Failure, Stage};

/// Compiled by `build.rs`.
const FILTER: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/agent.bpf"));

/// Addresses and routes are the agent's to change, which the kernel asks for at each change.
const KEPT: Capability = Capability::CAP_NET_ADMIN;

/// Seals this process. It must have one thread, and everything that the filter does not allow must be done.
pub fn confine() -> Result<(), Failure> {
    nix::sys::prctl::set_no_new_privs().map_err(|e| failed("set", "no_new_privs", e))?;
    nix::sys::prctl::set_dumpable(false).map_err(|e| failed("clear", "dumpable", e))?;
    keep_one().map_err(|e| {
        Failure::new(Stage::Confine, Code::Differs, &["capabilities of the agent", &KEPT.to_string(), &e.to_string()])
    })?;
    match landlock() {
        Ok(status) if status.ruleset != RulesetStatus::NotEnforced => {}
        Ok(_) => return Err(Failure::new(Stage::Confine, Code::Layer, &["landlock", "nothing of it"])),
        Err(e) => return Err(Failure::new(Stage::Confine, Code::Layer, &["landlock", &e.to_string()])),
    }
    crate::sys::seccomp::install(FILTER).map_err(|e| failed("install", "seccomp filter", e))
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

/// No file, no port, and no socket or signal to the outside where the kernel has that.
fn landlock() -> Result<RestrictionStatus, RulesetError> {
    Ruleset::default()
        .set_compatibility(CompatLevel::HardRequirement)
        .handle_access(AccessFs::from_all(ABI::V1))?
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(ABI::V5))?
        .handle_access(AccessNet::from_all(ABI::V4))?
        .scope(Scope::AbstractUnixSocket | Scope::Signal)?
        .create()?
        .restrict_self()
}

fn failed(verb: &str, object: &str, cause: impl Into<std::io::Error>) -> Failure {
    Failure::system(Stage::Confine, verb, object, cause)
}
