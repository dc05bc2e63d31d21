//! A scope of the user's systemd for a zone, asked for on the session bus: where its limits are enforced.
//!
//! It runs as a program of its own, before the zone is isolated, because the broker that becomes the zone has no
//! D-Bus in it. It moves one process, the broker, and ends.

use std::sync::mpsc;
use std::time::{Duration, Instant};

use zbus::Variant;

use crate::wire::{Code, Failure, Stage};

/// How long bus and systemd may take: the launch waits for it.
const PATIENCE: Duration = Duration::from_secs(1);
/// How often the process's cgroup is looked at. systemd answers before the move is done, and the move makes no event
/// that another process could wait for.
const GLANCE: Duration = Duration::from_millis(1);

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// Name of the unit, `NAME.scope`.
    pub unit: String,
    /// The process that begins it.
    pub process: u32,
    /// `MemoryMax` in bytes; 0 is no limit.
    pub memory: u64,
    /// `TasksMax`; 0 is no limit.
    pub tasks: u64,
    /// `CPUWeight`; 0 is the ordinary one.
    pub weight: u64,
}

/// Asks for the scope and waits until the process is in it.
///
/// # Errors
/// [`Code::NotEnforced`]: there is no session bus, no systemd on it, or no answer within a second.
pub fn start(scope: Scope) -> Result<(), Failure> {
    let began = Instant::now();
    let (tell, told) = mpsc::channel();
    let (unit, process) = (scope.unit.clone(), scope.process);
    std::thread::spawn(move || {
        let _ = tell.send(zbus::block_on(call(&scope)).map_err(|cause| cause.to_string()));
    });
    let asked = told.recv_timeout(PATIENCE).unwrap_or_else(|_| Err("no answer".to_owned()));
    asked.map_err(|cause| not_enforced(&cause))?;
    while !is_in(process, &unit) {
        if began.elapsed() > PATIENCE {
            return Err(not_enforced("the process was not moved"));
        }
        std::thread::sleep(GLANCE);
    }
    Ok(())
}

async fn call(scope: &Scope) -> zbus::Result<()> {
    const NAME: &str = "org.freedesktop.systemd1";
    const MANAGER: &str = "org.freedesktop.systemd1.Manager";
    let bus = zbus::Connection::session().await?;
    let mut properties = vec![
        ("Description", Variant::from("sep-run zone")),
        ("PIDs", Variant::from(vec![scope.process])),
        ("Delegate", Variant::from(true)),
        ("CollectMode", Variant::from("inactive-or-failed")),
    ];
    let limits = [("MemoryMax", scope.memory), ("TasksMax", scope.tasks), ("CPUWeight", scope.weight)];
    properties.extend(limits.into_iter().filter(|(_, n)| *n > 0).map(|(name, n)| (name, Variant::from(n))));
    let others = Vec::<(&str, Vec<(&str, Variant)>)>::new();
    let arguments = (scope.unit.as_str(), "fail", properties, others);
    bus.call_method(Some(NAME), "/org/freedesktop/systemd1", Some(MANAGER), "StartTransientUnit", &arguments).await?;
    Ok(())
}

fn is_in(process: u32, unit: &str) -> bool {
    let cgroups = std::fs::read_to_string(format!("/proc/{process}/cgroup")).unwrap_or_default();
    cgroups.lines().any(|line| line.ends_with(unit))
}

fn not_enforced(why: &str) -> Failure {
    Failure::new(Stage::Isolate, Code::NotEnforced, &["memory, processes, CPU", why])
}
