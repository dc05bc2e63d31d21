//! Capabilities: every set empty, and no way to fill one again.

use caps::{CapSet, CapsHashSet};

use super::landlock::{Found, Landlocked};
use crate::policy::Plan;
use crate::policy::plan::Layer;
use crate::sys::process::{lock_securebits, new_session_keyring};
use crate::wire::{Failure, Stage};

/// No capability is left, and none can come back by uid 0, set-user-id files or ambient sets.
#[derive(Debug)]
pub struct Powerless(pub Found);

/// Empties the five sets and locks the securebits. The session keyring is replaced here: it is the last thing that
/// a zone could still hold of its caller, and the filter that follows forbids keyctl.
pub fn drop_all(Landlocked(mut found): Landlocked, plan: &Plan) -> Result<Powerless, Failure> {
    let say =
        |verb: &'static str, object: &'static str| move |cause| Failure::system(Stage::Confine, verb, object, cause);
    match new_session_keyring() {
        // a container that refuses the call refuses it to the zone's programs too
        Err(cause) if matches!(cause.raw_os_error(), Some(libc::EPERM | libc::ENOSYS)) => {
            found.missing.push(plan.seals.lack(Layer::Keyring, "")?);
        }
        made => made.map_err(say("join", "a new session keyring"))?,
    }
    lock_securebits().map_err(say("lock", "securebits"))?;
    for set in [CapSet::Bounding, CapSet::Ambient, CapSet::Inheritable, CapSet::Effective, CapSet::Permitted] {
        empty(set).map_err(|cause| say("empty", "a capability set")(std::io::Error::other(cause)))?;
    }
    Ok(Powerless(found))
}

fn empty(set: CapSet) -> Result<(), caps::errors::CapsError> {
    match set {
        CapSet::Bounding | CapSet::Ambient => caps::clear(None, set),
        _ => caps::set(None, set, &CapsHashSet::new()),
    }
}
