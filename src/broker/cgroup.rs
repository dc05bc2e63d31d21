//! A zone's cgroup in managed mode: the kernel bounds memory, processes and CPU of all that is born in it.
//!
//! Runs as root, and touches what lies below one folder of the cgroup hierarchy: that of `sep-zones.service`, which
//! systemd delegates, or where no systemd runs the PC `sep-zones` beside this process's own cgroup. Above it nothing is
//! changed: which controllers there are is the PC's to say. No path and no word of a client's is in a name.
//!
//! Each build has a cgroup of its own, named by the zone's id and the process that builds: launches at the same instant
//! do not meet in one, and what may be removed is known without a lock. It is what holds no process and whose builder is
//! gone. The files are root's, and a zone has a cgroup namespace of its own and no such file system: nobody but root
//! moves a process in or out.

use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Component, Path, PathBuf};

use nix::sys::inotify::{AddWatchFlags, InitFlags, Inotify};
use nix::sys::statfs::{CGROUP2_SUPER_MAGIC, statfs};
use nix::unistd::Pid;

use super::limits::LAYER;
use super::zones;
use crate::policy::plan::{Ids, Limits};
use crate::sys::file::read_text;
use crate::sys::process::cgroup;
use crate::wire::{Code, Failure, Stage};

/// Where the hierarchy is: alone, or beside the older ones.
const HIERARCHIES: [&str; 2] = ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"];
/// There where systemd runs the PC (sd_booted(3)).
const BOOTED: &str = "/run/systemd/system";
/// The unit that systemd delegates.
const SERVICE: &str = "system.slice/sep-zones.service";
/// The folder where there is none.
const FOLDER: &str = "sep-zones";
/// What starts it.
const MEND: &str = "sudo systemctl start sep-zones.service";
/// More bytes than one of these files has.
const MOST: usize = 16 * 1024;

/// A zone's cgroup.
#[derive(Debug)]
pub struct Cgroup {
    name: String,
    folder: File,
}

impl Cgroup {
    /// One of its own for a zone that this process is about to build, with its limits in force, and what is not.
    ///
    /// # Errors
    /// [`Code::NotEnforced`]; [`Code::Foreign`] where somebody else has the folder.
    pub fn make(zone: Ids, limits: &Limits) -> Result<(Self, Option<Failure>), Failure> {
        let above = root()?;
        let given = provide(&above, limits).map_err(by("the controllers can not be given"))?;
        let name = format!("{}-{}", zone.uid, std::process::id());
        let path = above.join(&name);
        let folder = new(&path).and_then(|()| File::open(&path)).map_err(by("the cgroup can not be made"))?;
        let (kept, lacking): (Vec<_>, Vec<_>) =
            settings(limits).into_iter().partition(|setting| given.contains(&setting.controller));
        // each, whatever came of another
        let unset: Vec<_> = kept.iter().filter_map(|setting| setting.put(&path).err()).collect();
        Ok((Self { name, folder }, unset.into_iter().next().or_else(|| without(&above, &lacking))))
    }

    /// Verify: a process was born in it.
    ///
    /// # Errors
    /// [`Code::Differs`].
    pub fn holds(&self, process: Pid) -> Result<(), Failure> {
        let path = format!("/proc/{process}/cgroup");
        let said =
            read_text(path.as_ref(), MOST).map_err(|cause| Failure::system(Stage::Verify, "read", path, cause))?;
        let found = cgroup(&said).and_then(Path::file_name).unwrap_or_default().to_string_lossy().into_owned();
        if found == self.name {
            Ok(())
        } else {
            Err(Failure::new(Stage::Verify, Code::Differs, &["cgroup", &self.name, &found]))
        }
    }
}

impl AsFd for Cgroup {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.folder.as_fd()
    }
}

/// The ends of zones, which leave a cgroup.
#[derive(Debug)]
pub struct Ends(Inotify);

impl Ends {
    /// # Errors
    /// A failed system call.
    pub fn watch() -> nix::Result<Self> {
        Inotify::init(InitFlags::IN_NONBLOCK | InitFlags::IN_CLOEXEC).map(Self)
    }

    /// Whether a zone has ended since it was last asked.
    pub fn are_told(&self) -> bool {
        let mut told = false;
        while self.0.read_events().is_ok() {
            told = true;
        }
        told
    }

    /// Removes the cgroups of zones that have ended. One that holds a process the kernel keeps, and its end is told.
    pub fn sweep(&self) {
        let entries = root().ok().and_then(|above| fs::read_dir(above).ok());
        for entry in entries.into_iter().flatten().flatten() {
            if builder(&entry.file_name().to_string_lossy()).is_some_and(|builder| !builder.exists()) {
                let _ = self.0.add_watch(&entry.path().join("cgroup.events"), AddWatchFlags::IN_MODIFY);
                let _ = fs::remove_dir(entry.path());
            }
        }
    }
}

impl AsFd for Ends {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// Where the process is that made a cgroup, by its name; `None` for a name that is none of ours.
fn builder(name: &str) -> Option<PathBuf> {
    let (zone, process) = name.split_once('-')?;
    let (_, process): (u32, u32) = (zone.parse().ok()?, process.parse().ok()?);
    Some(Path::new("/proc").join(process.to_string()))
}

/// The folder of all zones' cgroups, root's alone.
fn root() -> Result<PathBuf, Failure> {
    let is_hierarchy = |path: &&str| statfs(*path).is_ok_and(|found| found.filesystem_type() == CGROUP2_SUPER_MAGIC);
    let hierarchy = HIERARCHIES.into_iter().find(is_hierarchy).ok_or_else(|| not_enforced("hierarchy", ""))?;
    let path = if Path::new(BOOTED).is_dir() {
        Some(Path::new(hierarchy).join(SERVICE))
            .filter(|path| path.is_dir())
            .ok_or_else(|| not_enforced("service", MEND))?
    } else {
        let own = read_text("/proc/self/cgroup".as_ref(), MOST).map_err(by("the cgroup can not be made"))?;
        beside(Path::new(hierarchy), &own)
            .filter(|above| above.is_dir())
            .ok_or_else(|| not_enforced("hierarchy", ""))?
            .join(FOLDER)
    };
    zones::public_folder(&path).map(|()| path)
}

/// The folder above this process's own cgroup, or the top where it has none; nothing where that is out of sight.
fn beside(hierarchy: &Path, said: &str) -> Option<PathBuf> {
    let own = cgroup(said)?;
    let is_plain = own.components().all(|part| matches!(part, Component::Normal(_)));
    is_plain.then(|| hierarchy.join(own.parent().unwrap_or(own)))
}

/// Gives the controllers that the limits need to the cgroups below, where there are such. Says which these are.
fn provide(above: &Path, limits: &Limits) -> io::Result<Vec<&'static str>> {
    let list = |file: &str| read_text(&above.join(file), MOST);
    let (there, given) = (list("cgroup.controllers")?, list("cgroup.subtree_control")?);
    let mut needed: Vec<_> = settings(limits).into_iter().map(|setting| setting.controller).collect();
    needed.dedup();
    needed.retain(|controller| lists(&there, controller));
    for controller in needed.iter().filter(|controller| !lists(&given, controller)) {
        fs::write(above.join("cgroup.subtree_control"), format!("+{controller}"))?;
    }
    Ok(needed)
}

/// One limit as a file of a cgroup.
struct Setting {
    controller: &'static str,
    file: &'static str,
    value: u64,
}

/// The limits as files. No part of a zone's memory is put on a disk, which would be a way to more of it.
fn settings(limits: &Limits) -> Vec<Setting> {
    let bytes = limits.memory_mib.map(|mib| mib.saturating_mul(1024 * 1024));
    let each = [
        ("memory", "memory.max", bytes),
        ("memory", SWAP, bytes.map(|_| 0)),
        ("pids", "pids.max", limits.processes),
        ("cpu", "cpu.weight", limits.cpu_weight),
    ];
    each.into_iter().filter_map(|(controller, file, value)| Some(Setting { controller, file, value: value? })).collect()
}

const SWAP: &str = "memory.swap.max";

impl Setting {
    /// Sets it, and reads it back.
    fn put(&self, cgroup: &Path) -> Result<(), Failure> {
        let (path, value) = (cgroup.join(self.file), self.value.to_string());
        let found = fs::write(&path, &value).and_then(|()| read_text(&path, MOST));
        match found {
            Ok(found) if found.trim() == value => Ok(()),
            // a kernel that does not count it for cgroups
            Err(cause) if cause.kind() == io::ErrorKind::NotFound && self.file == SWAP && !has_swap() => Ok(()),
            _ => Err(not_enforced(&format!("the cgroup lacks a limit: {} {value}", self.file), "")),
        }
    }
}

/// Whether memory of this PC can be put on a disk: the list has a heading.
fn has_swap() -> bool {
    read_text("/proc/swaps".as_ref(), MOST).map_or(true, |list| list.lines().count() > 1)
}

/// What is not in force where these settings' controllers are not there, with the command that gives them where the
/// hierarchy has them. Processes are counted for the zone's id too (`identity::limit`), so nothing is lost without theirs.
fn without(above: &Path, settings: &[Setting]) -> Option<Failure> {
    let mut lacking: Vec<_> = settings.iter().map(|setting| setting.controller).collect();
    lacking.dedup();
    lacking.retain(|controller| *controller != "pids");
    let parent = above.parent()?;
    let there = read_text(&parent.join("cgroup.controllers"), MOST).unwrap_or_default();
    match lacking.iter().all(|controller| lists(&there, controller)) {
        _ if lacking.is_empty() => None,
        false => Some(not_enforced("hierarchy", "")),
        true => {
            let given = lacking.iter().map(|controller| format!("+{controller}")).collect::<Vec<_>>().join(" ");
            let mend = format!("echo {given} | sudo tee {}", parent.join("cgroup.subtree_control").display());
            Some(not_enforced(&format!("no controller: {}", lacking.join(" ")), &mend))
        }
    }
}

/// Whether a file of names in a line has one.
fn lists(text: &str, name: &str) -> bool {
    text.split_whitespace().any(|word| word == name)
}

/// An empty cgroup. A process of the same number may have left one.
fn new(path: &Path) -> io::Result<()> {
    let make = || DirBuilder::new().mode(0o755).create(path);
    match make() {
        Err(cause) if cause.kind() == io::ErrorKind::AlreadyExists => fs::remove_dir(path).and_then(|()| make()),
        made => made,
    }
}

fn not_enforced(why: &str, mend: &str) -> Failure {
    Failure::new(Stage::Isolate, Code::NotEnforced, &[LAYER, why, mend])
}

fn by(why: &'static str) -> impl FnOnce(io::Error) -> Failure {
    move |cause| Failure { errno: cause.raw_os_error().unwrap_or(libc::EIO), ..not_enforced(why, "") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_lies_beside_the_own_cgroup_and_nowhere_else() {
        let beside = |said: &str| beside(Path::new("/c"), said).map(|path| path.display().to_string());
        assert_eq!(beside("4:memory:/x\n0::/\n").as_deref(), Some("/c/"));
        assert_eq!(beside("0::/sepd\n").as_deref(), Some("/c/"));
        assert_eq!(beside("1:name=systemd:/x\n0::/a.slice/sepd.service\n").as_deref(), Some("/c/a.slice"));
        // outside of this process's cgroup namespace, or in none
        for said in ["0::/../other\n", "0::/a/../../b\n", "4:memory:/x\n", "", "0::a\n"] {
            assert_eq!(beside(said), None, "{said}");
        }
    }

    #[test]
    fn only_a_name_of_ours_is_swept() {
        assert_eq!(builder("2100000000-4711").unwrap(), Path::new("/proc/4711"));
        for other in
            ["sepd", "2100000000", "2100000000-", "-4711", "2100000000-self", "2100000000-4711-1", "a-1", "../1-1"]
        {
            assert_eq!(builder(other), None, "{other}");
        }
    }
}
