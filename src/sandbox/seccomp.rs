//! seccomp: the last seal, a filter compiled when this program was built.

use super::caps::Powerless;
use super::landlock::Found;
use crate::policy::Plan;
use crate::sys;
use crate::wire::{Failure, Stage};

const ZONE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/zone.bpf"));
const ZONE_NESTED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/zone-nested.bpf"));

/// Every seal is on.
#[derive(Debug)]
pub struct Sealed(pub Found);

/// Installs the filter that the plan needs.
pub fn filter(Powerless(found): Powerless, plan: &Plan) -> Result<Sealed, Failure> {
    let filter = if plan.seals.nested_namespaces { ZONE_NESTED } else { ZONE };
    sys::seccomp::install(filter)
        .map_err(|cause| Failure::system(Stage::Confine, "install", "seccomp filter", cause))?;
    Ok(Sealed(found))
}
