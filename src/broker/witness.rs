//! Verify, second witness: init's own /proc, read from outside by the broker.
//!
//! Namespaces are read before init becomes undumpable (after it `ns/*` is closed to the same user), the seals after
//! they are on. One difference and no program runs.

use std::fs;
use std::path::{Path, PathBuf};

use nix::unistd::Pid;

use crate::policy::Plan;
use crate::sys::file::read_text;
use crate::wire::{Code, Failure, Stage};

const NAMESPACES: [&str; 7] = ["user", "mnt", "pid", "ipc", "uts", "cgroup", "net"];

/// The namespaces of a process, as the kernel numbers them.
pub struct Namespaces([PathBuf; NAMESPACES.len()]);

impl Namespaces {
    /// Those of the broker, which are the PC's.
    pub fn own() -> Result<Self, Failure> {
        Self::of("self")
    }

    fn of(process: &str) -> Result<Self, Failure> {
        let mut links = [const { PathBuf::new() }; NAMESPACES.len()];
        for (link, kind) in links.iter_mut().zip(NAMESPACES) {
            let path = format!("/proc/{process}/ns/{kind}");
            *link = fs::read_link(&path).map_err(|cause| Failure::system(Stage::Verify, "read", path, cause))?;
        }
        Ok(Self(links))
    }

    /// Every namespace of init is another one than these.
    pub fn differ(&self, init: Pid) -> Result<(), Failure> {
        let of_init = Self::of(&init.to_string())?;
        let same = NAMESPACES.iter().zip(self.0.iter().zip(&of_init.0)).find(|(_, (own, of_init))| own == of_init);
        same.map_or(Ok(()), |(kind, _)| Err(differs(&format!("{kind} namespace"), "its own", "the PC's")))
    }
}

/// The kernel's account of init after the seals: ids, no capability in any set, no_new_privs, one filter.
pub fn seals(init: Pid, plan: &Plan) -> Result<(), Failure> {
    let path = format!("/proc/{init}/status");
    let status = read_text(Path::new(&path), 64 * 1024);
    let status = status.map_err(|cause| Failure::system(Stage::Verify, "read", path, cause))?;
    let four = |id: u32| [id; 4].map(|id| id.to_string()).join(" ");
    let none = "0000000000000000".to_owned();
    let expected = [
        ("Uid", four(plan.outside().uid)),
        ("Gid", four(plan.outside().gid)),
        ("CapInh", none.clone()),
        ("CapPrm", none.clone()),
        ("CapEff", none.clone()),
        ("CapBnd", none.clone()),
        ("CapAmb", none),
        ("NoNewPrivs", "1".to_owned()),
        ("Seccomp", "2".to_owned()),
    ];
    for (field, value) in expected {
        let found = value_of(&status, field);
        if found != value {
            return Err(differs(field, &value, &found));
        }
    }
    Ok(())
}

/// The value of one line of /proc/PID/status, in single spaces.
fn value_of(status: &str, field: &str) -> String {
    let line = status.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':'));
    line.unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ")
}

fn differs(what: &str, expected: &str, found: &str) -> Failure {
    Failure::new(Stage::Verify, Code::Differs, &[what, expected, found])
}
