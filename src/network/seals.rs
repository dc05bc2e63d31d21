//! What the seals of relay and agent have in common. Each is tried or read: what a kernel can not give is an error.

use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible, Ruleset, RulesetAttr, RulesetCreated,
    RulesetError, RulesetStatus, Scope,
};
use nix::sys::prctl;

use crate::wire::{Code, Failure, Stage};

/// No program that is executed gains anything, and no process of the same user traces this one, nor reads what passes
/// through its memory.
pub fn begin() -> Result<(), Failure> {
    prctl::set_no_new_privs().map_err(|e| failed("set", "no_new_privs", e))?;
    prctl::set_dumpable(false).map_err(|e| failed("clear", "dumpable", e))
}

/// Denies the whole file system but what `open` lets through, these uses of the network, and abstract sockets and signals to
/// the outside; the last two where the kernel has them.
pub fn landlock(
    net: impl Into<BitFlags<AccessNet>>,
    open: impl FnOnce(RulesetCreated) -> Result<RulesetCreated, RulesetError>,
) -> Result<(), Failure> {
    let made = (|| {
        let ruleset = Ruleset::default()
            .set_compatibility(CompatLevel::HardRequirement)
            .handle_access(AccessFs::from_all(ABI::V1))?
            .set_compatibility(CompatLevel::BestEffort)
            .handle_access(AccessFs::from_all(ABI::V5))?
            .handle_access(net)?
            .scope(Scope::AbstractUnixSocket | Scope::Signal)?;
        open(ruleset.create()?)?.restrict_self()
    })();
    match made {
        Ok(status) if status.ruleset != RulesetStatus::NotEnforced => Ok(()),
        Ok(_) => Err(Failure::new(Stage::Confine, Code::Layer, &["landlock", "nothing of it"])),
        Err(e) => Err(Failure::new(Stage::Confine, Code::Layer, &["landlock", &e.to_string()])),
    }
}

/// The last of them.
pub fn filter(compiled: &[u8]) -> Result<(), Failure> {
    crate::sys::seccomp::install(compiled).map_err(|e| failed("install", "seccomp filter", e))
}

fn failed(verb: &str, object: &str, cause: impl Into<std::io::Error>) -> Failure {
    Failure::system(Stage::Confine, verb, object, cause)
}
