//! Ids and powers that are given up on the way from root to a zone. Each function ends in a process that is less.

use caps::CapSet;
use nix::unistd::{Gid, Uid, setgroups, setresgid, setresuid};

use crate::policy::Plan;
use crate::policy::plan::Ids;
use crate::sys::process::{keep_capabilities, set_dumpable};
use crate::wire::{Failure, Stage};

/// In A, whose first process this is: takes the zone's ids and keeps A's capabilities, which are none of the PC's. The
/// change of ids closes /proc/PID of this process to itself, and it has maps to write.
pub fn take_in_outer(ids: Ids) -> Result<(), Failure> {
    keep_capabilities().map_err(say("keep", "capabilities"))?;
    take(ids)?;
    let held = caps::read(None, CapSet::Permitted).and_then(|held| caps::set(None, CapSet::Effective, &held));
    held.map_err(|cause| say("raise", "capabilities")(std::io::Error::other(cause)))?;
    set_dumpable(true).map_err(say("set", "dumpable"))
}

/// The most processes and threads of the zone: nobody else has its ids, so the kernel's count of them is the zone's own, in B and
/// every namespace below (getrlimit(2), RLIMIT_NPROC).
pub fn limit(plan: &Plan) -> Result<(), Failure> {
    use nix::sys::resource::{Resource, getrlimit, setrlimit};
    let Some(most) = plan.limits.processes else { return Ok(()) };
    let (_, hard) = getrlimit(Resource::RLIMIT_NPROC).map_err(say("ask for", "limits"))?;
    let most = most.min(hard);
    setrlimit(Resource::RLIMIT_NPROC, most, most).map_err(say("set", "limits"))
}

/// On the PC: takes ids for good. No capability survives it, since no id is root's any more (capabilities(7), "Effect
/// of user ID changes on capabilities").
pub fn take(ids: Ids) -> Result<(), Failure> {
    let (uid, gid) = (Uid::from_raw(ids.uid), Gid::from_raw(ids.gid));
    setgroups(&[]).map_err(say("drop", "groups"))?;
    setresgid(gid, gid, gid).map_err(say("take", "group id"))?;
    setresuid(uid, uid, uid).map_err(say("take", "user id"))
}

fn say<E: Into<std::io::Error>>(verb: &'static str, object: &'static str) -> impl FnOnce(E) -> Failure {
    Failure::because(Stage::Isolate, verb, object)
}
