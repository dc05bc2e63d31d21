//! Limits of the whole zone, put in force before anything is isolated: in managed mode by a cgroup that root makes
//! (`cgroup`), in personal mode by a scope of the user's systemd.
//!
//! Without such a scope the kernel lets no user limit a group of processes. What is not enforced is said: as an error
//! where the profile insists on limits, as a warning else.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::cgroup::Cgroup;
use crate::policy::Plan;
use crate::policy::plan::{Limits, Mode};
use crate::sys::process;
use crate::wire::{Code, Failure, Stage};

/// What the layer is called in messages.
pub const LAYER: &str = "memory, processes, CPU";

/// Puts the plan's limits in force for the zone that this process builds. Its processes are to be born in the cgroup,
/// where there is one; in personal mode this process is in it already. The failure is a warning.
///
/// # Errors
/// The plan insists on its limits and they are not in force.
pub fn enforce(plan: &Plan) -> Result<(Option<Cgroup>, Option<Failure>), Failure> {
    let limits = &plan.limits;
    let (cgroup, lack) = match plan.mode {
        Mode::Personal if is_unlimited(limits) => (None, None),
        Mode::Personal => (None, ask(plan).and_then(|()| read_back(plan)).err()),
        Mode::Managed { zone, .. } => match Cgroup::make(zone, limits) {
            Ok((cgroup, lack)) => (Some(cgroup), lack),
            Err(lack) => (None, Some(lack)),
        },
    };
    match lack {
        Some(_) if is_unlimited(limits) => Ok((cgroup, None)),
        Some(lack) if limits.required => Err(lack),
        lack => Ok((cgroup, lack)),
    }
}

fn is_unlimited(limits: &Limits) -> bool {
    limits.memory_mib.is_none() && limits.processes.is_none() && limits.cpu_weight.is_none()
}

/// The program that speaks D-Bus asks; it moves this process and ends.
fn ask(plan: &Plan) -> Result<(), Failure> {
    let runtime = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from).unwrap_or_default();
    if !runtime.join("systemd/private").exists() {
        return Err(not_enforced("absent"));
    }
    let program = process::beside("sep-desktop").map_err(by("sep-desktop can not be started"))?;
    let (limits, own) = (&plan.limits, std::process::id());
    let bytes = limits.memory_mib.unwrap_or(0).saturating_mul(1024 * 1024);
    let numbers = [u64::from(own), bytes, limits.processes.unwrap_or(0), limits.cpu_weight.unwrap_or(0)];
    let status = Command::new(program)
        .args(["--scope", &format!("sep-run-{}-{own}.scope", plan.zone)])
        .args(numbers.map(|number| number.to_string()))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err(not_enforced("refused")),
        Err(cause) => Err(by("sep-desktop can not be started")(cause)),
    }
}

/// The kernel's own account: the limits as files of this process's cgroup.
fn read_back(plan: &Plan) -> Result<(), Failure> {
    let cgroups = std::fs::read_to_string("/proc/self/cgroup").map_err(by("the scope can not be read"))?;
    let folder = Path::new("/sys/fs/cgroup").join(process::cgroup(&cgroups).unwrap_or(Path::new("")));
    let limits = &plan.limits;
    let bytes = limits.memory_mib.map(|mib| mib.saturating_mul(1024 * 1024));
    for (file, asked) in [("memory.max", bytes), ("pids.max", limits.processes), ("cpu.weight", limits.cpu_weight)] {
        let Some(asked) = asked else { continue };
        let found = std::fs::read_to_string(folder.join(file)).unwrap_or_default();
        if found.trim() != asked.to_string() {
            return Err(not_enforced(&format!("the scope lacks a limit: {file} {asked}")));
        }
    }
    Ok(())
}

fn not_enforced(why: &str) -> Failure {
    Failure::new(Stage::Isolate, Code::NotEnforced, &[LAYER, why])
}

fn by(why: &'static str) -> impl FnOnce(std::io::Error) -> Failure {
    move |cause| Failure { errno: cause.raw_os_error().unwrap_or(libc::EIO), ..not_enforced(why) }
}
