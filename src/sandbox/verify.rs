//! Verify, third witness: init tries one forbidden thing for each class of rule and must be refused, and asks the kernel
//! for what can not be tried: how its mounts are restricted, its securebits, whether it may be traced.
//!
//! Each try is made so that without the seal it would be answered differently (bad arguments, another errno), and
//! none changes anything. The first two witnesses stand outside: who plugged the card reads it back, and the broker
//! reads this process's /proc.

use std::path::Path;

use nix::errno::Errno;
use nix::sys::prctl::get_dumpable;
use nix::sys::stat::stat;
use nix::sys::statvfs::{FsFlags, statvfs};
use nix::unistd::gethostname;

use super::furnish;
use super::landlock::Found;
use super::seccomp::Sealed;
use crate::policy::Plan;
use crate::sys::{attempt, process};
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
            return Err(differs(name, &expected, &answer));
        }
    }
    mounts(plan)?;
    root()?;
    covers()?;
    name(plan)?;
    itself()?;
    Ok(Verified(found))
}

/// Every place that stays for the life of the zone has at least the restrictions that furnish meant for it.
fn mounts(plan: &Plan) -> Result<(), Failure> {
    let bare = FsFlags::ST_NOSUID | FsFlags::ST_NODEV;
    let data = bare | FsFlags::ST_NOEXEC;
    let fixed = FsFlags::ST_RDONLY;
    let programs = plan.files.read_only.iter().map(|path| (path.as_path(), bare | fixed));
    let others = [
        ("/", bare | fixed),
        ("/etc", data | fixed),
        ("/proc", data),
        ("/tmp", bare),
        ("/dev/shm", bare),
        ("/run", bare),
    ];
    let others = others.into_iter().map(|(path, wanted)| (Path::new(path), wanted));
    let shares = plan.files.shared.iter().map(|share| {
        let written = if share.writable { bare } else { bare | fixed };
        (share.inside.as_path(), if plan.files.exec_home { written } else { written | FsFlags::ST_NOEXEC })
    });
    for (path, wanted) in others.chain(programs).chain(shares).chain([(plan.person.home.as_path(), bare)]) {
        match statvfs(path).map(|found| found.flags()) {
            Ok(found) if found.contains(wanted) => {}
            // a folder of the plan that the PC does not have
            Err(Errno::ENOENT) => {}
            other => {
                let found = other.map_or_else(|cause| cause.to_string(), |found| format!("{found:?}"));
                return Err(differs(&format!("mount {}", path.display()), &format!("{wanted:?}"), &found));
            }
        }
    }
    Ok(())
}

/// Nothing lies above or below the root: the PC's own is gone.
fn root() -> Result<(), Failure> {
    let place = |path: &str| stat(path).map(|found| (found.st_dev, found.st_ino));
    let (here, above) = (place("/"), place("/.."));
    if here.is_ok() && here == above {
        Ok(())
    } else {
        Err(differs("/..", &format!("{here:?}"), &format!("{above:?}")))
    }
}

/// What of /proc tells about the PC is /dev/null, where it is there.
fn covers() -> Result<(), Failure> {
    let null = stat("/dev/null").map(|found| found.st_rdev);
    for path in furnish::COVERED {
        match stat(path).map(|found| found.st_rdev) {
            Err(Errno::ENOENT) => {}
            found if found.is_ok() && found == null => {}
            found => return Err(differs(path, &format!("{null:?}"), &format!("{found:?}"))),
        }
    }
    Ok(())
}

/// The zone has the name of the plan, not the PC's.
fn name(plan: &Plan) -> Result<(), Failure> {
    let found = gethostname().unwrap_or_default();
    let same = found.to_str() == Some(&plan.person.hostname);
    if same { Ok(()) } else { Err(differs("host name", &plan.person.hostname, &found.to_string_lossy())) }
}

/// What prctl says of this process.
fn itself() -> Result<(), Failure> {
    let securebits = process::securebits().unwrap_or(-1);
    if securebits != process::LOCKED_SECUREBITS {
        return Err(differs("securebits", &process::LOCKED_SECUREBITS.to_string(), &securebits.to_string()));
    }
    match get_dumpable() {
        Ok(false) => Ok(()),
        other => Err(differs("dumpable", "false", &format!("{other:?}"))),
    }
}

fn differs(what: &str, expected: &str, found: &str) -> Failure {
    Failure::new(Stage::Verify, Code::Differs, &[what, expected, found])
}
