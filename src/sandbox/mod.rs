//! Inside the zone, unprivileged from first to last: furnish, confine, verify, then init.
//!
//! The types hold the order: each seal takes the former one's value, so that a wrong order does not compile.

pub mod init;
pub mod terminal;

mod bus;
mod caps;
mod clerk;
mod diag;
mod display;
mod files;
mod furnish;
mod landlock;
mod owner;
mod program;
mod seccomp;
mod session;
mod verify;

pub use landlock::lost;

use crate::policy::Plan;
use crate::wire::Failure;

/// no_new_privs and Landlock, then capabilities, then seccomp, then a try at each.
fn confine(furnished: furnish::Furnished, plan: &Plan) -> Result<verify::Verified, Failure> {
    let landlocked = landlock::restrict(furnished, plan)?;
    let powerless = caps::drop_all(landlocked, plan)?;
    let sealed = seccomp::filter(powerless, plan)?;
    verify::try_forbidden(sealed, plan)
}
