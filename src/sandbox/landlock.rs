//! Landlock: what the mount namespace shows, limited once more by the kernel's own access rules.
//!
//! It holds where a mount namespace does not: for descriptors that were passed in, inside nested namespaces, and
//! for making devices or executing from folders that the programs can write (Documentation/userspace-api/landlock.rst).

use std::path::Path;

use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible, NetPort, PathBeneath, PathFd, Ruleset,
    RulesetAttr, RulesetCreated, RulesetCreatedAttr, RulesetError, RulesetStatus, Scope, make_bitflags,
};

use nix::sys::prctl::set_no_new_privs;

use super::furnish::Furnished;
use crate::policy::Plan;
use crate::policy::plan::{Card, Layer};
use crate::sys;
use crate::wire::{Code, Failure, Stage};

/// The newest ABI whose rights are asked for; what an older kernel lacks of it is named in the report.
const NEWEST: ABI = ABI::V10;

/// The rules are in force, on this process and all that it starts.
#[derive(Debug)]
pub struct Landlocked(pub Found);

/// What the kernel gave, for the report.
#[derive(Debug)]
pub struct Found {
    /// The Landlock ABI that it has; 0 is none.
    pub landlock_abi: u32,
    /// What it lacks of optional layers.
    pub missing: Vec<Failure>,
}

/// What an older Landlock can not do of what is asked for, by name: where each right came with a newer ABI.
const SINCE: [(ABI, &str); 5] =
    [(ABI::V3, "truncate"), (ABI::V4, "ports"), (ABI::V5, "devices"), (ABI::V6, "scopes"), (ABI::V9, "sockets")];

/// What this plan would have of the newest Landlock and has not of this ABI: `truncate` (cutting files short), `ports`,
/// `devices` (commands to them), `scopes` (abstract sockets and signals), `sockets` (in shared folders). Nothing where the
/// ABI is older than the profile takes, which is told otherwise.
pub fn lost(abi: u32, plan: &Plan) -> Vec<&'static str> {
    if abi < plan.seals.landlock_min_abi {
        return Vec::new();
    }
    let lacks = SINCE.iter().filter(|(since, _)| abi < *since as u32).map(|(_, name)| *name);
    // without shared folders every socket in reach is of the zone
    lacks.filter(|name| *name != "sockets" || !plan.files.shared.is_empty()).collect()
}

/// Restricts this process for good. Sets no_new_privs, which the kernel demands first.
pub fn restrict(_: Furnished, plan: &Plan) -> Result<Landlocked, Failure> {
    let abi = sys::landlock::abi();
    let mut found = Found { landlock_abi: abi, missing: vec![] };
    if abi < plan.seals.landlock_min_abi {
        let has = if abi == 0 { String::new() } else { format!("ABI {abi}") };
        found.missing.push(plan.seals.lack(Layer::Landlock, &has)?);
    }
    if abi == 0 {
        return set_no_new_privs()
            .map(|()| Landlocked(found))
            .map_err(|cause| Failure::system(Stage::Confine, "set no_new_privs for", "init", cause));
    }
    let enforced = ABI::from(abi.min(NEWEST as u32) as i32);
    let status = ruleset(plan, enforced)
        .and_then(RulesetCreated::restrict_self)
        .map_err(|cause| Failure::new(Stage::Confine, Code::Layer, &["landlock", &cause.to_string()]))?;
    // every right was taken from the kernel's own ABI, so anything less than all of it is a fault
    match status.ruleset {
        RulesetStatus::FullyEnforced if status.no_new_privs => Ok(Landlocked(found)),
        other => {
            let found = format!("{other:?}");
            Err(Failure::new(Stage::Confine, Code::Differs, &["landlock", "FullyEnforced", &found]))
        }
    }
}

fn ruleset(plan: &Plan, abi: ABI) -> Result<RulesetCreated, RulesetError> {
    let mut rules =
        Ruleset::default().set_compatibility(CompatLevel::HardRequirement).handle_access(AccessFs::from_all(abi))?;
    let ports = ports(plan) & AccessNet::from_all(abi);
    if !ports.is_empty() {
        rules = rules.handle_access(ports)?;
    }
    if !Scope::from_all(abi).is_empty() {
        rules = rules.scope(Scope::from_all(abi))?;
    }
    let mut rules = rules.create()?;
    for (path, access) in places(plan) {
        if let Ok(place) = PathFd::new(path) {
            rules = rules.add_rule(PathBeneath::new(place, access & AccessFs::from_all(abi)))?;
        }
    }
    if !ports.is_empty() && plan.card != Card::None {
        // a port that the kernel picks: what browsers use among their own processes
        rules = rules.add_rule(NetPort::new(0, AccessNet::BindTcp))?;
    }
    log_programs(rules, abi)
}

/// Who listens is limited; who connects is judged by the relay, which sees addresses and names where Landlock sees
/// ports only. Without a card there is nobody to connect to.
fn ports(plan: &Plan) -> BitFlags<AccessNet> {
    match plan.card {
        Card::None => AccessNet::BindTcp | AccessNet::ConnectTcp,
        Card::Relay(_) | Card::Macvlan(_) => AccessNet::BindTcp.into(),
    }
}

/// Folders and what may be done below them. A folder that is not there needs no rule.
fn places(plan: &Plan) -> Vec<(&Path, BitFlags<AccessFs>)> {
    let read = AccessFs::ReadFile | AccessFs::ReadDir;
    let run = read | AccessFs::Execute;
    let change = AccessFs::WriteFile | AccessFs::Truncate;
    let own = read
        | change
        | make_bitflags!(AccessFs::{RemoveFile | RemoveDir | MakeReg | MakeDir | MakeSym | MakeSock | MakeFifo | Refer | ResolveUnix});
    let home = if plan.files.exec_home { own | AccessFs::Execute } else { own };
    let mut places = vec![
        (Path::new("/"), read),
        (Path::new("/proc"), read | change),
        (Path::new("/dev"), read | change | AccessFs::IoctlDev),
        (Path::new("/dev/shm"), own),
        (Path::new("/dev/mqueue"), own),
        (Path::new("/tmp"), own),
        (Path::new("/run"), own),
        (plan.person.home.as_path(), home),
    ];
    places.extend(plan.files.read_only.iter().map(|path| (path.as_path(), run)));
    // no socket: one that listens there is a program of the PC
    let shared = read
        | change
        | make_bitflags!(AccessFs::{RemoveFile | RemoveDir | MakeReg | MakeDir | MakeSym | MakeFifo | Refer});
    let shared = if plan.files.exec_home { shared | AccessFs::Execute } else { shared };
    places.extend(plan.files.shared.iter().map(|share| (share.inside.as_path(), shared)));
    places
}

/// Refusals of programs are written to the kernel's audit log where it has one for Landlock; the probes that
/// `verify` makes before any program runs are not.
fn log_programs(rules: RulesetCreated, abi: ABI) -> Result<RulesetCreated, RulesetError> {
    if (abi as u32) < ABI::V7 as u32 {
        return Ok(rules);
    }
    rules.log_same_exec(false)?.log_new_exec(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::plan::Shared;
    use crate::policy::{Host, Places, load, resolve};

    fn plan() -> Plan {
        let merged = load("strict", &Places { folders: vec![], programs: vec![] }).unwrap();
        resolve(&merged, &Host::gather()).unwrap()
    }

    #[test]
    fn what_an_older_kernel_lacks_is_named_and_a_newer_one_lacks_nothing() {
        let mut plan = plan();
        assert_eq!(lost(1, &plan), ["truncate", "ports", "devices", "scopes"]);
        assert_eq!(lost(4, &plan), ["devices", "scopes"]);
        for abi in [0, 6, 7, NEWEST as u32, 99] {
            assert_eq!(lost(abi, &plan), [""; 0], "{abi}");
        }
        let folder = std::path::PathBuf::from("/srv/work");
        plan.files.shared.push(Shared { outside: folder.clone(), inside: folder, writable: false });
        assert_eq!((lost(5, &plan), lost(8, &plan)), (vec!["scopes", "sockets"], vec!["sockets"]));
        assert_eq!(lost(9, &plan), [""; 0]);
        plan.seals.landlock_min_abi = 7;
        assert_eq!(lost(6, &plan), [""; 0], "a refusal or a warning of its own");
    }

    /// The names are held to what the rules ask for: where one is not lost, its right is there.
    #[test]
    fn each_name_stands_for_a_right_of_its_abi() {
        let has = |name: &str, abi: ABI| match name {
            "truncate" => AccessFs::from_all(abi).contains(AccessFs::Truncate),
            "ports" => AccessNet::from_all(abi).contains(AccessNet::BindTcp),
            "devices" => AccessFs::from_all(abi).contains(AccessFs::IoctlDev),
            "scopes" => !Scope::from_all(abi).is_empty(),
            _ => AccessFs::from_all(abi).contains(AccessFs::ResolveUnix),
        };
        for (since, name) in SINCE {
            assert!(has(name, since) && !has(name, ABI::from(since as i32 - 1)), "{name}");
        }
    }
}
