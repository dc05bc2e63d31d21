//! Verify, third witness: init tries one forbidden thing for each class of rule and must be refused.
//!
//! Each try is made so that without the seal it would be answered differently (bad arguments, another errno), and
//! none changes anything. The first two witnesses stand outside: who plugged the card reads it back, and the broker
//! reads this process's /proc.

use nix::errno::Errno;

use super::landlock::Found;
use super::seccomp::Sealed;
use crate::policy::Plan;
use crate::sys::attempt;
use crate::wire::{Code, Failure, Stage};

/// The seals were seen to hold. Only with this does init take launches.
#[derive(Debug)]
pub struct Verified(pub Found);

/// A forbidden thing: its name, a way to try it, and the only right answer.
type Attempt = (&'static str, fn() -> Errno, Errno);

const SECCOMP: &[Attempt] = &[
    ("seccomp: mount", attempt::mount_from_nowhere, Errno::EPERM),
    ("seccomp: setns", attempt::setns_without_namespace, Errno::EPERM),
    ("seccomp: keyctl", attempt::keyctl_unknown_operation, Errno::EPERM),
    ("seccomp: perf_event_open", attempt::perf_event_from_nowhere, Errno::EPERM),
    ("seccomp: packet socket", attempt::packet_socket_of_no_type, Errno::EPERM),
    ("seccomp: nf_tables socket", attempt::netfilter_socket, Errno::EPERM),
    ("seccomp: terminal input", attempt::type_into_no_terminal, Errno::EPERM),
];

const SECCOMP_FLAT: &[Attempt] = &[("seccomp: namespaces", attempt::unshare_bad_flags, Errno::EPERM)];

/// Landlock answers EACCES before the kernel looks at capabilities, which would be EPERM.
const LANDLOCK: &[Attempt] = &[("landlock: device", attempt::make_device, Errno::EACCES)];
const LANDLOCK_NET: &[Attempt] = &[("landlock: listen", attempt::listen_on_fixed_port, Errno::EACCES)];

/// Tries everything; the first wrong answer is an error that names what was tried.
pub fn try_forbidden(Sealed(found): Sealed, plan: &Plan) -> Result<Verified, Failure> {
    let flat: &[Attempt] = if plan.seals.nested_namespaces { &[] } else { SECCOMP_FLAT };
    let files: &[Attempt] = if found.landlock_abi >= 1 { LANDLOCK } else { &[] };
    let net: &[Attempt] = if found.landlock_abi >= 4 { LANDLOCK_NET } else { &[] };
    for (name, attempt, expected) in [SECCOMP, flat, files, net].concat() {
        let answer = attempt();
        if answer != expected {
            let (expected, answer) = (expected.to_string(), answer.to_string());
            return Err(Failure::new(Stage::Verify, Code::Differs, &[name, &expected, &answer]));
        }
    }
    Ok(Verified(found))
}
